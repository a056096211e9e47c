//! Somebody with the files changes history, at random and as well as can be; the two built programs,
//! `cauri verify` and `cauri-verify`, are to refuse it and to name the place.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::embedded::{EmbeddedStore, Options};
use cauri_ledger::store::{EventStore as _, Head, RawEvent};
use cauri_ledger::{Hash, chain};
use cauri_tests::market;
use cauri_tests::process::{cauri, copy, verifier};
use cauri_tests::server::{Server, new_id};
use futures::TryStreamExt as _;
use rand::RngExt as _;

const SEGMENT: &str = "log/main/00000000000000000000.log";
const FLIPS: usize = 24;
const REWRITES: usize = 4;

/// A log, checkpoints held elsewhere, and the key they were signed with.
struct History {
    folder: tempfile::TempDir,
    data: PathBuf,
    events: Vec<RawEvent>,
    /// The first transfer: every event from here on is a transfer of 100 francs, and a unit.
    transfers: usize,
    /// How many events the earlier checkpoint covers.
    early: usize,
}

fn ended(mut command: Command) -> (bool, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

fn audit(data: &Path, what: &str) -> String {
    let mut command = cauri(&["audit", what]);
    let output = command.arg("--data-dir").arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn verify(data: &Path) -> (bool, String) {
    let mut command = cauri(&["verify", "--data-dir"]);
    command.arg(data);
    ended(command)
}

async fn history() -> History {
    let mut server = Server::start(&["--audit-every", "0"]);
    market::open_ledger(&server).await;
    let (ama, kofi) = (market::wallet(&server, "ama").await, market::wallet(&server, "kofi").await);
    market::fund(&server, ama, 10_000).await;
    let transfers = usize::try_from(server.rest().await).unwrap() + 1;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), audit(server.data(), "key")).unwrap();
    let mut early = 0;
    for number in 0..30 {
        let input = market::transfer(new_id(), ama, kofi, "100");
        server.done("TOKEN_BUYER", "transfer", input).await;
        if number == 14 {
            let note = audit(server.data(), "checkpoint");
            // Beside a server it may be one short of the last: that is not marked as durable yet.
            early = note.lines().nth(1).unwrap().parse().unwrap();
            assert!((transfers + 14..=transfers + 15).contains(&early), "{note}");
            std::fs::write(folder.path().join("early"), note).unwrap();
        }
    }
    assert_eq!(server.stop(), Some(0));
    let note = audit(server.data(), "checkpoint");
    std::fs::write(folder.path().join("last"), note).unwrap();
    let data = folder.path().join("data");
    copy(&server.data().join("log"), &data.join("log"));
    let store = EmbeddedStore::open_read_only(data.join("log")).unwrap();
    let events: Vec<_> = store.read(&LedgerId::main(), Revision::FIRST).try_concat().await.unwrap();
    assert_eq!(events.len(), transfers + 30);
    History { folder, data, events, transfers, early }
}

impl History {
    /// A data folder with another log, its files as the store itself would write them.
    async fn with(&self, name: &str, events: &[RawEvent]) -> PathBuf {
        let data = self.folder.path().join(name);
        let placed = events.iter().enumerate();
        let placed: Vec<_> = placed
            .map(|(at, raw)| RawEvent { revision: Revision(at as u64), ..raw.clone() })
            .collect();
        let store = EmbeddedStore::open(data.join("log"), Options::default()).unwrap();
        store.append(&LedgerId::main(), Head::Empty, &placed).await.unwrap();
        store.close();
        data
    }

    /// What `cauri-verify` says of that log against one of the checkpoints.
    fn against(&self, data: &Path, checkpoint: &str) -> (bool, String) {
        let leaves = data.join("leaves");
        std::fs::write(&leaves, audit(data, "export-leaves")).unwrap();
        let mut command = verifier();
        command.arg("log").arg("--key").arg(self.folder.path().join("key"));
        command.arg("--checkpoint").arg(self.folder.path().join(checkpoint)).arg(leaves);
        ended(command)
    }
}

/// The bodies with fresh hashes: a chain that holds.
fn rehashed(bodies: Vec<Vec<u8>>) -> Vec<RawEvent> {
    let mut previous = Hash::ZERO;
    let chained = bodies.into_iter().enumerate().map(|(at, body)| {
        previous = chain::link(previous, &body);
        RawEvent { revision: Revision(at as u64), hash: previous, body: body.into() }
    });
    chained.collect()
}

/// An event that is a unit of its own, told to be at another revision.
fn moved(raw: &RawEvent, from: usize, to: usize) -> Vec<u8> {
    let text = std::str::from_utf8(&raw.body).unwrap();
    let was = format!("\"r\":{from},\"u\":[{from},1]");
    assert!(text.contains(&was), "{text}");
    text.replacen(&was, &format!("\"r\":{to},\"u\":[{to},1]"), 1).into_bytes()
}

fn random(from: usize, to: usize) -> usize {
    rand::rng().random_range(from..to)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_changed_is_refused_by_one_of_the_two_programs() {
    let it = history().await;
    let (good, said) = verify(&it.data);
    assert!(good, "{said}");
    for checkpoint in ["early", "last"] {
        let (good, said) = it.against(&it.data, checkpoint);
        assert!(good, "{said}");
    }
    any_bit_of_the_file(&it);
    order_and_presence(&it).await;
    history_hashed_anew(&it).await;
}

/// Any bit of the file, also of its end that is not used yet.
fn any_bit_of_the_file(it: &History) {
    let bytes = std::fs::read(it.data.join(SEGMENT)).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let data = it.folder.path().join("flipped");
    copy(&it.data, &data);
    for turn in 0..FLIPS {
        // The last line, a mark, is a target of its own.
        let at = match turn % 4 {
            0 => random(used - 150, used),
            1 => random(used, used + 4096),
            _ => random(0, used),
        };
        let mut changed = bytes.clone();
        changed[at] ^= 1 << random(0, 8);
        std::fs::write(data.join(SEGMENT), changed).unwrap();
        let (good, said) = verify(&data);
        assert!(!good, "byte {at} of {used} was changed: {said}");
        assert!(said.contains("byte") && said.contains(".log"), "byte {at}: {said}");
        assert!(!said.contains("\nverified"), "{said}");
    }
}

/// Two events swapped, one left out: in files whose own checksums are good.
async fn order_and_presence(it: &History) {
    let count = it.events.len();
    for turn in 0..REWRITES {
        let (a, b) = (random(0, count - 1), random(0, count - 1));
        let (first, second) = (a.min(b), a.max(b) + 1);
        let mut swapped = it.events.clone();
        swapped.swap(first, second);
        let (good, said) = verify(&it.with(&format!("swapped-{turn}"), &swapped).await);
        assert!(!good && said.contains(&format!("revision {first}")), "{first}: {said}");
        let mut dropped = it.events.clone();
        dropped.remove(first);
        let (good, said) = verify(&it.with(&format!("dropped-{turn}"), &dropped).await);
        assert!(!good && said.contains(&format!("revision {first}")), "{first}: {said}");
    }
}

/// A history with nothing wrong in itself, which only a checkpoint tells from the true one.
async fn history_hashed_anew(it: &History) {
    let (count, transfers) = (it.events.len(), it.transfers);
    let bodies: Vec<_> = it.events.iter().map(|raw| raw.body.to_vec()).collect();
    for turn in 0..REWRITES {
        let at = random(transfers, count);
        // The end dropped, from there on.
        let cut = rehashed(bodies[..at].to_vec());
        // One transfer dropped, and those after it moved up.
        let mut dropped = bodies[..at].to_vec();
        dropped.extend((at + 1..count).map(|from| moved(&it.events[from], from, from - 1)));
        // One transfer made of another amount, on both sides.
        let mut altered = bodies.clone();
        let text = String::from_utf8(altered[at].clone()).unwrap();
        altered[at] = text.replace("\"100\"", "\"200\"").into_bytes();
        assert_ne!(altered[at], bodies[at]);
        for (name, events) in
            [("cut", cut), ("left-out", rehashed(dropped)), ("altered", rehashed(altered))]
        {
            let data = it.with(&format!("{name}-{turn}"), &events).await;
            // All of our own checks hold: that is why checkpoints are to be held elsewhere.
            let (good, said) = verify(&data);
            assert!(good, "{name} at {at}: {said}");
            let (good, said) = it.against(&data, "last");
            assert!(!good, "{name} at {at}: {said}");
            // The earlier one refuses it just where it covers the change.
            let (good, said) = it.against(&data, "early");
            assert_eq!(good, at >= it.early, "{name} at {at}, covered {}: {said}", it.early);
        }
    }
}
