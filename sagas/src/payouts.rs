//! One try at a payout, and what it says to the ledger.
//!
//! A payment is sent under one key for ever, its withdrawal's id. Whatever is not known is asked;
//! it is sent again only when the provider says that it never had it, and under the same key.

use std::sync::Arc;

use cauri_domain::receipt::Receipt;
use cauri_domain::{Code, Command, Money, ObjectId, Provider, WithdrawalId, withdrawal};

use crate::gateway::{PayoutGateway, PayoutInstruction, PayoutStatus, Submitted};

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tried {
    /// The provider has it; the outcome is open.
    Open,
    /// Not known: the provider could not be asked, or did not say.
    Unknown { why: String },
    /// Paid.
    Paid { object: String },
    /// Never to be paid.
    Failed { object: Option<String>, code: String },
}

/// How a try begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Nothing was sent before.
    Send,
    /// It may have been sent before.
    Ask,
}

pub(crate) async fn attempt(
    gateway: Arc<dyn PayoutGateway>,
    instruction: PayoutInstruction,
    begin: Begin,
) -> Tried {
    if begin == Begin::Ask {
        match gateway.status(instruction.withdrawal).await {
            PayoutStatus::Pending => return Tried::Open,
            PayoutStatus::Paid { object } => return Tried::Paid { object },
            PayoutStatus::Failed { object, code } => {
                return Tried::Failed { object: Some(object), code };
            }
            PayoutStatus::Unknown { why } => return Tried::Unknown { why },
            PayoutStatus::NotFound => {}
        }
    }
    match gateway.submit(&instruction).await {
        Submitted::Accepted { .. } => Tried::Open,
        Submitted::Refused { code } => Tried::Failed { object: None, code },
        Submitted::Unknown { why } => Tried::Unknown { why },
    }
}

/// The step's name and the command that tells the ledger the outcome; `None` while it is open.
pub(crate) fn outcome(
    tried: Tried,
    withdrawal: WithdrawalId,
    provider: Provider,
    amount: Money,
) -> Option<(&'static str, Command)> {
    match tried {
        Tried::Open => None,
        Tried::Unknown { why } => {
            tracing::warn!(%withdrawal, %provider, why, "it is not known whether the payout was made");
            None
        }
        Tried::Paid { object } => {
            let Ok(object) = object.parse::<ObjectId>() else {
                tracing::error!(%withdrawal, %provider, "the provider names its payout in a way that no ledger takes");
                return None;
            };
            let receipt = Receipt { provider, object, amount, evidence: None };
            Some(("paid", withdrawal::RecordPayout { withdrawal, receipt }.into()))
        }
        Tried::Failed { object, code } => {
            // Its money goes back whatever the provider calls the reason.
            let reason = code.parse().unwrap_or_else(|_| unnamed());
            let object = object.and_then(|object| object.parse().ok());
            let failure = withdrawal::RecordFailure { withdrawal, provider, object, reason };
            Some(("failed", failure.into()))
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

    fn told(tried: Tried) -> Option<(&'static str, Command)> {
        outcome(tried, withdrawal(1), "sim".parse().unwrap(), xof(100))
    }

    #[test]
    fn only_an_outcome_is_told_to_the_ledger() {
        assert_eq!(told(Tried::Open), None);
        assert_eq!(told(Tried::Unknown { why: "timed_out".to_owned() }), None);
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
