//! Does what the agenda says: one task for each ledger.
//!
//! It folds the log up to the head before it does anything, so that what was answered before a
//! restart is not asked again. It then waits for whichever comes first: the next event, the
//! earliest timer, an answer. There is no task for a timer and no clock but the one injected.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::oneshot;

use cauri_domain::{Account, Actor, Command, CommandId, Event, Provider, Refusal, Role, Side};
use cauri_ledger::Recorded;
use cauri_ledger::edge::{self, Clock};
use cauri_ledger::engine::{Answer, AskError, Engine, Request};
use cauri_ledger::log::LogError;
use cauri_ledger::store::Head;

use crate::agenda::{Agenda, Item};
use crate::destinations::Resolved;
use crate::gateways::Gateways;
use crate::gauges::Gauges;
use crate::handle::{SagaOptions, SagaStatus};
use crate::kept::Kept;
use crate::lanes::Lanes;
use crate::notes::{Note, Notes};
use crate::payouts::Attempt;
use crate::process::{Origin, Outgoing, TimerId};
use crate::queue::Queue;

/// The longest sleep: the machine's clock may jump.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

mod paying;
mod payins;
mod telling;

use payins::{Looked, Silence};

/// Something that was done.
enum Done {
    Asked {
        item: Item,
        result: Result<Answer, AskError>,
    },
    Noted {
        item: Item,
        result: Result<Answer, AskError>,
    },
    /// The provider in whose vault a withdrawal's payment method is.
    Found {
        item: Item,
        vault: Result<Option<Provider>, AskError>,
    },
    /// What a reference to a destination stands for: who may pay depends on it.
    Told {
        item: Item,
        reference: String,
        told: Resolved,
    },
    Tried {
        outgoing: Outgoing,
        provider: Provider,
        origin: Origin,
        attempt: Attempt,
    },
    /// A pay-in's provider was asked before the timer's command is.
    Looked {
        item: Item,
        timer: TimerId,
        origin: Origin,
        looked: Box<Looked>,
    },
}

type Doing = FuturesUnordered<BoxFuture<'static, Done>>;

pub(crate) struct Runner {
    engine: Engine,
    clock: Arc<dyn Clock>,
    gateways: Gateways,
    options: SagaOptions,
    agenda: Agenda,
    kept: Kept,
    commands: Queue,
    payouts: Lanes,
    notes: Notes,
    doing: Doing,
    /// Payouts that were sent, or may have been: the next try asks.
    sent: BTreeSet<Outgoing>,
    /// When it was started, by a clock that nobody sets.
    started: Instant,
    without_provider: BTreeSet<Outgoing>,
    silence: Silence,
    is_live: bool,
    unsaved: u64,
    status: Arc<Mutex<SagaStatus>>,
    gauges: Gauges,
}

impl Runner {
    pub(crate) fn new(
        engine: Engine,
        gateways: Gateways,
        options: SagaOptions,
        status: Arc<Mutex<SagaStatus>>,
    ) -> Self {
        Self {
            clock: engine.clock(),
            kept: Kept::new(&engine, &options),
            gauges: Gauges::new(engine.ledger()),
            commands: Queue::new(options.commands_at_once),
            payouts: Lanes::new(
                gateways.providers(engine.ledger()),
                options.payouts_at_once,
                options.chance.clone(),
            ),
            notes: Notes::default(),
            engine,
            gateways,
            options,
            agenda: Agenda::default(),
            doing: Doing::new(),
            sent: BTreeSet::new(),
            started: Instant::now(),
            without_provider: BTreeSet::new(),
            silence: Silence::default(),
            is_live: false,
            unsaved: 0,
            status,
        }
    }

    pub(crate) async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let failure = match AssertUnwindSafe(self.work(&mut stop)).catch_unwind().await {
            Ok(Ok(())) => return self.kept.save(&self.agenda).await,
            Ok(Err(failure)) => failure,
            // The agenda may be half folded: what is saved stays as it was.
            Err(_) => "a process manager panicked".to_owned(),
        };
        tracing::error!(ledger = %self.engine.ledger(), failure, "the process managers have stopped");
        self.report(Some(failure));
        // Stay, so that the status can be asked for.
        let _ = stop.await;
    }

    /// Works until it is stopped, or cannot go on: returns why.
    async fn work(&mut self, stop: &mut oneshot::Receiver<()>) -> Result<(), String> {
        self.agenda = self.kept.load(&self.engine).await;
        let head = self.engine.head();
        let mut events = self.engine.follow(self.agenda.head());
        let mut moved = self.clock.moved();
        while self.agenda.head() < head {
            let batch = tokio::select! {
                batch = events.next() => received(batch)?,
                _ = &mut *stop => return Ok(()),
            };
            batch.iter().for_each(|recorded| drop(self.agenda.apply(recorded)));
            self.unsaved += batch.len() as u64;
            self.report(None);
        }
        if self.unsaved >= self.options.save_every {
            self.unsaved = 0;
            self.kept.save(&self.agenda).await;
        }
        self.go_live();
        loop {
            self.perform();
            self.report(None);
            self.save_when_due();
            let idle = self.idle();
            tokio::select! {
                biased;
                _ = &mut *stop => return Ok(()),
                Some(done) = self.doing.next() => self.settle(done)?,
                batch = events.next() => self.fold(&received(batch)?),
                () = tokio::time::sleep(idle) => {}
                () = edge::moved(&mut moved) => {}
            }
        }
    }

    /// Saves the agenda aside, the more rarely the more there is on it: all of it is written each time.
    fn save_when_due(&mut self) {
        let due = self.options.save_every.max(self.agenda.size() as u64);
        if self.unsaved >= due && self.kept.begin(&self.engine) {
            self.unsaved = 0;
        }
    }

    /// Everything up to the head is known: begins to act.
    fn go_live(&mut self) {
        // What was submitted before this start may have been sent, too.
        self.sent = self.agenda.paying().map(|(_, outgoing)| outgoing).collect();
        self.is_live = true;
        for item in self.agenda.items().collect::<Vec<_>>() {
            self.schedule(item);
        }
        self.tell_freed();
        let (timers, payouts) = (self.agenda.timer_count(), self.agenda.paying().len());
        tracing::info!(ledger = %self.engine.ledger(), head = %self.agenda.head(), timers, payouts, "process managers are live");
    }

    fn fold(&mut self, batch: &[Recorded]) {
        for recorded in batch {
            for item in self.agenda.apply(recorded) {
                self.schedule(item);
            }
            // What was refused for the sake of a wallet or a setting may be possible now.
            if may_free(&recorded.event) {
                let now = self.clock.now();
                self.commands.change(self.agenda.head(), now);
                self.payouts.change(self.agenda.head(), now);
            }
        }
        self.unsaved += batch.len() as u64;
        self.tell_refused();
        self.tell_freed();
    }

    /// Brings the queues in line with the agenda.
    fn schedule(&mut self, item: Item) {
        let now = self.clock.now();
        match (item, self.agenda.when(item)) {
            (Item::Timer(_), Some(at)) => self.commands.open(item, at),
            // A payment does not wait for a clock that was put back to reach its event again.
            (Item::Submission(_), Some(at)) => self.commands.open(item, at.min(now)),
            (Item::Payout(outgoing), Some(at)) => {
                if let Some(provider) = self.provider_of(outgoing) {
                    self.payouts.open(provider, item, at.min(now), now);
                }
            }
            (Item::Timer(_), None) => self.commands.close(item),
            (Item::Submission(outgoing), None) => {
                self.payouts.let_go(item);
                self.commands.close(item);
                self.forget_ended(outgoing);
            }
            (Item::Payout(outgoing), None) => {
                self.payouts.close(item);
                self.forget_ended(outgoing);
            }
        }
    }

    fn forget_ended(&mut self, outgoing: Outgoing) {
        if self.agenda.payment(outgoing).is_none() {
            self.sent.remove(&outgoing);
            self.without_provider.remove(&outgoing);
        }
    }

    /// Begins everything that is due, as far as there is room.
    fn perform(&mut self) {
        let now = self.clock.now();
        self.wake(now);
        while let Some(item) = self.commands.begin(now) {
            match item {
                Item::Timer(timer) => match self.agenda.timer(timer) {
                    Some(due) => match self.look_first(item, timer, due.origin) {
                        Some(looking) => self.doing.push(looking),
                        None => self.ask_timer(item, timer, due.origin, timer.command()),
                    },
                    None => self.commands.done(item),
                },
                Item::Submission(outgoing) | Item::Payout(outgoing) => self.submit(item, outgoing),
            }
        }
        while let Some(item) = self.payouts.begin(now) {
            match self.payout(item) {
                Some(payout) => self.doing.push(payout),
                None => self.payouts.done(item),
            }
        }
        for (item, Note { origin, step, command }) in self.notes.begin() {
            let process = item.step().process;
            let request = self.request(process.as_str(), origin, &step, command);
            let engine = self.engine.clone();
            let asked = async move { Done::Noted { item, result: engine.ask(request).await } };
            self.doing.push(asked.boxed());
        }
    }

    fn ask_timer(&self, item: Item, timer: TimerId, origin: Origin, command: Command) {
        self.ask(item, self.request(timer.process(), origin, &timer.step(), command));
    }

    fn request(&self, process: &str, origin: Origin, step: &str, command: Command) -> Request {
        request(&self.engine, process, origin, step, command)
    }

    fn ask(&self, item: Item, request: Request) {
        let engine = self.engine.clone();
        let asked = async move { Done::Asked { item, result: engine.ask(request).await } };
        self.doing.push(asked.boxed());
    }

    fn settle(&mut self, done: Done) -> Result<(), String> {
        match done {
            Done::Asked { item, result } => return self.answered(item, result),
            Done::Noted { item, result } => return self.noted(item, result),
            Done::Found { item, vault } => return self.found(item, vault),
            Done::Told { item, reference, told } => self.told(item, &reference, &told),
            Done::Tried { outgoing, provider, origin, attempt } => {
                self.tried(outgoing, provider, origin, attempt);
            }
            Done::Looked { item, timer, origin, looked } => {
                return self.looked(item, timer, origin, *looked);
            }
        }
        Ok(())
    }

    fn answered(&mut self, item: Item, result: Result<Answer, AskError>) -> Result<(), String> {
        let now = self.clock.now();
        if result.is_err() {
            self.payouts.let_go(item);
        }
        match result {
            // Its event takes it off the agenda.
            Ok(_) => self.done(item),
            Err(AskError::Refused { refusal: Refusal::TooEarly { due }, .. }) => {
                self.again(item, due);
            }
            Err(AskError::Refused { refusal, at }) => {
                tracing::debug!(?item, %at, "refused: {refusal}");
                self.park(item, now, at, refusal.code());
            }
            Err(AskError::TooLarge { cause, at }) => {
                tracing::error!(?item, %at, "not recorded: {cause}");
                self.park(item, now, at, "TOO_LARGE");
            }
            Err(AskError::Busy) => self.again(item, now),
            Err(error @ (AskError::Unavailable(_) | AskError::Closed | AskError::Follows)) => {
                return Err(chain(&error));
            }
        }
        Ok(())
    }

    fn noted(&mut self, item: Item, result: Result<Answer, AskError>) -> Result<(), String> {
        match result {
            Ok(_) => self.notes.done(item),
            // A person has decided meanwhile, or it is on record already.
            Err(AskError::Refused { refusal, .. }) => {
                tracing::debug!(?item, "not recorded: {refusal}");
                self.notes.done(item);
            }
            Err(AskError::TooLarge { cause, .. }) => {
                tracing::error!(?item, "not recorded: {cause}");
                self.notes.done(item);
            }
            Err(AskError::Busy) => self.notes.again(item),
            Err(error @ (AskError::Unavailable(_) | AskError::Closed | AskError::Follows)) => {
                return Err(chain(&error));
            }
        }
        Ok(())
    }

    fn park(&mut self, item: Item, now: DateTime<Utc>, at: Head, code: &'static str) {
        match item {
            Item::Payout(_) => self.payouts.park(item, now, at, code),
            Item::Timer(_) | Item::Submission(_) => self.commands.park(item, now, at, code),
        }
        self.tell_refused();
    }

    fn again(&mut self, item: Item, not_before: DateTime<Utc>) {
        let now = self.clock.now();
        match item {
            Item::Payout(_) => self.payouts.again(item, now, not_before),
            Item::Timer(_) | Item::Submission(_) => {
                let wait = self.options.chance.wait(self.commands.attempts(item));
                self.commands.again(item, now + wait, not_before);
            }
        }
    }

    fn done(&mut self, item: Item) {
        match item {
            Item::Payout(_) => self.payouts.done(item),
            Item::Timer(_) | Item::Submission(_) => self.commands.done(item),
        }
    }

    /// How long there is nothing to do by the passing of time alone.
    fn idle(&self) -> Duration {
        let next = self.commands.next_at().into_iter().chain(self.payouts.next_at()).min();
        next.map_or(LONGEST_SLEEP, |at| self.clock.until(at)).min(LONGEST_SLEEP)
    }

    fn report(&self, failure: Option<String>) {
        let next_revision = self.agenda.head().next().0;
        let oldest_payout = self.agenda.paying().next().map(|(since, _)| since);
        let status = SagaStatus {
            ledger: self.engine.ledger().clone(),
            next_revision,
            lag: self.engine.head().next().0.saturating_sub(next_revision),
            is_live: self.is_live,
            timers: self.agenda.timer_count(),
            next_due: self.agenda.timers().next().map(|(_, due)| due.at),
            open_payouts: self.agenda.paying().len(),
            oldest_payout,
            without_provider: self.without_provider.len(),
            waiting_for_provider: self.payouts.held(),
            providers: self.payouts.statuses(),
            refused: self.commands.parked() + self.payouts.parked(),
            failure,
        };
        self.gauges.set(&status, self.clock.now());
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}

/// A command whose id is made of the event that led to it.
fn request(
    engine: &Engine,
    process: &str,
    origin: Origin,
    step: &str,
    command: Command,
) -> Request {
    let subject = format!("process:{process}").parse().expect("made of letters");
    let id = CommandId::caused_by(engine.ledger(), origin.revision, step);
    let actor = Actor { subject, role: Role::Service };
    Request {
        correlation: Some(origin.correlation),
        causation: Some(origin.revision),
        ..Request::new(id, actor, command)
    }
}

/// Whether what the ledger refused may be possible after an event: something was allowed, a debt
/// was paid, a dispute ended.
fn may_free(event: &Event) -> bool {
    let pays_debt = |posting: &cauri_domain::Posting| {
        posting.side == Side::Credit && matches!(posting.account, Account::Receivable(_))
    };
    matches!(
        event,
        Event::WalletUnfrozen(_)
            | Event::LedgerConfigured(_)
            | Event::PaymentsConfigured(_)
            | Event::ChargebackWon(_)
            | Event::ChargebackLost(_)
            | Event::ChargebackReinstated(_)
    ) || event.entry().is_some_and(|entry| entry.postings().iter().any(pays_debt))
}

fn received(batch: Option<Result<Vec<Recorded>, LogError>>) -> Result<Vec<Recorded>, String> {
    match batch {
        Some(Ok(batch)) => Ok(batch),
        Some(Err(error)) => Err(chain(&error)),
        None => Err("the log ended".to_owned()),
    }
}

/// An error and what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
