//! PayPal: an event that names an object, which is then read at PayPal.
//!
//! PayPal signs a checksum of the body (CRC32), and another body with the same checksum is made in
//! seconds: a genuine signature proves that PayPal sent something, not that it sent this. So the
//! event is a hint. PayPal itself is asked whether it sent it, and for the object as it stands;
//! what is booked is what PayPal answers.
//!
//! Our own id is the `custom_id` of an order (a pay-in) and of a refund. An order that was approved
//! is not money: it is authorised, and then captured. There is no XOF at PayPal.

use axum::http::HeaderMap;

use super::json::Node;
use super::signature::only;
use super::{Question, Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "paypal";

/// What PayPal is asked to prove, as the delivery's headers say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// `PAYPAL-AUTH-ALGO`.
    pub auth_algo: String,
    /// `PAYPAL-CERT-URL`.
    pub cert_url: String,
    /// `PAYPAL-TRANSMISSION-ID`.
    pub transmission_id: String,
    /// `PAYPAL-TRANSMISSION-SIG`.
    pub transmission_sig: String,
    /// `PAYPAL-TRANSMISSION-TIME`.
    pub transmission_time: String,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An order that its payer approved.
    Order(String),
    /// A captured payment.
    Capture(String),
    /// Money given back.
    Refund(String),
    /// A dispute.
    Dispute(String),
}

impl Proof {
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, WebhookError> {
        let text = |name: &'static str| only(headers, name).map(str::to_owned);
        let proof = Self {
            auth_algo: text("paypal-auth-algo")?,
            cert_url: text("paypal-cert-url")?,
            transmission_id: text("paypal-transmission-id")?,
            transmission_sig: text("paypal-transmission-sig")?,
            transmission_time: text("paypal-transmission-time")?,
        };
        // A stranger's delivery costs PayPal no question if it does not even look right.
        let url = url::Url::parse(&proof.cert_url).ok();
        let is_paypals = url.as_ref().is_some_and(|url| {
            let host = url.host_str().unwrap_or_default();
            url.scheme() == "https"
                && (host == "paypal.com" || host.ends_with(".paypal.com"))
                && url.port().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        if !is_paypals {
            return Err(WebhookError::MalformedHeader {
                name: "paypal-cert-url",
                reason: "it is not on a host of PayPal's",
            });
        }
        Ok(proof)
    }
}

/// Whether an address of PayPal's is one where certificates are: nothing else is fetched there.
pub(super) fn is_certificate(url: &str) -> bool {
    let url = url::Url::parse(url).ok();
    url.is_some_and(|url| {
        url.path().starts_with("/v1/notifications/certs/") && url.query().is_none()
    })
}

/// Reads an event. A proof that is given is still to be asked of PayPal.
pub(super) fn receive(proof: Option<Proof>, event: &Node<'_>) -> Result<Reading, WebhookError> {
    let kind = event.field("event_type")?.token()?;
    let id = |name: &str| {
        Ok::<_, WebhookError>(event.field("resource")?.field(name)?.token()?.to_owned())
    };
    let about = match kind {
        "CHECKOUT.ORDER.APPROVED" => Some(About::Order(id("id")?)),
        "PAYMENT.CAPTURE.PENDING"
        | "PAYMENT.CAPTURE.COMPLETED"
        | "PAYMENT.CAPTURE.DENIED"
        | "PAYMENT.CAPTURE.DECLINED" => Some(About::Capture(id("id")?)),
        // Its resource is the refund; the capture only stands in a link.
        "PAYMENT.CAPTURE.REFUNDED" => Some(About::Refund(id("id")?)),
        // PAYMENT.CAPTURE.REVERSED has no effect: the money is told by the dispute, once.
        "CUSTOMER.DISPUTE.CREATED" | "CUSTOMER.DISPUTE.UPDATED" | "CUSTOMER.DISPUTE.RESOLVED" => {
            Some(About::Dispute(id("dispute_id")?))
        }
        _ => None,
    };
    Ok(Reading {
        delivery_id: Some(event.field("id")?.token()?.to_owned()),
        kind: kind.to_owned(),
        facts: Vec::new(),
        question: about.map(|about| Question::Paypal { proof, about }),
        unreadable: None,
    })
}
