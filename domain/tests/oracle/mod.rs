//! A second way of knowing what a log comes to. It shares no code with `domain`: it reads the JSON
//! that events are written as, and keeps plain numbers under plain text.
//!
//! [`Oracle::take`] folds events, `rules.rs` says which commands they allow, and `entries.rs` which
//! money they must move. All of it is dumber than the code, on purpose.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub mod commission;
mod entries;
mod rules;
pub use rules::{JUDGED, Verdict};

/// What the oracle knows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Oracle {
    /// Credits less debits, in minor units, by account and currency.
    pub credit: BTreeMap<(String, String), i128>,
    /// Where each thing stands, by its kind and id.
    pub status: BTreeMap<String, String>,
    /// The payload of the event that began each thing, by its kind and id.
    begun: BTreeMap<String, Value>,
    /// When a delivered escrow is due, and to whom a withdrawal was sent, by kind and id.
    later: BTreeMap<String, String>,
    /// The provider's payout that paid a withdrawal.
    paid: BTreeMap<String, Value>,
    /// The most that was told of a provider's object.
    told: BTreeMap<(String, String), Value>,
    /// What was told of it before that.
    before: BTreeMap<(String, String), i128>,
    /// What of it is in suspense.
    held: BTreeMap<(String, String), i128>,
    /// The pay-in that it is for.
    meant: BTreeMap<(String, String), String>,
    /// Other currencies in which it was told.
    strange: BTreeSet<(String, String, String)>,
    /// The provider's object that paid a pay-in.
    paid_by: BTreeMap<String, (String, String)>,
    /// The rules in force.
    settings: Option<Value>,
}

/// Decimals of the currencies that the tests use.
fn exponent(currency: &str) -> u32 {
    match currency {
        "XOF" => 0,
        "USD" => 2,
        "KWD" => 3,
        other => panic!("the oracle does not know {other}"),
    }
}

fn minor(amount: &str, currency: &str) -> i128 {
    let places = exponent(currency) as usize;
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    assert_eq!(fraction.len(), places, "{amount} {currency} is not at full scale");
    format!("{whole}{fraction}").parse().unwrap()
}

/// An amount as events and commands hold it: `["10.00","USD"]`.
fn amount(value: &Value) -> (i128, &str) {
    let [amount, currency] = [0, 1].map(|place| value[place].as_str().unwrap());
    (minor(amount, currency), currency)
}

fn object(receipt: &Value) -> (String, String) {
    (text(receipt, "provider").to_owned(), text(receipt, "object").to_owned())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

impl Oracle {
    /// Takes the next event: its type, and its payload as JSON.
    pub fn take(&mut self, kind: &str, payload: &Value) {
        if let Some(entry) = payload.get("entry") {
            self.post(entry.as_array().unwrap());
        }
        let (noun, rest) = kind.split_once('.').unwrap();
        // Lifecycles that the oracle knows by their entries alone, or that have a file of their own.
        if !["ledger", "wallet", "transfer", "payin", "escrow", "withdrawal"].contains(&noun) {
            return;
        }
        let happened = rest.strip_suffix(".v1").unwrap();
        match (noun, happened) {
            ("payin", "succeeded" | "succeeded_late" | "mismatched") => self.told_of(payload),
            ("payin", "contradicted") => {
                let receipt = &payload["receipt"];
                let (provider, id) = object(receipt);
                let currency = receipt["amount"][1].as_str().unwrap().to_owned();
                self.strange.insert((provider, id, currency));
                return;
            }
            ("payin", "fee_recorded") => return,
            _ => {}
        }
        if kind == "payin.succeeded.v1" {
            let paid_by = object(&payload["receipt"]);
            self.paid_by.insert(text(payload, "payin").to_owned(), paid_by);
        }
        match (noun, happened) {
            ("ledger", _) => self.settings = Some(payload["settings"].clone()),
            (_, "opened" | "created" | "requested") => {
                self.begun.insert(format!("{noun} {}", text(payload, noun)), payload.clone());
            }
            (_, "delivered") => self.note(noun, payload, "auto_release_at"),
            ("withdrawal", "submitted") => self.note(noun, payload, "provider"),
            (_, "paid") => {
                self.paid
                    .insert(text(payload, noun).to_owned(), payload["receipt"]["object"].clone());
            }
            _ => {}
        }
        let status = match (noun, happened) {
            ("ledger" | "transfer" | "commission", _) => return,
            // Money that came late or wrong leaves the pay-in as it was.
            ("payin", "succeeded_late" | "mismatched") => return,
            ("wallet", "opened" | "unfrozen") => "active",
            (_, happened) => happened,
        };
        self.status.insert(format!("{noun} {}", text(payload, noun)), status.to_owned());
    }

    /// What a receipt that was booked says of its object, and what it left in suspense.
    fn told_of(&mut self, payload: &Value) {
        let receipt = &payload["receipt"];
        let of = object(receipt);
        let before = self.told.insert(of.clone(), receipt["amount"].clone());
        let before = before.map_or(0, |before| amount(&before).0);
        // What was overpaid is told in the same breath as what was asked.
        if payload["reason"] != "overpaid" || before < amount(&receipt["amount"]).0 {
            self.before.insert(of.clone(), before);
        }
        let suspense = format!("suspense:{}", of.0);
        let moved = Self::moved(payload).get(&suspense).copied().unwrap_or_default();
        *self.held.entry(of.clone()).or_default() += moved;
        if let Some(payin) = payload["payin"].as_str() {
            self.meant.entry(of).or_insert_with(|| payin.to_owned());
        }
    }

    fn note(&mut self, noun: &str, payload: &Value, key: &str) {
        let thing = format!("{noun} {}", text(payload, noun));
        self.later.insert(thing, text(payload, key).to_owned());
    }

    fn post(&mut self, entry: &[Value]) {
        let mut sums = BTreeMap::<&str, i128>::new();
        for posting in entry {
            let [account, side, amount, currency] =
                [0, 1, 2, 3].map(|place| posting[place].as_str().unwrap());
            let minor = minor(amount, currency);
            assert!(minor > 0);
            let signed = match side {
                "C" => minor,
                "D" => -minor,
                other => panic!("no side {other}"),
            };
            *sums.entry(currency).or_default() += signed;
            let book = (account.to_owned(), currency.to_owned());
            *self.credit.entry(book).or_default() += signed;
        }
        assert!(sums.values().all(|sum| *sum == 0), "unbalanced: {entry:?}");
    }

    /// Credits less debits of everything, by currency.
    pub fn sums(&self) -> BTreeMap<&str, i128> {
        let mut sums = BTreeMap::new();
        for ((_, currency), credit) in &self.credit {
            *sums.entry(currency.as_str()).or_default() += credit;
        }
        sums
    }

    /// What is left in accounts of things that have ended.
    pub fn left_in_transit(&self) -> Vec<(&str, i128)> {
        let ended = |account: &str| {
            let (noun, id) = account.split_once(':').unwrap();
            let status = self.status.get(&format!("{noun} {id}")).map(String::as_str);
            match noun {
                "escrow" => matches!(status, Some("released" | "refunded")),
                "withdrawal" => matches!(status, Some("paid" | "failed" | "returned" | "rejected")),
                _ => false,
            }
        };
        self.credit
            .iter()
            .filter(|((account, _), credit)| ended(account) && **credit != 0)
            .map(|((account, _), credit)| (account.as_str(), *credit))
            .collect()
    }

    /// Wallets that owe.
    pub fn overdrawn(&self) -> Vec<&str> {
        let wallets = self
            .credit
            .iter()
            .filter(|((account, _), credit)| account.starts_with("wallet:") && **credit < 0);
        wallets.map(|((account, _), _)| account.as_str()).collect()
    }

    /// What is in an account.
    pub fn credit_of(&self, account: &str, currency: &str) -> i128 {
        let book = (account.to_owned(), currency.to_owned());
        self.credit.get(&book).copied().unwrap_or_default()
    }
}
