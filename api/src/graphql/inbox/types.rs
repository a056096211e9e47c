//! Deliveries as they are seen.

use async_graphql::connection::CursorType;
use async_graphql::{Object, SimpleObject};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::words::DeliveryState;
use crate::graphql::scalars::RevisionNumber;
use crate::inbox::{Opened, Row};

/// A provider's delivery: all but its body.
#[derive(Debug, Clone)]
pub struct Delivery(pub(in crate::graphql) Row);

/// A webhook whose sender was proved, kept byte for byte.
#[Object]
impl Delivery {
    /// Its id here. The events that it led to name it as their correlation.
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// The provider's account that sent it.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The provider's id of the event; `sha256:` and the body's digest where it has none. What comes
    /// again under the same key with the same body is the same delivery.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// The provider's word for what happened.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Where it stands.
    async fn state(&self) -> DeliveryState {
        self.0.state.into()
    }

    /// SHA-256 of its body, in hexadecimal.
    async fn body_sha256(&self) -> String {
        hex::encode(&self.0.body_sha256)
    }

    /// Which of the account's secrets proved it: a short digest. None where its provider was asked
    /// instead.
    async fn key_id(&self) -> Option<&str> {
        self.0.key_id.as_deref()
    }

    /// When it came.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// How often it could not be applied.
    async fn tries(&self) -> i32 {
        self.0.tries
    }

    /// When it is tried next.
    async fn next_try_at(&self) -> Option<DateTime<Utc>> {
        self.0.next_try_at
    }

    /// Why it was not applied.
    async fn error(&self) -> Option<DeliveryError> {
        let (code, message) = (self.0.error_code.clone()?, self.0.error_message.clone()?);
        Some(DeliveryError { code, field: self.0.error_field.clone(), message })
    }

    /// The revision that it led to; where it told nothing new, the ledger's last one when that was found.
    async fn revision(&self) -> Option<RevisionNumber> {
        self.0.revision.map(|revision| cauri_domain::Revision(revision).into())
    }

    /// Whether its body is still kept.
    async fn has_body(&self) -> bool {
        self.0.has_body
    }
}

/// Why a delivery was not applied.
#[derive(Debug, SimpleObject)]
pub struct DeliveryError {
    /// The refusal's code, `UNAVAILABLE`, `UNCONFIRMED`, or what is wrong with the body.
    code: String,
    /// The field at fault, where there is one.
    field: Option<String>,
    /// For people.
    message: String,
}

/// The body of a delivery as it came.
#[derive(Debug, SimpleObject)]
pub struct DeliveryBody {
    /// All its bytes.
    base64: String,
    /// As text, where it is UTF-8.
    text: Option<String>,
}

impl From<Opened> for DeliveryBody {
    fn from(opened: Opened) -> Self {
        Self { base64: STANDARD.encode(&opened.body), text: String::from_utf8(opened.body).ok() }
    }
}

/// The place of a delivery in a list: its id, which is in the order of coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryCursor(pub(super) Uuid);

impl CursorType for DeliveryCursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        Uuid::try_parse(text).map(Self).map_err(|_| "not a cursor of this list")
    }

    fn encode_cursor(&self) -> String {
        self.0.simple().to_string()
    }
}
