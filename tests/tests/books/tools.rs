//! The outside tools: found, asked to check a book, and asked what it comes to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cauri_api::books::BookFormat;
use cauri_domain::{Currency, money};
use chrono::NaiveDate;

use super::kit::Balances;

/// Adds up a ledger of beancount's with beancount's own code.
const REALIZE: &str = "
import sys
from beancount import loader
from beancount.core import realization
entries, errors, options = loader.load_file(sys.argv[1])
for account in realization.iter_children(realization.realize(entries), leaf_only=False):
    for position in account.balance:
        print(account.account, position.units.currency, format(position.units.number, 'f'))
";

/// An outside tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Hledger,
    Ledger,
    Beancount,
}

impl Tool {
    pub const ALL: [Self; 3] = [Self::Hledger, Self::Ledger, Self::Beancount];

    /// The form that it reads.
    pub const fn format(self) -> BookFormat {
        match self {
            Self::Hledger => BookFormat::Hledger,
            Self::Ledger => BookFormat::Ledger,
            Self::Beancount => BookFormat::Beancount,
        }
    }

    const fn program(self) -> &'static str {
        match self {
            Self::Hledger => "hledger",
            Self::Ledger => "ledger",
            Self::Beancount => "bean-check",
        }
    }

    /// Where it is; where it is not, says that what needs it is not run.
    pub fn find(self) -> Option<PathBuf> {
        let name = self.program();
        // Where `scripts/ensure-books.sh` puts what it fetches.
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cauri/books/bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path)
            .chain([own])
            .map(|folder| folder.join(name))
            .find(|file| file.is_file());
        if found.is_none() {
            let required = std::env::var("CAURI_BOOKS").is_ok_and(|it| it == "required");
            assert!(!required, "{name} is not there: scripts/ensure-books.sh");
            // Not by `eprintln`, which is kept back until a test has failed.
            use std::io::Write as _;
            let _ = writeln!(
                std::io::stderr(),
                "NOT RUN: {name} is not there, so no book is read by it"
            );
        }
        found
    }

    /// Whether it takes the book as it stands, as strictly as it can, and what it says.
    pub fn check(self, program: &Path, book: &Path) -> (bool, String) {
        let mut command = Command::new(program);
        match self {
            Self::Hledger => {
                command.arg("-f").arg(book).args(["check", "-s", "ordereddates", "payees"])
            }
            Self::Ledger => command.arg("-f").arg(book).args(["--strict", "--pedantic", "balance"]),
            Self::Beancount => command.arg("--no-cache").arg(book),
        };
        let output = run(&mut command);
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// What every account comes to, without what is zero.
    pub fn balances(
        self,
        program: &Path,
        book: &Path,
        currencies: &BTreeSet<Currency>,
    ) -> Balances {
        match self {
            Self::Hledger => hledger(program, book, &[]),
            Self::Ledger => {
                currencies.iter().flat_map(|currency| ledger(program, book, *currency)).collect()
            }
            Self::Beancount => beancount(program, book),
        }
    }
}

fn run(command: &mut Command) -> Output {
    command.env_remove("LEDGER_FILE").output().unwrap()
}

fn said(command: &mut Command) -> String {
    let output = run(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// To the last digit: what a currency has no decimals for is no amount.
fn minor(amount: &str, currency: &str) -> i128 {
    let exponent = u32::from(currency.parse::<Currency>().unwrap().exponent());
    let amount = money::parse_decimal(amount).unwrap().normalize();
    let missing = exponent.checked_sub(amount.scale()).expect("no finer than its currency");
    amount.mantissa() * 10_i128.pow(missing)
}

fn put(balances: &mut Balances, account: &str, currency: &str, amount: &str) {
    let minor = minor(amount, currency);
    if minor != 0 {
        let twice = balances.insert((account.to_owned(), currency.to_owned()), minor);
        assert_eq!(twice, None, "{account} {currency}");
    }
}

/// What hledger says accounts come to by the end of a day, by the day that entries are about.
pub fn effective(program: &Path, book: &Path, day: NaiveDate) -> Balances {
    let next = day.succ_opt().unwrap().to_string();
    hledger(program, book, &["--date2", "--end", &next])
}

fn hledger(program: &Path, book: &Path, more: &[&str]) -> Balances {
    let mut command = Command::new(program);
    command.arg("-f").arg(book).args(["balance", "-N", "--flat", "-O", "csv"]).args(more);
    let mut balances = Balances::new();
    for line in said(&mut command).lines().skip(1) {
        let (account, amounts) = line.trim_matches('"').split_once("\",\"").unwrap();
        for amount in amounts.split(", ") {
            let (amount, currency) = amount.split_once(' ').unwrap();
            put(&mut balances, account, currency, amount);
        }
    }
    balances
}

fn ledger(program: &Path, book: &Path, currency: Currency) -> Balances {
    let only = format!("commodity == \"{currency}\"");
    let form = "%(account) %(quantity(scrub(display_total)))\n";
    let mut command = Command::new(program);
    command.arg("-f").arg(book).args(["balance", "--flat", "--no-total", "--limit", &only]);
    command.args(["--balance-format", form]);
    let mut balances = Balances::new();
    for line in said(&mut command).lines() {
        let (account, amount) = line.trim().rsplit_once(' ').unwrap();
        put(&mut balances, account, currency.code(), amount);
    }
    balances
}

/// With the interpreter that `bean-check` itself runs on.
fn beancount(program: &Path, book: &Path) -> Balances {
    let script = std::fs::read_to_string(program).unwrap();
    let interpreter = script.lines().next().unwrap().trim_start_matches("#!").trim();
    let mut words = interpreter.split_whitespace();
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["-c", REALIZE]).arg(book);
    let mut balances = Balances::new();
    for line in said(&mut command).lines() {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        put(&mut balances, word(), word(), word());
    }
    balances
}
