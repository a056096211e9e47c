//! Commands about four eyes.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};

use super::input::*;
use super::types::Proposal;
use crate::graphql::command::{Done, ask, ask_as, changed, changes, results};
use crate::graphql::context::{Moment, caller, engine};
use crate::graphql::fault;
use crate::graphql::named_provider::unknown_provider;
use crate::graphql::scalars::RevisionNumber;

changes! {
    /// A proposal is as asked.
    ProposalChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl ProposalChanged {
    /// The proposal, as of this revision at least.
    async fn proposal(&self, ctx: &Context<'_>) -> Result<Option<Proposal>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.proposal(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Proposal))
    }
}

/// The thresholds of four eyes are as asked.
#[derive(Debug, SimpleObject)]
pub struct FourEyesChanged {
    /// The revision at which it is so.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
}

results! {
    /// How configuring four eyes ended.
    ConfigureFourEyesResult = FourEyesChanged;
    /// How proposing ended.
    ProposeResult = ProposalChanged;
    /// How approving ended.
    ApproveProposalResult = ProposalChanged;
    /// How rejecting ended.
    RejectProposalResult = ProposalChanged;
    /// How taking a proposal back ended.
    WithdrawProposalResult = ProposalChanged;
}

#[derive(Debug, Default)]
pub struct FourEyesMutations;

#[Object]
impl FourEyesMutations {
    /// Changes which amounts need a second person.
    async fn configure_four_eyes(
        &self,
        ctx: &Context<'_>,
        input: ConfigureFourEyesInput,
    ) -> Result<ConfigureFourEyesResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| FourEyesChanged { revision, replayed };
        Ok(ConfigureFourEyesResult::of(outcome, done))
    }

    /// Proposes a command that needs a second person.
    async fn propose(&self, ctx: &Context<'_>, input: ProposeInput) -> Result<ProposeResult> {
        let (engine, id) = (engine(ctx)?, input.proposal);
        let command = input.command.command(&engine).await?;
        if let Ok(command) = &command
            && let Some(refused) = unknown_provider(ctx, input.command_id, command).await?
        {
            return Ok(ProposeResult::Refused(refused));
        }
        let command = command.and_then(|command| input.propose(command));
        let outcome = ask_as(&engine, caller(ctx)?, input.meta(), command).await?;
        Ok(ProposeResult::of(outcome, |done| ProposalChanged::new(done, id)))
    }

    /// Approves another person's proposal: its command happens in the same unit.
    async fn approve_proposal(
        &self,
        ctx: &Context<'_>,
        input: ApproveProposalInput,
    ) -> Result<ApproveProposalResult> {
        changed!(ctx, input, proposal, ApproveProposalResult, ProposalChanged)
    }

    /// Rejects another person's proposal.
    async fn reject_proposal(
        &self,
        ctx: &Context<'_>,
        input: RejectProposalInput,
    ) -> Result<RejectProposalResult> {
        changed!(ctx, input, proposal, RejectProposalResult, ProposalChanged)
    }

    /// Takes one's own proposal back.
    async fn withdraw_proposal(
        &self,
        ctx: &Context<'_>,
        input: WithdrawProposalInput,
    ) -> Result<WithdrawProposalResult> {
        changed!(ctx, input, proposal, WithdrawProposalResult, ProposalChanged)
    }
}
