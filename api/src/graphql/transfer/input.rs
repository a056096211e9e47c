//! The input of a transfer.

use uuid::Uuid;

use cauri_domain::{WalletId, transfer};

use crate::graphql::command::{inputs, money};
use crate::graphql::scalars::{CurrencyText, DecimalText};

inputs! {
    /// Moves money between wallets.
    TransferInput {
        /// The wallet that pays.
        from: Uuid,
        /// The wallet that gets it.
        to: Uuid,
        /// How much, in major units, with no more decimals than the currency has.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
    } and TransferStep => |it| Ok(transfer::Make {
        from: WalletId(it.from),
        to: WalletId(it.to),
        amount: money(&it.amount, &it.currency)?,
    }.into());
}
