//! A ledger of its own for each row, with money in its wallets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use cauri_domain::receipt::Receipt;
use cauri_domain::{
    Actor, Command, CommandId, LedgerId, Money, PayinId, Role, Settings, WalletId, payin, settings,
    wallet,
};
use cauri_ledger::edge::SystemClock;
use cauri_ledger::engine::{Engine, EngineOptions, Request};
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::store::EventStore;
use cauri_ledger::store::embedded::{EmbeddedStore, Options};

use super::measure::Measured;
use super::recount;

/// Enough that no wallet runs dry.
const EACH: u64 = 1_000_000_000_000;

/// A furnished ledger on the embedded store.
pub(super) struct Setting {
    pub ledgers: Ledgers,
    pub engine: Engine,
    embedded: EmbeddedStore,
    folder: PathBuf,
    wallets: u64,
}

/// One transfer to ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transfer {
    pub id: Uuid,
    pub from: Uuid,
    pub to: Uuid,
}

/// A caller's own sequence of transfers: no two callers share an id.
pub(super) struct Work {
    caller: u64,
    next: u64,
    wallets: u64,
}

impl Work {
    pub(super) fn next(&mut self, batch: usize) -> Vec<Transfer> {
        (0..batch)
            .map(|_| {
                self.next += 1;
                // A multiplicative step visits wallets in an order that no cache foresees.
                let from = (self.caller * 31 + self.next * 7_919) % self.wallets;
                let to = (from + 1 + self.next % (self.wallets - 1)) % self.wallets;
                Transfer {
                    id: Uuid::from_u64_pair(self.caller + 1, self.next),
                    from: wallet_id(from),
                    to: wallet_id(to),
                }
            })
            .collect()
    }
}

fn wallet_id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0xCA, number)
}

pub(super) fn actor() -> Actor {
    Actor { subject: "bench".parse().expect("made of letters"), role: Role::Service }
}

impl Setting {
    pub(super) async fn open(dir: &Path, name: &str, wallets: u64) -> anyhow::Result<Self> {
        let folder = dir.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let embedded = EmbeddedStore::open(&folder, Options::default())?;
        let store: Arc<dyn EventStore> = Arc::new(embedded.clone());
        let options = EngineOptions { queue: 2_000_000, ..EngineOptions::default() };
        let ledgers = Ledgers::open(store, Arc::new(SystemClock), options).await?;
        let engine = ledgers.create(LedgerId::main()).await?;
        let setting = Self { ledgers, engine, embedded, folder, wallets };
        setting.furnish().await?;
        Ok(setting)
    }

    async fn furnish(&self) -> anyhow::Result<()> {
        let xof = "XOF".parse()?;
        let provider = "sim".parse()?;
        let each = Money::from_minor(EACH, xof).expect("more than nothing");
        self.ask(1, settings::Open { settings: Settings::default() }).await?;
        let wallets = (0..self.wallets).map(|number| async move {
            let wallet = WalletId(wallet_id(number));
            let id = PayinId(Uuid::from_u64_pair(0xFA, number));
            let initiate = payin::Initiate {
                payin: id,
                wallet,
                amount: each,
                provider,
                target: None,
                capture_later: false,
            };
            let object = format!("pi_{number}").parse()?;
            let receipt = Receipt { provider, object, amount: each, evidence: None };
            self.ask(number * 3 + 2, wallet::Open { wallet, owner: "bench".parse()? }).await?;
            self.ask(number * 3 + 3, initiate).await?;
            self.ask(number * 3 + 4, payin::RecordReceipt { payin: Some(id), receipt }).await
        });
        futures::future::try_join_all(wallets).await?;
        Ok(())
    }

    async fn ask(&self, number: u64, command: impl Into<Command>) -> anyhow::Result<()> {
        let id = CommandId(Uuid::from_u64_pair(0, number));
        self.engine.ask(Request::new(id, actor(), command)).await?;
        Ok(())
    }

    pub(super) const fn work(&self, caller: usize) -> Work {
        Work { caller: caller as u64, next: 0, wallets: self.wallets }
    }

    /// Stops the engine, and leaves its log in the folder given back.
    pub(super) async fn close(self) -> PathBuf {
        let Self { ledgers, embedded, folder, .. } = self;
        ledgers.close().await;
        // Now, so that its files say that all of it is durable.
        embedded.close();
        folder
    }

    /// Stops the engine, counts what the log holds, and removes it.
    pub(super) async fn close_and_recount(self, measured: Measured) -> anyhow::Result<Measured> {
        let Self { ledgers, engine, embedded, folder, wallets } = self;
        let store = engine.store();
        ledgers.close().await;
        let expected = u128::from(EACH) * u128::from(wallets);
        recount::recount(&store, measured.acknowledged, expected).await?;
        drop((ledgers, engine, embedded, store));
        std::fs::remove_dir_all(folder)?;
        Ok(measured)
    }
}
