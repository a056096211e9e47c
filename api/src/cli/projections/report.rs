//! What is printed of digests and comparisons.

use anyhow::ensure;
use comfy_table::{CellAlignment, Table, presets};
use serde::Deserialize;

use cauri_projections::digest::LedgerDigests;
use cauri_projections::{Comparison, LedgerComparison};

/// The digests of a ledger, as the server tells them too.
#[derive(Debug, Deserialize)]
pub(super) struct Digests {
    pub(super) ledger: String,
    revision: Option<u64>,
    hash: String,
    digest: String,
    tables: Vec<Digested>,
}

#[derive(Debug, Deserialize)]
struct Digested {
    table: String,
    rows: u64,
    sha256: String,
}

impl From<LedgerDigests> for Digests {
    fn from(digests: LedgerDigests) -> Self {
        let digest = digests.of_all();
        let table = |it: cauri_projections::digest::TableDigest| Digested {
            table: it.table.to_owned(),
            rows: it.rows,
            sha256: it.sha256,
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

impl Digests {
    pub(super) fn print(&self) {
        let mut table = table(["table", "rows", "SHA-256"]);
        for Digested { table: name, rows, sha256 } in &self.tables {
            table.add_row([name.clone(), rows.to_string(), sha256.clone()]);
        }
        println!("ledger {}", self.ledger);
        println!("{table}");
        end(self.revision, &self.hash, &self.digest);
    }
}

/// A comparison of a ledger's tables, as the server tells it too.
#[derive(Debug, Deserialize)]
pub(super) struct Compared {
    pub(super) revision: Option<u64>,
    hash: Option<String>,
    digest: Option<String>,
    tables: Vec<ComparedTable>,
}

#[derive(Debug, Deserialize)]
struct ComparedTable {
    table: String,
    rows: u64,
    live: String,
    built: String,
    difference: Option<String>,
}

impl From<&LedgerComparison> for Compared {
    fn from(compared: &LedgerComparison) -> Self {
        let table = |it: &cauri_projections::TableComparison| ComparedTable {
            table: it.table.to_owned(),
            rows: it.rows,
            live: it.live.clone(),
            built: it.built.clone(),
            difference: it.difference.clone(),
        };
        Self {
            revision: revision(compared.covers),
            hash: Some(compared.hash.clone()),
            digest: Some(compared.built().of_all()),
            tables: compared.tables.iter().map(table).collect(),
        }
    }
}

impl Compared {
    pub(super) fn print(&self, ledger: &str) {
        let mut table = table(["table", "rows", "SHA-256", "live"]);
        for it in &self.tables {
            let live = if it.live == it.built { "equal" } else { "DIFFERENT" };
            table.add_row([&it.table, &it.rows.to_string(), &it.built, live]);
        }
        println!("ledger {ledger}");
        println!("{table}");
        let (hash, digest) = (self.hash.as_deref(), self.digest.as_deref());
        end(self.revision, hash.unwrap_or_default(), digest.unwrap_or_default());
        for it in self.tables.iter().filter(|it| it.live != it.built) {
            println!("{}: {}", it.table, it.difference.as_deref().unwrap_or("differs"));
        }
    }
}

/// Prints a comparison that was made here; fails when something differs.
pub(super) fn conclude(
    comparison: &Comparison,
    shown: impl Fn(&LedgerComparison) -> bool,
) -> anyhow::Result<()> {
    for compared in &comparison.ledgers {
        // What differs is never left out.
        if shown(compared) || !compared.is_equal() {
            Compared::from(compared).print(compared.ledger.as_str());
        }
    }
    if let Some((table, ledger)) = &comparison.foreign {
        println!("{table}: holds a row of a ledger that is not there ({ledger})");
    }
    ending(comparison.is_equal())
}

/// The last words.
pub(super) fn ending(is_equal: bool) -> anyhow::Result<()> {
    ensure!(is_equal, "the live read models differ from what the log says; they are still served");
    println!("equal: the new read models are served");
    Ok(())
}

fn end(revision: Option<u64>, hash: &str, digest: &str) {
    match revision {
        Some(revision) => println!("revision {revision}, hash {hash}"),
        None => println!("no event yet"),
    }
    println!("digest of all tables {digest}");
}

fn revision(head: cauri_ledger::store::Head) -> Option<u64> {
    match head {
        cauri_ledger::store::Head::At(revision) => Some(revision.0),
        cauri_ledger::store::Head::Empty => None,
    }
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header);
    if let Some(rows) = table.column_mut(1) {
        rows.set_cell_alignment(CellAlignment::Right);
    }
    table
}
