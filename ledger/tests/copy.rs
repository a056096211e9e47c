//! Ledgers copied between stores that fail, are cut off, or are not what they seem.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::copy::{Copied, CopyError, CopyOptions, Progress, Until, copy};
use cauri_ledger::store::embedded::{EmbeddedStore, Options};
use cauri_ledger::store::memory::{MemoryStore, NextAppend};
use cauri_ledger::store::{AppendError, EventStore, Head, RawEvent};
use cauri_ledger::{Hash, chain};
use futures::{FutureExt as _, TryStreamExt as _};
use proptest::prelude::*;

/// A log of units that have so many events, a second apart.
fn log(units: &[u32]) -> Vec<RawEvent> {
    let (mut events, mut previous) = (Vec::new(), Hash::ZERO);
    for (number, &count) in units.iter().enumerate() {
        let first = events.len() as u64;
        for _ in 0..count {
            let revision = events.len() as u64;
            let (minute, second) = (number / 60, number % 60);
            let body = format!(
                r#"{{"l":"main","r":{revision},"u":[{first},{count}],"t":"x.v1","at":"2026-11-21T10:{minute:02}:{second:02}.000000Z","p":{{}}}}"#
            );
            previous = chain::link(previous, body.as_bytes());
            let revision = Revision(revision);
            events.push(RawEvent { revision, hash: previous, body: body.into() });
        }
    }
    events
}

async fn filled(events: &[RawEvent]) -> MemoryStore {
    let store = MemoryStore::new();
    if !events.is_empty() {
        store.append(&LedgerId::main(), Head::Empty, events).await.unwrap();
    }
    store
}

async fn events(store: &dyn EventStore) -> Vec<RawEvent> {
    store.read(&LedgerId::main(), Revision::FIRST).try_concat().await.unwrap()
}

async fn copied(
    from: &impl Shared,
    to: &dyn EventStore,
    options: CopyOptions,
) -> Result<Copied, CopyError> {
    copy(from.shared(), to, &LedgerId::main(), options, |_| {}).await
}

/// A store that is given away to be read.
trait Shared {
    fn shared(&self) -> Arc<dyn EventStore>;
}

impl<S: EventStore + Clone> Shared for S {
    fn shared(&self) -> Arc<dyn EventStore> {
        Arc::new(self.clone())
    }
}

const SMALL: CopyOptions =
    CopyOptions { until: Until::End, batch_events: 5, batch_bytes: usize::MAX };

fn until(until: Until) -> CopyOptions {
    CopyOptions { until, ..SMALL }
}

/// How long the whole units are that the first so many events make.
fn whole(units: &[u32], count: usize) -> bool {
    let ends = units.iter().scan(0, |sum, &unit| {
        *sum += unit as usize;
        Some(*sum)
    });
    count == 0 || ends.into_iter().any(|end| end == count)
}

fn fault() -> impl Strategy<Value = Option<NextAppend>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(NextAppend::WrittenUnknown)),
        1 => Just(Some(NextAppend::NotWrittenUnknown)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn however_often_it_is_cut_off_the_target_holds_whole_units_and_in_the_end_all(
        units in prop::collection::vec(1..9_u32, 1..30),
        faults in prop::collection::vec(fault(), 0..12),
        cuts in prop::collection::vec(0..40_u32, 0..4),
        batch_events in 1..20_usize,
    ) {
        let log = log(&units);
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let (from, to) = (filled(&log).await, MemoryStore::new());
            for fault in faults.into_iter().flatten() {
                to.inject(fault);
            }
            let options = CopyOptions { batch_events, ..SMALL };
            for polls in cuts {
                let copying = copied(&from, &to, options);
                tokio::pin!(copying);
                for _ in 0..polls {
                    if (&mut copying).now_or_never().is_some() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                let there = to.events(&LedgerId::main());
                assert_eq!(there, log[..there.len()]);
                assert!(whole(&units, there.len()), "{} of {units:?}", there.len());
            }
            let before = to.events(&LedgerId::main()).len() as u64;
            let done = copied(&from, &to, options).await;
            // As many unknown endings in a row as it has patience for are said, and can be mended.
            let done = match done {
                Err(CopyError::Append(AppendError::Unknown(_))) => {
                    copied(&from, &to, options).await.unwrap()
                }
                done => {
                    let done = done.unwrap();
                    assert_eq!(done.from, Head::before(Revision(before)));
                    done
                }
            };
            assert_eq!(to.events(&LedgerId::main()), log);
            let last = log.last().unwrap();
            assert_eq!((done.head, done.hash), (Head::At(last.revision), last.hash));
            // Once more: nothing to do, and all is read back.
            let again = copied(&from, &to, options).await.unwrap();
            assert_eq!(again, Copied { from: done.head, ..done });
        });
    }

    #[test]
    fn it_ends_between_units_wherever_it_is_told_to(
        units in prop::collection::vec(1..9_u32, 1..20),
        last in 0..100_u64,
        second in 0..20_i64,
    ) {
        let log = log(&units);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let from = filled(&log).await;
            let to = MemoryStore::new();
            copied(&from, &to, until(Until::Revision(Revision(last)))).await.unwrap();
            let there = to.events(&LedgerId::main());
            assert!(whole(&units, there.len()));
            assert!(there.len() as u64 <= last + 1);
            // The next unit would have been too much.
            let next = units.iter().scan(0, |sum, &unit| { *sum += u64::from(unit); Some(*sum) });
            let next = next.into_iter().find(|end| *end > there.len() as u64);
            assert!(next.is_none_or(|end| end > last + 1));

            let to = MemoryStore::new();
            let begin: chrono::DateTime<chrono::Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
            let instant = begin + chrono::TimeDelta::seconds(second);
            copied(&from, &to, until(Until::Instant(instant))).await.unwrap();
            let expected = units.iter().take(usize::try_from(second).unwrap() + 1).sum::<u32>();
            assert_eq!(to.events(&LedgerId::main()).len(), expected as usize);
        });
    }
}

#[tokio::test]
async fn embedded_stores_are_copied_byte_for_byte_and_resumed() {
    let log = log(&(0..400).map(|n| n % 7 + 1).collect::<Vec<_>>());
    let dir = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 4096, ..Options::default() };
    let first = EmbeddedStore::open(dir.path().join("first"), options.clone()).unwrap();
    let half = log[..700].iter().rposition(|raw| ends_unit(&log, raw)).unwrap();
    let from = filled(&log[..=half]).await;
    copied(&from, &first, SMALL).await.unwrap();
    let rest = &log[half + 1..];
    from.append(&LedgerId::main(), Head::At(log[half].revision), rest).await.unwrap();
    let mut heard = Vec::new();
    let done = copy(from.shared(), &first, &LedgerId::main(), SMALL, |it| heard.push(it)).await;
    assert_eq!(done.unwrap().from, Head::At(log[half].revision));
    assert!(heard.contains(&Progress::Copied(log.len() as u64)), "{heard:?}");
    assert_eq!(heard.last(), Some(&Progress::Verified(log.len() as u64)));
    assert_eq!(events(&first).await, log);
    // On to the next one, with the greater batches that are the rule.
    first.close();
    let from = EmbeddedStore::open_read_only(dir.path().join("first")).unwrap();
    let second = EmbeddedStore::open(dir.path().join("second"), options).unwrap();
    copied(&from, &second, CopyOptions::default()).await.unwrap();
    assert_eq!(events(&second).await, log);
}

/// Whether the event after this one is of another unit.
fn ends_unit(log: &[RawEvent], raw: &RawEvent) -> bool {
    let next = usize::try_from(raw.revision.0 + 1).unwrap();
    log.get(next).is_none_or(|next| {
        let first = format!("\"u\":[{},", next.revision.0);
        String::from_utf8_lossy(&next.body).contains(&first)
    })
}

#[tokio::test]
async fn a_target_of_another_history_is_refused_where_they_part() {
    let log = log(&[1; 50]);
    let from = filled(&log).await;
    for part in [0, 1, 17, 29] {
        let mut other = log[..part].to_vec();
        let mut previous = other.last().map_or(Hash::ZERO, |raw| raw.hash);
        for raw in &log[part..30] {
            let body = String::from_utf8_lossy(&raw.body).replace("x.v1", "y.v1");
            previous = chain::link(previous, body.as_bytes());
            other.push(RawEvent { hash: previous, body: body.into(), ..raw.clone() });
        }
        let to = filled(&other).await;
        let refused = copied(&from, &to, SMALL).await.unwrap_err();
        let CopyError::OtherHistory { at, .. } = &refused else { panic!("{refused}") };
        assert_eq!(*at, Revision(part as u64));
        assert_eq!(to.events(&LedgerId::main()), other, "it is as it was");
    }
}

#[tokio::test]
async fn a_target_that_is_ahead_or_written_by_others_is_refused() {
    let log = log(&[2; 30]);
    let ahead = copied(&filled(&log[..20]).await, &filled(&log).await, SMALL).await.unwrap_err();
    let ends = (Head::At(Revision(59)), Head::At(Revision(19)));
    assert!(
        matches!(ahead, CopyError::Ahead { target, source_head, .. } if (target, source_head) == ends)
    );
    let beyond = until(Until::Revision(Revision(9)));
    let ahead = copied(&filled(&log).await, &filled(&log[..20]).await, beyond).await.unwrap_err();
    assert!(matches!(ahead, CopyError::Ahead { .. }), "{ahead}");

    let to = filled(&log[..20]).await;
    to.inject(NextAppend::Overtaken(log[20..22].to_vec()));
    let refused = copied(&filled(&log).await, &to, SMALL).await.unwrap_err();
    let CopyError::Overtaken { expected, actual, .. } = refused else { panic!("{refused}") };
    assert_eq!((expected, actual), (ends.1, Head::At(Revision(21))));

    to.inject(NextAppend::Fatal);
    let failed = copied(&filled(&log).await, &to, SMALL).await.unwrap_err();
    assert!(matches!(failed, CopyError::Append(AppendError::Fatal { .. })), "{failed}");
}

#[tokio::test]
async fn a_source_that_is_damaged_or_ends_amid_a_unit_is_refused_there() {
    let log = log(&[3; 20]);
    let mut damaged = log.clone();
    damaged[31].body = String::from_utf8_lossy(&log[31].body).replace("x.v1", "x.v2").into();
    let to = MemoryStore::new();
    let refused = copied(&filled(&damaged).await, &to, SMALL).await.unwrap_err();
    assert!(matches!(refused, CopyError::Damaged(_)), "{refused}");
    let cause = std::error::Error::source(&refused).unwrap().to_string();
    assert!(cause.starts_with("revision 31 of ledger main"), "{cause}");
    assert!(whole(&[3; 20], to.events(&LedgerId::main()).len()));

    let to = MemoryStore::new();
    let refused = copied(&filled(&log[..32]).await, &to, SMALL).await.unwrap_err();
    let CopyError::HalfUnit { at, .. } = refused else { panic!("{refused}") };
    assert_eq!(at, Revision(31));
    assert_eq!(to.events(&LedgerId::main()), log[..30]);

    // What is under a ledger's name must be of that ledger.
    let other: LedgerId = "other".parse().unwrap();
    let from = MemoryStore::new();
    from.append(&other, Head::Empty, &log).await.unwrap();
    let refused = copy(from.shared(), &MemoryStore::new(), &other, SMALL, |_| {}).await;
    assert!(matches!(refused, Err(CopyError::NoEvent(_))), "{refused:?}");
}

#[tokio::test]
async fn an_empty_ledger_is_copied_too() {
    let done = copied(&MemoryStore::new(), &MemoryStore::new(), SMALL).await.unwrap();
    assert_eq!(done, Copied { from: Head::Empty, head: Head::Empty, hash: Hash::ZERO });
}
