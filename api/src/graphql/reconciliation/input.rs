//! A provider's settlement statement.

use std::collections::BTreeSet;

use async_graphql::{Enum, ErrorExtensions as _, InputObject, Result};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use cauri_domain::{ObjectId, Provider, Refusal};

use super::compare::{Line, Statement};
use crate::graphql::command::money;
use crate::graphql::fault;
use crate::graphql::report::range;
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// The most lines that are compared at once.
const MOST_LINES: usize = 10_000;

/// What a line of a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Enum)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum StatementKind {
    /// A payment that came in.
    Payin,
    /// A payout that went out.
    Payout,
    /// Money that was given back to a payer.
    Refund,
    /// What the provider paid to our own bank account, or took from it.
    Settlement,
}

impl StatementKind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Payin => "payin",
            Self::Payout => "payout",
            Self::Refund => "refund",
            Self::Settlement => "settlement",
        }
    }

    pub(super) fn of(word: &str) -> Result<Self> {
        [Self::Payin, Self::Payout, Self::Refund, Self::Settlement]
            .into_iter()
            .find(|kind| kind.word() == word)
            .ok_or_else(|| fault::unavailable("the read models are of another version"))
    }
}

/// A provider's settlement statement over some days.
#[derive(Debug, Clone, InputObject)]
pub struct ReconcileInput {
    /// Whose statement: `stripe`.
    provider: String,
    /// The first day, of UTC.
    from: NaiveDate,
    /// The day after the last; at most 400 days after the first.
    to: NaiveDate,
    /// What it says, at most 10 000 lines.
    lines: Vec<StatementLineInput>,
}

/// A line of a statement.
#[derive(Debug, Clone, InputObject)]
pub struct StatementLineInput {
    /// The provider's own id of the payment, payout, refund or settlement. Given once for each kind.
    object: String,
    /// Which of them it is.
    kind: StatementKind,
    /// How much it moved, without the fee, in major units; more than zero either way. Of a
    /// settlement what reached our bank, below zero where the provider took it from there.
    amount: DecimalText,
    /// The currency of the amount and of the fee.
    currency: CurrencyText,
    /// What the provider took for it, in major units.
    fee: Option<DecimalText>,
}

/// A line that makes no sense: its field is named with its place.
fn bad_line(at: usize, field: &str, why: impl Into<String>) -> async_graphql::Error {
    let error = fault::bad_argument("lines", why);
    error.extend_with(|_, extensions| extensions.set("field", format!("lines[{at}].{field}")))
}

fn bad_amount(at: usize, refusal: &Refusal, usual: &str) -> async_graphql::Error {
    let field = refusal.path().filter(|path| path == "currency");
    bad_line(at, field.as_deref().unwrap_or(usual), refusal.to_string())
}

impl StatementLineInput {
    fn parse(&self, at: usize) -> Result<Line> {
        let object: Result<ObjectId, _> = self.object.parse();
        object.map_err(|why| bad_line(at, "object", why.to_string()))?;
        // Only what a provider settles goes both ways.
        let from_bank = self.amount.0.strip_prefix('-');
        let from_bank = from_bank.filter(|_| self.kind == StatementKind::Settlement);
        let amount = DecimalText(from_bank.unwrap_or(&self.amount.0).to_owned());
        let amount = money(&amount, &self.currency);
        let amount = amount.map_err(|refusal| bad_amount(at, &refusal, "amount"))?;
        let signed = amount.to_decimal();
        // A statement may well say that there was none.
        let is_none = |fee: &&DecimalText| fee.0.parse::<Decimal>().is_ok_and(|it| it.is_zero());
        let fee = self.fee.as_ref().filter(|fee| !is_none(fee));
        let fee = fee.map(|fee| money(fee, &self.currency)).transpose();
        let fee = fee.map_err(|refusal| bad_amount(at, &refusal, "fee"))?;
        Ok(Line {
            kind: self.kind,
            object: self.object.clone(),
            currency: amount.currency().code().to_owned(),
            amount: if from_bank.is_some() { -signed } else { signed },
            fee: fee.map(cauri_domain::Money::to_decimal),
        })
    }
}

impl ReconcileInput {
    pub(super) fn parse(&self) -> Result<Statement> {
        let provider: Result<Provider, _> = self.provider.parse();
        provider.map_err(|why| fault::bad_argument("provider", why.to_string()))?;
        if let Err(Refusal::InvalidSetting { field, allowed }) = range(self.from, self.to) {
            return Err(fault::bad_argument(field, format!("must be {allowed}")));
        }
        if self.lines.len() > MOST_LINES {
            let why = format!("at most {MOST_LINES} lines are compared at once");
            return Err(fault::bad_argument("lines", why));
        }
        let mut lines = Vec::with_capacity(self.lines.len());
        let mut seen = BTreeSet::new();
        for (at, line) in self.lines.iter().enumerate() {
            if !seen.insert((line.kind, line.object.as_str())) {
                let why = "given once for each kind: add up what it says twice";
                return Err(bad_line(at, "object", why));
            }
            lines.push(line.parse(at)?);
        }
        let provider = self.provider.clone();
        Ok(Statement { provider, from: self.from, to: self.to, lines })
    }
}
