//! Wallets, pay-ins, escrows, withdrawals, settings, suspense: what events make of their rows.
//!
//! A batch is folded in memory first: the rows it makes, and for each row it changes the last word
//! on it. Then each table takes one statement for the new rows and one for the changed, however
//! many events there are.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::ApplyError;
use super::envelopes::number;
use cauri_domain::{Event, Money, Revision, Settings};
use cauri_ledger::Recorded;
use rust_decimal::Decimal;

mod escrows;
mod payins;
mod suspense;
mod wallets;
mod withdrawals;

/// When and where an event was recorded: every row of it says so.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    at: DateTime<Utc>,
    revision: i64,
}

/// What a batch comes to.
#[derive(Default)]
struct Lifecycles<'a> {
    settings: Option<(&'a Settings, Stamp)>,
    wallets: wallets::Wallets<'a>,
    payins: payins::Payins<'a>,
    escrows: escrows::Escrows<'a>,
    withdrawals: withdrawals::Withdrawals<'a>,
    suspense: suspense::Suspense<'a>,
}

pub(super) async fn write(
    connection: &mut PgConnection,
    batch: &[Recorded],
) -> Result<(), ApplyError> {
    let Some(first) = batch.first() else { return Ok(()) };
    let ledger = first.ledger.as_str();
    let mut all = Lifecycles::default();
    for recorded in batch {
        let stamp = Stamp { at: recorded.recorded_at, revision: number(recorded.revision.0)? };
        all.fold(stamp, &recorded.event);
    }
    if let Some((settings, stamp)) = all.settings {
        write_settings(connection, ledger, settings, stamp).await?;
    }
    // Wallets first: the others take their owners from them.
    all.wallets.write(connection, ledger).await?;
    all.payins.write(connection, ledger).await?;
    all.escrows.write(connection, ledger).await?;
    all.withdrawals.write(connection, ledger).await?;
    all.suspense.write(connection, ledger).await
}

impl<'a> Lifecycles<'a> {
    fn fold(&mut self, stamp: Stamp, event: &'a Event) {
        use escrows::Change as Escrow;
        use payins::Change as Payin;
        use withdrawals::Change as Withdrawal;

        match event {
            // Its envelope and its postings say it all.
            Event::TransferCompleted(_) => {}
            Event::LedgerOpened(event) => self.settings = Some((&event.settings, stamp)),
            Event::LedgerConfigured(event) => self.settings = Some((&event.settings, stamp)),

            Event::WalletOpened(event) => self.wallets.open(stamp, event),
            Event::WalletFrozen(event) => self.wallets.change(stamp, event.wallet, "frozen"),
            Event::WalletUnfrozen(event) => self.wallets.change(stamp, event.wallet, "active"),
            Event::WalletClosed(event) => self.wallets.change(stamp, event.wallet, "closed"),

            Event::PayinCreated(event) => self.payins.create(stamp, event),
            Event::PayinSucceeded(event) => {
                let object = Some(event.receipt.object.as_str());
                let change = Payin { object, ..Payin::new(stamp, "succeeded") };
                self.payins.change(event.payin, change);
            }
            Event::PayinDeclined(event) => {
                let (object, reason) = (Some(event.object.as_str()), Some(event.reason.as_str()));
                let change = Payin { object, reason, ..Payin::new(stamp, "declined") };
                self.payins.change(event.payin, change);
            }
            Event::PayinExpired(event) => {
                self.payins.change(event.payin, Payin::new(stamp, "expired"));
            }
            Event::PayinSucceededLate(event) => {
                self.suspense.receive(
                    stamp,
                    Some(event.payin),
                    &event.receipt,
                    &event.entry,
                    "late",
                );
            }
            Event::PayinMismatched(event) => {
                let reason = event.reason.as_str();
                self.suspense.receive(stamp, event.payin, &event.receipt, &event.entry, reason);
            }

            Event::EscrowOpened(event) => self.escrows.open(stamp, event),
            Event::EscrowFunded(event) => {
                self.escrows.change(event.escrow, Escrow::new(stamp, "funded"));
            }
            Event::EscrowDelivered(event) => {
                let auto_release_at = Some(event.auto_release_at);
                let change = Escrow { auto_release_at, ..Escrow::new(stamp, "delivered") };
                self.escrows.change(event.escrow, change);
            }
            Event::EscrowReleased(event) => {
                let commission = Some(event.commission.map_or(Decimal::ZERO, Money::to_decimal));
                let change = Escrow { commission, ..Escrow::new(stamp, "released") };
                self.escrows.change(event.escrow, change);
            }
            Event::EscrowRefunded(event) => {
                self.escrows.change(event.escrow, Escrow::new(stamp, "refunded"));
            }

            Event::WithdrawalRequested(event) => self.withdrawals.request(stamp, event),
            Event::WithdrawalApproved(event) => {
                self.withdrawals.change(event.withdrawal, Withdrawal::new(stamp, "approved"));
            }
            Event::WithdrawalRejected(event) => {
                let reason = Some(event.reason.as_str());
                let change = Withdrawal { reason, ..Withdrawal::new(stamp, "rejected") };
                self.withdrawals.change(event.withdrawal, change);
            }
            Event::WithdrawalSubmitted(event) => {
                let provider = Some(event.provider.to_string());
                let change = Withdrawal { provider, ..Withdrawal::new(stamp, "submitted") };
                self.withdrawals.change(event.withdrawal, change);
            }
            Event::WithdrawalPaid(event) => {
                let object = Some(event.receipt.object.as_str());
                let change = Withdrawal { object, ..Withdrawal::new(stamp, "paid") };
                self.withdrawals.change(event.withdrawal, change);
            }
            Event::WithdrawalFailed(event) => {
                let object = event.object.as_ref().map(|object| object.as_str());
                let reason = Some(event.reason.as_str());
                let change = Withdrawal { object, reason, ..Withdrawal::new(stamp, "failed") };
                self.withdrawals.change(event.withdrawal, change);
            }
            Event::WithdrawalReturned(event) => {
                let object = event.object.as_ref().map(|object| object.as_str());
                let reason = Some(event.reason.as_str());
                let change = Withdrawal { object, reason, ..Withdrawal::new(stamp, "returned") };
                self.withdrawals.change(event.withdrawal, change);
                self.suspense.come_back(stamp, event.withdrawal, object, &event.entry);
            }
        }
    }
}

async fn write_settings(
    connection: &mut PgConnection,
    ledger: &str,
    settings: &Settings,
    stamp: Stamp,
) -> Result<(), ApplyError> {
    let settings = serde_json::to_value(settings)
        .map_err(|error| ApplyError::Database(sqlx::Error::Encode(Box::new(error))))?;
    sqlx::query(
        "INSERT INTO settings (ledger, settings, revision) VALUES ($1, $2, $3)
         ON CONFLICT (ledger) DO UPDATE SET settings = excluded.settings,
                                            revision = excluded.revision",
    )
    .bind(ledger)
    .bind(settings)
    .bind(stamp.revision)
    .execute(connection)
    .await?;
    Ok(())
}

/// One column of some rows.
fn column<T, U>(rows: &[T], of: impl Fn(&T) -> U) -> Vec<U> {
    rows.iter().map(of).collect()
}

/// Each of the rows was written: anything else means that these are not the log's tables.
fn all_written(table: &str, stamps: &[Stamp], written: u64) -> Result<(), ApplyError> {
    if written == stamps.len() as u64 {
        return Ok(());
    }
    let first = stamps.iter().map(|stamp| stamp.revision).min().unwrap_or_default();
    Err(ApplyError::Poisoned {
        at: Revision(first.unsigned_abs()),
        what: format!("it or a later event found {written} of {} rows of {table}", stamps.len()),
    })
}
