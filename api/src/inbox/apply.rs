//! From a delivery to the ledger: what is to be confirmed is confirmed, what is to be booked is
//! asked of the engine, each under an id made of exactly what was delivered.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use uuid::Uuid;

use cauri_domain::{CorrelationId, KeyId, LedgerId, Provider, Refusal};
use cauri_ledger::engine::{Answer, AskError, Engine};
use cauri_ledger::ledgers::Ledgers;

use super::marks::{Mark, Trouble};
use super::rows::State;
use crate::providers::{Confirmers, Unconfirmed};
use crate::vault::Vault;
use crate::webhooks::{
    Asked, Commands, Delivery, Fact, Providers, Question, WebhookError, commands,
};

/// How many deliveries are being confirmed at their providers at once.
pub const CONFIRMED_AT_ONCE: usize = 8;

/// How long a confirmation may take: several questions of its own.
const CONFIRMATION: Duration = Duration::from_secs(20);

/// Applies deliveries. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Applier {
    /// The configured providers.
    pub providers: Arc<Providers>,
    /// Those of them that are asked before anything is booked.
    pub confirmers: Confirmers,
    /// Room for questions to them.
    pub asking: Arc<Semaphore>,
    /// What is kept of the payments that notifications with a token tell of.
    pub vault: Vault,
    /// Room for looks at it.
    pub comparing: Arc<Semaphore>,
    /// The ledgers they tell of.
    pub ledgers: Ledgers,
}

impl Applier {
    /// Asks the provider, a few at once: strangers may send hints, and each costs a question.
    ///
    /// # Errors
    /// When it denies, cannot be asked, or answers something that cannot be read.
    pub async fn confirm(
        &self,
        provider: Provider,
        question: &Question,
        body: &[u8],
    ) -> Result<Vec<Fact>, Unconfirmed> {
        let busy = Unconfirmed::Unknown("too many deliveries are being confirmed");
        let _permit = self.asking.try_acquire().map_err(|_| busy)?;
        let asked = self.confirmers.facts(provider, question, body);
        let asked = tokio::time::timeout(CONFIRMATION, asked).await;
        asked.unwrap_or(Err(Unconfirmed::Unknown("timed_out")))
    }

    /// Applies a delivery that was proved when it came, from what is kept of it.
    pub(super) async fn apply_kept(&self, kept: &Kept) -> Settled {
        let provider = kept.provider.as_str();
        let read = self.providers.read_again(provider, &kept.headers, &kept.body);
        let mut delivery = match read {
            Ok(delivery) => delivery,
            // Its account may be put back: until then it waits.
            Err(error @ WebhookError::UnknownProvider) => {
                return Settled::Unavailable("UNKNOWN_PROVIDER", error.to_string());
            }
            Err(error) => return Settled::unreadable(&error),
        };
        if let Some(question) = &delivery.question {
            match self.confirm(delivery.provider, question, &kept.body).await {
                Ok(facts) => delivery.facts = facts,
                // It was proved by its token when it came, or confirmed.
                Err(error) if question.names_a_token() => {
                    return Settled::unconfirmed(&error.of_proved());
                }
                Err(error) => return Settled::unconfirmed(&error),
            }
        }
        delivery.key_id.clone_from(&kept.key_id);
        match self.ledgers.engine(&kept.ledger) {
            Some(engine) => settle(&engine, &delivery, commands(&delivery), kept.id).await,
            None => Settled::Unavailable("UNKNOWN_LEDGER", "the ledger is not open".to_owned()),
        }
    }
}

/// A delivery that is read from the inbox.
#[derive(Debug)]
pub(super) struct Kept {
    pub id: Uuid,
    pub ledger: LedgerId,
    pub provider: Provider,
    /// Which of the account's keys proved it when it came.
    pub key_id: Option<String>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What became of a delivery: of several facts, the gravest, which is the last here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It means nothing here.
    None,
    /// It was in the log before.
    Already(Option<u64>),
    /// It is in the log now, at this revision.
    Applied(Option<u64>),
    /// A field of it cannot be read exactly, and why.
    Unreadable(String, String),
    /// Its provider does not know of it.
    Denied,
    /// The ledger refuses it.
    Refused(Box<Refusal>),
    /// Nobody could judge it now: a code, and why.
    Unavailable(&'static str, String),
}

impl Settled {
    /// What cannot be read.
    pub(crate) fn unreadable(error: &WebhookError) -> Self {
        Self::Unreadable(error.field().unwrap_or("body").to_owned(), error.to_string())
    }

    /// What its provider did not confirm.
    pub(crate) fn unconfirmed(error: &Unconfirmed) -> Self {
        match error {
            Unconfirmed::Denied => Self::Denied,
            Unconfirmed::Unknown(_) | Unconfirmed::NotConfigured | Unconfirmed::Unreadable(_) => {
                Self::Unavailable("UNCONFIRMED", error.to_string())
            }
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::None => 0,
            Self::Already(_) => 1,
            Self::Applied(_) => 2,
            Self::Unreadable(..) => 3,
            Self::Denied => 4,
            Self::Refused(_) => 5,
            Self::Unavailable(..) => 6,
        }
    }

    /// The graver of two; of two alike the later.
    fn max(self, other: Self) -> Self {
        if other.rank() >= self.rank() { other } else { self }
    }

    /// A word for the count.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "no_effect",
            Self::Already(_) => "already",
            Self::Applied(_) => "applied",
            Self::Unreadable(..) => "unreadable",
            Self::Denied => "denied",
            Self::Refused(_) => "refused",
            Self::Unavailable(..) => "waiting",
        }
    }

    /// The mark that it leaves on its delivery. One that waits says nothing yet of when.
    #[must_use]
    pub fn mark(&self, id: Uuid) -> Mark {
        let trouble = |code: &str, field: Option<&str>, message: &str| {
            let (field, message) = (field.map(str::to_owned), message.to_owned());
            Some(Trouble { code: code.to_owned(), field, message })
        };
        let (state, revision, error) = match self {
            Self::None => (State::NoEffect, None, None),
            Self::Already(revision) | Self::Applied(revision) => (State::Applied, *revision, None),
            Self::Unreadable(field, message) => {
                (State::Dead, None, trouble("UNREADABLE_BODY", Some(field), message))
            }
            Self::Denied => {
                let message = Unconfirmed::Denied.to_string();
                (State::Dead, None, trouble("NOT_THE_PROVIDERS", None, &message))
            }
            Self::Refused(refusal) => {
                let message = refusal.to_string();
                (State::Dead, None, trouble(refusal.code(), refusal.field(), &message))
            }
            Self::Unavailable(code, message) => {
                (State::Waiting, None, trouble(code, None, message))
            }
        };
        Mark { id, state, revision, error, next_try_at: None }
    }
}

/// Asks the `commands` that a delivery means; `story` is its id in the inbox, to which the events lead
/// back.
///
/// One that is refused does not keep the next from being asked: each tells of its own.
pub(crate) async fn settle(
    engine: &Engine,
    delivery: &Delivery,
    commands: Commands,
    story: Uuid,
) -> Settled {
    let mut settled = Settled::None;
    for mut asked in commands.asked {
        asked.request.correlation = Some(CorrelationId(story));
        asked.request.proved_by = proved_by(delivery);
        settled = settled.max(ask(engine, delivery, asked).await);
    }
    if let Some(field) = commands.refused {
        settled = settled.max(Settled::Unreadable(field.to_owned(), "out of range".to_owned()));
    }
    if let Some(error) = &delivery.unreadable {
        settled = settled.max(Settled::unreadable(error));
    }
    settled
}

/// Which key proved it. An id that an event could not hold is named by its digest.
fn proved_by(delivery: &Delivery) -> Option<KeyId> {
    let id = delivery.key_id.as_deref()?;
    id.parse().or_else(|_| hex::encode(Sha256::digest(id)).parse()).ok()
}

async fn ask(engine: &Engine, delivery: &Delivery, asked: Asked) -> Settled {
    let provider = delivery.provider;
    match engine.ask(asked.request).await {
        Ok(answer) => {
            let revision = answer.revision().map(|revision| revision.0);
            match answer {
                Answer::Done { replayed: false, .. } => Settled::Applied(revision),
                Answer::Done { .. } | Answer::Already { .. } => Settled::Already(revision),
            }
        }
        // Such as that somebody did not pay for what this ledger does not know.
        Err(AskError::Refused { refusal, .. }) if asked.is_news => {
            tracing::warn!(%provider, code = refusal.code(), "news without effect: {refusal}");
            Settled::None
        }
        Err(AskError::Refused { refusal, .. }) => {
            let code = refusal.code();
            tracing::error!(%provider, code, "an authentic webhook was refused: {refusal}");
            Settled::Refused(Box::new(refusal))
        }
        Err(AskError::TooLarge { cause, .. }) => {
            tracing::error!(%provider, "an authentic webhook cannot be recorded: {cause}");
            Settled::Unavailable("TOO_LARGE", cause.to_string())
        }
        Err(
            error @ (AskError::Unavailable(_)
            | AskError::Busy
            | AskError::Closed
            | AskError::Follows),
        ) => Settled::Unavailable("UNAVAILABLE", error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_facts_the_gravest_is_told() {
        let unread = || Settled::Unreadable("amount".to_owned(), "too long".to_owned());
        let busy = || Settled::Unavailable("UNAVAILABLE", "busy".to_owned());
        let gravest = |all: Vec<Settled>| all.into_iter().fold(Settled::None, Settled::max);
        assert_eq!(
            gravest(vec![Settled::Applied(Some(1)), Settled::Already(None)]).word(),
            "applied"
        );
        assert_eq!(gravest(vec![unread(), Settled::Applied(Some(1))]), unread());
        assert_eq!(gravest(vec![busy(), unread()]), busy());
    }

    #[test]
    fn what_cannot_be_judged_now_waits_and_what_is_refused_is_dead() {
        let id = Uuid::from_u128(7);
        let state = |settled: Settled| settled.mark(id).state;
        assert_eq!(state(Settled::Unavailable("UNAVAILABLE", String::new())), State::Waiting);
        assert_eq!(state(Settled::Denied), State::Dead);
        let refused = Settled::Refused(Box::new(Refusal::LedgerNotOpen {})).mark(id);
        let error = refused.error.unwrap();
        assert_eq!((refused.state, error.code.as_str()), (State::Dead, "LEDGER_NOT_OPEN"));
    }
}
