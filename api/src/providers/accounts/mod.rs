//! Accounts at providers: who may tell the ledgers of money, with which secrets, and how each is
//! asked.
//!
//! They come from a file in TOML (`CAURI_PROVIDERS`, `--providers`):
//!
//! ```toml
//! [[account]]
//! name = "stripe-togo"       # in /webhooks/{ledger}/{name} and in clearing:{name}; 16 characters
//! kind = "stripe"            # the adapter; the name, where it is left out
//! ledgers = ["togo"]         # ["*"] for all; ["main"] where it is left out
//! webhook_secrets = ["env:STRIPE_WH_NEW", "file:/run/secrets/stripe_old"]
//! [account.settings]
//! api_key = "file:/run/secrets/stripe_api_key"
//! ```
//! or, one account of a kind, from the environment ([`environment`]).
//!
//! Invariants: no secret stands in the file itself, none is ever printed; an account with something
//! missing, unknown or empty keeps the server from starting, and the error names file, account and
//! field.

mod environment;
mod file;
mod kind;
mod secret;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cauri_domain::{IdError, LedgerId, Provider};
use secrecy::{ExposeSecret as _, SecretString};

pub use kind::{Kind, Rule, UnknownKind};
pub use secret::{Problem, key_id};

/// An account at a provider.
#[derive(Debug, Clone)]
pub struct ProviderAccount {
    /// Its name: in its webhook address, its clearing account, and every fact that it tells.
    pub name: Provider,
    /// Which adapter it speaks through.
    pub kind: Kind,
    /// The ledgers that it may tell of.
    pub ledgers: LedgersOf,
    /// What its deliveries are proved with: several while one is being replaced.
    pub webhook_secrets: Vec<SecretString>,
    settings: BTreeMap<String, Setting>,
    /// Where it is told of, for errors.
    place: String,
    /// Whether it is a file that tells of it.
    in_file: bool,
}

#[derive(Debug, Clone)]
enum Setting {
    Plain(String),
    Secret(SecretString),
}

/// The ledgers of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgersOf {
    /// All there are.
    All,
    /// These.
    These(BTreeSet<LedgerId>),
}

impl LedgersOf {
    /// Reads names, or `*` alone.
    fn read<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, IdError> {
        let names: Vec<_> = names.map(str::trim).collect();
        if names == ["*"] {
            return Ok(Self::All);
        }
        names.into_iter().map(str::parse).collect::<Result<_, _>>().map(Self::These)
    }

    /// Those that are named, as gateways are told of them: none where it is all there are.
    pub(super) fn named(&self) -> BTreeSet<LedgerId> {
        match self {
            Self::All => BTreeSet::new(),
            Self::These(ledgers) => ledgers.clone(),
        }
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, ledger: &LedgerId) -> bool {
        match self {
            Self::All => true,
            Self::These(ledgers) => ledgers.contains(ledger),
        }
    }
}

/// The default ledger; all of them for the simulated provider.
fn usual_ledgers(kind: Kind) -> LedgersOf {
    if kind == Kind::Sim {
        return LedgersOf::All;
    }
    LedgersOf::These([LedgerId::main()].into())
}

impl ProviderAccount {
    /// An account with nothing but secrets, of the usual name and for the usual ledgers.
    #[must_use]
    pub fn usual(kind: Kind, webhook_secrets: Vec<SecretString>) -> Self {
        let name = kind.usual_name();
        Self {
            name,
            kind,
            ledgers: usual_ledgers(kind),
            webhook_secrets,
            settings: BTreeMap::new(),
            place: format!("the account {name}"),
            in_file: false,
        }
    }

    /// Whether it has the usual name of its kind, since no file tells of it.
    #[must_use]
    pub const fn is_usual(&self) -> bool {
        !self.in_file
    }

    /// The same account with a setting: a secret one where its kind says so.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let rule = self.kind.settings().iter().find(|rule| rule.name == name);
        let value = match rule {
            Some(rule) if rule.is_secret => Setting::Secret(value.to_owned().into()),
            _ => Setting::Plain(value.to_owned()),
        };
        self.settings.insert(name.to_owned(), value);
        self
    }

    /// Where its deliveries go on this server: a path for each ledger that it names.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let name = self.name;
        let path = |ledger: &LedgerId| match *ledger == LedgerId::main() {
            true => format!("/webhooks/{name}"),
            false => format!("/webhooks/{ledger}/{name}"),
        };
        match &self.ledgers {
            LedgersOf::All => vec![path(&LedgerId::main()), format!("/webhooks/{{ledger}}/{name}")],
            LedgersOf::These(ledgers) => ledgers.iter().map(path).collect(),
        }
    }

    /// A setting that is no secret.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        match self.settings.get(name)? {
            Setting::Plain(text) => Some(text),
            Setting::Secret(_) => None,
        }
    }

    /// A setting that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn required(&self, name: &str) -> Result<&str, AccountError> {
        self.setting(name).ok_or_else(|| self.error(name, Problem::Missing))
    }

    /// A setting with several values: a list in the file, commas between them in a variable.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        let text = self.setting(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty())
    }

    /// A secret setting.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        match self.settings.get(name)? {
            Setting::Secret(secret) => Some(secret),
            Setting::Plain(_) => None,
        }
    }

    /// A secret setting that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn required_secret(&self, name: &str) -> Result<&SecretString, AccountError> {
        self.secret(name).ok_or_else(|| self.error(name, Problem::Missing))
    }

    /// Each setting that its kind has, and whether it is there.
    pub fn told(&self) -> impl Iterator<Item = (&'static Rule, bool)> {
        let is_there = |rule: &Rule| self.settings.contains_key(rule.name);
        self.kind.settings().iter().map(move |rule| (rule, is_there(rule)))
    }

    /// What its webhook secrets are called where they must not be shown.
    pub fn key_ids(&self) -> impl Iterator<Item = String> {
        self.webhook_secrets.iter().map(key_id)
    }

    /// That a field of this account is not as it must be.
    #[must_use]
    pub fn error(&self, field: &str, problem: Problem) -> AccountError {
        AccountError { place: self.place.clone(), field: field.to_owned(), problem }
    }

    /// The same with a reason in words, which must not repeat a secret.
    #[must_use]
    pub fn invalid(&self, field: &str, reason: impl Into<String>) -> AccountError {
        self.error(field, Problem::Invalid(reason.into()))
    }

    /// Whether all is there that its kind needs, and nothing is empty.
    fn check(&self) -> Result<(), AccountError> {
        for rule in self.kind.settings().iter().filter(|rule| rule.is_required) {
            if !self.settings.contains_key(rule.name) {
                return Err(self.error(rule.name, Problem::Missing));
            }
        }
        let has_secrets = !self.webhook_secrets.is_empty();
        if self.kind.has_webhook_secrets() && !has_secrets {
            return Err(self.error("webhook_secrets", Problem::Missing));
        }
        if !self.kind.has_webhook_secrets() && has_secrets {
            let reason = "its deliveries are not proved with secrets of ours";
            return Err(self.invalid("webhook_secrets", reason));
        }
        if self.webhook_secrets.iter().any(|secret| secret.expose_secret().is_empty()) {
            return Err(self.invalid("webhook_secrets", "has an empty secret"));
        }
        Ok(())
    }
}

/// An account that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {field} {problem}")]
pub struct AccountError {
    /// The file and the account, or the variables.
    pub place: String,
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// All accounts, each with a name of its own.
#[derive(Debug, Clone, Default)]
pub struct Accounts(Vec<ProviderAccount>);

impl Accounts {
    /// Reads `file`, and from the environment one account of each kind that the file has none of.
    ///
    /// # Errors
    /// The first account that is not as it must be.
    pub fn load(file: Option<&Path>) -> Result<Self, AccountError> {
        let mut accounts = match file {
            Some(file) => file::read(file)?,
            None => Vec::new(),
        };
        for kind in Kind::ALL.into_iter().filter(|kind| kind.has_shorthand()) {
            if accounts.iter().all(|account| account.kind != kind) {
                accounts.extend(environment::account(kind)?);
            }
        }
        Self::try_from(accounts)
    }

    /// The account of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ProviderAccount> {
        self.0.iter().find(|account| account.name.as_str() == name)
    }

    /// Those of a kind, in order.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &ProviderAccount> {
        self.0.iter().filter(move |account| account.kind == kind)
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, ProviderAccount> {
        self.0.iter()
    }

    /// Whether an account of this name may tell of this ledger.
    #[must_use]
    pub fn are_of(&self, name: &str, ledger: &LedgerId) -> bool {
        self.get(name).is_some_and(|account| account.ledgers.contains(ledger))
    }

    /// Gives a setting to every account of a kind that lacks it. Whether there is such an account.
    pub(crate) fn tell_missing(&mut self, kind: Kind, name: &str, value: &str) -> bool {
        let mut is_there = false;
        for account in self.0.iter_mut().filter(|account| account.kind == kind) {
            is_there = true;
            if !account.settings.contains_key(name) {
                *account = account.clone().with(name, value);
            }
        }
        is_there
    }

    /// Adds an account made at the start, unless there is one of its kind.
    pub(crate) fn add_missing(&mut self, account: ProviderAccount) {
        let has_one = |it: &ProviderAccount| it.kind == account.kind || it.name == account.name;
        if !self.0.iter().any(has_one) {
            self.0.push(account);
        }
    }
}

impl TryFrom<Vec<ProviderAccount>> for Accounts {
    type Error = AccountError;

    fn try_from(accounts: Vec<ProviderAccount>) -> Result<Self, AccountError> {
        let mut names = BTreeSet::new();
        for account in &accounts {
            account.check()?;
            if !names.insert(account.name) {
                return Err(account.invalid("name", "is another account's too"));
            }
        }
        Ok(Self(accounts))
    }
}
