//! Routes of withdrawals, from the file of accounts:
//!
//! ```toml
//! [[route]]
//! ledgers = ["togo"]                # all of them where it is left out
//! currency = "XOF"                  # any where it is left out
//! destination = "tmoney:"           # what the destination begins with
//! least = "100"                     # the smallest and the largest amount, included;
//! most = "500000"                   # they need a currency
//! providers = ["fedapay", "pawapay"]  # accounts, the preferred one first
//! ```
//! The first route that matches counts. An account pays out when a route names it, and no other way;
//! without any route, the simulated provider does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use cauri_domain::{Currency, LedgerId, Money, Provider};
use cauri_sagas::gateway::{Combined, PayoutGateway};
use cauri_sagas::{Gateways, Route};
use serde::Deserialize;

use super::{AccountError, Accounts, Clients, Kind, Problem, payouts};

/// The routes of withdrawals, and the file that they are from.
#[derive(Debug, Clone, Default)]
pub struct Routes(Vec<Route>, String);

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    route: Vec<toml::Table>,
}

/// The fields of [`Entry`].
const FIELDS: [&str; 6] = ["ledgers", "currency", "destination", "least", "most", "providers"];

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
            .map(|(index, table)| {
                Entry::of(table, &place, index + 1)?.read(&place, index + 1, accounts)
            })
            .collect::<Result<_, _>>()
            .map(|routes| Self(routes, place.clone()))
    }

    /// That an account cannot pay out, although a route names it.
    fn leading_to(&self, name: Provider) -> String {
        let place = (1..).zip(&self.0).find(|(_, route)| route.providers.contains(&name));
        let number = place.map_or(0, |(number, _)| number);
        format!("{}: route {number}: providers names \"{name}\", which cannot pay out", self.1)
    }

    /// Whether there is none, so that the simulated provider pays everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A ledger's routes that name an account, each with its place in the order, from 1.
    pub fn naming(
        &self,
        ledger: &LedgerId,
        account: Provider,
    ) -> impl Iterator<Item = (usize, &Route)> {
        let ledger = ledger.clone();
        (1..).zip(&self.0).filter(move |(_, route)| {
            (route.ledgers.is_empty() || route.ledgers.contains(&ledger))
                && route.providers.contains(&account)
        })
    }

    /// The accounts that pay out.
    fn named(&self) -> BTreeSet<Provider> {
        self.0.iter().flat_map(|route| route.providers.iter().copied()).collect()
    }

    /// Who is asked to pay, to capture and to give back, and by which routes.
    ///
    /// # Errors
    /// When an account that a route names cannot pay out, or an address is not one to ask.
    pub fn gateways(
        &self,
        accounts: &Accounts,
        clients: &Clients,
        simulator: Option<(Provider, Arc<dyn PayoutGateway>)>,
    ) -> anyhow::Result<Gateways> {
        let named = self.named();
        let mut unable = named.clone();
        let mut gateways = Gateways::default();
        let mut add = |name: Provider, gateway, pays_out| {
            let account = accounts.get(name.as_str());
            let ledgers = account.map(|account| account.ledgers.named()).unwrap_or_default();
            gateways.add_account(name, gateway, ledgers, pays_out);
            if pays_out {
                unable.remove(&name);
            }
        };
        if let Some((name, gateway)) = simulator {
            add(name, gateway, self.0.is_empty() || named.contains(&name));
        }
        let mut payments: BTreeMap<Provider, Arc<dyn PayoutGateway>> = BTreeMap::new();
        payments.extend(clients.payments());
        for account in accounts.iter() {
            let name = account.name;
            if account.kind == Kind::Sim {
                // It captures and gives back as well, also where no route names it.
                if let Some(gateway) = payouts::gateway(account)? {
                    add(name, gateway, self.0.is_empty() || named.contains(&name));
                }
                continue;
            }
            let out = match named.contains(&name) {
                true => match clients.paypal_payouts(name) {
                    Some(paypal) => Some(Arc::new(paypal) as Arc<dyn PayoutGateway>),
                    None => payouts::gateway(account).with_context(|| self.leading_to(name))?,
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
        if let Some(name) = unable.first() {
            // A withdrawal that went this way would wait for ever.
            let lacks = match accounts.get(name.as_str()).map(|account| account.kind) {
                Some(Kind::Sim) => ": it has no url, and no --simulator-url is given",
                Some(_) | None => "",
            };
            anyhow::bail!("{}{lacks}", self.leading_to(*name));
        }
        gateways.set_payins(clients.payins());
        for route in &self.0 {
            gateways.add_route(route.clone());
        }
        Ok(gateways)
    }
}

impl Entry {
    /// The fields of a route, each of which is known and of its type.
    fn of(table: toml::Table, file: &str, number: usize) -> Result<Self, AccountError> {
        let error = |field: &str, problem: String| invalid(file, number, field, problem);
        if let Some(unknown) = table.keys().find(|key| !FIELDS.contains(&key.as_str())) {
            let reason = format!("is no field of a route; it has: {}", FIELDS.join(", "));
            return Err(error(unknown, reason));
        }
        if !table.contains_key("providers") {
            return Err(AccountError {
                problem: Problem::Missing,
                ..error("providers", String::new())
            });
        }
        let is_text = |value: &toml::Value| value.is_str();
        for (field, value) in &table {
            let is_list = matches!(field.as_str(), "ledgers" | "providers");
            let items = value.as_array();
            let fits = match is_list {
                true => items.is_some_and(|items| items.iter().all(is_text)),
                false => is_text(value),
            };
            if !fits {
                let wanted = if is_list { "a list of text" } else { "text" };
                return Err(error(field, format!("must be {wanted}")));
            }
        }
        toml::Value::Table(table)
            .try_into()
            .map_err(|failure| error("the route", format!("cannot be read: {}", failure.message())))
    }

    fn read(self, file: &str, number: usize, accounts: &Accounts) -> Result<Route, AccountError> {
        let error = |field: &str, problem: String| invalid(file, number, field, problem);
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
        if let (Some(least), Some(most)) = (least, most)
            && least.minor() > most.minor()
        {
            return Err(error("most", "is less than `least`: nothing is between".to_owned()));
        }
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
        one_language(accounts, &providers).map_err(|reason| error("providers", reason))?;
        let destination = self.destination;
        Ok(Route { ledgers, currency, destination, least, most, providers })
    }
}

fn invalid(file: &str, number: usize, field: &str, problem: String) -> AccountError {
    AccountError {
        place: format!("{file}: route {number}"),
        field: field.to_owned(),
        problem: Problem::Invalid(problem),
    }
}

/// Refuses providers whose words for the same network differ, unless each is told the marketplace's
/// own: what one of them was to pay, another one would refuse, or pay elsewhere.
fn one_language(accounts: &Accounts, providers: &[Provider]) -> Result<(), String> {
    let named = providers.iter().filter_map(|name| accounts.get(name.as_str()));
    let mobile: Vec<_> = named.filter(|it| names_networks(it.kind)).collect();
    let kinds: BTreeSet<_> = mobile.iter().map(|it| it.kind.to_string()).collect();
    match mobile.iter().find(|it| it.setting(payouts::networks::SETTING).is_none()) {
        Some(lacking) if kinds.len() > 1 => {
            let kinds = kinds.into_iter().collect::<Vec<_>>().join(" and ");
            Err(format!(
                "names accounts of {kinds}, which have different words for the same network: give \
                 each of them the setting networks, which {:?} lacks",
                lacking.name.as_str()
            ))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether destinations of this kind name a mobile-money network.
const fn names_networks(kind: Kind) -> bool {
    matches!(kind, Kind::Fedapay | Kind::Cinetpay | Kind::Pawapay | Kind::Hub2 | Kind::Paygate)
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
        let fedapay = fedapay.with("networks", "tmoney=togocel");
        let pawapay = ProviderAccount::usual(Kind::Pawapay, vec![]).with("api_token", "t");
        let pawapay = pawapay.with("networks", "tmoney=ITS_WORD");
        let paygate = ProviderAccount::usual(Kind::Paygate, vec![]).with("auth_token", "t");
        let standard = ProviderAccount::usual(Kind::StandardWebhooks, vec!["wh".into()]);
        vec![fedapay, pawapay, paygate, standard].try_into().unwrap()
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
            destination = "tmoney:"
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
        let gateways = routes.gateways(&accounts(), &Clients::default(), None).unwrap();
        assert_eq!(format!("{gateways:?}").matches("pay").count(), 2, "{gateways:?}");
    }

    #[test]
    fn a_route_that_leads_nowhere_names_its_field() {
        for (text, field, part) in [
            ("providers = []", "providers", "names no account"),
            ("providers = [\"stripe\"]", "providers", "is no account"),
            ("providers = [\"standard\"]", "providers", "pays nothing out"),
            ("providers = [\"fedapay\", \"fedapay\"]", "providers", "twice"),
            ("providers = [\"fedapay\", \"paygate\"]", "providers", "which \"paygate\" lacks"),
            ("ledgers = [\"togo\"]\nproviders = [\"fedapay\"]", "providers", "ledger togo"),
            ("ledgers = [\"No Name\"]\nproviders = [\"fedapay\"]", "ledgers", ""),
            ("least = \"1\"\nproviders = [\"fedapay\"]", "least", "needs a currency"),
            ("currency = \"XOF\"\nmost = \"1.5\"\nproviders = [\"fedapay\"]", "most", ""),
            (
                "currency = \"XOF\"\nleast = \"100\"\nmost = \"50\"\nproviders = [\"fedapay\"]",
                "most",
                "nothing is between",
            ),
            ("currency = \"XYZ\"\nproviders = [\"fedapay\"]", "currency", "no currency"),
            ("destination = \"\"\nproviders = [\"fedapay\"]", "destination", "empty"),
            ("provider = [\"fedapay\"]", "provider", "is no field of a route"),
            ("currency = \"XOF\"", "providers", "is missing"),
            ("least = 1\nproviders = [\"fedapay\"]", "least", "must be text"),
            ("providers = \"fedapay\"", "providers", "must be a list of text"),
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
        assert!(none.gateways(&accounts, &Clients::default(), None).is_ok());
        let providers = vec!["fedapay".parse().unwrap()];
        let route = Route { providers, ..Route::default() };
        let routes = Routes(vec![route], "providers.toml".to_owned());
        let error = routes.gateways(&accounts, &Clients::default(), None).unwrap_err();
        let told = format!("{error:#}");
        assert!(told.contains("api_key") && told.contains("route 1"), "{told}");
    }

    #[test]
    fn the_simulated_provider_pays_where_it_is_said_to_be_and_is_no_way_to_nowhere() {
        let sim = ProviderAccount::usual(Kind::Sim, vec!["wh".into()]);
        let route = Route { providers: vec![sim.name], ..Route::default() };
        let routes = Routes(vec![route], "routes.toml".to_owned());
        let gateways = |account: ProviderAccount| {
            let accounts: Accounts = vec![account].try_into().unwrap();
            routes.gateways(&accounts, &Clients::default(), None)
        };
        let told = format!("{:#}", gateways(sim.clone()).unwrap_err());
        let expected =
            "routes.toml: route 1: providers names \"sim\", which cannot pay out: it has no url";
        assert!(told.starts_with(expected), "{told}");
        let told = format!("{:#}", gateways(sim.clone().with("url", "nowhere")).unwrap_err());
        assert!(told.contains("url must be an http:// address"), "{told}");
        let there = gateways(sim.with("url", "http://127.0.0.1:1")).unwrap();
        assert!(format!("{there:?}").contains("sim"), "{there:?}");
    }
}
