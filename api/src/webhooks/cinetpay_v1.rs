//! CinetPay's newer interface (`/v1`): a notification in JSON with a token of its payment's own.
//!
//! Known from one public integration. The token (`notify_token`) is what CinetPay answered when the
//! payment was begun. No payment is begun from here: whoever begins one has its token kept
//! (`keepNotifyToken`), and then a notification with another is refused. The token signs nothing of
//! the body: with the right one or where none is kept, the payment is read at CinetPay
//! (`GET /v1/payment/{id}`) before anything is booked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

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

/// Our own id as a payment's there: in 22 letters, for it may have 30, and a UUID is longer.
pub(crate) fn name_of(payment: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(payment.as_bytes())
}

/// Our own id in what CinetPay says of a payment: in 22 letters, or as a UUID.
pub(crate) fn ours(of: &Node<'_>) -> Option<Uuid> {
    let name = of.find("merchant_transaction_id")?;
    let short = || Uuid::from_slice(&URL_SAFE_NO_PAD.decode(name.as_text()?).ok()?).ok();
    reference([of.find("merchant_transaction_id")]).or_else(short)
}

/// Reads a notification.
pub(super) fn receive(body: &Node<'_>) -> Result<Reading, WebhookError> {
    let token = body.field("notify_token")?;
    if token.text()?.is_empty() {
        return Err(token.refuse("is empty"));
    }
    let named = body.field("merchant_transaction_id")?;
    let payment = ours(body).ok_or_else(|| named.refuse("is no id of ours"))?;
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
    use crate::webhooks::json::Json;

    #[test]
    fn our_id_is_short_enough_and_read_again() {
        let id = Uuid::from_u128(0x6f3c_2b1a_9d8e_4f70_8a61_5b4c_3d2e_1f00);
        let name = name_of(id);
        assert_eq!(name.len(), 22);
        let read = |name: &str| {
            let body = format!(r#"{{"merchant_transaction_id":"{name}"}}"#);
            Json::parse(body.as_bytes()).ok().and_then(|json| ours(&json.root()))
        };
        assert_eq!(read(&name), Some(id));
        assert_eq!(read(&id.to_string()), Some(id));
        assert_eq!((read("theirs"), read(&name[1..]), read("")), (None, None, None));
    }

    #[test]
    fn a_token_is_compared_and_never_shown() {
        let token = NotifyToken::of("a-token");
        assert!(token.fits(&SecretString::from("a-token")));
        assert!(!token.fits(&SecretString::from("another")));
        assert!(!format!("{token:?}").contains("a-token"));
    }
}
