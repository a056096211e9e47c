//! What a delivery's headers claim, before any of it is believed.

use axum::http::HeaderMap;

use super::{Carrier, Scheme, malformed, only};
use crate::webhooks::WebhookError;

/// Signatures a delivery may carry: a rotation needs two, and each costs a comparison.
const MOST_SIGNATURES: usize = 16;
/// Length of the longest time: below it, no sum overflows.
const LONGEST_TIMESTAMP: usize = 12;

/// The claim.
pub(super) struct Claim<'a> {
    pub(super) id: Option<&'a str>,
    /// As it stands there, because so it is signed; empty where there is none.
    pub(super) timestamp: &'a str,
    pub(super) signed_at_s: Option<i64>,
    pub(super) signatures: Vec<&'a str>,
}

impl Scheme {
    pub(super) fn claim<'a>(&self, headers: &'a HeaderMap) -> Result<Claim<'a>, WebhookError> {
        match self.carrier {
            Carrier::Plain { header } => {
                Claim::try_new(None, None, header, vec![only(headers, header)?])
            }
            Carrier::Pairs { header, separator, timestamp, signatures } => {
                let mut times = Vec::new();
                let mut found = Vec::new();
                let pairs = only(headers, header)?.split(separator);
                for (key, value) in pairs.filter_map(|pair| pair.split_once('=')) {
                    if Some(key) == timestamp {
                        times.push(value);
                    } else if signatures.contains(&key) {
                        found.push(value);
                    }
                }
                let time = match (timestamp, times.as_slice()) {
                    (None, _) => None,
                    (Some(_), &[time]) => Some((header, time)),
                    (Some(_), _) => return Err(malformed(header, "there must be one time")),
                };
                Claim::try_new(None, time, header, found)
            }
            Carrier::Headers { id, timestamp, signature, version } => {
                let id = id.map(|name| plain_id(headers, name)).transpose()?;
                let signatures = only(headers, signature)?
                    .split(' ')
                    .filter_map(|item| match version {
                        None => Some(item),
                        Some(version) => {
                            item.split_once(',').and_then(|(v, it)| (v == version).then_some(it))
                        }
                    })
                    .collect();
                let time = timestamp.map(|name| Ok((name, only(headers, name)?))).transpose()?;
                Claim::try_new(id, time, signature, signatures)
            }
        }
    }
}

/// A delivery's id. The parts of what is signed are joined by other characters: one of those inside
/// an id would make two deliveries of one signed string.
fn plain_id<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, WebhookError> {
    let text = only(headers, name)?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !(1..=128).contains(&text.len()) || !text.bytes().all(is_plain) {
        return Err(malformed(name, "an id is 1 to 128 letters, digits, _ and -"));
    }
    Ok(text)
}

impl<'a> Claim<'a> {
    fn try_new(
        id: Option<&'a str>,
        time: Option<(&'static str, &'a str)>,
        header: &'static str,
        signatures: Vec<&'a str>,
    ) -> Result<Self, WebhookError> {
        let signed_at_s = time.map(|(header, text)| seconds(header, text)).transpose()?;
        if signatures.is_empty() {
            return Err(malformed(header, "it has no signature of the known kind"));
        }
        if signatures.len() > MOST_SIGNATURES {
            return Err(malformed(header, "it has too many signatures"));
        }
        let timestamp = time.map(|(_, text)| text).unwrap_or_default();
        Ok(Self { id, timestamp, signed_at_s, signatures })
    }
}

fn seconds(header: &'static str, text: &str) -> Result<i64, WebhookError> {
    let is_number =
        (1..=LONGEST_TIMESTAMP).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    seconds.ok_or_else(|| malformed(header, "the time is not in Unix seconds"))
}
