//! Every posting of a wallet, each with its cause: who asked, by which command, from which event, story
//! and webhook.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cauri_domain::{Account, Currency, LedgerId, WalletId};
use cauri_ledger::Recorded;
use cauri_ledger::store::EventStore;
use chrono::NaiveDate;
use serde::Serialize;

use super::replay::{By, ReplayError, replay};
use super::{Point, instant_text, lines, table};
use crate::books::names::Amount;
use crate::books::walk::Days;

/// Who asked for an event, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// Who asked.
    pub subject: String,
    /// In which role.
    pub role: &'static str,
    /// By which command.
    pub command_id: String,
    /// The story it is part of: of what a webhook led to, the delivery's id.
    pub correlation_id: String,
    /// The event that led to the command, where there was one.
    pub causation: Option<u64>,
    /// Which key proved the provider's webhook that asked, where one did.
    pub key_id: Option<String>,
    /// What the money was for, as the command said.
    pub category: Option<String>,
    /// The object in the marketplace's own system, as the command said.
    pub reference: Option<String>,
    /// Store, service, channel, as the command said.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
}

impl Cause {
    /// Of an event.
    #[must_use]
    pub fn of(recorded: &Recorded) -> Self {
        let cause = &recorded.cause;
        let dimensions = cause.labels.dimensions.iter();
        Self {
            subject: cause.actor.subject.to_string(),
            role: cause.actor.role.as_str(),
            command_id: cause.command.0.to_string(),
            correlation_id: cause.correlation.0.to_string(),
            causation: cause.causation.map(|revision| revision.0),
            key_id: cause.key.as_ref().map(ToString::to_string),
            category: cause.labels.category.as_ref().map(ToString::to_string),
            reference: cause.labels.reference.as_ref().map(ToString::to_string),
            dimensions: dimensions
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
        }
    }
}

/// A posting to one of a wallet's accounts.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The event's revision.
    pub revision: u64,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// When it was recorded.
    pub recorded_at: String,
    /// The day it is about.
    pub effective_date: NaiveDate,
    /// The day it counts for in the accounts.
    pub posting_date: NaiveDate,
    /// Which of the wallet's accounts: what it can spend, what is pending, kept back or owed.
    pub account: String,
    /// Debit or credit.
    pub side: &'static str,
    /// How much.
    pub amount: String,
    /// The currency.
    pub currency: String,
    /// The account's balance after it, on its normal side.
    pub balance: String,
    /// Why.
    pub cause: Cause,
}

/// A wallet's postings up to a place of the log, in order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// Which ledger.
    pub ledger: String,
    /// The last revision that it covers.
    pub revision: u64,
    /// The hash of that.
    pub hash: String,
    /// Which wallet.
    pub wallet: String,
    /// Whether there was such a wallet.
    pub exists: bool,
    /// What it had after the last of its postings, by account and currency.
    pub balances: BTreeMap<String, BTreeMap<String, String>>,
    /// Its postings.
    pub lines: Vec<Line>,
}

/// A wallet's postings up to `to`: all of them when not given. Only those about, or counting for, a day or
/// the days before, where one is given.
///
/// # Errors
/// [`ReplayError`].
pub async fn statement(
    store: Arc<dyn EventStore>,
    ledger: &LedgerId,
    to: Option<Point>,
    by: Option<By>,
    wallet: WalletId,
) -> Result<Statement, ReplayError> {
    let mut lines = Vec::new();
    let mut balances = BTreeMap::<(Account, Currency), i128>::new();
    let replayed = replay(store, ledger, to, by, |recorded, days| {
        if by.is_none_or(|by| by.counts(days.dated)) {
            post(wallet, recorded, days, &mut balances, &mut lines);
        }
    });
    let replayed = replayed.await?;
    let mut by_account = BTreeMap::<String, BTreeMap<String, String>>::new();
    for ((account, currency), balance) in balances {
        let of = by_account.entry(account.to_string()).or_default();
        of.insert(currency.to_string(), Amount(balance, currency).to_string());
    }
    Ok(Statement {
        ledger: ledger.to_string(),
        revision: replayed.last.revision.0,
        hash: replayed.last.hash.to_string(),
        wallet: wallet.to_string(),
        exists: replayed.so_far.state.wallet(wallet).is_some(),
        balances: by_account,
        lines,
    })
}

fn post(
    wallet: WalletId,
    recorded: &Recorded,
    days: Days,
    balances: &mut BTreeMap<(Account, Currency), i128>,
    lines: &mut Vec<Line>,
) {
    let Some(entry) = recorded.event.entry() else { return };
    for posting in entry.postings().iter().filter(|it| it.account.party() == Some(wallet)) {
        let (account, currency) = (posting.account, posting.money.currency());
        let balance = balances.entry((account, currency)).or_default();
        let minor = i128::from(posting.money.minor());
        let adds = posting.side == account.class().normal_side();
        *balance += if adds { minor } else { -minor };
        lines.push(Line {
            revision: recorded.revision.0,
            kind: recorded.event.wire_name(),
            recorded_at: instant_text(recorded.recorded_at),
            effective_date: days.dated.effective,
            posting_date: days.dated.posting,
            account: account.to_string(),
            side: posting.side.as_str(),
            amount: Amount(minor, currency).to_string(),
            currency: currency.to_string(),
            balance: Amount(*balance, currency).to_string(),
            cause: Cause::of(recorded),
        });
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "wallet {} of ledger {} at revision {}",
            self.wallet, self.ledger, self.revision
        )?;
        writeln!(f, "  hash      {}\n", self.hash)?;
        let header = [
            "revision",
            "recorded",
            "effective",
            "account",
            "",
            "debit",
            "credit",
            "balance",
            "type",
            "asked by",
        ];
        let mut rows = table(&header, 5..8);
        for line in &self.lines {
            let (debit, credit) = match line.side {
                "debit" => (line.amount.as_str(), ""),
                _ => ("", line.amount.as_str()),
            };
            // `wallet:{id}:available`: whose it is stands above.
            let account = line.account.replace(&format!(":{}", self.wallet), "");
            rows.add_row([
                line.revision.to_string(),
                line.recorded_at.clone(),
                line.effective_date.to_string(),
                account,
                line.currency.clone(),
                debit.to_owned(),
                credit.to_owned(),
                line.balance.clone(),
                line.kind.to_owned(),
                format!("{} ({})", line.cause.subject, line.cause.role),
            ]);
        }
        let reasons = self.lines.iter().map(|line| format!("     {}\n", why(&line.cause)));
        let reasons = std::iter::once(String::new()).chain(reasons);
        for (line, reason) in lines(&rows).lines().zip(reasons) {
            write!(f, "{line}\n{reason}")?;
        }
        Ok(())
    }
}

/// What stands under a line: the command, and what led to it.
fn why(cause: &Cause) -> String {
    let mut why = format!("command {}", cause.command_id);
    if cause.correlation_id != cause.command_id {
        let story = if cause.key_id.is_some() { "delivery" } else { "story" };
        why += &format!(", {story} {}", cause.correlation_id);
    }
    let more = [
        ("key", cause.key_id.clone()),
        ("after revision", cause.causation.map(|revision| revision.to_string())),
        ("for", cause.category.clone()),
        ("reference", cause.reference.clone()),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            why += &format!(", {name} {value}");
        }
    }
    why
}
