//! One try at a payout or a refund, and what it says to the ledger.
//!
//! A payment is sent under one key for ever, its withdrawal's or refund's id. Whatever is not known is asked;
//! it is sent again only when the provider says that it never had it, and under the same key.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use cauri_domain::receipt::Receipt;
use cauri_domain::{Code, Command, LedgerId, ObjectId, Provider, payin, refund, withdrawal};

use crate::agenda::Payment;
use crate::circuit::Heard;
use crate::destinations::{Destinations, Resolved};
use crate::gateway::http;
use crate::gateway::{
    CaptureInstruction, PayoutGateway, PayoutInstruction, PayoutStatus, RefundInstruction,
    Submitted,
};
use crate::process::{Destination, Outgoing};

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tried {
    /// The provider has it; the outcome is open.
    Open,
    /// Nothing was ever sent: the provider was not reached.
    NeverSent { why: String },
    /// Not known: the provider could not be asked, or did not say.
    Unknown {
        why: String,
        /// How long the provider asks to be left alone.
        pause: Option<Duration>,
    },
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

/// What a provider is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Instruction {
    Payout(PayoutInstruction),
    Refund(RefundInstruction),
    Capture(CaptureInstruction),
}

impl Instruction {
    /// Of a payment on the agenda; `None` where it goes where its kind does not go.
    pub(crate) fn of(ledger: &LedgerId, outgoing: Outgoing, payment: &Payment) -> Option<Self> {
        let ledger = ledger.clone();
        let amount = payment.amount.to_decimal().to_string();
        let currency = payment.amount.currency().to_string();
        Some(match (outgoing, &payment.destination) {
            (
                Outgoing::Withdrawal(withdrawal),
                Destination::Reference(destination) | Destination::Method(_, destination),
            ) => {
                let destination = destination.to_string();
                Self::Payout(PayoutInstruction {
                    ledger,
                    withdrawal,
                    amount,
                    currency,
                    destination,
                })
            }
            (Outgoing::Refund(refund), Destination::Payment(_, payment)) => {
                let payment = payment.to_string();
                Self::Refund(RefundInstruction { ledger, refund, payment, amount, currency })
            }
            (Outgoing::Capture(payin), Destination::Payment(_, payment)) => {
                let payment = payment.to_string();
                Self::Capture(CaptureInstruction { ledger, payin, payment, amount, currency })
            }
            (Outgoing::Withdrawal(_), Destination::Payment(..))
            | (
                Outgoing::Refund(_) | Outgoing::Capture(_),
                Destination::Reference(_) | Destination::Method(..),
            ) => {
                return None;
            }
        })
    }
}

/// Why a payout whose destination is gone fails.
const ERASED: &str = "destination_erased";

/// What is not sent because nobody can tell now where it goes.
const NOT_RESOLVED: &str = "destination_unavailable";

/// Whether something may have been sent under the key before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing was tried yet.
    Untried,
    /// The provider says that it never had it.
    NeverTaken,
    /// The provider cannot tell.
    NotKnown,
}

/// With the destination that its reference stands for; else how the try ends. A payout that can go
/// nowhere any more has failed only where nothing was sent before: else somebody has to find out.
async fn resolved(
    destinations: &dyn Destinations,
    mut instruction: Instruction,
    before: Before,
) -> Result<Instruction, Tried> {
    if let Instruction::Payout(payout) = &mut instruction {
        match destinations.resolve(&payout.ledger, &payout.destination).await {
            Resolved::Found(plain) => payout.destination = plain,
            Resolved::AsIs => {}
            Resolved::Gone if before == Before::NotKnown => {
                return Err(Tried::unknown(ERASED.to_owned()));
            }
            Resolved::Gone => return Err(Tried::Failed { object: None, code: ERASED.to_owned() }),
            Resolved::Unavailable if before == Before::Untried => {
                return Err(Tried::NeverSent { why: NOT_RESOLVED.to_owned() });
            }
            Resolved::Unavailable => return Err(Tried::unknown(NOT_RESOLVED.to_owned())),
        }
    }
    Ok(instruction)
}

pub(crate) async fn attempt(
    gateway: Arc<dyn PayoutGateway>,
    destinations: Arc<dyn Destinations>,
    instruction: Instruction,
    begin: Begin,
    age: TimeDelta,
) -> Tried {
    let mut before = Before::Untried;
    if begin == Begin::Ask {
        let status = match &instruction {
            Instruction::Payout(it) => gateway.status(it.withdrawal).await,
            Instruction::Refund(it) => gateway.refund_status(it.refund).await,
            Instruction::Capture(it) => gateway.capture_status(it).await,
        };
        match status {
            PayoutStatus::Pending => return Tried::Open,
            PayoutStatus::Paid { object } => return Tried::Paid { object },
            PayoutStatus::Failed { object, code } => {
                return Tried::Failed { object: Some(object), code };
            }
            PayoutStatus::Unknown { why } => return Tried::unknown(why),
            PayoutStatus::Busy { why, pause } => {
                return Tried::Unknown { why, pause: Some(pause) };
            }
            // A provider that has forgotten the key would pay a second time.
            PayoutStatus::NotSearchable if is_forgotten(gateway.keeps_keys(), age) => {
                return Tried::unknown("key_forgotten".to_owned());
            }
            PayoutStatus::NotSearchable => before = Before::NotKnown,
            PayoutStatus::NotFound => before = Before::NeverTaken,
        }
    }
    let instruction = match resolved(&*destinations, instruction, before).await {
        Ok(instruction) => instruction,
        Err(tried) => return tried,
    };
    let submitted = match &instruction {
        Instruction::Payout(it) => gateway.submit(it).await,
        Instruction::Refund(it) => gateway.refund(it).await,
        Instruction::Capture(it) => gateway.capture(it).await,
    };
    match submitted {
        Submitted::Accepted { .. } => Tried::Open,
        Submitted::Made { object } => Tried::Paid { object },
        Submitted::Refused { code } => Tried::Failed { object: None, code },
        Submitted::NotSent { why } if begin == Begin::Send => Tried::NeverSent { why },
        // An earlier try may still be on its way.
        Submitted::NotSent { why } | Submitted::Unknown { why } => Tried::unknown(why),
        Submitted::Busy { why, pause } => Tried::Unknown { why, pause: Some(pause) },
    }
}

fn is_forgotten(kept: Option<Duration>, age: TimeDelta) -> bool {
    kept.is_some_and(|kept| age.to_std().is_ok_and(|age| age >= kept))
}

impl Tried {
    const fn unknown(why: String) -> Self {
        Self::Unknown { why, pause: None }
    }

    /// What it tells about the provider: that it is there, or not.
    pub(crate) fn heard(&self) -> Heard {
        match self {
            // It was not asked.
            Self::NeverSent { why } if why == NOT_RESOLVED => Heard::Nothing,
            Self::Failed { object: None, code } if code == ERASED => Heard::Nothing,
            Self::Unknown { pause: Some(pause), .. } => Heard::Outage { pause: Some(*pause) },
            Self::Unknown { why, pause: None } | Self::NeverSent { why }
                if http::is_outage(why) =>
            {
                Heard::Outage { pause: None }
            }
            Self::Unknown { .. }
            | Self::NeverSent { .. }
            | Self::Open
            | Self::Paid { .. }
            | Self::Failed { .. } => Heard::Answer,
        }
    }
}

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
    fn only_silence_and_trouble_are_outages() {
        let unknown = |why: &str| Tried::unknown(why.to_owned()).heard();
        for why in ["timed_out", "not_reached", "connection_lost", "status_429", "status_503"] {
            assert_eq!(unknown(why), Heard::Outage { pause: None }, "{why}");
        }
        for why in ["answer_not_understood", "status_401", "status_404", "idempotency_key_reused"] {
            assert_eq!(unknown(why), Heard::Answer, "{why}");
        }
        let pause = Some(Duration::from_secs(7));
        let busy = Tried::Unknown { why: "status_429".to_owned(), pause };
        assert_eq!(busy.heard(), Heard::Outage { pause });
        let never = Tried::NeverSent { why: NOT_RESOLVED.to_owned() };
        let erased = Tried::Failed { object: None, code: ERASED.to_owned() };
        assert_eq!((never.heard(), erased.heard()), (Heard::Nothing, Heard::Nothing));
        let refused = Tried::Failed { object: None, code: "closed".to_owned() };
        assert_eq!((refused.heard(), Tried::Open.heard()), (Heard::Answer, Heard::Answer));
    }

    #[test]
    fn a_key_is_forgotten_after_the_time_that_the_provider_keeps_it() {
        let day = Some(Duration::from_secs(86_400));
        assert!(
            !is_forgotten(day, TimeDelta::hours(23)) && is_forgotten(day, TimeDelta::hours(24))
        );
        assert!(!is_forgotten(None, TimeDelta::days(10_000)));
        assert!(!is_forgotten(day, TimeDelta::days(-3)), "a clock that was put back");
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
