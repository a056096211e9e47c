//! A ledger with a clock moved by hand, a provider that does as it is told, and a fuse.
//!
//! A step is what leaves the process managers and has an effect elsewhere: an append, or a call of
//! the provider. At one step of a run, the fuse lets something go wrong.
#![allow(dead_code, clippy::unwrap_used, missing_docs, reason = "tests; not all use all of it")]

pub mod disturbed;
pub mod fuse;
pub mod provider;
pub mod vault;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cauri_domain::testing::{actor, funded, minute, payin, wallet, withdrawal, xof};
use cauri_domain::*;
use cauri_ledger::Recorded;
use cauri_ledger::edge::ManualClock;
use cauri_ledger::engine::{Answer, Engine, EngineOptions, Request};
use cauri_ledger::store::{EventStore, Head};
use cauri_sagas::{Gateways, SagaHandle, SagaOptions, SagaStatus, Sagas};
use chrono::TimeDelta;
use futures::StreamExt as _;
use uuid::Uuid;

use fuse::{Fuse, FusedStore};
use provider::Provider as FakeProvider;

pub struct World {
    pub engine: Engine,
    pub clock: Arc<ManualClock>,
    pub store: Arc<FusedStore>,
    pub fuse: Arc<Fuse>,
    pub provider: FakeProvider,
    pub vault: vault::Vault,
    pub options: SagaOptions,
    pub has_provider: bool,
    asked: std::sync::atomic::AtomicU32,
}

impl World {
    /// An open ledger that takes five per cent, wallet 1 with 100,000 francs, and wallet 2 with
    /// none.
    pub async fn new() -> Self {
        let clock = Arc::new(ManualClock::new(minute(0)));
        let fuse = Arc::new(Fuse::default());
        let store = Arc::new(FusedStore::new(Arc::clone(&fuse)));
        let vault = vault::Vault::default();
        let world = Self {
            engine: open(&store, &clock).await,
            clock,
            store,
            provider: FakeProvider::new(Arc::clone(&fuse)),
            fuse,
            options: SagaOptions {
                destinations: Arc::new(vault.clone()),
                ..SagaOptions::default()
            },
            vault,
            has_provider: true,
            asked: std::sync::atomic::AtomicU32::new(0),
        };
        let commission = 500_u16.try_into().unwrap();
        let settings = Settings { commission, ..Settings::default() };
        world.ask(settings::Open { settings }).await;
        for command in funded(1, "ann", xof(100_000)) {
            world.ask(command).await;
        }
        world.ask(wallet::Open { wallet: wallet(2), owner: "bob".parse().unwrap() }).await;
        world
    }

    pub fn with_agendas(mut self, folder: PathBuf, save_every: u64) -> Self {
        self.options.agendas = Some(folder);
        self.options.save_every = save_every;
        self
    }

    /// Opens the ledger anew from its log. Who used it before is left behind, as after a crash.
    pub async fn reopen(&mut self) {
        self.engine = open(&self.store, &self.clock).await;
    }

    pub fn start(&self) -> SagaHandle {
        let mut gateways = Gateways::default();
        if self.has_provider {
            gateways.add("sim".parse().unwrap(), Arc::new(self.provider.clone()));
        }
        self.start_with(gateways)
    }

    pub fn start_with(&self, gateways: Gateways) -> SagaHandle {
        Sagas::spawn(self.engine.clone(), gateways, self.options.clone())
    }

    pub async fn ask(&self, command: impl Into<Command>) -> Answer {
        self.ask_as(testing::service(), command).await
    }

    /// Finance approves, as finance does.
    pub async fn approve(&self, number: u128) -> Answer {
        self.ask_as_finance(withdrawal::Approve { withdrawal: withdrawal(number) }).await
    }

    pub async fn ask_as_finance(&self, command: impl Into<Command>) -> Answer {
        self.ask_as(actor("money", Role::Finance), command).await
    }

    async fn ask_as(&self, actor: Actor, command: impl Into<Command>) -> Answer {
        let number = self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let id = CommandId(Uuid::from_u128(0x10_0000 + u128::from(number)));
        self.engine.ask(Request::new(id, actor, command)).await.unwrap()
    }

    pub async fn expect_payin(&self, number: u128) {
        let (payin, provider) = (payin(number), "sim".parse().unwrap());
        let amount = xof(500);
        self.ask(payin::Initiate {
            payin,
            wallet: wallet(2),
            amount,
            provider,
            target: None,
            capture_later: false,
        })
        .await;
    }

    pub async fn deliver_escrow(&self, number: u128, francs: u64) {
        self.ask(testing::open_escrow(number, 1, 2, xof(francs))).await;
        self.ask(testing::deliver(number)).await;
    }

    pub async fn request_withdrawal(&self, number: u128, francs: u64, destination: &str) {
        let (withdrawal, wallet, amount) = (withdrawal(number), wallet(1), xof(francs));
        let destination = destination.parse().unwrap();
        self.ask(withdrawal::Request {
            withdrawal,
            wallet,
            amount,
            destination: Some(destination),
            method: None,
        })
        .await;
    }

    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Waits until the process managers have seen everything and acted on it, at this time.
    pub async fn caught_up(&self, handle: &SagaHandle) -> SagaStatus {
        // A new event makes them look at the clock once more.
        let number = self.asked.load(std::sync::atomic::Ordering::Relaxed);
        let wallet = testing::wallet(0x800 + u128::from(number));
        self.ask(wallet::Open { wallet, owner: "eve".parse().unwrap() }).await;
        eventually("they catch up", || {
            let status = handle.status();
            (status.next_revision == self.engine.head().next().0).then_some(status)
        })
        .await
    }

    /// Lets time pass, six hours in each step, until something is so.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        // A busy machine is slow to act, and no less right for it.
        let patience = std::time::Instant::now() + Duration::from_secs(60);
        while std::time::Instant::now() < patience {
            if let Some(seen) = look() {
                return seen;
            }
            self.advance(TimeDelta::hours(6));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let types: Vec<_> = self.events().await;
        let types: Vec<_> = types.iter().rev().take(12).map(|it| it.event.clone()).collect();
        panic!("in vain: {what}; at last, newest first: {types:#?}")
    }

    /// Waits for an event of this type, at this time.
    pub async fn happens(&self, wire_name: &str, times: usize) {
        eventually(wire_name, || (self.count(wire_name) >= times).then_some(())).await;
        assert_eq!(self.count(wire_name), times);
    }

    /// How often an event of this type happened.
    pub fn count(&self, wire_name: &str) -> usize {
        let name = format!("\"{wire_name}\"");
        let events = self.store.events();
        events.iter().filter(|raw| String::from_utf8_lossy(&raw.body).contains(&name)).count()
    }

    pub async fn events(&self) -> Vec<Recorded> {
        let port: Arc<dyn EventStore> = Arc::clone(&self.store) as _;
        let log = cauri_ledger::log::read(port, LedgerId::main(), Head::Empty);
        let chunks: Vec<_> = log.map(Result::unwrap).collect().await;
        chunks.into_iter().flatten().collect()
    }

    /// The one event of this type.
    pub async fn event(&self, wire_name: &str) -> Recorded {
        let mut events = self.events().await;
        events.retain(|recorded| recorded.event.wire_name() == wire_name);
        assert_eq!(events.len(), 1, "{wire_name}");
        events.remove(0)
    }

    /// Every account that is not at zero, by name.
    pub async fn balances(&self) -> BTreeMap<String, i128> {
        let seen = self.engine.read(|state| {
            let sums = state.books().trial_balance();
            assert!(sums.values().all(|sum| *sum == 0), "the books do not balance: {sums:?}");
            state.books().balances()
        });
        let balances = seen.await.unwrap().value.into_iter();
        balances.filter(|(.., sum)| *sum != 0).map(|(a, _, sum)| (a.to_string(), sum)).collect()
    }
}

async fn open(store: &Arc<FusedStore>, clock: &Arc<ManualClock>) -> Engine {
    let (store, clock) = (Arc::clone(store) as _, Arc::clone(clock) as _);
    Engine::open(store, LedgerId::main(), clock, EngineOptions::default()).await.unwrap()
}

/// Waits for something to be so.
pub async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..10_000 {
        if let Some(seen) = look() {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("in vain: {what}")
}
