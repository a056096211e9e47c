//! Following a ledger: in whole units, as one, once, from where the database stands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cauri_domain::testing::{self, escrow, wallet};
use cauri_domain::{Account, LedgerId, Revision};
use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;
use cauri_ledger::store::memory::MemoryStore;
use cauri_projections::digest::digests;
use cauri_projections::generation::Generation;
use cauri_projections::query::{Page, Snapshot, Whose};
use cauri_projections::{WaitError, migrate};
use cauri_tests::database::fresh_database;
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, Executor as _};

use super::kit::{
    History, another_pool, ask, checkpoint, covered, expected, look, market, open, transfer, until,
};

#[tokio::test]
async fn what_was_written_can_be_waited_for_and_read() {
    let database = fresh_database().await;
    let store = MemoryStore::new();
    let read_models = open(&database.pool).await;
    assert!(read_models.ready().await, "an empty database is served at once");
    let main = LedgerId::main();
    let nobody = read_models.wait_for(&main, Revision(0), Duration::ZERO).await;
    assert_eq!(nobody, Err(WaitError::Unknown));

    let engine = market(&store).await;
    read_models.attach(engine.clone());
    for _ in 0..20 {
        let revision = ask(&engine, transfer(7)).await;
        covered(&read_models, &main, revision).await;
        let covers = look(&database.pool, &store).await;
        assert!(covers >= Head::At(revision), "{covers} covers less than {revision}");
    }
    let head = engine.head();
    let beyond = read_models.wait_for(&main, head.next(), Duration::from_millis(20)).await;
    assert_eq!(beyond, Err(WaitError::TimedOut { applied: head }));
    let [status] = &read_models.status()[..] else { panic!("one ledger") };
    assert_eq!((status.applied, status.lag, &status.failure), (head, 0, &None));
    assert_eq!(read_models.applied(&main), Some(head));
    let live = digests(&database.pool, read_models.served()).await.unwrap();
    assert_eq!(live, expected(&database.pool, &store, &main).await);
    read_models.close().await;
    engine.close().await;
}

#[tokio::test]
async fn a_restart_goes_on_from_the_checkpoint() {
    let database = fresh_database().await;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let main = LedgerId::main();
    let mut served = Generation(0);
    for _ in 0..4 {
        let read_models = open(&another_pool(&database).await).await;
        read_models.attach(engine.clone());
        let revision = ask(&engine, transfer(1)).await;
        covered(&read_models, &main, revision).await;
        let before = std::mem::replace(&mut served, read_models.served());
        assert!(before == Generation(0) || before == served, "no other tables");
        read_models.close().await;
        // Nobody follows now.
        ask(&engine, transfer(2)).await;
    }
    let read_models = open(&database.pool).await;
    read_models.attach(engine.clone());
    let Head::At(last) = engine.head() else { panic!("there are events") };
    covered(&read_models, &main, last).await;
    let live = digests(&database.pool, served).await.unwrap();
    assert_eq!(live, expected(&database.pool, &store, &main).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_half_a_command() {
    let database = fresh_database().await;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    // Two events each; the first is at an odd revision, so no batch of the longest ends with one.
    let put_aside = |engine: Engine, number: u128| async move {
        let (buyer, seller) = (wallet(0), wallet(1));
        let (amount, escrow) = (testing::xof(1), escrow(number));
        let open = cauri_domain::escrow::Open {
            escrow,
            buyer,
            seller,
            amount,
            inspection_s: None,
            more: None,
        };
        ask(&engine, open).await
    };
    let mut last = engine.head().next();
    assert_eq!(last.0 % 2, 1);
    for number in 0..3_500 {
        last = put_aside(engine.clone(), number).await;
    }
    let read_models = open(&database.pool).await;
    read_models.attach(engine.clone());
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (engine, stop) = (engine.clone(), Arc::clone(&stop));
        let read_models = read_models.clone();
        async move {
            let mut number = 3_500;
            while !stop.load(Ordering::Relaxed) {
                // Never so far ahead that there is only one batch to see.
                if number % 100 == 0 {
                    covered(&read_models, &LedgerId::main(), last).await;
                }
                (last, number) = (put_aside(engine.clone(), number).await, number + 1);
            }
            last
        }
    });
    let mut seen = BTreeSet::new();
    while seen.len() < 20 {
        seen.insert(look(&database.pool, &store).await);
        let mut snapshot = Snapshot::open(&database.pool, &LedgerId::main()).await.unwrap();
        let page = Page::first(1);
        let half = snapshot.escrows(Whose::default(), Some("opened"), page).await.unwrap();
        assert_eq!(half.rows, [], "an escrow is opened and funded as one");
    }
    stop.store(true, Ordering::Relaxed);
    covered(&read_models, &LedgerId::main(), writer.await.unwrap()).await;
    look(&database.pool, &store).await;
}

#[tokio::test]
async fn two_that_follow_the_same_ledger_apply_it_once() {
    let database = fresh_database().await;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let main = LedgerId::main();
    let (one, two) = (open(&database.pool).await, open(&another_pool(&database).await).await);
    one.attach(engine.clone());
    two.attach(engine.clone());
    let mut last = Revision(0);
    for _ in 0..60 {
        last = ask(&engine, transfer(3)).await;
    }
    // Whoever comes second finds the checkpoint moved and looks again.
    covered(&one, &main, last).await;
    covered(&two, &main, last).await;
    assert_eq!(one.status()[0].failure, None);
    assert_eq!(two.status()[0].failure, None);
    let live = digests(&database.pool, one.served()).await.unwrap();
    assert_eq!(live, expected(&database.pool, &store, &main).await);
}

#[tokio::test]
async fn ledgers_do_not_see_each_other() {
    let database = fresh_database().await;
    let pool = &database.pool;
    migrate(pool).await.unwrap();
    let (main, other) = (LedgerId::main(), "other".parse::<LedgerId>().unwrap());
    let (first, second) = (History::sample(0, main.clone()), History::sample(1, other.clone()));
    let read_models = open(pool).await;
    read_models.attach(first.engine().await);
    read_models.attach(second.engine().await);
    covered(&read_models, &main, first.last()).await;
    covered(&read_models, &other, second.last()).await;
    for history in [&first, &second] {
        let mut snapshot = Snapshot::open(pool, &history.ledger).await.unwrap();
        assert_eq!(snapshot.covers(), Head::At(history.last()));
        assert_eq!(snapshot.settings().await.unwrap().as_ref(), history.state.settings().ok());
        let (rows, _) = snapshot.trial_balance().await.unwrap();
        assert_eq!(rows.len(), history.state.books().balances().len());
    }
    let mut nothing = Snapshot::open(pool, &"none".parse().unwrap()).await.unwrap();
    assert_eq!(nothing.covers(), Head::Empty);
    assert_eq!(nothing.settings().await.unwrap(), None);
}

#[tokio::test]
async fn balances_are_those_that_the_ledger_itself_answers() {
    let database = fresh_database().await;
    let main = LedgerId::main();
    let history = History::sample(2, main.clone());
    let engine = history.engine().await;
    let read_models = open(&database.pool).await;
    read_models.attach(engine.clone());
    covered(&read_models, &main, history.last()).await;
    let asked = engine.read(|state| state.books().balances()).await.unwrap().value;
    assert!(asked.len() > 10, "{asked:?}");
    let ids: BTreeSet<_> = asked.iter().filter_map(|(account, ..)| account.wallet()).collect();
    let said: BTreeMap<(String, String), Decimal> = asked
        .into_iter()
        .map(|(account, currency, minor)| {
            let amount = cauri_domain::money::decimal(minor, currency).unwrap();
            ((account.to_string(), currency.to_string()), amount)
        })
        .collect();

    let mut snapshot = Snapshot::open(&database.pool, &main).await.unwrap();
    let (rows, totals) = snapshot.trial_balance().await.unwrap();
    let rows = rows.into_iter().map(|row| ((row.account, row.currency), row.balance));
    assert_eq!(rows.collect::<BTreeMap<_, _>>(), said);
    assert!(totals.iter().all(|total| total.debits == total.credits), "{totals:?}");
    let mut of_wallets = BTreeMap::new();
    for id in ids {
        for row in snapshot.balances(id.0).await.unwrap() {
            of_wallets.insert((Account::Wallet(id).to_string(), row.currency), row.balance);
        }
    }
    let theirs = said.into_iter().filter(|((account, _), _)| account.ends_with(":available"));
    assert_eq!(of_wallets, theirs.collect::<BTreeMap<_, _>>());
}

#[tokio::test]
async fn another_history_is_noticed_and_replaced() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let main = LedgerId::main();
    let long = History::sample(0, main.clone());
    let read_models = open(&another_pool(&database).await).await;
    read_models.attach(long.engine().await);
    covered(&read_models, &main, long.last()).await;
    let first = read_models.served();
    read_models.close().await;

    // Other events at the same revisions, and then a log that is shorter than the checkpoint.
    let other = History::sample(1, main.clone());
    let short = MemoryStore::new();
    let mut served = first;
    for engine in [other.engine().await, market(&short).await] {
        let read_models = open(&another_pool(&database).await).await;
        assert_eq!(read_models.served(), served);
        read_models.attach(engine.clone());
        let Head::At(last) = engine.head() else { panic!("there are events") };
        covered(&read_models, &main, last).await;
        assert!(read_models.served() > served, "it was built anew");
        served = read_models.served();
        let (revision, failure) = checkpoint(pool, served).await;
        assert_eq!((revision, failure), (i64::try_from(last.0).unwrap(), None));
        read_models.close().await;
    }
    let live = digests(pool, served).await.unwrap();
    assert_eq!(live, expected(pool, &short, &main).await);
    until("the wrong tables are gone", || async {
        let gone: Option<i64> = sqlx::query_scalar("SELECT id FROM cauri.generation WHERE id = $1")
            .bind(first.0)
            .fetch_optional(pool)
            .await
            .unwrap();
        gone.is_none()
    })
    .await;
}

#[tokio::test]
async fn a_table_is_analysed_once_it_has_rows_to_speak_of() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let store = MemoryStore::new();
    let engine = market(&store).await;
    let read_models = open(&another_pool(&database).await).await;
    let schema = read_models.served().schema();
    for table in ["balances", "events"] {
        // Else Postgres might come first.
        let alone = format!("ALTER TABLE {schema}.{table} SET (autovacuum_enabled = false)");
        pool.execute(AssertSqlSafe(alone)).await.unwrap();
    }
    read_models.attach(engine.clone());
    let is_analysed = async |table: &str| {
        let sql = "SELECT last_analyze IS NOT NULL FROM pg_stat_user_tables
                   WHERE schemaname = $1 AND relname = $2";
        let query = sqlx::query_scalar(sql).bind(&schema).bind(table);
        query.fetch_one(pool).await.unwrap()
    };
    until("the events are analysed", || async {
        for _ in 0..100 {
            ask(&engine, transfer(1)).await;
        }
        let Head::At(last) = engine.head() else { panic!("there are events") };
        covered(&read_models, &LedgerId::main(), last).await;
        is_analysed("events").await
    })
    .await;
    assert!(!is_analysed("balances").await, "there are few, and it would have been the first");
}
