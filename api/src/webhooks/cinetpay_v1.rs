//! CinetPay's newer interface (`/v1`): a notification in JSON with a token of its payment's own.
//!
//! Known from one public integration. The token (`notify_token`) is what CinetPay answered when the
//! payment was begun, so it can be compared only by whoever kept that answer; it signs nothing of
//! the body. So a notification is a hint, and the payment is read at CinetPay
//! (`GET /v1/payment/{id}`) before anything is booked.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::fact::reference;
use super::json::Node;
use super::{Question, Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "cinetpay-v1";

/// The token that a notification names, as good as forgotten: only whether another is the same can
/// be asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyToken([u8; 32]);

impl NotifyToken {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// Whether it is the one that was answered when the payment was begun; in constant time.
    #[must_use]
    pub fn fits(&self, answered: &SecretString) -> bool {
        self.0.ct_eq(&Self::of(answered.expose_secret()).0).into()
    }
}

/// Reads a notification.
pub(super) fn receive(body: &Node<'_>) -> Result<Reading, WebhookError> {
    let token = body.field("notify_token")?;
    if token.text()?.is_empty() {
        return Err(token.refuse("is empty"));
    }
    let ours = body.field("merchant_transaction_id")?;
    let payment = reference([body.find("merchant_transaction_id")])
        .ok_or_else(|| ours.refuse("is not a UUID"))?;
    Ok(Reading {
        delivery_id: None,
        kind: "notification".to_owned(),
        facts: Vec::new(),
        question: Some(Question::CinetpayV1 { payment, token: NotifyToken::of(token.text()?) }),
        unreadable: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_compared_and_never_shown() {
        let token = NotifyToken::of("a-token");
        assert!(token.fits(&SecretString::from("a-token")));
        assert!(!token.fits(&SecretString::from("another")));
        assert!(!format!("{token:?}").contains("a-token"));
    }
}
