//! What can be asked for.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use cauri_domain::{Code, Reference, Revision, Subject};

/// The most days that a report covers.
pub const LONGEST_RANGE: i64 = 400;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
        #[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its lower-case name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words!(
    /// What a report tells of.
    ReportKind {
        /// What came in and went out, was sold and earned, for each day and currency.
        DailySummary "daily_summary",
        /// What the platform earned and what it cost, for each week from a Monday on, by account,
        /// category and store.
        WeeklyRevenue "weekly_revenue",
        /// As the daily summary, for each month, with what is left of income.
        MonthlyAnalytics "monthly_analytics",
        /// Every posting.
        TransactionDetail "transaction_detail",
        /// What was sold in each store, and what the platform earned there.
        StorePerformance "store_performance",
        /// What drivers (paid by captures of holds) and couriers (paid for deliveries) earned.
        DriverEarnings "driver_earnings",
        /// What providers hold for us at the end of the range, and how old its parts are.
        ClearingAges "clearing_ages",
        /// What is in suspense at the end of the range, how old it is, and what it waits for.
        SuspenseAges "suspense_ages",
    }
);
words!(
    /// What a report is written as. The figures are the same in all of them.
    ReportFormat {
        /// For people, to read and print.
        Pdf "pdf",
        /// For spreadsheets.
        Xlsx "xlsx",
        /// For programs, as text: RFC 4180, UTF-8.
        Csv "csv",
        /// For programs.
        Json "json",
    }
);

impl ReportFormat {
    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// What a report is asked to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What it tells of.
    pub kind: ReportKind,
    /// What it is written as.
    pub format: ReportFormat,
    /// The first day, of UTC.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// Only what is of this category.
    pub category: Option<Code>,
    /// Only what has this dimension and value.
    pub dimension: Option<(Code, Reference)>,
    /// As of which revision, where one was asked for.
    pub revision: Option<Revision>,
}

impl Terms {
    /// The first field in which others differ.
    #[must_use]
    pub fn differs(&self, other: &Self) -> Option<&'static str> {
        let name = |terms: &Self| terms.dimension.as_ref().map(|it| it.0.clone());
        [
            ("kind", self.kind != other.kind),
            ("format", self.format != other.format),
            ("from", self.from != other.from),
            ("to", self.to != other.to),
            ("category", self.category != other.category),
            ("dimensionName", name(self) != name(other)),
            ("dimensionValue", self.dimension != other.dimension),
            ("revision", self.revision != other.revision),
        ]
        .into_iter()
        .find_map(|(field, differs)| differs.then_some(field))
    }
}

/// A report that was asked for: kept in a file of its own, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: Uuid,
    /// Its place in the list of its ledger's reports, 1 first.
    pub number: u64,
    /// What it is to be.
    pub terms: Terms,
    /// The last revision that it covers.
    pub revision: Revision,
    /// Who asked for it.
    pub asked_by: Subject,
    /// When.
    pub asked_at: DateTime<Utc>,
}

impl Request {
    /// What its file is called when it is fetched.
    #[must_use]
    pub fn file_name(&self) -> String {
        let Terms { kind, format, from, to, .. } = &self.terms;
        format!("{}_{from}_{to}_r{}.{}", kind.as_str(), self.revision, format.as_str())
    }
}
