//! The command line: `cauri --help` says it all.
//!
//! Exit codes: 0 done, 1 failed, 2 used wrongly; 75 a server that lost the store's lease.

mod audit;
mod backup;
mod database;
mod export;
mod patience;
mod projections;
mod replay;
mod serve;
mod store;
mod token;
mod trail;
mod vault;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::server::ServeArgs;
use crate::simulator::{self, SimulatorArgs};
use token::TokenArgs;

/// An event-sourced, double-entry ledger core for marketplaces.
#[derive(Debug, Parser)]
#[command(name = "cauri", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server: GraphQL, webhooks, process managers.
    Serve(Box<ServeArgs>),
    /// Print a token for a server in development mode.
    Token(TokenArgs),
    /// Play a marketplace's day against a running server, through its public doors.
    Demo(crate::demo::DemoArgs),
    /// Check a ledger's log from its first byte to its last, without a server.
    Verify(verify::VerifyArgs),
    /// Hand out what an auditor checks alone: checkpoints, proofs, receipts, the log itself.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Write a ledger's books as plain text: hledger, ledger, beancount, CSV, or the events.
    Export(export::ExportArgs),
    /// Print what a ledger was at any revision or instant, from its log alone.
    Replay(replay::ReplayArgs),
    /// Print what changed between two revisions or instants.
    Diff(replay::DiffArgs),
    /// Measure durable transfers on this machine.
    Bench(crate::bench::BenchArgs),
    /// Bring data from elsewhere into a ledger, through a running server.
    Import(crate::import::ImportArgs),
    /// Look at the read models, or build them anew from the log.
    #[command(subcommand)]
    Projections(projections::ProjectionsCommand),
    /// Copy all that is not made of something else into a folder: the log, the vault, the inbox. The
    /// server may run meanwhile.
    Backup(backup::BackupArgs),
    /// Put a backup in place, all of it or up to a point in time, after having checked every byte.
    Restore(backup::RestoreArgs),
    /// Move ledgers to another store.
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Print the GraphQL schema.
    Schema,
    /// Look after the vault's keys.
    #[command(subcommand)]
    Vault(vault::VaultCommand),
    /// Start a payment provider that moves no money, for development and tests.
    SimulateProvider(SimulatorArgs),
}

/// Parses the command line, runs it, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The whole chain, once: what was being done, and why it failed.
            eprintln!("cauri: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(*args),
        Command::Token(args) => token::run(&args),
        Command::Demo(args) => runtime(None)?.block_on(crate::demo::run(args)),
        Command::Audit(command) => runtime(Some(1))?.block_on(audit::run(command)),
        Command::Verify(args) => runtime(Some(1))?.block_on(verify::run(args)),
        Command::Export(args) => runtime(Some(1))?.block_on(export::run(args)),
        Command::Replay(args) => runtime(Some(1))?.block_on(replay::run(args)),
        Command::Diff(args) => runtime(Some(1))?.block_on(replay::run_diff(args)),
        Command::Bench(args) => runtime(None)?.block_on(crate::bench::run(args)),
        Command::Import(args) => runtime(Some(1))?.block_on(crate::import::run(args)),
        Command::Projections(command) => runtime(Some(2))?.block_on(projections::run(command)),
        Command::Backup(args) => runtime(Some(2))?.block_on(backup::backup(args)),
        Command::Restore(args) => runtime(Some(2))?.block_on(backup::restore(args)),
        Command::Store(command) => runtime(Some(2))?.block_on(store::run(command)),
        Command::Schema => {
            println!("{}", crate::graphql::sdl());
            Ok(())
        }
        Command::Vault(command) => runtime(Some(1))?.block_on(vault::run(command)),
        Command::SimulateProvider(args) => {
            crate::telemetry::init_from_env()?;
            runtime(Some(1))?.block_on(simulator::run(args))
        }
    }
}

fn runtime(threads: Option<usize>) -> anyhow::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        builder.worker_threads(threads.max(1));
    }
    Ok(builder.enable_all().build()?)
}
