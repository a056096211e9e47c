//! The file of accounts.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::secret::{Problem, referred};
use super::{AccountError, Kind, LedgersOf, ProviderAccount, Setting, usual_ledgers};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    account: Vec<Entry>,
    /// Read by [`crate::providers::routes`].
    #[serde(default, rename = "route")]
    _routes: Vec<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    kind: Option<String>,
    ledgers: Option<Vec<String>>,
    #[serde(default)]
    webhook_secrets: Vec<String>,
    #[serde(default)]
    settings: BTreeMap<String, toml::Value>,
}

/// Reads the accounts of a file.
pub(super) fn read(path: &Path) -> Result<Vec<ProviderAccount>, AccountError> {
    let place = path.display().to_string();
    let error = |problem| AccountError {
        place: place.clone(),
        field: "the file of accounts".to_owned(),
        problem: Problem::Invalid(problem),
    };
    let text = std::fs::read_to_string(path)
        .map_err(|failure| error(format!("cannot be read: {failure}")))?;
    // Not the whole message: it repeats the line at fault, which may hold what should not be there.
    let file: File = toml::from_str(&text).map_err(|failure| {
        let line = failure.span().map_or(1, |span| {
            text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
        });
        error(format!("cannot be read at line {line}: {}", failure.message()))
    })?;
    file.account.into_iter().map(|entry| account(&place, entry)).collect()
}

fn account(file: &str, entry: Entry) -> Result<ProviderAccount, AccountError> {
    let place = format!("{file}: the account {:?}", entry.name);
    let error = |field: &str, problem| AccountError {
        place: place.clone(),
        field: field.to_owned(),
        problem,
    };
    let invalid = |field: &str, reason: String| error(field, Problem::Invalid(reason));
    let name = entry.name.parse().map_err(|reason: cauri_domain::TextError| {
        invalid("name", format!("is not a provider's short name: {reason}"))
    })?;
    let kind: Kind = entry
        .kind
        .as_deref()
        .unwrap_or(&entry.name)
        .parse()
        .map_err(|reason: super::UnknownKind| invalid("kind", reason.to_string()))?;
    let ledgers = match entry.ledgers {
        None => usual_ledgers(kind),
        Some(names) if names.is_empty() => {
            return Err(invalid("ledgers", "names no ledger".to_owned()));
        }
        Some(names) => LedgersOf::read(names.iter().map(String::as_str))
            .map_err(|reason| invalid("ledgers", reason.to_string()))?,
    };
    let mut webhook_secrets = Vec::new();
    for (index, text) in entry.webhook_secrets.iter().enumerate() {
        let field = format!("webhook_secrets[{index}]");
        webhook_secrets.push(elsewhere(text).map_err(|problem| error(&field, problem))?);
    }
    let mut settings = BTreeMap::new();
    for (name, value) in entry.settings {
        let field = format!("settings.{name}");
        let rules = kind.settings();
        let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
            let names: Vec<_> = rules.iter().map(|rule| rule.name).collect();
            let reason = format!("is no setting of {kind}; it has: {}", names.join(", "));
            return Err(invalid(&field, reason));
        };
        let text = plain(&value).ok_or_else(|| {
            invalid(&field, "is not text, a whole number, true, false, or a list of text".into())
        })?;
        let setting = match rule.is_secret {
            true => Setting::Secret(elsewhere(&text).map_err(|problem| error(&field, problem))?),
            // What is no secret may stand here, and be elsewhere all the same.
            false => Setting::Plain(match referred(&text) {
                None => text,
                Some(value) => {
                    value.map_err(|problem| error(&field, problem))?.expose_secret().to_owned()
                }
            }),
        };
        settings.insert(name, setting);
    }
    let account =
        ProviderAccount { name, kind, ledgers, webhook_secrets, settings, place, in_file: true };
    account.check()?;
    Ok(account)
}

/// A secret, which is not in this file.
fn elsewhere(text: &str) -> Result<SecretString, Problem> {
    referred(text).unwrap_or(Err(Problem::InTheOpen))
}

/// A value as text; a list with commas between.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(is_so) => Some(is_so.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| item.as_str()).collect();
            items.map(|items| items.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
