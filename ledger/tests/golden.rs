//! Every event type as its bytes were first written, for ever.
//!
//! `golden/<type>.json` holds two stored bodies, one a line: the shortest, and one with everything
//! that an envelope of a person's command can have. A golden file is never updated: whoever needs other bytes needs
//! another version of the type; a type that has learnt to say more has a further pair of lines.
//! `GOLDEN_NEW=1` writes the lines that are not there yet.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod golden_kit;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;

use bytes::Bytes;
use cauri_domain::testing::{any_plan, play};
use cauri_domain::*;
use cauri_ledger::chain::link;
use cauri_ledger::codec::{DecodeError, decode, encode};
use cauri_ledger::store::RawEvent;
use cauri_ledger::{Cause, Hash, Recorded, Unit};
use golden_kit::{events, file, folder, full, grown, keyed, plain};
use proptest::prelude::*;

/// The type that has a further pair, in envelopes that name a key.
const PROVED: &str = "payin.declined.v1";

fn raw(revision: Revision, body: impl Into<Bytes>) -> RawEvent {
    RawEvent { revision, hash: Hash::ZERO, body: body.into() }
}

/// The lines of a golden file, with the revision that each says it has.
fn golden(name: &str) -> Vec<(Revision, Vec<u8>)> {
    let text =
        fs::read_to_string(file(name)).unwrap_or_else(|_| panic!("{name} has no golden file"));
    let revision = |line: &str| {
        let body: serde_json::Value = serde_json::from_str(line).unwrap();
        Revision(body["r"].as_u64().unwrap())
    };
    text.lines().map(|line| (revision(line), line.as_bytes().to_vec())).collect()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn every_type_is_written_as_it_always_was() {
    let mut samples: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for event in events().into_iter().chain(grown()) {
        let lines = samples.entry(event.wire_name()).or_default();
        lines.push(text(&encode(&plain(event.clone()))).to_owned());
        lines.push(text(&encode(&full(event))).to_owned());
    }
    // What its provider told, with the key that proved it.
    let told = events().into_iter().find(|event| event.wire_name() == PROVED).unwrap();
    let lines = samples.entry(PROVED).or_default();
    lines.push(text(&encode(&keyed(plain(told.clone())))).to_owned());
    lines.push(text(&encode(&keyed(full(told)))).to_owned());
    for (name, lines) in samples {
        // New lines come after those there are: what was ever written stays.
        let known = if file(name).exists() { golden(name).len() } else { 0 };
        if std::env::var_os("GOLDEN_NEW").is_some() && known < lines.len() {
            let mut file =
                fs::OpenOptions::new().create(true).append(true).open(file(name)).unwrap();
            lines[known..].iter().for_each(|line| writeln!(file, "{line}").unwrap());
        }
        let written: Vec<_> = golden(name).iter().map(|(_, it)| text(it).to_owned()).collect();
        assert_eq!(written, lines, "{name}");
    }
}

#[test]
fn every_golden_line_is_read_and_written_back_byte_by_byte() {
    for name in Event::WIRE_NAMES {
        for (revision, line) in golden(name) {
            let recorded = decode(&raw(revision, line.clone())).unwrap();
            assert_eq!(recorded.event.wire_name(), *name);
            assert_eq!(text(&encode(&recorded)), text(&line));
        }
    }
}

#[test]
fn every_type_has_a_golden_file_and_every_file_a_type() {
    let samples: BTreeSet<_> = events().iter().map(Event::wire_name).collect();
    assert_eq!(samples, Event::WIRE_NAMES.iter().copied().collect());
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let files: BTreeSet<String> = names.map(|name| name.into_string().unwrap()).collect();
    let expected = Event::WIRE_NAMES.iter().map(|name| format!("{name}.json")).collect();
    assert_eq!(files, expected, "a type that was ever written is read for ever");
}

/// Worked out with `printf '%064d%s' 0 "$body" | sha256sum`.
///
/// Row 1 of `docs/peers-asks.md`.
#[test]
fn the_chain_is_plain_sha_256() {
    let body = golden("transfer.completed.v1").swap_remove(0).1;
    let known = "b5d937331d9f4317bee65f67c4ff47ca9d6784738678b79879e8e3a993370d3c";
    assert_eq!(link(Hash::ZERO, &body).to_string(), known);
}

#[test]
fn what_does_not_belong_where_it_was_found_is_not_read() {
    let line = golden("wallet.frozen.v1").swap_remove(0).1;
    let read = |from: &str, to: &str| decode(&raw(Revision(7), text(&line).replace(from, to)));
    assert!(read("", "").is_ok());
    assert!(matches!(read(r#""r":7"#, r#""r":8"#), Err(DecodeError::Misplaced { .. })));
    for unit in ["[8,1]", "[7,0]", "[5,2]", "[0,0]"] {
        let unit = format!(r#""u":{unit}"#);
        assert!(
            matches!(read(r#""u":[7,1]"#, &unit), Err(DecodeError::NotInItsUnit { .. })),
            "{unit}"
        );
    }
    assert!(matches!(read("frozen.v1", "frozen.v2"), Err(DecodeError::UnknownType { .. })));
    for broken in [
        read(r#""l":"#, r#""x":1,"l":"#),
        read("{", ""),
        read("}", "},"),
        read(r#""reason""#, r#""why""#),
    ] {
        assert!(matches!(broken, Err(DecodeError::NotAnEvent { .. })), "{broken:?}");
    }
}

#[test]
fn an_entry_that_was_tampered_with_is_not_read() {
    let line = golden("transfer.completed.v1").swap_remove(0).1;
    let tampered = text(&line).replacen("25000", "25001", 1);
    assert_ne!(tampered.as_bytes(), line);
    assert!(decode(&raw(Revision(7), tampered)).is_err());
}

fn any_uuid() -> impl Strategy<Value = uuid::Uuid> {
    any::<u128>().prop_map(uuid::Uuid::from_u128)
}

fn any_labels() -> impl Strategy<Value = Labels> {
    let word = "[a-z][a-z0-9._-]{0,11}";
    let reference = "[A-Za-z][A-Za-z0-9._:/-]{0,20}";
    let dimensions = prop::collection::btree_map(word, reference, 0..=Dimensions::MOST);
    (prop::option::of(word), prop::option::of(reference), dimensions).prop_map(
        |(category, reference, dimensions)| Labels {
            category: category.map(|text| text.parse().unwrap()),
            reference: reference.map(|text| text.parse().unwrap()),
            dimensions: dimensions
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect::<std::collections::BTreeMap<_, _>>()
                .try_into()
                .unwrap(),
        },
    )
}

fn any_cause() -> impl Strategy<Value = Cause> {
    let role = prop::sample::select(Role::ALL.to_vec());
    let subject = "[A-Za-z][A-Za-z0-9._:-]{0,63}";
    let ids = (any_uuid(), prop::option::of(any_uuid()), any::<[u8; 32]>(), any::<Option<u32>>());
    let key = prop::option::of("[A-Za-z][A-Za-z0-9._:/+=-]{0,40}");
    (ids, subject, role, key, any_labels()).prop_map(|(ids, subject, role, key, labels)| {
        let (command, correlation, digest, causation) = ids;
        Cause {
            command: CommandId(command),
            digest: Hash(digest),
            correlation: CorrelationId(correlation.unwrap_or(command)),
            causation: causation.map(|revision| Revision(revision.into())),
            actor: Actor { subject: subject.parse().unwrap(), role },
            key: key.map(|text| text.parse().unwrap()),
            labels,
        }
    })
}

/// Any event that can happen, in any envelope.
fn any_recorded() -> impl Strategy<Value = Recorded> {
    let places = (0..1_u64 << 53, 0..9_u64, 1..9_u32);
    // Whole microseconds of the years 1970 to 9999.
    let instant = 0..253_402_300_799_999_999_i64;
    (any_plan(1..60), any::<prop::sample::Index>(), any_cause(), places, instant).prop_map(
        |(plan, which, cause, (first, place, more), micros)| {
            let mut happened = Vec::new();
            for (_, result) in play(&plan).1 {
                if let Ok(Decided::Happened(events)) = result {
                    happened.extend(events);
                }
            }
            Recorded {
                ledger: "other-ledger".parse().unwrap(),
                revision: Revision(first + place),
                unit: Unit { first: Revision(first), count: u32::try_from(place).unwrap() + more },
                recorded_at: chrono::DateTime::from_timestamp_micros(micros).unwrap(),
                cause,
                event: happened.swap_remove(which.index(happened.len())),
                hash: Hash::ZERO,
            }
        },
    )
}

/// A line that was damaged: bytes put over others, left out, or put in.
fn any_damage() -> impl Strategy<Value = (prop::sample::Index, prop::sample::Index, Vec<u8>)> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        r#"[{}\[\]",:0-9a-z.-]{0,6}"#.prop_map(String::into_bytes),
    ];
    (any::<prop::sample::Index>(), any::<prop::sample::Index>(), bytes)
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(recorded in any_recorded()) {
        let body = encode(&recorded);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
        prop_assert!(!body.contains(&b'\n'));
        prop_assert_eq!(decode(&raw(recorded.revision, body)).unwrap(), recorded);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(&raw(Revision(0), bytes)).is_err());
    }

    #[test]
    fn a_damaged_line_is_refused_or_read_as_what_it_says(
        name in prop::sample::select(Event::WIRE_NAMES.to_vec()),
        full in 0..2_usize,
        (from, to, bytes) in any_damage(),
    ) {
        let (revision, mut line) = golden(name).swap_remove(full);
        let (from, to) = (from.index(line.len()), to.index(line.len()));
        line.splice(from.min(to)..from.max(to).min(from.min(to) + 8), bytes);
        if let Ok(read) = decode(&raw(revision, line)) {
            prop_assert!(read.unit.last() >= revision);
            let again = decode(&raw(revision, encode(&read))).unwrap();
            prop_assert_eq!(again.event, read.event);
        }
    }
}
