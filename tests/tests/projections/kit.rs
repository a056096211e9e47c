//! Histories to project, and what there is to compare with.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cauri_domain::testing::{self, Plan, any_plan, minute, play, service};
use cauri_domain::{
    Command, CommandId, CorrelationId, Decided, Event, Labels, LedgerId, LedgerState, Revision,
};
use cauri_ledger::codec::{self, BatchHeader};
use cauri_ledger::edge::ManualClock;
use cauri_ledger::engine::{Engine, EngineOptions, Request};
use cauri_ledger::store::memory::MemoryStore;
use cauri_ledger::store::{EventStore, Head, RawEvent};
use cauri_ledger::{Cause, Hash, Recorded, Unit, chain};
use cauri_projections::apply::{ApplyError, apply};
use cauri_projections::digest::digests;
use cauri_projections::generation::Generation;
use cauri_projections::query::Snapshot;
use cauri_projections::{ReadModelOptions, ReadModels};
use cauri_tests::database::TestDatabase;
use futures::StreamExt as _;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

/// How long anything may take that should happen at once.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub type Digests = BTreeMap<&'static str, String>;

/// A log with what it comes to.
#[derive(Debug)]
pub struct History {
    pub ledger: LedgerId,
    pub raw: Vec<RawEvent>,
    pub events: Vec<Recorded>,
    pub state: LedgerState,
}

impl History {
    /// What a plan's accepted commands leave in the log of `ledger`.
    pub fn of(plan: &Plan, ledger: LedgerId) -> Self {
        let (state, played) = play(plan);
        let (mut raw, mut previous) = (Vec::new(), Hash::ZERO);
        for (asked, result) in played {
            let Ok(Decided::Happened(happened)) = result else { continue };
            let first = Revision(raw.len() as u64);
            let unit = Unit { first, count: u32::try_from(happened.len()).unwrap() };
            let number = first.0;
            let cause = Cause {
                command: asked.id,
                digest: Hash::ZERO,
                correlation: CorrelationId(asked.id.0),
                causation: (number % 7 == 3).then_some(Revision(number / 2)),
                actor: asked.actor,
                key: (number % 5 == 2).then(|| "1f2e3d4c".parse().unwrap()),
                labels: labels(number),
            };
            let header = BatchHeader::new(ledger.clone(), asked.at);
            for (event, revision) in happened.iter().zip(first.0..) {
                let mut body = Vec::new();
                header.encode(&mut body, Revision(revision), unit, &cause, event);
                previous = chain::link(previous, &body);
                let revision = Revision(revision);
                raw.push(RawEvent { revision, hash: previous, body: body.into() });
            }
        }
        let events = raw.iter().map(|raw| codec::decode(raw).unwrap()).collect();
        Self { ledger, raw, events, state }
    }

    /// The same one in every run, for each `number`.
    pub fn sample(number: usize, ledger: LedgerId) -> Self {
        Self::of(&plans().nth(number).unwrap(), ledger)
    }

    /// The samples, one after the other: whoever needs several takes them here, as each one is
    /// drawn after those before it.
    pub fn samples(ledger: &LedgerId) -> impl Iterator<Item = Self> {
        plans().map(|plan| Self::of(&plan, ledger.clone()))
    }

    pub fn last(&self) -> Revision {
        self.events.last().unwrap().revision
    }

    pub async fn store(&self) -> MemoryStore {
        let store = MemoryStore::new();
        store.append(&self.ledger, Head::Empty, &self.raw).await.unwrap();
        store
    }

    /// An engine on it.
    pub async fn engine(&self) -> Engine {
        engine(&self.store().await, &self.ledger).await
    }
}

/// The plans of the samples.
pub fn plans() -> impl Iterator<Item = Plan> {
    let mut runner = TestRunner::deterministic();
    let plans = any_plan(700..800);
    std::iter::repeat_with(move || plans.new_tree(&mut runner).unwrap().current())
}

fn labels(number: u64) -> Labels {
    let mut labels = Labels::default();
    if number.is_multiple_of(3) {
        let category = if number.is_multiple_of(2) { "transport" } else { "shopping" };
        labels.category = Some(category.parse().unwrap());
        labels.reference = Some(format!("order-{number}").parse().unwrap());
        labels.dimensions = serde_json::from_str(r#"{"store":"dakar","channel":"app"}"#).unwrap();
    }
    labels
}

pub async fn engine(store: &MemoryStore, ledger: &LedgerId) -> Engine {
    let store: Arc<dyn EventStore> = Arc::new(store.clone());
    let clock = Arc::new(ManualClock::new(minute(10_000_000)));
    Engine::open(store, ledger.clone(), clock, EngineOptions::default()).await.unwrap()
}

/// An engine on a new ledger with two wallets that have 1,000,000 francs each.
pub async fn market(store: &MemoryStore) -> Engine {
    let engine = engine(store, &LedgerId::main()).await;
    let mut commands = vec![testing::opened()];
    for number in 0..2 {
        commands.extend(testing::funded(number, "owner-0", testing::xof(1_000_000)));
    }
    for command in commands {
        ask(&engine, command).await;
    }
    engine
}

pub async fn ask(engine: &Engine, command: impl Into<Command>) -> Revision {
    let request = Request::new(CommandId(Uuid::new_v4()), service(), command);
    engine.ask(request).await.unwrap().revision().unwrap()
}

pub fn transfer(francs: u64) -> Command {
    let (from, to) = (testing::wallet(0), testing::wallet(1));
    cauri_domain::transfer::Make { from, to, amount: testing::xof(francs) }.into()
}

pub async fn open(pool: &PgPool) -> ReadModels {
    ReadModels::open(pool.clone(), ReadModelOptions::default()).await.unwrap()
}

/// A pool of its own, as another process has.
pub async fn another_pool(database: &TestDatabase) -> PgPool {
    PgPoolOptions::new().max_connections(4).connect_with(database.options.clone()).await.unwrap()
}

pub async fn covered(read_models: &ReadModels, ledger: &LedgerId, revision: Revision) {
    read_models.wait_for(ledger, revision, PATIENCE).await.unwrap();
}

/// Whether a flag is set by now.
pub fn set(flag: &Arc<AtomicBool>) -> impl Fn() -> bool + use<> {
    let flag = Arc::clone(flag);
    move || flag.load(Ordering::Relaxed)
}

/// Makes transfers until it is enough; the last one's revision. Never far ahead of the read models: who
/// only writes leaves them more to do than they can, and a test waiting.
pub async fn write_until(
    is_enough: impl Fn() -> bool,
    engine: Engine,
    read_models: ReadModels,
) -> Revision {
    let mut last = Revision(0);
    while !is_enough() {
        for _ in 0..100 {
            last = ask(&engine, transfer(1)).await;
        }
        covered(&read_models, engine.ledger(), last).await;
    }
    last
}

/// [Looks](look) until it is enough, and checks that what is covered never goes back; how often it did.
pub async fn look_until(is_enough: impl Fn() -> bool, pool: PgPool, store: MemoryStore) -> usize {
    let (mut covers, mut looks) = (Head::Empty, 0);
    while !is_enough() {
        let now = look(&pool, &store).await;
        assert!(now >= covers, "what is covered went back from {covers} to {now}");
        (covers, looks) = (now, looks + 1);
    }
    looks
}

/// Waits for a condition.
pub async fn until<F: Future<Output = bool>>(what: &str, mut so: impl FnMut() -> F) {
    let all = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, all).await.is_ok(), "never: {what}");
}

/// The digests of a new generation that is not served, after these batches.
pub async fn projected<'a>(
    pool: &PgPool,
    batches: impl IntoIterator<Item = &'a [Recorded]>,
) -> Result<(Generation, Digests), ApplyError> {
    let generation = Generation::create(pool).await?;
    for batch in batches {
        let mut transaction = pool.begin().await?;
        generation.enter(&mut transaction).await?;
        apply(&mut transaction, batch).await?;
        transaction.commit().await?;
    }
    Ok((generation, digests(pool, generation).await?))
}

/// What the tables of a log must be: all of it applied as one batch.
pub async fn expected(pool: &PgPool, store: &MemoryStore, ledger: &LedgerId) -> Digests {
    let events: Vec<Recorded> =
        store.events(ledger).iter().map(|raw| codec::decode(raw).unwrap()).collect();
    projected(pool, [&events[..]]).await.unwrap().1
}

/// The schemas that hold read models.
pub async fn schemas(pool: &PgPool) -> Vec<String> {
    let sql = r"SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'read\_%' ORDER BY 1";
    sqlx::query_scalar(sql).fetch_all(pool).await.unwrap()
}

/// Where the checkpoint of the main ledger is in the database, and why it stopped.
pub async fn checkpoint(pool: &PgPool, generation: Generation) -> (i64, Option<String>) {
    sqlx::query_as("SELECT revision, failure FROM cauri.checkpoint WHERE generation = $1")
        .bind(generation.0)
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Looks once, and checks that all tables agree with one another at whole units of the log.
/// What it covers.
pub async fn look(pool: &PgPool, store: &MemoryStore) -> Head {
    let mut snapshot = Snapshot::open(pool, &LedgerId::main()).await.unwrap();
    let covers = snapshot.covers();
    // Give everything else a chance to come between two questions.
    tokio::task::yield_now().await;
    let page = cauri_projections::query::Page::first(1);
    let newest = snapshot.events(page).await.unwrap().rows.pop();
    let newest =
        newest.map_or(Head::Empty, |row| Head::At(Revision(u64::try_from(row.revision).unwrap())));
    assert_eq!(newest, covers, "the newest event is the one that is covered");
    if let Head::At(revision) = covers {
        let chunk = store.read(&LedgerId::main(), revision).next().await.unwrap().unwrap();
        let recorded = codec::decode(&chunk[0]).unwrap();
        assert_eq!(recorded.unit.last(), revision, "only whole units are covered");
    }
    for number in 0..2 {
        let wallet = testing::wallet(number).0;
        let balances = snapshot.balances(wallet).await.unwrap();
        let statement = snapshot.statement(wallet, None, None, None, page).await.unwrap();
        let balance = balances.first().map(|row| (row.balance, row.revision));
        let after = statement.rows.first().map(|row| (row.balance_after, row.revision));
        assert_eq!(balance, after, "the statement ends in the balance");
    }
    let (_, totals) = snapshot.trial_balance().await.unwrap();
    assert!(totals.iter().all(|total| total.debits == total.credits), "{totals:?}");
    covers
}

/// The wire names of some events.
pub fn types(events: &[Recorded]) -> impl Iterator<Item = &'static str> + '_ {
    events.iter().map(|recorded| Event::wire_name(&recorded.event))
}
