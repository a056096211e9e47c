//! `cauri backup` and `cauri restore`.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPoolOptions;

use cauri_domain::Revision;
use cauri_ledger::copy::Until;
use cauri_ledger::store::Head;

use super::database::DatabaseArgs;
use crate::backup::{self, Checked, Restored, Target};
use crate::private_postgres::PrivatePostgres;
use crate::store::StorePlace;

/// What is backed up, and where to.
#[derive(Debug, clap::Args)]
pub(super) struct BackupArgs {
    /// The folder of the backup. Where it holds an older one, what is new is added.
    folder: PathBuf,

    #[command(flatten)]
    place: StorePlace,

    #[command(flatten)]
    database: DatabaseArgs,
}

/// What is restored, and where to. Nothing may be there, but keys.
#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// The folder of the backup.
    folder: PathBuf,

    /// The log's end: a revision, where the backup has one ledger, or an instant
    /// (2026-11-21T10:00:00Z). Events of one command are never parted: what does not end by then is
    /// left out.
    #[arg(long, value_parser = until, value_name = "REVISION|INSTANT")]
    to: Option<Until>,

    /// Only check the backup, every byte of it.
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    place: StorePlace,

    #[command(flatten)]
    database: DatabaseArgs,
}

fn until(text: &str) -> Result<Until, String> {
    if let Ok(revision) = text.parse() {
        return Ok(Until::Revision(Revision(revision)));
    }
    let instant = DateTime::parse_from_rfc3339(text);
    let instant = instant.map_err(|_| "neither a revision nor an instant with a time zone")?;
    Ok(Until::Instant(instant.with_timezone(&Utc)))
}

pub(super) async fn backup(args: BackupArgs) -> anyhow::Result<()> {
    let began = Instant::now();
    let source = args.place.open_whole().await?;
    let (postgres, options) = args.database.open(&args.place.data_dir)?;
    let pool = PgPoolOptions::new().max_connections(2).connect_with(options).await;
    let pool = pool.context("the database could not be reached")?;
    let made = backup::backup(&source, &pool, &args.folder, |line| eprintln!("{line}")).await;
    pool.close().await;
    stop(postgres);
    let manifest = made.context("no backup was made; what was in the folder is as it was")?;
    for ledger in &manifest.ledgers {
        println!("ledger {}", ledger.ledger);
        println!("  events    {} to revision {}", ledger.events, ledger.head());
        println!("  hash      {}", ledger.hash);
    }
    let rows: u64 = manifest.database.tables.iter().map(|table| table.rows).sum();
    println!("database    {rows} rows in {} tables", manifest.database.tables.len());
    println!("took        {} ms", began.elapsed().as_millis());
    println!("backed up into {}; keys are not in it", args.folder.display());
    Ok(())
}

pub(super) async fn restore(args: RestoreArgs) -> anyhow::Result<()> {
    let began = Instant::now();
    let name = args.folder.display();
    let checked = backup::check(&args.folder).await.with_context(|| name.to_string())?;
    println!("{name}: whole, made {}", checked.manifest.made_at);
    if args.check {
        return Ok(());
    }
    let until = args.to.unwrap_or(Until::End);
    if let Until::Revision(last) = until {
        let ledgers = checked.manifest.ledgers.iter().filter(|it| !it.ledger.is_trail());
        let ledgers: Vec<_> = ledgers.collect();
        let [only] = ledgers[..] else { bail!("the backup has several ledgers: name an instant") };
        ensure!(
            Head::At(last) <= only.head(),
            "the backup has no revision {last} of ledger {}: it ends at {}",
            only.ledger,
            only.head()
        );
    }
    backup::refuse_full(&checked, until, &args.place.data_dir)?;
    let restored = put(&args, &checked, until).await?;
    for (ledger, copied) in &restored.ledgers {
        println!("ledger {ledger}");
        match copied.head {
            Head::At(last) => println!("  events    {} to revision {last}", last.0 + 1),
            Head::Empty => println!("  events    none"),
        }
        println!("  hash      {}, worked out from what was read back", copied.hash);
    }
    let mended = &restored.mended;
    if mended.again > 0 {
        println!(
            "{} deliveries of providers came after that: they are applied again",
            mended.again
        );
    }
    if mended.lost > 0 {
        println!("{} more have no body any more: ask their providers", mended.lost);
    }
    for ledger in &mended.told_again {
        println!("the endpoints of ledger {ledger} are told everything again");
    }
    println!("took        {} ms", began.elapsed().as_millis());
    println!("restored into {}", args.place.data_dir.display());
    Ok(())
}

async fn put(args: &RestoreArgs, checked: &Checked, until: Until) -> anyhow::Result<Restored> {
    let data_dir = &args.place.data_dir;
    std::fs::create_dir_all(data_dir)
        .with_context(|| format!("{} could not be made", data_dir.display()))?;
    let (postgres, options) = args.database.open(data_dir)?;
    if let Some(postgres) = &postgres {
        postgres.ensure_database().await?;
    }
    let pool = PgPoolOptions::new().max_connections(2).connect_with(options).await;
    let pool = pool.context("the database could not be reached")?;
    let store = args.place.store.open(data_dir).await?;
    let target = Target { data_dir, store, pool: pool.clone() };
    let restored = backup::restore(checked, until, &target, |line| eprintln!("{line}")).await;
    pool.close().await;
    stop(postgres);
    restored.context("the restore did not end: run it again")
}

fn stop(postgres: Option<PrivatePostgres>) {
    if let Some(postgres) = postgres {
        postgres.stop();
    }
}
