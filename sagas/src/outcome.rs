//! What a try at a payout or a refund says to the ledger.

use cauri_domain::receipt::Receipt;
use cauri_domain::{Code, Command, ObjectId, Provider, payin, refund, withdrawal};

use crate::agenda::Payment;
use crate::payouts::Tried;
use crate::process::{Destination, Outgoing};

/// The step's name and the command that tells the ledger the outcome; `None` while it is open.
pub(crate) fn outcome(
    tried: Tried,
    outgoing: Outgoing,
    provider: Provider,
    payment: &Payment,
) -> Option<(&'static str, Command)> {
    let amount = payment.amount;
    match tried {
        Tried::Open => None,
        Tried::NeverSent { .. } => None,
        Tried::Unknown { why, .. } => {
            tracing::warn!(?outgoing, %provider, why, "it is not known whether the payment was made");
            None
        }
        Tried::Paid { object } => {
            let Ok(object) = object.parse::<ObjectId>() else {
                tracing::error!(?outgoing, %provider, "the provider names its payment in a way that no ledger takes");
                return None;
            };
            Some(match outgoing {
                Outgoing::Withdrawal(withdrawal) => {
                    let receipt = Receipt { provider, object, amount, evidence: None };
                    ("paid", withdrawal::RecordPayout { withdrawal, receipt }.into())
                }
                Outgoing::Refund(refund) => {
                    ("refunded", refund::RecordRefund { refund, provider, object }.into())
                }
                Outgoing::Capture(payin) => {
                    let receipt = Receipt { provider, object, amount, evidence: None };
                    ("captured", payin::RecordReceipt { payin: Some(payin), receipt }.into())
                }
            })
        }
        Tried::Failed { object, code } => {
            // Its money goes back whatever the provider calls the reason.
            let reason = code.parse().unwrap_or_else(|_| unnamed());
            let object = object.and_then(|object| object.parse().ok());
            let failure: Command = match outgoing {
                Outgoing::Withdrawal(withdrawal) => {
                    withdrawal::RecordFailure { withdrawal, provider, object, reason }.into()
                }
                Outgoing::Refund(refund) => {
                    refund::RecordFailure { refund, provider, object, reason }.into()
                }
                Outgoing::Capture(payin) => {
                    // What was authorised is declined, whatever the try at it was called.
                    let Destination::Payment(_, object) = payment.destination.clone() else {
                        return None;
                    };
                    payin::RecordDecline { payin, provider, object, reason }.into()
                }
            };
            Some(("failed", failure))
        }
    }
}

fn unnamed() -> Code {
    "failed".parse().expect("a word in lower case")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use cauri_domain::testing::{withdrawal, xof};

    use super::*;
    use crate::agenda::Stage;

    fn told(tried: Tried) -> Option<(&'static str, Command)> {
        let destination = Destination::Reference("momo-1".parse().unwrap());
        let payment = Payment { amount: xof(100), destination, stage: Stage::Judging };
        outcome(tried, withdrawal(1).into(), "sim".parse().unwrap(), &payment)
    }

    #[test]
    fn only_an_outcome_is_told_to_the_ledger() {
        assert_eq!(told(Tried::Open), None);
        assert_eq!(told(Tried::unknown("timed_out".to_owned())), None);
        assert_eq!(told(Tried::Paid { object: "not an id".to_owned() }), None);
        let Some(("paid", Command::RecordPayout(paid))) =
            told(Tried::Paid { object: "po_1".to_owned() })
        else {
            panic!("a payout is recorded")
        };
        assert_eq!((paid.withdrawal, paid.receipt.amount), (withdrawal(1), xof(100)));
    }

    #[test]
    fn a_failure_gives_the_money_back_whatever_the_provider_calls_it() {
        for (code, expected) in [("account_closed", "account_closed"), ("Sorry, no!", "failed")] {
            let tried = Tried::Failed { object: None, code: code.to_owned() };
            let Some(("failed", Command::RecordPayoutFailure(failure))) = told(tried) else {
                panic!("a failure is recorded")
            };
            assert_eq!(failure.reason.as_str(), expected);
        }
    }
}
