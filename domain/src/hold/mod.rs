//! Holds: money reserved for a payment that is not final yet. The final fare of a ride, an order that
//! is still to be weighed, a deposit.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Placed: PlaceHold
//!     Placed --> Placed: IncreaseHold, ExtendHold, CaptureHold (part)
//!     Placed --> Captured: CaptureHold (final)
//!     Placed --> Voided: VoidHold
//!     Placed --> Expired: ExpireHold
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `PlaceHold` | `hold.placed.v1` | each payer available → hold |
//! | `IncreaseHold` | `hold.increased.v1` | payers available → hold |
//! | `ExtendHold` | `hold.extended.v1` | none |
//! | `CaptureHold` | `hold.captured.v1` | hold → payees, commission; finally the rest → payers |
//! | `VoidHold` | `hold.voided.v1` | hold → payers available |
//! | `ExpireHold` | `hold.expired.v1` | hold → payers available |
//!
//! What is held counts against what its payers can spend from the first moment: it is no longer in
//! their wallets. A hold may have several legs, a payer each; they are placed, captured and voided
//! as one, and drawn on in their order. Captures name their payees; each gets its part less
//! commission, by the rule that was in force when the hold was placed, or a tip whole. The final
//! capture gives back what is left. Captured and given back never come to more than was placed; what
//! a final capture needs beyond that, it may charge to the first payer, or let them owe.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::commission::{Ask, Breakdown};
use crate::ids::{CaptureId, HoldId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::settings::Seconds;
use crate::text::Code;

mod rules;
pub(crate) use rules::*;

/// The most legs of a hold, and the most payees of a capture.
pub const MOST: usize = 20;
/// The most captures of a hold.
pub const CAPTURES_MOST: usize = 100;
/// How long a hold stands when nothing is said: a week, as card authorisations do.
pub const USUAL_SPAN_S: u32 = 7 * 24 * 3_600;

/// What one payer puts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Who.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
}

/// Who gets how much of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// Who.
    pub wallet: WalletId,
    /// How much, commission included.
    pub amount: Money,
    /// Whether it is a tip, of which nobody takes a share.
    pub tip: bool,
}

/// What a final capture does about an amount above what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// Refuses it.
    #[default]
    Refuse,
    /// Charges the difference to the first payer, who must have it.
    Charge,
    /// Charges it to the first payer, who owes what they do not have.
    Owe,
}

/// Reserves money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its id, chosen by the caller.
    pub hold: HoldId,
    /// Who puts in how much: one currency, each wallet once.
    pub legs: Vec<Leg>,
    /// How long it stands; a week when not given.
    pub span_s: Option<Seconds>,
    /// Which commission its captures pay.
    pub commission: Ask,
}

/// Reserves more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Increase {
    /// Which.
    pub hold: HoldId,
    /// What each payer is to have put in, in the order of the legs: as much as before, or more.
    pub legs: Vec<Leg>,
}

/// Lets it stand longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extend {
    /// Which.
    pub hold: HoldId,
    /// Until when: later than before.
    pub expires_at: DateTime<Utc>,
}

/// Takes of what is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Which.
    pub hold: HoldId,
    /// Its id, chosen by the caller: a capture is made once.
    pub capture: CaptureId,
    /// Who gets how much. None of a final capture: all is given back.
    pub payees: Vec<Payee>,
    /// Whether it is the last: what is left is given back.
    pub last: bool,
    /// What the last one does about an amount above what is held.
    pub beyond: Beyond,
}

/// Gives all that is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Which.
    pub hold: HoldId,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
}

/// Its time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expire {
    /// Which.
    pub hold: HoldId,
}

/// Money was reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Its id.
    pub hold: HoldId,
    /// Who put in how much.
    pub legs: Vec<Leg>,
    /// Until when it stands.
    pub expires_at: DateTime<Utc>,
    /// When it was placed: the commission in force then is that of its captures.
    pub placed_at: DateTime<Utc>,
    /// Which commission its captures pay.
    pub commission: Ask,
    /// Payers available → hold.
    pub entry: JournalEntry,
}

/// More was reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Increased {
    /// Which.
    pub hold: HoldId,
    /// What each payer has put in now.
    pub legs: Vec<Leg>,
    /// Payers available → hold.
    pub entry: JournalEntry,
}

/// It stands longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extended {
    /// Which.
    pub hold: HoldId,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// What a payee got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paid {
    /// A part, of which commission was taken.
    Shared(Box<Breakdown>),
    /// A tip, whole.
    Tip(Leg),
}

/// Some of what is held was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captured {
    /// Which.
    pub hold: HoldId,
    /// Its id.
    pub capture: CaptureId,
    /// What was asked.
    pub payees: Vec<Payee>,
    /// What each payee got.
    pub paid: Vec<Paid>,
    /// How much was taken out of the hold; nothing where all was given back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub taken: Option<Money>,
    /// Whether it was asked as the last.
    pub last: bool,
    /// Whether nothing is held any more.
    pub ended: bool,
    /// What left each payer's leg, captured or given back.
    pub drawn: Vec<Leg>,
    /// Hold → payees, commission; finally the rest → payers.
    pub entry: JournalEntry,
}

/// All that was held was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    /// Which.
    pub hold: HoldId,
    /// Why.
    pub reason: Code,
    /// What left each payer's leg, captured or given back.
    pub drawn: Vec<Leg>,
    /// Hold → payers available.
    pub entry: JournalEntry,
}

/// Its time was over; all that was held was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Which.
    pub hold: HoldId,
    /// What left each payer's leg, captured or given back.
    pub drawn: Vec<Leg>,
    /// Hold → payers available.
    pub entry: JournalEntry,
}

/// A hold as the rules see it. What is still held is in the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who put in how much.
    pub legs: Vec<Leg>,
    /// How much was taken out by captures, in minor units.
    pub captured: u64,
    /// The captures made.
    pub captures: Vec<(CaptureId, Vec<Payee>, bool)>,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// Until when it was to stand when it was placed.
    pub asked_until: DateTime<Utc>,
    /// Until when it stands.
    pub expires_at: DateTime<Utc>,
    /// Which commission its captures pay.
    pub commission: Ask,
    /// Where it stands.
    pub status: Status,
}

/// Where a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Money is held.
    Placed,
    /// The last capture was made.
    Captured,
    /// Given back.
    Voided,
    /// Given back, because its time was over.
    Expired,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }
}
