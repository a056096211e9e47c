//! Plays a demo as a newcomer would, and reads what it printed.

use cauri_tests::process::cauri;
use cauri_tests::server::Server;

/// What a demo printed.
pub struct Printed(String);

/// Plays a demo against a server of its own.
pub fn play(name: &str) -> Printed {
    let server = Server::start(&["--demo"]);
    let data = server.data().to_str().unwrap().to_owned();
    let url = server.url("");
    let played = cauri(&["demo", name, "--url", &url, "--data-dir", &data]).output().unwrap();
    let printed = String::from_utf8_lossy(&played.stdout).into_owned();
    let said = String::from_utf8_lossy(&played.stderr);
    assert_eq!(played.status.code(), Some(0), "{printed}{said}");
    Printed(printed)
}

impl Printed {
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
