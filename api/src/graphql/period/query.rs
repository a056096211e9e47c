//! Questions about periods.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};

use cauri_domain::Month;
use cauri_projections::query::AccountReportRow;

use super::input::MONTH;
use crate::graphql::as_of::covered;
use crate::graphql::context::{Moment, overseer};
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};
use crate::graphql::words::AccountClass;

/// A month that is closed for good.
#[derive(Debug, SimpleObject)]
pub struct ClosedPeriod {
    /// Which: `2026-11`.
    period: String,
    /// When it was closed.
    closed_at: DateTime<Utc>,
    /// The revision that closed it.
    revision: RevisionNumber,
}

/// Every account over some months, by the days that entries count for.
#[derive(Debug, SimpleObject)]
pub struct AccountReport {
    /// The last revision it covers; none while the ledger is empty.
    revision: Option<RevisionNumber>,
    /// Its first day.
    first_day: NaiveDate,
    /// Its last day.
    last_day: NaiveDate,
    /// A row for each account and currency that was posted to by the last day.
    rows: Vec<AccountReportLine>,
}

/// One account and currency. Opening and what came and went make closing.
#[derive(Debug, SimpleObject)]
pub struct AccountReportLine {
    /// The account: `wallet:{id}:available`.
    account: String,
    /// Its class.
    class: AccountClass,
    /// The currency.
    currency: CurrencyText,
    /// Before the first day, on its normal side, in major units.
    opening: DecimalText,
    /// The sum of its debits, in major units.
    debits: DecimalText,
    /// The sum of its credits, in major units.
    credits: DecimalText,
    /// At the end of the last day, on its normal side, in major units.
    closing: DecimalText,
}

fn line(row: AccountReportRow) -> Result<AccountReportLine> {
    Ok(AccountReportLine {
        class: AccountClass::of(&row.class)?,
        account: row.account,
        opening: DecimalText::of(row.opening, &row.currency),
        debits: DecimalText::of(row.debits, &row.currency),
        credits: DecimalText::of(row.credits, &row.currency),
        closing: DecimalText::of(row.closing, &row.currency),
        currency: CurrencyText(row.currency),
    })
}

fn month(argument: &'static str, text: &str) -> Result<Month> {
    text.parse().map_err(|_| fault::bad_argument(argument, format!("must be {MONTH}")))
}

#[derive(Debug, Default)]
pub struct PeriodQueries;

#[Object]
impl PeriodQueries {
    /// The months that are closed for good, the last first. Not for buyers and sellers.
    async fn closed_periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Vec<ClosedPeriod>> {
        overseer(ctx, "closedPeriods")?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let rows = moment.ask().await.periods().await.map_err(|error| fault::database(&error))?;
        let closed = rows.into_iter().map(|row| ClosedPeriod {
            period: row.period,
            closed_at: row.created_at,
            revision: row.revision.into(),
        });
        Ok(closed.collect())
    }

    /// What each account had, took, gave and has, over a month or several. Those of a closed month
    /// are for ever the same. Not for buyers and sellers.
    async fn account_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first month: `2026-11`.")] from: String,
        #[graphql(desc = "The last month; the first when not given.")] to: Option<String>,
        #[graphql(desc = "As this revision knew it; now when not given.")] as_of_revision: Option<
            RevisionNumber,
        >,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<AccountReport> {
        overseer(ctx, "accountReport")?;
        let first = month("from", &from)?;
        let last = to.map(|to| month("to", &to)).transpose()?.unwrap_or(first);
        if last < first {
            return Err(fault::bad_argument("to", "must not be before the first month"));
        }
        let moment = Moment::open(ctx, at_least_revision).await?;
        let (first_day, last_day) = (first.first_day(), last.last_day());
        let revision = match as_of_revision.or_else(|| moment.covers()) {
            Some(revision) => covered(revision, &moment)?,
            None => {
                return Ok(AccountReport { revision: None, first_day, last_day, rows: Vec::new() });
            }
        };
        let rows = moment.ask().await.account_report(first_day, last_day, revision).await;
        let rows = rows.map_err(|error| fault::database(&error))?;
        Ok(AccountReport {
            revision: Some(revision.into()),
            first_day,
            last_day,
            rows: rows.into_iter().map(line).collect::<Result<_>>()?,
        })
    }
}
