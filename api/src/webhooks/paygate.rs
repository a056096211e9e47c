//! PayGate Global (YAS/T-Money and FLOOZ in Togo): unsigned notifications, which are hints.
//!
//! Known from public integrations, not from pages of PayGate's own. What a notification says of an
//! amount or a state is not even read: `identifier` is ours, and PayGate is asked for it.

use super::fact::reference;
use super::json::Node;
use super::{Question, Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "paygate";

/// Reads a notification, whoever sent it.
pub(super) fn receive(body: &Node<'_>) -> Result<Reading, WebhookError> {
    let identifier = body.field("identifier")?;
    let id = reference([Some(body.field("identifier")?)])
        .ok_or_else(|| identifier.refuse("is not a UUID"))?;
    Ok(Reading {
        delivery_id: None,
        kind: "notification".to_owned(),
        facts: Vec::new(),
        question: Some(Question::Paygate { identifier: id }),
        unreadable: None,
    })
}
