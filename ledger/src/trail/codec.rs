//! Between an entry and its bytes: the line of a ledger's log, with what surrounds an access.
//!
//! | key | is |
//! | --- | --- |
//! | `l` | `audit-trail` |
//! | `r`, `u` | revision; a unit of its own: `[r, 1]` |
//! | `t` | kind and version: `access.refused.v1` |
//! | `at` | when it was recorded, UTC, microseconds |
//! | `of` | the ledger it was about, where there is one |
//! | `by` | subject and role, where a token says |
//! | `tok` | which token: its id or a digest |
//! | `p.op` | the door: a mutation, a query, an HTTP address, a command of the command line |
//! | `p.cmd`, `p.c` | kind and id of the command |
//! | `p.on` | what it was about: names with opaque ids |
//! | `p.code`, `p.field` | why it was refused, and which input was at fault |
//! | `p.rev` | the ledger's revision that tells what it did; of a refusal, where the ledger ended |
//! | `p.n` | how many such acts this stands for; absent where it is one |

use std::borrow::Cow;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use cauri_domain::{Actor, LedgerId, Revision, Role, Subject};

use super::entry::{Entry, Kind, What, Who, Word};
use super::reader::Kept;
use crate::codec::{DecodeError, instant_text};
use crate::store::RawEvent;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    l: LedgerId,
    r: Revision,
    u: (Revision, u32),
    t: Cow<'a, str>,
    at: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<LedgerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<(Subject, Role)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tok: Option<Word>,
    p: What,
}

/// The body of an entry at its place.
///
/// # Panics
/// Never: writing JSON to memory cannot fail.
#[must_use]
pub fn encode(entry: &Entry, revision: Revision, at: DateTime<Utc>) -> Bytes {
    let at = instant_text(at);
    let body = Body {
        l: LedgerId::trail(),
        r: revision,
        u: (revision, 1),
        t: entry.kind.wire_name().into(),
        at: String::from_utf8_lossy(&at),
        of: entry.ledger.clone(),
        by: entry.who.as_ref().map(|who| (who.actor.subject.clone(), who.actor.role)),
        tok: entry.who.as_ref().and_then(|who| who.token.clone()),
        p: entry.what.clone(),
    };
    serde_json::to_vec(&body).expect("an entry is JSON and memory takes it").into()
}

/// Reads a stored entry back.
///
/// # Errors
/// When the bytes are no entry, or one that this software does not know.
pub fn decode(raw: &RawEvent) -> Result<Kept, DecodeError> {
    let revision = raw.revision;
    let not_an_event = |cause| DecodeError::NotAnEvent { revision, cause };
    let body: Body<'_> = serde_json::from_slice(&raw.body).map_err(not_an_event)?;
    if body.r != revision || !body.l.is_trail() {
        return Err(DecodeError::Misplaced { revision, claimed: body.r, ledger: body.l });
    }
    let (first, count) = body.u;
    if (first, count) != (revision, 1) {
        return Err(DecodeError::NotInItsUnit { revision, first, count });
    }
    let kind = Kind::of(&body.t)
        .ok_or_else(|| DecodeError::UnknownType { revision, wire_name: body.t.to_string() })?;
    let at: DateTime<Utc> =
        serde_json::from_value(body.at.as_ref().into()).map_err(not_an_event)?;
    let token = body.tok;
    let who = body.by.map(|(subject, role)| Who { actor: Actor { subject, role }, token });
    let entry = Entry { kind, ledger: body.of, who, what: body.p };
    Ok(Kept { revision, recorded_at: at, hash: raw.hash, entry })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::chain::Hash;

    fn refused() -> Entry {
        let id = "0190e6b1-0000-7000-8000-000000000001".parse().unwrap();
        let mut what = What::new(Word::known("requestWithdrawal"))
            .on(Word::known("wallet"), uuid::Uuid::from_u128(7).into());
        what.command = Some(Word::known("RequestWithdrawal"));
        what.command_id = Some(id);
        what.code = Some(Word::known("INSUFFICIENT_FUNDS"));
        what.field = Some("commands[3].amount".parse().unwrap());
        what.revision = Some(Revision(41));
        what.count = 3;
        let actor = Actor { subject: "ama".parse().unwrap(), role: Role::Buyer };
        let who = Some(Who { actor, token: Some("sha256:0123456789abcdef".parse().unwrap()) });
        Entry { kind: Kind::Refused, ledger: Some(LedgerId::main()), who, what }
    }

    /// These bytes are for ever: what is written today must be read by every later release.
    #[test]
    fn the_bytes_of_an_entry_are_for_ever() {
        let at: DateTime<Utc> = "2026-11-21T17:00:00.5Z".parse().unwrap();
        let full = r#"{"l":"audit-trail","r":9,"u":[9,1],"t":"access.refused.v1","at":"2026-11-21T17:00:00.500000Z","of":"main","by":["ama","buyer"],"tok":"sha256:0123456789abcdef","p":{"op":"requestWithdrawal","cmd":"RequestWithdrawal","on":{"wallet":"00000000-0000-0000-0000-000000000007"},"c":"0190e6b1-0000-7000-8000-000000000001","code":"INSUFFICIENT_FUNDS","field":"commands[3].amount","rev":41,"n":3}}"#;
        assert_eq!(encode(&refused(), Revision(9), at), full);
        let raw = |body: &str| RawEvent {
            revision: Revision(9),
            hash: Hash::ZERO,
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        let kept = decode(&raw(full)).unwrap();
        assert_eq!((kept.entry, kept.recorded_at), (refused(), at));

        let what = What::new(Word::known("/graphql"));
        let bare = Entry { kind: Kind::Denied, ledger: None, who: None, what };
        let bytes = r#"{"l":"audit-trail","r":9,"u":[9,1],"t":"access.denied.v1","at":"2026-11-21T17:00:00.500000Z","p":{"op":"/graphql"}}"#;
        assert_eq!(encode(&bare, Revision(9), at), bytes);
        assert_eq!(decode(&raw(bytes)).unwrap().entry, bare);

        for bad in [
            full.replace("audit-trail", "main"),
            full.replace(r#""r":9"#, r#""r":8"#),
            full.replace("[9,1]", "[9,2]"),
            full.replace("refused.v1", "refused.v2"),
            full.replace(r#""n":3"#, r#""m":3"#),
            full.replace("INSUFFICIENT_FUNDS", "not enough"),
        ] {
            decode(&raw(&bad)).expect_err(&bad);
        }
    }

    #[test]
    fn every_kind_has_a_name_of_its_own_that_is_read_back() {
        let names = [
            "access.refused.v1",
            "access.denied.v1",
            "access.approved.v1",
            "access.administered.v1",
            "access.read.v1",
            "access.token_used.v1",
            "access.dropped.v1",
        ];
        assert_eq!(Kind::ALL.iter().map(|kind| kind.wire_name()).collect::<Vec<_>>(), names);
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse(), Ok(*kind));
            assert_eq!(kind.wire_name().parse(), Ok(*kind));
        }
    }

    #[test]
    fn free_text_has_no_way_in() {
        for text in ["", "Ama Mensah", "a@b.c", "+22890112233", "a\"b", "\u{e9}", &"x".repeat(97)] {
            assert!(text.parse::<Word>().is_err(), "{text}");
        }
    }
}
