//! Writers and servers that are killed: what was acknowledged is there, once, whole.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::{EventStore, Head, RawEvent};
use futures::stream::StreamExt as _;

use super::{Elsewhere, Served, append, append_surely, events, head, read_all};

/// Tells the other process where to write.
const ADDRESS: &str = "CAURI_CONTRACT_ADDRESS";

/// The line that the other process writes after each batch that was acknowledged.
const ACKNOWLEDGED: &str = "acknowledged up to ";

/// Three events from `first` on, a batch of the other process.
fn three(first: u64) -> Vec<RawEvent> {
    let padding = "x".repeat(500);
    events(first, (first..first + 3).map(|n| format!(r#"{{"n":{n},"padding":"{padding}"}}"#)))
}

/// Another process writes until it is killed, five times: whatever it was told is there, and at
/// most the one batch that it was not told of, whole.
pub async fn what_was_acknowledged_outlives_the_writer(place: &impl Elsewhere, child: &str) {
    let main = LedgerId::main();
    let test = child.split_once("::").map_or(child, |(_, test)| test);
    for round in 1..=5_u64 {
        let mut writer = Command::new(std::env::current_exe().expect("this program"))
            .args([test, "--exact", "--ignored", "--nocapture"])
            .env(ADDRESS, place.address())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started");
        let mut lines = BufReader::new(writer.stdout.take().expect("it is piped")).lines();
        let mut acknowledged = None;
        for _ in 0..10 * round {
            let line = lines.by_ref().map_while(Result::ok);
            let line = line.filter_map(|line| Some(line.split_once(ACKNOWLEDGED)?.1.parse().ok()));
            acknowledged = line.flatten().next();
            assert!(acknowledged.is_some(), "the other process ended by itself");
        }
        writer.kill().expect("it runs");
        // What it said before it died counts as well.
        let rest = lines.map_while(Result::ok);
        let rest = rest.filter_map(|line| line.split_once(ACKNOWLEDGED)?.1.parse().ok());
        let acknowledged: u64 = rest.last().or(acknowledged).expect("it wrote");
        writer.wait().expect("it was killed");
        let store = place.open().await;
        let end = settled(&*store, &main).await;
        assert!(end >= acknowledged, "{acknowledged} was acknowledged, the ledger ends at {end}");
        let all = read_all(&*store, &main, 0).await;
        assert_eq!(all.len() as u64, end + 1);
        let three_by_three = (0..=end).step_by(3).flat_map(three).collect::<Vec<_>>();
        assert_eq!(all, three_by_three, "whole batches, in order");
        assert!(end <= acknowledged + 3, "no more than one batch can have been on its way");
        append(&*store, &main, &three(end + 1)).await;
    }
}

/// Where the ledger ends once nothing that was on its way can arrive: a request of a process that
/// was killed may still be with the server.
async fn settled(store: &dyn EventStore, ledger: &LedgerId) -> u64 {
    let mut before = head(store, ledger).await;
    loop {
        tokio::time::sleep(Duration::from_millis(150)).await;
        match head(store, ledger).await {
            now if now != before => before = now,
            Head::At(revision) => return revision.0,
            Head::Empty => panic!("something was acknowledged"),
        }
    }
}

/// The other process of the clause before.
pub async fn writes_until_killed<P: Elsewhere>() {
    let address = std::env::var(ADDRESS).expect("the clause that starts this says where");
    let place = P::at(&address);
    let (store, main) = (place.open().await, LedgerId::main());
    let mut next = head(&*store, &main).await.next().0;
    loop {
        append(&*store, &main, &three(next)).await;
        next += 3;
        println!("{ACKNOWLEDGED}{}", next - 1);
    }
}

/// The server is killed under load, five times: the store that stayed open goes on by itself, and
/// every acknowledged event is there once.
pub async fn what_was_acknowledged_outlives_the_server(place: &impl Served) {
    let (store, main) = (place.open().await, LedgerId::main());
    let (tell, mut got_to) = tokio::sync::watch::channel(0_u64);
    let writer = {
        let (store, main) = (Arc::clone(&store), main.clone());
        tokio::spawn(async move {
            let mut next = 0;
            // Until nobody wants to hear of it any more.
            while tell.send(next).is_ok() {
                append_surely(&*store, &main, &three(next)).await;
                next += 3;
            }
            next
        })
    };
    for _ in 0..4 {
        let wanted = *got_to.borrow() + 12;
        got_to.wait_for(|next| *next >= wanted).await.expect("the writer goes on");
        place.kill_and_restart().await;
    }
    let wanted = *got_to.borrow() + 12;
    got_to.wait_for(|next| *next >= wanted).await.expect("the writer goes on");
    drop(got_to);
    let next = writer.await.expect("the writer does not panic");
    let all = read_all(&*store, &main, 0).await;
    assert_eq!(all, (0..next).step_by(3).flat_map(three).collect::<Vec<_>>());
}

/// A follower either goes on by itself after the server was killed, or ends with a fault; resumed
/// after the last event that it saw, it misses nothing and sees nothing twice.
pub async fn a_follower_outlives_the_server(place: &impl Served) {
    let (store, main) = (place.open().await, LedgerId::main());
    append(&*store, &main, &three(0)).await;
    let follower = {
        let (store, main) = (Arc::clone(&store), main.clone());
        tokio::spawn(async move {
            let mut seen: Vec<RawEvent> = Vec::new();
            while seen.len() < 36 {
                let after = Head::before(Revision(seen.len() as u64));
                let mut chunks = store.follow(&main, after);
                while seen.len() < 36
                    && let Some(Ok(chunk)) = chunks.next().await
                {
                    seen.extend(chunk);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            seen
        })
    };
    for round in 1..4 {
        place.kill_and_restart().await;
        for first in (9 * round - 6..9 * round + 3).step_by(3) {
            append_surely(&*store, &main, &three(first)).await;
        }
    }
    append_surely(&*store, &main, &three(30)).await;
    append_surely(&*store, &main, &three(33)).await;
    let seen = follower.await.expect("the follower does not panic");
    assert_eq!(seen, (0..36).step_by(3).flat_map(three).collect::<Vec<_>>());
}
