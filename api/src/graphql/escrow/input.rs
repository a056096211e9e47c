//! Inputs of commands about escrows.

use uuid::Uuid;

use cauri_domain::{EscrowId, WalletId, escrow};

use crate::graphql::command::{inputs, money, seconds};
use crate::graphql::scalars::{CurrencyText, DecimalText};

inputs! {
    /// Agrees terms and puts the money aside, from the buyer's wallet.
    OpenEscrowInput {
        /// Its id, chosen by the caller.
        escrow: Uuid,
        /// The wallet that pays.
        buyer: Uuid,
        /// The wallet that gets the money when the condition is met.
        seller: Uuid,
        /// How much, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// How long the buyer may inspect a delivery; the ledger's setting when not given.
        inspection_seconds: Option<i32>,
    } and OpenEscrowStep => |it| Ok(escrow::Open {
        escrow: EscrowId(it.escrow),
        buyer: WalletId(it.buyer),
        seller: WalletId(it.seller),
        amount: money(&it.amount, &it.currency)?,
        inspection_s: it
            .inspection_seconds
            .map(|span| seconds("inspectionSeconds", span))
            .transpose()?,
    }.into());

    /// Says, as the seller, that it is done.
    MarkDeliveredInput {
        /// Which escrow.
        escrow: Uuid,
    } and MarkDeliveredStep => |it| Ok(escrow::Deliver { escrow: EscrowId(it.escrow) }.into());

    /// Gives the money to the seller, as the buyer.
    ReleaseEscrowInput {
        /// Which escrow.
        escrow: Uuid,
    } and ReleaseEscrowStep => |it| Ok(escrow::Release { escrow: EscrowId(it.escrow) }.into());

    /// Gives the money back to the buyer, as the seller.
    RefundEscrowInput {
        /// Which escrow.
        escrow: Uuid,
    } and RefundEscrowStep => |it| Ok(escrow::Refund { escrow: EscrowId(it.escrow) }.into());
}
