//! Which role may ask which command. Whose wallet it is, each command's own rules check.
//!
//! Auditors change nothing: no line names them.

use crate::actor::Role;
use crate::command::Command;

/// Whether `role` may ask this kind of command at all.
#[must_use]
pub const fn permits(role: Role, command: &Command) -> bool {
    use Role::{Admin, Buyer, Finance, Seller, Service, Superadmin};
    match command {
        // Setting up a ledger.
        Command::OpenLedger(_) | Command::ConfigureLedger(_) => {
            matches!(role, Superadmin | Service)
        }
        // A party's own acts; the marketplace's back end and its staff may do them for a party.
        Command::OpenWallet(_)
        | Command::InitiatePayin(_)
        | Command::MarkDelivered(_)
        | Command::RefundEscrow(_)
        | Command::ReleaseEscrow(_) => {
            matches!(role, Buyer | Seller | Admin | Superadmin | Service)
        }
        // Spending a party's money: staff may not, only the party or the back end on its behalf.
        Command::Transfer(_) | Command::OpenEscrow(_) | Command::RequestWithdrawal(_) => {
            matches!(role, Buyer | Seller | Service)
        }
        // Staff's judgement.
        Command::FreezeWallet(_) | Command::UnfreezeWallet(_) | Command::CloseWallet(_) => {
            matches!(role, Admin | Superadmin | Service)
        }
        Command::ApproveWithdrawal(_) | Command::RejectWithdrawal(_) => {
            matches!(role, Finance | Admin | Superadmin)
        }
        // What providers told and what fell due.
        Command::RecordReceipt(_)
        | Command::RecordDecline(_)
        | Command::ExpirePayin(_)
        | Command::AutoReleaseEscrow(_)
        | Command::AutoApproveWithdrawal(_)
        | Command::SubmitWithdrawal(_)
        | Command::RecordPayout(_)
        | Command::RecordPayoutFailure(_) => matches!(role, Service),
    }
}
