//! Questions, and the rows that answer them.
//!
//! A [`Snapshot`] is one moment of the database: all that is asked through it covers the same
//! revision, which it names. Lists are pages by key, newest first: stable while rows are added.

mod ages;
mod aml;
mod as_of;
mod books;
mod chargebacks;
mod commission;
mod contradictions;
mod escrows;
mod holds;
mod members;
mod page;
mod payins;
mod payment_methods;
mod periods;
mod processes;
mod proposals;
mod provider_movements;
mod refunds;
mod relations;
mod reports;
mod sales;
mod settlements;
mod stories;
mod subscriptions;
mod suspense;
mod walk;
mod wallets;
mod withdrawals;

pub use ages::{AgedPartRow, AgedRow, Aging, OpenOf, Waiting};
pub use aml::{FlagRow, RiskHoldRow};
pub use as_of::DayOf;
pub use books::{BalanceRow, EventRow, PostingRow, TrialBalanceRow, TrialBalanceTotal};
pub use chargebacks::ChargebackRow;
pub use commission::{
    CommissionReportRow, CommissionRuleRow, Days, RevenueBy, RevenueRow, SellerEarningsRow,
};
pub use contradictions::ContradictionRow;
pub use escrows::{EscrowRow, MilestoneRow};
pub use holds::{CaptureRow, HeldRow, HoldRow};
pub use members::MemberRow;
pub use page::{Key, Page, Slice};
pub use payins::PayinRow;
pub use payment_methods::PaymentMethodRow;
pub use periods::{AccountReportRow, PeriodRow};
pub use processes::ProcessRow;
pub use proposals::ProposalRow;
pub use provider_movements::{BookedFeeRow, BookedRow, BookedSumRow};
pub use refunds::RefundRow;
pub use relations::{RelationRow, RelationsOf};
pub use reports::{
    DetailRow, DriverRow, EarnedSums, ReportScope, Span, SpanRevenueRow, StoreRow, SummaryRow,
};
pub use sales::{
    CapacityRow, CouponRow, EntitlementRow, EntitlementsOf, OrderLineRow, OrderRefundRow, OrderRow,
    OrdersOf,
};
pub use settlements::{SettlementRow, SettlementSumRow};
pub use subscriptions::{InvoiceRow, PlanRow, SubscriptionRow, UsageDayRow};
pub use suspense::SuspenseRow;
pub use walk::Walk;
pub use wallets::WalletRow;
pub use withdrawals::WithdrawalRow;

use sqlx::postgres::{PgPool, Postgres};
use sqlx::{Executor as _, Row as _, Transaction};

use uuid::Uuid;

use cauri_domain::{LedgerId, Settings, Subject};
use cauri_ledger::store::Head;

use crate::checkpoint::head;

/// Whose things a list shows: every part that is given has to be so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whose {
    /// Those of this owner.
    pub owner: Option<Subject>,
    /// Those of this wallet.
    pub wallet: Option<Uuid>,
}

impl Whose {
    /// Those of one owner, of whichever wallet.
    #[must_use]
    pub fn owner(owner: &Subject) -> Self {
        Self { owner: Some(owner.clone()), wallet: None }
    }

    /// As parameters of a query.
    fn columns(self) -> (Option<String>, Option<Uuid>) {
        (self.owner.map(|owner| owner.to_string()), self.wallet)
    }
}

/// One ledger at one moment.
#[derive(Debug)]
pub struct Snapshot {
    transaction: Transaction<'static, Postgres>,
    ledger: String,
    covers: Head,
}

impl Snapshot {
    /// Looks at what is served now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(pool: &PgPool, ledger: &LedgerId) -> Result<Self, sqlx::Error> {
        let mut transaction = pool.begin().await?;
        // The lock comes before the first look, so that no other generation takes the place of
        // this one until the end.
        transaction
            .execute(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
                 LOCK TABLE cauri.generation IN ACCESS SHARE MODE",
            )
            .await?;
        let row = sqlx::query(
            "SELECT c.revision FROM cauri.checkpoint c
             JOIN cauri.generation g ON g.id = c.generation
             WHERE g.status = 'live' AND c.ledger = $1",
        )
        .bind(ledger.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
        let covers = row.map_or(Head::Empty, |row| head(row.get(0)));
        Ok(Self { transaction, ledger: ledger.to_string(), covers })
    }

    /// The last event that its answers cover.
    #[must_use]
    pub const fn covers(&self) -> Head {
        self.covers
    }

    /// The ledger's settings, once it is open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings(&mut self) -> Result<Option<Settings>, sqlx::Error> {
        let row = sqlx::query("SELECT settings FROM read.settings WHERE ledger = $1")
            .bind(&self.ledger)
            .fetch_optional(&mut *self.transaction)
            .await?;
        let decode = |row: sqlx::postgres::PgRow| {
            serde_json::from_value(row.get(0)).map_err(|error| sqlx::Error::Decode(Box::new(error)))
        };
        row.map(decode).transpose()
    }
}
