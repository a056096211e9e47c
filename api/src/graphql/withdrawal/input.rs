//! Inputs of commands about withdrawals.

use uuid::Uuid;

use cauri_domain::{PaymentMethodId, WalletId, WithdrawalId, withdrawal};

use crate::graphql::command::{inputs, money, opaque, text};
use crate::graphql::scalars::{CurrencyText, DecimalText};

inputs! {
    /// Takes money out of a wallet.
    RequestWithdrawalInput {
        /// Its id, chosen by the caller; the idempotency key that the provider is given.
        withdrawal: Uuid,
        /// From which wallet.
        wallet: Uuid,
        /// How much, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// Where to, as an opaque reference, never a number of an account or a phone: at most 64
        /// of `A-Z a-z 0-9 . _ : / -`, and no number alone of 7 digits or more. One that `storeDestination` answered, or a token that the
        /// provider itself gave out. Needed where no payment method is named.
        destination: Option<String>,
        /// The wallet's payment method that it goes to.
        payment_method: Option<Uuid>,
    } and RequestWithdrawalStep => |it| Ok(withdrawal::Request {
        withdrawal: WithdrawalId(it.withdrawal),
        wallet: WalletId(it.wallet),
        amount: money(&it.amount, &it.currency)?,
        destination: it.destination.as_deref().map(|it| opaque("destination", it)).transpose()?,
        method: it.payment_method.map(PaymentMethodId),
    }.into());

    /// Lets a withdrawal out.
    ApproveWithdrawalInput {
        /// Which withdrawal.
        withdrawal: Uuid,
    } and ApproveWithdrawalStep => |it| Ok(withdrawal::Approve { withdrawal: WithdrawalId(it.withdrawal) }.into());

    /// Takes a withdrawal back before it is sent.
    CancelWithdrawalInput {
        /// Which withdrawal.
        withdrawal: Uuid,
    } => |it| Ok(withdrawal::Cancel { withdrawal: WithdrawalId(it.withdrawal) }.into());

    /// Keeps a withdrawal in.
    RejectWithdrawalInput {
        /// Which withdrawal.
        withdrawal: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } => |it| Ok(withdrawal::Reject {
        withdrawal: WithdrawalId(it.withdrawal),
        reason: text("reason", &it.reason)?,
    }.into());
}
