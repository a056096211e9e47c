//! Commands about wallets.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::Wallet;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;

changes! {
    /// A wallet is as asked.
    WalletChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl WalletChanged {
    /// The wallet, as of this revision at least.
    async fn wallet(&self, ctx: &Context<'_>) -> Result<Option<Wallet>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.wallet(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(|row| Wallet { row, moment }))
    }
}

results! {
    /// How opening a wallet ended.
    OpenWalletResult = WalletChanged;
    /// How freezing a wallet ended.
    FreezeWalletResult = WalletChanged;
    /// How unfreezing a wallet ended.
    UnfreezeWalletResult = WalletChanged;
    /// How closing a wallet ended.
    CloseWalletResult = WalletChanged;
}

#[derive(Debug, Default)]
pub struct WalletMutations;

#[Object]
impl WalletMutations {
    /// Opens a wallet for a party.
    async fn open_wallet(
        &self,
        ctx: &Context<'_>,
        input: OpenWalletInput,
    ) -> Result<OpenWalletResult> {
        changed!(ctx, input, wallet, OpenWalletResult, WalletChanged)
    }

    /// Forbids debits of a wallet; credits still come in, unless the level says otherwise.
    async fn freeze_wallet(
        &self,
        ctx: &Context<'_>,
        input: FreezeWalletInput,
    ) -> Result<FreezeWalletResult> {
        changed!(ctx, input, wallet, FreezeWalletResult, WalletChanged)
    }

    /// Allows debits again.
    async fn unfreeze_wallet(
        &self,
        ctx: &Context<'_>,
        input: UnfreezeWalletInput,
    ) -> Result<UnfreezeWalletResult> {
        changed!(ctx, input, wallet, UnfreezeWalletResult, WalletChanged)
    }

    /// Closes an empty wallet, for ever.
    async fn close_wallet(
        &self,
        ctx: &Context<'_>,
        input: CloseWalletInput,
    ) -> Result<CloseWalletResult> {
        changed!(ctx, input, wallet, CloseWalletResult, WalletChanged)
    }
}
