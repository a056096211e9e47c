//! A report's figures, before they are written as anything.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use cauri_domain::{Currency, LedgerId};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text, days and times among it.
    Text,
    /// A whole number.
    Count,
    /// An amount in major units, exact, at the scale of the row's currency.
    Amount,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name: words of `a-z` joined by `_`.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

impl Column {
    /// Whether it holds numbers.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        matches!(self.kind, ColumnKind::Count | ColumnKind::Amount)
    }
}

/// A report: what it is about, and a table. Every value is text, exactly as it will be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// What it tells of.
    pub title: &'static str,
    /// Whose books.
    pub ledger: LedgerId,
    /// The last revision that it covers.
    pub revision: u64,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// The first day, of UTC.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// What it was narrowed to: names and values.
    pub filters: Vec<(String, String)>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with a value for each column.
    pub rows: Vec<Vec<String>>,
}

impl Figures {
    /// What stands above the table: names and values.
    #[must_use]
    pub fn about(&self) -> Vec<(String, String)> {
        let said = |name: &str, value: String| (name.to_owned(), value);
        let mut about = vec![
            said("report", self.title.to_owned()),
            said("ledger", self.ledger.to_string()),
            said("as_of_revision", self.revision.to_string()),
            said("from", self.from.to_string()),
            said("to", self.to.to_string()),
            said("asked_at", self.asked_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        ];
        about.extend(self.filters.iter().cloned());
        about
    }
}

/// An amount at the full scale of its currency: a database drops the decimals of a zero.
pub(super) fn amount(mut amount: Decimal, currency: &str) -> String {
    if let Ok(currency) = currency.parse::<Currency>() {
        amount.rescale(u32::from(currency.exponent()));
    }
    amount.to_string()
}
