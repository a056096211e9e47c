//! Accounts and headers.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use cauri_api::providers::{Accounts, Kind, ProviderAccount};
use cauri_api::webhooks::{Providers, WebhookError};
use proptest::prelude::*;
use secrecy::SecretString;

pub const OURS: &str = "6f3c2b1a-9d8e-4f70-8a61-5b4c3d2e1f00";
pub const NOW: i64 = 1_790_000_000;

pub fn account(kind: Kind, secrets: &[&str], settings: &[(&str, &str)]) -> ProviderAccount {
    let secrets = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
    let account = ProviderAccount::usual(kind, secrets);
    settings.iter().fold(account, |account, (name, value)| account.with(name, value))
}

pub fn providers(account: ProviderAccount) -> Providers {
    Providers::try_new(&Accounts::try_from(vec![account]).unwrap()).unwrap()
}

/// Why an account cannot be used.
pub fn refusal(account: ProviderAccount) -> String {
    let accounts = Accounts::try_from(vec![account]);
    accounts.and_then(|accounts| Providers::try_new(&accounts)).unwrap_err().to_string()
}

pub fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, HeaderValue::from_str(value).unwrap());
    }
    map
}

/// The code of an error.
pub fn code<T: std::fmt::Debug>(result: Result<T, WebhookError>) -> &'static str {
    result.unwrap_err().code()
}

/// Header values of every kind, and bodies of every kind.
pub fn any_bytes() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let value = prop_oneof![
        prop::collection::vec(prop_oneof![0x20_u8..0x7f, 0x80_u8..=0xff], 0..120),
        "[a-z0-9=:;,.()\"@ -]{0,120}".prop_map(String::into_bytes),
    ];
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..120),
        r#"\{"[a-zA-Z_]{1,20}":("[a-z0-9-]{0,40}"|[0-9]{1,9}|null|\[\]|\{\})\}"#
            .prop_map(String::into_bytes),
    ];
    (value, body)
}
