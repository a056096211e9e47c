//! Postings with the balance after each, and the balances themselves.
//!
//! The balances that a batch touches are read once, folded in memory, and written once: the cost
//! for a hot account is that of one row.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::Row as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::ApplyError;
use super::envelopes::number;
use cauri_domain::limits::Zone;
use cauri_domain::money::decimal;
use cauri_domain::{Account, Currency, Dated, Event, Revision, Side};
use cauri_ledger::Recorded;

const READ: &str = "
SELECT b.account, b.currency, b.debits, b.credits
FROM balances b JOIN unnest($2::text[], $3::text[]) AS touched (account, currency)
  ON b.account = touched.account AND b.currency = touched.currency
WHERE b.ledger = $1";

const INSERT_POSTINGS: &str = "
INSERT INTO postings (ledger, revision, line, account, class, wallet, side, amount, currency,
                      balance_after, effective_on, posted_on)
SELECT $1, * FROM unnest($2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::uuid[],
                         $7::text[], $8::numeric[], $9::text[], $10::numeric[],
                         $11::date[], $12::date[])";

const UPSERT_BALANCES: &str = "
INSERT INTO balances (ledger, account, currency, class, wallet, debits, credits, balance, revision)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::numeric[],
                         $7::numeric[], $8::numeric[], $9::bigint[])
ON CONFLICT (ledger, account, currency) DO UPDATE
SET debits = excluded.debits, credits = excluded.credits, balance = excluded.balance,
    revision = excluded.revision";

/// Debits and credits of one book, in minor units.
#[derive(Default)]
struct Sums {
    debits: i128,
    credits: i128,
    revision: i64,
}

impl Sums {
    fn balance(&self, account: Account) -> i128 {
        match account.class().normal_side() {
            Side::Debit => self.debits - self.credits,
            Side::Credit => self.credits - self.debits,
        }
    }
}

#[derive(Default)]
struct Lines {
    revision: Vec<i64>,
    line: Vec<i16>,
    account: Vec<String>,
    class: Vec<&'static str>,
    wallet: Vec<Option<Uuid>>,
    side: Vec<&'static str>,
    amount: Vec<Decimal>,
    currency: Vec<String>,
    balance_after: Vec<Decimal>,
    effective_on: Vec<NaiveDate>,
    posted_on: Vec<NaiveDate>,
}

pub(super) async fn write(
    connection: &mut PgConnection,
    batch: &[Recorded],
) -> Result<(), ApplyError> {
    let Some(ledger) = batch.first().map(|event| event.ledger.to_string()) else { return Ok(()) };
    let mut books = BTreeMap::<(Account, Currency), Sums>::new();
    for posting in batch.iter().filter_map(|event| event.event.entry()).flat_map(|e| e.postings()) {
        books.entry((posting.account, posting.money.currency())).or_default();
    }
    if books.is_empty() {
        return Ok(());
    }
    read(connection, &ledger, &mut books).await?;
    let zone = zone(connection, &ledger).await?;
    let lines = fold(batch, &mut books, zone)?;
    sqlx::query(INSERT_POSTINGS)
        .bind(&ledger)
        .bind(lines.revision)
        .bind(lines.line)
        .bind(lines.account)
        .bind(lines.class)
        .bind(lines.wallet)
        .bind(lines.side)
        .bind(lines.amount)
        .bind(lines.currency)
        .bind(lines.balance_after)
        .bind(lines.effective_on)
        .bind(lines.posted_on)
        .execute(&mut *connection)
        .await?;
    upsert(connection, &ledger, &books).await
}

/// Where days began at midnight before this batch.
async fn zone(connection: &mut PgConnection, ledger: &str) -> Result<Zone, ApplyError> {
    let row = sqlx::query("SELECT zone FROM calendar WHERE ledger = $1")
        .bind(ledger)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(Zone::default()) };
    row.get::<&str, _>(0).parse().map_err(decode_error)
}

async fn read(
    connection: &mut PgConnection,
    ledger: &str,
    books: &mut BTreeMap<(Account, Currency), Sums>,
) -> Result<(), ApplyError> {
    let accounts: Vec<String> = books.keys().map(|(account, _)| account.to_string()).collect();
    let currencies: Vec<&str> = books.keys().map(|(_, currency)| currency.code()).collect();
    let rows = sqlx::query(READ)
        .bind(ledger)
        .bind(accounts)
        .bind(currencies)
        .fetch_all(connection)
        .await?;
    for row in rows {
        let account: Account = row.get::<&str, _>(0).parse().map_err(decode_error)?;
        let currency: Currency = row.get::<&str, _>(1).parse().map_err(decode_error)?;
        if let Some(sums) = books.get_mut(&(account, currency)) {
            sums.debits = minor(row.get(2), currency);
            sums.credits = minor(row.get(3), currency);
        }
    }
    Ok(())
}

fn decode_error(error: impl std::error::Error + Send + Sync + 'static) -> ApplyError {
    ApplyError::Database(sqlx::Error::Decode(Box::new(error)))
}

/// What was written at the currency's scale, in minor units again.
fn minor(mut amount: Decimal, currency: Currency) -> i128 {
    amount.rescale(u32::from(currency.exponent()));
    amount.mantissa()
}

fn fold(
    batch: &[Recorded],
    books: &mut BTreeMap<(Account, Currency), Sums>,
    mut zone: Zone,
) -> Result<Lines, ApplyError> {
    let mut lines = Lines::default();
    for recorded in batch {
        if let Event::TimeZoneSet(event) = &recorded.event {
            zone = event.zone;
        }
        let Some(entry) = recorded.event.entry() else { continue };
        let revision = number(recorded.revision.0)?;
        let today = zone.day(recorded.recorded_at);
        let dated = Dated { effective: today, posting: today };
        let dated = recorded.event.dated().unwrap_or(dated);
        for (line, posting) in entry.postings().iter().enumerate() {
            let (account, currency) = (posting.account, posting.money.currency());
            let sums = books.entry((account, currency)).or_default();
            let minor = i128::from(posting.money.minor());
            match posting.side {
                Side::Debit => sums.debits += minor,
                Side::Credit => sums.credits += minor,
            }
            sums.revision = revision;
            let after = amount(sums.balance(account), currency, recorded.revision)?;
            lines.revision.push(revision);
            lines.line.push(i16::try_from(line).map_err(|_| ApplyError::Poisoned {
                at: recorded.revision,
                what: "the entry has more postings than a table can number".to_owned(),
            })?);
            lines.account.push(account.to_string());
            lines.class.push(account.class().as_str());
            lines.wallet.push(account.wallet().map(|wallet| wallet.0));
            lines.side.push(posting.side.as_str());
            lines.amount.push(posting.money.to_decimal());
            lines.currency.push(currency.to_string());
            lines.balance_after.push(after);
            lines.effective_on.push(dated.effective);
            lines.posted_on.push(dated.posting);
        }
    }
    Ok(lines)
}

fn amount(minor: i128, currency: Currency, at: Revision) -> Result<Decimal, ApplyError> {
    decimal(minor, currency).ok_or_else(|| ApplyError::Poisoned {
        at,
        what: "a sum has more than 28 digits".to_owned(),
    })
}

async fn upsert(
    connection: &mut PgConnection,
    ledger: &str,
    books: &BTreeMap<(Account, Currency), Sums>,
) -> Result<(), ApplyError> {
    let at = |sums: &Sums| Revision(sums.revision.unsigned_abs());
    let column = |of: fn(&Account, &Sums) -> i128| {
        books
            .iter()
            .map(|((account, currency), sums)| amount(of(account, sums), *currency, at(sums)))
            .collect::<Result<Vec<_>, _>>()
    };
    sqlx::query(UPSERT_BALANCES)
        .bind(ledger)
        .bind(books.keys().map(|(account, _)| account.to_string()).collect::<Vec<_>>())
        .bind(books.keys().map(|(_, currency)| currency.to_string()).collect::<Vec<_>>())
        .bind(books.keys().map(|(account, _)| account.class().as_str()).collect::<Vec<_>>())
        .bind(books.keys().map(|(account, _)| account.wallet().map(|w| w.0)).collect::<Vec<_>>())
        .bind(column(|_, sums| sums.debits)?)
        .bind(column(|_, sums| sums.credits)?)
        .bind(column(|account, sums| sums.balance(*account))?)
        .bind(books.values().map(|sums| sums.revision).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
