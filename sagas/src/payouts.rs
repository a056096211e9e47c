//! One try at a payout or a refund, and what it tells about the provider.
//!
//! A payment is sent under one key for ever, its withdrawal's or refund's id. Whatever is not known is asked;
//! it is sent again only when the provider says that it never had it, and under the same key.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use cauri_domain::LedgerId;

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

/// A try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// How it ended.
    pub(crate) tried: Tried,
    /// What it told about the provider: that it is there, or not, or nothing where it was not asked.
    pub(crate) heard: Heard,
}

/// How a try begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Nothing was sent before.
    Send,
    /// It may have been sent before.
    Ask,
    /// It may have been sent before, and may still be on its way: that it is not there says nothing.
    AskInDoubt,
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

/// What another process has sent may not have arrived.
const ON_ITS_WAY: &str = "may_be_on_its_way";

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

/// Makes one try.
pub(crate) async fn attempt(
    gateway: Arc<dyn PayoutGateway>,
    destinations: Arc<dyn Destinations>,
    instruction: Instruction,
    begin: Begin,
    age: TimeDelta,
) -> Attempt {
    let mut before = Before::Untried;
    // Until somebody is asked.
    let mut heard = Heard::Nothing;
    if begin != Begin::Send {
        let status = match &instruction {
            Instruction::Payout(it) => gateway.status(it.withdrawal).await,
            Instruction::Refund(it) => gateway.refund_status(it.refund).await,
            Instruction::Capture(it) => gateway.capture_status(it).await,
        };
        heard = of_status(&status);
        let ended = match status {
            PayoutStatus::Pending => Some(Tried::Open),
            PayoutStatus::Paid { object } => Some(Tried::Paid { object }),
            PayoutStatus::Failed { object, code } => {
                Some(Tried::Failed { object: Some(object), code })
            }
            PayoutStatus::Unknown { why } | PayoutStatus::Unasked { why } => {
                Some(Tried::unknown(why))
            }
            PayoutStatus::Busy { why, pause } => Some(Tried::Unknown { why, pause: Some(pause) }),
            PayoutStatus::NotFound | PayoutStatus::NotSearchable if begin == Begin::AskInDoubt => {
                Some(Tried::unknown(ON_ITS_WAY.to_owned()))
            }
            // A provider that has forgotten the key would pay a second time.
            PayoutStatus::NotSearchable if is_forgotten(gateway.keeps_keys(), age) => {
                Some(Tried::unknown("key_forgotten".to_owned()))
            }
            PayoutStatus::NotSearchable => {
                before = Before::NotKnown;
                None
            }
            PayoutStatus::NotFound => {
                before = Before::NeverTaken;
                None
            }
        };
        if let Some(tried) = ended {
            return Attempt { tried, heard };
        }
    }
    let instruction = match resolved(&*destinations, instruction, before).await {
        Ok(instruction) => instruction,
        Err(tried) => return Attempt { tried, heard },
    };
    let submitted = match &instruction {
        Instruction::Payout(it) => gateway.submit(it).await,
        Instruction::Refund(it) => gateway.refund(it).await,
        Instruction::Capture(it) => gateway.capture(it).await,
    };
    if let Some(told) = of_submission(&submitted) {
        heard = told;
    }
    let tried = match submitted {
        Submitted::Accepted { .. } => Tried::Open,
        Submitted::Made { object } => Tried::Paid { object },
        Submitted::Refused { code } | Submitted::NotSendable { code } => {
            Tried::Failed { object: None, code }
        }
        Submitted::NotSent { why } if begin == Begin::Send => Tried::NeverSent { why },
        // An earlier try may still be on its way.
        Submitted::NotSent { why } | Submitted::Unknown { why } | Submitted::Unasked { why } => {
            Tried::unknown(why)
        }
        Submitted::Busy { why, pause } => Tried::Unknown { why, pause: Some(pause) },
    };
    Attempt { tried, heard }
}

/// What a question told about the provider.
fn of_status(status: &PayoutStatus) -> Heard {
    match status {
        PayoutStatus::Pending
        | PayoutStatus::Paid { .. }
        | PayoutStatus::Failed { .. }
        | PayoutStatus::NotFound => Heard::Answer,
        PayoutStatus::Unknown { why } => of_trouble(why),
        PayoutStatus::Busy { pause, .. } => Heard::Outage { pause: Some(*pause) },
        // Most that cannot search are not even asked.
        PayoutStatus::NotSearchable | PayoutStatus::Unasked { .. } => Heard::Nothing,
    }
}

/// What a submission told about the provider; `None` where it was not asked for it.
fn of_submission(submitted: &Submitted) -> Option<Heard> {
    Some(match submitted {
        Submitted::Accepted { .. } | Submitted::Made { .. } | Submitted::Refused { .. } => {
            Heard::Answer
        }
        Submitted::NotSent { why } | Submitted::Unknown { why } => of_trouble(why),
        Submitted::Busy { pause, .. } => Heard::Outage { pause: Some(*pause) },
        Submitted::NotSendable { .. } | Submitted::Unasked { .. } => return None,
    })
}

fn of_trouble(why: &str) -> Heard {
    if http::is_outage(why) { Heard::Outage { pause: None } } else { Heard::Answer }
}

fn is_forgotten(kept: Option<Duration>, age: TimeDelta) -> bool {
    kept.is_some_and(|kept| age.to_std().is_ok_and(|age| age >= kept))
}

impl Tried {
    pub(crate) const fn unknown(why: String) -> Self {
        Self::Unknown { why, pause: None }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use cauri_domain::WithdrawalId;
    use cauri_domain::testing::withdrawal;
    use futures::future::BoxFuture;

    use super::*;

    #[test]
    fn only_silence_and_trouble_are_outages() {
        for why in ["timed_out", "not_reached", "connection_lost", "status_429", "status_503"] {
            assert_eq!(of_trouble(why), Heard::Outage { pause: None }, "{why}");
        }
        for why in ["answer_not_understood", "status_401", "status_404", "idempotency_key_reused"] {
            assert_eq!(of_trouble(why), Heard::Answer, "{why}");
        }
    }

    /// A provider that answers what it is told to; and where a reference leads.
    #[derive(Debug, Clone)]
    struct Scripted(PayoutStatus, Submitted, Resolved);

    impl PayoutGateway for Scripted {
        fn provider(&self) -> &str {
            "scripted"
        }

        fn keeps_keys(&self) -> Option<Duration> {
            Some(Duration::from_secs(60))
        }

        fn submit<'a>(&'a self, _: &'a PayoutInstruction) -> BoxFuture<'a, Submitted> {
            Box::pin(std::future::ready(self.1.clone()))
        }

        fn status(&self, _: WithdrawalId) -> BoxFuture<'_, PayoutStatus> {
            Box::pin(std::future::ready(self.0.clone()))
        }
    }

    impl Destinations for Scripted {
        fn resolve<'a>(&'a self, _: &'a LedgerId, _: &'a str) -> BoxFuture<'a, Resolved> {
            Box::pin(std::future::ready(self.2.clone()))
        }
    }

    /// What a first try, and one after it, tell about the provider.
    async fn heard(scripted: Scripted, age: TimeDelta) -> [Heard; 2] {
        let mut heard = [Heard::Nothing; 2];
        for (at, begin) in [Begin::Send, Begin::Ask].into_iter().enumerate() {
            let instruction = Instruction::Payout(PayoutInstruction {
                ledger: LedgerId::main(),
                withdrawal: withdrawal(1),
                amount: "1".to_owned(),
                currency: "XOF".to_owned(),
                destination: "vlt_1".to_owned(),
            });
            let (gateway, destinations) = (Arc::new(scripted.clone()), Arc::new(scripted.clone()));
            heard[at] = attempt(gateway, destinations, instruction, begin, age).await.heard;
        }
        heard
    }

    #[tokio::test]
    async fn a_provider_that_was_not_asked_is_neither_there_nor_away() {
        use Heard::{Answer, Nothing};
        let taken = || Submitted::Accepted { object: "po_1".to_owned() };
        let (found, gone, closed) =
            (Resolved::Found("momo".to_owned()), Resolved::Gone, Resolved::Unavailable);
        let (blind, unasked) =
            (PayoutStatus::NotSearchable, PayoutStatus::Unasked { why: "no_call".to_owned() });
        let code = || "destination_not_understood".to_owned();
        let cases = [
            // Where it goes cannot be told, or nowhere: only a question asked before tells anything.
            (PayoutStatus::NotFound, taken(), closed.clone(), [Nothing, Answer]),
            (blind.clone(), taken(), closed, [Nothing, Nothing]),
            (PayoutStatus::NotFound, taken(), gone.clone(), [Nothing, Answer]),
            (blind.clone(), taken(), gone, [Nothing, Nothing]),
            // It cannot be put into the provider's form.
            (
                blind.clone(),
                Submitted::NotSendable { code: code() },
                found.clone(),
                [Nothing, Nothing],
            ),
            // There is no such call.
            (unasked, taken(), found.clone(), [Answer, Nothing]),
            (blind.clone(), Submitted::Refused { code: code() }, found.clone(), [Answer, Answer]),
        ];
        for (status, submitted, resolved, expected) in cases {
            let what = format!("{status:?} {submitted:?} {resolved:?}");
            let scripted = Scripted(status, submitted, resolved);
            assert_eq!(heard(scripted, TimeDelta::zero()).await, expected, "{what}");
        }
        let forgotten = Scripted(blind.clone(), taken(), found.clone());
        assert_eq!(heard(forgotten, TimeDelta::hours(1)).await, [Answer, Nothing]);
        let pause = Duration::from_secs(7);
        let busy = Submitted::Busy { why: "status_429".to_owned(), pause };
        let away = Heard::Outage { pause: Some(pause) };
        assert_eq!(heard(Scripted(blind, busy, found), TimeDelta::zero()).await, [away, away]);
    }

    #[tokio::test]
    async fn what_may_be_on_its_way_is_not_sent_again() {
        let taken = Submitted::Accepted { object: "po_1".to_owned() };
        let ours = |begin, status| {
            let scripted = Arc::new(Scripted(status, taken.clone(), Resolved::AsIs));
            let instruction = Instruction::Payout(PayoutInstruction {
                ledger: LedgerId::main(),
                withdrawal: withdrawal(1),
                amount: "1".to_owned(),
                currency: "XOF".to_owned(),
                destination: "momo".to_owned(),
            });
            attempt(scripted.clone(), scripted, instruction, begin, TimeDelta::zero())
        };
        for absent in [PayoutStatus::NotFound, PayoutStatus::NotSearchable] {
            let doubted = ours(Begin::AskInDoubt, absent.clone()).await.tried;
            assert_eq!(doubted, Tried::unknown(ON_ITS_WAY.to_owned()));
            assert_eq!(ours(Begin::Ask, absent).await.tried, Tried::Open, "it is sent again");
        }
        // What is there is believed.
        let paid = PayoutStatus::Paid { object: "po_1".to_owned() };
        let tried = ours(Begin::AskInDoubt, paid).await.tried;
        assert_eq!(tried, Tried::Paid { object: "po_1".to_owned() });
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
}
