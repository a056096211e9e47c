//! Commands about escrows.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::dispute::*;
use super::input::*;
use super::types::Escrow;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;

changes! {
    /// An escrow is as asked.
    EscrowChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl EscrowChanged {
    /// The escrow, as of this revision at least.
    async fn escrow(&self, ctx: &Context<'_>) -> Result<Option<Escrow>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.escrow(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(|row| Escrow { row, moment }))
    }
}

results! {
    /// How opening an escrow ended.
    OpenEscrowResult = EscrowChanged;
    /// How funding an escrow ended.
    FundEscrowResult = EscrowChanged;
    /// How canceling an escrow ended.
    CancelEscrowResult = EscrowChanged;
    /// How marking a delivery ended.
    MarkDeliveredResult = EscrowChanged;
    /// How requesting a revision ended.
    RequestRevisionResult = EscrowChanged;
    /// How releasing an escrow ended.
    ReleaseEscrowResult = EscrowChanged;
    /// How refunding an escrow ended.
    RefundEscrowResult = EscrowChanged;
    /// How opening a dispute ended.
    OpenDisputeResult = EscrowChanged;
    /// How withdrawing a dispute ended.
    WithdrawDisputeResult = EscrowChanged;
    /// How offering a settlement ended.
    OfferSettlementResult = EscrowChanged;
    /// How accepting a settlement ended.
    AcceptSettlementResult = EscrowChanged;
    /// How declining a settlement ended.
    DeclineSettlementResult = EscrowChanged;
    /// How an arbitration ended.
    ArbitrateEscrowResult = EscrowChanged;
    /// How taking back a release ended.
    ClawBackEscrowResult = EscrowChanged;
}

#[derive(Debug, Default)]
pub struct EscrowMutations;

#[Object]
impl EscrowMutations {
    /// Agrees terms, and puts the buyer's money aside.
    async fn open_escrow(
        &self,
        ctx: &Context<'_>,
        input: OpenEscrowInput,
    ) -> Result<OpenEscrowResult> {
        changed!(ctx, input, escrow, OpenEscrowResult, EscrowChanged)
    }

    /// The buyer puts the money aside that was agreed.
    async fn fund_escrow(
        &self,
        ctx: &Context<'_>,
        input: FundEscrowInput,
    ) -> Result<FundEscrowResult> {
        changed!(ctx, input, escrow, FundEscrowResult, EscrowChanged)
    }

    /// Either party gives up what is not funded yet.
    async fn cancel_escrow(
        &self,
        ctx: &Context<'_>,
        input: CancelEscrowInput,
    ) -> Result<CancelEscrowResult> {
        changed!(ctx, input, escrow, CancelEscrowResult, EscrowChanged)
    }

    /// The seller says it is done; the inspection period begins.
    async fn mark_delivered(
        &self,
        ctx: &Context<'_>,
        input: MarkDeliveredInput,
    ) -> Result<MarkDeliveredResult> {
        changed!(ctx, input, escrow, MarkDeliveredResult, EscrowChanged)
    }

    /// The buyer wants the delivery done better; the inspection period ends.
    async fn request_revision(
        &self,
        ctx: &Context<'_>,
        input: RequestRevisionInput,
    ) -> Result<RequestRevisionResult> {
        changed!(ctx, input, escrow, RequestRevisionResult, EscrowChanged)
    }

    /// The buyer lets the seller have the money, less commission. Above the ledger's threshold,
    /// staff need a second person for it.
    async fn release_escrow(
        &self,
        ctx: &Context<'_>,
        input: ReleaseEscrowInput,
    ) -> Result<ReleaseEscrowResult> {
        changed!(ctx, input, escrow, ReleaseEscrowResult, EscrowChanged)
    }

    /// The seller gives the money back to the buyer. Above the ledger's threshold, staff need a
    /// second person for it.
    async fn refund_escrow(
        &self,
        ctx: &Context<'_>,
        input: RefundEscrowInput,
    ) -> Result<RefundEscrowResult> {
        changed!(ctx, input, escrow, RefundEscrowResult, EscrowChanged)
    }

    /// A party does not agree: nothing moves and no deadline runs until it is decided.
    async fn open_dispute(
        &self,
        ctx: &Context<'_>,
        input: OpenDisputeInput,
    ) -> Result<OpenDisputeResult> {
        changed!(ctx, input, escrow, OpenDisputeResult, EscrowChanged)
    }

    /// Who disputed does no more; the deadline has as much time left as it had.
    async fn withdraw_dispute(
        &self,
        ctx: &Context<'_>,
        input: WithdrawDisputeInput,
    ) -> Result<WithdrawDisputeResult> {
        changed!(ctx, input, escrow, WithdrawDisputeResult, EscrowChanged)
    }

    /// A party offers a way to end it; it replaces the offer before.
    async fn offer_settlement(
        &self,
        ctx: &Context<'_>,
        input: OfferSettlementInput,
    ) -> Result<OfferSettlementResult> {
        changed!(ctx, input, escrow, OfferSettlementResult, EscrowChanged)
    }

    /// The other party agrees: what is held is split as it was offered.
    async fn accept_settlement(
        &self,
        ctx: &Context<'_>,
        input: AcceptSettlementInput,
    ) -> Result<AcceptSettlementResult> {
        changed!(ctx, input, escrow, AcceptSettlementResult, EscrowChanged)
    }

    /// An offer is off the table.
    async fn decline_settlement(
        &self,
        ctx: &Context<'_>,
        input: DeclineSettlementInput,
    ) -> Result<DeclineSettlementResult> {
        changed!(ctx, input, escrow, DeclineSettlementResult, EscrowChanged)
    }

    /// The arbiter, or staff, decides a dispute. Above the ledger's threshold, staff need a second
    /// person for it.
    async fn arbitrate_escrow(
        &self,
        ctx: &Context<'_>,
        input: ArbitrateEscrowInput,
    ) -> Result<ArbitrateEscrowResult> {
        changed!(ctx, input, escrow, ArbitrateEscrowResult, EscrowChanged)
    }

    /// Staff take back from the seller what was released; what the seller does not have, it owes.
    /// Above the ledger's threshold, a second person is needed for it.
    async fn claw_back_escrow(
        &self,
        ctx: &Context<'_>,
        input: ClawBackEscrowInput,
    ) -> Result<ClawBackEscrowResult> {
        changed!(ctx, input, escrow, ClawBackEscrowResult, EscrowChanged)
    }
}
