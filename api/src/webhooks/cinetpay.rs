//! CinetPay: a form that says that something happened, never what.
//!
//! Its token (`x-token`) is an HMAC over fields that are put together without anything between
//! them, so that digits can move from the date to the amount under the same token. And its status
//! is a sentence. So a notification is a hint: the payment is read at CinetPay before anything is
//! booked. `cpm_trans_id` is ours: the pay-in's id, with or without hyphens.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use super::amount::{IsoCurrency, WireAmount};
use super::fact::{Fact, reason};
use super::json::Node;
use super::signature::only;
use super::{Named, Question, Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "cinetpay";
/// Where its token is.
pub const HEADER: &str = "x-token";

/// Which field of a transfer's notification is our own id of it.
const TRANSFER: &str = "client_transaction_id";

/// What is signed, in this order; an older page leaves the last one out.
pub const SIGNED: [&str; 16] = [
    "cpm_site_id",
    "cpm_trans_id",
    "cpm_trans_date",
    "cpm_amount",
    "cpm_currency",
    "signature",
    "payment_method",
    "cel_phone_num",
    "cpm_phone_prefixe",
    "cpm_language",
    "cpm_version",
    "cpm_payment_config",
    "cpm_page_action",
    "cpm_custom",
    "cpm_designation",
    "cpm_error_message",
];

/// The longest form that is read, in fields.
const MOST_FIELDS: usize = 64;

/// Proves the sender and reads the form.
pub(super) fn receive(
    secrets: &[Named<SecretString>],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Reading, Option<String>), WebhookError> {
    let form = form(body)?;
    if is_transfer(headers, &form) {
        return Ok((transfer(&form)?, None));
    }
    let token = only(headers, HEADER)?;
    let mut key = None;
    for secret in secrets {
        let mut fits = Choice::from(0);
        for fields in [&SIGNED[..], &SIGNED[..15]] {
            fits |= self::token(&secret.key, &form, fields).as_bytes().ct_eq(token.as_bytes());
        }
        if bool::from(fits) {
            key = Some(secret.id.clone());
        }
    }
    let key = key.ok_or(WebhookError::BadSignature)?;
    Ok((reading(&form)?, Some(key)))
}

/// Reads a form that was proved when it came, or needed no proof.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Reading, WebhookError> {
    let form = form(body)?;
    match is_transfer(headers, &form) {
        true => transfer(&form),
        false => reading(&form),
    }
}

fn is_transfer(headers: &HeaderMap, form: &BTreeMap<String, String>) -> bool {
    !headers.contains_key(HEADER) && form.contains_key(TRANSFER)
}

fn reading(form: &BTreeMap<String, String>) -> Result<Reading, WebhookError> {
    let transaction = form.get("cpm_trans_id").map(String::as_str).unwrap_or_default();
    if !is_plain(transaction) {
        return Err(WebhookError::body("cpm_trans_id", "is not 1 to 64 letters, digits, _ and -"));
    }
    Ok(Reading {
        delivery_id: None,
        kind: "notification".to_owned(),
        facts: Vec::new(),
        question: Some(Question::Cinetpay { transaction: transaction.to_owned() }),
        unreadable: None,
    })
}

/// What a notification of a transfer is about. It has no token, so anybody may send it: nothing else
/// of it is read.
fn transfer(form: &BTreeMap<String, String>) -> Result<Reading, WebhookError> {
    let id = form.get(TRANSFER).filter(|id| id.len() == 36 || id.len() == 32);
    let withdrawal = id
        .and_then(|id| uuid::Uuid::try_parse(id).ok())
        .ok_or_else(|| WebhookError::body(TRANSFER, "is not a UUID"))?;
    Ok(Reading {
        delivery_id: None,
        kind: "transfer".to_owned(),
        facts: Vec::new(),
        question: Some(Question::CinetpayTransfer { withdrawal }),
        unreadable: None,
    })
}

/// The token of a form: the hexadecimal HMAC-SHA256 of these fields' values, one after the other.
#[must_use]
pub fn token(secret: &SecretString, form: &BTreeMap<String, String>, fields: &[&str]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of every length");
    for field in fields {
        mac.update(form.get(*field).map(String::as_bytes).unwrap_or_default());
    }
    hex::encode(mac.finalize().into_bytes())
}

fn form(body: &[u8]) -> Result<BTreeMap<String, String>, WebhookError> {
    let mut form = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(body).take(MOST_FIELDS) {
        if form.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(WebhookError::body(name, "occurs twice"));
        }
    }
    Ok(form)
}

fn is_plain(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// What the check of a transaction answers, as facts.
pub(crate) fn checked(transaction: &str, answer: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let Some(data) = answer.find("data") else { return Ok(Vec::new()) };
    let reference = uuid::Uuid::try_parse(transaction).ok();
    let object = transaction.to_owned();
    Ok(match data.find("status").and_then(|status| status.as_text()) {
        Some("ACCEPTED") => {
            let currency = IsoCurrency::read(&data.field("currency")?)?;
            let node = data.field("amount")?;
            let amount = match node.as_text() {
                Some(_) => WireAmount::from_decimal(&node, currency)?,
                None => WireAmount::from_integer(&node, 0, currency)?,
            };
            vec![Fact::PayinSucceeded { reference, object, amount }]
        }
        Some("REFUSED") => {
            let reason = reason(answer.find("message"), "refused");
            vec![Fact::PayinDeclined { reference, object, reason }]
        }
        // WAITING_FOR_CUSTOMER and its like.
        Some(_) | None => Vec::new(),
    })
}
