//! `cauri vault`: what is done to the vault from outside a server.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::private_postgres::{self, PostgresError, PrivatePostgres};
use crate::vault::{MasterKeys, Vault};

/// What is done to the vault.
#[derive(Debug, clap::Subcommand)]
pub(super) enum VaultCommand {
    /// Wrap every key of the vault anew with the first master key, so that the others can be taken
    /// away. May run beside the server, and may be stopped and started again at any moment.
    Rotate(RotateArgs),
}

/// Where the vault is. The master keys are those of `CAURI_VAULT_KEY` or `CAURI_VAULT_KEY_FILE`: the
/// new one first, then the old ones.
#[derive(Debug, clap::Args)]
pub(super) struct RotateArgs {
    /// The server's data folder.
    #[arg(long, env = "CAURI_DATA_DIR", default_value = ".cauri/data")]
    data_dir: PathBuf,

    /// The server's Postgres; the private one of the data folder when not given.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<SecretString>,
}

pub(super) async fn run(command: VaultCommand) -> anyhow::Result<()> {
    let VaultCommand::Rotate(args) = command;
    let keys = MasterKeys::existing(&args.data_dir).context("there is no usable master key")?;
    let first = keys.first().clone();
    let (postgres, options) = database(&args)?;
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect_with(options)
        .await
        .context("the vault's database could not be reached")?;
    let rewrapped = Vault::new(pool.clone(), keys).rewrap().await;
    pool.close().await;
    if let Some(postgres) = postgres {
        postgres.stop();
    }
    let rewrapped = rewrapped.context("the rotation did not end: start it again")?;
    println!("{} keys are wrapped anew by the master key {first}", rewrapped.keys);
    for (id, keys) in &rewrapped.unknown {
        println!("{keys} keys are wrapped by {id}, which was not given");
    }
    ensure!(rewrapped.unknown.is_empty(), "some keys are left: give their master keys too");
    println!("all are: the older master keys can be taken away, once no backup needs them");
    Ok(())
}

/// The database given; else the private one, of a server that runs or started for this.
fn database(args: &RotateArgs) -> anyhow::Result<(Option<PrivatePostgres>, PgConnectOptions)> {
    if let Some(url) = &args.database_url {
        let options = url.expose_secret().parse();
        let options =
            options.map_err(|_| anyhow::anyhow!("DATABASE_URL is no address of a Postgres"))?;
        return Ok((None, options));
    }
    match PrivatePostgres::start(&args.data_dir, private_postgres::Options::default()) {
        Ok(postgres) => {
            let options = postgres.connect_options();
            Ok((Some(postgres), options))
        }
        Err(PostgresError::InUse { .. }) => {
            Ok((None, PrivatePostgres::connect_options_of(&args.data_dir)?))
        }
        Err(error) => Err(error).context("the private Postgres could not be started"),
    }
}
