//! What events make of the rows of every lifecycle: one file each. [`super::rows`] does the writing.
//!
//! A batch is folded in memory first: the rows it makes, and for each row it changes the last word
//! on it. Then each table takes one statement for the new rows and one for the changed, however
//! many events there are.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::ApplyError;
use super::envelopes::number;
use cauri_domain::Revision;
use cauri_ledger::Recorded;

mod aml;
mod chargebacks;
mod commission;
mod contradictions;
mod escrows;
mod holds;
mod invoices;
mod members;
mod payins;
mod payment_methods;
mod periods;
mod processes;
mod proposals;
mod provider_movements;
mod refunds;
mod relations;
mod sales;
mod settings;
mod settlements;
mod subscriptions;
mod suspense;
mod wallets;
mod withdrawals;

/// When and where an event was recorded: every row of it says so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp {
    pub(super) at: DateTime<Utc>,
    pub(super) revision: i64,
    pub(super) correlation: Uuid,
}

impl Stamp {
    /// Of this event.
    pub(super) fn of(recorded: &Recorded) -> Result<Self, ApplyError> {
        let (at, revision) = (recorded.recorded_at, number(recorded.revision.0)?);
        Ok(Self { at, revision, correlation: recorded.cause.correlation.0 })
    }
}

macro_rules! lifecycles {
    ($($name:ident : $type:ty;)*) => {
        /// What a batch comes to.
        #[derive(Default)]
        struct Lifecycles<'a> { $($name: $type,)* }

        impl<'a> Lifecycles<'a> {
            fn take(&mut self, stamp: Stamp, recorded: &'a Recorded) {
                $(self.$name.take(stamp, &recorded.event);)*
            }

            async fn write(self, connection: &mut PgConnection, ledger: &str) -> Result<(), ApplyError> {
                $(self.$name.write(connection, ledger).await?;)*
                Ok(())
            }
        }
    };
}

// Wallets first: the others take their owners from them.
lifecycles! {
    settings: settings::SettingsInForce<'a>;
    commission: commission::CommissionRules;
    wallets: wallets::Wallets;
    payins: payins::Payins<'a>;
    escrows: escrows::Escrows;
    withdrawals: withdrawals::Withdrawals<'a>;
    suspense: suspense::Suspense<'a>;
    contradictions: contradictions::Contradictions<'a>;
    provider_movements: provider_movements::ProviderMovements;
    settlements: settlements::Settlements;
    refunds: refunds::Refunds;
    chargebacks: chargebacks::Chargebacks;
    proposals: proposals::Proposals;
    periods: periods::Periods;
    processes: processes::Processes;
    holds: holds::Holds;
    subscriptions: subscriptions::Subscriptions;
    invoices: invoices::Invoices;
    members: members::Members;
    relations: relations::Relations;
    payment_methods: payment_methods::PaymentMethods;
    aml: aml::Aml;
    sales: sales::Sales;
}

pub(super) async fn write(
    connection: &mut PgConnection,
    batch: &[Recorded],
) -> Result<(), ApplyError> {
    let Some(first) = batch.first() else { return Ok(()) };
    let ledger = first.ledger.as_str();
    let mut all = Lifecycles::default();
    for recorded in batch {
        all.take(Stamp::of(recorded)?, recorded);
    }
    all.write(connection, ledger).await
}

/// One column of some rows.
fn column<T, U>(rows: &[T], of: impl Fn(&T) -> U) -> Vec<U> {
    rows.iter().map(of).collect()
}

/// Each of the rows was written: anything else means that these are not the log's tables.
pub(super) fn all_written(table: &str, stamps: &[Stamp], written: u64) -> Result<(), ApplyError> {
    if written == stamps.len() as u64 {
        return Ok(());
    }
    let first = stamps.iter().map(|stamp| stamp.revision).min().unwrap_or_default();
    Err(ApplyError::Poisoned {
        at: Revision(first.unsigned_abs()),
        what: format!("it or a later event found {written} of {} rows of {table}", stamps.len()),
    })
}
