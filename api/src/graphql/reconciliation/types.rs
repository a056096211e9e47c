//! How a statement compares with the books.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use cauri_projections::query::BookedRow;

use super::compare::{Compared, Line, LineStatus, Sum, towards};
use super::input::StatementKind;
use crate::graphql::ages::OpenPart;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// How a provider's settlement statement compares with the books.
#[derive(Debug, SimpleObject)]
pub struct Reconciliation {
    /// The last revision of the books that it covers; none while the ledger is empty.
    pub(super) revision: Option<RevisionNumber>,
    /// The statement's lines, in its order.
    pub(super) lines: Vec<ReconciledLine>,
    /// What was booked within the days and is not in the statement.
    pub(super) missing_there: Vec<MissingThere>,
    /// The sums of both sides, by currency.
    pub(super) sums: Vec<ReconciledSum>,
    /// What the clearing account holds still, with what went out of it set against what came in
    /// first: at most 1,000 parts of each currency, the oldest first.
    pub(super) still_open: Vec<OpenPart>,
}

/// A line of the statement, and what the books have of it: all of it, of whichever day.
#[derive(Debug, SimpleObject)]
pub struct ReconciledLine {
    /// The provider's own id.
    object: String,
    /// What it is about.
    kind: StatementKind,
    /// How it compares.
    status: LineStatus,
    /// How much the statement says, in major units.
    there: DecimalText,
    /// The statement's currency.
    currency: CurrencyText,
    /// How much is booked, in major units; none where nothing is.
    here: Option<DecimalText>,
    /// In which currency it is booked.
    currency_here: Option<CurrencyText>,
    /// When it was first booked.
    booked_at: Option<DateTime<Utc>>,
    /// What the books have as the provider's fee, in the statement's currency.
    fee_here: Option<DecimalText>,
    /// Whether the statement says a fee and the books have another one, or none.
    fee_differs: bool,
}

impl ReconciledLine {
    pub(super) fn new(line: &Line, compared: &Compared<'_>) -> Self {
        let currency = line.currency.as_str();
        let here = compared.booked;
        Self {
            object: line.object.clone(),
            kind: line.kind,
            status: compared.status,
            there: DecimalText::of(line.amount, currency),
            currency: CurrencyText(line.currency.clone()),
            here: here.map(|(row, amount)| DecimalText::of(amount, &row.currency)),
            currency_here: here.map(|(row, _)| CurrencyText(row.currency.clone())),
            booked_at: here.map(|(row, _)| row.first_at),
            fee_here: compared.fee.map(|fee| DecimalText::of(fee, currency)),
            fee_differs: line.fee.is_some() && line.fee != compared.fee,
        }
    }
}

/// What was booked and is not in the statement.
#[derive(Debug, SimpleObject)]
pub struct MissingThere {
    /// The provider's own id; empty where nobody named one.
    object: String,
    /// What it is about.
    kind: StatementKind,
    /// How much was booked within the days, in major units.
    here: DecimalText,
    /// The currency.
    currency: CurrencyText,
    /// When it was first booked.
    booked_at: DateTime<Utc>,
}

impl MissingThere {
    pub(super) fn new(row: &BookedRow) -> async_graphql::Result<Self> {
        Ok(Self {
            object: row.object.clone(),
            kind: StatementKind::of(&row.kind)?,
            here: DecimalText::of(towards(&row.kind, row.within), &row.currency),
            currency: CurrencyText(row.currency.clone()),
            booked_at: row.first_at,
        })
    }
}

/// One currency: pay-ins less payouts and refunds on both sides, in major units, and what else the
/// books have within the days.
#[derive(Debug, SimpleObject)]
pub struct ReconciledSum {
    /// The currency.
    currency: CurrencyText,
    /// What the statement says.
    there: DecimalText,
    /// What was booked within the days.
    here: DecimalText,
    /// The statement less the books.
    difference: DecimalText,
    /// The fees of the statement.
    fees_there: DecimalText,
    /// The provider's fees that were booked.
    fees_here: DecimalText,
    /// What the statement says that reached our bank.
    settled_there: DecimalText,
    /// What was booked within the days as having reached our bank.
    settled_here: DecimalText,
    /// What disputes moved, into the account.
    chargebacks_here: DecimalText,
    /// What entries by hand moved, into the account.
    others_here: DecimalText,
    /// What the provider holds for us by now: the balance of `clearing:{provider}`.
    clearing: DecimalText,
}

impl ReconciledSum {
    pub(super) fn new(currency: String, sum: &Sum) -> Self {
        let amount = |it| DecimalText::of(it, &currency);
        Self {
            there: amount(sum.there),
            here: amount(sum.here),
            difference: amount(sum.there - sum.here),
            fees_there: amount(sum.fees_there),
            fees_here: amount(sum.fees_here),
            settled_there: amount(sum.settled_there),
            settled_here: amount(sum.settled_here),
            chargebacks_here: amount(sum.chargebacks_here),
            others_here: amount(sum.others_here),
            clearing: amount(sum.balance),
            currency: CurrencyText(currency),
        }
    }
}
