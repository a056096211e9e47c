//! Questions about wallets.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::WalletRow;

use super::types::Wallet;
use crate::graphql::context::{Moment, caller, may_see_of, only_of};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct WalletQueries;

#[Object]
impl WalletQueries {
    /// A wallet; null when there is none with this id. Another's is `FORBIDDEN` to a buyer or
    /// seller.
    async fn wallet(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Wallet>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.wallet(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see_of(caller, &moment, row.wallet, &row.owner, "id").await?;
        Ok(Some(Wallet { row, moment }))
    }

    /// Wallets, newest first. A buyer or seller sees their own, and those whose member they are
    /// unless they ask for an owner's.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn wallets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner.")] owner: Option<String>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Wallet>> {
        let caller = caller(ctx)?;
        let member = (caller.role.is_party() && owner.is_none()).then_some(&caller.subject);
        let owner = only_of(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.wallets(owner.as_ref(), member, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        let node = |row| Wallet { row, moment: moment.clone() };
        Ok(connection(&moment, slice, WalletRow::key, node))
    }
}
