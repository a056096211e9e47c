//! The rows: which callers, batches and doors.

use std::path::Path;
use std::time::Duration;

use super::Row;
use super::door::{Door, GraphQl, Process};
use super::measure;
use super::setting::Setting;

/// A row to run.
pub(super) struct Cell {
    pub name: String,
    door: &'static str,
    callers: usize,
    batch: usize,
    wallets: u64,
}

/// Most of the wallets that the uniform rows use.
const WALLETS: u64 = 10_000;

/// Every row. With 8,190 a batch, 1,024 callers would have 8 million commands under way, more than
/// any queue should hold: those rows stop at 8 callers. Over HTTP such a batch is
/// 1.5 MB of JSON.
pub(super) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |door: &'static str, callers: usize, batch: usize, wallets: u64| {
        let hot = if wallets == 2 { "-hot" } else { "" };
        let name = format!("transfers-{door}-{callers}x{batch}{hot}");
        cells.push(Cell { name, door, callers, batch, wallets });
    };
    for (callers, batch) in
        [(1, 1), (64, 1), (1_024, 1), (1, 100), (64, 100), (1_024, 100), (1, 8_190), (8, 8_190)]
    {
        add("process", callers, batch, WALLETS);
    }
    add("process", 1_024, 1, 2);
    for (callers, batch) in
        [(1, 1), (64, 1), (1_024, 1), (1, 100), (64, 100), (1_024, 100), (1, 8_190), (8, 8_190)]
    {
        add("graphql", callers, batch, WALLETS);
    }
    cells
}

impl Cell {
    pub(super) async fn run(&self, dir: &Path, time: Duration) -> anyhow::Result<Row> {
        let setting = Setting::open(dir, &self.name, self.wallets).await?;
        let measured = match self.door {
            "graphql" => {
                let door = GraphQl::open(&setting, self.callers).await?;
                self.drive(&setting, door, time).await
            }
            _ => self.drive(&setting, Process::new(&setting), time).await,
        };
        let measured = setting.close_and_recount(measured?).await?;
        Ok(Row {
            name: self.name.clone(),
            store: "embedded",
            door: self.door,
            callers: self.callers,
            batch: self.batch,
            per_second: measured.per_second(),
            p50_us: measured.latency_us(50.0),
            p99_us: measured.latency_us(99.0),
            max_us: measured.latency_us(100.0),
        })
    }

    async fn drive(
        &self,
        setting: &Setting,
        door: impl Door,
        time: Duration,
    ) -> anyhow::Result<measure::Measured> {
        measure::drive(setting, door, self.callers, self.batch, time).await
    }
}
