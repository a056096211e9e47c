//! The audit trail: a stream beside the ledgers that is chained, waited for or counted, and read
//! backwards.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use cauri_domain::{Actor, LedgerId, Revision, Role};
use cauri_ledger::edge::{Clock as _, SystemClock};
use cauri_ledger::engine::{EngineOptions, OpenError};
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::store::embedded::EmbeddedStore;
use cauri_ledger::store::memory::{MemoryStore, NextAppend};
use cauri_ledger::store::{EventStore, Head, RawEvent};
use cauri_ledger::trail::{Entry, Filter, Kind, Trail, TrailError, What, Who, Word, codec, reader};
use cauri_ledger::verify::verify;
use cauri_ledger::{Hash, chain};

fn entry(kind: Kind, subject: &str, object: u128) -> Entry {
    let actor = Actor { subject: subject.parse().unwrap(), role: Role::Admin };
    let what = What::new(Word::known("freezeWallet"))
        .on(Word::known("wallet"), Uuid::from_u128(object).into());
    Entry { kind, ledger: Some(LedgerId::main()), who: Some(Who { actor, token: None }), what }
}

async fn open(store: &MemoryStore) -> Trail {
    Trail::open(Arc::new(store.clone()), Arc::new(SystemClock)).await.unwrap()
}

fn entries(store: &MemoryStore) -> Vec<Entry> {
    let kept = store.events(&LedgerId::trail());
    kept.iter().map(|raw| codec::decode(raw).unwrap().entry).collect()
}

async fn holds(store: &dyn EventStore) -> Result<u64, String> {
    let seen = verify(store, &LedgerId::trail(), Default::default(), |_| ()).await;
    seen.map(|seen| seen.events).map_err(|error| error.to_string())
}

#[tokio::test]
async fn what_was_recorded_is_there_in_order_and_chained_also_after_a_start() {
    let store = MemoryStore::new();
    for start in 0..3_u64 {
        let trail = open(&store).await;
        for place in 0..4_u64 {
            let at = trail.record(entry(Kind::Administered, "root", place.into())).await.unwrap();
            assert_eq!(at, Revision(start * 5 + place));
        }
        trail.note(entry(Kind::Refused, "ama", 9));
        trail.close().await;
        assert!(matches!(trail.record(entry(Kind::Read, "x", 1)).await, Err(TrailError::Closed)));
    }
    assert_eq!(holds(&store).await, Ok(15));
    assert_eq!(entries(&store)[9], entry(Kind::Refused, "ama", 9));
}

#[tokio::test]
async fn many_who_wait_share_an_append_and_each_has_its_own_revision() {
    let store = MemoryStore::new();
    let trail = open(&store).await;
    let asked = (0..500).map(|place| trail.record(entry(Kind::Read, "root", place)));
    let mut kept: Vec<_> = futures::future::try_join_all(asked).await.unwrap();
    for (place, revision) in kept.iter().enumerate() {
        let raw = &store.events(&LedgerId::trail())[usize::try_from(revision.0).unwrap()];
        let place = u128::try_from(place).unwrap();
        assert_eq!(codec::decode(raw).unwrap().entry, entry(Kind::Read, "root", place));
    }
    kept.sort_unstable();
    assert_eq!(kept, (0..500).map(Revision).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_append_whose_outcome_is_lost_is_looked_up_and_never_written_twice() {
    let store = MemoryStore::new();
    let trail = open(&store).await;
    for next in [NextAppend::WrittenUnknown, NextAppend::NotWrittenUnknown] {
        trail.record(entry(Kind::Read, "root", 1)).await.unwrap();
        store.inject(next);
        trail.record(entry(Kind::Read, "root", 2)).await.unwrap();
    }
    assert_eq!(holds(&store).await, Ok(4));
}

#[tokio::test]
async fn another_writer_that_came_first_is_chained_after() {
    let store = MemoryStore::new();
    let trail = open(&store).await;
    let first = trail.record(entry(Kind::Read, "root", 1)).await.unwrap();
    let body = codec::encode(&entry(Kind::Read, "else", 7), first.next(), SystemClock.now());
    let before = store.events(&LedgerId::trail())[0].hash;
    let hash = chain::link(before, &body);
    store.inject(NextAppend::Overtaken(vec![RawEvent { revision: first.next(), hash, body }]));
    assert_eq!(trail.record(entry(Kind::Read, "root", 2)).await.unwrap(), Revision(2));
    assert_eq!(holds(&store).await, Ok(3));
}

#[tokio::test]
async fn a_store_that_failed_fails_whoever_must_be_on_record() {
    let store = MemoryStore::new();
    let trail = open(&store).await;
    trail.ready().unwrap();
    store.inject(NextAppend::Fatal);
    let refused = trail.record(entry(Kind::Read, "root", 1)).await;
    assert!(matches!(refused, Err(TrailError::Stopped(_))), "{refused:?}");
    assert!(matches!(trail.ready(), Err(TrailError::Stopped(_))));
    assert!(trail.fault().is_some());
    assert!(trail.record(entry(Kind::Read, "root", 1)).await.is_err());
    assert!(entries(&store).is_empty());
}

#[tokio::test]
async fn what_does_not_fit_the_queue_is_counted_as_an_entry() {
    let store = MemoryStore::new();
    let trail = open(&store).await;
    store.hold_appends();
    for _ in 0..100_000 {
        trail.note(entry(Kind::Refused, "ama", 1));
    }
    store.release_appends();
    trail.close().await;
    let entries = entries(&store);
    let (dropped, kept): (Vec<_>, Vec<_>) =
        entries.iter().partition(|entry| entry.kind == Kind::Dropped);
    let dropped: u64 = dropped.iter().map(|entry| entry.what.count).sum();
    assert!(kept.len() < 12_000, "{}", kept.len());
    assert_eq!(kept.len() as u64 + dropped, 100_000, "each is there or counted");
}

#[tokio::test]
async fn a_trail_that_was_touched_is_refused() {
    let store = MemoryStore::new();
    let trail = open(&store).await;
    for place in 0..5 {
        trail.record(entry(Kind::Read, "root", place)).await.unwrap();
    }
    let good = store.events(&LedgerId::trail());
    let refused = |events: Vec<RawEvent>| async move {
        let store = MemoryStore::new();
        store.append(&LedgerId::trail(), Head::Empty, &events).await.unwrap();
        let said = holds(&store).await.unwrap_err();
        let opened = Trail::open(Arc::new(store), Arc::new(SystemClock)).await;
        assert!(opened.is_err(), "it is not written on");
        said
    };
    for place in 0..5 {
        let mut bad = good.clone();
        let text = String::from_utf8(bad[place].body.to_vec()).unwrap();
        bad[place].body = Bytes::from(text.replace("root", "toor"));
        let said = refused(bad).await;
        assert!(said.contains(&format!("revision {place} of ledger audit-trail")), "{said}");
    }
    // An entry of a ledger, well chained, is no entry of the trail.
    let body = Bytes::from_static(br#"{"l":"main","r":0}"#);
    let hash = chain::link(Hash::ZERO, &body);
    refused(vec![RawEvent { revision: Revision(0), hash, body }]).await;
}

#[tokio::test]
async fn it_is_read_backwards_with_a_filter_page_by_page() {
    let store = MemoryStore::new();
    let trail = open(&store).await;
    for place in 0..3_000_u128 {
        let who = if place % 1_000 == 1 { "kofi" } else { "ama" };
        trail.note(entry(Kind::Refused, who, place));
        if place % 512 == 0 {
            trail.record(entry(Kind::Approved, "root", place)).await.unwrap();
        }
    }
    trail.close().await;
    let page = async |filter: &Filter, before, limit| {
        reader::page(&store, filter, before, limit).await.unwrap()
    };
    let all = Filter::default();
    let newest = page(&all, None, 10).await;
    let end = store.events(&LedgerId::trail()).len() as u64;
    assert_eq!(newest.entries[0].revision, Revision(end - 1));
    assert_eq!((newest.entries.len(), newest.looked_from), (10, Revision(end - 10)));
    assert_eq!(page(&all, Some(newest.looked_from), 1).await.entries[0].revision.0, end - 11);

    let kofi = Filter { subject: Some("kofi".parse().unwrap()), ..Filter::default() };
    let found = page(&kofi, None, 10).await;
    assert_eq!((found.entries.len(), found.looked_from, found.more), (3, Revision(0), false));
    let kind = Filter { kind: Some(Kind::Approved), ..Filter::default() };
    assert_eq!(page(&kind, None, 100).await.entries.len(), 6);
    let object = Filter { object: Some(Uuid::from_u128(77).to_string()), ..Filter::default() };
    assert_eq!(page(&object, None, 10).await.entries.len(), 1);
    let other = Filter { ledger: Some("other".parse().unwrap()), ..Filter::default() };
    assert_eq!(page(&other, None, 10).await.entries.len(), 0);
    let later = SystemClock.now() + chrono::TimeDelta::days(1);
    let since = Filter { since: Some(later), ..Filter::default() };
    let none = page(&since, None, 10).await;
    assert_eq!((none.entries.len(), none.more), (0, false), "and nothing before is looked at");
    let until = Filter { until: Some(later), ..Filter::default() };
    assert_eq!(page(&until, None, 10).await.entries.len(), 10);
}

#[tokio::test]
async fn no_ledger_can_be_called_so_and_none_is_opened_of_it() {
    let store = MemoryStore::new();
    open(&store).await.record(entry(Kind::Read, "root", 1)).await.unwrap();
    let clock = Arc::new(SystemClock);
    let ledgers =
        Ledgers::open(Arc::new(store.clone()), clock, EngineOptions::default()).await.unwrap();
    assert!(ledgers.engines().is_empty());
    let refused = ledgers.create(LedgerId::trail()).await;
    assert!(matches!(refused, Err(OpenError::Reserved { .. })));
    ledgers.create(LedgerId::main()).await.unwrap();
    ledgers.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_files_it_is_a_log_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    for start in 0..2_u64 {
        let store = EmbeddedStore::open(folder.path(), Default::default()).unwrap();
        let trail = Trail::open(Arc::new(store.clone()), Arc::new(SystemClock)).await.unwrap();
        let kept = trail.record(entry(Kind::Read, "root", 1)).await.unwrap();
        assert_eq!(kept, Revision(start));
        trail.close().await;
        store.close();
    }
    let store = EmbeddedStore::open_read_only(folder.path()).unwrap();
    assert_eq!(store.ledgers().await.unwrap(), [LedgerId::trail()]);
    assert_eq!(holds(&store).await, Ok(2));
}
