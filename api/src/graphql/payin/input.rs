//! Inputs of commands about pay-ins.

use uuid::Uuid;

use cauri_domain::payin::Target;
use cauri_domain::{PayinId, SaleId, WalletId, payin};

use crate::graphql::command::{inputs, money, text};
use crate::graphql::scalars::{CurrencyText, DecimalText};

inputs! {
    /// Expects money from outside.
    InitiatePayinInput {
        /// Its id, chosen by the caller; the reference that the provider is given.
        payin: Uuid,
        /// The wallet that gets the money.
        wallet: Uuid,
        /// How much, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// Through whom: stripe, fedapay, sim.
        provider: String,
        /// The order that it pays, where it pays one: the wallet is its buyer's, the amount its
        /// total. What does not fit it any more is the wallet's.
        order: Option<Uuid>,
    } and InitiatePayinStep => |it| Ok(payin::Initiate {
        payin: PayinId(it.payin),
        wallet: WalletId(it.wallet),
        amount: money(&it.amount, &it.currency)?,
        provider: text("provider", &it.provider)?,
        target: it.order.map(|order| Target::Sale(SaleId(order))),
    }.into());
}
