//! Which ledgers a provider's secrets are good for.

use std::collections::{BTreeMap, BTreeSet};

use cauri_domain::LedgerId;

/// The ledgers of each provider's account; the default ledger where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Accounts(BTreeMap<String, Of>);

#[derive(Debug, Clone)]
enum Of {
    All,
    These(BTreeSet<LedgerId>),
}

impl Accounts {
    /// Reads `CAURI_{PROVIDER}_LEDGERS` of each provider: names with commas between, or `*`. The
    /// simulated provider has an account for every ledger.
    ///
    /// # Errors
    /// When a name is no ledger's.
    pub fn from_env<'a>(providers: impl Iterator<Item = &'a str>) -> anyhow::Result<Self> {
        let mut accounts = BTreeMap::new();
        for provider in providers {
            let variable = format!("CAURI_{}_LEDGERS", provider.to_uppercase());
            let of = match std::env::var(&variable).ok().filter(|list| !list.is_empty()) {
                None if provider == crate::webhooks::SIM => Of::All,
                None => continue,
                Some(list) if list.trim() == "*" => Of::All,
                Some(list) => {
                    let names = list.split(',').map(|name| name.trim().parse::<LedgerId>());
                    let names = names.collect::<Result<_, _>>();
                    Of::These(names.map_err(|error| anyhow::anyhow!("{variable}: {error}"))?)
                }
            };
            accounts.insert(provider.to_owned(), of);
        }
        Ok(Self(accounts))
    }

    /// Whether a delivery of this provider may be for this ledger.
    #[must_use]
    pub fn are_of(&self, provider: &str, ledger: &LedgerId) -> bool {
        match self.0.get(provider) {
            None => *ledger == LedgerId::main(),
            Some(Of::All) => true,
            Some(Of::These(ledgers)) => ledgers.contains(ledger),
        }
    }
}
