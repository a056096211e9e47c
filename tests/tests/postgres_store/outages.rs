//! Databases that go away: an end that is told, never a wait for ever.

use std::time::{Duration, Instant};

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::postgres::{Options, PostgresAddress, PostgresStore};
use cauri_ledger::store::{AppendError, EventStore as _, Head};
use cauri_tests::database::{database_in, durable_database, own_postgres};
use cauri_tests::process::{family, signal};
use futures::StreamExt as _;

use crate::{append, told};

fn impatient() -> Options {
    Options {
        patience: Duration::from_secs(2),
        connect_timeout: Duration::from_secs(1),
        statement_timeout: Duration::from_secs(2),
        answer_timeout: Duration::from_secs(2),
        poll: Duration::from_millis(100),
    }
}

/// Longer than any of these may take, with a machine that is busy.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_is_a_fault_in_time() {
    let postgres = own_postgres();
    let database = database_in(&postgres).await;
    let store =
        PostgresStore::open(database.options.clone().into(), None, impatient()).await.unwrap();
    append(&store, 0).await.unwrap();
    let main = LedgerId::main();
    let mut follower = store.follow(&main, Head::At(Revision(0)));
    let early = tokio::time::timeout(Duration::from_millis(300), follower.next()).await;
    assert!(early.is_err(), "{early:?}");
    database.pool.close().await;
    tokio::task::spawn_blocking(|| postgres.stop()).await.unwrap();

    let began = Instant::now();
    // Each connection that was open finds out for itself.
    let mut unknown = 0;
    let gone = loop {
        let error = append(&store, 1).await.unwrap_err();
        if !matches!(error, AppendError::Unknown(_)) {
            break error;
        }
        unknown += 1;
        assert!(unknown < 8, "it is never told that the server is gone");
    };
    assert!(matches!(gone, AppendError::Fatal { .. }), "{gone:?}");
    let read = store.head(&main).await.unwrap_err();
    assert!(told(&read).contains("cannot be read now"), "{}", told(&read));
    let followed = follower.next().await.unwrap().unwrap_err();
    assert_eq!(followed.at, Revision(1));
    assert!(follower.next().await.is_none());
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

/// A server that takes connections and says nothing is worse than one that is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_answer_is_a_fault_in_time() {
    let postgres = own_postgres();
    let database = database_in(&postgres).await;
    let store =
        PostgresStore::open(database.options.clone().into(), None, impatient()).await.unwrap();
    append(&store, 0).await.unwrap();
    let stopped = family(postgres.pid());
    signal("-STOP", &stopped);
    let began = Instant::now();
    let unknown = append(&store, 1).await;
    let main = LedgerId::main();
    let read = store.head(&main).await;
    let took = began.elapsed();
    signal("-CONT", &stopped);
    assert!(matches!(unknown, Err(AppendError::Unknown(_))), "{unknown:?}");
    assert!(read.is_err(), "{read:?}");
    assert!(took < SOON, "{took:?}");
    // What was on its way has arrived meanwhile; it is there once.
    let head = store.head(&main).await.unwrap();
    let again = append(&store, 1).await;
    if head == Head::At(Revision(1)) {
        assert!(matches!(again, Err(AppendError::Conflict { .. })), "{again:?}");
    } else {
        again.unwrap();
    }
    assert_eq!(store.head(&main).await.unwrap(), Head::At(Revision(1)));
}

#[tokio::test]
async fn of_several_hosts_the_primary_is_found() {
    let database = durable_database().await;
    let socket = database.options.get_socket().unwrap().display().to_string();
    let (port, name) = (database.options.get_port(), database.options.get_database().unwrap());
    let list = format!(
        "postgres:///{name}?user=cauri&host=/nowhere,127.0.0.1,{socket}&port=1,1,{port}\
         &target_session_attrs=read-write"
    );
    let address: PostgresAddress = list.parse().unwrap();
    let store = PostgresStore::open(address, None, impatient()).await.unwrap();
    append(&store, 0).await.unwrap();

    let nobody: PostgresAddress = "postgres://a@127.0.0.1:1,127.0.0.1:2/b".parse().unwrap();
    let refused = PostgresStore::open(nobody, None, impatient()).await.unwrap_err();
    let told = told(&refused);
    assert!(told.contains("127.0.0.1:1") && told.contains("127.0.0.1:2"), "{told}");
}
