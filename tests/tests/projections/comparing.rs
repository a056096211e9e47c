//! Rebuilds that compare: equal tables are served, and what differs is named.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::Head;
use cauri_ledger::store::memory::MemoryStore;
use cauri_projections::digest::{digests, live_digests};
use cauri_projections::generation::TABLES;
use cauri_projections::{Compared, Comparison, ReadModels, ReadModelsError, TableComparison};
use cauri_tests::database::fresh_database;
use sqlx::{AssertSqlSafe, Executor as _, PgPool};

use super::kit::{
    History, another_pool, ask, covered, engine, expected, look_until, market, open, schemas, set,
    transfer, write_until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_tables_are_served_while_events_arrive_and_queries_are_answered() {
    let database = fresh_database().await;
    let pool = database.pool.clone();
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let main = LedgerId::main();
    let read_models = open(&another_pool(&database).await).await;
    read_models.attach(engine.clone());
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(write_until(set(&stop), engine.clone(), read_models.clone()));
    let reader = tokio::spawn(look_until(set(&stop), pool.clone(), store.clone()));
    // Of what covers nothing yet there would be nothing to say.
    covered(&read_models, &main, Revision(0)).await;
    for _ in 0..3 {
        let before = read_models.served();
        let comparison = read_models.rebuild_compared().await.unwrap();
        assert!(comparison.is_equal(), "{:?}", different(&comparison));
        assert_eq!((comparison.live, comparison.built), (before, read_models.served()));
        assert_eq!(read_models.compared(), Some(Compared::Done(comparison.clone())));
        let own = &comparison.ledgers[0];
        assert_eq!(own.tables.len(), TABLES.len());
        let Head::At(at) = own.covers else { panic!("there are events") };
        let hash = store.events(&main)[usize::try_from(at.0).unwrap()].hash;
        assert_eq!(own.hash, hash.to_string(), "it says of which history it is");
    }
    stop.store(true, Ordering::Relaxed);
    let last = writer.await.unwrap();
    assert!(reader.await.unwrap() > 10);
    covered(&read_models, &main, last).await;
    assert_eq!(schemas(&pool).await, [read_models.served().schema()]);
    let live = digests(&pool, read_models.served()).await.unwrap();
    assert_eq!(live, expected(&pool, &store, &main).await);
}

#[tokio::test]
async fn a_row_that_was_changed_removed_or_added_is_named_and_the_live_tables_stay() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let history = History::sample(1, LedgerId::main());
    let read_models = open(pool).await;
    read_models.attach(history.engine().await);
    covered(&read_models, &history.ledger, history.last()).await;
    assert!(read_models.rebuild_compared().await.unwrap().is_equal());

    let before = read_models.served();
    let first =
        "ctid = (SELECT ctid FROM balances ORDER BY account COLLATE \"C\", currency LIMIT 1)";
    let account: String =
        one(pool, before.schema(), &format!("SELECT account FROM balances WHERE {first}")).await;
    change(pool, &read_models, &format!("UPDATE balances SET debits = debits + 1 WHERE {first}"))
        .await;
    let comparison = read_models.rebuild_compared().await.unwrap();
    let [(table, difference)] = &different(&comparison)[..] else {
        panic!("one table: {comparison:?}")
    };
    assert_eq!(*table, "balances");
    assert!(difference.starts_with(&format!("ledger=main account={account} currency=")));
    assert!(difference.ends_with(": other debits"), "{difference}");
    assert_eq!(read_models.served(), before);
    assert_eq!(schemas(pool).await, [before.schema()], "what was built is gone");
    let undo = format!("UPDATE balances SET debits = debits - 1 WHERE {first}");
    change(pool, &read_models, &undo).await;

    change(pool, &read_models, "CREATE TABLE kept AS SELECT * FROM wallets").await;
    let removed = "DELETE FROM wallets WHERE ctid = (SELECT ctid FROM wallets
                   ORDER BY wallet DESC LIMIT 1) RETURNING wallet::text";
    let removed: String = one(pool, before.schema(), removed).await;
    let comparison = read_models.rebuild_compared().await.unwrap();
    let missing = format!("ledger=main wallet={removed}: is missing in the live table");
    assert_eq!(different(&comparison), [("wallets", missing)]);
    let again = "INSERT INTO wallets SELECT * FROM kept ON CONFLICT DO NOTHING; DROP TABLE kept";
    change(pool, &read_models, again).await;

    let added = "INSERT INTO settings SELECT 'zz', settings, revision FROM settings";
    change(pool, &read_models, added).await;
    let comparison = read_models.rebuild_compared().await.unwrap();
    assert_eq!(different(&comparison), []);
    assert_eq!(comparison.foreign, Some(("settings", "zz".to_owned())));
    assert!(!comparison.is_equal());

    change(pool, &read_models, "DELETE FROM settings WHERE ledger = 'zz'").await;
    let comparison = read_models.rebuild_compared().await.unwrap();
    assert!(comparison.is_equal(), "all was put right: {:?}", different(&comparison));
    assert!(read_models.served() > before);
}

#[tokio::test]
async fn machines_with_the_same_log_have_the_same_digests_wherever_rows_lie() {
    let (here, there) = (fresh_database().await, fresh_database().await);
    let history = History::sample(3, LedgerId::main());
    let first = open(&here.pool).await;
    first.attach(history.engine().await);
    covered(&first, &history.ledger, history.last()).await;
    // The other one grew event by event, beside another ledger, and its rows were moved.
    let store = MemoryStore::new();
    let second = open(&there.pool).await;
    let other = engine(&store, &"other".parse().unwrap()).await;
    ask(&other, cauri_domain::testing::opened()).await;
    second.attach(other);
    for unit in history.raw.chunks(37) {
        use cauri_ledger::store::EventStore as _;
        let expected = Head::before(unit[0].revision);
        store.append(&history.ledger, expected, unit).await.unwrap();
    }
    second.attach(engine(&store, &history.ledger).await);
    covered(&second, &history.ledger, history.last()).await;
    for table in TABLES {
        change(&there.pool, &second, &format!("UPDATE {table} SET ledger = ledger")).await;
    }
    let here = live_digests(&here.pool, None).await.unwrap();
    let there = live_digests(&there.pool, Some(&history.ledger)).await.unwrap();
    assert_eq!(here, there);
    assert_eq!(here[0].of_all(), there[0].of_all());
    assert_eq!(here[0].covers, Head::At(history.last()));
    let filled = here[0].tables.iter().filter(|table| table.rows > 0).count();
    assert!(filled > 20, "so many tables have rows: {filled}");
}

#[tokio::test]
async fn tables_of_another_version_are_not_compared() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let old = open(&another_pool(&database).await).await;
    let engine = market(&store).await;
    old.attach(engine.clone());
    let last = ask(&engine, transfer(1)).await;
    covered(&old, &LedgerId::main(), last).await;
    old.close().await;
    pool.execute("UPDATE cauri.generation SET version = 0").await.unwrap();
    let new = open(&another_pool(&database).await).await;
    let refused = new.rebuild_compared().await;
    assert!(matches!(refused, Err(ReadModelsError::OtherVersion)), "{refused:?}");
    assert!(matches!(new.compared(), Some(Compared::Failed(_))));
}

/// The tables that differ, and where.
fn different(comparison: &Comparison) -> Vec<(&'static str, String)> {
    let tables = comparison.ledgers.iter().flat_map(|ledger| &ledger.tables);
    let different = tables.filter(|table| table.live != table.built);
    let named = |table: &TableComparison| (table.table, table.difference.clone().unwrap());
    different.map(named).collect()
}

/// Does something to the tables that are served.
async fn change(pool: &PgPool, read_models: &ReadModels, sql: &str) {
    let mut connection = pool.acquire().await.unwrap();
    let path = format!("SET search_path TO {}", read_models.served().schema());
    connection.execute(AssertSqlSafe(path)).await.unwrap();
    connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    connection.execute("RESET search_path").await.unwrap();
}

async fn one(pool: &PgPool, schema: String, sql: &str) -> String {
    let mut transaction = pool.begin().await.unwrap();
    let path = format!("SET LOCAL search_path TO {schema}");
    transaction.execute(AssertSqlSafe(path)).await.unwrap();
    let found = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
    let found = found.fetch_one(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    found
}
