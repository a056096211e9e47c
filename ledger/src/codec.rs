//! Between an event and the bytes that are stored, hashed and read.
//!
//! One compact JSON object on one line, for ever:
//!
//! | key | is |
//! | --- | --- |
//! | `l` | ledger |
//! | `r` | revision |
//! | `u` | unit: its first revision and how many events it has |
//! | `t` | type and version |
//! | `at` | when it was recorded, UTC, microseconds |
//! | `c` | command id |
//! | `d` | SHA-256 of the command's content |
//! | `cor` | correlation id; absent where it is the command's own id |
//! | `cau` | revision of the event that led to the command, where there was one |
//! | `by` | actor: subject and role |
//! | `key` | which key proved the webhook that asked, where one did |
//! | `cat`, `ref`, `dim` | category, external reference, dimensions, where given |
//! | `p` | the payload of that type |

use std::io::Write as _;

use bytes::Bytes;
use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use cauri_domain::{
    Actor, Code, CommandId, CorrelationId, Dimensions, Event, KeyId, Labels, LedgerId, Reference,
    Revision, Role, Subject,
};

use crate::chain::Hash;
use crate::envelope::{Cause, Recorded, Unit};
use crate::store::RawEvent;

/// Stored bytes that are no event this software knows.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not the JSON object described above.
    #[error("revision {revision} is no event")]
    NotAnEvent {
        /// Which.
        revision: Revision,
        /// What the parser says.
        #[source]
        cause: serde_json::Error,
    },
    /// A type that this version of the software does not know.
    #[error("revision {revision} has the unknown type {wire_name:?}")]
    UnknownType {
        /// Which.
        revision: Revision,
        /// The type as written.
        wire_name: String,
    },
    /// The body says that it belongs elsewhere.
    #[error("revision {revision} holds the body of revision {claimed} of ledger {ledger}")]
    Misplaced {
        /// Where it was found.
        revision: Revision,
        /// What the body claims.
        claimed: Revision,
        /// The ledger that the body claims.
        ledger: LedgerId,
    },
    /// The body says that it belongs to a unit that does not reach it.
    #[error("revision {revision} is not in its own unit, {count} from {first} on")]
    NotInItsUnit {
        /// Which.
        revision: Revision,
        /// The first revision of the unit that the body claims.
        first: Revision,
        /// How many events that unit has.
        count: u32,
    },
}

/// What is the same for all events of a batch, made once.
#[derive(Debug)]
pub struct BatchHeader {
    ledger: LedgerId,
    recorded_at: [u8; 27],
}

impl BatchHeader {
    /// For events of `ledger` recorded at `at` (in whole microseconds).
    #[must_use]
    pub fn new(ledger: LedgerId, at: DateTime<Utc>) -> Self {
        Self { ledger, recorded_at: instant_text(at) }
    }

    /// Appends the body of one event to `out`.
    ///
    /// # Panics
    /// Never: writing JSON to memory cannot fail.
    pub fn encode(
        &self,
        out: &mut Vec<u8>,
        revision: Revision,
        unit: Unit,
        cause: &Cause,
        event: &Event,
    ) {
        out.extend_from_slice(b"{\"l\":\"");
        out.extend_from_slice(self.ledger.as_str().as_bytes());
        out.extend_from_slice(b"\",\"r\":");
        number(out, revision.0);
        out.extend_from_slice(b",\"u\":[");
        number(out, unit.first.0);
        out.push(b',');
        number(out, unit.count.into());
        out.extend_from_slice(b"],\"t\":\"");
        out.extend_from_slice(event.wire_name().as_bytes());
        out.extend_from_slice(b"\",\"at\":\"");
        out.extend_from_slice(&self.recorded_at);
        out.extend_from_slice(b"\",\"c\":\"");
        uuid(out, cause.command.0);
        out.extend_from_slice(b"\",\"d\":\"");
        out.extend_from_slice(&cause.digest.to_ascii());
        if cause.correlation.0 != cause.command.0 {
            out.extend_from_slice(b"\",\"cor\":\"");
            uuid(out, cause.correlation.0);
        }
        if let Some(revision) = cause.causation {
            out.extend_from_slice(b"\",\"cau\":");
            number(out, revision.0);
            out.extend_from_slice(b",\"by\":[\"");
        } else {
            out.extend_from_slice(b"\",\"by\":[\"");
        }
        // Subjects, keys, codes and references have no character that JSON would escape.
        out.extend_from_slice(cause.actor.subject.as_str().as_bytes());
        out.extend_from_slice(b"\",\"");
        out.extend_from_slice(cause.actor.role.as_str().as_bytes());
        out.extend_from_slice(b"\"]");
        if let Some(key) = &cause.key {
            out.extend_from_slice(b",\"key\":\"");
            out.extend_from_slice(key.as_str().as_bytes());
            out.push(b'"');
        }
        labels(out, &cause.labels);
        out.extend_from_slice(b",\"p\":");
        let mut payload = serde_json::Serializer::new(&mut *out);
        event.serialize_payload(&mut payload).expect("an event is JSON and memory takes it");
        out.push(b'}');
    }
}

fn labels(out: &mut Vec<u8>, labels: &Labels) {
    if let Some(category) = &labels.category {
        out.extend_from_slice(b",\"cat\":\"");
        out.extend_from_slice(category.as_str().as_bytes());
        out.push(b'"');
    }
    if let Some(reference) = &labels.reference {
        out.extend_from_slice(b",\"ref\":\"");
        out.extend_from_slice(reference.as_str().as_bytes());
        out.push(b'"');
    }
    if !labels.dimensions.is_empty() {
        let separators = std::iter::once("{").chain(std::iter::repeat(","));
        out.extend_from_slice(b",\"dim\":");
        for (separator, (name, value)) in separators.zip(labels.dimensions.iter()) {
            write!(out, "{separator}\"{name}\":\"{value}\"").expect("memory takes it");
        }
        out.push(b'}');
    }
}

fn number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(rest % 10).expect("a digit");
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

fn uuid(out: &mut Vec<u8>, id: Uuid) {
    let mut text = [0_u8; uuid::fmt::Hyphenated::LENGTH];
    out.extend_from_slice(id.hyphenated().encode_lower(&mut text).as_bytes());
}

/// `2026-11-20T22:17:05.123456Z`
pub(crate) fn instant_text(at: DateTime<Utc>) -> [u8; 27] {
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let mut put = |from: usize, to: usize, mut number: u32| {
        for digit in text[from..to].iter_mut().rev() {
            *digit = b'0' + u8::try_from(number % 10).expect("a digit");
            number /= 10;
        }
    };
    put(0, 4, u32::try_from(at.year()).unwrap_or_default());
    put(5, 7, at.month());
    put(8, 10, at.day());
    put(11, 13, at.hour());
    put(14, 16, at.minute());
    put(17, 19, at.second());
    put(20, 26, at.nanosecond() % 1_000_000_000 / 1_000);
    text
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    l: LedgerId,
    r: Revision,
    u: (Revision, u32),
    #[serde(borrow)]
    t: std::borrow::Cow<'a, str>,
    at: DateTime<Utc>,
    c: CommandId,
    d: Hash,
    cor: Option<CorrelationId>,
    cau: Option<Revision>,
    by: (Subject, Role),
    key: Option<KeyId>,
    cat: Option<Code>,
    #[serde(rename = "ref")]
    reference: Option<Reference>,
    dim: Option<Dimensions>,
    #[serde(borrow)]
    p: &'a RawValue,
}

/// Where an event stands, without what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The ledger that it says it is of.
    pub ledger: &'a str,
    /// The unit it is part of.
    pub unit: Unit,
    at: &'a str,
}

impl Place<'_> {
    /// When it was recorded.
    #[must_use]
    pub fn recorded_at(&self) -> Option<DateTime<Utc>> {
        self.at.parse().ok()
    }
}

#[derive(Deserialize)]
struct Head<'a> {
    l: &'a str,
    r: Revision,
    u: (Revision, u32),
    at: &'a str,
}

/// Reads where a stored event stands: much quicker than [`decode`], for who does not need the rest.
///
/// # Errors
/// When the bytes are no event, or one of another place.
pub fn place(raw: &RawEvent) -> Result<Place<'_>, DecodeError> {
    let revision = raw.revision;
    let not_an_event = |cause| DecodeError::NotAnEvent { revision, cause };
    let head: Head<'_> = serde_json::from_slice(&raw.body).map_err(not_an_event)?;
    if head.r != revision {
        let ledger = head.l.parse().map_err(serde::de::Error::custom).map_err(not_an_event)?;
        return Err(DecodeError::Misplaced { revision, claimed: head.r, ledger });
    }
    Ok(Place { ledger: head.l, unit: unit_of(revision, head.u)?, at: head.at })
}

fn unit_of(revision: Revision, (first, count): (Revision, u32)) -> Result<Unit, DecodeError> {
    let place = revision.0.checked_sub(first.0).filter(|place| *place < u64::from(count));
    if place.is_none() || first.0.checked_add(u64::from(count)).is_none() {
        return Err(DecodeError::NotInItsUnit { revision, first, count });
    }
    Ok(Unit { first, count })
}

/// Reads a stored event back.
///
/// # Errors
/// When the bytes are no event, or one that this software does not know.
pub fn decode(raw: &RawEvent) -> Result<Recorded, DecodeError> {
    let revision = raw.revision;
    let not_an_event = |cause| DecodeError::NotAnEvent { revision, cause };
    let body: Body<'_> = serde_json::from_slice(&raw.body).map_err(not_an_event)?;
    if body.r != revision {
        return Err(DecodeError::Misplaced { revision, claimed: body.r, ledger: body.l });
    }
    let unit = unit_of(revision, body.u)?;
    let mut payload = serde_json::Deserializer::from_str(body.p.get());
    let event = Event::deserialize_payload(&body.t, &mut payload)
        .ok_or_else(|| DecodeError::UnknownType { revision, wire_name: body.t.to_string() })?
        .map_err(not_an_event)?;
    Ok(Recorded {
        ledger: body.l,
        revision,
        unit,
        recorded_at: body.at,
        cause: Cause {
            command: body.c,
            digest: body.d,
            correlation: body.cor.unwrap_or(CorrelationId(body.c.0)),
            causation: body.cau,
            actor: Actor { subject: body.by.0, role: body.by.1 },
            key: body.key,
            labels: Labels {
                category: body.cat,
                reference: body.reference,
                dimensions: body.dim.unwrap_or_default(),
            },
        },
        event,
        hash: raw.hash,
    })
}

/// The body that a recorded event was read from: used to check that decoding lost nothing.
#[must_use]
pub fn encode(recorded: &Recorded) -> Bytes {
    let header = BatchHeader::new(recorded.ledger.clone(), recorded.recorded_at);
    let mut out = Vec::new();
    header.encode(&mut out, recorded.revision, recorded.unit, &recorded.cause, &recorded.event);
    out.into()
}
