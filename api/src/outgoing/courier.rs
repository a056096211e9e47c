//! One endpoint: event after event, each until it is taken or given up.
//!
//! The next event is read from the log when the one before has ended, so an endpoint with a million
//! events before it holds no more memory than one with none: a chunk of the log. A receiver sees
//! revisions only ever grow, except where events are sent again: after a crash, the one under way;
//! after a replay, those from there on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use tokio::sync::watch;

use cauri_domain::endpoint::{Cause, Disable, Enable, Filter, Status};
use cauri_domain::{Actor, Command, CommandId, EndpointId, LedgerState, Role, WalletId};
use cauri_ledger::Recorded;
use cauri_ledger::edge;
use cauri_ledger::engine::{AskError, Engine, Request};
use cauri_ledger::store::Head;

use super::Parts;
use super::message::{Message, Wanted};
use super::schedule::{self, GIVEN_UP_IN_A_ROW};
use super::secrets::Keys;
use super::sender::Tried;
use super::standing::TRIES;
use super::store::{Progress, Row, State};

/// How long it rests after something of ours did not work, and twice as long each time that it still
/// does not.
const REST: Duration = Duration::from_secs(1);
/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// The longest sleep: the machine's clock may jump.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// How many events may be left out before it is kept that they were.
const LEFT_OUT_MOST: u64 = 1_000;
/// How long it waits for more before it is kept.
const IDLE: Duration = Duration::from_secs(1);

pub(super) struct Courier {
    pub(super) engine: Engine,
    pub(super) endpoint: EndpointId,
    pub(super) parts: Arc<Parts>,
    /// Says that something was said anew about the endpoint.
    pub(super) changed: watch::Receiver<()>,
    /// To say that something of ours keeps it from the endpoint.
    pub(super) is_stuck: Arc<AtomicBool>,
}

/// Why it looks at the endpoint anew.
enum Again {
    /// Something was said about it.
    Changed,
    /// Something of ours did not work.
    Failed(String),
    /// It was removed, or the courier is not needed any more.
    Over,
}

impl From<sqlx::Error> for Again {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Courier {
    pub(super) async fn run(mut self) {
        let mut rest = REST;
        loop {
            self.changed.mark_unchanged();
            let began = Instant::now();
            match self.work().await {
                Again::Changed => {}
                Again::Over => return,
                Again::Failed(why) => {
                    self.is_stuck.store(true, Ordering::Relaxed);
                    let ledger = self.engine.ledger();
                    tracing::warn!(%ledger, endpoint = %self.endpoint, why, "an endpoint waits");
                    if began.elapsed() > LONGEST_REST {
                        rest = REST;
                    }
                    // Perhaps what is said about it now is what helps: another secret.
                    tokio::select! {
                        () = tokio::time::sleep(rest) => rest = LONGEST_REST.min(rest * 2),
                        again = self.until_changed() => match again {
                            Again::Over => return,
                            Again::Changed | Again::Failed(_) => rest = REST,
                        },
                    }
                }
            }
        }
    }

    /// Works until something was said anew.
    async fn work(&mut self) -> Again {
        let row = match self.parts.store.endpoint(self.engine.ledger(), self.endpoint).await {
            Ok(Some(row)) => row,
            Ok(None) => return Again::Over,
            Err(error) => return error.into(),
        };
        let result = match row.terms.status {
            Status::Enabled => self.deliver(row).await,
            Status::Disabled(Cause::Failing) => self.probe(row).await,
            Status::Disabled(Cause::Gone | Cause::Asked(_)) | Status::Removed => {
                self.is_stuck.store(false, Ordering::Relaxed);
                Err(self.until_changed().await)
            }
        };
        result.err().unwrap_or(Again::Changed)
    }

    async fn until_changed(&mut self) -> Again {
        if self.changed.changed().await.is_err() { Again::Over } else { Again::Changed }
    }

    /// Waits until then, in the world's time, or until something was said.
    async fn until(&mut self, due: DateTime<Utc>) -> Result<(), Again> {
        let clock = Arc::clone(&self.parts.clock);
        let mut moved = clock.moved();
        loop {
            let left = clock.until(due);
            if left.is_zero() {
                return Ok(());
            }
            tokio::select! {
                () = tokio::time::sleep(left.min(LONGEST_SLEEP)) => {}
                () = edge::moved(&mut moved) => {}
                again = self.until_changed() => return Err(again),
            }
        }
    }

    async fn keys(&self, row: &Row) -> Result<Keys, Again> {
        let keys = Keys::read(&self.parts, self.engine.ledger(), row).await;
        let keys = keys.map_err(|error| Again::Failed(error.to_string()))?;
        self.is_stuck.store(false, Ordering::Relaxed);
        Ok(keys)
    }

    async fn deliver(&mut self, mut row: Row) -> Result<(), Again> {
        if row.at.given_up >= GIVEN_UP_IN_A_ROW {
            // It was about to be disabled when the server ended.
            return self.disable(Cause::Failing).await;
        }
        let keys = self.keys(&row).await?;
        // Where it goes on ahead, there is nothing to follow yet.
        let begin = row.at.next.min(self.engine.head().next());
        let mut events = self.engine.follow(Head::before(begin));
        let mut kept = row.at.next;
        loop {
            let is_behind = row.at.next.0 > kept.0;
            let batch = tokio::select! {
                // What is said about the endpoint comes before what it is told.
                biased;
                again = self.until_changed() => return Err(again),
                batch = events.next() => batch,
                () = tokio::time::sleep(IDLE), if is_behind => {
                    self.leave_out(&row).await?;
                    kept = row.at.next;
                    continue;
                }
            };
            let batch = batch.ok_or(Again::Over)?;
            let batch = batch.map_err(|error| Again::Failed(error.to_string()))?;
            let begin = row.at.next;
            for recorded in batch.iter().filter(|it| it.revision >= begin) {
                let Some(message) = self.wanted(recorded, &row.terms.filter).await? else {
                    // Whatever was tried of it, before the filter was another, is over with it.
                    let next = recorded.revision.next();
                    row.at = Progress { next, tries: 0, due_at: None, ..row.at };
                    continue;
                };
                // A position that was left out on the way belongs to no try.
                row.at.next = recorded.revision;
                self.until_ended(&mut row, &keys, recorded, &message).await?;
                kept = row.at.next;
            }
            if row.at.next.0.saturating_sub(kept.0) >= LEFT_OUT_MOST {
                self.leave_out(&row).await?;
                kept = row.at.next;
            }
        }
    }

    /// The message of an event, if the filter wants it. Who has part in a thing is asked of the ledger
    /// as it is now: that does not change.
    async fn wanted(&self, recorded: &Recorded, filter: &Filter) -> Result<Option<Message>, Again> {
        match Message::of(recorded, filter) {
            Wanted::No => Ok(None),
            Wanted::Yes(message) => Ok(Some(message)),
            Wanted::IfOf(ids, message) => {
                let whose = move |state: &LedgerState| -> Vec<WalletId> {
                    ids.iter().flat_map(|id| state.wallets_with_part_in(*id)).collect()
                };
                let found = self.engine.read(whose).await;
                let found = found.map_err(|error| Again::Failed(error.to_string()))?.value;
                Ok(filter.wants_any_of(&found).then_some(message))
            }
        }
    }

    async fn leave_out(&self, row: &Row) -> Result<(), Again> {
        let store = &self.parts.store;
        Ok(store.leave_out(self.engine.ledger(), row.endpoint, row.epoch, row.at.next).await?)
    }

    /// Tries an event until it is taken or given up.
    async fn until_ended(
        &mut self,
        row: &mut Row,
        keys: &Keys,
        recorded: &Recorded,
        message: &Message,
    ) -> Result<(), Again> {
        loop {
            if let Some(due) = row.at.due_at {
                self.until(due).await?;
            }
            // Another address or secret counts from the next request on, whatever else waits.
            if self.changed.has_changed().unwrap_or(true) {
                return Err(Again::Changed);
            }
            let tried = self.send(row, keys, message).await;
            let (state, to) = self.judge(row, recorded, &tried);
            let store = &self.parts.store;
            let about = (recorded.revision, message.kind.as_str());
            let ledger = self.engine.ledger();
            if !store.tried(ledger, row, about, (state, &tried), to).await? {
                return Err(Again::Changed);
            }
            row.at = to;
            if tried.is_gone() {
                return self.disable(Cause::Gone).await;
            }
            match state {
                State::Delivered => return Ok(()),
                State::Dead if to.given_up >= GIVEN_UP_IN_A_ROW => {
                    return self.disable(Cause::Failing).await;
                }
                State::Dead => return Ok(()),
                State::Waiting => {}
            }
        }
    }

    async fn send(&self, row: &Row, keys: &Keys, message: &Message) -> Tried {
        let clock = &self.parts.clock;
        let (url, sender) = (&row.terms.url, &self.parts.sender);
        let tried = sender.send(url, keys.at(clock.now()), message, || clock.now()).await;
        let outcome = if tried.is_delivered() { "delivered" } else { "failed" };
        let ledger = self.engine.ledger().to_string();
        metrics::counter!(TRIES, "ledger" => ledger, "outcome" => outcome).increment(1);
        tried
    }

    /// What a try comes to, and where the endpoint stands then.
    fn judge(&self, row: &Row, recorded: &Recorded, tried: &Tried) -> (State, Progress) {
        let next = recorded.revision.next();
        if tried.is_delivered() {
            return (State::Delivered, Progress::at(next));
        }
        let tries = row.at.tries + 1;
        if tried.is_gone() {
            // Nothing is planned, and nothing is given up: the event waits for a person.
            return (State::Waiting, Progress { tries, due_at: None, ..row.at });
        }
        match schedule::wait(tries, row.at.given_up, tried.advice, rand::random()) {
            Some(wait) => {
                let due_at = Some(self.parts.clock.now() + wait);
                (State::Waiting, Progress { tries, due_at, ..row.at })
            }
            None => {
                let given_up = row.at.given_up + 1;
                let first = row.at.first_given_up.or(Some(recorded.revision));
                let to = Progress { given_up, first_given_up: first, ..Progress::at(next) };
                tracing::warn!(ledger = %self.engine.ledger(), endpoint = %self.endpoint,
                    revision = %recorded.revision, "an event was given up");
                (State::Dead, to)
            }
        }
    }

    /// Asks a failing endpoint now and then whether it answers again.
    async fn probe(&mut self, mut row: Row) -> Result<(), Again> {
        let keys = self.keys(&row).await?;
        let clock = Arc::clone(&self.parts.clock);
        let ledger = self.engine.ledger().clone();
        loop {
            let due = match row.at.due_at {
                Some(due) => due,
                None => {
                    let wait = schedule::wait_for_probe(row.at.tries, rand::random());
                    let due = clock.now() + wait;
                    self.keep_probe(&row, due).await?;
                    due
                }
            };
            self.until(due).await?;
            let message = Message::test(&ledger, self.endpoint, clock.now());
            let tried = self.send(&row, &keys, &message).await;
            self.parts.store.tested(&ledger, self.endpoint, &tried).await?;
            if tried.is_gone() {
                return self.disable(Cause::Gone).await;
            }
            if tried.is_delivered() {
                let command = Enable { endpoint: self.endpoint, probed: true };
                return self.ask(command.into()).await;
            }
            row.at.tries = row.at.tries.saturating_add(1);
            let due = clock.now() + schedule::wait_for_probe(row.at.tries, rand::random());
            row.at.due_at = Some(due);
            self.keep_probe(&row, due).await?;
        }
    }

    async fn keep_probe(&self, row: &Row, due: DateTime<Utc>) -> Result<(), Again> {
        let (ledger, store) = (self.engine.ledger(), &self.parts.store);
        Ok(store.probed(ledger, row, due).await?)
    }

    async fn disable(&mut self, cause: Cause) -> Result<(), Again> {
        tracing::warn!(ledger = %self.engine.ledger(), endpoint = %self.endpoint, ?cause,
            "an endpoint is disabled");
        self.ask(Disable { endpoint: self.endpoint, cause }.into()).await
    }

    /// Puts on record what was found, and waits until it has come around.
    async fn ask(&mut self, command: Command) -> Result<(), Again> {
        let subject = "process:outgoing-webhooks".parse().expect("made of letters");
        let actor = Actor { subject, role: Role::Service };
        // Nothing is lost when it is asked twice: the second finds it so.
        let id = CommandId(uuid::Uuid::new_v4());
        match self.engine.ask(Request::new(id, actor, command)).await {
            // A person was quicker, which is told as well.
            Ok(_) | Err(AskError::Refused { .. }) => Err(self.until_changed().await),
            Err(error) => Err(Again::Failed(error.to_string())),
        }
    }
}
