//! `cauri projections`: digests of the read models, and rebuilds that compare.
//!
//! With a token, the running server is asked. Without one, the work is done here: a digest only reads
//! the database, also beside a server; a rebuild needs the log for itself.

mod here;
mod report;
mod there;

use secrecy::SecretString;
use url::Url;

use cauri_domain::LedgerId;

use super::database::DatabaseArgs;
use crate::store::StorePlace;

/// Looks at the read models, or builds them anew.
#[derive(Debug, clap::Subcommand)]
pub(super) enum ProjectionsCommand {
    /// Build all read models anew from the log, beside those that are served, and then serve the new.
    Rebuild(RebuildArgs),
    /// Print a digest of each table of the read models that are served. Two machines with the same
    /// log have the same digests at the same revision.
    Digest(Place),
}

/// How to rebuild.
#[derive(Debug, clap::Args)]
pub(super) struct RebuildArgs {
    /// Compare every table with the live one first, at one revision. The new ones are served only
    /// when all are equal; else the live ones stay, the first row that differs is named, and the
    /// exit code is 1.
    #[arg(long)]
    compare: bool,

    #[command(flatten)]
    place: Place,
}

/// Which read models.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// Show only this ledger's rows: with a token, its own; without, every ledger's, when not given.
    #[arg(long)]
    ledger: Option<LedgerId>,

    /// Address of the server that is asked, with a token.
    #[arg(long, env = "CAURI_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,

    /// A token of an admin, to ask the running server. Better given by the environment than on the
    /// command line, which others may see. Without one, the work is done here.
    #[arg(long, env = "CAURI_TOKEN", hide_env_values = true)]
    token: Option<SecretString>,

    #[command(flatten)]
    store: StorePlace,

    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) async fn run(command: ProjectionsCommand) -> anyhow::Result<()> {
    match command {
        ProjectionsCommand::Digest(place) => match place.token.clone() {
            Some(token) => there::digest(&place, token).await,
            None => here::digest(&place).await,
        },
        ProjectionsCommand::Rebuild(RebuildArgs { compare, place }) => match place.token.clone() {
            Some(token) => there::rebuild(&place, token, compare).await,
            None => here::rebuild(&place, compare).await,
        },
    }
}
