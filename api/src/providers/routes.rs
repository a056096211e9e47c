//! Routes of withdrawals, from the file of accounts:
//!
//! ```toml
//! [[route]]
//! ledgers = ["togo"]                # all of them where it is left out
//! currency = "XOF"                  # any where it is left out
//! destination = "tmoney-"           # what the destination's reference begins with
//! least = "100"                     # the smallest and the largest amount, included;
//! most = "500000"                   # they need a currency
//! providers = ["fedapay", "pawapay"]  # accounts, the preferred one first
//! ```
//! The first route that matches counts. An account pays out when a route names it, and no other way;
//! without any route, the simulated provider does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use cauri_domain::{Currency, LedgerId, Money, Provider};
use cauri_sagas::gateway::{Combined, PayoutGateway};
use cauri_sagas::{Gateways, Route};
use serde::Deserialize;

use super::{AccountError, Accounts, Confirmers, Kind, LedgersOf, Problem, payouts};

/// The routes of withdrawals.
#[derive(Debug, Clone, Default)]
pub struct Routes(Vec<Route>);

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    route: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    ledgers: Vec<String>,
    currency: Option<String>,
    destination: Option<String>,
    least: Option<String>,
    most: Option<String>,
    providers: Vec<String>,
}

impl Routes {
    /// Reads the routes of `file`, which lead to `accounts`.
    ///
    /// # Errors
    /// The first route that is not as it must be.
    pub fn load(file: Option<&Path>, accounts: &Accounts) -> Result<Self, AccountError> {
        let Some(path) = file else { return Ok(Self::default()) };
        let place = path.display().to_string();
        let error = |problem: String| AccountError {
            place: place.clone(),
            field: "the routes".to_owned(),
            problem: Problem::Invalid(problem),
        };
        let text = std::fs::read_to_string(path)
            .map_err(|failure| error(format!("cannot be read: {failure}")))?;
        let file: File = toml::from_str(&text)
            .map_err(|failure| error(format!("cannot be read: {}", failure.message())))?;
        let entries = file.route.into_iter().enumerate();
        entries
            .map(|(index, entry)| entry.read(&place, index + 1, accounts))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The accounts that pay out.
    fn named(&self) -> BTreeSet<Provider> {
        self.0.iter().flat_map(|route| route.providers.iter().copied()).collect()
    }

    /// Who is asked to pay, to capture and to give back, and by which routes.
    ///
    /// # Errors
    /// When an account that is to pay out lacks what that needs.
    pub fn gateways(
        &self,
        accounts: &Accounts,
        confirmers: &Confirmers,
        simulator: Option<(Provider, Arc<dyn PayoutGateway>)>,
    ) -> anyhow::Result<Gateways> {
        let named = self.named();
        let mut gateways = Gateways::default();
        let mut add = |name: Provider, gateway, pays_out| {
            let ledgers = match accounts.get(name.as_str()).map(|account| &account.ledgers) {
                Some(LedgersOf::These(ledgers)) => ledgers.clone(),
                Some(LedgersOf::All) | None => BTreeSet::new(),
            };
            gateways.add_account(name, gateway, ledgers, pays_out);
        };
        if let Some((name, gateway)) = simulator {
            add(name, gateway, self.0.is_empty() || named.contains(&name));
        }
        let mut payments: BTreeMap<Provider, Arc<dyn PayoutGateway>> = BTreeMap::new();
        for (name, paypal) in confirmers.paypal() {
            payments.insert(name, Arc::new(paypal));
        }
        for account in accounts.iter().filter(|account| account.kind != Kind::Sim) {
            let name = account.name;
            let out = match named.contains(&name) {
                true => match confirmers.paypal_payouts(name) {
                    Some(paypal) => Some(Arc::new(paypal) as Arc<dyn PayoutGateway>),
                    None => payouts::gateway(account)?,
                },
                false => None,
            };
            match (out, payments.remove(&name)) {
                (Some(payouts), Some(payments)) => {
                    add(name, Arc::new(Combined { payouts, payments }), true);
                }
                (Some(payouts), None) => add(name, payouts, true),
                (None, Some(payments)) => add(name, payments, false),
                (None, None) => {}
            }
        }
        for route in &self.0 {
            gateways.add_route(route.clone());
        }
        Ok(gateways)
    }
}

impl Entry {
    fn read(self, file: &str, number: usize, accounts: &Accounts) -> Result<Route, AccountError> {
        let error = |field: &str, problem: String| AccountError {
            place: format!("{file}: route {number}"),
            field: field.to_owned(),
            problem: Problem::Invalid(problem),
        };
        let ledgers = self.ledgers.iter().map(|ledger| ledger.parse::<LedgerId>());
        let ledgers: BTreeSet<_> = ledgers
            .collect::<Result<_, _>>()
            .map_err(|reason| error("ledgers", reason.to_string()))?;
        let currency: Option<Currency> = self
            .currency
            .map(|currency| currency.parse())
            .transpose()
            .map_err(|_| error("currency", "is no currency that a ledger takes".to_owned()))?;
        let bound = |field: &str, text: Option<String>| -> Result<Option<Money>, AccountError> {
            let Some(text) = text else { return Ok(None) };
            let currency =
                currency.ok_or_else(|| error(field, "needs a currency beside it".to_owned()))?;
            let amount = Money::parse(&text, currency);
            amount.map(Some).map_err(|reason| error(field, reason.to_string()))
        };
        let (least, most) = (bound("least", self.least)?, bound("most", self.most)?);
        if self.destination.as_ref().is_some_and(String::is_empty) {
            return Err(error("destination", "is empty".to_owned()));
        }
        if self.providers.is_empty() {
            return Err(error("providers", "names no account".to_owned()));
        }
        let mut providers = Vec::new();
        for name in &self.providers {
            let account = accounts.get(name).ok_or_else(|| {
                error("providers", format!("names {name:?}, which is no account"))
            })?;
            if !pays_out(account.kind) {
                let kind = account.kind;
                let reason = format!("names {name:?}, and {kind} pays nothing out");
                return Err(error("providers", reason));
            }
            if let Some(ledger) = ledgers.iter().find(|ledger| !account.ledgers.contains(ledger)) {
                let reason = format!("names {name:?}, which is not of the ledger {ledger}");
                return Err(error("providers", reason));
            }
            if providers.contains(&account.name) {
                return Err(error("providers", format!("names {name:?} twice")));
            }
            providers.push(account.name);
        }
        let destination = self.destination;
        Ok(Route { ledgers, currency, destination, least, most, providers })
    }
}

/// Whether there is a gateway for payouts of this kind.
const fn pays_out(kind: Kind) -> bool {
    match kind {
        Kind::Stripe
        | Kind::Fedapay
        | Kind::Paypal
        | Kind::Cinetpay
        | Kind::Pispi
        | Kind::Pawapay
        | Kind::Hub2
        | Kind::Paygate
        | Kind::Sim => true,
        Kind::CinetpayV1 | Kind::StandardWebhooks | Kind::Hmac => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::providers::ProviderAccount;

    fn accounts() -> Accounts {
        let fedapay = ProviderAccount::usual(Kind::Fedapay, vec!["wh".into()]).with("api_key", "k");
        let pawapay = ProviderAccount::usual(Kind::Pawapay, vec![]).with("api_token", "t");
        let standard = ProviderAccount::usual(Kind::StandardWebhooks, vec!["wh".into()]);
        vec![fedapay, pawapay, standard].try_into().unwrap()
    }

    fn read(text: &str) -> Result<Routes, AccountError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("providers.toml");
        std::fs::write(&path, text).unwrap();
        Routes::load(Some(&path), &accounts())
    }

    #[test]
    fn routes_are_read_in_order() {
        let routes = read(
            r#"
            [[route]]
            ledgers = ["main"]
            currency = "XOF"
            destination = "tmoney-"
            least = "100"
            most = "500000"
            providers = ["fedapay", "pawapay"]
            [[route]]
            providers = ["pawapay"]
            "#,
        )
        .unwrap();
        let [first, second] = &routes.0[..] else { panic!("{routes:?}") };
        let names: Vec<_> = first.providers.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["fedapay", "pawapay"]);
        assert_eq!(first.most.unwrap().to_string(), "500000 XOF");
        assert_eq!((second.currency, second.destination.as_deref()), (None, None));
        let gateways = routes.gateways(&accounts(), &Confirmers::default(), None).unwrap();
        assert_eq!(format!("{gateways:?}").matches("pay").count(), 2, "{gateways:?}");
    }

    #[test]
    fn a_route_that_leads_nowhere_names_its_field() {
        for (text, field, part) in [
            ("providers = []", "providers", "names no account"),
            ("providers = [\"stripe\"]", "providers", "is no account"),
            ("providers = [\"standard\"]", "providers", "pays nothing out"),
            ("providers = [\"fedapay\", \"fedapay\"]", "providers", "twice"),
            ("ledgers = [\"togo\"]\nproviders = [\"fedapay\"]", "providers", "ledger togo"),
            ("ledgers = [\"No Name\"]\nproviders = [\"fedapay\"]", "ledgers", ""),
            ("least = \"1\"\nproviders = [\"fedapay\"]", "least", "needs a currency"),
            ("currency = \"XOF\"\nmost = \"1.5\"\nproviders = [\"fedapay\"]", "most", ""),
            ("currency = \"XYZ\"\nproviders = [\"fedapay\"]", "currency", "no currency"),
            ("destination = \"\"\nproviders = [\"fedapay\"]", "destination", "empty"),
            ("provider = \"fedapay\"", "the routes", "cannot be read"),
        ] {
            let error = read(&format!("[[route]]\n{text}\n")).unwrap_err();
            assert_eq!(error.field, field, "{text}: {error}");
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn an_account_that_is_to_pay_out_needs_what_that_needs() {
        let lacking = ProviderAccount::usual(Kind::Fedapay, vec!["wh".into()]);
        let accounts: Accounts = vec![lacking].try_into().unwrap();
        let none = Routes::default();
        assert!(none.gateways(&accounts, &Confirmers::default(), None).is_ok());
        let providers = vec!["fedapay".parse().unwrap()];
        let routes = Routes(vec![Route { providers, ..Route::default() }]);
        let error = routes.gateways(&accounts, &Confirmers::default(), None).unwrap_err();
        assert!(format!("{error:#}").contains("api_key"), "{error:#}");
    }
}
