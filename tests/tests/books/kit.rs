//! Ledgers to write books of, and what their own books say.

use std::collections::BTreeMap;
use std::sync::Arc;

use cauri_api::books::names::Name;
use cauri_api::books::{BookFormat, Exported, Range, export};
use cauri_api::history::Point;
use cauri_domain::testing::minute;
use cauri_domain::{Asked, Books, LedgerId, Revision, Side};
use cauri_ledger::edge::{Clock, ManualClock};
use cauri_ledger::engine::{Engine, EngineOptions, Request};
use cauri_ledger::fold::Fold;
use cauri_ledger::store::memory::MemoryStore;
use cauri_ledger::store::{EventStore, Head};
use cauri_ledger::{Recorded, codec};

/// Balances by the name that the tools know and the currency, in minor units: debits less credits.
/// Without what is zero.
pub type Balances = BTreeMap<(String, String), i128>;

/// A ledger in memory, whose commands are asked one after the other.
pub struct Played {
    pub store: Arc<dyn EventStore>,
    memory: MemoryStore,
    engine: Engine,
    clock: Arc<ManualClock>,
}

impl Played {
    pub async fn new() -> Self {
        let memory = MemoryStore::new();
        let store: Arc<dyn EventStore> = Arc::new(memory.clone());
        let clock = Arc::new(ManualClock::new(minute(0)));
        let engine = Engine::open(
            Arc::clone(&store),
            LedgerId::main(),
            Arc::clone(&clock) as Arc<dyn Clock>,
            EngineOptions::default(),
        );
        let engine = engine.await.unwrap();
        Self { store, memory, engine, clock }
    }

    /// Asks, at the time that it is asked. Refusals change nothing.
    pub async fn ask(&self, asked: &Asked) {
        let request = Request::new(asked.id, asked.actor.clone(), asked.command.clone());
        self.clock.advance(asked.at - self.clock.now());
        let _ = self.engine.ask(request).await;
    }

    /// Asks what is not to be refused, a while after what was asked before.
    #[track_caller]
    pub fn done(&self, after: chrono::TimeDelta, request: Request) -> impl Future<Output = ()> {
        self.clock.advance(after);
        let answer = self.engine.ask(request);
        async move {
            answer.await.unwrap();
        }
    }

    /// All events.
    pub fn events(&self) -> Vec<Recorded> {
        let raw = self.memory.events(&LedgerId::main());
        raw.iter().map(|raw| codec::decode(raw).unwrap()).collect()
    }
}

/// What the ledger's own books say after this revision, from the state that all rules work on.
pub fn balances_at(events: &[Recorded], revision: Revision) -> Balances {
    let mut fold = Fold::default();
    events.iter().take_while(|event| event.revision <= revision).for_each(|it| fold.apply(it));
    balances(fold.state.books())
}

/// What books say.
pub fn balances(books: &Books) -> Balances {
    let all = books.balances().into_iter().map(|(account, currency, balance)| {
        let debits = match account.class().normal_side() {
            Side::Debit => balance,
            Side::Credit => -balance,
        };
        ((Name(account).to_string(), currency.to_string()), debits)
    });
    all.filter(|(_, sum)| *sum != 0).collect()
}

/// A book of a range of a ledger's revisions.
pub async fn book(
    store: &Arc<dyn EventStore>,
    (from, to): (u64, u64),
    format: BookFormat,
) -> (String, Exported) {
    let point = |revision| Some(Point::Revision(Revision(revision)));
    let range = Range { from: point(from).filter(|_| from > 0), to: point(to) };
    let mut out = Vec::new();
    let ledger = LedgerId::main();
    let done = export(Arc::clone(store), &ledger, range, format, &mut out).await.unwrap();
    assert_eq!(done.end.revision, Revision(to));
    (String::from_utf8(out).unwrap(), done)
}

/// The last revision.
pub fn last(events: &[Recorded]) -> u64 {
    let head = Head::At(events.last().unwrap().revision);
    head.next().0 - 1
}
