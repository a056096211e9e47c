//! Which provider pays a withdrawal: configuration, and pure.

use std::collections::BTreeSet;

use cauri_domain::{Currency, LedgerId, Money, Provider};

/// Withdrawals that match go to these providers: to the first of them that can be asked.
///
/// What is not named matches everything. Only withdrawals to a destination have a route: those to a
/// payment method go to the provider in whose vault it is, since another one would not know it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// The ledgers it is for; all of them where none is named.
    pub ledgers: BTreeSet<LedgerId>,
    /// The currency it is for.
    pub currency: Option<Currency>,
    /// What the destination begins with, such as `tmoney:`: what the reference in the log stands for,
    /// not the reference.
    pub destination: Option<String>,
    /// The smallest amount, included; in this currency alone.
    pub least: Option<Money>,
    /// The largest amount, included; in this currency alone.
    pub most: Option<Money>,
    /// The providers, the preferred one first.
    pub providers: Vec<Provider>,
}

impl Route {
    /// Whether a withdrawal goes this way. Where nobody can say where it goes, any destination will do.
    pub(crate) fn matches(
        &self,
        ledger: &LedgerId,
        amount: Money,
        destination: Option<&str>,
    ) -> bool {
        let begins = |prefix: &String| destination.is_none_or(|it| it.starts_with(prefix));
        let is_same = |bound: &Money| bound.currency() == amount.currency();
        (self.ledgers.is_empty() || self.ledgers.contains(ledger))
            && self.currency.is_none_or(|currency| currency == amount.currency())
            && self.destination.as_ref().is_none_or(begins)
            && self.least.is_none_or(|it| is_same(&it) && it.minor() <= amount.minor())
            && self.most.is_none_or(|it| is_same(&it) && amount.minor() <= it.minor())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use cauri_domain::testing::{usd_cents as usd, xof};

    use super::*;

    #[test]
    fn a_route_is_for_what_it_names_and_for_everything_it_does_not_name() {
        let main = LedgerId::main();
        let other: LedgerId = "other".parse().unwrap();
        let (momo, bank) = (Some("tmoney:+22890112233"), Some("bank-1"));
        let everything = Route::default();
        assert!(
            everything.matches(&main, xof(1), momo) && everything.matches(&other, usd(1), bank)
        );

        let ledger = Route { ledgers: [main.clone()].into(), ..Route::default() };
        assert!(ledger.matches(&main, xof(1), momo) && !ledger.matches(&other, xof(1), momo));
        let currency = Route { currency: Some(xof(1).currency()), ..Route::default() };
        assert!(currency.matches(&main, xof(1), momo) && !currency.matches(&main, usd(1), momo));
        let network = Route { destination: Some("tmoney:".to_owned()), ..Route::default() };
        assert!(network.matches(&main, xof(1), momo) && !network.matches(&main, xof(1), bank));
        assert!(network.matches(&main, xof(1), None), "it goes nowhere any more");

        let amounts = Route { least: Some(xof(10)), most: Some(xof(20)), ..Route::default() };
        for (francs, matches) in [(9, false), (10, true), (20, true), (21, false)] {
            assert_eq!(amounts.matches(&main, xof(francs), momo), matches, "{francs}");
        }
        assert!(!amounts.matches(&main, usd(15), momo), "another currency's numbers say nothing");
    }
}
