//! Questions about ages.

use std::collections::HashMap;

use async_graphql::{Context, Object, Result};
use chrono::Utc;

use cauri_projections::query::{Aging, OpenOf};

use super::types::{AgedAccount, Ages, OpenPart};
use crate::graphql::as_of::covered;
use crate::graphql::context::{Moment, bookkeeper};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;

/// The most parts of each account that are listed.
const MOST_PARTS: u32 = 1_000;

#[derive(Debug, Default)]
pub struct AgesQueries;

#[Object]
impl AgesQueries {
    /// How old is what providers hold for us: `clearing:{provider}`, what went out set against what
    /// came in first. For finance, admins and auditors.
    async fn clearing_ages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this revision and its time; of now when not given.")]
        as_of_revision: Option<RevisionNumber>,
        #[graphql(
            desc = "So many parts of each account are listed, the oldest: 0 to 1,000.",
            default = 20
        )]
        parts: i32,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Ages> {
        bookkeeper(ctx, "clearingAges")?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        ages(&moment, OpenOf::Clearing, as_of_revision, parts).await
    }

    /// How old is what came in and matched to nothing: `suspense:{provider}`, each payment by
    /// itself, with what it waits for. For finance, admins and auditors.
    async fn suspense_ages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this revision and its time; of now when not given.")]
        as_of_revision: Option<RevisionNumber>,
        #[graphql(
            desc = "So many parts of each account are listed, the oldest: 0 to 1,000.",
            default = 20
        )]
        parts: i32,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Ages> {
        bookkeeper(ctx, "suspenseAges")?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        ages(&moment, OpenOf::Suspense, as_of_revision, parts).await
    }
}

/// How old is what all accounts of a kind hold now, without their parts.
pub(in crate::graphql) async fn aged_now(
    ctx: &Context<'_>,
    of: OpenOf,
) -> Result<Vec<AgedAccount>> {
    let moment = Moment::open(ctx, None).await?;
    Ok(ages(&moment, of, None, 0).await?.accounts)
}

async fn ages(
    moment: &Moment,
    of: OpenOf,
    as_of: Option<RevisionNumber>,
    parts: i32,
) -> Result<Ages> {
    let most = u32::try_from(parts).ok().filter(|parts| *parts <= MOST_PARTS);
    let most = most.ok_or_else(|| fault::bad_argument("parts", "0 to 1000 parts are listed"))?;
    let Some(last) = as_of.or_else(|| moment.covers()) else {
        return Ok(Ages { revision: None, at: Utc::now(), accounts: Vec::new() });
    };
    let revision = covered(last, moment)?;
    let failed = |error| fault::database(&error);
    let mut ask = moment.ask().await;
    let recorded = ask.recorded_at(revision).await.map_err(failed)?.unwrap_or_default();
    // A ledger in development may be ahead of the world's time.
    let at = if as_of.is_some() { recorded } else { Utc::now().max(recorded) };
    let rows = ask.ages(of, Aging { revision, at }).await.map_err(failed)?;
    let mut open = HashMap::<(String, String), Vec<OpenPart>>::new();
    if most > 0 {
        for row in ask.aged_parts(of, revision, None, most).await.map_err(failed)? {
            let place = (row.provider.clone(), row.currency.clone());
            open.entry(place).or_default().push(match of {
                OpenOf::Clearing => OpenPart::cleared(row),
                OpenOf::Suspense => OpenPart::waiting(row),
            });
        }
    }
    let account = |row: cauri_projections::query::AgedRow| {
        let open = open.remove(&(row.provider.clone(), row.currency.clone())).unwrap_or_default();
        AgedAccount::new(of.account(), row, open)
    };
    Ok(Ages { revision: Some(last), at, accounts: rows.into_iter().map(account).collect() })
}
