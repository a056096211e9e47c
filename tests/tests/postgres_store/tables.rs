//! The tables: append-only, checkable in plain SQL, and usable with few rights.

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::chain::{Hash, link};
use cauri_ledger::store::postgres::{Options, PostgresStore};
use cauri_ledger::store::{AppendError, EventStore as _, Head, RawEvent};
use cauri_tests::database::{TestDatabase, durable_database, fresh_database};
use cauri_tests::store_contract::{numbered, read_all};
use sqlx::{AssertSqlSafe, Executor as _};

use crate::{append, open, refused, told};

/// Counts the events whose hash is not what it says: what `docs/stores.md` shows.
const BROKEN: &str = "
    SELECT count(*) FROM (
        SELECT body, hash,
            lag(hash, 1, decode(repeat('00', 32), 'hex'))
                OVER (PARTITION BY ledger ORDER BY revision) AS previous
        FROM cauri_log.events
    ) AS event
    WHERE hash <> sha256(convert_to(encode(previous, 'hex') || body::text, 'UTF8'))";

/// Chained events, of which some have text that is easily changed on the way.
fn chained(count: u64) -> Vec<RawEvent> {
    let mut previous = Hash::ZERO;
    let event = |n: u64| {
        let body = format!(r#"{{ "b":{n}, "a":1.50, "text":"Yaoundé \u0000 東京", "b":{n} }}"#);
        previous = link(previous, body.as_bytes());
        RawEvent { revision: Revision(n), hash: previous, body: body.into() }
    };
    (0..count).map(event).collect()
}

async fn with_events() -> (TestDatabase, PostgresStore) {
    let database = durable_database().await;
    let store = open(database.options.clone()).await;
    store.append(&LedgerId::main(), Head::Empty, &chained(20)).await.unwrap();
    (database, store)
}

#[tokio::test]
async fn the_chain_can_be_checked_in_plain_sql() {
    let (database, _store) = with_events().await;
    let broken = || sqlx::query_scalar::<_, i64>(BROKEN).fetch_one(&database.pool);
    assert_eq!(broken().await.unwrap(), 0);
    let other = r#"UPDATE cauri_log.events SET body = '{"b":7}' WHERE revision = 7"#;
    past_the_triggers(&database, other).await;
    assert_eq!(broken().await.unwrap(), 1);
}

/// As a superuser who means it.
async fn past_the_triggers(database: &TestDatabase, statement: &'static str) {
    for statement in [
        "ALTER TABLE cauri_log.events DISABLE TRIGGER append_only",
        statement,
        "ALTER TABLE cauri_log.events ENABLE ALWAYS TRIGGER append_only",
    ] {
        database.pool.execute(statement).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_changes_the_log_by_accident() {
    let (database, store) = with_events().await;
    for statement in [
        "UPDATE cauri_log.events SET body = '{}' WHERE revision = 3",
        "UPDATE cauri_log.events SET body = body",
        "DELETE FROM cauri_log.events WHERE revision = 19",
        "TRUNCATE cauri_log.events",
        "DELETE FROM cauri_log.heads",
        "UPDATE cauri_log.heads SET revision = 3",
        "UPDATE cauri_log.fence SET epoch = -1",
        "UPDATE cauri_log.lease SET epoch = -1",
        "DELETE FROM cauri_log.fence",
        "TRUNCATE cauri_log.lease",
        "SET session_replication_role = replica; DELETE FROM cauri_log.events",
    ] {
        let mut connection = database.pool.acquire().await.unwrap().detach();
        let refused = sqlx::raw_sql(statement).execute(&mut connection).await;
        let code = refused.as_ref().unwrap_err().as_database_error().unwrap().code().unwrap();
        assert_eq!(code, "42501", "{statement}: {refused:?}");
    }
    assert_eq!(read_all(&store, &LedgerId::main(), 0).await, chained(20));
}

#[tokio::test]
async fn a_server_needs_no_right_to_change_the_log() {
    let (database, owners) = with_events().await;
    let role = format!("server_of_{}", database.options.get_database().unwrap());
    let grants = include_str!("../../../ledger/src/store/postgres/schema/server_role.sql");
    let grants = grants.replace(":\"role\"", &role);
    let make = format!("CREATE ROLE {role} LOGIN; {grants}");
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&database.pool).await.unwrap();

    let store = open(database.options.clone().username(&role)).await;
    append(&store, 20).await.unwrap();
    let late = append(&store, 20).await;
    assert!(matches!(late, Err(AppendError::Conflict { .. })), "{late:?}");
    store.append(&"other".parse().unwrap(), Head::Empty, &numbered(0, 2)).await.unwrap();
    assert_eq!(read_all(&store, &LedgerId::main(), 0).await.len(), 21);
    let leases = crate::lease::leases(&database, &role).await;
    crate::lease::acquire(&leases, "server").await;
    drop(owners);

    let as_server = sqlx::PgPool::connect_with(database.options.clone().username(&role)).await;
    let as_server = as_server.unwrap();
    for statement in [
        "UPDATE cauri_log.events SET body = '{}'",
        "DELETE FROM cauri_log.events",
        "TRUNCATE cauri_log.events",
        "DROP TABLE cauri_log.events",
        "ALTER TABLE cauri_log.events DISABLE TRIGGER ALL",
        "DROP TRIGGER append_only ON cauri_log.events",
        "UPDATE cauri_log.heads SET ledger = 'x'",
        "CREATE TABLE cauri_log.mine (n integer)",
    ] {
        let refused = as_server.execute(statement).await.unwrap_err();
        let code = refused.as_database_error().unwrap().code().unwrap().into_owned();
        assert_eq!(code, "42501", "{statement}: {refused:?}");
    }
}

#[tokio::test]
async fn a_server_whose_commits_are_no_promise_is_refused() {
    let volatile = refused(fresh_database().await.options).await;
    assert!(volatile.contains("fsync is off"), "{volatile}");

    let database = durable_database().await;
    let name = database.options.get_database().unwrap();
    for (setting, value) in [("synchronous_commit", "off"), ("synchronous_commit", "local")] {
        let set = format!("ALTER DATABASE {name} SET {setting} = {value}");
        database.pool.execute(AssertSqlSafe(set)).await.unwrap();
        let refused = refused(database.options.clone()).await;
        assert!(refused.contains(&format!("{setting} is {value}")), "{refused}");
    }
}

#[tokio::test]
async fn defaults_of_a_database_do_not_change_what_a_conflict_is() {
    let database = durable_database().await;
    let name = database.options.get_database().unwrap();
    for setting in [
        "default_transaction_isolation = 'serializable'",
        "default_transaction_read_only = on",
        "client_encoding = 'LATIN1'",
        "statement_timeout = 1",
    ] {
        let set = format!("ALTER DATABASE {name} SET {setting}");
        database.pool.execute(AssertSqlSafe(set)).await.unwrap();
    }
    let (one, two) = (open(database.options.clone()).await, open(database.options.clone()).await);
    for revision in 0..5 {
        let (a, b) = tokio::join!(append(&one, revision), append(&two, revision));
        let conflicts = [&a, &b].map(|it| matches!(it, Err(AppendError::Conflict { .. })));
        assert_eq!(conflicts.iter().filter(|it| **it).count(), 1, "{a:?} {b:?}");
    }
}

#[tokio::test]
async fn a_log_that_does_not_end_where_it_says_is_not_opened() {
    let (database, store) = with_events().await;
    drop(store);
    past_the_triggers(&database, "DELETE FROM cauri_log.events WHERE revision = 19").await;
    let refused = refused(database.options.clone()).await;
    assert!(refused.contains("ledger main does not end where"), "{refused}");
}

#[tokio::test]
async fn an_event_that_is_missing_is_named() {
    let (database, store) = with_events().await;
    past_the_triggers(&database, "DELETE FROM cauri_log.events WHERE revision = 11").await;
    let main = LedgerId::main();
    let mut chunks = store.read(&main, Revision::FIRST);
    let error = loop {
        match futures::StreamExt::next(&mut chunks).await.expect("it does not end well") {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    let told = told(&error);
    assert!(told.contains("revision 11 is not there"), "{told}");
}

#[tokio::test]
async fn a_reader_beside_it_changes_nothing() {
    let (database, store) = with_events().await;
    let beside = PostgresStore::open_read_only(database.options.clone().into(), Options::default())
        .await
        .unwrap();
    assert_eq!(read_all(&beside, &LedgerId::main(), 0).await, chained(20));
    let refused = append(&beside, 20).await.unwrap_err();
    assert!(told(&refused).contains("opened read-only"), "{}", told(&refused));
    append(&store, 20).await.unwrap();
    assert_eq!(beside.head(&LedgerId::main()).await.unwrap(), Head::At(Revision(20)));

    let empty = durable_database().await;
    let nothing = PostgresStore::open_read_only(empty.options.into(), Options::default()).await;
    let told = told(&nothing.unwrap_err());
    assert!(told.contains("holds no log"), "{told}");
}
