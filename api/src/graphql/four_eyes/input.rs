//! Inputs of commands about four eyes.

use async_graphql::{InputObject, OneofObject};
use uuid::Uuid;

use cauri_domain::{Command, ProposalId, Refusal, four_eyes};

use cauri_ledger::engine::Engine;

use crate::graphql::command::{LabelsInput, Meta, MoneyInput, Step as _, inputs, seconds, text};
use crate::graphql::correction::{AdjustStep, ReverseStep, reversal};
use crate::graphql::escrow::{
    ArbitrateEscrowStep, ClawBackEscrowStep, RefundEscrowStep, ReleaseEscrowStep,
};
use crate::graphql::payin::AssignSuspenseStep;
use crate::graphql::process::GiveUpProcessStep;
use crate::graphql::refund::{RefundToWalletStep, RequestRefundStep};
use crate::graphql::settlement::{RecordSettlementStep, ReverseSettlementStep};
use crate::graphql::subscription::IssueCreditNoteStep;
use crate::graphql::wallet::CloseWalletStep;
use crate::graphql::withdrawal::ApproveWithdrawalStep;

macro_rules! proposable {
    ($($(#[$doc:meta])* $name:ident($type:ty),)*) => {
        /// A command that can be proposed: exactly one of these.
        #[derive(Debug, Clone, OneofObject)]
        pub enum ProposedCommand {
            $($(#[$doc])* $name($type),)*
            /// Takes an entry back by a new one.
            Reverse(ReverseStep),
        }

        impl ProposedCommand {
            /// The command; what is taken back, the log of `engine` says.
            pub(super) async fn command(
                &self,
                engine: &Engine,
            ) -> async_graphql::Result<Result<Command, Refusal>> {
                match self {
                    $(Self::$name(step) => Ok(step.command()),)*
                    Self::Reverse(step) => reversal(engine, step).await,
                }
            }
        }
    };
}

proposable! {
    /// Lets a withdrawal out.
    ApproveWithdrawal(ApproveWithdrawalStep),
    /// Gives an escrow's money to the seller.
    ReleaseEscrow(ReleaseEscrowStep),
    /// Gives an escrow's money back to the buyer.
    RefundEscrow(RefundEscrowStep),
    /// Decides a dispute.
    ArbitrateEscrow(ArbitrateEscrowStep),
    /// Takes back from the seller what was released.
    ClawBackEscrow(ClawBackEscrowStep),
    /// Gives money in suspense to whom it is for.
    AssignSuspense(AssignSuspenseStep),
    /// Gives money back to a payer.
    RequestRefund(RequestRefundStep),
    /// Gives the payer's wallet the money of a refund.
    RefundToWallet(RefundToWalletStep),
    /// Gives some of an invoice back.
    IssueCreditNote(IssueCreditNoteStep),
    /// Closes an empty wallet, for ever.
    CloseWallet(CloseWalletStep),
    /// Posts an entry by hand.
    Adjust(AdjustStep),
    /// A provider settled what it held.
    RecordSettlement(RecordSettlementStep),
    /// Takes a settlement back.
    ReverseSettlement(ReverseSettlementStep),
    /// Ends an instance of a process, its money into an account.
    GiveUpProcess(GiveUpProcessStep),
}

inputs! {
    /// Changes the thresholds of four eyes.
    ConfigureFourEyesInput {
        /// Amounts above these need a second person, at most one per currency.
        thresholds: Vec<MoneyInput>,
    } => |it| {
        let thresholds = it.thresholds.iter().map(MoneyInput::parse).collect::<Result<_, _>>()?;
        Ok(four_eyes::Configure { thresholds }.into())
    };

    /// Approves another person's proposal.
    ApproveProposalInput {
        /// Which.
        proposal: Uuid,
    } => |it| Ok(four_eyes::Approve { proposal: ProposalId(it.proposal) }.into());

    /// Rejects another person's proposal.
    RejectProposalInput {
        /// Which.
        proposal: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } => |it| Ok(four_eyes::Reject {
        proposal: ProposalId(it.proposal),
        reason: text("reason", &it.reason)?,
    }.into());

    /// Takes one's own proposal back.
    WithdrawProposalInput {
        /// Which.
        proposal: Uuid,
    } => |it| Ok(four_eyes::Withdraw { proposal: ProposalId(it.proposal) }.into());
}

/// Proposes a command to another person.
#[derive(Debug, Clone, InputObject)]
pub struct ProposeInput {
    /// The key of the command: sent again with the same content it is applied once, for ever; with
    /// other content it is refused.
    pub command_id: Uuid,
    /// Its id, chosen by the caller.
    pub proposal: Uuid,
    /// What is proposed.
    pub command: ProposedCommand,
    /// Why, as a word of `a-z 0-9 . _ -`.
    pub reason: String,
    /// How long it may wait, in seconds; a week when not given.
    pub span_seconds: Option<i32>,
    /// What the command says of itself for reports.
    pub labels: Option<LabelsInput>,
    /// The story it is part of; its own when not given.
    pub correlation_id: Option<Uuid>,
}

impl ProposeInput {
    /// What proposes `command`.
    pub(super) fn propose(&self, command: Command) -> Result<Command, Refusal> {
        let span = self.span_seconds.map(|span| seconds("spanSeconds", span)).transpose()?;
        Ok(four_eyes::Propose {
            proposal: ProposalId(self.proposal),
            command: Box::new(command),
            reason: text("reason", &self.reason)?,
            span_s: span,
        }
        .into())
    }

    /// What it has beside.
    pub(super) fn meta(self) -> Meta {
        Meta { id: self.command_id, correlation: self.correlation_id, labels: self.labels }
    }
}
