//! How old accounts are.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::{AgedPartRow, AgedRow, Waiting};

use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// What money in suspense waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "SuspenseWaitsFor", rename_items = "SCREAMING_SNAKE_CASE")]
pub enum Waits {
    /// More of the same payment: less than was asked came. A person may end it as well.
    RestOfPayment,
    /// The ledger's policy for late money, which credits it or gives it back by itself, or leaves
    /// it to a person.
    LatePolicy,
    /// Two persons: to assign it, or to give it back.
    Person,
}

impl From<Waiting> for Waits {
    fn from(waiting: Waiting) -> Self {
        match waiting {
            Waiting::RestOfPayment => Self::RestOfPayment,
            Waiting::LatePolicy => Self::LatePolicy,
            Waiting::Person => Self::Person,
        }
    }
}

/// How old is what accounts hold: of each provider and currency that was ever used.
#[derive(Debug, SimpleObject)]
pub struct Ages {
    /// The last revision that counts; none while the ledger is empty.
    pub(super) revision: Option<RevisionNumber>,
    /// When ages are counted.
    pub(super) at: DateTime<Utc>,
    /// By provider and currency.
    pub(super) accounts: Vec<AgedAccount>,
}

/// An account in one currency: amounts in major units, below nothing where the account is.
#[derive(Debug, Clone, SimpleObject)]
pub struct AgedAccount {
    /// The account: `clearing:{provider}` or `suspense:{provider}`.
    account: String,
    /// Whose.
    provider: String,
    /// The currency.
    currency: CurrencyText,
    /// All of it.
    balance: DecimalText,
    /// How many parts it has.
    parts: i64,
    /// Up to one day old.
    up_to_1_day: DecimalText,
    /// Older than that, up to three days.
    up_to_3_days: DecimalText,
    /// Older than that, up to seven days.
    up_to_7_days: DecimalText,
    /// Older than that, up to thirty days.
    up_to_30_days: DecimalText,
    /// Older than thirty days.
    older: DecimalText,
    /// Since when its oldest part is there; none where there is nothing.
    oldest_at: Option<DateTime<Utc>>,
    /// Its parts, the oldest first: as many as were asked for.
    open: Vec<OpenPart>,
}

impl AgedAccount {
    /// Whether it is this provider's.
    pub(in crate::graphql) fn is_of(&self, provider: &str) -> bool {
        self.provider == provider
    }

    pub(super) fn new(kind: &str, row: AgedRow, open: Vec<OpenPart>) -> Self {
        let amount = |it| DecimalText::of(it, &row.currency);
        Self {
            account: format!("{kind}:{}", row.provider),
            balance: amount(row.balance),
            parts: row.parts,
            up_to_1_day: amount(row.day),
            up_to_3_days: amount(row.three_days),
            up_to_7_days: amount(row.week),
            up_to_30_days: amount(row.month),
            older: amount(row.older),
            oldest_at: row.oldest_at,
            open,
            provider: row.provider,
            currency: CurrencyText(row.currency),
        }
    }
}

/// A part of what an account holds, with the event that put it there.
#[derive(Debug, Clone, SimpleObject)]
pub struct OpenPart {
    /// What it is: payin, payout, refund, chargeback, fee, settlement, or other for an entry by
    /// hand; in suspense why it is there.
    kind: String,
    /// The provider's own name of it; empty where nobody named one.
    object: String,
    /// How much of it is open, in major units; below nothing where the account is.
    open: DecimalText,
    /// The currency.
    currency: CurrencyText,
    /// The event that put it there.
    revision: RevisionNumber,
    /// The type of that event.
    event: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// The pay-in that it came for, if one is known. Only in suspense.
    payin: Option<Uuid>,
    /// The withdrawal that it came back from, if it did. Only in suspense.
    withdrawal: Option<Uuid>,
    /// What it waits for. Only in suspense.
    waits_for: Option<Waits>,
}

impl OpenPart {
    /// A part of a clearing account.
    pub(in crate::graphql) fn cleared(row: AgedPartRow) -> Self {
        Self {
            open: DecimalText::of(row.open, &row.currency),
            kind: row.kind,
            object: row.object,
            currency: CurrencyText(row.currency),
            revision: row.revision.into(),
            event: row.event,
            recorded_at: row.recorded_at,
            payin: row.payin,
            withdrawal: row.withdrawal,
            waits_for: None,
        }
    }

    /// A part of an account in suspense.
    pub(super) fn waiting(row: AgedPartRow) -> Self {
        let waits_for = Some(Waiting::of(&row.kind).into());
        Self { waits_for, ..Self::cleared(row) }
    }
}
