//! Digests of read models, and how a comparison of them ended.

use async_graphql::{Enum, SimpleObject};

use cauri_domain::LedgerId;
use cauri_projections::digest::{LedgerDigests, TableDigest};
use cauri_projections::{Compared, Comparison, LedgerComparison, TableComparison};

use super::types::revision;
use crate::graphql::scalars::RevisionNumber;

/// What the caller's ledger has in the read models, as digests: the same on every machine that
/// holds the same log and covers the same revision.
#[derive(Debug, SimpleObject)]
pub struct ReadModelDigests {
    /// The ledger.
    ledger: String,
    /// The last event that they cover; none before the first.
    revision: Option<RevisionNumber>,
    /// That event's hash in the log's chain, in hex; empty before the first.
    hash: String,
    /// SHA-256 over all tables' names and digests, in hex.
    digest: String,
    /// Every table.
    tables: Vec<ReadModelTableDigest>,
}

/// The digest of a table.
#[derive(Debug, SimpleObject)]
pub struct ReadModelTableDigest {
    /// Its name.
    table: String,
    /// How many rows the ledger has in it.
    rows: u64,
    /// SHA-256 over its rows in the order of their primary key, in hex.
    sha256: String,
}

impl From<LedgerDigests> for ReadModelDigests {
    fn from(digests: LedgerDigests) -> Self {
        let digest = digests.of_all();
        let table = |TableDigest { table, rows, sha256 }| ReadModelTableDigest {
            table: String::from(table),
            rows,
            sha256,
        };
        Self {
            ledger: digests.ledger.to_string(),
            revision: revision(digests.covers),
            hash: digests.hash,
            digest,
            tables: digests.tables.into_iter().map(table).collect(),
        }
    }
}

/// How a comparison of read models stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum ReadModelComparisonStatus {
    /// The new tables are being built, or read.
    Running,
    /// Every table was equal: the new ones are served.
    Equal,
    /// Some table differs: the live ones stay.
    Different,
    /// They could not be compared: the live ones stay.
    Failed,
}

/// The live read models and those built anew from the log, at one revision.
#[derive(Debug, SimpleObject)]
pub struct ReadModelComparison {
    /// How it stands.
    status: ReadModelComparisonStatus,
    /// Why they could not be compared.
    failure: Option<String>,
    /// The last event that both cover.
    revision: Option<RevisionNumber>,
    /// That event's hash in the log's chain, in hex.
    hash: Option<String>,
    /// SHA-256 over the names and digests of all tables that were built, in hex.
    digest: Option<String>,
    /// Every table, with the rows of the caller's ledger.
    tables: Vec<ReadModelTableComparison>,
    /// What differs outside of the caller's ledger.
    elsewhere: Vec<String>,
}

/// A table, as it is served and as it was built anew.
#[derive(Debug, SimpleObject)]
pub struct ReadModelTableComparison {
    /// Its name.
    table: String,
    /// How many rows the log says that the ledger has in it.
    rows: u64,
    /// The digest of the rows that were served, in hex.
    live: String,
    /// The digest of those that were built from the log, in hex.
    built: String,
    /// The key of the first row that differs, and how; none when all are equal.
    difference: Option<String>,
}

impl From<TableComparison> for ReadModelTableComparison {
    fn from(compared: TableComparison) -> Self {
        let TableComparison { table, rows, live, built, difference } = compared;
        Self { table: table.to_owned(), rows, live, built, difference }
    }
}

impl ReadModelComparison {
    pub(super) fn new(compared: Compared, ledger: &LedgerId) -> Self {
        let mut shown = Self {
            status: ReadModelComparisonStatus::Running,
            failure: None,
            revision: None,
            hash: None,
            digest: None,
            tables: Vec::new(),
            elsewhere: Vec::new(),
        };
        match compared {
            Compared::Underway => {}
            Compared::Failed(failure) => {
                shown.status = ReadModelComparisonStatus::Failed;
                shown.failure = Some(failure);
            }
            Compared::Done(comparison) => shown.fill(comparison, ledger),
        }
        shown
    }

    fn fill(&mut self, comparison: Comparison, ledger: &LedgerId) {
        self.status = match comparison.is_equal() {
            true => ReadModelComparisonStatus::Equal,
            false => ReadModelComparisonStatus::Different,
        };
        if let Some((table, of)) = comparison.foreign {
            self.elsewhere.push(format!("{table}: a row of a ledger that is not there ({of})"));
        }
        for other in &comparison.ledgers {
            if other.ledger != *ledger
                && let Some(first) = other.tables.iter().find(|table| table.live != table.built)
            {
                let difference = first.difference.as_deref().unwrap_or("differs");
                let LedgerComparison { ledger, .. } = other;
                self.elsewhere.push(format!("ledger {ledger}: {}: {difference}", first.table));
            }
        }
        if let Some(own) = comparison.ledgers.into_iter().find(|it| it.ledger == *ledger) {
            self.revision = revision(own.covers);
            self.digest = Some(own.built().of_all());
            self.hash = Some(own.hash);
            self.tables = own.tables.into_iter().map(Into::into).collect();
        }
    }
}
