//! Commands about money from and to outside, short to write.

use uuid::Uuid;

use super::{payin, receipt, wallet, withdrawal};
use crate::chargeback::{self, Fact};
use crate::receipt::Evidence;
use crate::refund::Of;
use crate::suspense::Exit;
use crate::{ChargebackId, Command, Money, RefundId, payments, refund, suspense};

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a builder's own text")
}

/// The refund of this number.
#[must_use]
pub const fn refund_id(number: u128) -> RefundId {
    RefundId(Uuid::from_u128(0xa000 + number))
}

/// The chargeback of this number.
#[must_use]
pub const fn chargeback_id(number: u128) -> ChargebackId {
    ChargebackId(Uuid::from_u128(0xb000 + number))
}

/// Other rules of payments are put in force.
#[must_use]
pub fn configure_payments(rules: payments::Rules) -> Command {
    payments::Configure { rules }.into()
}

/// The provider `sim` has taken a payment on.
#[must_use]
pub fn payin_submitted(number: u128) -> Command {
    let (provider, object) = (parsed("sim"), parsed("pi_one"));
    crate::payin::RecordSubmission { payin: payin(number), provider, object }.into()
}

/// A card's issuer keeps the money.
#[must_use]
pub fn authorised(number: u128, amount: Money) -> Command {
    authorised_as(number, "pi_one", amount)
}

/// A card's issuer keeps the money, in this payment of `sim`.
#[must_use]
pub fn authorised_as(number: u128, object: &str, amount: Money) -> Command {
    let receipt = receipt("sim", object, amount);
    crate::payin::RecordAuthorisation { payin: payin(number), receipt }.into()
}

/// Money is expected through `sim` that is to be captured later.
#[must_use]
pub fn initiate_to_capture(number: u128, into: u128, amount: Money) -> Command {
    let (payin, wallet, provider) = (payin(number), crate::testing::wallet(into), parsed("sim"));
    let (target, capture_later) = (None, true);
    crate::payin::Initiate { payin, wallet, amount, provider, target, capture_later }.into()
}

/// The money of an authorised payment is asked for.
#[must_use]
pub fn capture_payin(number: u128) -> Command {
    crate::payin::Capture { payin: payin(number) }.into()
}

/// The provider `sim` takes so much for a payment.
#[must_use]
pub fn provider_fee(object: &str, fee: Money) -> Command {
    crate::payin::RecordProviderFee { receipt: receipt("sim", object, fee), withdrawal: None }
        .into()
}

/// A pay-in is given up.
#[must_use]
pub fn cancel_payin(number: u128) -> Command {
    crate::payin::Cancel { payin: payin(number) }.into()
}

/// The provider was asked to close the payment, and did.
#[must_use]
pub fn closed_at_provider(number: u128) -> Command {
    let outcome = crate::payin::Closing::Closed;
    crate::payin::RecordClosing { payin: payin(number), outcome }.into()
}

/// Money of `sim` in suspense is given to whom it is for.
#[must_use]
pub fn assign(object: &str, amount: Money, to: Exit) -> Command {
    let (provider, object) = (parsed("sim"), parsed(object));
    suspense::Assign { provider, object, amount, to }.into()
}

/// Late money is treated as the policy says.
#[must_use]
pub fn settle_late(number: u128) -> Command {
    suspense::SettleLate { payin: payin(number) }.into()
}

/// Money of a pay-in is to go back; a wallet that has spent it owes it.
#[must_use]
pub fn refund_payin(number: u128, of: u128, amount: Money) -> Command {
    give_back(number, Of::Payin(payin(of)), amount, true)
}

/// Money is to go back.
#[must_use]
pub fn give_back(number: u128, of: Of, amount: Money, into_debt: bool) -> Command {
    let reason = parsed("goodwill");
    refund::Request { refund: refund_id(number), of, amount, reason, into_debt }.into()
}

/// A refund is about to be sent to its provider.
#[must_use]
pub fn submit_refund(number: u128) -> Command {
    refund::Submit { refund: refund_id(number) }.into()
}

/// The payer's wallet gets the refund.
#[must_use]
pub fn refund_to_wallet(number: u128) -> Command {
    refund::ToWallet { refund: refund_id(number) }.into()
}

/// The provider `sim` has given the money back.
#[must_use]
pub fn refunded(number: u128) -> Command {
    let (provider, object) = (parsed("sim"), parsed(&format!("re_{number}")));
    refund::RecordRefund { refund: refund_id(number), provider, object }.into()
}

/// The provider `sim` could not give the money back.
#[must_use]
pub fn refund_failed(number: u128) -> Command {
    refund::RecordFailure {
        refund: refund_id(number),
        provider: parsed("sim"),
        object: Some(parsed(&format!("re_{number}"))),
        reason: parsed("account_closed"),
    }
    .into()
}

/// The provider `sim` has given back so much of a payment in all.
#[must_use]
pub fn refund_total(object: &str, total: Money) -> Command {
    refund::RecordTotal { receipt: receipt("sim", object, total) }.into()
}

/// The provider `sim` says something of a chargeback.
#[must_use]
pub fn disputed(number: u128, object: &str, fact: Fact) -> Command {
    let (chargeback, provider, object) = (chargeback_id(number), parsed("sim"), parsed(object));
    chargeback::Record { chargeback, provider, object, fact }.into()
}

/// A payment is disputed, evidence is taken for a week from the beginning.
#[must_use]
pub fn opened_for(amount: Money) -> Fact {
    let due_by = Some(super::minute(7 * 24 * 60));
    Fact::Opened { amount, reason: parsed("fraudulent"), due_by }
}

/// The provider has taken money back, and a fee.
#[must_use]
pub const fn withdrawn(amount: Money, fee: Money) -> Fact {
    Fact::FundsWithdrawn { amount, fee: Some(fee) }
}

/// Evidence is handed in.
#[must_use]
pub fn evidence(number: u128) -> Command {
    let (chargeback, evidence) = (chargeback_id(number), Evidence([7; 32]));
    chargeback::SubmitEvidence { chargeback, evidence }.into()
}

/// Nobody handed in evidence in time.
#[must_use]
pub fn expire_chargeback(number: u128) -> Command {
    chargeback::Expire { chargeback: chargeback_id(number) }.into()
}

/// What a chargeback left owing is proposed to be written off.
#[must_use]
pub fn propose_write_off(number: u128) -> Command {
    chargeback::ProposeWriteOff { chargeback: chargeback_id(number) }.into()
}

/// A withdrawal is taken back by its owner.
#[must_use]
pub fn cancel_withdrawal(number: u128) -> Command {
    crate::withdrawal::Cancel { withdrawal: withdrawal(number) }.into()
}

/// It is not known whether the provider `sim` has it.
#[must_use]
pub fn payout_unknown(number: u128) -> Command {
    let (provider, reason) = (parsed("sim"), parsed("timed_out"));
    crate::withdrawal::RecordUnknown { withdrawal: withdrawal(number), provider, reason }.into()
}

/// The provider `sim`, asked again, says that it was paid.
#[must_use]
pub fn confirm_payout(number: u128, amount: Money) -> Command {
    let receipt = receipt("sim", &format!("po_{number}"), amount);
    crate::withdrawal::Confirm { withdrawal: withdrawal(number), receipt }.into()
}

/// The wallet of this number, as an exit from suspense.
#[must_use]
pub const fn to_wallet(number: u128) -> Exit {
    Exit::Wallet(wallet(number))
}
