//! `cauri vault`: what is done to the vault from outside a server.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use cauri_ledger::trail::{What, Word};
use sqlx::postgres::PgPoolOptions;

use super::database::DatabaseArgs;
use crate::trail;
use crate::vault::{MasterKeys, UnknownKey, Vault};

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

    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) async fn run(command: VaultCommand) -> anyhow::Result<()> {
    let VaultCommand::Rotate(args) = command;
    let keys = MasterKeys::existing(&args.data_dir).context("there is no usable master key")?;
    let first = keys.first().clone();
    let key = first.as_str().parse::<Word>().map(|id| (Word::known("key"), id));
    let what = What::new(Word::known("cauri:vault:rotate"));
    let what = key.into_iter().fold(what, |what, (name, id)| what.on(name, id));
    trail::leave(&args.data_dir, what).context("the rotation could not be put on record")?;
    let (postgres, options) = args.database.open(&args.data_dir)?;
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
    for UnknownKey { id, keys, of } in &rewrapped.unknown {
        println!("{keys} keys of {of} are wrapped by {id}, which was not given");
    }
    ensure!(rewrapped.unknown.is_empty(), "some keys are left: give their master keys too");
    println!("all are: the older master keys can be taken away, once no backup needs them");
    Ok(())
}
