//! Which ledgers a provider's secrets are good for.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use cauri_domain::{IdError, LedgerId};

/// The ledgers of each provider's account; the default ledger where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Accounts(BTreeMap<String, Of>);

#[derive(Debug, Clone)]
enum Of {
    All,
    These(BTreeSet<LedgerId>),
}

impl Of {
    /// Names with commas between, or `*`.
    fn read(list: &str) -> Result<Self, IdError> {
        if list.trim() == "*" {
            return Ok(Self::All);
        }
        list.split(',').map(|name| name.trim().parse()).collect::<Result<_, _>>().map(Self::These)
    }
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
                Some(list) => Of::read(&list).context(variable)?,
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_good_for_the_ledgers_that_are_named_and_for_the_default_one_else() {
        let of = |list: &str| Accounts([("paypal".to_owned(), Of::read(list).unwrap())].into());
        let ledger = |name: &str| name.parse::<LedgerId>().unwrap();
        let named = of("shops, rides");
        assert!(
            named.are_of("paypal", &ledger("shops")) && named.are_of("paypal", &ledger("rides"))
        );
        assert!(!named.are_of("paypal", &LedgerId::main()));
        assert!(of("*").are_of("paypal", &ledger("shops")));
        assert!(named.are_of("stripe", &LedgerId::main()));
        assert!(!named.are_of("stripe", &ledger("shops")));
        assert!(Of::read("Not A Name").is_err());
    }
}
