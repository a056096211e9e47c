//! `cauri token`: a token for a server in development mode.

use std::path::PathBuf;

use anyhow::ensure;

use cauri_domain::{LedgerId, Role, Subject};

use crate::auth::{DevKeys, TokenRules, Ttl};

/// Prints a token signed with the development keys of a data folder.
#[derive(Debug, clap::Args)]
pub struct TokenArgs {
    /// buyer, seller, finance, auditor, admin, superadmin or service.
    #[arg(long, env = "CAURI_ROLE")]
    role: Role,

    /// The opaque id of the person or program.
    #[arg(long, env = "CAURI_SUBJECT")]
    subject: Subject,

    /// The ledger that the token is for.
    #[arg(long, env = "CAURI_LEDGER", default_value = "main")]
    ledger: LedgerId,

    /// How long it is good for: 90s, 15m, 24h, 7d.
    #[arg(long, env = "CAURI_TTL", default_value = "24h")]
    ttl: Ttl,

    /// The data folder of the server, which was started once with --dev.
    #[arg(long, env = "CAURI_DATA_DIR", default_value = ".cauri/data")]
    data_dir: PathBuf,

    /// The audience that the server expects.
    #[arg(long, env = "CAURI_JWT_AUDIENCE", default_value = "cauri")]
    audience: String,

    /// The issuer that the server expects.
    #[arg(long, env = "CAURI_JWT_ISSUER")]
    issuer: Option<String>,
}

/// Prints the token, alone on its line.
///
/// # Errors
/// When the data folder has no development keys.
pub fn run(args: &TokenArgs) -> anyhow::Result<()> {
    ensure!(
        args.data_dir.join("dev-keys").is_dir(),
        "{} has no development keys: start `cauri serve --dev` on it once, or name another \
         folder with --data-dir",
        args.data_dir.display()
    );
    let keys = DevKeys::open(&args.data_dir)?;
    let rules = TokenRules { audience: args.audience.clone(), issuer: args.issuer.clone() };
    println!("{}", keys.mint(&rules, &args.subject, args.role, &args.ledger, args.ttl));
    Ok(())
}
