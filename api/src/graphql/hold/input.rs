//! Inputs of commands about holds.

use async_graphql::InputObject;
use chrono::{DateTime, SubsecRound as _, Utc};
use uuid::Uuid;

use cauri_domain::hold::{Beyond, Leg, Payee};
use cauri_domain::{CaptureId, HoldId, Refusal, WalletId, hold};

use super::words::BeyondHold;
use crate::graphql::command::{inputs, money, seconds, text};
use crate::graphql::commission::CommissionInput;
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// What one payer puts into a hold.
#[derive(Debug, Clone, InputObject)]
pub struct HoldLegInput {
    /// The wallet that pays.
    wallet: Uuid,
    /// How much, in major units.
    amount: DecimalText,
}

/// Who gets how much of a capture.
#[derive(Debug, Clone, InputObject)]
pub struct HoldPayeeInput {
    /// The wallet that is paid.
    wallet: Uuid,
    /// How much, commission included, in major units.
    amount: DecimalText,
    /// Whether it is a tip, of which nobody takes a share.
    #[graphql(default)]
    tip: bool,
}

fn legs(legs: &[HoldLegInput], currency: &CurrencyText) -> Result<Vec<Leg>, Refusal> {
    let leg = |it: &HoldLegInput| {
        Ok(Leg { wallet: WalletId(it.wallet), amount: money(&it.amount, currency)? })
    };
    legs.iter().map(leg).collect()
}

fn payees(payees: &[HoldPayeeInput], currency: &CurrencyText) -> Result<Vec<Payee>, Refusal> {
    let payee = |it: &HoldPayeeInput| {
        let (wallet, amount) = (WalletId(it.wallet), money(&it.amount, currency)?);
        Ok(Payee { wallet, amount, tip: it.tip })
    };
    payees.iter().map(payee).collect()
}

inputs! {
    /// Reserves money.
    PlaceHoldInput {
        /// Its id, chosen by the caller.
        hold: Uuid,
        /// Who puts in how much: 1 to 20, each wallet once.
        legs: Vec<HoldLegInput>,
        /// The currency of all legs.
        currency: CurrencyText,
        /// How long it stands, in seconds; a week when not given.
        span_seconds: Option<i32>,
        /// Which commission its captures pay.
        commission: Option<CommissionInput>,
    } and PlaceHoldStep => |it| Ok(hold::Place {
        hold: HoldId(it.hold),
        legs: legs(&it.legs, &it.currency)?,
        span_s: it.span_seconds.map(|span| seconds("spanSeconds", span)).transpose()?,
        commission: CommissionInput::parse(it.commission.as_ref())?,
    }.into());

    /// Reserves more.
    IncreaseHoldInput {
        /// Which hold.
        hold: Uuid,
        /// What each payer is to have put in, in the order of the legs: as much as before, or more.
        legs: Vec<HoldLegInput>,
        /// The currency of all legs.
        currency: CurrencyText,
    } => |it| Ok(hold::Increase {
        hold: HoldId(it.hold),
        legs: legs(&it.legs, &it.currency)?,
    }.into());

    /// Lets a hold stand longer.
    ExtendHoldInput {
        /// Which hold.
        hold: Uuid,
        /// Until when: later than before.
        expires_at: DateTime<Utc>,
    } => |it| Ok(hold::Extend {
        hold: HoldId(it.hold),
        expires_at: it.expires_at.trunc_subsecs(6),
    }.into());

    /// Takes of what is held.
    CaptureHoldInput {
        /// Which hold.
        hold: Uuid,
        /// The capture's id, chosen by the caller: it is made once.
        capture: Uuid,
        /// Who gets how much, at most 20. None of a last capture: all is given back.
        payees: Vec<HoldPayeeInput>,
        /// The currency.
        currency: CurrencyText,
        /// Whether it is the last: what is left is given back.
        #[graphql(default = true)]
        last: bool,
        /// What the last one does about an amount above what is held.
        beyond: Option<BeyondHold>,
    } and CaptureHoldStep => |it| Ok(hold::Capture {
        hold: HoldId(it.hold),
        capture: CaptureId(it.capture),
        payees: payees(&it.payees, &it.currency)?,
        last: it.last,
        beyond: match it.beyond {
            None | Some(BeyondHold::Refuse) => Beyond::Refuse,
            Some(BeyondHold::Charge) => Beyond::Charge,
            Some(BeyondHold::Owe) => Beyond::Owe,
        },
    }.into());

    /// Gives what is held back.
    VoidHoldInput {
        /// Which hold.
        hold: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } and VoidHoldStep => |it| Ok(hold::Void {
        hold: HoldId(it.hold),
        reason: text("reason", &it.reason)?,
    }.into());
}
