//! Commands about withdrawals.

use async_graphql::{ComplexObject, Context, Object, Result};

use cauri_domain::{Refusal, WalletId, WithdrawalId};

use super::input::*;
use super::types::Withdrawal;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::{Moment, caller, engine, vault};
use crate::graphql::fault;
use crate::graphql::refused::Refused;
use crate::vault::{Kind, VaultRef};

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

/// Whether a destination of the vault can be seen beforehand to lead nowhere, or to be another's.
/// The payout itself looks again; so where the vault does not answer now, it is for the payout to
/// wait, and not for the request. What was requested before is as it was, whatever became of it.
async fn destination_refused(
    ctx: &Context<'_>,
    input: &RequestWithdrawalInput,
) -> Result<Option<Refusal>> {
    let Some(given) = input.destination.as_deref().filter(|given| VaultRef::claims(given)) else {
        return Ok(None);
    };
    let (id, wallet) = (WithdrawalId(input.withdrawal), WalletId(input.wallet));
    let look = move |state: &cauri_domain::LedgerState| {
        let owner = state.wallet(wallet).map(|wallet| wallet.owner.clone());
        (state.withdrawal(id).is_some(), owner)
    };
    let read = engine(ctx)?.read(look).await.map_err(|error| fault::unasked(&error))?;
    let (is_known, owner) = read.value;
    // A wallet that is not there is refused by its own rule.
    let (false, Some(owner)) = (is_known, owner) else { return Ok(None) };
    let refusal = Some(Refusal::NotFound { field: "destination" });
    let Ok(reference) = given.parse::<VaultRef>() else { return Ok(refusal) };
    let Ok(described) = vault(ctx)?.describe(&caller(ctx)?.ledger, &reference).await else {
        return Ok(None);
    };
    let is_good = described.is_some_and(|it| {
        it.kind == Some(Kind::Destination) && it.erased_at.is_none() && it.subject == owner.as_str()
    });
    Ok(if is_good { None } else { refusal })
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
        if let Some(refusal) = destination_refused(ctx, &input).await? {
            return Ok(RequestWithdrawalResult::Refused(Refused::new(
                &refusal,
                input.command_id,
                None,
            )));
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
