//! The read models of a database, without asking a server.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use sqlx::postgres::{PgPool, PgPoolOptions};

use cauri_ledger::edge::SystemClock;
use cauri_ledger::engine::EngineOptions;
use cauri_ledger::ledgers::Ledgers;
use cauri_projections::digest::live_digests;
use cauri_projections::{LedgerComparison, ReadModels};

use super::Place;
use super::report::{Digests, conclude};
use crate::private_postgres::PrivatePostgres;

/// Reads the database only: also beside the server that writes it.
pub(super) async fn digest(place: &Place) -> anyhow::Result<()> {
    let (postgres, pool) = database(place, 2).await?;
    let found = live_digests(&pool, place.ledger.as_ref()).await;
    pool.close().await;
    if let Some(postgres) = postgres {
        postgres.stop();
    }
    let found = found.context("the read models could not be read")?;
    ensure!(!found.is_empty(), "the read models hold no such ledger");
    for digests in found {
        Digests::from(digests).print();
    }
    Ok(())
}

/// Follows the log as a server does: so none may run on it.
pub(super) async fn rebuild(place: &Place, compare: bool) -> anyhow::Result<()> {
    let store = place.store.store.open(&place.store.data_dir).await?;
    let options = EngineOptions {
        snapshots: Some(place.store.data_dir.join("snapshots")),
        // It only reads: a clock that was set forward is nothing to it.
        test_clock: true,
        ..EngineOptions::default()
    };
    let ledgers = Ledgers::open(store, Arc::new(SystemClock), options)
        .await
        .context("does a server run on this log? Then ask it: --url and --token")?;
    let (postgres, pool) = database(place, 16).await?;
    let rebuilt = rebuild_with(&ledgers, &pool, compare).await;
    ledgers.close().await;
    if let Some(postgres) = postgres {
        postgres.stop();
    }
    let Some(comparison) = rebuilt? else {
        println!("the new read models are served");
        return Ok(());
    };
    let shown = |compared: &LedgerComparison| {
        place.ledger.as_ref().is_none_or(|ledger| *ledger == compared.ledger)
    };
    conclude(&comparison, shown)
}

async fn rebuild_with(
    ledgers: &Ledgers,
    pool: &PgPool,
    compare: bool,
) -> anyhow::Result<Option<cauri_projections::Comparison>> {
    let read_models = ReadModels::open(pool.clone(), Default::default()).await?;
    for engine in ledgers.engines() {
        read_models.attach(engine);
    }
    let rebuilt = match compare {
        true => read_models.rebuild_compared().await.map(Some),
        false => read_models.rebuild().await.map(|_| None),
    };
    read_models.close().await;
    rebuilt.context("the read models could not be built anew; the old ones stay")
}

async fn database(
    place: &Place,
    connections: u32,
) -> anyhow::Result<(Option<PrivatePostgres>, PgPool)> {
    let (postgres, options) = place.database.open(&place.store.data_dir)?;
    if let Some(postgres) = &postgres {
        postgres.ensure_database().await?;
    }
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .connect_with(options)
        .await
        .context("the database of the read models could not be reached")?;
    Ok((postgres, pool))
}
