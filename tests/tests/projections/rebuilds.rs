//! Another generation beside the one that is served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cauri_domain::LedgerId;
use cauri_domain::testing;
use cauri_ledger::store::Head;
use cauri_ledger::store::memory::MemoryStore;
use cauri_projections::digest::digests;
use cauri_projections::generation::Generation;
use cauri_projections::query::Snapshot;
use cauri_projections::{ReadModelsError, migrate};
use cauri_tests::database::fresh_database;
use sqlx::{AssertSqlSafe, Executor as _};

use super::kit::{
    History, another_pool, ask, covered, engine, expected, look, look_until, market, open,
    projected, schemas, set, transfer, until, write_until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_stands_beside_what_is_served_while_events_arrive_and_queries_are_answered() {
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
    // Reads its own writes, whichever tables are served.
    let both = tokio::spawn({
        let (engine, stop) = (engine.clone(), Arc::clone(&stop));
        let (pool, read_models) = (pool.clone(), read_models.clone());
        async move {
            while !stop.load(Ordering::Relaxed) {
                let written = ask(&engine, transfer(2)).await;
                covered(&read_models, &LedgerId::main(), written).await;
                let snapshot = Snapshot::open(&pool, &LedgerId::main()).await.unwrap();
                assert!(snapshot.covers() >= Head::At(written));
            }
        }
    });

    let mut served = read_models.served();
    for _ in 0..4 {
        let next = read_models.rebuild().await.unwrap();
        assert!(next > served);
        assert_eq!(read_models.served(), next);
        served = next;
    }
    stop.store(true, Ordering::Relaxed);
    let last = writer.await.unwrap();
    assert!(reader.await.unwrap() > 10);
    both.await.unwrap();
    let Head::At(head) = engine.head() else { panic!("there are events") };
    assert!(head >= last);
    covered(&read_models, &main, head).await;
    assert_eq!(schemas(&pool).await, [served.schema()], "the old tables are gone");
    let live = digests(&pool, served).await.unwrap();
    assert_eq!(live, expected(&pool, &store, &main).await);
}

#[tokio::test]
async fn rebuilt_tables_are_equal_to_those_they_replace() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let history = History::sample(2, LedgerId::main());
    let read_models = open(pool).await;
    read_models.attach(history.engine().await);
    covered(&read_models, &history.ledger, history.last()).await;
    let live = digests(pool, read_models.served()).await.unwrap();
    let rebuilt = read_models.rebuild().await.unwrap();
    assert_eq!(digests(pool, rebuilt).await.unwrap(), live);
    // A digest does tell rows apart.
    let less = &history.events[..history.events.len() - 1];
    let (_, fewer) = projected(pool, [less]).await.unwrap();
    assert_ne!(fewer, live);
}

#[tokio::test]
async fn a_snapshot_that_began_before_a_change_ends_as_it_began() {
    let database = fresh_database().await;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let main = LedgerId::main();
    let read_models = open(&another_pool(&database).await).await;
    read_models.attach(engine.clone());
    let Head::At(first) = engine.head() else { panic!("there are events") };
    covered(&read_models, &main, first).await;

    let mut snapshot = Snapshot::open(&database.pool, &main).await.unwrap();
    let rebuilding = tokio::spawn({
        let read_models = read_models.clone();
        async move { read_models.rebuild().await }
    });
    let last = ask(&engine, transfer(1)).await;
    until("the new tables have caught up", || async {
        let sql = "SELECT max(c.revision) FROM cauri.checkpoint c
                   JOIN cauri.generation g ON g.id = c.generation WHERE g.status = 'building'";
        let built: Option<i64> = sqlx::query_scalar(sql).fetch_one(&database.pool).await.unwrap();
        built == Some(i64::try_from(last.0).unwrap())
    })
    .await;
    assert_eq!(snapshot.covers(), Head::At(first));
    let page = cauri_projections::query::Page::first(100);
    let events = snapshot.events(page).await.unwrap();
    assert_eq!(events.rows.len() as u64, first.0 + 1);
    assert!(!rebuilding.is_finished(), "the change waits for who reads");
    drop(snapshot);
    rebuilding.await.unwrap().unwrap();
    assert_eq!(look(&database.pool, &store).await, Head::At(last));
}

#[tokio::test]
async fn tables_of_another_version_are_served_until_new_ones_are_built() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let main = LedgerId::main();
    let old = open(&another_pool(&database).await).await;
    old.attach(engine.clone());
    let last = ask(&engine, transfer(4)).await;
    covered(&old, &main, last).await;
    old.close().await;
    pool.execute("UPDATE cauri.generation SET version = 0").await.unwrap();
    // Something that only the old version had.
    let column = format!("ALTER TABLE {}.wallets ADD COLUMN old int", old.served().schema());
    pool.execute(AssertSqlSafe(column)).await.unwrap();

    let new = open(pool).await;
    assert!(!new.ready().await, "not before its own tables are built");
    assert_eq!(new.served(), old.served());
    assert_eq!(look(pool, &store).await, Head::At(last), "the old ones still answer");
    new.attach(engine.clone());
    covered(&new, &main, last).await;
    assert!(new.ready().await);
    assert!(new.served() > old.served());
    assert_eq!(look(pool, &store).await, Head::At(last));
    let live = digests(pool, new.served()).await.unwrap();
    assert_eq!(live, expected(pool, &store, &main).await);
}

#[tokio::test]
async fn a_ledger_that_comes_during_a_rebuild_is_followed_after_it() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let first = market(&store).await;
    let read_models = open(&another_pool(&database).await).await;
    read_models.attach(first.clone());
    // A reader keeps the change from happening until the other ledger has come.
    let reader = Snapshot::open(pool, &LedgerId::main()).await.unwrap();
    let rebuilding = tokio::spawn({
        let read_models = read_models.clone();
        async move { read_models.rebuild().await }
    });
    until("a rebuild is under way", || async {
        let sql = "SELECT count(*) FROM cauri.generation WHERE status = 'building'";
        sqlx::query_scalar::<_, i64>(sql).fetch_one(pool).await.unwrap() == 1
    })
    .await;
    let other: LedgerId = "other".parse().unwrap();
    let second = engine(&store, &other).await;
    read_models.attach(second.clone());
    drop(reader);
    rebuilding.await.unwrap().unwrap();
    let revision = ask(&second, testing::opened()).await;
    covered(&read_models, &other, revision).await;
    let snapshot = Snapshot::open(pool, &other).await.unwrap();
    assert_eq!(snapshot.covers(), Head::At(revision));
}

#[tokio::test]
async fn a_wait_goes_on_across_a_change() {
    let database = fresh_database().await;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let read_models = open(&database.pool).await;
    read_models.attach(engine.clone());
    let next = engine.head().next();
    let waiting = tokio::spawn({
        let read_models = read_models.clone();
        async move { covered(&read_models, &LedgerId::main(), next).await }
    });
    tokio::task::yield_now().await;
    read_models.rebuild().await.unwrap();
    assert!(!waiting.is_finished());
    assert_eq!(ask(&engine, transfer(1)).await, next);
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_rebuild_that_nobody_waits_for_ends_all_the_same() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let read_models = open(&another_pool(&database).await).await;
    read_models.attach(market(&store).await);
    let before = read_models.served();
    {
        let rebuild = read_models.rebuild();
        tokio::pin!(rebuild);
        assert!(futures::poll!(&mut rebuild).is_pending());
    }
    until("it is served", || async { read_models.served() > before }).await;
    let served = [read_models.served().schema()];
    until("the old one is gone", || async { schemas(pool).await == served }).await;
}

#[tokio::test]
async fn a_rebuild_that_fails_leaves_what_is_served() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let main = LedgerId::main();
    let read_models = open(&another_pool(&database).await).await;
    read_models.attach(engine.clone());
    let last = ask(&engine, transfer(1)).await;
    covered(&read_models, &main, last).await;
    let served = read_models.served();
    // The tables of the next generation get a rule that the log breaks.
    pool.execute(
        "CREATE FUNCTION spoil() RETURNS event_trigger LANGUAGE plpgsql AS $$
         DECLARE made record; BEGIN
           FOR made IN SELECT * FROM pg_event_trigger_ddl_commands()
                       WHERE object_identity LIKE 'read_%.wallets' AND object_type = 'table' LOOP
             EXECUTE format('CREATE RULE spoil AS ON INSERT TO %s DO INSTEAD NOTHING',
                            made.object_identity);
           END LOOP;
         END $$;
         CREATE EVENT TRIGGER spoil ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
         EXECUTE FUNCTION spoil()",
    )
    .await
    .unwrap();
    let failed = read_models.rebuild().await;
    let Err(ReadModelsError::Failed { ledger, failure }) = failed else {
        panic!("not failed: {failed:?}")
    };
    assert_eq!(ledger, main);
    assert!(failure.contains("revision 1 cannot be applied"), "{failure}");
    assert_eq!(read_models.served(), served);
    assert_eq!(schemas(pool).await, [served.schema()]);
    let last = ask(&engine, transfer(1)).await;
    covered(&read_models, &main, last).await;
    assert_eq!(look(pool, &store).await, Head::At(last));
}

#[tokio::test]
async fn tables_replaced_by_another_process_are_followed() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let main = LedgerId::main();
    let (one, two) = (open(&another_pool(&database).await).await, open(pool).await);
    one.attach(engine.clone());
    two.attach(engine.clone());
    let rebuilt = one.rebuild().await.unwrap();
    let last = ask(&engine, transfer(1)).await;
    covered(&two, &main, last).await;
    covered(&one, &main, last).await;
    assert_eq!((one.served(), two.served()), (rebuilt, rebuilt));
    assert_eq!(look(pool, &store).await, Head::At(last));

    // Not if they are of a version that this software does not know.
    migrate(pool).await.unwrap();
    let newer = Generation::create(pool).await.unwrap();
    sqlx::query("UPDATE cauri.generation SET version = 99 WHERE id = $1")
        .bind(newer.0)
        .execute(pool)
        .await
        .unwrap();
    newer.make_live(pool).await.unwrap();
    ask(&engine, transfer(1)).await;
    until("it says so", || async {
        let failure = two.status()[0].failure.clone().unwrap_or_default();
        failure.contains("version 99")
    })
    .await;
}
