//! A whole log, as exported, against signed checkpoints.
//!
//! One event a line, as the ledger stores it: `{"h":"<64 hex>","e":<body>}`. The hash of an event is
//! SHA-256 of the 64 characters of the one before (64 zeros at first) and its body; its leaf in the
//! tree is its body.

use std::io::BufRead;

use sha2::{Digest as _, Sha256};

use crate::event::Event;
use crate::note::Checkpoint;
use crate::tree::{Growing, Hash, leaf};
use crate::{Failure, refused};

const START: &[u8] = br#"{"h":""#;
const MIDDLE: &[u8] = br#"","e":"#;

/// What was seen of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How many events.
    pub events: u64,
    /// How many of them a checkpoint covers.
    pub covered: u64,
    /// When the last was recorded.
    pub last_at: String,
}

/// Checks a log from its first line to its last, and that it is what every checkpoint signed.
///
/// # Errors
/// The first thing that is wrong, naming the revision.
pub fn check(mut lines: impl BufRead, checkpoints: &[Checkpoint]) -> Result<Seen, Failure> {
    let mut signed: Vec<_> = checkpoints.iter().collect();
    signed.sort_by_key(|checkpoint| checkpoint.size);
    let mut signed = signed.into_iter().peekable();
    let mut walk = Walk { tree: Growing::default(), previous: [b'0'; 64], before: None };
    let (mut line, mut covered) = (Vec::new(), 0);
    loop {
        while let Some(checkpoint) = signed.next_if(|it| it.size == walk.tree.size()) {
            if walk.tree.root() != checkpoint.root {
                return refused(differs(checkpoint, covered));
            }
            covered = checkpoint.size;
        }
        line.clear();
        let read = lines.read_until(b'\n', &mut line);
        let at = walk.tree.size();
        if read.map_err(|error| Failure::Unusable(format!("at revision {at}: {error}")))? == 0 {
            break;
        }
        walk.event(&line).or_else(|what| refused(format!("revision {at}: {what}")))?;
    }
    let events = walk.tree.size();
    if let Some(missing) = signed.next() {
        return refused(format!(
            "the log ends before revision {events}, but {} events were signed: the last {} are missing",
            missing.size,
            missing.size - events
        ));
    }
    let last_at = match walk.before {
        Some(before) if before.unit.0.checked_add(before.unit.1) != Some(events) => {
            return refused(format!(
                "revision {events}: the unit that begins at revision {} is not whole",
                before.unit.0
            ));
        }
        Some(before) => before.at,
        None => String::new(),
    };
    Ok(Seen { events, covered, last_at })
}

fn differs(checkpoint: &Checkpoint, covered: u64) -> String {
    let Checkpoint { size, .. } = checkpoint;
    let good = match covered {
        0 => String::new(),
        good => format!("; the first {good} are as signed, so it is at revision {good} or later"),
    };
    format!("the first {size} events are not those that were signed: history was rewritten{good}")
}

/// What of the lines before is needed for the next.
struct Walk {
    tree: Growing,
    previous: [u8; 64],
    before: Option<Before>,
}

struct Before {
    ledger: String,
    unit: (u64, u64),
    at: String,
}

impl Walk {
    fn event(&mut self, line: &[u8]) -> Result<(), String> {
        let not_a_line = || r#"it is not a whole line {"h":"…","e":…}"#.to_owned();
        let rest = line.strip_prefix(START).and_then(|it| it.split_first_chunk::<64>());
        let (hash, rest) = rest.ok_or_else(not_a_line)?;
        let body = rest.strip_prefix(MIDDLE).and_then(|it| it.strip_suffix(b"}\n"));
        let body = body.ok_or_else(not_a_line)?;
        let link: Hash =
            Sha256::new().chain_update(self.previous).chain_update(body).finalize().into();
        if hex::encode(link).as_bytes() != hash {
            return Err("its hash is not that of its bytes after the event before".to_owned());
        }
        let event = Event::parse(body)?;
        self.place(&event)?;
        event.balances()?;
        self.previous = *hash;
        self.tree.push(leaf(body));
        self.remember(&event);
        Ok(())
    }

    fn place(&self, event: &Event<'_>) -> Result<(), String> {
        let revision = self.tree.size();
        if event.revision != revision {
            return Err(format!("it says that it is revision {}", event.revision));
        }
        let (first, count) = event.unit;
        let begins = first == revision && count > 0;
        let Some(before) = &self.before else {
            return if begins { Ok(()) } else { Err("its unit does not begin there".to_owned()) };
        };
        let goes_on = event.unit == before.unit && revision < first.saturating_add(count);
        let ended = before.unit.0.checked_add(before.unit.1) == Some(revision);
        if !(goes_on || begins && ended) {
            return Err("it is in no unit that goes on there".to_owned());
        }
        if event.ledger != before.ledger {
            return Err(format!("it is of another ledger, {:?}", event.ledger));
        }
        if *event.at < *before.at {
            return Err("it was recorded before the event before".to_owned());
        }
        Ok(())
    }

    fn remember(&mut self, event: &Event<'_>) {
        let new = || Before { ledger: event.ledger.to_owned(), unit: (0, 0), at: String::new() };
        let before = self.before.get_or_insert_with(new);
        before.unit = event.unit;
        before.at.clear();
        before.at.push_str(event.at);
    }
}
