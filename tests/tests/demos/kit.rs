//! Plays a demo as a newcomer would, and reads what it printed.

use std::collections::BTreeSet;
use std::path::Path;

use cauri_api::store::StoreAddress;
use cauri_domain::{Event, LedgerId};
use cauri_ledger::log;
use cauri_ledger::store::Head;
use cauri_tests::process::cauri;
use cauri_tests::server::Server;
use futures::TryStreamExt as _;
use serde_json::Value;
use tokio::runtime::Runtime;

/// What a demo printed.
pub struct Printed(String);

/// A payout: the withdrawal that it pays, which is its idempotency key, and the provider's own name
/// of it.
type Payout = (String, String);

/// Plays a demo against a server of its own. Whichever it is, money also goes out, and through the
/// provider: at least one withdrawal of its ledger was paid, and the provider made each payout.
pub fn play(name: &str) -> Printed {
    let mut server = Server::start(&["--demo"]);
    let data = server.data().to_str().unwrap().to_owned();
    let url = server.url("");
    let played = cauri(&["demo", name, "--url", &url, "--data-dir", &data]).output().unwrap();
    let printed = String::from_utf8_lossy(&played.stdout).into_owned();
    let said = String::from_utf8_lossy(&played.stderr);
    assert_eq!(played.status.code(), Some(0), "{printed}{said}");
    // Nothing is half written any more.
    server.stop();
    let printed = Printed(printed);
    let (paid, made) = (paid_in_log(server.data(), printed.ledger()), made(server.data()));
    assert!(!paid.is_empty(), "{name} pays nobody out");
    assert!(paid.is_subset(&made), "{name}: {paid:?} are paid, and the provider made {made:?}");
    printed
}

/// The payouts by which withdrawals were paid, as a ledger's log has them.
fn paid_in_log(data: &Path, ledger: LedgerId) -> BTreeSet<Payout> {
    Runtime::new().unwrap().block_on(async {
        let store = "embedded".parse::<StoreAddress>().unwrap();
        let store = store.open_read_only(data).await.unwrap();
        let mut events = log::read(store, ledger, Head::Empty);
        let mut paid = BTreeSet::new();
        while let Some(chunk) = events.try_next().await.unwrap() {
            for recorded in &chunk {
                if let Event::WithdrawalPaid(it) = &recorded.event {
                    paid.insert((it.withdrawal.to_string(), it.receipt.object.to_string()));
                }
            }
        }
        paid
    })
}

/// The payouts that the simulated provider has taken on, as it wrote them down itself.
fn made(data: &Path) -> BTreeSet<Payout> {
    let file = data.join("simulated-provider/provider.jsonl");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let book = std::fs::read_to_string(file).unwrap();
    let entries = book.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let payouts = entries.filter(|entry| entry["entry"] == "payout");
    payouts.map(|entry| (text(&entry["key"]), text(&entry["object"]))).collect()
}

impl Printed {
    /// The ledger that it was played in.
    fn ledger(&self) -> LedgerId {
        let named = self.0.lines().find_map(|it| it.strip_prefix("In a ledger of its own, "));
        named.map_or_else(LedgerId::main, |name| name.parse().unwrap())
    }

    /// What the trial balance's debits and credits of a currency differ by, added up line by line
    /// and compared with the totals that were printed.
    pub fn difference(&self, currency: &str) -> i64 {
        let table = self.0.rsplit("Trial balance").next().unwrap();
        let (mut sums, mut totals) = ([0, 0], None);
        for line in table.lines() {
            let cells: Vec<&str> = line.split(['│', '┆']).map(str::trim).collect();
            let [_, account, _, of, debits, credits, ..] = cells[..] else { continue };
            if of != currency {
                continue;
            }
            let both: [i64; 2] = [debits.parse().unwrap(), credits.parse().unwrap()];
            if account == "TOTAL" {
                totals = Some(both);
            } else {
                sums = [sums[0] + both[0], sums[1] + both[1]];
            }
        }
        assert_eq!(Some(sums), totals, "the printed totals");
        sums[0] - sums[1]
    }

    /// The balance of an account in the printed trial balance; `None` where it was never posted to.
    pub fn balance(&self, account: &str, currency: &str) -> Option<String> {
        let table = self.0.rsplit("Trial balance").next().unwrap();
        table.lines().find_map(|line| {
            let cells: Vec<&str> =
                line.split(['│', '┆']).map(str::trim).filter(|cell| !cell.is_empty()).collect();
            let found = cells.first() == Some(&account) && cells.get(2) == Some(&currency);
            found.then(|| cells.last().unwrap().to_string())
        })
    }

    /// The last running balance of a printed statement.
    pub fn last_balance(&self, name: &str) -> String {
        let from = self.0.find(&format!("\n{name}'s statement")).unwrap();
        let mut lines = self.0[from..].lines().skip_while(|line| !line.starts_with('╞'));
        let last = lines.by_ref().take_while(|line| !line.starts_with('└')).last().unwrap();
        last.split(['│', '┆']).map(str::trim).rfind(|cell| !cell.is_empty()).unwrap().to_owned()
    }

    /// All of it.
    pub fn text(&self) -> &str {
        &self.0
    }
}
