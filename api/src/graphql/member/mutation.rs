//! Commands about members.

use async_graphql::{Context, Object, Result};

use super::input::*;
use crate::graphql::command::{changed, results};
use crate::graphql::wallet::WalletChanged;

results! {
    /// How making somebody a member ended.
    GrantWalletMemberResult = WalletChanged;
    /// How making a member nobody ended.
    RevokeWalletMemberResult = WalletChanged;
}

#[derive(Debug, Default)]
pub struct MemberMutations;

#[Object]
impl MemberMutations {
    /// Makes somebody a member of a wallet, or changes what they may: asked by its owner, by a
    /// member who manages it, or by staff.
    async fn grant_wallet_member(
        &self,
        ctx: &Context<'_>,
        input: GrantWalletMemberInput,
    ) -> Result<GrantWalletMemberResult> {
        changed!(ctx, input, wallet, GrantWalletMemberResult, WalletChanged)
    }

    /// Makes a member nobody to a wallet. Whoever is a member may leave by themselves.
    async fn revoke_wallet_member(
        &self,
        ctx: &Context<'_>,
        input: RevokeWalletMemberInput,
    ) -> Result<RevokeWalletMemberResult> {
        changed!(ctx, input, wallet, RevokeWalletMemberResult, WalletChanged)
    }
}
