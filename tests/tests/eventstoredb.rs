//! What can happen between the store and EventStoreDB, one by one, on a server of our own that
//! speaks its protocol.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use cauri_domain::{LedgerId, Revision};
use cauri_esdb_server::{Database, Fault, Server};
use cauri_ledger::store::eventstoredb::{EventStoreDb, Options};
use cauri_ledger::store::{AppendError, EventStore, Head, RawEvent};
use cauri_tests::store_contract::{events, read_all};
use futures::StreamExt as _;

const STREAM: &str = "ledger-main";

fn ledger() -> &'static LedgerId {
    static MAIN: LazyLock<LedgerId> = LazyLock::new(LedgerId::main);
    &MAIN
}

async fn server() -> Server {
    Server::start(cauri_esdb_server::Options::default()).await.unwrap()
}

/// Patient enough for what the tests do, and quick to notice it.
fn options() -> Options {
    Options {
        call_timeout: Duration::from_millis(500),
        patience: Duration::from_secs(20),
        first_pause: Duration::from_millis(2),
        look_every: Duration::from_millis(50),
        ..Options::default()
    }
}

async fn store(server: &Server) -> EventStoreDb {
    EventStoreDb::open(&server.url(), options()).await.unwrap()
}

fn batch(first: u64, count: u64) -> Vec<RawEvent> {
    events(first, (first..first + count).map(|n| format!(r#"{{"n":{n}}}"#)))
}

async fn append(store: &EventStoreDb, batch: &[RawEvent]) -> Result<(), AppendError> {
    store.append(ledger(), Head::before(batch[0].revision), batch).await
}

/// The whole story of an error, for the operator.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Of every fault: who appends is answered as if there were none, and it is there once.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_becomes_of_an_answer_a_batch_is_there_once() {
    let late = Fault::Late(Duration::from_millis(700));
    for fault in [
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::AbortedBefore,
        Fault::AbortedAfter,
        Fault::Unavailable,
        Fault::Nonsense,
        // Later than the call's time limit: it is asked again before it is done.
        late,
    ] {
        let server = server().await;
        let store = store(&server).await;
        append(&store, &batch(0, 2)).await.unwrap();
        server.faults().next_append(fault);
        server.faults().next_append(fault);
        append(&store, &batch(2, 3)).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(server.faults().have_happened(), "{fault:?}");
        append(&store, &batch(5, 1)).await.unwrap();
        tokio::time::sleep(if fault == late { 800 } else { 0 }.millis()).await;
        assert_eq!(read_all(&store, ledger(), 0).await, batch(0, 6), "{fault:?}");
        assert_eq!(server.database().count(STREAM), 6);
    }
}

trait Millis {
    fn millis(self) -> Duration;
}

impl Millis for u64 {
    fn millis(self) -> Duration {
        Duration::from_millis(self)
    }
}

/// It was written, the answer was lost, and before it was asked again somebody else went on.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_others_have_gone_on_from_is_found() {
    let server = server().await;
    let (ours, others) = (store(&server).await, store(&server).await);
    append(&ours, &batch(0, 2)).await.unwrap();
    server.faults().next_append(Fault::AbortedAfter);
    server.faults().next_append(Fault::Late(200.millis()));
    let appending = tokio::spawn({
        let ours = ours.clone();
        async move { append(&ours, &batch(2, 3)).await }
    });
    while server.database().count(STREAM) < 5 {
        tokio::time::sleep(1.millis()).await;
    }
    append(&others, &batch(5, 2)).await.unwrap();
    appending.await.unwrap().unwrap();
    assert_eq!(read_all(&ours, ledger(), 0).await, batch(0, 7));
}

/// Without an answer for longer than its patience the store says that it does not know; a late
/// write is found by who reads back, and refused to who comes with something else.
#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_not_known_and_is_read_back() {
    let server = server().await;
    let impatient = Options { patience: 100.millis(), call_timeout: 100.millis(), ..options() };
    let store = EventStoreDb::open(&server.url(), impatient).await.unwrap();
    append(&store, &batch(0, 1)).await.unwrap();
    server.faults().next_append(Fault::Late(400.millis()));
    let lost = append(&store, &batch(1, 2)).await;
    assert!(matches!(lost, Err(AppendError::Unknown(_))), "{lost:?}");
    assert_eq!(read_all(&store, ledger(), 0).await, batch(0, 1));
    tokio::time::sleep(500.millis()).await;
    assert_eq!(read_all(&store, ledger(), 0).await, batch(0, 3));
    let other = events(1, ["{}".to_owned()]);
    let refused = append(&store, &other).await;
    let actual = Head::At(Revision(2));
    assert!(matches!(refused, Err(AppendError::Conflict { actual: a, .. }) if a == actual));
}

/// Reads that break off are taken up where they were.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_breaks_off_goes_on() {
    let server = server().await;
    let store = store(&server).await;
    append(&store, &batch(0, 500)).await.unwrap();
    for fault in [
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::AbortedBefore,
        Fault::AbortedAfter,
        Fault::Unavailable,
        Fault::Nonsense,
        Fault::Late(700.millis()),
    ] {
        server.faults().next_read(fault);
        server.faults().next_read(fault);
        assert_eq!(read_all(&store, ledger(), 0).await, batch(0, 500), "{fault:?}");
        assert!(server.faults().have_happened(), "{fault:?}");
    }
}

/// A node that is not the leader names it, and everything goes on there.
#[tokio::test(flavor = "multi_thread")]
async fn goes_to_the_leader() {
    let database = Database::default();
    let node = |database: &Database| {
        let database = database.clone();
        Server::start(cauri_esdb_server::Options { database, ..Default::default() })
    };
    let (one, two) = (node(&database).await.unwrap(), node(&database).await.unwrap());
    let store = store(&one).await;
    append(&store, &batch(0, 2)).await.unwrap();
    one.set_leader(Some(two.address()));
    append(&store, &batch(2, 2)).await.unwrap();
    assert_eq!(read_all(&store, ledger(), 0).await, batch(0, 4));
    one.set_leader(None);
    two.set_leader(Some(one.address()));
    assert_eq!(read_all(&store, ledger(), 0).await, batch(0, 4));
    append(&store, &batch(4, 1)).await.unwrap();
}

/// A cluster whose leader goes down: another one is found by asking the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_goes_on_after_its_leader_went_down() {
    let database = Database::default();
    let node = |database: &Database| {
        let database = database.clone();
        Server::start(cauri_esdb_server::Options { database, ..Default::default() })
    };
    let (one, two) = (node(&database).await.unwrap(), node(&database).await.unwrap());
    two.set_leader(Some(one.address()));
    let url = format!("esdb://{},{}?tls=false&discoveryInterval=20", one.address(), two.address());
    let store = EventStoreDb::open(&url, options()).await.unwrap();
    let mut followed = store.follow(ledger(), Head::Empty);
    append(&store, &batch(0, 2)).await.unwrap();
    assert_eq!(followed.next().await.unwrap().unwrap(), batch(0, 2));
    one.stop();
    two.set_leader(None);
    let began = Instant::now();
    append(&store, &batch(2, 2)).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(followed.next().await.unwrap().unwrap(), batch(2, 2));
    assert_eq!(read_all(&store, ledger(), 0).await, batch(0, 4));
}

/// A server that comes back after a while is found again, by who appends and by who follows.
#[tokio::test(flavor = "multi_thread")]
async fn waits_for_a_server_that_is_away() {
    let server = server().await;
    let (address, database) = (server.address(), server.database().clone());
    let store = store(&server).await;
    append(&store, &batch(0, 1)).await.unwrap();
    let mut followed = store.follow(ledger(), Head::At(Revision(0)));
    assert!(tokio::time::timeout(100.millis(), followed.next()).await.is_err());
    server.stop();
    let appending = tokio::spawn({
        let store = store.clone();
        async move { append(&store, &batch(1, 2)).await }
    });
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!appending.is_finished());
    let again = cauri_esdb_server::Options { listen: address, database, ..Default::default() };
    let _server = Server::start(again).await.unwrap();
    appending.await.unwrap().unwrap();
    assert_eq!(followed.next().await.unwrap().unwrap(), batch(1, 2));
}

/// A follower in another process, whom nobody wakes, sees what comes soon after.
#[tokio::test(flavor = "multi_thread")]
async fn who_follows_elsewhere_looks_for_what_comes() {
    let server = server().await;
    let (here, there) = (store(&server).await, store(&server).await);
    let mut followed = there.follow(ledger(), Head::Empty);
    for n in 0..5 {
        append(&here, &batch(n, 1)).await.unwrap();
        let seen = tokio::time::timeout(Duration::from_secs(2), followed.next()).await;
        assert_eq!(seen.expect("soon").unwrap().unwrap(), batch(n, 1));
    }
}

/// A stream that was deleted softly: who has appended to it before goes on, and what is gone is
/// told to who reads; who comes new does not append.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_deleted_softly_is_told() {
    let server = server().await;
    let before = store(&server).await;
    append(&before, &batch(0, 4)).await.unwrap();
    server.database().delete(STREAM);
    let after = store(&server).await;
    let refused = append(&after, &batch(0, 1)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Fatal { .. }), "{refused:?}");
    assert!(told(&refused).contains("$tb: the server forgets"), "{}", told(&refused));
    assert_eq!(server.database().count(STREAM), 0);

    append(&before, &batch(4, 1)).await.unwrap();
    let error = after.read(ledger(), Revision::FIRST).next().await.unwrap().unwrap_err();
    assert_eq!(error.at, Revision(0));
    assert!(told(&error).contains("revision 0 of ledger-main is missing"), "{}", told(&error));
}

/// The same with the settings put back: the server takes what comes, but at the next number.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_on_with_other_numbers_is_the_end() {
    let server = server().await;
    append(&store(&server).await, &batch(0, 4)).await.unwrap();
    server.database().delete(STREAM);
    server.database().append_foreign("$$ledger-main", "$metadata", "{}");
    let after = store(&server).await;
    let refused = append(&after, &batch(0, 1)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Fatal { .. }), "{refused:?}");
    assert!(told(&refused).contains("took as revision 4 what is revision 0"), "{}", told(&refused));
}

/// A stream whose beginning was cut off: it is neither read past the gap nor appended to.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_cut_short_is_told() {
    let server = server().await;
    let before = store(&server).await;
    append(&before, &batch(0, 4)).await.unwrap();
    server.database().append_foreign("$$ledger-main", "$metadata", r#"{"$tb":2}"#);
    let error = before.read(ledger(), Revision::FIRST).next().await.unwrap().unwrap_err();
    assert_eq!(error.at, Revision(0));
    assert!(told(&error).contains("revision 0 of ledger-main is missing"), "{}", told(&error));
    assert_eq!(read_all(&before, ledger(), 2).await, batch(2, 2));
    let refused = append(&store(&server).await, &batch(4, 1)).await.unwrap_err();
    assert!(told(&refused).contains("$tb: the server forgets"), "{}", told(&refused));
}

/// A stream that was deleted for good.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_deleted_for_good_is_the_end() {
    let server = server().await;
    let store = store(&server).await;
    append(&store, &batch(0, 4)).await.unwrap();
    server.database().tombstone(STREAM);
    let refused = append(&store, &batch(4, 1)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Fatal { .. }), "{refused:?}");
    assert!(told(&refused).contains("deleted for good"), "{}", told(&refused));
    let error = store.head(ledger()).await.unwrap_err();
    assert!(told(&error).contains("deleted for good"), "{}", told(&error));
}

/// Somebody else's event in a ledger's stream is not skipped.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_event_is_told() {
    let server = server().await;
    let store = store(&server).await;
    append(&store, &batch(0, 2)).await.unwrap();
    server.database().append_foreign(STREAM, "not-ours", "{}");
    let mut read = store.read(ledger(), Revision::FIRST);
    assert_eq!(read.next().await.unwrap().unwrap(), batch(0, 2));
    let error = read.next().await.unwrap().unwrap_err();
    assert_eq!(error.at, Revision(2));
    assert!(told(&error).contains("the metadata of revision 2 lacks its hash"), "{}", told(&error));
}

/// A server that takes less than the store was told is not asked for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_less_is_told() {
    let small = cauri_esdb_server::Options { max_append_size: 1_000, ..Default::default() };
    let server = Server::start(small).await.unwrap();
    let store = store(&server).await;
    let refused = append(&store, &batch(0, 50)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Fatal { .. }), "{refused:?}");
    assert!(told(&refused).contains("Maximum Append Size"), "{}", told(&refused));
    assert_eq!(server.database().count(STREAM), 0);
}

/// Several stores share a server under prefixes.
#[tokio::test(flavor = "multi_thread")]
async fn prefixes_keep_stores_apart() {
    let server = server().await;
    let named = |prefix: &str| Options { prefix: prefix.to_owned(), ..options() };
    let one = EventStoreDb::open(&server.url(), named("one-")).await.unwrap();
    let two = EventStoreDb::open(&server.url(), named("two-")).await.unwrap();
    append(&one, &batch(0, 2)).await.unwrap();
    assert_eq!(two.ledgers().await.unwrap(), []);
    assert_eq!(two.head(ledger()).await.unwrap(), Head::Empty);
    assert_eq!(server.database().count("one-ledger-main"), 2);
    assert!(EventStoreDb::open(&server.url(), named("a/b")).await.is_err());
}

/// What is no address, or leads nowhere, is told at once, and without its password.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_told_without_its_password() {
    let impatient = Options { patience: 100.millis(), ..options() };
    for address in ["esdb://me:secret@", "postgres://me:secret@a/b", "esdb://me:secret@h:99999"] {
        let error = EventStoreDb::open(address, impatient.clone()).await.unwrap_err();
        assert!(!told(&error).contains("secret"), "{}", told(&error));
    }
    let nobody = "esdb://me:secret@127.0.0.1:1?tls=false";
    let error = EventStoreDb::open(nobody, impatient).await.unwrap_err();
    assert!(!told(&error).contains("secret"), "{}", told(&error));
}
