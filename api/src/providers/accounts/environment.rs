//! One account of a kind, told of by environment variables alone: `CAURI_STRIPE_WEBHOOK_SECRET`,
//! `CAURI_STRIPE_API_KEY`, `CAURI_STRIPE_LEDGERS` and so on, one for each setting of the kind.
//!
//! Lists have commas between. Each variable may have `_FILE` after its name, and is then the path
//! of a file with the value. The account has the kind's name, and there is one as soon as one of
//! its variables is set; `CAURI_SIM_URL` alone is only an address. A variable that begins like them and is
//! none of them is refused: a slip in a name would else be a setting that is not there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use super::secret::{Problem, in_file};
use super::{AccountError, Kind, LedgersOf, ProviderAccount, Setting, usual_ledgers};

/// Those that are set, with their values.
type Variables = BTreeMap<String, String>;

/// The account of a kind that the environment tells of, if it tells of one.
pub(super) fn account(kind: Kind) -> Result<Option<ProviderAccount>, AccountError> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    read(kind, &std::env::vars_os().filter_map(text).collect())
}

fn read(kind: Kind, variables: &Variables) -> Result<Option<ProviderAccount>, AccountError> {
    if let Some(name) = unknown(kind, variables) {
        return Err(AccountError {
            place: "the environment".to_owned(),
            field: name.to_owned(),
            problem: Problem::Invalid(format!("is no setting of {kind}")),
        });
    }
    let value = |name: String| value(&name, variables);
    let text = |secret: SecretString| secret.expose_secret().to_owned();
    let listed = value(kind.secrets_variable())?.map(text).unwrap_or_default();
    let mut settings = BTreeMap::new();
    for rule in kind.settings() {
        if let Some(value) = value(kind.variable(rule.name))? {
            let setting = match rule.is_secret {
                true => Setting::Secret(value),
                false => Setting::Plain(text(value)),
            };
            settings.insert(rule.name.to_owned(), setting);
        }
    }
    let ledgers = kind.variable("ledgers");
    let webhook_secrets = crate::webhooks::secret_list(&listed);
    let is_there = !webhook_secrets.is_empty() || (kind != Kind::Sim && !settings.is_empty());
    if !is_there {
        return Ok(None);
    }
    let place = format!("the account {kind} of the environment");
    let ledgers = match value(ledgers.clone())?.map(text) {
        None => usual_ledgers(kind),
        Some(list) => LedgersOf::read(list.split(',')).map_err(|error| AccountError {
            place: place.clone(),
            field: ledgers,
            problem: Problem::Invalid(error.to_string()),
        })?,
    };
    let name = kind.usual_name();
    let in_file = false;
    let account =
        ProviderAccount { name, kind, ledgers, webhook_secrets, settings, place, in_file };
    // Here a field is a variable.
    account.check().map_err(|error| {
        let field = match error.field.as_str() {
            "webhook_secrets" => kind.secrets_variable(),
            setting => kind.variable(setting),
        };
        AccountError { field, ..error }
    })?;
    Ok(Some(account))
}

/// A variable that is named like those of this kind, and is none of them.
fn unknown(kind: Kind, variables: &Variables) -> Option<&str> {
    // The simulated provider itself is told of by more that begin so.
    if kind == Kind::Sim {
        return None;
    }
    let known: Vec<_> = kind.settings().iter().map(|rule| kind.variable(rule.name)).collect();
    let known = |name: &str| {
        known.iter().any(|known| known == name)
            || [kind.variable("ledgers"), kind.secrets_variable()].iter().any(|known| known == name)
    };
    // A kind's name may be the beginning of another's.
    let is_of = |other: Kind, name: &str| name.starts_with(&other.variable(""));
    let is_of_longer = |name: &str| {
        let longer = |other: &Kind| other.name().len() > kind.name().len();
        Kind::ALL.into_iter().filter(longer).any(|other| is_of(other, name))
    };
    let mut set = variables.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name);
    set.find(|name| {
        let stem = name.strip_suffix("_FILE").unwrap_or(name);
        is_of(kind, name) && !is_of_longer(name) && !known(name) && !known(stem)
    })
    .map(String::as_str)
}

/// A variable's value, or what is in the file that its `_FILE` names; empty is as good as unset.
fn value(name: &str, variables: &Variables) -> Result<Option<SecretString>, AccountError> {
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
    let in_a_file = format!("{name}_FILE");
    let error = |field: String, problem| AccountError {
        place: "the environment".to_owned(),
        field,
        problem,
    };
    match (set(name), set(&in_a_file)) {
        (None, None) => Ok(None),
        (Some(value), None) => Ok(Some(value.into())),
        (None, Some(path)) => {
            in_file(Path::new(&path)).map(Some).map_err(|problem| error(in_a_file, problem))
        }
        (Some(_), Some(_)) => {
            let reason = format!("and {in_a_file} are both set");
            Err(error(name.to_owned(), Problem::Invalid(reason)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cauri_domain::LedgerId;

    fn of(kind: Kind, set: &[(&str, &str)]) -> Result<Option<ProviderAccount>, AccountError> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        read(kind, &set.iter().map(owned).collect())
    }

    #[test]
    fn one_account_of_a_kind_is_told_of_by_variables() {
        let stripe = of(
            Kind::Stripe,
            &[
                ("CAURI_STRIPE_WEBHOOK_SECRET", "whsec_new, whsec_old"),
                ("CAURI_STRIPE_LEDGERS", "shops,rides"),
                ("CAURI_STRIPE_API_KEY", "sk_live_1"),
                ("CAURI_STRIPE_URL", ""),
            ],
        );
        let stripe = stripe.unwrap().unwrap();
        assert_eq!((stripe.name.as_str(), stripe.kind), ("stripe", Kind::Stripe));
        assert_eq!(stripe.webhook_secrets.len(), 2);
        assert_eq!(stripe.secret("api_key").unwrap().expose_secret(), "sk_live_1");
        assert_eq!(stripe.setting("api_key"), None, "a secret is no setting to print");
        assert_eq!(stripe.setting("url"), None, "what is empty is not set");
        assert!(stripe.ledgers.contains(&"rides".parse().unwrap()));
        assert!(!stripe.ledgers.contains(&LedgerId::main()));
        assert!(!format!("{stripe:?}").contains("whsec_new"), "a secret is never printed");

        assert!(of(Kind::Stripe, &[]).unwrap().is_none());
        assert!(of(Kind::Sim, &[("CAURI_SIM_URL", "http://127.0.0.1:1")]).unwrap().is_none());
        let new = of(Kind::CinetpayV1, &[("CAURI_CINETPAY_V1_API_KEY", "k")]).unwrap().unwrap();
        assert_eq!(new.name.as_str(), "cinetpay-v1");
    }

    #[test]
    fn a_secret_may_be_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "whsec_1\n").unwrap();
        let file = path.to_str().unwrap();
        let name = "CAURI_STRIPE_WEBHOOK_SECRET_FILE";
        let stripe = of(Kind::Stripe, &[(name, file)]).unwrap().unwrap();
        assert_eq!(stripe.webhook_secrets[0].expose_secret(), "whsec_1");

        let both = [("CAURI_STRIPE_WEBHOOK_SECRET", "x"), (name, file)];
        assert!(of(Kind::Stripe, &both).is_err());
        let missing = of(Kind::Stripe, &[(name, "/nowhere/at/all")]).unwrap_err();
        assert_eq!(missing.field, name);
    }

    #[test]
    fn a_slip_in_a_name_is_no_setting_that_is_not_there() {
        let secret = ("CAURI_STRIPE_WEBHOOK_SECRET", "whsec_1");
        let error = of(Kind::Stripe, &[secret, ("CAURI_STRIPE_APIKEY", "sk")]).unwrap_err();
        let said = "the environment: CAURI_STRIPE_APIKEY is no setting of stripe";
        assert_eq!(error.to_string(), said);
        let file = [("CAURI_STRIPE_APIKEY_FILE", "/run/key")];
        assert_eq!(of(Kind::Stripe, &file).unwrap_err().field, file[0].0);
        assert!(of(Kind::Stripe, &[secret, ("CAURI_STRIPE_APIKEY", "")]).unwrap().is_some());
        // Another kind's, whose name goes on.
        let other = ("CAURI_CINETPAY_V1_API_KEY", "k");
        assert!(of(Kind::Cinetpay, &[other]).unwrap().is_none());
        assert!(of(Kind::Sim, &[("CAURI_SIM_STRIPE_SECRET", "whsec_1")]).unwrap().is_none());
    }

    #[test]
    fn half_an_account_says_what_is_missing() {
        let error = of(Kind::Paypal, &[("CAURI_PAYPAL_WEBHOOK_ID", "WH-1")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the account paypal of the environment: CAURI_PAYPAL_MERCHANT_ID is missing"
        );
        let error = of(Kind::Cinetpay, &[("CAURI_CINETPAY_SECRET_KEY", "k")]).unwrap_err();
        assert_eq!(error.field, "CAURI_CINETPAY_SITE_ID");
        let error = of(Kind::Stripe, &[("CAURI_STRIPE_API_KEY", "sk")]).unwrap_err();
        assert_eq!(error.field, "CAURI_STRIPE_WEBHOOK_SECRET");
        let wrong = [("CAURI_STRIPE_WEBHOOK_SECRET", "x"), ("CAURI_STRIPE_LEDGERS", "Not A Name")];
        assert_eq!(of(Kind::Stripe, &wrong).unwrap_err().field, "CAURI_STRIPE_LEDGERS");
    }
}
