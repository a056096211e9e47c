//! Accounts at payment providers: how each is set up, whether it answers, and what waits for it.

mod query;
mod types;
mod words;

use std::sync::Arc;

use cauri_domain::{LedgerId, Provider};
use cauri_sagas::ProviderStatus;

use crate::providers::{Accounts, Kind, ProviderAccount, Routes};
use crate::server::Services;

pub use query::ProviderQueries;

/// What is known of providers.
#[derive(Debug, Clone)]
pub struct ProviderDesk {
    /// The accounts.
    pub accounts: Arc<Accounts>,
    /// Which of them pays which withdrawals.
    pub routes: Routes,
    /// What asks them.
    pub services: Services,
}

impl ProviderDesk {
    /// The accounts that may tell a ledger of money, in order.
    fn accounts_of<'a>(
        &'a self,
        ledger: &'a LedgerId,
    ) -> impl Iterator<Item = &'a ProviderAccount> + 'a {
        self.accounts.iter().filter(|account| account.ledgers.contains(ledger))
    }

    /// Whether an account of this name is of a kind.
    pub(in crate::graphql) fn is_of_kind(&self, name: Provider, kind: Kind) -> bool {
        self.accounts.get(name.as_str()).is_some_and(|account| account.kind == kind)
    }

    /// How a ledger's process managers see each provider that they ask.
    fn asked(&self, ledger: &LedgerId) -> Vec<ProviderStatus> {
        self.services.status_of(ledger).map(|status| status.providers).unwrap_or_default()
    }

    /// Whether withdrawals of a ledger may go to an account.
    fn pays_out(&self, ledger: &LedgerId, account: &ProviderAccount, is_asked: bool) -> bool {
        let is_named = self.routes.naming(ledger, account.name).next().is_some();
        is_asked && (is_named || self.routes.is_empty() && account.kind == Kind::Sim)
    }
}
