//! What a comparison of read models has found.

use cauri_domain::LedgerId;
use cauri_ledger::store::Head;

use crate::digest::{LedgerDigests, TableDigest};
use crate::generation::Generation;

/// How a comparison stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// The new tables are being built, or read.
    Underway,
    /// It has come to an end.
    Done(Comparison),
    /// It could not be made, and why. The live tables stay.
    Failed(String),
}

/// What is served and what was built anew from the log, side by side, each ledger at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What was served when they were compared.
    pub live: Generation,
    /// What was built: served from then on if all was equal, and thrown away if not.
    pub built: Generation,
    /// Every ledger.
    pub ledgers: Vec<LedgerComparison>,
    /// A live table with a row of a ledger that is not there, if there is one.
    pub foreign: Option<(&'static str, String)>,
}

impl Comparison {
    /// Whether no table differs.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.foreign.is_none() && self.ledgers.iter().all(LedgerComparison::is_equal)
    }
}

/// One ledger's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerComparison {
    /// Whose.
    pub ledger: LedgerId,
    /// The last event that both cover.
    pub covers: Head,
    /// Its hash in the log's chain, in hex; empty before the first.
    pub hash: String,
    /// Every table.
    pub tables: Vec<TableComparison>,
}

impl LedgerComparison {
    /// Whether no table differs.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.tables.iter().all(|table| table.live == table.built)
    }

    /// The digests of what was built.
    #[must_use]
    pub fn built(&self) -> LedgerDigests {
        let table = |it: &TableComparison| TableDigest {
            table: it.table,
            rows: it.rows,
            sha256: it.built.clone(),
        };
        LedgerDigests {
            ledger: self.ledger.clone(),
            covers: self.covers,
            hash: self.hash.clone(),
            tables: self.tables.iter().map(table).collect(),
        }
    }
}

/// One ledger's rows in one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableComparison {
    /// Which.
    pub table: &'static str,
    /// How many rows the log says there are.
    pub rows: u64,
    /// The digest of the live rows.
    pub live: String,
    /// The digest of those that were built.
    pub built: String,
    /// The key of the first row that differs, and how.
    pub difference: Option<String>,
}
