//! What the platform and its sellers earn, by day.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::NaiveDate;
use uuid::Uuid;

use cauri_projections::query::{
    CommissionReportRow, Days, RevenueBy, RevenueRow, SellerEarningsRow,
};

use super::words::RevenueDimension;
use crate::graphql::context::{Moment, caller, may_see_of, overseer};
use crate::graphql::fault;
use crate::graphql::paging::{PageArgs, cost};
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};
use crate::graphql::words::AccountClass;

/// What the platform earned.
#[derive(Debug, SimpleObject)]
pub struct Revenue {
    /// The last revision it covers; none while the ledger is empty.
    revision: Option<RevisionNumber>,
    /// A row for each source.
    rows: Vec<RevenueLine>,
}

/// What one source brought. What it is not told apart by is null; a source that nothing says is
/// the empty text.
#[derive(Debug, SimpleObject)]
pub struct RevenueLine {
    /// The day, of UTC.
    day: Option<NaiveDate>,
    /// Income, or expense if it was asked for.
    class: AccountClass,
    /// The account: `revenue:commission`.
    account: String,
    /// The currency.
    currency: CurrencyText,
    /// What the money was for.
    category: Option<String>,
    /// The dimension `store`.
    store: Option<String>,
    /// The commission rule that led to it.
    rule: Option<String>,
    /// How much, in major units, less what was given back.
    amount: DecimalText,
    /// How many postings it comes from.
    postings: i64,
}

/// What a wallet earned by selling, driving or delivering.
#[derive(Debug, SimpleObject)]
pub struct SellerEarnings {
    /// The last revision it covers; none while the ledger is empty.
    revision: Option<RevisionNumber>,
    /// A row for each day and currency, newest first.
    rows: Vec<SellerDay>,
}

/// One day and currency: `net = gross - refunded - commission - tax - others`. All in major units.
#[derive(Debug, SimpleObject)]
pub struct SellerDay {
    /// The day, of UTC.
    day: NaiveDate,
    /// The currency.
    currency: CurrencyText,
    /// What was shared with it.
    gross: DecimalText,
    /// What of that was given back to buyers.
    refunded: DecimalText,
    /// What was taken out of its part for the platform, less what came back.
    commission: DecimalText,
    /// What was taken out of its part for the state, less what came back.
    tax: DecimalText,
    /// What was taken out of its part for others, such as promoters, less what came back.
    others: DecimalText,
    /// What is left of it.
    net: DecimalText,
    /// What it was given beside, of which nobody takes a share.
    tips: DecimalText,
    /// How many amounts were shared with it.
    shares: i64,
}

/// What commission rules brought.
#[derive(Debug, SimpleObject)]
pub struct CommissionReport {
    /// The last revision it covers; none while the ledger is empty.
    revision: Option<RevisionNumber>,
    /// A row for each day, version of a rule and currency, newest first.
    rows: Vec<CommissionDay>,
}

/// One day, version of a rule and currency. All in major units, less what was given back.
#[derive(Debug, SimpleObject)]
pub struct CommissionDay {
    /// The day, of UTC.
    day: NaiveDate,
    /// The rule's name.
    rule: String,
    /// Its version; 0 for the rate in the ledger's settings.
    version: i64,
    /// The currency.
    currency: CurrencyText,
    /// What was shared out.
    gross: DecimalText,
    /// What of that was given back to buyers.
    refunded: DecimalText,
    /// To the platform as commission, without tax.
    commission: DecimalText,
    /// To the platform as fees, without tax.
    fees: DecimalText,
    /// To the state.
    tax: DecimalText,
    /// To wallets, such as promoters'.
    others: DecimalText,
    /// What of all this sellers bore.
    borne_by_seller: DecimalText,
    /// What of all this buyers bore.
    borne_by_buyer: DecimalText,
    /// What of all this the platform bore.
    borne_by_platform: DecimalText,
    /// How many amounts were shared out.
    shares: i64,
}

#[derive(Debug, Default)]
pub struct ReportQueries;

/// How many rows at most.
fn limit(first: Option<i32>) -> Result<u16> {
    PageArgs { first, ..PageArgs::default() }.parse().map(|page| page.limit)
}

#[Object]
impl ReportQueries {
    /// What the platform earned, and what it cost if that is asked for. Not for buyers and sellers.
    #[graphql(complexity = "cost(first, None, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn revenue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first day, of UTC.")] from: Option<NaiveDate>,
        #[graphql(desc = "The last day, of UTC.")] to: Option<NaiveDate>,
        #[graphql(desc = "What it is told apart by; day and category when not given.")] by: Option<
            Vec<RevenueDimension>,
        >,
        #[graphql(desc = "Whether expenses are shown too; not when not given.")]
        include_expenses: Option<bool>,
        #[graphql(desc = "So many rows, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Revenue> {
        overseer(ctx, "revenue")?;
        let limit = limit(first)?;
        let by = by.unwrap_or_else(|| vec![RevenueDimension::Day, RevenueDimension::Category]);
        let by = RevenueBy {
            day: by.contains(&RevenueDimension::Day),
            category: by.contains(&RevenueDimension::Category),
            store: by.contains(&RevenueDimension::Store),
            rule: by.contains(&RevenueDimension::Rule),
        };
        let moment = Moment::open(ctx, at_least_revision).await?;
        let rows = moment
            .ask()
            .await
            .revenue(Days { from, to }, by, include_expenses.unwrap_or(false), limit)
            .await;
        let line = |row: RevenueRow| {
            Ok(RevenueLine {
                day: row.day,
                class: AccountClass::of(&row.class)?,
                account: row.account,
                amount: DecimalText::of(row.amount, &row.currency),
                currency: CurrencyText(row.currency),
                category: row.category,
                store: row.store,
                rule: row.rule,
                postings: row.postings,
            })
        };
        let rows = rows.map_err(|e| fault::database(&e))?.into_iter().map(line);
        Ok(Revenue { revision: moment.covers(), rows: rows.collect::<Result<_>>()? })
    }

    /// What a wallet earned, newest day first. A buyer or seller sees their own.
    #[graphql(complexity = "cost(first, None, child_complexity)")]
    async fn seller_earnings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The wallet's id.")] wallet: Uuid,
        #[graphql(desc = "The first day, of UTC.")] from: Option<NaiveDate>,
        #[graphql(desc = "The last day, of UTC.")] to: Option<NaiveDate>,
        #[graphql(desc = "So many rows, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<SellerEarnings>> {
        let (caller, limit) = (caller(ctx)?, limit(first)?);
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.wallet(wallet).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see_of(caller, &moment, row.wallet, &row.owner, "wallet").await?;
        let rows = moment.ask().await.seller_earnings(wallet, Days { from, to }, limit).await;
        let line = |row: SellerEarningsRow| {
            let amount = |amount| DecimalText::of(amount, &row.currency);
            SellerDay {
                day: row.day,
                gross: amount(row.gross),
                refunded: amount(row.refunded),
                commission: amount(row.commission),
                tax: amount(row.tax),
                others: amount(row.others),
                net: amount(row.net),
                tips: amount(row.tips),
                shares: row.shares,
                currency: CurrencyText(row.currency.clone()),
            }
        };
        let rows = rows.map_err(|e| fault::database(&e))?.into_iter().map(line);
        Ok(Some(SellerEarnings { revision: moment.covers(), rows: rows.collect() }))
    }

    /// What commission rules brought, newest day first. Not for buyers and sellers.
    #[graphql(complexity = "cost(first, None, child_complexity)")]
    async fn commission_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the rule of this name.")] rule: Option<String>,
        #[graphql(desc = "The first day, of UTC.")] from: Option<NaiveDate>,
        #[graphql(desc = "The last day, of UTC.")] to: Option<NaiveDate>,
        #[graphql(desc = "So many rows, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<CommissionReport> {
        overseer(ctx, "commissionReport")?;
        let limit = limit(first)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let days = Days { from, to };
        let rows = moment.ask().await.commission_report(rule.as_deref(), days, limit).await;
        let line = |row: CommissionReportRow| {
            let amount = |amount| DecimalText::of(amount, &row.currency);
            CommissionDay {
                day: row.day,
                rule: row.rule.clone(),
                version: row.version,
                gross: amount(row.gross),
                refunded: amount(row.refunded),
                commission: amount(row.commission),
                fees: amount(row.fees),
                tax: amount(row.tax),
                others: amount(row.others),
                borne_by_seller: amount(row.borne_by_seller),
                borne_by_buyer: amount(row.borne_by_buyer),
                borne_by_platform: amount(row.borne_by_platform),
                shares: row.shares,
                currency: CurrencyText(row.currency.clone()),
            }
        };
        let rows = rows.map_err(|e| fault::database(&e))?.into_iter().map(line).collect();
        Ok(CommissionReport { revision: moment.covers(), rows })
    }
}
