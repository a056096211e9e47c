//! A scheme that is told in an account's settings (`kind = "hmac"`), for gateways that have no
//! adapter of their own, such as a marketplace's.
//!
//! | setting | says | else |
//! | --- | --- | --- |
//! | `format` | `pairs`: one header of `key=value`; `plain`: one header that is the signature; `headers`: a header each | |
//! | `header` | the header of the signature | |
//! | `separator` | of pairs: what stands between them | `,` |
//! | `timestamp_key`, `signature_keys` | of pairs: the key of the time, and those of signatures | no time |
//! | `timestamp_header`, `id_header` | of headers: those of the time and of the delivery's id | none |
//! | `signature_version` | of headers: the signature stands in a list of `version,signature` | it stands alone |
//! | `algorithm` | `sha256`, `sha512` | `sha256` |
//! | `encoding` | `hex`, `base64` | `hex` |
//! | `signed` | what is signed: text with `{id}`, `{timestamp}`, `{body}` in it | `{body}` |
//! | `tolerance_s` | how far from now a signed time may be | 300 |
//! | `refuses_future` | whether that holds for times in the future too | `true` |
//! | `key` | the secret is the key (`whole`), or the text (`after`) or the base64 (`base64`) behind `key_prefix` | `whole` |
//!
//! Its deliveries are in the simulated provider's neutral words.
//!
//! Invariant: a scheme by which one signature fits two deliveries is refused at the start. So what
//! is sent beside the body must be signed, and no part may flow into the next.

use super::signature::{Algorithm, Carrier, Encoding, KeyText, Part, Scheme};
use crate::providers::{AccountError, ProviderAccount};

/// The scheme that an account's settings tell.
///
/// # Errors
/// The first setting that is missing or makes no safe scheme.
pub fn scheme(account: &ProviderAccount) -> Result<Scheme, AccountError> {
    let carrier = carrier(account)?;
    let signed = parts(account)?;
    let (id, timestamp) = match carrier {
        Carrier::Plain { .. } => (None, None),
        Carrier::Pairs { timestamp, .. } => (None, timestamp),
        Carrier::Headers { id, timestamp, .. } => (id, timestamp),
    };
    for (part, sent, name) in [(Part::Id, id, "{id}"), (Part::Timestamp, timestamp, "{timestamp}")]
    {
        match (sent.is_some(), signed.contains(&part)) {
            (true, false) => {
                return Err(account.invalid("signed", format!("leaves out {name}, which is sent")));
            }
            (false, true) => {
                return Err(account.invalid("signed", format!("has {name}, which is not sent")));
            }
            _ => {}
        }
    }
    let tolerance = account.setting("tolerance_s").unwrap_or("300");
    let tolerance_s = tolerance
        .parse()
        .map_err(|_| account.invalid("tolerance_s", "is not a whole number of seconds"))?;
    let prefix = kept(account.setting("key_prefix").unwrap_or_default());
    Ok(Scheme {
        carrier,
        signed: signed.leak(),
        algorithm: chosen(
            account,
            "algorithm",
            "sha256",
            &[("sha256", Algorithm::HmacSha256), ("sha512", Algorithm::HmacSha512)],
        )?,
        encoding: chosen(
            account,
            "encoding",
            "hex",
            &[("hex", Encoding::Hex), ("base64", Encoding::Base64)],
        )?,
        key: chosen(
            account,
            "key",
            "whole",
            &[
                ("whole", KeyText::Whole),
                ("after", KeyText::After(prefix)),
                ("base64", KeyText::Base64After(prefix)),
            ],
        )?,
        // Of no meaning where no time is signed.
        tolerance_s: if timestamp.is_some() { tolerance_s } else { 0 },
        refuses_future: chosen(
            account,
            "refuses_future",
            "true",
            &[("true", timestamp.is_some()), ("false", false)],
        )?,
    })
}

fn carrier(account: &ProviderAccount) -> Result<Carrier, AccountError> {
    let format = account.required("format")?;
    let of_another = |names: &[&str]| {
        let name = names.iter().find(|name| account.setting(name).is_some())?;
        Some(account.invalid(name, format!("has no meaning with the format {format}")))
    };
    let header = header(account, "header")?.ok_or_else(|| missing(account, "header"))?;
    let of_pairs = ["separator", "timestamp_key", "signature_keys"];
    let of_headers = ["timestamp_header", "id_header", "signature_version"];
    match format {
        "plain" => match of_another(&of_pairs).or_else(|| of_another(&of_headers)) {
            Some(error) => Err(error),
            None => Ok(Carrier::Plain { header }),
        },
        "pairs" => {
            if let Some(error) = of_another(&of_headers) {
                return Err(error);
            }
            let mut separator = account.setting("separator").unwrap_or(",").chars();
            let (Some(separator), None) = (separator.next(), separator.next()) else {
                return Err(account.invalid("separator", "is not one character"));
            };
            if separator == '=' || separator.is_ascii_alphanumeric() {
                return Err(account.invalid("separator", "may stand in a pair"));
            }
            let signatures: Vec<_> = account.list("signature_keys").map(kept).collect();
            if signatures.is_empty() {
                return Err(missing(account, "signature_keys"));
            }
            let timestamp = account.setting("timestamp_key").map(kept);
            let signatures: &'static [&'static str] = signatures.leak();
            if timestamp.is_some_and(|key| signatures.contains(&key)) {
                return Err(account.invalid("timestamp_key", "is a signature's too"));
            }
            Ok(Carrier::Pairs { header, separator, timestamp, signatures })
        }
        "headers" => match of_another(&of_pairs) {
            Some(error) => Err(error),
            None => Ok(Carrier::Headers {
                id: self::header(account, "id_header")?,
                timestamp: self::header(account, "timestamp_header")?,
                signature: header,
                version: account.setting("signature_version").map(kept),
            }),
        },
        _ => Err(account.invalid("format", "is none of: pairs, plain, headers")),
    }
}

/// A header's name, which is sent in any case and looked for in lower case.
fn header(account: &ProviderAccount, name: &str) -> Result<Option<&'static str>, AccountError> {
    let Some(text) = account.setting(name) else { return Ok(None) };
    let text = text.to_ascii_lowercase();
    match axum::http::HeaderName::from_bytes(text.as_bytes()) {
        Ok(_) => Ok(Some(kept(&text))),
        Err(_) => Err(account.invalid(name, "is no name of a header")),
    }
}

/// The parts of what is signed.
fn parts(account: &ProviderAccount) -> Result<Vec<Part>, AccountError> {
    let invalid = |reason: &str| account.invalid("signed", reason);
    let mut rest = account.setting("signed").unwrap_or("{body}");
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (text, after) = rest.split_once('{').unwrap_or((rest, ""));
        if !text.is_empty() {
            parts.push(Part::Text(kept(text)));
        }
        if text.len() == rest.len() {
            break;
        }
        let (name, after) = after.split_once('}').ok_or_else(|| invalid("has a { without a }"))?;
        let part = match name {
            "id" => Part::Id,
            "timestamp" => Part::Timestamp,
            "body" => Part::Body,
            _ => return Err(invalid("has a name that is none of: {id}, {timestamp}, {body}")),
        };
        if parts.contains(&part) {
            return Err(invalid("has a name twice"));
        }
        parts.push(part);
        rest = after;
    }
    if !parts.contains(&Part::Body) {
        return Err(invalid("leaves out {body}"));
    }
    for pair in parts.windows(2) {
        // An id is letters, digits, _ and -; a time is digits; a body begins with a brace.
        let may_flow = match pair {
            [Part::Id, Part::Text(text)] => {
                text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-')
            }
            [Part::Timestamp, Part::Text(text)] => text.starts_with(|c: char| c.is_ascii_digit()),
            [Part::Timestamp, Part::Body] | [Part::Body, Part::Text(_)] | [Part::Text(_), _] => {
                false
            }
            _ => true,
        };
        if may_flow {
            return Err(invalid("has parts that flow into each other: put a full stop between"));
        }
    }
    Ok(parts)
}

/// The value that a setting's word means.
fn chosen<T: Copy>(
    account: &ProviderAccount,
    name: &str,
    otherwise: &str,
    words: &[(&str, T)],
) -> Result<T, AccountError> {
    let word = account.setting(name).unwrap_or(otherwise);
    let meant = words.iter().find_map(|(it, value)| (*it == word).then_some(*value));
    meant.ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        account.invalid(name, format!("is none of: {}", words.join(", ")))
    })
}

fn missing(account: &ProviderAccount, name: &str) -> AccountError {
    account.error(name, crate::providers::Problem::Missing)
}

/// Keeps a text of the configuration for as long as the process lives: schemes are as constant as
/// those that are written in the code, and there are only so many.
fn kept(text: &str) -> &'static str {
    text.to_owned().leak()
}
