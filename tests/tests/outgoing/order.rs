//! Every event that is wanted, in order, however the receiver answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cauri_api::outgoing::store::State;
use cauri_domain::endpoint::{Filter, Status};
use cauri_domain::testing::{deliver, endpoint_id, funded, open_escrow, open_wallet, wallet, xof};
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::memory::MemoryStore;
use cauri_ledger::store::{AppendError, Chunks, EventStore, Head, RawEvent, ReadError, StoreFault};
use chrono::TimeDelta;
use futures::StreamExt as _;
use futures::future::BoxFuture;

use super::kit::{Answer, Receiver, SECRET, World, nothing_more, until};

#[tokio::test]
async fn what_happens_is_told_in_order_and_signed() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    let added = world.add(receiver.url()).await;
    let wallets = world.wallets(40).await;
    let got = receiver.has(40).await;
    assert_eq!(receiver.taken(), wallets);
    assert_eq!(wallets[0], added + 1);
    for (got, revision) in got.iter().zip(wallets) {
        assert!(got.is_signed_with(SECRET));
        assert_eq!(got.id, format!("evt_main_{revision}"));
        let body = got.json();
        assert_eq!(body["id"], got.id);
        assert_eq!(body["type"], "wallet.opened.v1");
        assert_eq!(body["ledger"], "main");
        assert!(body["recordedAt"].as_str().unwrap().ends_with('Z'));
        assert_eq!(body["data"]["owner"], "ama");
    }
    until("40 on record", async || world.deliveries(State::Delivered).await.len() == 40).await;
}

#[tokio::test]
async fn nothing_overtakes_what_was_not_taken_and_it_keeps_its_id() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    receiver.answers(Answer::Status(500));
    let wallets = world.wallets(5).await;
    for tries in 1..=4 {
        let due = world.due(tries).await;
        nothing_more(&receiver, async { world.set_clock(due - TimeDelta::milliseconds(1)) }).await;
        world.set_clock(due);
    }
    world.due(5).await;
    receiver.answers(Answer::Status(200));
    world.clock.advance(TimeDelta::hours(6));
    until("all", async || receiver.taken() == wallets).await;
    let got = receiver.got();
    assert_eq!(got.len(), 5 + 5);
    for got in &got[..6] {
        assert_eq!(
            (&got.id, &got.body),
            (&format!("evt_main_{}", wallets[0]), &receiver.got()[0].body)
        );
        assert!(got.is_signed_with(SECRET));
    }
    // Each try has a time of its own: a receiver takes none that is older than five minutes.
    let times: Vec<_> = got.iter().map(|got| got.timestamp).collect();
    assert!(times[0] < times[1] && times[1] < times[2] && times[2] < times[3]);
}

#[tokio::test]
async fn slow_broken_and_redirected_are_not_taken() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    receiver.answers_next([
        Answer::Slow(Duration::from_secs(5)),
        Answer::Cut,
        Answer::Redirect("http://169.254.169.254/latest/meta-data/"),
        Answer::Status(404),
    ]);
    let wallets = world.wallets(2).await;
    for tries in 1..=4 {
        let due = world.due(tries).await;
        world.set_clock(due);
    }
    until("both", async || receiver.taken() == wallets).await;
    let (ledger, first) = (LedgerId::main(), Revision(wallets[0]));
    let delivery = world.store.delivery(&ledger, endpoint_id(1), first).await.unwrap().unwrap();
    let words: Vec<_> =
        delivery.attempts.iter().map(|it| (it.status, it.error.as_deref())).collect();
    assert_eq!(
        words,
        [
            (None, Some("timed_out")),
            (None, Some("connection_lost")),
            (Some(307), Some("redirected")),
            (Some(404), None),
            (Some(204), None),
        ]
    );
}

#[tokio::test]
async fn an_endpoint_that_waits_holds_no_other() {
    let (mut world, slow, quick) =
        (World::start().await, Receiver::start().await, Receiver::start().await);
    slow.answers(Answer::Status(503));
    world.add(slow.url()).await;
    world.add_with(2, quick.url(), Filter::default(), None).await;
    let wallets = world.wallets(20).await;
    until("the quick one has all", async || quick.taken() == wallets).await;
    assert_eq!(slow.taken(), Vec::<u64>::new());
}

#[tokio::test]
async fn an_endpoint_is_told_what_it_wants_to_know() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    let types = vec!["wallet.*".parse().unwrap()];
    let wallets = vec![wallet(3), wallet(5)];
    let filter = Filter { types, wallets, ..Filter::default() };
    world.add_with(1, receiver.url(), filter, None).await;
    // Wallets 2 to 11, the number of the next command each.
    let revisions = world.wallets(10).await;
    receiver.has(2).await;
    assert_eq!(receiver.taken(), [revisions[1], revisions[3]]);
    // What is left out is behind it all the same, and kept.
    let last = *revisions.last().unwrap();
    world.row_is("all left out", |row| row.at.next == Revision(last + 1)).await;
}

#[tokio::test]
async fn what_happens_to_a_thing_is_told_for_those_who_have_part_in_it() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    let types = vec!["escrow.*".parse().unwrap()];
    let filter = Filter { types, wallets: vec![wallet(2)], ..Filter::default() };
    world.add_with(1, receiver.url(), filter, None).await;
    for command in [open_wallet(2, "kofi"), open_wallet(3, "esi")] {
        world.ask(command).await;
    }
    for command in funded(1, "ama", xof(10_000)) {
        world.ask(command).await;
    }
    world.ask(open_escrow(1, 1, 2, xof(100))).await;
    world.ask(open_escrow(2, 1, 3, xof(100))).await;
    // Neither names a wallet.
    world.ask(deliver(2)).await;
    let delivered = world.ask(deliver(1)).await;
    until("that of its own", async || receiver.taken().last() == Some(&delivered)).await;
    let types: Vec<_> = receiver.got().iter().map(|got| got.json()["type"].clone()).collect();
    assert_eq!(types, ["escrow.opened.v1", "escrow.funded.v1", "escrow.delivered.v1"]);
    assert!(!String::from_utf8(receiver.got()[2].body.clone()).unwrap().contains("wallet"));
}

#[tokio::test]
async fn stopped_in_the_middle_it_goes_on_where_it_was() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    let wallets = world.wallets(60).await;
    let mut stops = 0;
    while receiver.taken().last() != wallets.last() {
        tokio::time::sleep(Duration::from_millis(40)).await;
        world.stop_telling().await;
        stops += 1;
        world.tell();
        assert!(stops < 500, "it gets nowhere");
    }
    let got = receiver.taken();
    // What was under way may come twice, and then at once.
    let mut once = got.clone();
    once.dedup();
    assert_eq!(once, wallets);
    assert!(got.len() <= wallets.len() + stops);
    assert_eq!(world.endpoint().await.status, Status::Enabled);
}

/// A store that counts the events it has given out to those who follow it.
struct Counting {
    store: MemoryStore,
    given: Arc<AtomicUsize>,
}

impl EventStore for Counting {
    fn append<'a>(
        &'a self,
        ledger: &'a LedgerId,
        expected: Head,
        batch: &'a [RawEvent],
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        self.store.append(ledger, expected, batch)
    }

    fn read<'a>(&'a self, ledger: &'a LedgerId, from: Revision) -> Chunks<'a> {
        self.store.read(ledger, from)
    }

    fn follow<'a>(&'a self, ledger: &'a LedgerId, after: Head) -> Chunks<'a> {
        let count = |chunk: &Result<Vec<RawEvent>, ReadError>| {
            self.given.fetch_add(chunk.as_ref().map_or(0, Vec::len), Ordering::Relaxed);
        };
        Box::pin(self.store.follow(ledger, after).inspect(count))
    }

    fn head<'a>(&'a self, ledger: &'a LedgerId) -> BoxFuture<'a, Result<Head, ReadError>> {
        self.store.head(ledger)
    }

    fn ledgers(&self) -> BoxFuture<'_, Result<Vec<LedgerId>, StoreFault>> {
        self.store.ledgers()
    }
}

/// However much waits, no more of it is in memory than a few chunks of the log.
#[tokio::test]
async fn what_waits_is_in_the_log_and_not_in_memory() {
    const MANY: usize = 20_000;
    let given = Arc::new(AtomicUsize::new(0));
    let store = Counting { store: MemoryStore::new(), given: Arc::clone(&given) };
    let (mut world, receiver) = (World::over(Arc::new(store)).await, Receiver::start().await);
    receiver.answers(Answer::Status(503));
    world.wallets(1).await;
    let asks = (0..MANY).map(|number| {
        let id = cauri_domain::CommandId(uuid::Uuid::from_u128(0xf0_0000 + number as u128));
        let command = cauri_domain::testing::open_wallet(1_000 + number as u128, "ama");
        let request =
            cauri_ledger::engine::Request::new(id, cauri_domain::testing::service(), command);
        let engine = world.engine.clone();
        async move { engine.ask(request).await.unwrap() }
    });
    futures::stream::iter(asks).buffer_unordered(512).collect::<Vec<_>>().await;
    // The follower has read it all by now, and the endpoint is told from the first on.
    until("it was read", async || given.load(Ordering::Relaxed) > MANY).await;
    let before = given.load(Ordering::Relaxed);
    world.add_with(1, receiver.url(), Filter::default(), Some(Revision(0))).await;
    world.due(1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let read_for_it = given.load(Ordering::Relaxed) - before;
    assert!(read_for_it <= 4 * 1_024 + 2, "{read_for_it} events are in memory");
}
