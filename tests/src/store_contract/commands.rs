//! Commands through an engine on the store: each once, whatever happens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cauri_domain::{
    Actor, Command, CommandId, LedgerId, Refusal, Revision, Role, Settings, WalletId, settings,
    wallet,
};
use cauri_ledger::edge::ManualClock;
use cauri_ledger::engine::{Answer, AskError, Engine, EngineOptions, Request};
use cauri_ledger::store::{
    AppendError, Chunks, EventStore, Head, Limits, RawEvent, ReadError, StoreFault,
};
use chrono::DateTime;
use futures::future::{BoxFuture, join_all};
use uuid::Uuid;

use super::{Place, read_all};

/// An engine for the main ledger on that store.
pub async fn engine(store: Arc<dyn EventStore>) -> Engine {
    let now = DateTime::from_timestamp(1_795_000_000, 0).expect("a time");
    let clock = Arc::new(ManualClock::new(now));
    let began = Instant::now();
    loop {
        let (store, clock, main) = (Arc::clone(&store), Arc::clone(&clock), LedgerId::main());
        match Engine::open(store, main, clock, EngineOptions::default()).await {
            Ok(engine) => return engine,
            // The threads of an engine that was closed let go of its store a moment later.
            Err(error) if format!("{error:?}").contains("already open for writing") => {
                assert!(began.elapsed() < Duration::from_secs(10), "{error:?}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(error) => panic!("the log can be read: {error:?}"),
        }
    }
}

/// A command under the `n`th id.
pub fn request(n: u128, command: impl Into<Command>) -> Request {
    let subject = "back-end".parse().expect("a subject");
    Request::new(CommandId(Uuid::from_u128(n)), Actor { subject, role: Role::Service }, command)
}

/// Opens the ledger.
pub fn open_ledger() -> Request {
    request(1, settings::Open { settings: Settings::default() })
}

/// Opens the `n`th wallet for that owner.
pub fn open_wallet(n: u128, owner: &str) -> Request {
    let wallet = WalletId(Uuid::from_u128(1_000_000 + n));
    request(1_000 + n, wallet::Open { wallet, owner: owner.parse().expect("an owner") })
}

/// How many times the body of an event in `store` names each of the first `count` wallets.
pub async fn times_opened(store: &dyn EventStore, count: u128) -> Vec<usize> {
    let all = read_all(store, &LedgerId::main(), 0).await;
    let times = |n| {
        let id = Uuid::from_u128(1_000_000 + n).to_string();
        let bodies = all.iter().map(|event| String::from_utf8_lossy(&event.body));
        bodies.filter(|body| body.contains("wallet.opened.v1") && body.contains(&id)).count()
    };
    (0..count).map(times).collect()
}

/// A command that is asked again has the answer that it had, also after a restart.
pub async fn a_command_asked_again_has_its_first_answer(place: &impl Place) {
    let again = |first: Answer| match first {
        Answer::Done { first, last, .. } => Answer::Done { first, last, replayed: true },
        already @ Answer::Already { .. } => already,
    };
    let (first, ledger) = {
        let engine = engine(place.open().await).await;
        let ledger = engine.ask(open_ledger()).await.expect("it is new");
        let first = engine.ask(open_wallet(0, "ann")).await.expect("it is new");
        assert!(matches!(first, Answer::Done { replayed: false, .. }), "{first:?}");
        assert_eq!(engine.ask(open_wallet(0, "ann")).await.expect("as before"), again(first));
        engine.close().await;
        (first, ledger)
    };
    let store = place.open().await;
    let engine = engine(Arc::clone(&store)).await;
    assert_eq!(engine.ask(open_wallet(0, "ann")).await.expect("as before"), again(first));
    assert_eq!(engine.ask(open_ledger()).await.expect("as before"), again(ledger));
    assert_eq!(times_opened(&*store, 1).await, [1]);
    engine.close().await;
}

/// An id that is bound to one command is refused with another, also after a restart.
pub async fn an_id_with_other_content_is_refused(place: &impl Place) {
    let refused = |asked: Result<Answer, AskError>| {
        let reused = Refusal::IdReused { field: "commandId" };
        assert!(
            matches!(&asked, Err(AskError::Refused { refusal, .. }) if *refusal == reused),
            "{asked:?}"
        );
    };
    {
        let engine = engine(place.open().await).await;
        engine.ask(open_ledger()).await.expect("it is new");
        engine.ask(open_wallet(0, "ann")).await.expect("it is new");
        refused(engine.ask(open_wallet(0, "bob")).await);
        engine.close().await;
    }
    let store = place.open().await;
    let engine = engine(Arc::clone(&store)).await;
    refused(engine.ask(open_wallet(0, "bob")).await);
    assert_eq!(times_opened(&*store, 1).await, [1]);
    engine.close().await;
}

/// Sixteen who ask the same command at once get the same revisions, and one of them was the first.
pub async fn one_of_sixteen_who_ask_the_same_is_the_first(place: &impl Place) {
    let store = place.open().await;
    let engine = engine(Arc::clone(&store)).await;
    engine.ask(open_ledger()).await.expect("it is new");
    for n in 0..5 {
        let asked = (0..16).map(|_| engine.ask(open_wallet(n, "ann")));
        let answers: Vec<_> =
            join_all(asked).await.into_iter().map(|answer| answer.expect("it is asked")).collect();
        let revisions: Vec<_> = answers.iter().map(Answer::revision).collect();
        assert!(revisions.iter().all(|it| *it == revisions[0]), "{revisions:?}");
        assert_eq!(answers.iter().filter(|answer| !answer.replayed()).count(), 1);
    }
    assert_eq!(times_opened(&*store, 5).await, [1; 5]);
    engine.close().await;
}

/// More commands at once than the store takes in one batch are several batches, cut between
/// commands, and all of them are answered.
pub async fn a_batch_of_commands_over_the_limit_is_cut_between_commands(place: &impl Place) {
    let inner = place.open().await;
    let limits = Limits { batch_bytes: 4_096, batch_events: 7, ..inner.limits() };
    let store: Arc<dyn EventStore> = Arc::new(Narrow(inner, limits));
    let engine = engine(Arc::clone(&store)).await;
    engine.ask(open_ledger()).await.expect("it is new");
    let asked = (0..200).map(|n| engine.ask(open_wallet(n, "ann")));
    for answer in join_all(asked).await {
        answer.expect("it is asked");
    }
    assert_eq!(times_opened(&*store, 200).await, [1; 200]);
    engine.close().await;
}

/// A command that leads to more than the store takes at all is not applied; the ledger goes on.
pub async fn a_command_over_the_limit_changes_nothing(place: &impl Place) {
    let store = place.open().await;
    let usual = {
        let engine = engine(Arc::clone(&store)).await;
        engine.ask(open_ledger()).await.expect("it is new");
        engine.ask(open_wallet(0, "ann")).await.expect("it is new");
        engine.close().await;
        let all = read_all(&*store, &LedgerId::main(), 0).await;
        all.last().expect("a wallet was opened").body.len()
    };
    let limits = Limits { event_bytes: usual + 20, batch_bytes: usual + 20, ..store.limits() };
    let engine = engine(Arc::new(Narrow(Arc::clone(&store), limits))).await;
    let (before, long) = (engine.head(), "x".repeat(60));
    let refused = engine.ask(open_wallet(1, &long)).await;
    assert!(matches!(refused, Err(AskError::TooLarge { .. })), "{refused:?}");
    assert_eq!(engine.head(), before);
    // The id was not bound: it may be used for something smaller.
    engine.ask(open_wallet(1, "bob")).await.expect("it is new");
    assert_eq!(times_opened(&*store, 2).await, [1, 1]);
    engine.close().await;
}

/// A store that says that it takes less at once, and insists.
struct Narrow(Arc<dyn EventStore>, Limits);

impl EventStore for Narrow {
    fn append<'a>(
        &'a self,
        ledger: &'a LedgerId,
        expected: Head,
        batch: &'a [RawEvent],
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        if let Err(too_large) = self.1.check(batch) {
            return Box::pin(async move { Err(too_large.into()) });
        }
        self.0.append(ledger, expected, batch)
    }

    fn limits(&self) -> Limits {
        self.1
    }

    fn read<'a>(&'a self, ledger: &'a LedgerId, from: Revision) -> Chunks<'a> {
        self.0.read(ledger, from)
    }

    fn follow<'a>(&'a self, ledger: &'a LedgerId, after: Head) -> Chunks<'a> {
        self.0.follow(ledger, after)
    }

    fn head<'a>(&'a self, ledger: &'a LedgerId) -> BoxFuture<'a, Result<Head, ReadError>> {
        self.0.head(ledger)
    }

    fn ledgers(&self) -> BoxFuture<'_, Result<Vec<LedgerId>, StoreFault>> {
        self.0.ledgers()
    }
}
