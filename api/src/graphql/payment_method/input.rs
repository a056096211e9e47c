//! Inputs of commands about payment methods.

use uuid::Uuid;

use cauri_domain::{PaymentMethodId, WalletId, payment_method};

use crate::graphql::command::{inputs, opaque, text};

inputs! {
    /// Adds a way to pay.
    AddPaymentMethodInput {
        /// Its id, chosen by the caller.
        payment_method: Uuid,
        /// Whose wallet's.
        wallet: Uuid,
        /// The provider in whose vault it is: the name of an account that this server is configured
        /// with for the ledger.
        provider: String,
        /// What it is, as a word of `a-z 0-9 . _ -`: `card`, `mobile-money`, `bank`.
        kind: String,
        /// What the vault knows it by: never a number of a card, a phone or an account, nor any number
        /// alone of 7 digits or more.
        token: String,
        /// What a person knows it by: at most 16 of `a-z * -` and no more than 4 digits: `*1234`.
        hint: Option<String>,
    } => |it| Ok(payment_method::Add {
        method: PaymentMethodId(it.payment_method),
        wallet: WalletId(it.wallet),
        provider: text("provider", &it.provider)?,
        kind: text("kind", &it.kind)?,
        token: opaque("token", &it.token)?,
        hint: it.hint.as_ref().map(|hint| text("hint", hint)).transpose()?,
    }.into());

    /// Makes it its wallet's default.
    SetDefaultPaymentMethodInput {
        /// Which.
        payment_method: Uuid,
    } => |it| Ok(payment_method::MakeDefault {
        method: PaymentMethodId(it.payment_method),
    }.into());

    /// Forbids it, for ever.
    DisablePaymentMethodInput {
        /// Which.
        payment_method: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: Option<String>,
    } => |it| Ok(payment_method::Disable {
        method: PaymentMethodId(it.payment_method),
        reason: it.reason.as_ref().map(|reason| text("reason", reason)).transpose()?,
    }.into());
}
