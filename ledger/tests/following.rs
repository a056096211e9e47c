//! An engine that follows what another one writes: the same state, and never a word of its own.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cauri_domain::testing::{Plan, any_plan, minute, play};
use cauri_domain::*;
use cauri_ledger::chain::Hash;
use cauri_ledger::edge::{Clock, ManualClock};
use cauri_ledger::engine::{AskError, Engine, EngineFault, EngineOptions, Request};
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::snapshot;
use cauri_ledger::store::memory::MemoryStore;
use cauri_ledger::store::{EventStore, Head, RawEvent};
use proptest::prelude::*;
use uuid::Uuid;

fn shared(store: &MemoryStore) -> Arc<dyn EventStore> {
    Arc::new(store.clone())
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(minute(0)))
}

async fn writing(store: &MemoryStore, clock: Arc<ManualClock>) -> Engine {
    Engine::open(shared(store), LedgerId::main(), clock, EngineOptions::default()).await.unwrap()
}

async fn following(store: &MemoryStore, options: EngineOptions) -> Engine {
    Engine::open_following(shared(store), LedgerId::main(), clock(), options).await.unwrap()
}

/// Opens the nth wallet, of Ann; the zeroth request opens the ledger.
fn request(n: u128) -> Request {
    let actor = Actor { subject: "back-end".parse().unwrap(), role: Role::Service };
    let id = CommandId(Uuid::from_u128(n + 1));
    if n == 0 {
        return Request::new(id, actor, settings::Open { settings: Settings::default() });
    }
    let (wallet, owner) = (WalletId(Uuid::from_u128(n)), "ann".parse().unwrap());
    Request::new(id, actor, wallet::Open { wallet, owner })
}

async fn reached(engine: &Engine, head: Head) {
    let reached = tokio::time::timeout(Duration::from_secs(10), engine.reach(head)).await;
    reached.expect("in time").expect("it follows");
}

async fn state(engine: &Engine) -> LedgerState {
    engine.read(Clone::clone).await.unwrap().value
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_sees_what_the_writer_wrote_as_soon_as_it_has_come_so_far() {
    let store = MemoryStore::new();
    let follower = following(&store, EngineOptions::default()).await;
    assert_eq!(follower.head(), Head::Empty);
    let writer = writing(&store, clock()).await;
    for n in 0..50 {
        let answer = writer.ask(request(n)).await.unwrap();
        let head = Head::At(answer.revision().unwrap());
        reached(&follower, head).await;
        let wallet = WalletId(Uuid::from_u128(n));
        let seen = follower.read(move |state| state.wallet(wallet).is_some()).await.unwrap();
        assert!(seen.at >= head && seen.value == (n > 0), "{n}");
    }
    assert_eq!(state(&follower).await, state(&writer).await);
    // A revision that is not there yet is waited for.
    let next = Head::At(Revision(50));
    let waiting = tokio::time::timeout(Duration::from_millis(50), follower.reach(next)).await;
    assert!(waiting.is_err(), "nobody wrote it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_judges_nothing_and_writes_nothing() {
    let store = MemoryStore::new();
    writing(&store, clock()).await.ask(request(0)).await.unwrap();
    let follower = following(&store, EngineOptions::default()).await;
    for n in [0, 1] {
        let refused = follower.ask(request(n)).await;
        assert!(matches!(refused, Err(AskError::Follows)), "{refused:?}");
    }
    assert_eq!(store.events(&LedgerId::main()).len(), 1);
    assert_eq!(state(&follower).await.wallet(WalletId(Uuid::from_u128(1))), None);

    let other = follower.clone();
    other.close().await;
    assert!(matches!(follower.read(|_| ()).await, Err(AskError::Closed)));
    assert!(matches!(follower.reach(Head::At(Revision(9))).await, Err(AskError::Closed)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_from_a_snapshot() {
    let (store, folder) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    let writer = writing(&store, clock()).await;
    for n in 0..20 {
        writer.ask(request(n)).await.unwrap();
    }
    snapshot::advance(&shared(&store), &LedgerId::main(), folder.path()).await.unwrap();
    writer.ask(request(20)).await.unwrap();
    let snapshots = Some(folder.path().to_owned());
    let follower = following(&store, EngineOptions { snapshots, ..Default::default() }).await;
    assert_eq!(follower.opened().snapshot, Some(Revision(19)));
    assert_eq!(follower.opened().replayed, 1);
    writer.ask(request(21)).await.unwrap();
    reached(&follower, writer.head()).await;
    assert_eq!(state(&follower).await, state(&writer).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_follow_from_what_it_has_stops_it() {
    let store = MemoryStore::new();
    writing(&store, clock()).await.ask(request(0)).await.unwrap();
    let follower = following(&store, EngineOptions::default()).await;
    let (revision, hash) = (Revision(1), Hash::ZERO);
    let foreign = RawEvent { revision, hash, body: Bytes::from_static(b"{}") };
    store.append(&LedgerId::main(), Head::At(Revision(0)), &[foreign]).await.unwrap();
    let reached = follower.reach(Head::At(revision)).await;
    assert!(matches!(reached, Err(AskError::Unavailable(_))), "{reached:?}");
    assert!(matches!(follower.fault().as_deref(), Some(EngineFault::ReadBack(_))));
    assert!(matches!(follower.read(|_| ()).await, Err(AskError::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ledgers_that_come_later_are_followed_too() {
    let store = MemoryStore::new();
    let open = Ledgers::open_following(shared(&store), clock(), EngineOptions::default());
    let followed = open.await.unwrap();
    assert!(followed.engines().is_empty(), "none is there, and none is made");
    let written = Ledgers::open(shared(&store), clock(), EngineOptions::default()).await.unwrap();
    let shop: LedgerId = "shop".parse().unwrap();
    let writer = written.create(shop.clone()).await.unwrap();
    writer.ask(request(0)).await.unwrap();
    assert!(followed.engine(&shop).is_none());
    followed.keep_up().await.unwrap();
    let follower = followed.engine(&shop).unwrap();
    assert_eq!(state(&follower).await, state(&writer).await);
    assert!(matches!(follower.ask(request(1)).await, Err(AskError::Follows)));

    // What cannot be followed is not shown, and is tried again.
    let foreign =
        RawEvent { revision: Revision(1), hash: Hash::ZERO, body: Bytes::from_static(b"{}") };
    store.append(&shop, Head::At(Revision(0)), &[foreign]).await.unwrap();
    assert!(follower.reach(Head::At(Revision(1))).await.is_err());
    assert!(followed.keep_up().await.is_err());
    assert!(followed.engine(&shop).is_none());
}

async fn check(plan: Plan, opened: usize) {
    let (expected, played) = play(&plan);
    let (store, clock) = (MemoryStore::new(), clock());
    let writer = writing(&store, Arc::clone(&clock)).await;
    let mut followers = vec![following(&store, EngineOptions::default()).await];
    for (number, (asked, _)) in played.iter().enumerate() {
        clock.advance(asked.at - clock.now());
        let request = Request::new(asked.id, asked.actor.clone(), asked.command.clone());
        // What is refused is refused: the states say whether both took the rest.
        let _ = writer.ask(request).await;
        if number == opened {
            followers.push(following(&store, EngineOptions::default()).await);
        }
    }
    for follower in followers {
        reached(&follower, writer.head()).await;
        assert_eq!(state(&follower).await, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_history_is_the_same_to_who_follows(plan in any_plan(0..60), opened in 0_usize..60) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(plan, opened));
    }
}
