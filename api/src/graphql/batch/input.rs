//! The input of a batch: its commands, each one of those that may be part of one.

use async_graphql::OneofObject;

use cauri_domain::batch::{Batch, MOST};
use cauri_domain::{Command, Refusal};

use crate::graphql::command::{Step as _, inputs};
use crate::graphql::correction::ImportOpeningStep;
use crate::graphql::escrow::{
    CancelEscrowStep, FundEscrowStep, MarkDeliveredStep, OpenDisputeStep, OpenEscrowStep,
    RefundEscrowStep, ReleaseEscrowStep, RequestRevisionStep,
};
use crate::graphql::hold::{CaptureHoldStep, PlaceHoldStep, VoidHoldStep};
use crate::graphql::member::{GrantWalletMemberStep, RevokeWalletMemberStep};
use crate::graphql::payin::{CapturePayinStep, InitiatePayinStep};
use crate::graphql::sale::{CancelOrderStep, PayOrderStep, PlaceOrderStep, SettleOrderStep};
use crate::graphql::settlement::RecordSettlementStep;
use crate::graphql::transfer::TransferStep;
use crate::graphql::wallet::OpenWalletStep;
use crate::graphql::withdrawal::RequestWithdrawalStep;

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident($type:ty),)*) => {
        /// One command of a batch: exactly one of these.
        #[derive(Debug, Clone, OneofObject)]
        pub enum BatchStep { $($(#[$doc])* $name($type),)* }

        impl BatchStep {
            fn command(&self) -> Result<Command, Refusal> {
                match self { $(Self::$name(step) => step.command(),)* }
            }
        }
    };
}

steps! {
    /// Opens a wallet.
    OpenWallet(OpenWalletStep),
    /// Makes somebody a member of a wallet.
    GrantWalletMember(GrantWalletMemberStep),
    /// Makes a member nobody to a wallet.
    RevokeWalletMember(RevokeWalletMemberStep),
    /// Moves money between wallets.
    Transfer(TransferStep),
    /// Expects money from outside.
    InitiatePayin(InitiatePayinStep),
    /// Takes the money of an authorised payment.
    CapturePayin(CapturePayinStep),
    /// Reserves money.
    PlaceHold(PlaceHoldStep),
    /// Takes of what is held.
    CaptureHold(CaptureHoldStep),
    /// Gives what is held back.
    VoidHold(VoidHoldStep),
    /// Agrees terms and puts the buyer's money aside.
    OpenEscrow(OpenEscrowStep),
    /// Puts the buyer's money aside that was agreed.
    FundEscrow(FundEscrowStep),
    /// Gives up what is not funded yet.
    CancelEscrow(CancelEscrowStep),
    /// The seller says it is done.
    MarkDelivered(MarkDeliveredStep),
    /// The buyer wants it done better.
    RequestRevision(RequestRevisionStep),
    /// A party does not agree.
    OpenDispute(OpenDisputeStep),
    /// Gives money to the seller.
    ReleaseEscrow(ReleaseEscrowStep),
    /// Gives the money back to the buyer.
    RefundEscrow(RefundEscrowStep),
    /// Orders.
    PlaceOrder(PlaceOrderStep),
    /// Pays an order out of the buyer's wallet.
    PayOrder(PayOrderStep),
    /// Gives an order's sellers their money.
    SettleOrder(SettleOrderStep),
    /// Gives an order up, before it is delivered.
    CancelOrder(CancelOrderStep),
    /// Takes money out of a wallet.
    RequestWithdrawal(RequestWithdrawalStep),
    /// Brings balances from elsewhere.
    ImportOpening(ImportOpeningStep),
    /// A provider settled what it held.
    RecordSettlement(RecordSettlementStep),
}

fn commands(steps: &[BatchStep]) -> Result<Vec<Command>, Refusal> {
    // Counted before they are read, so that a million of them cost nothing.
    if steps.len() > MOST {
        return Err(Refusal::InvalidSetting { field: "commands", allowed: "1 to 1000 commands" });
    }
    let command = |(index, step): (u32, &BatchStep)| {
        let refused = |refusal| Refusal::InBatch { index, refusal: Box::new(refusal) };
        step.command().map_err(refused)
    };
    (0_u32..).zip(steps).map(command).collect()
}

inputs! {
    /// Several commands, all or nothing.
    BatchInput {
        /// The commands, in order: 1 to 1,000.
        commands: Vec<BatchStep>,
    } => |it| Ok(Batch { commands: commands(&it.commands)? }.into());
}
