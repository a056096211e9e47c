//! Inputs of commands about four eyes.

use async_graphql::OneofObject;
use uuid::Uuid;

use cauri_domain::{Command, ProposalId, Refusal, four_eyes};

use crate::graphql::command::{MoneyInput, Step as _, inputs, seconds, text};
use crate::graphql::escrow::{RefundEscrowStep, ReleaseEscrowStep};
use crate::graphql::wallet::CloseWalletStep;
use crate::graphql::withdrawal::ApproveWithdrawalStep;

macro_rules! proposable {
    ($($(#[$doc:meta])* $name:ident($type:ty),)*) => {
        /// A command that can be proposed: exactly one of these.
        #[derive(Debug, Clone, OneofObject)]
        pub enum ProposedCommand { $($(#[$doc])* $name($type),)* }

        impl ProposedCommand {
            fn command(&self) -> Result<Command, Refusal> {
                match self { $(Self::$name(step) => step.command(),)* }
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
    /// Closes an empty wallet, for ever.
    CloseWallet(CloseWalletStep),
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

    /// Proposes a command to another person.
    ProposeInput {
        /// Its id, chosen by the caller.
        proposal: Uuid,
        /// What is proposed.
        command: ProposedCommand,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
        /// How long it may wait, in seconds; a week when not given.
        span_seconds: Option<i32>,
    } => |it| Ok(four_eyes::Propose {
        proposal: ProposalId(it.proposal),
        command: Box::new(it.command.command()?),
        reason: text("reason", &it.reason)?,
        span_s: it.span_seconds.map(|span| seconds("spanSeconds", span)).transpose()?,
    }.into());

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
