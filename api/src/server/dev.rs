//! Development mode: everything a newcomer needs, made at the first start.
//!
//! `DATA_DIR/dev-keys/` holds the key pair and the webhook secrets; `DATA_DIR/dev.env` is written
//! at every start, for shells and for `cauri demo`: addresses, secrets and a token for each role.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use secrecy::{ExposeSecret, SecretString};

use cauri_domain::{LedgerId, Role, Subject};

use super::options::ServeArgs;
use crate::auth::{DevKeys, TokenRules, Ttl};
use crate::providers::{Accounts, Kind, ProviderAccount};
use crate::webhooks::generate_secret;

/// What a newcomer is given.
#[derive(Debug)]
pub struct Development {
    keys: DevKeys,
    /// The webhook secrets of the providers that it plays, or that the environment tells of.
    secrets: Vec<(&'static str, Vec<SecretString>)>,
    env_file: PathBuf,
}

/// The ready-made tokens: role, subject, name of the variable.
const TOKENS: [(Role, &str, &str); 7] = [
    (Role::Buyer, "ama", "TOKEN_BUYER"),
    (Role::Seller, "kofi", "TOKEN_SELLER"),
    (Role::Finance, "finance-1", "TOKEN_FINANCE"),
    (Role::Auditor, "auditor-1", "TOKEN_AUDITOR"),
    (Role::Admin, "admin-1", "TOKEN_ADMIN"),
    (Role::Superadmin, "root-1", "TOKEN_SUPERADMIN"),
    (Role::Service, "back-end", "TOKEN_SERVICE"),
];

impl Development {
    /// Opens development mode, or refuses where others could reach it. Adds an account of each
    /// provider that it plays and that has none.
    ///
    /// # Errors
    /// When the server would listen off loopback, or the keys cannot be made.
    pub fn open(args: &ServeArgs, accounts: &mut Accounts) -> anyhow::Result<Self> {
        ensure!(
            args.listen.ip().is_loopback(),
            "development mode listens on loopback addresses only, not on {}: \
             anybody who can read its data folder can sign tokens",
            args.listen
        );
        let keys = DevKeys::open(&args.data_dir)?;
        let folder = args.data_dir.join("dev-keys");
        let mut secrets = Vec::new();
        for (kind, variable) in [
            (Kind::Stripe, "CAURI_STRIPE_WEBHOOK_SECRET"),
            (Kind::Fedapay, "CAURI_FEDAPAY_WEBHOOK_SECRET"),
            (Kind::Sim, "CAURI_SIM_WEBHOOK_SECRET"),
        ] {
            if accounts.of(kind).next().is_none() {
                let secret = kept_secret(&folder.join(format!("{kind}.secret")))?;
                accounts.add_missing(ProviderAccount::usual(kind, vec![secret]));
            }
            // The variables of an account that a file tells of would be another account's.
            if let Some(account) = accounts.of(kind).find(|account| account.is_usual()) {
                secrets.push((variable, account.webhook_secrets.clone()));
            }
        }
        Ok(Self { keys, secrets, env_file: args.data_dir.join("dev.env") })
    }

    /// The key pair.
    #[must_use]
    pub const fn keys(&self) -> &DevKeys {
        &self.keys
    }

    /// Writes `dev.env` and returns what is in it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn publish(
        &self,
        rules: &TokenRules,
        url: &str,
        simulator: Option<&str>,
    ) -> anyhow::Result<BTreeMap<&'static str, String>> {
        let mut env = BTreeMap::from([("CAURI_URL", url.to_owned())]);
        for (role, subject, name) in TOKENS {
            let subject: Subject = subject.parse().expect("made of letters");
            let ttl = Ttl::DAY;
            env.insert(name, self.keys.mint(rules, &subject, role, &LedgerId::main(), ttl));
        }
        for (name, secrets) in &self.secrets {
            let list: Vec<_> = secrets.iter().map(ExposeSecret::expose_secret).collect();
            env.insert(name, list.join(","));
        }
        if let Some(simulator) = simulator {
            env.insert("CAURI_SIM_URL", simulator.to_owned());
        }
        let text: String = env.iter().map(|(name, value)| format!("{name}='{value}'\n")).collect();
        write_private(&self.env_file, &text)
            .with_context(|| format!("{} could not be written", self.env_file.display()))?;
        Ok(env)
    }

    /// Where `dev.env` is.
    #[must_use]
    pub fn env_file(&self) -> &Path {
        &self.env_file
    }
}

/// The secret in `file`, made where there is none.
fn kept_secret(file: &Path) -> anyhow::Result<SecretString> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(SecretString::from(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = generate_secret();
            write_private(file, secret.expose_secret())
                .with_context(|| format!("{} could not be written", file.display()))?;
            Ok(secret)
        }
        Err(error) => Err(error).with_context(|| format!("{} could not be read", file.display())),
    }
}

/// Readable by its owner only, and never half written.
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let aside = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut new = options.write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    fs::rename(aside, file)
}
