//! What every event store must do, one clause a function, and a macro that gives a store one test
//! a clause, so that a failure reads `embedded::refuses_a_stale_writer`.
//!
//! A clause gets a [`Place`] and not a store, because some of them open it a second time. Clauses
//! come in groups; which of them a store can be asked depends on what can happen to it:
//!
//! | group | for stores | the place is |
//! | --- | --- | --- |
//! | (none) | all | [`Place`] |
//! | `shared` | that several processes may write | [`Place`], whose openings live side by side |
//! | `lost_answers` | whose answer can get lost | [`LosesAnswers`] |
//! | `killed_writer` | that outlive a process | [`Elsewhere`] |
//! | `killed_server` | that are a server | [`Served`] |
//!
//! A million events read takes half a minute and is asked for:
//! `cargo test -p cauri-tests --test store_contract -- --ignored a_million`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::chain::{Hash, link};
use cauri_ledger::store::{AppendError, EventStore, Head, RawEvent};
use futures::future::BoxFuture;
use futures::stream::{StreamExt as _, TryStreamExt as _};

mod again;
mod appending;
mod commands;
mod following;
mod killed;
mod limits;
mod lost;
mod racing;

pub use again::*;
pub use appending::*;
pub use commands::*;
pub use following::*;
pub use killed::*;
pub use limits::*;
pub use lost::*;
pub use racing::*;

/// Where a store keeps its events: empty at first, and the same at every opening.
pub trait Place: Send + Sync {
    /// Opens it. The store opened before, if any, is gone by then, unless the place is shared.
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>>;
}

/// A place whose answers can get lost on the way.
pub trait LosesAnswers: Place {
    /// Loses the answer to the next append that a store opened here makes. `written` says whether
    /// the append has happened by then.
    fn lose_next_answer(&self, written: bool);
}

/// A place that another process can open.
pub trait Elsewhere: Place + Sized {
    /// What the other process needs to know.
    fn address(&self) -> String;
    /// The place with that address.
    fn at(address: &str) -> Self;
}

/// A place that a server keeps.
pub trait Served: Place {
    /// Kills it with SIGKILL and starts it again; returns when it takes connections.
    fn kill_and_restart(&self) -> BoxFuture<'_, ()>;
}

/// Longer than any clause takes, so that a follower that waits for ever is a failure.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The same for a clause with a million events.
pub const LONG_PATIENCE: Duration = Duration::from_secs(900);

/// One `#[tokio::test]` a clause for the store that `$place` makes, in a module `$name`.
///
/// ```text
/// event_store_contract!(postgres, Database::fresh().await);
/// event_store_contract!(shared: postgres_shared, Database::fresh().await);
/// event_store_contract!(killed_writer: postgres_writer, Database, Database::fresh().await);
/// ```
#[macro_export]
macro_rules! event_store_contract {
    ($name:ident, $place:expr) => {
        $crate::event_store_contract! { @clauses $name, $place,
            a_batch_is_all_or_nothing
            the_exact_bytes_come_back
            revisions_follow_without_a_gap_and_read_the_same_twice
            reads_from_every_revision
            a_read_ends_where_the_ledger_ended_when_it_began
            refuses_a_stale_writer
            revision_zero_is_not_the_empty_head
            one_of_sixteen_racing_writers_wins
            racing_writers_that_try_again_lose_nothing
            a_follower_goes_from_old_to_live_without_a_seam
            a_follower_resumes_after_each_checkpoint
            a_follower_waits_for_the_first_event
            a_follower_sees_nothing_of_what_was_refused
            what_was_acknowledged_is_there_after_reopening
            ledgers_do_not_see_each_other
            unknown_and_empty_ledgers_read_empty
            a_big_batch_is_one_batch
            the_same_batch_again_is_told_where_it_ended
            other_content_at_the_same_place_is_refused
            takes_events_up_to_its_limit
            takes_as_many_bytes_at_once_as_it_says
            takes_as_many_events_at_once_as_it_says
            a_command_asked_again_has_its_first_answer
            an_id_with_other_content_is_refused
            one_of_sixteen_who_ask_the_same_is_the_first
            a_batch_of_commands_over_the_limit_is_cut_between_commands
            a_command_over_the_limit_changes_nothing
            @long
            a_million_events_are_read
        }
    };
    (shared: $name:ident, $place:expr) => {
        $crate::event_store_contract! { @clauses $name, $place,
            one_of_sixteen_openings_wins
            a_follower_sees_what_another_opening_appends
            two_engines_on_one_ledger_lose_nothing
        }
    };
    (lost_answers: $name:ident, $place:expr) => {
        $crate::event_store_contract! { @clauses $name, $place,
            a_lost_answer_is_not_known_and_can_be_read_back
            a_lost_request_is_not_known_and_can_be_read_back
            a_command_whose_answer_was_lost_is_applied_once
        }
    };
    (killed_server: $name:ident, $place:expr) => {
        $crate::event_store_contract! { @clauses $name, $place,
            what_was_acknowledged_outlives_the_server
            a_follower_outlives_the_server
        }
    };
    (killed_writer: $name:ident, $type:ty, $place:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "a place may be made of names from anywhere")]
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn what_was_acknowledged_outlives_the_writer() {
                let place: $type = $place;
                let child = concat!(module_path!(), "::writes_until_killed");
                $crate::store_contract::what_was_acknowledged_outlives_the_writer(&place, child)
                    .await;
            }

            #[tokio::test]
            #[ignore = "the other process of the clause above, which starts it"]
            async fn writes_until_killed() {
                $crate::store_contract::writes_until_killed::<$type>().await;
            }
        }
    };
    (@clauses $name:ident, $place:expr, $($clause:ident)* $(@long $($long:ident)*)?) => {
        mod $name {
            #[allow(unused_imports, reason = "a place may be made of names from anywhere")]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $clause() {
                    let place = $place;
                    let clause = $crate::store_contract::$clause(&place);
                    tokio::time::timeout($crate::store_contract::PATIENCE, clause)
                        .await
                        .expect("a clause ends in time");
                }
            )*
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                #[ignore = "takes half a minute"]
                async fn $long() {
                    let place = $place;
                    let clause = $crate::store_contract::$long(&place);
                    tokio::time::timeout($crate::store_contract::LONG_PATIENCE, clause)
                        .await
                        .expect("a clause ends in time");
                }
            )*)?
        }
    };
}

/// Events that follow one another from `first` on. Each has a hash of its own; a store keeps hashes
/// and does not check them.
pub fn events(first: u64, bodies: impl IntoIterator<Item = String>) -> Vec<RawEvent> {
    let events = bodies.into_iter().zip(first..).map(|(body, revision)| RawEvent {
        revision: Revision(revision),
        hash: link(Hash::ZERO, body.as_bytes()),
        body: Bytes::from(body),
    });
    events.collect()
}

/// Small events from `first` on.
pub fn numbered(first: u64, count: u64) -> Vec<RawEvent> {
    events(first, (first..first + count).map(|n| format!(r#"{{"n":{n}}}"#)))
}

/// A ledger by its name.
pub fn ledger(name: &str) -> LedgerId {
    name.parse().expect("the name of a ledger")
}

/// Appends where the batch says that it belongs.
pub async fn append(store: &dyn EventStore, ledger: &LedgerId, batch: &[RawEvent]) {
    let expected = Head::before(batch[0].revision);
    store.append(ledger, expected, batch).await.expect("it follows the head");
}

/// The same in as many batches as the store needs.
pub async fn append_in_pieces(store: &dyn EventStore, ledger: &LedgerId, events: &[RawEvent]) {
    let limits = store.limits();
    let mut rest = events;
    while !rest.is_empty() {
        let fits = |count: &usize| limits.check(&rest[..*count]).is_ok();
        let mut count = rest.len().min(limits.batch_events);
        while !fits(&count) {
            count /= 2;
        }
        append(store, ledger, &rest[..count]).await;
        rest = &rest[count..];
    }
}

/// Everything from `from` on; no chunk is empty.
pub async fn read_all(store: &dyn EventStore, ledger: &LedgerId, from: u64) -> Vec<RawEvent> {
    let chunks: Vec<_> =
        store.read(ledger, Revision(from)).try_collect().await.expect("it can be read");
    assert!(chunks.iter().all(|chunk| !chunk.is_empty()), "a chunk is never empty");
    chunks.concat()
}

/// The next `count` events that a follower sees.
pub async fn follow(
    store: &dyn EventStore,
    ledger: &LedgerId,
    after: Head,
    count: usize,
) -> Vec<RawEvent> {
    let mut chunks = store.follow(ledger, after);
    let mut seen = Vec::new();
    while seen.len() < count {
        let chunk = chunks.next().await.expect("it does not end").expect("it can be read");
        assert!(!chunk.is_empty(), "a chunk is never empty");
        seen.extend(chunk);
    }
    seen
}

/// Where the ledger ends.
pub async fn head(store: &dyn EventStore, ledger: &LedgerId) -> Head {
    store.head(ledger).await.expect("the store can tell")
}

/// Appends `batch`, whatever happens to answers on the way: reads back what is not known, as long
/// as it takes, and tries again what was not written.
pub async fn append_surely(store: &dyn EventStore, ledger: &LedgerId, batch: &[RawEvent]) {
    let expected = Head::before(batch[0].revision);
    let mut in_doubt = false;
    loop {
        match store.append(ledger, expected, batch).await {
            Ok(()) => return,
            Err(AppendError::Unknown(_)) => in_doubt = true,
            // The earlier try came through after all.
            Err(AppendError::Conflict { .. }) if in_doubt => {}
            Err(other) => panic!("{other:?}"),
        }
        match stored(store, ledger, batch).await {
            Some(true) => return,
            Some(false) => {}
            None => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Whether all of `batch` is stored, or nothing; `None` when the store cannot tell now.
///
/// # Panics
/// When a part of it is.
pub async fn stored(store: &dyn EventStore, ledger: &LedgerId, batch: &[RawEvent]) -> Option<bool> {
    let chunks: Vec<_> = store.read(ledger, batch[0].revision).try_collect().await.ok()?;
    let there = chunks.concat();
    assert!(there.is_empty() || there == batch, "a part, or something else: {}", there.len());
    Some(!there.is_empty())
}
