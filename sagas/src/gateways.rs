//! The providers that are asked, for which ledgers, and by which routes.

use std::collections::BTreeSet;
use std::sync::Arc;

use cauri_domain::{LedgerId, Money, Provider};

use crate::gateway::{PayinGateways, PayoutGateway};
use crate::routes::Route;

/// The providers that pay out, capture and give back.
#[derive(Clone, Default)]
pub struct Gateways {
    entries: Vec<Entry>,
    routes: Vec<Route>,
    payins: PayinGateways,
}

#[derive(Clone)]
struct Entry {
    provider: Provider,
    gateway: Arc<dyn PayoutGateway>,
    /// All of them where none is named.
    ledgers: BTreeSet<LedgerId>,
    pays_out: bool,
}

impl std::fmt::Debug for Gateways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.entries.iter().map(|entry| entry.provider)).finish()
    }
}

impl Gateways {
    /// Adds a provider for all ledgers. Without routes, the first one that pays out gets all
    /// withdrawals that go to no payment method.
    pub fn add(&mut self, provider: Provider, gateway: Arc<dyn PayoutGateway>) {
        self.add_account(provider, gateway, BTreeSet::new(), true);
    }

    /// Adds an account at a provider that serves some ledgers; all where none is named. One that
    /// does not pay out captures and gives back what was paid through it.
    pub fn add_account(
        &mut self,
        provider: Provider,
        gateway: Arc<dyn PayoutGateway>,
        ledgers: BTreeSet<LedgerId>,
        pays_out: bool,
    ) {
        self.entries.push(Entry { provider, gateway, ledgers, pays_out });
    }

    /// Names the accounts where payments are begun, and which are asked of them.
    pub fn set_payins(&mut self, payins: PayinGateways) {
        self.payins = payins;
    }

    pub(crate) const fn payins(&self) -> &PayinGateways {
        &self.payins
    }

    /// Adds a route behind those that are there: the first that matches counts.
    pub fn add_route(&mut self, route: Route) {
        self.routes.push(route);
    }

    fn serving<'a>(&'a self, ledger: &'a LedgerId) -> impl Iterator<Item = &'a Entry> + 'a {
        let serves =
            move |entry: &&Entry| entry.ledgers.is_empty() || entry.ledgers.contains(ledger);
        self.entries.iter().filter(serves)
    }

    /// A ledger's providers.
    pub(crate) fn providers<'a>(
        &'a self,
        ledger: &'a LedgerId,
    ) -> impl Iterator<Item = Provider> + 'a {
        self.serving(ledger).map(|entry| entry.provider)
    }

    /// A ledger's account at a provider.
    pub(crate) fn get(
        &self,
        ledger: &LedgerId,
        provider: Provider,
    ) -> Option<Arc<dyn PayoutGateway>> {
        let entry = self.serving(ledger).find(|entry| entry.provider == provider)?;
        Some(Arc::clone(&entry.gateway))
    }

    fn pays_out(&self, ledger: &LedgerId, provider: Provider) -> bool {
        self.serving(ledger).any(|entry| entry.provider == provider && entry.pays_out)
    }

    /// Whether it takes the destination to say who may pay: a route tells by it, or has several
    /// providers that may each have a form of its own.
    pub(crate) fn depend_on_destination(&self, ledger: &LedgerId, amount: Money) -> bool {
        let mut matching = self.routes.iter().filter(|it| it.matches(ledger, amount, None));
        matching.next().is_some_and(|it| it.destination.is_some() || it.providers.len() > 1)
    }

    /// Who may pay a withdrawal that goes to no payment method, the preferred one first.
    ///
    /// `destination` is the plain one; `None` where it is not needed, or gone. Those that cannot use
    /// it are left out. Where nobody of the route can, all are named: the first one fails it, and
    /// its money is back in the wallet.
    pub(crate) fn route(
        &self,
        ledger: &LedgerId,
        amount: Money,
        destination: Option<&str>,
    ) -> Vec<Provider> {
        if self.routes.is_empty() {
            let first = self.serving(ledger).find(|entry| entry.pays_out);
            return first.map(|entry| entry.provider).into_iter().collect();
        }
        let route = self.routes.iter().find(|route| route.matches(ledger, amount, destination));
        let providers = route.map(|route| &route.providers[..]).unwrap_or_default();
        let paying = providers.iter().copied().filter(|it| self.pays_out(ledger, *it));
        let paying: Vec<_> = paying.collect();
        let takes = |provider: &Provider| {
            let gateway = self.get(ledger, *provider);
            destination.is_none_or(|it| gateway.is_some_and(|gateway| gateway.takes(it)))
        };
        let taking: Vec<_> = paying.iter().copied().filter(takes).collect();
        if taking.is_empty() { paying } else { taking }
    }

    /// Who may pay a withdrawal to a payment method: whoever has it in its vault.
    pub(crate) fn route_to(&self, ledger: &LedgerId, vault: Provider) -> Vec<Provider> {
        self.pays_out(ledger, vault).then_some(vault).into_iter().collect()
    }
}
