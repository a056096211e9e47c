//! Inputs of commands about escrows: agreeing, working, paying.

use async_graphql::InputObject;
use chrono::{DateTime, SubsecRound as _, Utc};
use uuid::Uuid;

use cauri_domain::escrow::{self, Milestone, More, Portion};
use cauri_domain::receipt::Evidence;
use cauri_domain::{EscrowId, Money, Refusal, WalletId};

use crate::graphql::command::{inputs, money, seconds, text};
use crate::graphql::commission::CommissionInput;
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// A milestone, as agreed.
#[derive(Debug, Clone, InputObject)]
pub struct MilestoneInput {
    /// How much, in major units.
    amount: DecimalText,
    /// Refunded when nothing was delivered until then.
    deliver_by: Option<DateTime<Utc>>,
}

/// To the precision that instants are kept in.
fn instant(at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    at.map(|at| at.trunc_subsecs(6))
}

/// A milestone's number: one out of range names none.
pub(super) fn number(milestone: Option<i32>) -> Result<Option<u16>, Refusal> {
    let small = |it: i32| u16::try_from(it).map_err(|_| Refusal::NotFound { field: "milestone" });
    milestone.map(small).transpose()
}

pub(super) fn evidence(digest: Option<&String>) -> Result<Option<Evidence>, Refusal> {
    let allowed = "a SHA-256 as 64 lower-case hex digits";
    let parse = |it: &String| {
        let bad = |_| Refusal::InvalidSetting { field: "evidence", allowed };
        Evidence::try_from(it.clone()).map_err(bad)
    };
    digest.map(parse).transpose()
}

/// An amount that is given with its currency, or not at all.
pub(super) fn perhaps(
    amount: Option<&DecimalText>,
    currency: Option<&CurrencyText>,
) -> Result<Option<Money>, Refusal> {
    match (amount, currency) {
        (None, _) => Ok(None),
        (Some(amount), Some(currency)) => money(amount, currency).map(Some),
        (Some(_), None) => {
            Err(Refusal::InvalidSetting { field: "currency", allowed: "given with an amount" })
        }
    }
}

fn portion(
    escrow: Uuid,
    milestone: Option<i32>,
    amount: Option<&DecimalText>,
    currency: Option<&CurrencyText>,
) -> Result<Portion, Refusal> {
    let (milestone, amount) = (number(milestone)?, perhaps(amount, currency)?);
    Ok(Portion { escrow: EscrowId(escrow), milestone, amount })
}

inputs! {
    /// Agrees terms, and puts the money aside at once unless a date says until when.
    OpenEscrowInput {
        /// Its id, chosen by the caller.
        escrow: Uuid,
        /// The wallet that pays.
        buyer: Uuid,
        /// The wallet that gets the money when the condition is met.
        seller: Uuid,
        /// How much, in major units: all milestones together, where there are some.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// How long the buyer may inspect a delivery; the ledger's setting when not given.
        inspection_seconds: Option<i32>,
        /// Which commission it pays; the ledger's usual when not given.
        commission: Option<CommissionInput>,
        /// At most 50, numbered from 1; each is delivered, released and refunded by itself.
        #[graphql(default)]
        milestones: Vec<MilestoneInput>,
        /// Without milestones: refunded when nothing was delivered until then.
        deliver_by: Option<DateTime<Utc>>,
        /// To be funded until then, from the wallet or by a pay-in; at once when not given.
        fund_by: Option<DateTime<Utc>>,
        /// The subject that decides a dispute, beside staff.
        arbiter: Option<String>,
    } and OpenEscrowStep => |it| {
        let milestone = |line: &MilestoneInput| {
            let amount = money(&line.amount, &it.currency)?;
            Ok(Milestone { amount, deliver_by: instant(line.deliver_by) })
        };
        let more = More {
            commission: CommissionInput::parse(it.commission.as_ref())?,
            milestones: it.milestones.iter().map(milestone).collect::<Result<_, Refusal>>()?,
            deliver_by: instant(it.deliver_by),
            fund_by: instant(it.fund_by),
            arbiter: it.arbiter.as_ref().map(|name| text("arbiter", name)).transpose()?,
        };
        Ok(escrow::Open {
            escrow: EscrowId(it.escrow),
            buyer: WalletId(it.buyer),
            seller: WalletId(it.seller),
            amount: money(&it.amount, &it.currency)?,
            inspection_s: it
                .inspection_seconds
                .map(|span| seconds("inspectionSeconds", span))
                .transpose()?,
            more: (more != More::default()).then(|| Box::new(more)),
        }.into())
    };

    /// Puts the money aside, as the buyer.
    FundEscrowInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone; all that await their funds when not given.
        milestone: Option<i32>,
    } and FundEscrowStep => |it| Ok(escrow::Fund {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
    }.into());

    /// Gives up what is not funded yet.
    CancelEscrowInput {
        /// Which escrow.
        escrow: Uuid,
    } and CancelEscrowStep => |it| Ok(escrow::Cancel { escrow: EscrowId(it.escrow) }.into());

    /// Says, as the seller, that it is done.
    MarkDeliveredInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
        /// The SHA-256 of what shows it, as 64 lower-case hex digits.
        evidence: Option<String>,
    } and MarkDeliveredStep => |it| Ok(escrow::Deliver {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
        evidence: evidence(it.evidence.as_ref())?,
    }.into());

    /// Wants the delivery, as the buyer, done better.
    RequestRevisionInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } and RequestRevisionStep => |it| Ok(escrow::RequestRevision {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
        reason: text("reason", &it.reason)?,
    }.into());

    /// Gives money to the seller, as the buyer.
    ReleaseEscrowInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
        /// How much, in major units; all that is held when not given.
        amount: Option<DecimalText>,
        /// The currency, with an amount.
        currency: Option<CurrencyText>,
    } and ReleaseEscrowStep => |it| {
        let (amount, currency) = (it.amount.as_ref(), it.currency.as_ref());
        Ok(escrow::Release(portion(it.escrow, it.milestone, amount, currency)?).into())
    };

    /// Gives money back to the buyer, as the seller.
    RefundEscrowInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
        /// How much, in major units; all that is held when not given.
        amount: Option<DecimalText>,
        /// The currency, with an amount.
        currency: Option<CurrencyText>,
    } and RefundEscrowStep => |it| {
        let (amount, currency) = (it.amount.as_ref(), it.currency.as_ref());
        Ok(escrow::Refund(portion(it.escrow, it.milestone, amount, currency)?).into())
    };

    /// Takes back from the seller what was released.
    ClawBackEscrowInput {
        /// Which escrow.
        escrow: Uuid,
        /// Which milestone, of an escrow that has some.
        milestone: Option<i32>,
        /// How much of what was released, commission included, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } and ClawBackEscrowStep => |it| Ok(escrow::ClawBack {
        escrow: EscrowId(it.escrow),
        milestone: number(it.milestone)?,
        amount: money(&it.amount, &it.currency)?,
        reason: text("reason", &it.reason)?,
    }.into());
}
