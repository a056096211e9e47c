//! What a ledger was at a place of its log: where that is, the trial balance, the wallets, the counts.

use std::collections::BTreeMap;
use std::fmt;

use cauri_domain::{Account, Currency, WalletId};
use chrono::NaiveDate;
use serde::Serialize;

use super::replay::{By, ReplayError, Replayed, Sum};
use super::things::{Count, counts};
use super::{instant_text, lines, table};
use crate::books::names::Amount;

/// The answer, for programs as JSON and for people as text.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Which ledger.
    pub ledger: String,
    /// The last revision that it covers.
    pub revision: u64,
    /// When that was recorded.
    pub recorded_at: String,
    /// Its hash: whoever has the same one has the same history.
    pub hash: String,
    /// The last day that counts, by what entries are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_date: Option<NaiveDate>,
    /// The last day that counts, by what entries count for in the accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posting_date: Option<NaiveDate>,
    /// How many events there were.
    pub events: u64,
    /// How many commands led to them.
    pub commands: u64,
    /// How many journal entries counted.
    pub entries: u64,
    /// How many things there were, by table.
    pub counts: BTreeMap<&'static str, Count>,
    /// Every account that was posted to.
    pub trial_balance: Vec<Row>,
    /// The sums of each currency.
    pub totals: Vec<Total>,
    /// What every wallet had, in every currency.
    pub wallets: Vec<Has>,
}

/// An account in one currency.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The account.
    pub account: String,
    /// Its class.
    pub class: &'static str,
    /// The currency.
    pub currency: String,
    /// The sum of its debits.
    pub debits: String,
    /// The sum of its credits.
    pub credits: String,
    /// On its normal side.
    pub balance: String,
}

/// The sums of a currency.
#[derive(Debug, Clone, Serialize)]
pub struct Total {
    /// The currency.
    pub currency: String,
    /// All debits.
    pub debits: String,
    /// All credits.
    pub credits: String,
}

/// What a wallet had in one currency.
#[derive(Debug, Clone, Serialize)]
pub struct Has {
    /// Which.
    pub wallet: String,
    /// The currency.
    pub currency: String,
    /// What it could spend.
    pub available: String,
    /// What was not due yet.
    pub pending: String,
    /// What was kept back.
    pub reserve: String,
    /// What it owed.
    pub owed: String,
}

impl Answer {
    /// Of a ledger that was replayed, by days where it was replayed by days.
    ///
    /// # Errors
    /// [`ReplayError::Shown`].
    pub fn of(replayed: &Replayed, by: Option<By>) -> Result<Self, ReplayError> {
        let (mut effective_date, mut posting_date) = (None, None);
        match by {
            Some(By::Effective(day)) => effective_date = Some(day),
            Some(By::Posting(day)) => posting_date = Some(day),
            None => {}
        }
        let totals = replayed.so_far.totals().into_iter().map(|(currency, sum)| Total {
            currency: currency.to_string(),
            debits: Amount(sum.debits, currency).to_string(),
            credits: Amount(sum.credits, currency).to_string(),
        });
        Ok(Self {
            ledger: replayed.ledger.to_string(),
            revision: replayed.last.revision.0,
            recorded_at: instant_text(replayed.last.recorded_at),
            hash: replayed.last.hash.to_string(),
            effective_date,
            posting_date,
            events: replayed.last.revision.0 + 1,
            commands: replayed.so_far.commands,
            entries: replayed.so_far.entries,
            counts: counts(&replayed.so_far.state)?,
            trial_balance: replayed.so_far.sums.iter().map(row).collect(),
            totals: totals.collect(),
            wallets: wallets(&replayed.so_far.sums),
        })
    }
}

fn row((&(account, currency), sum): (&(Account, Currency), &Sum)) -> Row {
    Row {
        account: account.to_string(),
        class: account.class().as_str(),
        currency: currency.to_string(),
        debits: Amount(sum.debits, currency).to_string(),
        credits: Amount(sum.credits, currency).to_string(),
        balance: Amount(sum.balance(account), currency).to_string(),
    }
}

fn wallets(sums: &BTreeMap<(Account, Currency), Sum>) -> Vec<Has> {
    let parties = sums.keys().filter_map(|(account, currency)| Some((account.party()?, *currency)));
    let parties: std::collections::BTreeSet<(WalletId, Currency)> = parties.collect();
    let has = |(wallet, currency): (WalletId, Currency)| {
        let of = |account: Account| {
            let sum = sums.get(&(account, currency)).copied().unwrap_or_default();
            Amount(sum.balance(account), currency).to_string()
        };
        Has {
            wallet: wallet.to_string(),
            currency: currency.to_string(),
            available: of(Account::Wallet(wallet)),
            pending: of(Account::Pending(wallet)),
            reserve: of(Account::Reserve(wallet)),
            owed: of(Account::Receivable(wallet)),
        }
    };
    parties.into_iter().map(has).collect()
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ledger {} at revision {}", self.ledger, self.revision)?;
        writeln!(f, "  recorded  {}", self.recorded_at)?;
        writeln!(f, "  hash      {}", self.hash)?;
        if let Some(day) = self.effective_date {
            writeln!(f, "  entries   about {day} and before")?;
        }
        if let Some(day) = self.posting_date {
            writeln!(f, "  entries   that count for {day} and before")?;
        }
        let (events, commands, entries) = (self.events, self.commands, self.entries);
        writeln!(f, "  events    {events}, of {commands} commands, with {entries} entries")?;
        writeln!(f, "\nTrial balance")?;
        let mut rows = table(&["account", "class", "", "debits", "credits", "balance"], 3..6);
        for row in &self.trial_balance {
            let amounts = [&row.debits, &row.credits, &row.balance].map(String::as_str);
            let book = [row.account.as_str(), row.class, &row.currency];
            rows.add_row(book.into_iter().chain(amounts));
        }
        for total in &self.totals {
            rows.add_row(["TOTAL", "", &total.currency, &total.debits, &total.credits, ""]);
        }
        f.write_str(&lines(&rows))?;
        writeln!(f, "\nWallets")?;
        let header = ["wallet", "", "available", "pending", "reserve", "owed"];
        let mut rows = table(&header, 2..6);
        for has in &self.wallets {
            let amounts = [&has.available, &has.pending, &has.reserve, &has.owed];
            rows.add_row([&has.wallet, &has.currency].into_iter().chain(amounts));
        }
        f.write_str(&lines(&rows))?;
        writeln!(f, "\nThings")?;
        for (name, count) in &self.counts {
            let status = count.by_status.iter().map(|(status, count)| format!("{count} {status}"));
            let status = status.collect::<Vec<_>>().join(", ");
            let open = if status.is_empty() { String::new() } else { format!(": {status}") };
            writeln!(f, "  {name} {}{open}", count.total)?;
        }
        Ok(())
    }
}
