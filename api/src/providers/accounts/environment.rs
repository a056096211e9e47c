//! One account of a kind, told of by environment variables alone: `CAURI_STRIPE_WEBHOOK_SECRET`,
//! `CAURI_STRIPE_API_KEY`, `CAURI_STRIPE_LEDGERS` and so on, one for each setting of the kind.
//!
//! Lists have commas between. Each variable may have `_FILE` after its name, and is then the path
//! of a file with the value. The account has the kind's name, and there is one as soon as one of
//! its variables is set; `CAURI_SIM_URL` alone is only an address.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use super::secret::{Problem, in_file};
use super::{AccountError, Kind, LedgersOf, ProviderAccount, Setting, usual_ledgers};

/// The account of a kind that the environment tells of, if it tells of one.
pub(super) fn account(kind: Kind) -> Result<Option<ProviderAccount>, AccountError> {
    read(kind, &|name| std::env::var(name).ok())
}

pub(super) fn read(
    kind: Kind,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<ProviderAccount>, AccountError> {
    let value = |name: String| value(&name, variable);
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

/// A variable's value, or what is in the file that its `_FILE` names; empty is as good as unset.
fn value(
    name: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<SecretString>, AccountError> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
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
        let set: BTreeMap<_, _> = set.iter().copied().collect();
        read(kind, &|name| set.get(name).map(|value| (*value).to_owned()))
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
