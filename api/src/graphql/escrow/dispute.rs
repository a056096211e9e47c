//! Inputs of commands about disputes.

use uuid::Uuid;

use cauri_domain::EscrowId;
use cauri_domain::escrow::{self, Party};

use super::input::{evidence, number, perhaps};
use super::words::EscrowParty;
use crate::graphql::command::{inputs, text};
use crate::graphql::scalars::{CurrencyText, DecimalText};

const fn party(party: EscrowParty) -> Party {
    match party {
        EscrowParty::Buyer => Party::Buyer,
        EscrowParty::Seller => Party::Seller,
    }
}

inputs! {
    /// Does not agree: nothing moves until it is decided.
    OpenDisputeInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
        /// Who disputes: the caller's own side.
        party: EscrowParty,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
        /// The SHA-256 of what shows it, as 64 lower-case hex digits.
        evidence: Option<String>,
    } and OpenDisputeStep => |it| Ok(escrow::OpenDispute {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
        party: party(it.party),
        reason: text("reason", &it.reason)?,
        evidence: evidence(it.evidence.as_ref())?,
    }.into());

    /// Disputes no more.
    WithdrawDisputeInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
    } => |it| Ok(escrow::WithdrawDispute {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
    }.into());

    /// Offers the other party a way to end it: so much for the seller, the rest for the buyer.
    OfferSettlementInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
        /// Who offers: the caller's own side.
        party: EscrowParty,
        /// What the seller is to get of what is held, commission included, in major units;
        /// nothing when not given: then it is canceled.
        seller_amount: Option<DecimalText>,
        /// The currency, with an amount.
        currency: Option<CurrencyText>,
    } => |it| Ok(escrow::OfferSettlement {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
        party: party(it.party),
        seller: perhaps(it.seller_amount.as_ref(), it.currency.as_ref())?,
    }.into());

    /// Agrees to the other party's offer.
    AcceptSettlementInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
        /// Who accepts: the caller's own side.
        party: EscrowParty,
        /// What the seller gets, as it was offered, in major units: another offer may have come
        /// between.
        seller_amount: Option<DecimalText>,
        /// The currency, with an amount.
        currency: Option<CurrencyText>,
    } => |it| Ok(escrow::AcceptSettlement {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
        party: party(it.party),
        seller: perhaps(it.seller_amount.as_ref(), it.currency.as_ref())?,
    }.into());

    /// Does not agree to an offer, or takes one's own back.
    DeclineSettlementInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
    } => |it| Ok(escrow::DeclineSettlement {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
    }.into());

    /// Decides a dispute: the three amounts are together what is held.
    ArbitrateEscrowInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
        /// For the seller, commission included, in major units.
        seller_amount: Option<DecimalText>,
        /// For the buyer, in major units.
        buyer_amount: Option<DecimalText>,
        /// For the platform, as the price of the arbitration, in major units.
        fee: Option<DecimalText>,
        /// The currency.
        currency: CurrencyText,
    } and ArbitrateEscrowStep => |it| Ok(escrow::Arbitrate {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
        seller: perhaps(it.seller_amount.as_ref(), Some(&it.currency))?,
        buyer: perhaps(it.buyer_amount.as_ref(), Some(&it.currency))?,
        fee: perhaps(it.fee.as_ref(), Some(&it.currency))?,
    }.into());
}
