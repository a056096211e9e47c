//! What is kept of a delivery, sealed by the vault under a key of its own.
//!
//! The body is kept byte for byte, and with it the headers that its proof stands in: a provider
//! that must be asked again is asked with them.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// A body could not be encrypted or decrypted. Says nothing of why: that would tell of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It cannot be encrypted.
    #[error("the body could not be encrypted")]
    NotSealed,
    /// It was encrypted under another key, for another row, or was altered.
    #[error("the body could not be decrypted")]
    NotOpened,
}

/// What a body is bound to, so that one in another row's place does not open.
pub(super) fn context(id: Uuid) -> Vec<u8> {
    [b"inbox.body".as_slice(), id.as_bytes()].concat()
}

/// The most bytes of headers that are kept. Longer ones are nobody's proof.
const MOST_HEADER_BYTES: usize = 16 * 1024;

/// Headers that prove nothing: of the connection, or secrets of somebody between.
const LEFT_OUT: [&str; 12] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "forwarded",
    "host",
    "proxy-authorization",
    "user-agent",
    "x-forwarded-for",
    "x-real-ip",
];

/// A delivery as it came.
#[derive(Debug)]
pub struct Content<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body.
    pub body: &'a [u8],
}

impl Content<'_> {
    /// As bytes: the length of the headers in four bytes, the headers as JSON pairs, the body.
    pub(super) fn encode(&self) -> Result<Vec<u8>, SealError> {
        let pairs: Vec<(&str, &str)> = self
            .headers
            .iter()
            .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()))
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let mut head = serde_json::to_vec(&pairs).map_err(|_| SealError::NotSealed)?;
        if head.len() > MOST_HEADER_BYTES {
            head = b"[]".to_vec();
        }
        let length = u32::try_from(head.len()).map_err(|_| SealError::NotSealed)?;
        let mut bytes = Vec::with_capacity(4 + head.len() + self.body.len());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(self.body);
        Ok(bytes)
    }

    /// Headers and body of what [`Content::encode`] made.
    pub(super) fn decode(bytes: &[u8]) -> Result<(HeaderMap, Vec<u8>), SealError> {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(SealError::NotOpened)?;
        let length = usize::try_from(u32::from_be_bytes(*length));
        let length = length.map_err(|_| SealError::NotOpened)?;
        let (head, body) = rest.split_at_checked(length).ok_or(SealError::NotOpened)?;
        let pairs: Vec<(String, String)> =
            serde_json::from_slice(head).map_err(|_| SealError::NotOpened)?;
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::try_from(name).map_err(|_| SealError::NotOpened)?;
            let value = HeaderValue::try_from(value).map_err(|_| SealError::NotOpened)?;
            headers.append(name, value);
        }
        Ok((headers, body.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_kept_byte_for_byte_and_without_others_secrets() {
        let mut headers = HeaderMap::new();
        headers.append("stripe-signature", HeaderValue::from_static("t=1,v1=a"));
        headers.append("x-two", HeaderValue::from_static("a"));
        headers.append("x-two", HeaderValue::from_static("b"));
        headers.append("authorization", HeaderValue::from_static("Bearer secret"));
        let body = b"{\"a\":\"\\u0026\xff\"}\r\n";
        let kept = Content { headers: &headers, body }.encode().unwrap();
        assert!(!String::from_utf8_lossy(&kept).contains("secret"));
        let (read, bytes) = Content::decode(&kept).unwrap();
        assert_eq!(bytes, body);
        headers.remove("authorization");
        assert_eq!(read, headers);
    }

    #[test]
    fn what_is_cut_short_is_no_delivery() {
        let body = b"{}";
        let kept = Content { headers: &HeaderMap::new(), body }.encode().unwrap();
        for length in 0..5 {
            assert!(Content::decode(&kept[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn too_many_headers_are_left_out_and_the_body_is_kept() {
        let mut headers = HeaderMap::new();
        headers.append("x-long", HeaderValue::try_from("a".repeat(20_000)).unwrap());
        let kept = Content { headers: &headers, body: b"body" }.encode().unwrap();
        assert_eq!(Content::decode(&kept).unwrap(), (HeaderMap::new(), b"body".to_vec()));
    }
}
