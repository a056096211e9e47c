//! Inputs of commands about wallets.

use uuid::Uuid;

use cauri_domain::{WalletId, wallet};

use super::words::FreezeLevel;
use crate::graphql::command::{inputs, text};

inputs! {
    /// Opens a wallet.
    OpenWalletInput {
        /// Its id, chosen by the caller.
        wallet: Uuid,
        /// Whose it is, as an opaque id: at most 64 of `A-Z a-z 0-9 . _ : -`.
        owner: String,
    } and OpenWalletStep => |it| Ok(wallet::Open {
        wallet: WalletId(it.wallet),
        owner: text("owner", &it.owner)?,
    }.into());

    /// Forbids debits, or all that moves.
    FreezeWalletInput {
        /// Which wallet.
        wallet: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
        /// How much is forbidden; debits when not given. Freezing again at another level changes it.
        level: Option<FreezeLevel>,
    } => |it| Ok(wallet::Freeze {
        wallet: WalletId(it.wallet),
        reason: text("reason", &it.reason)?,
        level: it.level.map(|level| match level {
            FreezeLevel::NoDebits => wallet::Level::NoDebits,
            FreezeLevel::Neither => wallet::Level::Neither,
        }),
    }.into());

    /// Allows debits again.
    UnfreezeWalletInput {
        /// Which wallet.
        wallet: Uuid,
    } => |it| Ok(wallet::Unfreeze { wallet: WalletId(it.wallet) }.into());

    /// Closes an empty wallet, for ever.
    CloseWalletInput {
        /// Which wallet.
        wallet: Uuid,
    } and CloseWalletStep => |it| Ok(wallet::Close { wallet: WalletId(it.wallet) }.into());
}
