//! Inputs of commands about refunds.

use async_graphql::{InputObject, OneofObject};
use uuid::Uuid;

use cauri_domain::refund::{self, Of};
use cauri_domain::{PayinId, RefundId, Refusal};

use crate::graphql::command::{inputs, money, text};
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// What is given back: exactly one of these.
#[derive(Debug, Clone, OneofObject)]
pub enum RefundOfInput {
    /// A pay-in that has succeeded.
    Payin(Uuid),
    /// Money in suspense.
    Suspense(PaymentInput),
}

/// A provider's own payment.
#[derive(Debug, Clone, InputObject)]
pub struct PaymentInput {
    /// The provider.
    provider: String,
    /// Its own payment.
    provider_object: String,
}

impl RefundOfInput {
    fn parse(&self) -> Result<Of, Refusal> {
        Ok(match self {
            Self::Payin(id) => Of::Payin(PayinId(*id)),
            Self::Suspense(it) => Of::Suspense(
                text("of.provider", &it.provider)?,
                text("of.providerObject", &it.provider_object)?,
            ),
        })
    }
}

inputs! {
    /// Gives money back to a payer, through the provider that it came through.
    RequestRefundInput {
        /// Its id, chosen by the caller; the idempotency key that the provider is given.
        refund: Uuid,
        /// Of what.
        of: RefundOfInput,
        /// How much, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
        /// Whether a wallet that has spent the money owes it then; else the refund is refused.
        #[graphql(default)]
        into_debt: bool,
    } and RequestRefundStep => |it| Ok(refund::Request {
        refund: RefundId(it.refund),
        of: it.of.parse()?,
        amount: money(&it.amount, &it.currency)?,
        reason: text("reason", &it.reason)?,
        into_debt: it.into_debt,
    }.into());

    /// Gives the payer's wallet the money instead of the payer outside.
    RefundToWalletInput {
        /// Which refund.
        refund: Uuid,
    } and RefundToWalletStep => |it| Ok(refund::ToWallet { refund: RefundId(it.refund) }.into());
}
