//! Questions about all of the books.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};

use cauri_projections::query::{EventRow, TrialBalanceRow, TrialBalanceTotal};

use super::types::{Entries, JournalEvent};
use crate::graphql::as_of::{AsOf, Cut};
use crate::graphql::context::{Moment, overseer};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost};
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};
use crate::graphql::words::AccountClass;

/// Every account's debits and credits.
#[derive(Debug, SimpleObject)]
pub struct TrialBalance {
    /// The last revision it covers; none while the ledger is empty.
    revision: Option<RevisionNumber>,
    /// A row for each account and currency that was ever posted to.
    rows: Vec<TrialBalanceLine>,
    /// The sums of each currency: debits equal credits.
    totals: Vec<TrialBalanceSum>,
}

/// One account and currency.
#[derive(Debug, SimpleObject)]
pub struct TrialBalanceLine {
    /// The account: `wallet:{id}:available`.
    account: String,
    /// Its class.
    class: AccountClass,
    /// The currency.
    currency: CurrencyText,
    /// The sum of its debits, in major units.
    debits: DecimalText,
    /// The sum of its credits, in major units.
    credits: DecimalText,
    /// On its normal side, in major units.
    balance: DecimalText,
}

/// The sums of one currency.
#[derive(Debug, SimpleObject)]
pub struct TrialBalanceSum {
    /// The currency.
    currency: CurrencyText,
    /// All debits, in major units.
    debits: DecimalText,
    /// All credits, in major units.
    credits: DecimalText,
}

#[derive(Debug, Default)]
pub struct JournalQueries;

#[Object]
impl JournalQueries {
    /// Every event of the ledger, newest first. Not for buyers and sellers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn journal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<JournalEvent>> {
        overseer(ctx, "journal")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.events(page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        let entries = Entries::of_page(&moment, &slice.rows);
        let node = |row| JournalEvent { row, entries: Arc::clone(&entries) };
        Ok(connection(&moment, slice, EventRow::key, node))
    }

    /// The trial balance, now or as of a moment. Not for buyers and sellers.
    async fn trial_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of then; now when not given.")] as_of: Option<AsOf>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<TrialBalance> {
        overseer(ctx, "trialBalance")?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let (revision, balance) = match as_of {
            None => (moment.covers(), moment.ask().await.trial_balance().await),
            Some(as_of) => match as_of.cut(&moment).await? {
                None => (None, Ok((Vec::new(), Vec::new()))),
                Some(Cut { revision, day }) => {
                    let mut snapshot = moment.ask().await;
                    let balance = match day {
                        None => snapshot.trial_balance_at(revision).await,
                        Some(day) => snapshot.trial_balance_on(revision, day).await,
                    };
                    (Some(revision.into()), balance)
                }
            },
        };
        let (rows, totals) = balance.map_err(|error| fault::database(&error))?;
        let line = |row: TrialBalanceRow| {
            Ok(TrialBalanceLine {
                class: AccountClass::of(&row.class)?,
                account: row.account,
                debits: DecimalText::of(row.debits, &row.currency),
                credits: DecimalText::of(row.credits, &row.currency),
                balance: DecimalText::of(row.balance, &row.currency),
                currency: CurrencyText(row.currency),
            })
        };
        let sum = |total: TrialBalanceTotal| TrialBalanceSum {
            debits: DecimalText::of(total.debits, &total.currency),
            credits: DecimalText::of(total.credits, &total.currency),
            currency: CurrencyText(total.currency),
        };
        Ok(TrialBalance {
            revision,
            rows: rows.into_iter().map(line).collect::<Result<_>>()?,
            totals: totals.into_iter().map(sum).collect(),
        })
    }
}
