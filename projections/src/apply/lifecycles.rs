//! Wallets, pay-ins, escrows, withdrawals, settings, suspense: what each event makes of its row.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::ApplyError;
use super::envelopes::number;
use cauri_domain::receipt::Receipt;
use cauri_domain::{Account, Event, JournalEntry, Money, PayinId, Settings, Side};
use cauri_ledger::Recorded;

/// What every row of this event is stamped with.
struct Stamp<'a> {
    ledger: &'a str,
    revision: i64,
    at: DateTime<Utc>,
}

pub(super) async fn write(
    connection: &mut PgConnection,
    recorded: &Recorded,
) -> Result<(), ApplyError> {
    let ledger = recorded.ledger.as_str();
    let stamp = Stamp { ledger, revision: number(recorded.revision.0)?, at: recorded.recorded_at };
    let written = match &recorded.event {
        // Its envelope and its postings say it all.
        Event::TransferCompleted(_) => return Ok(()),
        Event::LedgerOpened(event) => settings(connection, &stamp, &event.settings).await?,
        Event::LedgerConfigured(event) => settings(connection, &stamp, &event.settings).await?,
        Event::WalletOpened(event) => sqlx::query(
            "INSERT INTO wallets (ledger, wallet, owner, status, created_at,
                                      created_revision, revision)
                 VALUES ($1, $2, $3, 'active', $4, $5, $5)",
        )
        .bind(ledger)
        .bind(event.wallet.0)
        .bind(event.owner.as_str())
        .bind(stamp.at)
        .bind(stamp.revision)
        .execute(&mut *connection)
        .await?
        .rows_affected(),
        Event::WalletFrozen(e) => wallet_status(connection, &stamp, e.wallet.0, "frozen").await?,
        Event::WalletUnfrozen(e) => wallet_status(connection, &stamp, e.wallet.0, "active").await?,
        Event::WalletClosed(e) => wallet_status(connection, &stamp, e.wallet.0, "closed").await?,
        Event::PayinCreated(event) => sqlx::query(
            "INSERT INTO payins (ledger, payin, wallet, owner, amount, currency, provider,
                                     status, expires_at, created_at, updated_at,
                                     created_revision, revision)
                 SELECT $1, $2, wallet, owner, $4, $5, $6, 'created', $7, $8, $8, $9, $9
                 FROM wallets WHERE ledger = $1 AND wallet = $3",
        )
        .bind(ledger)
        .bind(event.payin.0)
        .bind(event.wallet.0)
        .bind(event.amount.to_decimal())
        .bind(event.amount.currency().code())
        .bind(event.provider.as_str())
        .bind(event.expires_at)
        .bind(stamp.at)
        .bind(stamp.revision)
        .execute(&mut *connection)
        .await?
        .rows_affected(),
        Event::PayinSucceeded(event) => {
            let object = Some(event.receipt.object.as_str());
            payin(connection, &stamp, event.payin, "succeeded", object, None).await?
        }
        Event::PayinDeclined(event) => {
            let (object, reason) = (event.object.as_str(), event.reason.as_str());
            payin(connection, &stamp, event.payin, "declined", Some(object), Some(reason)).await?
        }
        Event::PayinExpired(event) => {
            payin(connection, &stamp, event.payin, "expired", None, None).await?
        }
        Event::PayinSucceededLate(event) => {
            let matched = Some(event.payin);
            received(connection, &stamp, matched, &event.receipt, &event.entry, "late").await?
        }
        Event::PayinMismatched(event) => {
            let (receipt, reason) = (&event.receipt, event.reason.as_str());
            received(connection, &stamp, event.payin, receipt, &event.entry, reason).await?
        }
        Event::EscrowOpened(event) => {
            let terms = &event.terms;
            sqlx::query(
                "INSERT INTO escrows (ledger, escrow, buyer, buyer_owner, seller, seller_owner,
                                      amount, currency, inspection_s, commission_bp, status,
                                      created_at, updated_at, created_revision, revision)
                 SELECT $1, $2, b.wallet, b.owner, s.wallet, s.owner, $5, $6, $7, $8, 'opened',
                        $9, $9, $10, $10
                 FROM wallets b, wallets s
                 WHERE b.ledger = $1 AND b.wallet = $3 AND s.ledger = $1 AND s.wallet = $4",
            )
            .bind(ledger)
            .bind(event.escrow.0)
            .bind(terms.buyer.0)
            .bind(terms.seller.0)
            .bind(terms.amount.to_decimal())
            .bind(terms.amount.currency().code())
            .bind(i64::from(terms.inspection_s.get()))
            .bind(i32::from(terms.commission.get()))
            .bind(stamp.at)
            .bind(stamp.revision)
            .execute(&mut *connection)
            .await?
            .rows_affected()
        }
        Event::EscrowFunded(event) => {
            escrow(connection, &stamp, event.escrow.0, "funded", None, None).await?
        }
        Event::EscrowDelivered(event) => {
            let due = Some(event.auto_release_at);
            escrow(connection, &stamp, event.escrow.0, "delivered", due, None).await?
        }
        Event::EscrowReleased(event) => {
            let commission = Some(event.commission.map_or(Decimal::ZERO, Money::to_decimal));
            escrow(connection, &stamp, event.escrow.0, "released", None, commission).await?
        }
        Event::EscrowRefunded(event) => {
            escrow(connection, &stamp, event.escrow.0, "refunded", None, None).await?
        }
        Event::WithdrawalRequested(event) => sqlx::query(
            "INSERT INTO withdrawals (ledger, withdrawal, wallet, owner, amount, currency,
                                          destination, status, auto_approve_at, created_at,
                                          updated_at, created_revision, revision)
                 SELECT $1, $2, wallet, owner, $4, $5, $6, 'requested', $7, $8, $8, $9, $9
                 FROM wallets WHERE ledger = $1 AND wallet = $3",
        )
        .bind(ledger)
        .bind(event.withdrawal.0)
        .bind(event.wallet.0)
        .bind(event.amount.to_decimal())
        .bind(event.amount.currency().code())
        .bind(event.destination.as_str())
        .bind(event.auto_approve_at)
        .bind(stamp.at)
        .bind(stamp.revision)
        .execute(&mut *connection)
        .await?
        .rows_affected(),
        Event::WithdrawalApproved(event) => {
            let change = Change { status: "approved", ..Change::default() };
            withdrawal(connection, &stamp, event.withdrawal.0, change).await?
        }
        Event::WithdrawalRejected(event) => {
            let reason = Some(event.reason.as_str());
            let change = Change { status: "rejected", reason, ..Change::default() };
            withdrawal(connection, &stamp, event.withdrawal.0, change).await?
        }
        Event::WithdrawalSubmitted(event) => {
            let provider = Some(event.provider.as_str());
            let change = Change { status: "submitted", provider, ..Change::default() };
            withdrawal(connection, &stamp, event.withdrawal.0, change).await?
        }
        Event::WithdrawalPaid(event) => {
            let object = Some(event.receipt.object.as_str());
            let change = Change { status: "paid", object, ..Change::default() };
            withdrawal(connection, &stamp, event.withdrawal.0, change).await?
        }
        Event::WithdrawalFailed(event) => {
            let object = event.object.as_ref().map(|object| object.as_str());
            let reason = Some(event.reason.as_str());
            let change = Change { status: "failed", object, reason, ..Change::default() };
            withdrawal(connection, &stamp, event.withdrawal.0, change).await?
        }
        Event::WithdrawalReturned(event) => {
            let object = event.object.as_ref().map(|object| object.as_str());
            let reason = Some(event.reason.as_str());
            let change = Change { status: "returned", object, reason, ..Change::default() };
            let written = withdrawal(connection, &stamp, event.withdrawal.0, change).await?;
            let item = Item { withdrawal: Some(event.withdrawal.0), object, ..Item::default() };
            suspense(connection, &stamp, item, &event.entry, "returned").await?;
            written
        }
    };
    exactly_one(recorded, written)
}

/// An event changes the row it is about: anything else means that these are not its tables.
fn exactly_one(recorded: &Recorded, written: u64) -> Result<(), ApplyError> {
    if written == 1 {
        return Ok(());
    }
    Err(ApplyError::Poisoned {
        at: recorded.revision,
        what: format!("{} found {written} rows to change", recorded.event.wire_name()),
    })
}

async fn settings(
    connection: &mut PgConnection,
    stamp: &Stamp<'_>,
    settings: &Settings,
) -> Result<u64, ApplyError> {
    let settings = serde_json::to_value(settings)
        .map_err(|error| ApplyError::Database(sqlx::Error::Encode(Box::new(error))))?;
    let done = sqlx::query(
        "INSERT INTO settings (ledger, settings, revision) VALUES ($1, $2, $3)
         ON CONFLICT (ledger) DO UPDATE SET settings = excluded.settings,
                                            revision = excluded.revision",
    )
    .bind(stamp.ledger)
    .bind(settings)
    .bind(stamp.revision)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

async fn wallet_status(
    connection: &mut PgConnection,
    stamp: &Stamp<'_>,
    wallet: Uuid,
    status: &'static str,
) -> Result<u64, ApplyError> {
    let done = sqlx::query(
        "UPDATE wallets SET status = $3, revision = $4 WHERE ledger = $1 AND wallet = $2",
    )
    .bind(stamp.ledger)
    .bind(wallet)
    .bind(status)
    .bind(stamp.revision)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

async fn payin(
    connection: &mut PgConnection,
    stamp: &Stamp<'_>,
    payin: PayinId,
    status: &'static str,
    object: Option<&str>,
    reason: Option<&str>,
) -> Result<u64, ApplyError> {
    let done = sqlx::query(
        "UPDATE payins SET status = $3, object = coalesce($4, object), reason = $5,
                           updated_at = $6, revision = $7
         WHERE ledger = $1 AND payin = $2",
    )
    .bind(stamp.ledger)
    .bind(payin.0)
    .bind(status)
    .bind(object)
    .bind(reason)
    .bind(stamp.at)
    .bind(stamp.revision)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

async fn received(
    connection: &mut PgConnection,
    stamp: &Stamp<'_>,
    payin: Option<PayinId>,
    receipt: &Receipt,
    entry: &JournalEntry,
    reason: &str,
) -> Result<u64, ApplyError> {
    let payin = payin.map(|payin| payin.0);
    let item = Item { payin, object: Some(receipt.object.as_str()), ..Item::default() };
    suspense(connection, stamp, item, entry, reason).await
}

/// What waits in suspense belongs to.
#[derive(Default)]
struct Item<'a> {
    payin: Option<Uuid>,
    withdrawal: Option<Uuid>,
    object: Option<&'a str>,
}

/// A row for what the entry credits to suspense, if it does.
async fn suspense(
    connection: &mut PgConnection,
    stamp: &Stamp<'_>,
    item: Item<'_>,
    entry: &JournalEntry,
    reason: &str,
) -> Result<u64, ApplyError> {
    let credited =
        entry.postings().iter().find_map(|posting| match (posting.account, posting.side) {
            (Account::Suspense(provider), Side::Credit) => Some((provider, posting.money)),
            _ => None,
        });
    let Some((provider, money)) = credited else { return Ok(0) };
    let done = sqlx::query(
        "INSERT INTO suspense_items (ledger, created_revision, provider, object, payin,
                                     withdrawal, amount, currency, reason, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(stamp.ledger)
    .bind(stamp.revision)
    .bind(provider.as_str())
    .bind(item.object)
    .bind(item.payin)
    .bind(item.withdrawal)
    .bind(money.to_decimal())
    .bind(money.currency().code())
    .bind(reason)
    .bind(stamp.at)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

async fn escrow(
    connection: &mut PgConnection,
    stamp: &Stamp<'_>,
    escrow: Uuid,
    status: &'static str,
    auto_release_at: Option<DateTime<Utc>>,
    commission: Option<Decimal>,
) -> Result<u64, ApplyError> {
    let done = sqlx::query(
        "UPDATE escrows SET status = $3, auto_release_at = $4, commission = $5, updated_at = $6,
                            revision = $7
         WHERE ledger = $1 AND escrow = $2",
    )
    .bind(stamp.ledger)
    .bind(escrow)
    .bind(status)
    .bind(auto_release_at)
    .bind(commission)
    .bind(stamp.at)
    .bind(stamp.revision)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// What an event changes of a withdrawal; what is `None` stays.
#[derive(Default)]
struct Change<'a> {
    status: &'static str,
    provider: Option<&'a str>,
    object: Option<&'a str>,
    reason: Option<&'a str>,
}

async fn withdrawal(
    connection: &mut PgConnection,
    stamp: &Stamp<'_>,
    withdrawal: Uuid,
    change: Change<'_>,
) -> Result<u64, ApplyError> {
    let done = sqlx::query(
        "UPDATE withdrawals SET status = $3, provider = coalesce($4, provider),
                                object = coalesce($5, object), reason = coalesce($6, reason),
                                updated_at = $7, revision = $8
         WHERE ledger = $1 AND withdrawal = $2",
    )
    .bind(stamp.ledger)
    .bind(withdrawal)
    .bind(change.status)
    .bind(change.provider)
    .bind(change.object)
    .bind(change.reason)
    .bind(stamp.at)
    .bind(stamp.revision)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
