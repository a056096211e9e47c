//! What is sent: an event of the log as JSON, the same bytes each time.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use cauri_domain::endpoint::Filter;
use cauri_domain::{Dimensions, EndpointId, LedgerId, Revision, WalletId};
use cauri_ledger::Recorded;

/// What a message is about that is no event: a person, or a probe, wants to know who answers.
pub const TEST: &str = "endpoint.test";

/// A message, ready to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same however often it is sent: receivers know by it what they had already.
    pub id: String,
    /// The type of the event.
    pub kind: String,
    /// The bytes that are signed and sent.
    pub body: Vec<u8>,
}

/// Whether a filter wants an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// It does not.
    No,
    /// It does.
    Yes(Message),
    /// It does where one of its wallets has part in something that has one of these ids.
    IfOf(Vec<Uuid>, Message),
}

/// The ids in a payload, each once. An id is 36 characters of hex and dashes: nothing else in a payload
/// could be taken for it. Accounts have the id of their wallet in their name.
fn ids(payload: &str) -> Vec<Uuid> {
    let words = payload.split(|it: char| !it.is_ascii_hexdigit() && it != '-');
    let ids = words.filter(|it| it.len() == 36).filter_map(|it| Uuid::try_parse(it).ok());
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The body, in this order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    ledger: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    recorded_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    command_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<&'a Dimensions>,
    data: &'a RawValue,
}

/// The id of an event's message: `evt_main_42`.
#[must_use]
pub fn event_id(ledger: &LedgerId, revision: Revision) -> String {
    format!("evt_{ledger}_{revision}")
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn json(body: &Body<'_>) -> Vec<u8> {
    serde_json::to_vec(body).expect("text and numbers have a JSON form")
}

impl Message {
    /// The message of an event, as far as its filter can be judged by the event alone.
    #[must_use]
    pub fn of(recorded: &Recorded, filter: &Filter) -> Wanted {
        let kind = recorded.event.wire_name();
        let labels = &recorded.cause.labels;
        // Most events need not be written to be left out.
        if !filter.wants(kind, labels.category.as_ref()) {
            return Wanted::No;
        }
        let mut payload = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut payload);
        recorded.event.serialize_payload(&mut serializer).expect("it was read from JSON");
        let payload = String::from_utf8(payload).expect("JSON is UTF-8");
        let named = if filter.wallets.is_empty() { Vec::new() } else { ids(&payload) };
        let data = RawValue::from_string(payload).expect("it was just written");
        let id = event_id(&recorded.ledger, recorded.revision);
        let body = json(&Body {
            id: &id,
            kind,
            ledger: recorded.ledger.as_str(),
            revision: Some(recorded.revision.0),
            recorded_at: time(recorded.recorded_at),
            command_id: Some(recorded.cause.command.0),
            correlation_id: Some(recorded.cause.correlation.0),
            category: labels.category.as_ref().map(|it| it.as_str()),
            reference: labels.reference.as_ref().map(|it| it.as_str()),
            dimensions: (!labels.dimensions.is_empty()).then_some(&labels.dimensions),
            data: &data,
        });
        let message = Self { id, kind: kind.to_owned(), body };
        let wallets: Vec<_> = named.iter().copied().map(WalletId).collect();
        if filter.wants_any_of(&wallets) {
            Wanted::Yes(message)
        } else {
            Wanted::IfOf(named, message)
        }
    }

    /// A message that says nothing but that it came.
    #[must_use]
    pub fn test(ledger: &LedgerId, endpoint: EndpointId, now: DateTime<Utc>) -> Self {
        let mut id = format!("evt_{ledger}_test_");
        write!(id, "{}", Uuid::new_v4().simple()).expect("into a string");
        let data = format!("{{\"endpoint\":\"{endpoint}\"}}");
        let data = RawValue::from_string(data).expect("an object");
        let body = json(&Body {
            id: &id,
            kind: TEST,
            ledger: ledger.as_str(),
            revision: None,
            recorded_at: time(now),
            command_id: None,
            correlation_id: None,
            category: None,
            reference: None,
            dimensions: None,
            data: &data,
        });
        Self { id, kind: TEST.to_owned(), body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_are_in_a_payload() {
        let [one, two] = [0xa, 0xb].map(Uuid::from_u128);
        let payload = format!(
            "{{\"escrow\":\"{two}\",\"reference\":\"order-{two}-x\",\"sha256\":\"{}\",\
             \"entry\":[[\"wallet:{one}:available\",\"D\",\"1\",\"XOF\"]]}}",
            "ab".repeat(32),
        );
        assert_eq!(ids(&payload), [one, two]);
        assert!(ids("{}").is_empty());
    }
}
