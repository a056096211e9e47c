//! What fails: the database in the middle, and events that cannot be applied.

use std::time::Duration;

use cauri_domain::testing::wallet;
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::Hash;
use cauri_ledger::chain::link;
use cauri_ledger::store::memory::MemoryStore;
use cauri_ledger::store::{EventStore as _, Head, RawEvent};
use cauri_projections::WaitError;
use cauri_projections::digest::digests;
use cauri_projections::query::Snapshot;
use cauri_tests::database::fresh_database;
use sqlx::{AssertSqlSafe, Executor as _};

use super::kit::{
    History, PATIENCE, another_pool, ask, checkpoint, covered, expected, look, market, open,
    transfer, until, write_until,
};

#[tokio::test]
async fn rows_and_checkpoint_come_together_or_not_at_all() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let main = LedgerId::main();
    let read_models = open(&another_pool(&database).await).await;
    read_models.attach(engine.clone());
    let Head::At(before) = engine.head() else { panic!("there are events") };
    covered(&read_models, &main, before).await;
    let generation = read_models.served();
    let rows_before = digests(pool, generation).await.unwrap();

    for _ in 0..3 {
        // The next transaction gets as far as the balances, and waits there.
        let mut lock = pool.begin().await.unwrap();
        let schema = generation.schema();
        let sql = format!("LOCK TABLE {schema}.balances IN SHARE ROW EXCLUSIVE MODE");
        lock.execute(AssertSqlSafe(sql)).await.unwrap();
        let written = ask(&engine, transfer(5)).await;
        let waiting = "SELECT pid FROM pg_stat_activity
                       WHERE wait_event_type = 'Lock' AND datname = current_database()
                         AND query LIKE '%INSERT INTO balances%'";
        until("the runner waits in the middle", || async {
            sqlx::query(waiting).fetch_optional(pool).await.unwrap().is_some()
        })
        .await;
        let killed: bool =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT pg_terminate_backend(({waiting}))")))
                .fetch_one(pool)
                .await
                .unwrap();
        assert!(killed);
        // It comes back, and waits in the middle of the next attempt: the first left nothing.
        until("the runner tries again", || async {
            sqlx::query(waiting).fetch_optional(pool).await.unwrap().is_some()
        })
        .await;
        let (revision, failure) = checkpoint(pool, generation).await;
        assert!(u64::try_from(revision).unwrap() < written.0);
        assert_eq!(failure, None);
        let newest: i64 = sqlx::query_scalar("SELECT max(revision) FROM read.events")
            .fetch_one(pool)
            .await
            .unwrap();
        assert_eq!(newest, revision);
        lock.rollback().await.unwrap();
        covered(&read_models, &main, written).await;
        look(pool, &store).await;
    }
    let rows = digests(pool, generation).await.unwrap();
    assert_ne!(rows, rows_before);
    assert_eq!(rows, expected(pool, &store, &main).await);
}

#[tokio::test]
async fn connections_may_be_lost_at_any_time() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let main = LedgerId::main();
    let read_models = open(&another_pool(&database).await).await;
    read_models.attach(engine.clone());
    let killer = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut killed = 0_i64;
            for _ in 0..15 {
                let sql = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))
                           FROM pg_stat_activity
                           WHERE datname = current_database() AND pid <> pg_backend_pid()
                             AND query NOT LIKE '%pg_terminate_backend%'";
                killed += sqlx::query_scalar::<_, i64>(sql).fetch_one(&pool).await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            killed
        }
    });
    let last = write_until(|| killer.is_finished(), engine, read_models.clone()).await;
    assert!(killer.await.unwrap() > 0, "no connection was killed");
    covered(&read_models, &main, last).await;
    let live = digests(pool, read_models.served()).await.unwrap();
    assert_eq!(live, expected(pool, &store, &main).await);
}

/// Stopped at `at`: said by everybody, with all before it applied and nothing after.
async fn stopped_before(
    read_models: &cauri_projections::ReadModels,
    pool: &sqlx::PgPool,
    at: Revision,
) -> String {
    let main = LedgerId::main();
    let waited = read_models.wait_for(&main, at, PATIENCE).await;
    let Err(WaitError::Stopped { applied, failure }) = waited else {
        panic!("not stopped: {waited:?}")
    };
    assert_eq!(applied, Head::before(at));
    assert!(failure.contains(&format!("revision {at} ")), "{failure}");
    let noted = (i64::try_from(at.0).unwrap() - 1, Some(failure.clone()));
    until("the failure is written down", || async {
        checkpoint(pool, read_models.served()).await == noted
    })
    .await;
    let [status] = &read_models.status()[..] else { panic!("one ledger") };
    assert_eq!(status.failure.as_ref(), Some(&failure));
    assert_eq!(status.applied, Head::before(at));
    let snapshot = Snapshot::open(pool, &main).await.unwrap();
    assert_eq!(snapshot.covers(), Head::before(at));
    failure
}

#[tokio::test]
async fn an_event_that_does_not_fit_the_rows_stops_them_at_its_place() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let frozen = {
        let reason = "risk".parse().unwrap();
        ask(&engine, cauri_domain::wallet::Freeze { wallet: wallet(1), reason, level: None }).await
    };
    // What comes after it, in the same batch, is not applied either.
    let after = ask(&engine, transfer(9)).await;
    assert_eq!(after, frozen.next());
    let read_models = open(pool).await;
    // Somebody has put a rule into the tables that this event breaks, far into the first batch.
    let schema = read_models.served().schema();
    let rule =
        format!("ALTER TABLE {schema}.wallets ADD CONSTRAINT rule CHECK (status <> 'frozen')");
    pool.execute(AssertSqlSafe(rule)).await.unwrap();
    read_models.attach(engine.clone());
    let failure = stopped_before(&read_models, pool, frozen).await;
    assert!(failure.contains("rule"), "{failure}");

    // The ledger goes on, and so do the read models of a process that finds tables that fit.
    let last = ask(&engine, transfer(9)).await;
    let rule = format!("ALTER TABLE {schema}.wallets DROP CONSTRAINT rule");
    pool.execute(AssertSqlSafe(rule)).await.unwrap();
    let next = open(&another_pool(&database).await).await;
    next.attach(engine);
    covered(&next, &LedgerId::main(), last).await;
    let (_, failure) = checkpoint(pool, next.served()).await;
    assert_eq!(failure, None);
}

#[tokio::test]
async fn an_event_that_finds_no_row_stops_them_at_its_place() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let read_models = open(pool).await;
    read_models.attach(engine.clone());
    let Head::At(last) = engine.head() else { panic!("there are events") };
    covered(&read_models, &LedgerId::main(), last).await;
    let sql = format!("DELETE FROM {}.wallets", read_models.served().schema());
    pool.execute(AssertSqlSafe(sql)).await.unwrap();
    let reason = "risk".parse().unwrap();
    let frozen =
        ask(&engine, cauri_domain::wallet::Freeze { wallet: wallet(0), reason, level: None }).await;
    let failure = stopped_before(&read_models, pool, frozen).await;
    assert!(failure.contains("found 0 of 1 rows of wallets"), "{failure}");
}

#[tokio::test]
async fn an_event_twice_is_refused() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let history = History::sample(0, LedgerId::main());
    let engine = history.engine().await;
    let first = open(&another_pool(&database).await).await;
    first.attach(engine.clone());
    covered(&first, &LedgerId::main(), history.last()).await;
    first.close().await;
    let generation = first.served();
    let rows = digests(pool, generation).await.unwrap();
    // A checkpoint that says less than the rows is not believed: nothing is counted twice.
    let twice = history.events.iter().rev().find(|event| event.unit.count == 1).unwrap();
    let before = &history.events[usize::try_from(twice.revision.0).unwrap() - 1];
    sqlx::query("UPDATE cauri.checkpoint SET revision = $1, hash = $2")
        .bind(i64::try_from(before.revision.0).unwrap())
        .bind(before.hash.to_string())
        .execute(pool)
        .await
        .unwrap();
    let second = open(pool).await;
    second.attach(engine);
    let waited = second.wait_for(&LedgerId::main(), twice.revision, PATIENCE).await;
    let Err(WaitError::Stopped { applied, failure }) = waited else {
        panic!("not stopped: {waited:?}")
    };
    assert_eq!(applied, Head::At(before.revision));
    assert!(failure.contains(&format!("revision {} ", twice.revision)), "{failure}");
    assert!(failure.contains("duplicate key"), "{failure}");
    assert_eq!(digests(pool, generation).await.unwrap(), rows);
}

#[tokio::test]
async fn what_cannot_be_read_stops_them_at_its_place() {
    let database = fresh_database().await;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let read_models = open(&database.pool).await;
    // Of a later version, written by another process: good events before it, in one append.
    let main = LedgerId::main();
    let last = ask(&engine, transfer(1)).await;
    let raw = store.events(&main);
    let mut batch = Vec::new();
    let mut previous = raw.last().map_or(Hash::ZERO, |raw| raw.hash);
    for (number, name) in [(1, "transfer.completed.v1"), (2, "transfer.completed.v999")] {
        let revision = Revision(last.0 + number);
        let body = String::from_utf8(raw.last().unwrap().body.to_vec())
            .unwrap()
            .replace(&format!("\"r\":{last},"), &format!("\"r\":{revision},"))
            .replace(&format!("\"u\":[{last},"), &format!("\"u\":[{revision},"))
            .replace("transfer.completed.v1", name);
        previous = link(previous, body.as_bytes());
        batch.push(RawEvent { revision, hash: previous, body: body.into() });
    }
    let bad = batch[1].revision;
    store.append(&main, Head::At(last), &batch).await.unwrap();
    read_models.attach(engine);
    let failure = stopped_before(&read_models, &database.pool, bad).await;
    assert!(failure.contains("transfer.completed.v999"), "{failure}");
}
