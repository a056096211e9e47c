//! What is in the files, byte by byte. It is written once and read for ever.
//!
//! Every line is JSON and ends in a newline. The two kinds of lines that are ours, and not events,
//! end in a checksum of themselves, so that a torn one is never taken for a whole one.

use std::io::Write as _;

use bytes::Bytes;
use cauri_domain::{LedgerId, Revision};

use crate::chain::Hash;
use crate::store::RawEvent;

/// The version of this layout.
pub(super) const FORMAT: u64 = 1;

/// No batch header is longer than this.
pub(super) const HEADER_MAX: usize = 192;

/// No segment line is longer than this.
pub(super) const SEGMENT_LINE_MAX: usize = 224;

/// How every batch header begins.
pub(super) const HEADER_START: &[u8] = br#"{"batch":{"first":"#;

const SEGMENT_START: &[u8] = br#"{"segment":{"format":"#;
const EVENT_START: &[u8] = br#"{"h":""#;
const EVENT_MIDDLE: &[u8] = br#"","e":"#;
const EVENT_END: &[u8] = b"}\n";
const HASH_LEN: usize = 64;
const BODY_AT: usize = EVENT_START.len() + HASH_LEN + EVENT_MIDDLE.len();
const EVENT_AROUND: usize = BODY_AT + EVENT_END.len();
const CRC_START: &[u8] = br#","crc":""#;
const CRC_LINE: &[u8] = b",\"crc\":\"00000000\"}\n";

/// The name of the file whose first event is `first`.
pub(super) fn segment_name(first: u64) -> String {
    format!("{first:020}.log")
}

/// The first revision in the file of that name, when it is a segment's name.
pub(super) fn segment_first(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".log")?;
    (digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// The first line of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SegmentLine {
    /// Whose events these are: a file in the wrong folder is noticed.
    pub ledger: LedgerId,
    /// The revision of its first event, as its name says.
    pub first: u64,
    /// The file's length: a file that was cut short is noticed.
    pub bytes: u64,
    /// The first revision of the segment before: a missing file is noticed.
    pub previous: Option<u64>,
}

impl SegmentLine {
    /// Appends the line to `out`.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        let Self { ledger, first, bytes, previous } = self;
        let previous = previous.map_or_else(|| "null".to_owned(), |first| first.to_string());
        write!(
            out,
            r#"{{"segment":{{"format":{FORMAT},"ledger":"{ledger}","first":{first},"bytes":{bytes},"previous":{previous}}}"#
        )
        .expect("a Vec takes every write");
        seal(out, start);
    }

    /// The line at the start of `bytes` and its length, when it is whole.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let (line, len) = sealed(bytes, SEGMENT_LINE_MAX)?;
        let mut rest = line;
        literal(&mut rest, SEGMENT_START)?;
        (number(&mut rest)? == FORMAT).then_some(())?;
        literal(&mut rest, br#","ledger":""#)?;
        let quote = rest.iter().position(|b| *b == b'"')?;
        let ledger = std::str::from_utf8(&rest[..quote]).ok()?.parse().ok()?;
        rest = &rest[quote..];
        literal(&mut rest, br#"","first":"#)?;
        let first = number(&mut rest)?;
        literal(&mut rest, br#","bytes":"#)?;
        let bytes = number(&mut rest)?;
        literal(&mut rest, br#","previous":"#)?;
        let previous = match literal(&mut rest, b"null") {
            Some(()) => None,
            None => Some(number(&mut rest)?),
        };
        (rest == b"}").then_some((Self { ledger, first, bytes, previous }, len))
    }
}

/// The line before the events of a batch. With no events it is a mark: it only says how far the
/// file is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The revision of the first event of the batch; for a mark, of the next one.
    pub first: u64,
    /// How many events follow.
    pub count: u64,
    /// How many bytes they take.
    pub bytes: u64,
    /// The CRC-32C of those bytes.
    pub crc: u32,
    /// Everything in this file before this offset was durable when this line was written.
    pub durable: u64,
    /// The length of this line.
    pub len: usize,
}

impl Header {
    /// The header at the start of `bytes`, when it is whole.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        // Most of what is asked is zeros or a header: look no further than needed.
        bytes.starts_with(HEADER_START).then_some(())?;
        let (line, len) = sealed(bytes, HEADER_MAX)?;
        let mut rest = &line[HEADER_START.len()..];
        let first = number(&mut rest)?;
        literal(&mut rest, br#","count":"#)?;
        let count = number(&mut rest)?;
        literal(&mut rest, br#","bytes":"#)?;
        let bytes = number(&mut rest)?;
        literal(&mut rest, CRC_START)?;
        let crc = hex8(&mut rest)?;
        literal(&mut rest, br#"","durable":"#)?;
        let durable = number(&mut rest)?;
        (rest == b"}").then_some(Self { first, count, bytes, crc, durable, len })
    }

    /// The revision after the batch.
    pub(super) fn next(&self) -> Option<u64> {
        self.first.checked_add(self.count)
    }

    /// The length of the header and its events.
    pub(super) fn total(&self) -> Option<u64> {
        self.bytes.checked_add(self.len as u64)
    }
}

/// How many bytes the events of `batch` take.
pub(super) fn lines_len(batch: &[RawEvent]) -> u64 {
    batch.iter().map(|event| (EVENT_AROUND + event.body.len()) as u64).sum()
}

/// Appends a header and its events to `out`; `durable` is the offset up to which the file is.
pub(super) fn encode_batch(out: &mut Vec<u8>, first: u64, durable: u64, batch: &[RawEvent]) {
    let start = out.len();
    let (count, bytes) = (batch.len(), lines_len(batch));
    write!(out, r#"{{"batch":{{"first":{first},"count":{count},"bytes":{bytes},"crc":""#)
        .expect("a Vec takes every write");
    let crc_at = out.len();
    write!(out, r#"00000000","durable":{durable}}}"#).expect("a Vec takes every write");
    let header_end = out.len();
    out.extend_from_slice(CRC_LINE);
    let lines_at = out.len();
    for event in batch {
        encode_event(out, event);
    }
    let crc = crc32c::crc32c(&out[lines_at..]);
    put_hex8(&mut out[crc_at..crc_at + 8], crc);
    let crc = crc32c::crc32c(&out[start..header_end]);
    let at = header_end + CRC_START.len();
    put_hex8(&mut out[at..at + 8], crc);
}

fn encode_event(out: &mut Vec<u8>, event: &RawEvent) {
    let mut start = [0_u8; BODY_AT];
    start[..EVENT_START.len()].copy_from_slice(EVENT_START);
    hex::encode_to_slice(event.hash.0, &mut start[EVENT_START.len()..EVENT_START.len() + HASH_LEN])
        .expect("64 is twice 32");
    start[EVENT_START.len() + HASH_LEN..].copy_from_slice(EVENT_MIDDLE);
    out.extend_from_slice(&start);
    out.extend_from_slice(&event.body);
    out.extend_from_slice(EVENT_END);
}

/// Takes the events of one batch apart: exactly `header.count` lines in `lines`, nothing else.
/// Those before `from` are left out.
pub(super) fn parse_lines(
    lines: &Bytes,
    header: &Header,
    from: u64,
    out: &mut Vec<RawEvent>,
) -> Result<(), String> {
    let mut at = 0;
    let mut revision = header.first;
    while at < lines.len() {
        let Some(len) = lines[at..].iter().position(|b| *b == b'\n') else {
            return Err("its last line has no end".to_owned());
        };
        let line = &lines[at..=at + len];
        if line.len() <= EVENT_AROUND
            || !line.starts_with(EVENT_START)
            || line[BODY_AT - EVENT_MIDDLE.len()..BODY_AT] != *EVENT_MIDDLE
            || !line.ends_with(EVENT_END)
        {
            return Err(format!("the line of revision {revision} is no event"));
        }
        if revision >= from {
            let hash = Hash::from_ascii(&line[EVENT_START.len()..EVENT_START.len() + HASH_LEN])
                .map_err(|why| format!("revision {revision}: {why}"))?;
            let body = lines.slice(at + BODY_AT..at + line.len() - EVENT_END.len());
            out.push(RawEvent { revision: Revision(revision), hash, body });
        }
        revision += 1;
        at += line.len();
    }
    if Some(revision) == header.next() {
        Ok(())
    } else {
        Err(format!("it has {} lines, not {}", revision - header.first, header.count))
    }
}

/// Ends the line that began at `start` with its checksum.
fn seal(out: &mut Vec<u8>, start: usize) {
    let crc = crc32c::crc32c(&out[start..]);
    let at = out.len() + CRC_START.len();
    out.extend_from_slice(CRC_LINE);
    put_hex8(&mut out[at..at + 8], crc);
}

/// The line at the start of `bytes`, without its checksum, and its whole length.
fn sealed(bytes: &[u8], max: usize) -> Option<(&[u8], usize)> {
    let within = &bytes[..bytes.len().min(max)];
    let len = within.iter().position(|b| *b == b'\n')? + 1;
    let (line, mut end) = within[..len].split_at(len.checked_sub(CRC_LINE.len())?);
    literal(&mut end, CRC_START)?;
    let crc = hex8(&mut end)?;
    (end == b"\"}\n" && crc == crc32c::crc32c(line)).then_some((line, len))
}

fn literal(rest: &mut &[u8], expected: &[u8]) -> Option<()> {
    *rest = rest.strip_prefix(expected)?;
    Some(())
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let end = rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn hex8(rest: &mut &[u8]) -> Option<u32> {
    let (digits, after) = rest.split_at_checked(8)?;
    let lower = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
    digits.iter().all(lower).then_some(())?;
    *rest = after;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn put_hex8(out: &mut [u8], crc: u32) {
    hex::encode_to_slice(crc.to_be_bytes(), out).expect("8 is twice 4");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(revision: u64, body: &'static str) -> RawEvent {
        let hash = crate::chain::link(Hash::ZERO, body.as_bytes());
        RawEvent { revision: Revision(revision), hash, body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn the_bytes_are_for_ever() {
        let mut out = Vec::new();
        let line =
            SegmentLine { ledger: LedgerId::main(), first: 7, bytes: 4096, previous: Some(0) };
        line.encode(&mut out);
        encode_batch(&mut out, 7, 0, &[event(7, r#"{"a":1}"#), event(8, r#"{"b":2}"#)]);
        let durable = out.len() as u64;
        encode_batch(&mut out, 9, durable, &[]);
        let text = String::from_utf8(out).expect("JSON is UTF-8");
        // These checksums and hashes were made by another program.
        let expected = [
            r#"{"segment":{"format":1,"ledger":"main","first":7,"bytes":4096,"previous":0},"crc":"15ba5f84"}"#,
            r#"{"batch":{"first":7,"count":2,"bytes":170,"crc":"9aea54b0","durable":0},"crc":"01e4128b"}"#,
            r#"{"h":"fc6cee09194dd2578bd7664604fcb72a539066fd34544cea0009c43eb6cdc289","e":{"a":1}}"#,
            r#"{"h":"5424ff0a9bc316e4fadf7c4817f667187447cd53c853a6aae15d6649cab12a73","e":{"b":2}}"#,
            r#"{"batch":{"first":9,"count":0,"bytes":0,"crc":"00000000","durable":354},"crc":"a9f5e882"}"#,
        ];
        assert_eq!(text, expected.join("\n") + "\n");
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).expect("every line is JSON");
        }
    }

    #[test]
    fn what_is_encoded_is_parsed() {
        let batch = [event(7, r#"{"a":1}"#), event(8, r#"{"b":2}"#)];
        let mut out = Vec::new();
        encode_batch(&mut out, 7, 99, &batch);
        let header = Header::parse(&out).expect("it is whole");
        assert_eq!((header.first, header.count, header.durable), (7, 2, 99));
        assert_eq!(header.total(), Some(out.len() as u64));
        let lines = Bytes::from(out).slice(header.len..);
        assert_eq!(crc32c::crc32c(&lines), header.crc);
        let mut back = Vec::new();
        parse_lines(&lines, &header, 0, &mut back).expect("they are whole");
        assert_eq!(back, batch);
        back.clear();
        parse_lines(&lines, &header, 8, &mut back).expect("they are whole");
        assert_eq!(back, batch[1..]);
    }

    #[test]
    fn no_torn_or_changed_header_is_taken_for_a_whole_one() {
        let mut out = Vec::new();
        encode_batch(&mut out, u64::MAX - 1, u64::MAX, &[]);
        assert!(out.len() <= HEADER_MAX);
        for at in 0..out.len() {
            assert_eq!(Header::parse(&out[..at]), None, "cut at {at}");
            for bit in 0..8 {
                let mut changed = out.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(Header::parse(&changed), None, "bit {bit} of byte {at} turned");
            }
        }
    }

    #[test]
    fn the_longest_segment_line_fits() {
        let mut out = Vec::new();
        let ledger: LedgerId = "a".repeat(32).parse().expect("32 letters are a name");
        let line =
            SegmentLine { ledger, first: u64::MAX, bytes: u64::MAX, previous: Some(u64::MAX) };
        line.encode(&mut out);
        assert!(out.len() <= SEGMENT_LINE_MAX, "{}", out.len());
        assert_eq!(SegmentLine::parse(&out), Some((line, out.len())));
    }

    #[test]
    fn a_segment_is_known_by_its_name() {
        assert_eq!(segment_first(&segment_name(42)), Some(42));
        for other in ["42.log", "spare.zeros", "lock", "0000000000000000004x.log"] {
            assert_eq!(segment_first(other), None, "{other}");
        }
    }
}
