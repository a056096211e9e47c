//! The engine over a store that does as it is told: once, durable, never tentative.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cauri_domain::*;
use cauri_ledger::edge::{Clock, ManualClock};
use cauri_ledger::engine::{Answer, AskError, Engine, EngineOptions, Request};
use cauri_ledger::store::memory::{MemoryStore, NextAppend};
use cauri_ledger::store::{EventStore, Head};
use chrono::{DateTime, TimeDelta};
use futures::StreamExt as _;
use uuid::Uuid;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(DateTime::from_timestamp(1_795_000_000, 0).unwrap()))
}

async fn open(store: &MemoryStore) -> Engine {
    open_with(store, EngineOptions::default()).await
}

async fn open_with(store: &MemoryStore, options: EngineOptions) -> Engine {
    let store: Arc<dyn EventStore> = Arc::new(store.clone());
    Engine::open(store, LedgerId::main(), clock(), options).await.unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn xof(minor: u64) -> Money {
    Money::from_minor(minor, "XOF".parse().unwrap()).unwrap()
}

fn request(n: u128, command: impl Into<Command>) -> Request {
    let actor = Actor { subject: "back-end".parse().unwrap(), role: Role::Service };
    Request::new(CommandId(id(n)), actor, command)
}

fn transfer(n: u128, minor: u64) -> Request {
    let (from, to) = (WalletId(id(1)), WalletId(id(2)));
    request(n, transfer::Make { from, to, amount: xof(minor) })
}

/// A ledger with 1,000 francs in wallet 1 and an empty wallet 2: revisions 0 to 4.
async fn furnished(store: &MemoryStore) -> Engine {
    let engine = open(store).await;
    let provider = "sim".parse().unwrap();
    let (wallet, payin) = (WalletId(id(1)), PayinId(id(9)));
    let object = "pi_1".parse().unwrap();
    let receipt = receipt::Receipt { provider, object, amount: xof(1_000), evidence: None };
    for request in [
        request(101, settings::Open { settings: Settings::default() }),
        request(102, wallet::Open { wallet, owner: "ann".parse().unwrap() }),
        request(103, wallet::Open { wallet: WalletId(id(2)), owner: "bob".parse().unwrap() }),
        request(
            104,
            payin::Initiate {
                payin,
                wallet,
                amount: xof(1_000),
                provider,
                target: None,
                capture_later: false,
            },
        ),
        request(105, payin::RecordReceipt { payin: Some(payin), receipt }),
    ] {
        engine.ask(request).await.unwrap();
    }
    engine
}

async fn balances(engine: &Engine) -> (i128, i128) {
    let seen = engine.read(|state| {
        let of = |n| state.books().available(WalletId(id(n)), "XOF".parse().unwrap());
        (of(1), of(2))
    });
    seen.await.unwrap().value
}

fn refusal(asked: Result<Answer, AskError>) -> Refusal {
    match asked {
        Err(AskError::Refused { refusal, .. }) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn ask(engine: &Engine, request: Request) -> tokio::task::JoinHandle<Result<Answer, AskError>> {
    let engine = engine.clone();
    tokio::spawn(async move { engine.ask(request).await })
}

#[tokio::test]
async fn a_command_is_applied_once_however_often_it_is_sent() {
    let store = MemoryStore::new();
    let engine = furnished(&store).await;
    let done = |replayed| Answer::Done { first: Revision(5), last: Revision(5), replayed };
    assert_eq!(engine.ask(transfer(200, 10)).await.unwrap(), done(false));
    assert_eq!(engine.ask(transfer(200, 10)).await.unwrap(), done(true));
    assert_eq!(balances(&engine).await, (990, 10));

    engine.close().await;
    let engine = open(&store).await;
    assert_eq!(engine.ask(transfer(200, 10)).await.unwrap(), done(true));
    assert_eq!(balances(&engine).await, (990, 10));
}

#[tokio::test]
async fn an_id_with_other_content_is_refused_naming_the_field() {
    let store = MemoryStore::new();
    let engine = furnished(&store).await;
    engine.ask(transfer(200, 10)).await.unwrap();
    let reused = refusal(engine.ask(transfer(200, 11)).await);
    assert_eq!(reused, Refusal::IdReused { field: "commandId" });
    let mut labelled = transfer(200, 10);
    labelled.labels.category = Some("shopping".parse().unwrap());
    assert_eq!(refusal(engine.ask(labelled).await), reused);

    // Somebody else's id is another id.
    let mut other = transfer(200, 11);
    other.actor.subject = "other-back-end".parse().unwrap();
    assert!(matches!(engine.ask(other).await, Ok(Answer::Done { replayed: false, .. })));
}

#[tokio::test]
async fn a_refused_command_binds_nothing() {
    let store = MemoryStore::new();
    let engine = furnished(&store).await;
    assert_eq!(
        refusal(engine.ask(transfer(200, 2_000)).await),
        Refusal::InsufficientFunds { available: 1_000, needed: xof(2_000) }
    );
    assert_eq!(engine.head(), Head::At(Revision(4)));
    // The same id, judged again: with other content this time.
    engine.ask(transfer(200, 1_000)).await.unwrap();
    assert_eq!(balances(&engine).await, (0, 1_000));
}

#[tokio::test]
async fn nothing_tentative_is_ever_seen() {
    let store = MemoryStore::new();
    let engine = furnished(&store).await;
    store.hold_appends();
    let asked = ask(&engine, transfer(200, 10));
    let refused = ask(&engine, transfer(201, 5_000));
    let looking = engine.clone();
    let looked = tokio::spawn(async move { balances(&looking).await });
    // Long enough for the writer to have judged all three many times over.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!asked.is_finished());
    assert_eq!(engine.head(), Head::At(Revision(4)));
    store.release_appends();
    assert!(asked.await.unwrap().is_ok());
    // Each saw a state that is durable now, before or after the transfer.
    assert!([(1_000, 0), (990, 10)].contains(&looked.await.unwrap()));
    let refused = refusal(refused.await.unwrap());
    assert!(matches!(refused, Refusal::InsufficientFunds { available: 1_000 | 990, .. }));
}

#[tokio::test]
async fn after_a_conflict_everything_tentative_is_judged_again() {
    let store = MemoryStore::new();
    let ours = furnished(&store).await;
    let theirs = open(&store).await;
    // The other process spends 995 of the 1,000: of ours, only what is left is possible.
    theirs.ask(transfer(300, 995)).await.unwrap();
    assert_eq!(
        refusal(ours.ask(request(199, wallet::Close { wallet: WalletId(id(1)) })).await),
        Refusal::WalletNotEmpty { currency: "XOF".parse().unwrap() }
    );
    let (fits, too_much) = (ask(&ours, transfer(201, 5)), ask(&ours, transfer(202, 800)));
    let fits = fits.await.unwrap().unwrap();
    assert_eq!(fits, Answer::Done { first: Revision(6), last: Revision(6), replayed: false });
    assert!(matches!(refusal(too_much.await.unwrap()), Refusal::InsufficientFunds { .. }));
    // Their command is bound here too, and they read on in turn.
    assert!(ours.ask(transfer(300, 995)).await.unwrap().replayed());
    assert_eq!(balances(&ours).await, (0, 1_000));
    assert!(theirs.ask(transfer(201, 5)).await.unwrap().replayed());
    assert_eq!(balances(&theirs).await, (0, 1_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_under_load_lose_and_double_nothing() {
    let store = MemoryStore::new();
    let engines = [furnished(&store).await, open(&store).await];
    // Both send every command: one of them applies it.
    let asked = (0..200_u128)
        .flat_map(|n| engines.iter().map(move |engine| ask(engine, transfer(1_000 + n, 5))));
    let mut fresh = 0;
    for answer in futures::future::join_all(asked.collect::<Vec<_>>()).await {
        fresh += usize::from(!answer.unwrap().unwrap().replayed());
    }
    assert_eq!((fresh, store.events(&LedgerId::main()).len()), (200, 205));
    let reopened = open(&store).await;
    assert_eq!(balances(&reopened).await, (0, 1_000));
}

#[tokio::test]
async fn an_unknown_outcome_is_resolved_by_reading_back() {
    for next in [NextAppend::WrittenUnknown, NextAppend::NotWrittenUnknown] {
        let store = MemoryStore::new();
        let engine = furnished(&store).await;
        store.inject(next);
        let done = engine.ask(transfer(200, 10)).await.unwrap();
        assert_eq!(done, Answer::Done { first: Revision(5), last: Revision(5), replayed: false });
        assert_eq!(balances(&engine).await, (990, 10));
        assert_eq!(store.events(&LedgerId::main()).len(), 6);
        engine.ask(transfer(300, 10)).await.unwrap();
        assert_eq!(balances(&engine).await, (980, 20));
    }
}

#[tokio::test]
async fn a_store_that_failed_is_the_end_and_nothing_is_acknowledged() {
    let store = MemoryStore::new();
    let engine = furnished(&store).await;
    store.inject(NextAppend::Fatal);
    assert!(matches!(engine.ask(transfer(200, 10)).await, Err(AskError::Unavailable(_))));
    assert!(matches!(engine.ask(transfer(201, 10)).await, Err(AskError::Unavailable(_))));
    assert!(matches!(engine.read(|_| ()).await, Err(AskError::Unavailable(_))));
    assert!(engine.fault().is_some());
    assert_eq!(engine.head(), Head::At(Revision(4)));
}

/// What waits behind the news that the store failed is told of the failure, and not that somebody closed
/// the ledger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_when_the_store_fails_is_told_why() {
    for round in 0..50 {
        let store = MemoryStore::new();
        let engine = furnished(&store).await;
        store.inject(NextAppend::Fatal);
        store.hold_appends();
        let first = ask(&engine, transfer(200, 1));
        // The writer is busy with a look, so that the news and the next commands come to it at once.
        let (begin, begun) = std::sync::mpsc::channel();
        let (go, gone) = std::sync::mpsc::channel::<()>();
        let busy = engine.clone();
        let look = tokio::spawn(async move {
            busy.read(move |_| {
                let _ = begin.send(());
                let _ = gone.recv_timeout(Duration::from_secs(10));
            })
            .await
            .map(drop)
        });
        tokio::task::block_in_place(|| begun.recv().unwrap());
        store.release_appends();
        tokio::time::sleep(Duration::from_millis(2)).await;
        let behind: Vec<_> = (0..20).map(|n| ask(&engine, transfer(300 + n, 1))).collect();
        tokio::time::sleep(Duration::from_millis(2)).await;
        go.send(()).unwrap();
        for waiting in behind.into_iter().chain([first]) {
            let told = waiting.await.unwrap();
            assert!(matches!(told, Err(AskError::Unavailable(_))), "round {round}: {told:?}");
        }
        // It came before the first command or after it: both can be.
        let looked = look.await.unwrap();
        assert!(matches!(looked, Ok(()) | Err(AskError::Unavailable(_))), "{looked:?}");
    }
}

#[tokio::test]
async fn a_full_queue_is_said_and_nothing_is_judged() {
    let store = MemoryStore::new();
    furnished(&store).await.close().await;
    let engine = open_with(&store, EngineOptions { queue: 2, ..EngineOptions::default() }).await;
    store.hold_appends();
    let waiting = [ask(&engine, transfer(200, 1)), ask(&engine, transfer(201, 1))];
    tokio::task::yield_now().await;
    assert!(matches!(engine.ask(transfer(202, 1)).await, Err(AskError::Busy)));
    store.release_appends();
    for waiting in waiting {
        assert!(waiting.await.unwrap().is_ok());
    }
    assert!(engine.ask(transfer(202, 1)).await.is_ok());
}

#[tokio::test]
async fn a_closed_engine_answers_what_waits_and_takes_no_more() {
    let store = MemoryStore::new();
    let engine = furnished(&store).await;
    let waiting: Vec<_> = (0..50).map(|n| ask(&engine, transfer(200 + n, 1))).collect();
    tokio::task::yield_now().await;
    engine.clone().close().await;
    let mut done = 0;
    for waiting in waiting {
        match waiting.await.unwrap() {
            Ok(_) => done += 1,
            Err(AskError::Closed) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(store.events(&LedgerId::main()).len(), 5 + done);
    assert!(matches!(engine.ask(transfer(900, 1)).await, Err(AskError::Closed)));
}

/// Row 12 of `docs/peers-asks.md`.
#[tokio::test]
async fn a_start_uses_the_snapshot_and_comes_to_the_same_state() {
    let (store, folder) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    furnished(&store).await.close().await;
    let options = EngineOptions {
        snapshots: Some(folder.path().to_owned()),
        snapshot_every: 10,
        ..EngineOptions::default()
    };
    let engine = open_with(&store, options.clone()).await;
    assert_eq!((engine.opened().snapshot, engine.opened().replayed), (None, 5));
    let file = folder.path().join("main.snapshot");
    for n in 200..212 {
        engine.ask(transfer(n, 1)).await.unwrap();
    }
    let began = Instant::now();
    while !file.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "a snapshot is made after 10 events");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    engine.ask(transfer(1_200, 1)).await.unwrap();
    let expected = engine.read(Clone::clone).await.unwrap();
    engine.close().await;

    let engine = open_with(&store, options.clone()).await;
    let opened = engine.opened();
    let covered = opened.snapshot.expect("the snapshot was used");
    assert_eq!(opened.head, Head::At(Revision(covered.0 + opened.replayed)));
    assert_eq!(engine.read(Clone::clone).await.unwrap(), expected);
    assert!(engine.ask(transfer(200, 1)).await.unwrap().replayed());
    engine.close().await;

    // A version that is not known, damage, and another history: each is ignored.
    let good = std::fs::read(&file).unwrap();
    let line_end = good.iter().position(|b| *b == b'\n').unwrap();
    let unknown = [b"cauri snapshot 1 999999", &good[line_end..]].concat();
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for (bytes, why) in [(unknown, "version"), (damaged, "damage"), (Vec::new(), "empty")] {
        std::fs::write(&file, bytes).unwrap();
        let engine = open_with(&store, options.clone()).await;
        assert_eq!(engine.opened().snapshot, None, "{why}");
        assert_eq!(engine.read(Clone::clone).await.unwrap(), expected, "{why}");
        engine.close().await;
    }
    std::fs::write(&file, &good).unwrap();
    let other = MemoryStore::new();
    furnished(&other).await.close().await;
    assert_eq!(open_with(&other, options).await.opened().snapshot, None);
}

#[tokio::test]
async fn a_follower_catches_up_and_then_follows() {
    let store = MemoryStore::new();
    let engine = furnished(&store).await;
    let mut events = engine.follow(Head::At(Revision(2)));
    let mut seen = Vec::new();
    for n in 0..20 {
        engine.ask(transfer(200 + n, 1)).await.unwrap();
    }
    while seen.len() < 22 {
        seen.extend(events.next().await.unwrap().unwrap());
    }
    let revisions: Vec<u64> = seen.iter().map(|recorded| recorded.revision.0).collect();
    assert_eq!(revisions, (3..25).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_ledgers_time_never_goes_back() {
    let store = MemoryStore::new();
    furnished(&store).await.close().await;
    let early = Arc::new(ManualClock::new(DateTime::from_timestamp(1_700_000_000, 0).unwrap()));
    let engine = Engine::open(
        Arc::new(store.clone()),
        LedgerId::main(),
        Arc::clone(&early) as Arc<dyn Clock>,
        EngineOptions::default(),
    );
    let engine = engine.await.unwrap();
    engine.ask(transfer(200, 1)).await.unwrap();
    early.advance(TimeDelta::days(2_000));
    engine.ask(transfer(201, 1)).await.unwrap();
    let mut times = Vec::new();
    let mut events = engine.follow(Head::Empty);
    while times.len() < 7 {
        times.extend(events.next().await.unwrap().unwrap().iter().map(|event| event.recorded_at));
    }
    assert!(times.is_sorted());
    assert_eq!(times[5], times[4]);
    assert!(times[6] > times[5]);
}

#[tokio::test]
async fn a_look_that_panics_harms_nobody_else() {
    let store = MemoryStore::new();
    let engine = furnished(&store).await;
    let looked = engine.read(|_| panic!("a reader's mistake")).await;
    assert!(matches!(looked, Err::<cauri_ledger::engine::ReadAt<()>, _>(AskError::Closed)));
    assert_eq!(balances(&engine).await, (1_000, 0));
    engine.ask(transfer(200, 1)).await.unwrap();
}
