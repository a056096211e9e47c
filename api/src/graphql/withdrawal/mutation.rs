//! Commands about withdrawals.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::Withdrawal;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;
use crate::graphql::vault::destination_refused;

changes! {
    /// A withdrawal is as asked.
    WithdrawalChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl WithdrawalChanged {
    /// The withdrawal, as of this revision at least.
    async fn withdrawal(&self, ctx: &Context<'_>) -> Result<Option<Withdrawal>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.withdrawal(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Withdrawal))
    }
}

results! {
    /// How requesting a withdrawal ended.
    RequestWithdrawalResult = WithdrawalChanged;
    /// How approving a withdrawal ended.
    ApproveWithdrawalResult = WithdrawalChanged;
    /// How canceling a withdrawal ended.
    CancelWithdrawalResult = WithdrawalChanged;
    /// How rejecting a withdrawal ended.
    RejectWithdrawalResult = WithdrawalChanged;
}

#[derive(Debug, Default)]
pub struct WithdrawalMutations;

#[Object]
impl WithdrawalMutations {
    /// Takes money out of a wallet: it waits for a judgement, then a provider pays it out.
    async fn request_withdrawal(
        &self,
        ctx: &Context<'_>,
        input: RequestWithdrawalInput,
    ) -> Result<RequestWithdrawalResult> {
        if let Some(refused) = destination_refused(ctx, input.command_id, &input).await? {
            return Ok(RequestWithdrawalResult::Refused(refused));
        }
        changed!(ctx, input, withdrawal, RequestWithdrawalResult, WithdrawalChanged)
    }

    /// Lets a withdrawal out.
    async fn approve_withdrawal(
        &self,
        ctx: &Context<'_>,
        input: ApproveWithdrawalInput,
    ) -> Result<ApproveWithdrawalResult> {
        changed!(ctx, input, withdrawal, ApproveWithdrawalResult, WithdrawalChanged)
    }

    /// Takes a withdrawal back, as long as it was not sent to a provider; the money and its fee go
    /// back to the wallet.
    async fn cancel_withdrawal(
        &self,
        ctx: &Context<'_>,
        input: CancelWithdrawalInput,
    ) -> Result<CancelWithdrawalResult> {
        changed!(ctx, input, withdrawal, CancelWithdrawalResult, WithdrawalChanged)
    }

    /// Keeps a withdrawal in; the money goes back to the wallet.
    async fn reject_withdrawal(
        &self,
        ctx: &Context<'_>,
        input: RejectWithdrawalInput,
    ) -> Result<RejectWithdrawalResult> {
        changed!(ctx, input, withdrawal, RejectWithdrawalResult, WithdrawalChanged)
    }
}
