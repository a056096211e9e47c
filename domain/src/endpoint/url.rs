//! Where an endpoint is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::{TextError, is_card_number};

/// The longest address, in characters.
const LONGEST: usize = 255;
/// The shortest segment of a path that could be a phone number: seven digits (ITU-T E.164 has none
/// shorter with its country code).
const NUMBER_LEAST: usize = 7;

/// The address of an endpoint: `https://shop.example/hooks/cauri`.
///
/// It is on record for ever, so it has no user, no password, no query and no fragment, where secrets
/// and persons are put, and no part of its path is a phone or card number. Plain `http` is an address
/// too: whether a deployment sends to it depends on where it stands, which is no rule of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EndpointUrl(Arc<str>);

impl EndpointUrl {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets; perhaps a port.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let fits = |b: u8| b.is_ascii_digit() || b"abcdef:.".contains(&b);
            if address.is_empty() || !address.bytes().all(fits) {
                return false;
            }
            (None, rest.strip_prefix(':').or_else(|| rest.is_empty().then_some("443")))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), Some("443")),
        },
    };
    let is_label = |label: &str| {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        !label.is_empty() && label.bytes().all(fits)
    };
    let is_port = |port: &str| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|it| it > 0)
    };
    host.is_none_or(|host| host.split('.').all(is_label)) && port.is_some_and(is_port)
}

fn is_path(text: &str) -> bool {
    text.split('/').all(|segment| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"._~-".contains(&b);
        let is_number =
            segment.len() >= NUMBER_LEAST && segment.bytes().all(|b| b.is_ascii_digit());
        segment.bytes().all(fits) && !is_number && ![".", ".."].contains(&segment)
    })
}

impl FromStr for EndpointUrl {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        let allowed = "https://host/path in lower-case letters, digits and . _ ~ -, without user, query or fragment";
        let bad = || TextError::NotAllowed { longest: LONGEST, allowed };
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let rest = rest.filter(|_| text.len() <= LONGEST).ok_or_else(bad)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if path.split('/').any(is_card_number) {
            return Err(TextError::CardNumber);
        }
        if is_authority(authority) && is_path(path) { Ok(Self(text.into())) } else { Err(bad()) }
    }
}

impl TryFrom<String> for EndpointUrl {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<EndpointUrl> for String {
    fn from(url: EndpointUrl) -> Self {
        url.0.as_ref().to_owned()
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_perhaps_a_port_and_a_path() {
        for text in [
            "https://shop.example",
            "https://shop.example/",
            "https://shop.example:8443/hooks/Cauri_v2~x",
            "http://127.0.0.1:9000/",
            "https://[2001:db8::1]/hook",
            "https://[::1]:8080/hook",
            "https://hook-receiver/a/123456/b",
        ] {
            assert!(text.parse::<EndpointUrl>().is_ok(), "{text}");
        }
    }

    #[test]
    fn secrets_and_persons_have_no_way_in() {
        for text in [
            "",
            "shop.example",
            "ftp://shop.example",
            "https://",
            "https:///path",
            "https://ama:secret@shop.example/",
            "https://shop.example/?token=abc",
            "https://shop.example/#abc",
            "https://shop.example/ama@mail.example",
            "https://shop.example/+22890000000",
            "https://shop.example/22890000000/x",
            "https://shop.example/4242424242424242",
            "https://shop.example/4242-4242-4242-4242",
            "https://shop.example/../admin",
            "https://shop.example/a%2e",
            "https://Shop.example/",
            "https://shop..example/",
            "https://shop.example:0/",
            "https://shop.example:99999/",
            "https://shop.example:/",
            "https://shop.example:+80/",
            "https://[::1/",
            "https://[]/",
            "https://[::1]x/",
            "https://shop.example\\@evil.example/",
            "https://shop example/",
        ] {
            assert!(text.parse::<EndpointUrl>().is_err(), "{text}");
        }
        let long = format!("https://shop.example/{}", "a".repeat(255));
        assert!(long.parse::<EndpointUrl>().is_err());
    }
}
