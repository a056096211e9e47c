//! Inputs of commands about members.

use uuid::Uuid;

use cauri_domain::member::May;
use cauri_domain::{WalletId, member};

use super::words::MemberMay;
use crate::graphql::command::{MoneyInput, inputs, text};

inputs! {
    /// Makes somebody a member of a wallet, or changes what they may.
    GrantWalletMemberInput {
        /// Of which wallet.
        wallet: Uuid,
        /// Who, as the marketplace names them: not its owner, and nobody themselves.
        subject: String,
        /// What they may.
        may: MemberMay,
        /// The most that they may spend in a day of the ledger's time zone, and then in this
        /// currency only; no limit of their own when not given.
        daily: Option<MoneyInput>,
    } and GrantWalletMemberStep => |it| Ok(member::Grant {
        wallet: WalletId(it.wallet),
        subject: text("subject", &it.subject)?,
        may: match it.may {
            MemberMay::View => May::View,
            MemberMay::Spend => May::Spend,
            MemberMay::Manage => May::Manage,
        },
        daily: it.daily.as_ref().map(MoneyInput::parse).transpose()?,
    }.into());

    /// Makes a member nobody to a wallet.
    RevokeWalletMemberInput {
        /// Of which wallet.
        wallet: Uuid,
        /// Who.
        subject: String,
    } and RevokeWalletMemberStep => |it| Ok(member::Revoke {
        wallet: WalletId(it.wallet),
        subject: text("subject", &it.subject)?,
    }.into());
}
