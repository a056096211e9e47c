//! The lease: one holder at a time, and a former holder that wakes up writes nothing.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::postgres::lease::{Acquired, Holder, Lease, Leases};
use cauri_ledger::store::postgres::{Options, PostgresAddress, PostgresStore};
use cauri_ledger::store::{AppendError, EventStore as _, Head};
use cauri_tests::database::{TestDatabase, durable_database};
use cauri_tests::process::signal;
use cauri_tests::store_contract::{numbered, read_all};

use crate::{append, told};

const LENGTH: Duration = Duration::from_secs(2);

pub async fn leases(database: &TestDatabase, role: &str) -> Leases {
    Leases::open(database.options.clone().username(role).into(), LENGTH).await.unwrap()
}

/// Takes the lease, which must be free.
pub async fn acquire(leases: &Leases, holder: &str) -> Lease {
    match leases.acquire(holder, &format!("http://{holder}")).await.unwrap() {
        Acquired::Ours(lease) => lease,
        Acquired::HeldBy(other) => panic!("held by {other:?}"),
    }
}

async fn held_by(leases: &Leases, asks: &str) -> Holder {
    match leases.acquire(asks, "http://other").await.unwrap() {
        Acquired::Ours(_) => panic!("it was free"),
        Acquired::HeldBy(other) => other,
    }
}

async fn store(database: &TestDatabase, lease: Lease) -> PostgresStore {
    PostgresStore::open(database.options.clone().into(), Some(lease), Options::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn one_at_a_time_holds_it_for_as_long_as_it_renews() {
    let database = durable_database().await;
    let (a, b) = (leases(&database, "cauri").await, leases(&database, "cauri").await);
    assert_eq!(a.observe().await.unwrap(), None);
    let lease = acquire(&a, "a").await;
    assert_eq!(lease.epoch(), 1);
    let began = Instant::now();
    while began.elapsed() < 2 * LENGTH {
        let holder = held_by(&b, "b").await;
        assert_eq!((&*holder.holder, &*holder.address, holder.epoch), ("a", "http://a", 1));
        assert!(!holder.left.is_zero() && holder.left <= LENGTH, "{:?}", holder.left);
        assert!(!lease.has_lapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The same process under another name is another holder; nobody gets past.
    assert_eq!(held_by(&a, "a").await.epoch, 1);

    lease.release().await.unwrap();
    let after = b.observe().await.unwrap().unwrap();
    assert_eq!((after.epoch, after.left), (1, Duration::ZERO));
    assert_eq!(acquire(&b, "b").await.epoch(), 2);
}

#[tokio::test]
async fn of_many_who_want_it_one_gets_it() {
    let database = durable_database().await;
    let leases = leases(&database, "cauri").await;
    for epoch in 1..=3 {
        let asked = (0..8).map(|n| {
            let leases = leases.clone();
            async move { leases.acquire(&format!("holder-{n}"), "http://it").await }
        });
        let mut got = Vec::new();
        for acquired in futures::future::join_all(asked).await {
            // Nobody waits in line for long: who does not get through is told to ask again.
            if let Ok(Acquired::Ours(lease)) = acquired {
                got.push(lease);
            }
        }
        assert_eq!(got.len(), 1);
        let lease = got.remove(0);
        assert_eq!(lease.epoch(), epoch);
        lease.release().await.unwrap();
    }
}

#[tokio::test]
async fn a_lease_that_is_not_renewed_lapses_first_for_its_holder() {
    let database = durable_database().await;
    let (a, b) = (leases(&database, "cauri").await, leases(&database, "cauri").await);
    let lease = acquire(&a, "a").await;
    // As a line that is cut: its renewals no longer reach the database.
    let unreachable = "\
        ALTER TABLE cauri_log.lease RENAME TO away";
    sqlx::raw_sql(unreachable).execute(&database.pool).await.unwrap();
    let began = Instant::now();
    lease.lapsed().await;
    let lapsed = began.elapsed();
    assert!(lapsed < LENGTH, "{lapsed:?}: before the database gives it away");
    sqlx::raw_sql("ALTER TABLE cauri_log.away RENAME TO lease")
        .execute(&database.pool)
        .await
        .unwrap();
    assert_eq!(held_by(&b, "b").await.holder, "a", "the database waits longer");
    while matches!(b.acquire("b", "http://b").await.unwrap(), Acquired::HeldBy(_)) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(lease.has_lapsed(), "it does not come back");
}

#[tokio::test]
async fn a_writer_without_the_lease_writes_nothing() {
    let database = durable_database().await;
    let before = crate::open(database.options.clone()).await;
    append(&before, 0).await.unwrap();
    let leases = leases(&database, "cauri").await;
    let first = acquire(&leases, "first").await;
    let fenced = append(&before, 1).await.unwrap_err();
    assert!(matches!(fenced, AppendError::Fatal { .. }), "{fenced:?}");
    assert!(told(&fenced).contains("fenced"), "{}", told(&fenced));

    let writer = store(&database, first.clone()).await;
    append(&writer, 1).await.unwrap();
    first.release().await.unwrap();
    let lapsed = append(&writer, 2).await.unwrap_err();
    assert!(told(&lapsed).contains("has lapsed"), "{}", told(&lapsed));

    let second = acquire(&leases, "second").await;
    let writer = store(&database, second).await;
    append(&writer, 2).await.unwrap();
    assert_eq!(read_all(&writer, &LedgerId::main(), 0).await, numbered(0, 3));
}

const ADDRESS: &str = "CAURI_TEST_LEASE";

#[tokio::test]
#[ignore = "the other process of the test below, which starts it"]
async fn holds_the_lease_and_writes() {
    let address: PostgresAddress = std::env::var(ADDRESS).unwrap().parse().unwrap();
    let leases = Leases::open(address.clone(), LENGTH).await.unwrap();
    let lease = acquire(&leases, "child").await;
    let store = PostgresStore::open(address, Some(lease), Options::default()).await.unwrap();
    for revision in 0.. {
        match append(&store, revision).await {
            Ok(()) => println!("\nwritten {revision}"),
            Err(error) => return println!("\nended {}", told(&error)),
        }
    }
}

fn child(database: &TestDatabase) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["lease::holds_the_lease_and_writes", "--exact", "--ignored", "--nocapture"])
        .env(ADDRESS, &database.url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    (child, lines)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_was_stopped_and_wakes_up_writes_nothing() {
    let database = durable_database().await;
    let leases = leases(&database, "cauri").await;
    let (mut child, mut lines) = child(&database);
    assert!(lines.any(|line| line == "written 20"));
    signal("-STOP", &[child.id()]);

    let began = Instant::now();
    let lease = loop {
        match leases.acquire("test", "http://test").await {
            Ok(Acquired::Ours(lease)) => break lease,
            Ok(Acquired::HeldBy(_)) | Err(_) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        assert!(began.elapsed() < 10 * LENGTH, "a holder that is stopped holds on for ever");
    };
    let store = store(&database, lease).await;
    let head = store.head(&LedgerId::main()).await.unwrap();
    let next = head.next().0;
    append(&store, next).await.unwrap();

    signal("-CONT", &[child.id()]);
    let end = lines.find(|line| line.starts_with("ended")).expect("it says how it ended");
    assert!(end.contains("fenced"), "{end}");
    child.wait().unwrap();
    assert_eq!(store.head(&LedgerId::main()).await.unwrap(), Head::At(Revision(next)));
    assert_eq!(read_all(&store, &LedgerId::main(), 0).await, numbered(0, next + 1));
}
