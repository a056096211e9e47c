//! The inbox: every authentic delivery is kept, byte for byte, before its sender hears that it was
//! taken; what could not be applied at once is applied later, or becomes a dead letter.
//!
//! ```text
//! verified ─► store (one statement, one commit for all that wait) ─► apply ─► mark (in batches)
//!                                                 the worker ─► apply ─► mark
//! ```
//!
//! | state | is | goes on by |
//! | --- | --- | --- |
//! | `stored` | durable, and being applied | the request; after a kill the worker |
//! | `waiting` | the ledger or the provider could not be asked | the worker, with back-off |
//! | `applied` | in the log | |
//! | `no_effect` | of a kind that means nothing here, or news of what the ledger does not know | |
//! | `dead` | refused, or tried for a day in vain | a person: replay |
//!
//! Two guards against booking twice, and only the second protects money: the *delivery key* (the
//! provider's event id, else the body's digest) over the same bytes tells what came before; the
//! commands' ids and the ledger's own rules book each fact once, whatever is applied again.
//!
//! Invariants: nothing is stored whose sender is not proved. A mark may be lost, a delivery may
//! not: a row that is not marked is applied again, which changes nothing.
//!
//! | to find | look in |
//! | --- | --- |
//! | from a delivery to the ledger | `apply.rs` |
//! | tokens of notifications | `token.rs` |
//! | group commit | `store.rs`; what is written, `rows.rs` |
//! | marks | `marks.rs` |
//! | later, and after a kill | `worker.rs`, `schedule.rs` |
//! | questions and acts of people | `desk.rs` |
//! | what of a delivery is sealed | `sealed.rs`, [`crate::vault`] |
//! | counts of what was turned away | `rejections.rs` |

mod apply;
mod desk;
mod marks;
mod own;
mod rejections;
mod rows;
mod schedule;
mod sealed;
mod store;
mod token;
mod worker;

use std::sync::Arc;

use sqlx::postgres::PgPool;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub(crate) use apply::settle;
pub use apply::{Applier, CONFIRMED_AT_ONCE, Settled};
pub use desk::{Filter, Last, Opened, Replay, Row};
pub use marks::Mark;
pub use rejections::{Rejected, Rejections};
pub use rows::{Arrival, Known, State};
pub use sealed::{Content, SealError};
pub use store::StoreError;
pub use token::{COMPARED_AT_ONCE, Compared};
pub(crate) use worker::scheduled;

use cauri_ledger::edge::{Clock as _, SystemClock};
use marks::Marks;
use store::Store;

use crate::vault::Sealer;

/// The inbox of all ledgers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Inbox {
    pool: PgPool,
    store: Store,
    marks: Marks,
    sealer: Sealer,
    applier: Applier,
    rejections: Rejections,
    due: Arc<Notify>,
}

/// The inbox's tasks.
#[derive(Debug)]
pub struct Tasks {
    running: Vec<JoinHandle<()>>,
    rejections: Rejections,
}

impl Inbox {
    /// Opens it over a migrated database and starts its tasks. What was stored and not applied
    /// before is due at once. Bodies of what is done with are deleted `keep_days` after they came;
    /// kept, when not given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(
        pool: PgPool,
        sealer: Sealer,
        applier: Applier,
        keep_days: Option<u32>,
    ) -> Result<(Self, Tasks), sqlx::Error> {
        rows::revive(&pool, SystemClock.now()).await?;
        let (store, storing) = Store::start(&pool);
        let (marks, marking) = Marks::start(&pool);
        let inbox = Self {
            pool,
            store,
            marks,
            sealer,
            applier,
            rejections: Rejections::default(),
            due: Arc::default(),
        };
        let working = tokio::spawn(worker::work(inbox.clone(), keep_days));
        let rejections = inbox.rejections.clone();
        let telling = rejections.tell_every_minute();
        let running = vec![storing, marking, working, telling];
        Ok((inbox, Tasks { running, rejections }))
    }

    /// What applies deliveries.
    #[must_use]
    pub const fn applier(&self) -> &Applier {
        &self.applier
    }

    /// Counts of what is turned away.
    #[must_use]
    pub const fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// Makes a delivery durable, or finds the one that came before it.
    ///
    /// # Errors
    /// [`StoreError`]: it is not known to be kept.
    pub async fn store(
        &self,
        arrival: Arrival,
        content: &Content<'_>,
    ) -> Result<Known, StoreError> {
        let sealed = self.sealer.seal(&sealed::context(arrival.id), &content.encode()?);
        self.store.store(arrival, sealed).await
    }

    /// Says what became of a delivery; written soon, with others.
    pub fn mark(&self, mark: Mark) {
        self.marks.later(mark);
    }
}

impl Tasks {
    /// Stops them. What is not done is found again at the next start.
    pub async fn stop(self) {
        self.rejections.tell();
        for task in &self.running {
            task.abort();
        }
        for task in self.running {
            // An error says that it was stopped, as asked.
            let _ = task.await;
        }
    }
}
