//! What the ledger hands out, checked by `cauri-verify`, which has code of its own; and what it must
//! refuse, whoever changed it and however well.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cauri_domain::testing::{
    any_plan, approve, deliver, funded, minute, open_escrow, opened, paid_out, pay, play, release,
    request as withdraw, service, submit, usd_cents, xof,
};
use cauri_domain::{Command, CommandId, Decided, LedgerId, Revision};
use cauri_ledger::edge::{Clock, ManualClock};
use cauri_ledger::engine::{Engine, EngineOptions, Request};
use cauri_ledger::store::memory::MemoryStore;
use cauri_ledger::store::{EventStore, Head, RawEvent};
use cauri_ledger::transparency::{Receipt, Signer, Tree, signer::Signed, texts};
use cauri_ledger::{Hash, chain};
use cauri_verify::note::{Checkpoint, Key};
use cauri_verify::{Failure, consistency, log, receipt};
use proptest::prelude::*;
use uuid::Uuid;

/// The events that these commands lead to, one minute apart.
async fn events(commands: Vec<(chrono::DateTime<chrono::Utc>, Request)>) -> Vec<RawEvent> {
    let memory = MemoryStore::new();
    let store: Arc<dyn EventStore> = Arc::new(memory.clone());
    let clock = Arc::new(ManualClock::new(minute(0)));
    let time = Arc::clone(&clock) as Arc<dyn Clock>;
    let options = EngineOptions::default();
    let engine = Engine::open(store, LedgerId::main(), time, options).await.unwrap();
    for (at, request) in commands {
        clock.advance(at - clock.now());
        engine.ask(request).await.unwrap();
    }
    engine.close().await;
    memory.events(&LedgerId::main())
}

/// The log of a small marketplace, always the same.
async fn example() -> Vec<RawEvent> {
    let commands: Vec<Command> = [
        vec![opened()],
        funded(1, "ama", xof(50_000)),
        funded(2, "kofi", xof(1_000)),
        funded(3, "esi", usd_cents(12_345)),
        vec![
            open_escrow(1, 1, 2, xof(20_000)),
            deliver(1),
            release(1),
            pay(1, 2, xof(2_500)),
            withdraw(1, 2, xof(15_000)),
            approve(1),
            submit(1),
            paid_out(1, xof(15_000)),
        ],
    ]
    .concat();
    let asked = commands.into_iter().enumerate().map(|(number, command)| {
        let id = CommandId(Uuid::from_u128(0x5000 + number as u128));
        let person = cauri_domain::testing::actor("fin-1", cauri_domain::Role::Finance);
        let may = cauri_domain::permission::permits(cauri_domain::Role::Service, &command);
        let actor = if may { service() } else { person };
        (minute(number as i64), Request::new(id, actor, command))
    });
    events(asked.collect()).await
}

/// What a ledger with these events gives away.
struct Given {
    store: MemoryStore,
    tree: Tree,
    folder: tempfile::TempDir,
    events: Vec<RawEvent>,
}

fn signer() -> Signer {
    Signer::new("cauri.example/main", &[42; 32]).unwrap()
}

fn key() -> Key {
    Key::parse(&signer().public().to_string()).unwrap()
}

async fn given(events: &[RawEvent]) -> Given {
    let (store, folder) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    if !events.is_empty() {
        store.append(&LedgerId::main(), Head::Empty, events).await.unwrap();
    }
    let mut tree = Tree::open(&store, LedgerId::main(), folder.path()).await.unwrap();
    tree.catch_up(&store).await.unwrap();
    Given { store, tree, folder, events: events.to_vec() }
}

/// What the first `count` events were signed as, by one who has only them.
async fn signed(events: &[RawEvent], count: usize) -> Signed {
    signer().sign(&mut given(&events[..count]).await.tree).unwrap()
}

fn opened_note(signed: &Signed) -> Checkpoint {
    Checkpoint::open(&signed.note, &key()).unwrap()
}

fn leaves(events: &[RawEvent]) -> Vec<u8> {
    let mut out = Vec::new();
    events.iter().for_each(|raw| texts::leaf_line(&mut out, raw));
    out
}

/// The bodies with fresh hashes and revisions where they say so: what a forger would write.
fn rehashed(bodies: Vec<Vec<u8>>) -> Vec<RawEvent> {
    let mut previous = Hash::ZERO;
    let chained = bodies.into_iter().enumerate().map(|(revision, body)| {
        previous = chain::link(previous, &body);
        RawEvent { revision: Revision(revision as u64), hash: previous, body: body.into() }
    });
    chained.collect()
}

fn refused(result: Result<impl std::fmt::Debug, Failure>) -> String {
    match result.unwrap_err() {
        Failure::Refused(why) => why,
        Failure::Unusable(why) => panic!("not refused but unusable: {why}"),
    }
}

/// The files in `verify/tests/example` are what this ledger makes. `UPDATE_EXAMPLE=1` writes them.
#[tokio::test]
async fn the_example_is_what_is_made() {
    let events = example().await;
    let mut given = given(&events).await;
    let early = signed(&events, 9).await;
    let last = signer().sign(&mut given.tree).unwrap();
    let (from, to) = (early.checkpoint.size, last.checkpoint.size);
    let kinds = ["escrow.released.v1", "withdrawal.paid.v1"];
    let told: Vec<_> = events
        .iter()
        .filter(|raw| kinds.iter().any(|kind| String::from_utf8_lossy(&raw.body).contains(kind)))
        .map(|raw| raw.revision)
        .collect();
    assert_eq!(told.len(), 2);
    let told = Receipt::events(&given.store, &LedgerId::main(), &told).await.unwrap();
    let files = [
        ("key", format!("{}\n", signer().public()).into_bytes()),
        ("leaves.jsonl", leaves(&given.events)),
        ("early.checkpoint", early.note.into_bytes()),
        ("last.checkpoint", last.note.clone().into_bytes()),
        ("receipt.json", Receipt::new(&given.tree, &last, &told).unwrap().to_json().into_bytes()),
        ("consistency", {
            let proof = given.tree.consistency(from, to).unwrap();
            texts::consistency(from, to, &proof).into_bytes()
        }),
    ];
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../verify/tests/example");
    for (name, made) in files {
        let path = folder.join(name);
        if std::env::var_os("UPDATE_EXAMPLE").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &made).unwrap();
        }
        let kept = std::fs::read(&path).unwrap();
        assert_eq!(String::from_utf8_lossy(&made), String::from_utf8_lossy(&kept), "{name}");
    }
    assert!(Path::new(given.folder.path()).join("checkpoint").exists());
}

/// The events of a random history.
fn history(plan: &cauri_domain::testing::Plan) -> Vec<RawEvent> {
    let happened = play(plan).1.into_iter().filter_map(|(asked, decided)| {
        let happened = matches!(decided, Ok(Decided::Happened(_)));
        happened.then(|| (asked.at, Request::new(asked.id, asked.actor, asked.command)))
    });
    block_on(events(happened.collect()))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Row 1 of `docs/peers-asks.md`.
    #[test]
    fn what_was_signed_is_taken_and_whatever_was_changed_is_refused(
        plan in any_plan(0..30),
        place in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let events = history(&plan);
        let count = events.len();
        let (at, b) = (place.index(count - 1), other.index(count));
        let all = opened_note(&block_on(signed(&events, count)));
        let part = opened_note(&block_on(signed(&events, b)));
        let check = |lines: &[u8], checkpoints: &[Checkpoint]| log::check(lines, checkpoints);
        let both = [all.clone(), part.clone()];
        let lines = leaves(&events);
        let seen = check(&lines, &both).unwrap();
        prop_assert_eq!((seen.events, seen.covered), (count as u64, count as u64));

        // Any byte turned: refused, at the revision whose line it is in.
        let mut changed = lines.clone();
        let turned = byte.index(lines.len());
        changed[turned] ^= 1 << bit;
        let line = lines[..turned].iter().filter(|byte| **byte == b'\n').count();
        let why = refused(check(&changed, &[]));
        prop_assert!(why.starts_with(&format!("revision {line}:")), "{why}, not {line}");

        // Two swapped, one dropped: refused there.
        let mut swapped = events.clone();
        swapped.swap(at, at + 1);
        let why = refused(check(&leaves(&swapped), &[]));
        prop_assert!(why.starts_with(&format!("revision {at}:")), "{why}, not {at}");
        let mut dropped = events.clone();
        dropped.remove(at);
        let why = refused(check(&leaves(&dropped), &[]));
        prop_assert!(why.starts_with(&format!("revision {at}:")), "{why}, not {at}");

        // The last dropped: a whole log may be left, which only a checkpoint tells from all of it.
        let cut = leaves(&events[..count - 1]);
        refused(check(&cut, std::slice::from_ref(&all)));

        // Another history from some revision on, hashed properly: refused by every checkpoint that
        // covers it, and by no other.
        let mut bodies: Vec<_> = events.iter().map(|raw| raw.body.to_vec()).collect();
        let text = String::from_utf8(bodies[at].clone()).unwrap();
        let forged = text.replacen("\"d\":\"", "\"d\":\"0", 1).replacen("0000-", "0001-", 1);
        bodies[at] = forged.into_bytes();
        let forged = leaves(&rehashed(bodies.clone()));
        check(&forged, &[]).unwrap();
        refused(check(&forged, std::slice::from_ref(&all)));
        let covered = b > at;
        let told = check(&forged, std::slice::from_ref(&part));
        prop_assert_eq!(told.is_err(), covered, "{:?}", told);
        if !covered && b > 0 {
            let why = refused(check(&forged, &both));
            prop_assert!(why.contains(&format!("at revision {b} or later")), "{why}");
        }

        // A fork signed with the very key: it does not extend what was signed before.
        let fork = rehashed(bodies);
        let fork = block_on(given(&fork));
        let mut tree = fork.tree;
        let forked = signer().sign(&mut tree).unwrap();
        let (from, to) = (part.size, forked.checkpoint.size);
        let proof = texts::consistency(from, to, &tree.consistency(from, to).unwrap());
        let told = consistency::check(&part, &opened_note(&forked), &proof);
        prop_assert_eq!(told.is_err(), covered, "{:?}", told);
    }

    #[test]
    fn receipts_are_taken_and_no_changed_one(
        plan in any_plan(0..30),
        place in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let events = history(&plan);
        let mut given = block_on(given(&events));
        let signed = signer().sign(&mut given.tree).unwrap();
        let at = place.index(events.len());
        let made = Receipt::new(&given.tree, &signed, &events[at..=at]).unwrap().to_json();
        let (checkpoint, proved) = receipt::check(&made, &key()).unwrap();
        prop_assert_eq!(checkpoint, opened_note(&signed));
        prop_assert_eq!(proved[0].event.as_bytes(), &events[at].body[..]);

        let mut changed = made.clone().into_bytes();
        let turned = byte.index(changed.len());
        changed[turned] ^= 1 << bit;
        if let Ok(changed) = String::from_utf8(changed) {
            // Spaces between the parts of the file are no part of what it says.
            let same = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            if same(&changed) != same(&made) {
                receipt::check(&changed, &key()).unwrap_err();
            }
        }
    }
}
