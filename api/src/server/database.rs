//! The database of the read models, the vault and the inbox: given, or private.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use cauri_ledger::store::postgres::PostgresAddress;
use secrecy::ExposeSecret as _;
use sqlx::postgres::{PgPool, PgPoolOptions};

use super::ServeArgs;
use crate::private_postgres::{self, PrivatePostgres};

/// How often it is looked whether the primary is still that.
const LOOK: Duration = Duration::from_secs(1);

/// How long a host may take to say who it is.
const ANSWER: Duration = Duration::from_secs(3);

/// Connects; starts a private Postgres where none is given.
pub(super) async fn database(
    args: &ServeArgs,
) -> anyhow::Result<(Option<PrivatePostgres>, PgPool)> {
    let (postgres, address) = match &args.database_url {
        Some(url) => {
            let address: PostgresAddress =
                url.expose_secret().parse().context("DATABASE_URL is no address of a Postgres")?;
            (None, address)
        }
        None => {
            let folder: &Path = &args.data_dir;
            let postgres = PrivatePostgres::start(folder, private_postgres::Options::default())
                .context("the private Postgres could not be started")?;
            postgres.ensure_database().await?;
            let options = postgres.connect_options();
            (Some(postgres), options.into())
        }
    };
    let failed = "the database for the read models could not be reached";
    let several = address.hosts().len() > 1;
    let options = match address.hosts() {
        [only] => only.clone(),
        _ => address.primary(ANSWER).await.context(failed)?,
    };
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
        .context(failed)?;
    if several {
        tokio::spawn(follow_primary(pool.clone(), address));
    }
    Ok((postgres, pool))
}

/// Leads the pool to the host that is the primary now. Ends with the pool.
async fn follow_primary(pool: PgPool, address: PostgresAddress) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !pool.is_closed() {
        look.tick().await;
        let here = sqlx::query_scalar::<_, bool>("SELECT NOT pg_is_in_recovery()");
        let here = tokio::time::timeout(ANSWER, here.fetch_one(&pool));
        if matches!(here.await, Ok(Ok(true))) {
            continue;
        }
        match address.primary(ANSWER).await {
            Ok(primary) => {
                tracing::warn!(%address, "the read models' database is looked for anew");
                pool.set_connect_options(primary);
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the read models' database has no primary"
            ),
        }
    }
}
