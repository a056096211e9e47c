//! Commands that are short to write: only what a story is about is said.

use super::{escrow, payin, receipt, wallet, withdrawal};
use crate::commission::{Amounts, Base, Beneficiary, Charge, Payer, RefundPolicy, Rule, Step};
use crate::settings::Settings;
use crate::{Command, Money};
use crate::{commission, escrow, payin, settings, transfer, wallet, withdrawal};

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a builder's own text")
}

/// The ledger is opened with these settings.
#[must_use]
pub fn opened_with(settings: Settings) -> Command {
    settings::Open { settings }.into()
}

/// Other settings are put in force.
#[must_use]
pub fn configure(settings: Settings) -> Command {
    settings::Configure { settings }.into()
}

/// A commission rule is set, from now on.
#[must_use]
pub fn set_rule(rule: Rule) -> Command {
    commission::Set { rule, from: None }.into()
}

/// A rule that takes one rate from the seller, and gives it back on a refund.
#[must_use]
pub fn percent(name: &str, basis_points: u16) -> Rule {
    let rate = basis_points.try_into().expect("at most 10,000");
    Rule {
        name: parsed(name),
        steps: vec![Step {
            name: parsed("commission"),
            charge: Charge::Percentage(rate),
            base: Base::Gross,
            floor: Amounts::default(),
            cap: Amounts::default(),
            to: Beneficiary::Commission,
        }],
        tax: None,
        payer: Payer::Seller,
        refund: RefundPolicy::Return,
    }
}

/// A wallet is opened, empty.
#[must_use]
pub fn open_wallet(number: u128, owner: &str) -> Command {
    wallet::Open { wallet: wallet(number), owner: parsed(owner) }.into()
}

/// A wallet is frozen.
#[must_use]
pub fn freeze(number: u128) -> Command {
    wallet::Freeze { wallet: wallet(number), reason: parsed("risk"), level: None }.into()
}

/// A wallet is frozen so that nothing new reaches it either.
#[must_use]
pub fn freeze_wholly(number: u128) -> Command {
    let level = Some(wallet::Level::Neither);
    wallet::Freeze { wallet: wallet(number), reason: parsed("risk"), level }.into()
}

/// A wallet is unfrozen.
#[must_use]
pub fn unfreeze(number: u128) -> Command {
    wallet::Unfreeze { wallet: wallet(number) }.into()
}

/// A wallet is closed.
#[must_use]
pub fn close(number: u128) -> Command {
    wallet::Close { wallet: wallet(number) }.into()
}

/// Money goes from one wallet to another.
#[must_use]
pub fn pay(from: u128, to: u128, amount: Money) -> Command {
    transfer::Make { from: wallet(from), to: wallet(to), amount }.into()
}

/// Money is expected through the provider `sim`.
#[must_use]
pub fn initiate(number: u128, into: u128, amount: Money) -> Command {
    let provider = parsed("sim");
    payin::Initiate {
        payin: payin(number),
        wallet: wallet(into),
        amount,
        provider,
        target: None,
        capture_later: false,
    }
    .into()
}

/// Money is expected for something else than the payer's wallet.
#[must_use]
pub fn initiate_for(number: u128, payer: u128, amount: Money, target: payin::Target) -> Command {
    let (payin, wallet, provider) = (payin(number), wallet(payer), parsed("sim"));
    payin::Initiate { payin, wallet, amount, provider, target: Some(target), capture_later: false }
        .into()
}

/// The provider `sim` has money for a pay-in.
#[must_use]
pub fn receive(number: u128, object: &str, amount: Money) -> Command {
    payin::RecordReceipt { payin: Some(payin(number)), receipt: receipt("sim", object, amount) }
        .into()
}

/// The provider `sim` says that a payer did not pay.
#[must_use]
pub fn decline(number: u128) -> Command {
    payin::RecordDecline {
        payin: payin(number),
        provider: parsed("sim"),
        object: parsed("pi_declined"),
        reason: parsed("declined"),
    }
    .into()
}

/// A pay-in's time is over.
#[must_use]
pub fn expire(number: u128) -> Command {
    payin::Expire { payin: payin(number) }.into()
}

/// Money is put aside, inspected as long as the ledger's settings say.
#[must_use]
pub fn open_escrow(number: u128, buyer: u128, seller: u128, amount: Money) -> Command {
    escrow::Open {
        escrow: escrow(number),
        buyer: wallet(buyer),
        seller: wallet(seller),
        amount,
        inspection_s: None,
        more: None,
    }
    .into()
}

/// The seller says it is done.
#[must_use]
pub fn deliver(number: u128) -> Command {
    escrow::Deliver { escrow: escrow(number), milestone: None, evidence: None }.into()
}

/// The seller is to have the money.
#[must_use]
pub fn release(number: u128) -> Command {
    escrow::Release(escrow::Portion::all(escrow(number))).into()
}

/// The inspection period is over.
#[must_use]
pub fn auto_release(number: u128) -> Command {
    escrow::AutoRelease { escrow: escrow(number), milestone: None }.into()
}

/// The buyer is to have the money back.
#[must_use]
pub fn refund(number: u128) -> Command {
    escrow::Refund(escrow::Portion::all(escrow(number))).into()
}

/// Money is to go out.
#[must_use]
pub fn request(number: u128, from: u128, amount: Money) -> Command {
    withdrawal::Request {
        withdrawal: withdrawal(number),
        wallet: wallet(from),
        amount,
        destination: Some(parsed("momo-1")),
        method: None,
    }
    .into()
}

/// A person lets it out.
#[must_use]
pub fn approve(number: u128) -> Command {
    withdrawal::Approve { withdrawal: withdrawal(number) }.into()
}

/// Nobody objected in time.
#[must_use]
pub fn auto_approve(number: u128) -> Command {
    withdrawal::AutoApprove { withdrawal: withdrawal(number) }.into()
}

/// A person keeps it in.
#[must_use]
pub fn reject(number: u128) -> Command {
    withdrawal::Reject { withdrawal: withdrawal(number), reason: parsed("fraud") }.into()
}

/// It is about to be sent to the provider `sim`.
#[must_use]
pub fn submit(number: u128) -> Command {
    withdrawal::Submit { withdrawal: withdrawal(number), provider: parsed("sim") }.into()
}

/// The provider `sim` has paid it out.
#[must_use]
pub fn paid_out(number: u128, amount: Money) -> Command {
    let receipt = receipt("sim", &format!("po_{number}"), amount);
    withdrawal::RecordPayout { withdrawal: withdrawal(number), receipt }.into()
}

/// The provider `sim` could not pay it out, or it came back.
#[must_use]
pub fn payout_failed(number: u128) -> Command {
    withdrawal::RecordFailure {
        withdrawal: withdrawal(number),
        provider: parsed("sim"),
        object: Some(parsed(&format!("po_{number}"))),
        reason: parsed("account_closed"),
    }
    .into()
}
