//! What is particular to the store in a Postgres: its tables, its rights, its lease, its outages.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod lease;
mod outages;
mod tables;

use std::error::Error;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::postgres::{Options, PostgresAddress, PostgresStore};
use cauri_ledger::store::{AppendError, EventStore as _, Head, StoreFault};
use cauri_tests::store_contract::events;

/// A store that appends by no lease.
async fn open(address: impl Into<PostgresAddress>) -> PostgresStore {
    PostgresStore::open(address.into(), None, Options::default()).await.unwrap()
}

/// Appends one small event.
async fn append(store: &PostgresStore, revision: u64) -> Result<(), AppendError> {
    let batch = events(revision, [format!(r#"{{"n":{revision}}}"#)]);
    store.append(&LedgerId::main(), Head::before(Revision(revision)), &batch).await
}

/// Everything that an error says, causes included.
fn told(error: &(dyn Error + 'static)) -> String {
    let (mut text, mut error) = (error.to_string(), error);
    while let Some(cause) = error.source() {
        text = format!("{text}: {cause}");
        error = cause;
    }
    text
}

/// Why the store could not be opened.
async fn refused(address: impl Into<PostgresAddress>) -> String {
    let opened: Result<_, StoreFault> =
        PostgresStore::open(address.into(), None, Options::default()).await;
    told(&opened.unwrap_err())
}
