//! What a provider is asked of a pay-in before its timer's command is: whether it was paid after
//! all, and to close what nobody waits for.
//!
//! Neither keeps a pay-in waiting for long: after a few tries, or when nobody answered for a while,
//! it goes on without the provider. Money that comes all the same is booked as late.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::payin::{
    Closing, RecordAuthorisation, RecordClosing, RecordReceipt, RecordSubmission,
};
use cauri_domain::receipt::Receipt;
use cauri_domain::{Command, ObjectId, PayinId, Provider};
use cauri_ledger::engine::{AskError, Engine, Request};
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::{Done, Runner, chain, request};
use crate::agenda::Item;
use crate::gateway::{ClosedThere, PayinFound, PayinGateway, PayinGateways, PayinKey};
use crate::process::{Origin, TimerId};

/// How often a provider is asked in vain before a pay-in goes on without it.
const TRIES: u32 = 3;
/// After how many answers in a row that say nothing nobody is asked for a while.
const SILENT_MOST: u32 = 8;
/// For how long.
const SILENCE_S: i64 = 60;
/// How long one question may take, with all that it needs.
const PATIENCE: Duration = Duration::from_secs(25);

/// How asking a provider ended.
pub(super) enum Looked {
    /// The timer's own command is to be asked, or this one instead.
    GoOn(Option<Command>),
    /// Nobody could be asked, which says nothing of whether providers answer: the timer's own command
    /// is to be asked, or this one instead.
    NotAsked(Option<Command>),
    /// The provider did not say: it is asked again, or the timer's command is asked without it.
    Silent {
        /// What is asked without it.
        otherwise: Option<Command>,
    },
    /// The ledger does not answer.
    NoLedger(AskError),
}

/// Whether providers have answered lately.
#[derive(Debug, Default)]
pub(super) struct Silence {
    in_a_row: u32,
    until: Option<DateTime<Utc>>,
}

impl Silence {
    fn heard(&mut self) {
        *self = Self::default();
    }

    fn missed(&mut self, now: DateTime<Utc>) {
        self.in_a_row += 1;
        if self.in_a_row >= SILENT_MOST {
            self.in_a_row = 0;
            self.until = Some(now + TimeDelta::seconds(SILENCE_S));
        }
    }

    fn is_kept(&self, now: DateTime<Utc>) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

impl Runner {
    /// The question that comes before a timer's command; `None` where there is none to ask.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other timers ask nobody first")]
    pub(super) fn look_first(
        &self,
        item: Item,
        timer: TimerId,
        origin: Origin,
    ) -> Option<BoxFuture<'static, Done>> {
        let is_kept = self.silence.is_kept(self.clock.now());
        let gateways = self.gateways.payins();
        let engine = self.engine.clone();
        let looked = match timer {
            TimerId::PayinExpiry(payin) if !gateways.is_empty() && !is_kept => {
                expiring(engine, gateways.clone(), payin, origin).boxed()
            }
            TimerId::PayinClosing(payin) if !gateways.is_empty() && !is_kept => {
                closing(engine, gateways.clone(), payin, origin).boxed()
            }
            _ => return None,
        };
        let patient = tokio::time::timeout(PATIENCE, looked);
        let looked = patient.map(move |looked| {
            let looked = looked.unwrap_or_else(|_| Looked::Silent { otherwise: unsaid(timer) });
            Done::Looked { item, timer, origin, looked: Box::new(looked) }
        });
        Some(looked.boxed())
    }

    /// What the answer comes to.
    pub(super) fn looked(
        &mut self,
        item: Item,
        timer: TimerId,
        origin: Origin,
        looked: Looked,
    ) -> Result<(), String> {
        let now = self.clock.now();
        if self.agenda.origin(item).is_some_and(|now| now != origin) {
            // It was set anew meanwhile: this is an answer to something else.
            self.commands.done(item);
            return Ok(());
        }
        let instead = match looked {
            Looked::GoOn(instead) => {
                self.silence.heard();
                instead
            }
            Looked::NotAsked(instead) => instead,
            Looked::Silent { otherwise } => {
                self.silence.missed(now);
                if self.commands.attempts(item) + 1 < TRIES {
                    self.again(item, now);
                    return Ok(());
                }
                otherwise
            }
            Looked::NoLedger(AskError::Busy) => {
                self.again(item, now);
                return Ok(());
            }
            Looked::NoLedger(error) => return Err(chain(&error)),
        };
        let command = instead.unwrap_or_else(|| timer.command());
        self.ask_timer(item, timer, origin, command);
        Ok(())
    }
}

/// A pay-in at its provider, as the ledger knows it.
struct AtProvider {
    gateway: Arc<dyn PayinGateway>,
    provider: Provider,
    key: PayinKey,
}

/// Where a pay-in is to be asked about; where nobody can be asked, what that comes to.
async fn at_provider(
    engine: &Engine,
    gateways: &PayinGateways,
    payin: PayinId,
) -> Result<AtProvider, Looked> {
    let ledger = engine.ledger().clone();
    let read = engine.read(move |state| {
        let known = state.payin(payin)?;
        let object = known.open_object.clone();
        Some((known.provider, PayinKey { ledger: ledger.clone(), payin, object }))
    });
    let read = read.await.map_err(Looked::NoLedger)?;
    let asked = read.value.and_then(|(provider, key)| {
        let gateway = gateways.get(engine.ledger(), provider)?;
        Some(AtProvider { gateway, provider, key })
    });
    asked.ok_or(Looked::NotAsked(None))
}

/// Asks whether a pay-in whose time is over was paid after all, and tells the ledger.
async fn expiring(
    engine: Engine,
    gateways: PayinGateways,
    payin: PayinId,
    origin: Origin,
) -> Looked {
    let AtProvider { gateway, provider, key } = match at_provider(&engine, &gateways, payin).await {
        Ok(asked) => asked,
        Err(looked) => return looked,
    };
    let found = gateway.find(&key).await;
    if let PayinFound::Unknown { why } = &found {
        tracing::warn!(%payin, %provider, why, "a provider does not say whether a pay-in was paid");
        return Looked::Silent { otherwise: None };
    }
    if found == PayinFound::NotAsked {
        return Looked::NotAsked(None);
    }
    match told(&key, provider, found) {
        Some(command) => match tell(&engine, origin, command).await {
            Ok(()) => Looked::GoOn(None),
            Err(error) => Looked::NoLedger(error),
        },
        None => Looked::GoOn(None),
    }
}

/// Closes what nobody waits for. What was paid before is told to the ledger.
async fn closing(
    engine: Engine,
    gateways: PayinGateways,
    payin: PayinId,
    origin: Origin,
) -> Looked {
    let AtProvider { gateway, provider, key } = match at_provider(&engine, &gateways, payin).await {
        Ok(asked) => asked,
        Err(looked) => return looked,
    };
    let recorded = |outcome| Some(RecordClosing { payin, outcome }.into());
    match gateway.close(&key).await {
        ClosedThere::Closed => Looked::GoOn(recorded(Closing::Closed)),
        // Mostly said without asking anybody.
        ClosedThere::NotPossible => Looked::NotAsked(recorded(Closing::NotPossible)),
        ClosedThere::PaidBefore => {
            let found = gateway.find(&key).await;
            if let PayinFound::Unknown { why } = &found {
                tracing::warn!(%payin, %provider, why, "a provider does not say what was paid");
                return Looked::Silent { otherwise: recorded(Closing::PaidBefore) };
            }
            if let Some(command @ Command::RecordReceipt(_)) = told(&key, provider, found)
                && let Err(error) = tell(&engine, origin, command).await
            {
                return Looked::NoLedger(error);
            }
            Looked::GoOn(recorded(Closing::PaidBefore))
        }
        ClosedThere::Unknown { why } => {
            tracing::warn!(%payin, %provider, why, "a provider does not say whether a pay-in is closed");
            Looked::Silent { otherwise: recorded(Closing::Unknown) }
        }
    }
}

/// What is asked where no answer came in time: how a closing ended is not known then, which is not
/// that it cannot be closed.
#[expect(clippy::wildcard_enum_match_arm, reason = "other timers ask their own command")]
fn unsaid(timer: TimerId) -> Option<Command> {
    match timer {
        TimerId::PayinClosing(payin) => {
            Some(RecordClosing { payin, outcome: Closing::Unknown }.into())
        }
        _ => None,
    }
}

/// What the ledger is told of what was found.
fn told(key: &PayinKey, provider: Provider, found: PayinFound) -> Option<Command> {
    let payin = key.payin;
    let receipt = |object: ObjectId, amount| Receipt { provider, object, amount, evidence: None };
    match found {
        PayinFound::Paid { object, amount } => {
            Some(RecordReceipt { payin: Some(payin), receipt: receipt(object, amount) }.into())
        }
        PayinFound::Authorised { object, amount } => {
            Some(RecordAuthorisation { payin, receipt: receipt(object, amount) }.into())
        }
        PayinFound::Open { object: Some(object) } if key.object.is_none() => {
            Some(RecordSubmission { payin, provider, object }.into())
        }
        PayinFound::Open { .. }
        | PayinFound::NotPaid
        | PayinFound::NotFound
        | PayinFound::NotAsked
        | PayinFound::Unknown { .. } => None,
    }
}

/// Tells the ledger, under an id made of exactly what is told. What it refuses changes nothing here.
async fn tell(engine: &Engine, origin: Origin, command: Command) -> Result<(), AskError> {
    let step = format!("found {command:?}");
    let request: Request = request(engine, "payin", origin, &step, command);
    match engine.ask(request).await {
        Ok(_) => Ok(()),
        Err(AskError::Refused { refusal, .. }) => {
            tracing::warn!("what a provider says of a pay-in was refused: {refusal}");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_that_nobody_answered_in_time_is_unknown_and_not_impossible() {
        let payin = PayinId(uuid::Uuid::from_u128(1));
        let unknown = RecordClosing { payin, outcome: Closing::Unknown };
        assert_eq!(unsaid(TimerId::PayinClosing(payin)), Some(unknown.into()));
        assert_eq!(unsaid(TimerId::PayinExpiry(payin)), None);
    }
}
