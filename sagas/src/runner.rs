//! Does what the agenda says: one task for each ledger.
//!
//! It folds the log up to the head before it does anything, so that what was answered before a
//! restart is not asked again. It then waits for whichever comes first: the next event, the
//! earliest timer, an answer. There is no task for a timer and no clock but the one injected.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use cauri_domain::receipt::Receipt;
use cauri_domain::{
    Actor, Command, CommandId, LedgerId, Provider, Refusal, Role, WithdrawalId, withdrawal,
};
use cauri_ledger::edge::Clock;
use cauri_ledger::engine::{Answer, AskError, Engine, Request};
use cauri_ledger::store::Head;

use crate::agenda::{Agenda, Stage};
use crate::gateway::{PayoutGateway, PayoutInstruction};
use crate::payouts::{Begin, Tried, attempt, wait};
use crate::process::{Origin, ProcessManager as _, TimerId};
use crate::withdrawal::WithdrawalProcess;

/// The providers that pay out.
#[derive(Clone, Default)]
pub struct Gateways {
    by_provider: BTreeMap<Provider, Arc<dyn PayoutGateway>>,
    default: Option<Provider>,
}

impl std::fmt::Debug for Gateways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_provider.keys()).finish()
    }
}

impl Gateways {
    /// Adds a provider. The first one gets all withdrawals.
    pub fn add(&mut self, provider: Provider, gateway: Arc<dyn PayoutGateway>) {
        self.default.get_or_insert(provider);
        self.by_provider.insert(provider, gateway);
    }
}

/// How process managers run.
#[derive(Debug, Clone)]
pub struct SagaOptions {
    /// The folder for agendas; without one, every start folds the whole log.
    pub agendas: Option<PathBuf>,
    /// After how many events the agenda is sealed again.
    pub save_every: u64,
    /// How many payouts are tried at once.
    pub payouts_at_once: usize,
}

impl Default for SagaOptions {
    fn default() -> Self {
        Self { agendas: None, save_every: 50_000, payouts_at_once: 8 }
    }
}

/// How the process managers of a ledger stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SagaStatus {
    /// Which ledger.
    pub ledger: LedgerId,
    /// How many events they have seen: the next revision.
    pub next_revision: u64,
    /// How many timers are set.
    pub timers: usize,
    /// When the earliest is due.
    pub next_due: Option<DateTime<Utc>>,
    /// How many payments have not ended, judged or not.
    pub open_payouts: usize,
    /// Why they stopped, if they did.
    pub failure: Option<String>,
}

/// The process managers of a ledger.
#[derive(Debug, Clone, Copy)]
pub struct Sagas;

/// A handle on a ledger's process managers.
#[derive(Debug)]
pub struct SagaHandle {
    status: Arc<Mutex<SagaStatus>>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Sagas {
    /// Starts the process managers of a ledger.
    #[must_use]
    pub fn spawn(engine: Engine, gateways: Gateways, options: SagaOptions) -> SagaHandle {
        let status = Arc::new(Mutex::new(SagaStatus {
            ledger: engine.ledger().clone(),
            next_revision: 0,
            timers: 0,
            next_due: None,
            open_payouts: 0,
            failure: None,
        }));
        let (stop, stopped) = oneshot::channel();
        let runner = Runner {
            clock: engine.clock(),
            engine,
            gateways,
            options,
            agenda: Agenda::default(),
            busy: BTreeSet::new(),
            sent: BTreeSet::new(),
            later: BTreeMap::new(),
            waits_said: false,
            unsaved: 0,
            status: Arc::clone(&status),
        };
        SagaHandle { status, stop, task: tokio::spawn(runner.run(stopped)) }
    }
}

impl SagaHandle {
    /// How they stand.
    #[must_use]
    pub fn status(&self) -> SagaStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops them. What is due and what is open is left to the next start.
    pub async fn close(self) {
        // An error says that the task has ended already.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

/// Something to do, or being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Timer(TimerId),
    Submission(WithdrawalId),
    Payout(WithdrawalId),
}

/// Something that was done.
enum Done {
    Asked { item: Item, result: Result<Answer, AskError> },
    Tried { withdrawal: WithdrawalId, provider: Provider, origin: Origin, tried: Tried },
}

type Doing = FuturesUnordered<BoxFuture<'static, Done>>;

/// When something is tried again, and how often it was.
#[derive(Debug, Clone, Copy)]
struct Later {
    attempts: u32,
    at: DateTime<Utc>,
}

struct Runner {
    engine: Engine,
    clock: Arc<dyn Clock>,
    gateways: Gateways,
    options: SagaOptions,
    agenda: Agenda,
    /// What is being done.
    busy: BTreeSet<Item>,
    /// Payouts that this process has sent, or found to be sent: the next try asks.
    sent: BTreeSet<WithdrawalId>,
    later: BTreeMap<Item, Later>,
    /// Whether it was said that there is no provider.
    waits_said: bool,
    unsaved: u64,
    status: Arc<Mutex<SagaStatus>>,
}

impl Runner {
    async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        tokio::select! {
            failure = self.work() => {
                tracing::error!(ledger = %self.engine.ledger(), failure, "the process managers have stopped");
                self.report(Some(failure));
                // Stay, so that the status can be asked for.
                let _ = (&mut stop).await;
            }
            _ = &mut stop => {}
        }
        self.save();
    }

    /// Works until it cannot go on; returns why.
    async fn work(&mut self) -> String {
        self.restore().await;
        // Whatever was open before this start may have been sent already.
        let head = self.engine.head();
        let mut events = self.engine.follow(self.agenda.head());
        let mut doing = Doing::new();
        let mut moved = self.clock.moved();
        while self.agenda.head() < head {
            match events.next().await {
                Some(Ok(batch)) => self.fold(&batch),
                Some(Err(error)) => return error.to_string(),
                None => return "the log ended".to_owned(),
            }
        }
        self.sent = self.agenda.payments().map(|(withdrawal, _)| withdrawal).collect();
        loop {
            self.perform(&mut doing);
            self.report(None);
            let sleep = self.next_wake();
            tokio::select! {
                biased;
                Some(done) = doing.next() => {
                    if let Some(failure) = self.settle(done, &mut doing) {
                        return failure;
                    }
                }
                batch = events.next() => match batch {
                    Some(Ok(batch)) => self.fold(&batch),
                    Some(Err(error)) => return error.to_string(),
                    None => return "the log ended".to_owned(),
                },
                () = tokio::time::sleep(sleep) => {}
                () = clock_moved(&mut moved) => {}
            }
        }
    }

    /// Takes the agenda from its file, if that is of this log.
    async fn restore(&mut self) {
        let Some(agenda) = self.path().and_then(|path| Agenda::load(&path)) else { return };
        let Head::At(revision) = agenda.head() else { return };
        let store = self.engine.store();
        let chunk = store.read(self.engine.ledger(), revision).next().await;
        let last = chunk.and_then(Result::ok).and_then(|chunk| chunk.into_iter().next());
        if last.is_some_and(|raw| raw.revision == revision && raw.hash == agenda.hash()) {
            self.agenda = agenda;
        } else {
            tracing::warn!(ledger = %self.engine.ledger(), "the agenda is not of this log; folding all of it");
        }
    }

    fn path(&self) -> Option<PathBuf> {
        let folder = self.options.agendas.as_ref()?;
        Some(folder.join(format!("{}.agenda", self.engine.ledger())))
    }

    fn save(&mut self) {
        self.unsaved = 0;
        if let Some(path) = self.path()
            && let Err(error) = self.agenda.save(&path)
        {
            tracing::warn!(path = %path.display(), %error, "the agenda was not saved; a start takes longer");
        }
    }

    fn fold(&mut self, batch: &[cauri_ledger::Recorded]) {
        for recorded in batch {
            self.agenda.apply(recorded);
        }
        self.unsaved += batch.len() as u64;
        if self.unsaved >= self.options.save_every {
            self.save();
        }
        let agenda = &self.agenda;
        self.sent.retain(|withdrawal| agenda.payment(*withdrawal).is_some());
        self.later.retain(|item, _| is_open(agenda, *item));
    }

    /// Begins everything that is due and not being done.
    fn perform(&mut self, doing: &mut Doing) {
        let now = self.clock.now();
        let due: Vec<_> = self
            .agenda
            .timers()
            .take_while(|(_, due)| due.at <= now)
            .filter(|(timer, _)| self.may_begin(Item::Timer(*timer), now))
            .collect();
        for (timer, due) in due {
            let request = self.request(timer.process(), due.origin, "due", timer.command());
            self.ask(Item::Timer(timer), request, doing);
        }
        self.submit(now, doing);
        self.pay(now, doing);
    }

    fn submit(&mut self, now: DateTime<Utc>, doing: &mut Doing) {
        let submissions: Vec<_> = self
            .agenda
            .payments()
            .filter_map(|(withdrawal, payment)| match payment.stage {
                Stage::Submitting(origin) => Some((withdrawal, origin)),
                Stage::Judging | Stage::Paying { .. } => None,
            })
            .filter(|(withdrawal, _)| self.may_begin(Item::Submission(*withdrawal), now))
            .collect();
        let Some(provider) = self.gateways.default else {
            if !submissions.is_empty() && !std::mem::replace(&mut self.waits_said, true) {
                tracing::warn!(ledger = %self.engine.ledger(), "approved withdrawals wait: no provider pays out");
            }
            return;
        };
        for (withdrawal, origin) in submissions {
            let command = withdrawal::Submit { withdrawal, provider }.into();
            let request = self.request(WithdrawalProcess::NAME, origin, "submit", command);
            self.ask(Item::Submission(withdrawal), request, doing);
        }
    }

    fn pay(&mut self, now: DateTime<Utc>, doing: &mut Doing) {
        let under_way = self.busy.iter().filter(|item| matches!(item, Item::Payout(_))).count();
        let room = self.options.payouts_at_once.saturating_sub(under_way);
        let payouts: Vec<_> = self
            .agenda
            .payments()
            .filter_map(|(withdrawal, payment)| match payment.stage {
                Stage::Paying { provider, origin } => Some((withdrawal, provider, origin, payment)),
                Stage::Judging | Stage::Submitting(_) => None,
            })
            .filter(|(withdrawal, ..)| self.may_begin(Item::Payout(*withdrawal), now))
            .filter_map(|(withdrawal, provider, origin, payment)| {
                let gateway = Arc::clone(self.gateways.by_provider.get(&provider)?);
                let instruction = PayoutInstruction {
                    withdrawal,
                    amount: payment.amount.to_decimal().to_string(),
                    currency: payment.amount.currency().to_string(),
                    destination: payment.destination.to_string(),
                };
                Some((withdrawal, provider, origin, gateway, instruction))
            })
            .take(room)
            .collect();
        for (withdrawal, provider, origin, gateway, instruction) in payouts {
            self.busy.insert(Item::Payout(withdrawal));
            let begin = if self.sent.insert(withdrawal) { Begin::Send } else { Begin::Ask };
            doing.push(
                attempt(gateway, instruction, begin)
                    .map(move |tried| Done::Tried { withdrawal, provider, origin, tried })
                    .boxed(),
            );
        }
    }

    fn may_begin(&self, item: Item, now: DateTime<Utc>) -> bool {
        !self.busy.contains(&item) && self.later.get(&item).is_none_or(|later| later.at <= now)
    }

    /// A command whose id is made of the event that led to it.
    fn request(&self, process: &str, origin: Origin, step: &str, command: Command) -> Request {
        let subject = format!("process:{process}").parse().expect("made of letters");
        let id = CommandId::caused_by(self.engine.ledger(), origin.revision, step);
        let actor = Actor { subject, role: Role::Service };
        Request {
            correlation: Some(origin.correlation),
            causation: Some(origin.revision),
            ..Request::new(id, actor, command)
        }
    }

    fn ask(&mut self, item: Item, request: Request, doing: &mut Doing) {
        self.busy.insert(item);
        let engine = self.engine.clone();
        doing.push(async move { Done::Asked { item, result: engine.ask(request).await } }.boxed());
    }

    /// Takes an answer; returns why the work cannot go on, if it cannot.
    fn settle(&mut self, done: Done, doing: &mut Doing) -> Option<String> {
        match done {
            Done::Asked { item, result } => {
                self.busy.remove(&item);
                self.answered(item, result)
            }
            Done::Tried { withdrawal, provider, origin, tried } => {
                self.busy.remove(&Item::Payout(withdrawal));
                self.tried(withdrawal, provider, origin, tried, doing);
                None
            }
        }
    }

    fn answered(&mut self, item: Item, result: Result<Answer, AskError>) -> Option<String> {
        match result {
            // What happened comes back as events; what was so already does not.
            Ok(_) => self.close_item(item),
            Err(AskError::Refused { refusal: Refusal::TooEarly { due }, .. }) => {
                if let Item::Timer(timer) = item
                    && let Some(set) = self.agenda.timer(timer)
                {
                    self.agenda.set(timer, crate::agenda::Due { at: due, ..set });
                }
            }
            Err(AskError::Refused { refusal, .. }) => {
                let ledger = self.engine.ledger();
                tracing::warn!(%ledger, ?item, code = refusal.code(), "a process's command was refused: {refusal}");
                metrics::counter!("cauri_process_refused_total", "code" => refusal.code())
                    .increment(1);
                match item {
                    // A wallet may be frozen now and not tomorrow.
                    Item::Submission(_) => self.again(item),
                    Item::Timer(_) | Item::Payout(_) => self.close_item(item),
                }
            }
            Err(AskError::Busy) => self.again(item),
            Err(error @ (AskError::Unavailable(_) | AskError::Closed)) => {
                return Some(error.to_string());
            }
        }
        None
    }

    /// It is done, or will never be: a later event may open it anew.
    fn close_item(&mut self, item: Item) {
        self.later.remove(&item);
        match item {
            Item::Timer(timer) => self.agenda.cancel(timer),
            // Its event brings the next stage; a refusal leaves it to a person.
            Item::Submission(_) | Item::Payout(_) => {
                let far = DateTime::<Utc>::MAX_UTC;
                self.later.insert(item, Later { attempts: 0, at: far });
            }
        }
    }

    fn again(&mut self, item: Item) {
        let attempts = self.later.get(&item).map_or(0, |later| later.attempts + 1);
        let key = match item {
            Item::Submission(withdrawal) | Item::Payout(withdrawal) => withdrawal,
            Item::Timer(_) => WithdrawalId(uuid::Uuid::nil()),
        };
        let at = self.clock.now() + wait(attempts, key);
        self.later.insert(item, Later { attempts, at });
    }

    fn tried(
        &mut self,
        withdrawal: WithdrawalId,
        provider: Provider,
        origin: Origin,
        tried: Tried,
        doing: &mut Doing,
    ) {
        let Some(payment) = self.agenda.payment(withdrawal) else { return };
        let amount = payment.amount;
        let item = Item::Payout(withdrawal);
        let outcome = match tried {
            Tried::Open { object } => {
                tracing::debug!(%withdrawal, object, "the provider has the payout");
                None
            }
            Tried::Unknown { why } => {
                tracing::warn!(%withdrawal, why, "it is not known whether the payout was made");
                None
            }
            Tried::Paid { object } => object.parse().ok().map(|object| {
                let receipt = Receipt { provider, object, amount, evidence: None };
                ("paid", Command::from(withdrawal::RecordPayout { withdrawal, receipt }))
            }),
            Tried::Failed { object, code } => code.parse().ok().map(|reason| {
                let object = object.and_then(|object| object.parse().ok());
                let failure = withdrawal::RecordFailure { withdrawal, provider, object, reason };
                ("failed", Command::from(failure))
            }),
        };
        match outcome {
            Some((step, command)) => {
                let request = self.request(WithdrawalProcess::NAME, origin, step, command);
                self.ask(item, request, doing);
            }
            None => self.again(item),
        }
    }

    /// How long there is nothing to do by itself. At most a minute: the machine's clock may jump.
    fn next_wake(&self) -> Duration {
        let timer =
            self.agenda.timers().find(|(timer, _)| !self.busy.contains(&Item::Timer(*timer))).map(
                |(timer, due)| {
                    self.later.get(&Item::Timer(timer)).map_or(due.at, |later| later.at.max(due.at))
                },
            );
        let later = self.later.values().map(|later| later.at).min();
        let next = timer.into_iter().chain(later).min();
        let minute = Duration::from_secs(60);
        next.map_or(minute, |at| self.clock.until(at)).min(minute)
    }

    fn report(&self, failure: Option<String>) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.next_revision = self.agenda.head().next().0;
        status.timers = self.agenda.timer_count();
        status.next_due = self.agenda.timers().next().map(|(_, due)| due.at);
        status.open_payouts = self.agenda.payments().count();
        status.failure = failure;
        let ledger = status.ledger.to_string();
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        {
            metrics::gauge!("cauri_timers", "ledger" => ledger.clone()).set(status.timers as f64);
            metrics::gauge!("cauri_open_payouts", "ledger" => ledger)
                .set(status.open_payouts as f64);
        }
    }
}

fn is_open(agenda: &Agenda, item: Item) -> bool {
    match item {
        Item::Timer(timer) => agenda.timer(timer).is_some(),
        Item::Submission(withdrawal) => agenda
            .payment(withdrawal)
            .is_some_and(|payment| matches!(payment.stage, Stage::Submitting(_))),
        Item::Payout(withdrawal) => agenda.payment(withdrawal).is_some(),
    }
}

/// Resolves when a clock that is moved by hand was moved; never for the machine's.
async fn clock_moved(moved: &mut Option<tokio::sync::watch::Receiver<DateTime<Utc>>>) {
    if let Some(moved) = moved
        && moved.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}
