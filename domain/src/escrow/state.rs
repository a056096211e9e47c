//! An escrow as the rules see it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::commands::Party;
use crate::actor::Actor;
use crate::chart::Account;
use crate::commission::{Agreed, Breakdown};
use crate::ids::{EscrowId, PayinId, WalletId};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::settings::Seconds;
use crate::state::LedgerState;
use crate::text::Subject;
use crate::wallet;

/// An escrow as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escrow {
    /// Who pays.
    pub buyer: WalletId,
    /// Who gets it when the condition is met.
    pub seller: WalletId,
    /// How much: all parts together.
    pub amount: Money,
    /// How long the buyer may inspect a delivery.
    pub inspection_s: Seconds,
    /// The commission rule, frozen.
    pub agreed: Agreed,
    /// To be funded until then.
    pub fund_by: Option<DateTime<Utc>>,
    /// Who decides a dispute, beside staff.
    pub arbiter: Option<Subject>,
    /// Whether its parts are milestones, numbered from 1; else it has one part.
    pub numbered: bool,
    /// Its milestones, or the whole of it.
    pub parts: Vec<Part>,
}

/// A milestone, or the whole of an escrow without any. Its numbers are minor units, without what a
/// buyer pays on top.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// How much.
    pub amount: Money,
    /// Refunded when nothing is delivered until then, as agreed.
    pub promised: Option<DateTime<Utc>>,
    /// Where it stands.
    pub status: Status,
    /// What of it the seller has, commission included.
    pub released: u64,
    /// What of it the buyer has back, and what went to the platform for an arbitration.
    pub refunded: u64,
    /// What of the released was taken back.
    pub returned: u64,
    /// The pay-in that funded it straight, if one did.
    pub payin: Option<PayinId>,
    /// What a party offers to end it with.
    pub offer: Option<Offer>,
}

/// What a party offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Who.
    pub party: Party,
    /// What the seller is to get.
    pub seller: Option<Money>,
}

/// Where a milestone stands, or an escrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Agreed, and not yet funded.
    AwaitingFunds,
    /// The money is put aside.
    Funded {
        /// When it will be refunded if nothing is delivered.
        deliver_by: Option<DateTime<Utc>>,
    },
    /// The seller says it is done.
    Delivered {
        /// When it will be released if the buyer does nothing.
        auto_release_at: DateTime<Utc>,
    },
    /// A party does not agree.
    Disputed {
        /// Who.
        party: Party,
        /// Whether it was delivered.
        delivered: bool,
        /// How much time its deadline had left, in microseconds.
        left_us: Option<i64>,
    },
    /// The seller has it.
    Released,
    /// The buyer has it back.
    Refunded,
    /// Some of it went each way.
    Settled,
    /// It was never funded.
    Canceled,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::AwaitingFunds => "awaiting_funds",
            Self::Funded { .. } => "funded",
            Self::Delivered { .. } => "delivered",
            Self::Disputed { .. } => "disputed",
            Self::Released => "released",
            Self::Refunded => "refunded",
            Self::Settled => "settled",
            Self::Canceled => "canceled",
        }
    }

    /// Whether nothing can come any more.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        match self {
            Self::Released | Self::Refunded | Self::Settled | Self::Canceled => true,
            Self::AwaitingFunds
            | Self::Funded { .. }
            | Self::Delivered { .. }
            | Self::Disputed { .. } => false,
        }
    }

    /// Its place among the statuses of an escrow's milestones: the first there is, is the escrow's.
    const fn place(self) -> u8 {
        match self {
            Self::Disputed { .. } => 0,
            Self::Delivered { .. } => 1,
            Self::Funded { .. } => 2,
            Self::AwaitingFunds => 3,
            Self::Settled => 4,
            Self::Released => 5,
            Self::Refunded => 6,
            Self::Canceled => 7,
        }
    }
}

impl Escrow {
    /// Where the whole of it stands: where the milestone does that most needs somebody. What has
    /// ended both ways is settled.
    #[must_use]
    pub fn status(&self) -> Status {
        let all = || self.parts.iter().map(|part| part.status);
        let both = all().any(|it| it == Status::Released) && all().any(|it| it == Status::Refunded);
        if both && all().all(|it| it.has_ended()) {
            return Status::Settled;
        }
        all().min_by_key(|it| it.place()).unwrap_or(Status::Canceled)
    }

    /// The milestone of this number, or the whole of an escrow without any.
    #[must_use]
    pub fn part(&self, milestone: Option<u16>) -> Option<&Part> {
        self.place(milestone).and_then(|place| self.parts.get(place))
    }

    pub(super) fn place(&self, milestone: Option<u16>) -> Option<usize> {
        match milestone {
            None if !self.numbered => Some(0),
            Some(number) if self.numbered => usize::from(number).checked_sub(1),
            None | Some(_) => None,
        }
    }

    /// The numbers of its parts.
    pub(super) fn numbers(&self) -> impl Iterator<Item = Option<u16>> + use<> {
        let (numbered, count) = (self.numbered, self.parts.len());
        (0..count)
            .map(move |place| numbered.then(|| u16::try_from(place + 1).expect("a few milestones")))
    }

    /// The wallet of a party.
    #[must_use]
    pub const fn wallet(&self, party: Party) -> WalletId {
        match party {
            Party::Buyer => self.buyer,
            Party::Seller => self.seller,
        }
    }
}

/// A milestone that a command names, or the whole of an escrow without any.
pub(super) struct Named<'a> {
    pub(super) id: EscrowId,
    pub(super) milestone: Option<u16>,
    pub(super) escrow: &'a Escrow,
    pub(super) part: &'a Part,
}

pub(super) fn escrow(state: &LedgerState, id: EscrowId) -> Result<&Escrow, Refusal> {
    state.escrows.get(&id).ok_or(Refusal::NotFound { field: "escrow" })
}

pub(super) fn named(
    state: &LedgerState,
    id: EscrowId,
    milestone: Option<u16>,
) -> Result<Named<'_>, Refusal> {
    let escrow = escrow(state, id)?;
    let part = escrow.part(milestone).ok_or(Refusal::NotFound { field: "milestone" })?;
    Ok(Named { id, milestone, escrow, part })
}

impl Named<'_> {
    /// Where its money is.
    pub(super) const fn account(&self) -> Account {
        match self.milestone {
            Some(number) => Account::Milestone(self.id, number),
            None => Account::Escrow(self.id),
        }
    }

    /// An amount of its currency.
    pub(super) fn money(&self, minor: u64) -> Option<Money> {
        Money::from_minor(minor, self.part.amount.currency())
    }

    /// What left it, in minor units.
    const fn done(&self) -> u64 {
        self.part.released + self.part.refunded
    }

    /// What is left in it, in minor units.
    pub(super) const fn held(&self) -> u64 {
        self.part.amount.minor() - self.done()
    }

    /// How much is meant: all that is held, or so much of it.
    pub(super) fn portion(&self, asked: Option<Money>) -> Result<Money, Refusal> {
        let all = self.money(self.held()).ok_or_else(|| self.wrong_state())?;
        let Some(asked) = asked else { return Ok(all) };
        if asked.currency() != all.currency() {
            return Err(Refusal::WrongCurrency { currency: asked.currency() });
        }
        if asked.minor() > all.minor() {
            let available = i128::from(all.minor());
            return Err(Refusal::InsufficientFunds { available, needed: asked });
        }
        Ok(asked)
    }

    /// How the next `now` is shared, after what left it and `skip` more.
    pub(super) fn shares(&self, skip: u64, now: Money) -> Breakdown {
        self.escrow.agreed.shares(self.part.amount, self.money(self.done() + skip), now)
    }

    pub(super) const fn wrong_state(&self) -> Refusal {
        Refusal::WrongState { state: self.part.status.as_str() }
    }

    /// Whether the actor acts for this party.
    pub(super) fn must_be(
        &self,
        state: &LedgerState,
        actor: &Actor,
        party: Party,
    ) -> Result<(), Refusal> {
        wallet::theirs(state, actor, self.escrow.wallet(party), "escrow").map(drop)
    }

    /// Whether the actor acts for one of the parties.
    pub(super) fn must_be_one(&self, state: &LedgerState, actor: &Actor) -> Result<(), Refusal> {
        self.must_be(state, actor, Party::Buyer)
            .or_else(|_| self.must_be(state, actor, Party::Seller))
    }
}

/// How much time is left until a deadline, in microseconds; none when it is past.
pub(super) fn left_us(at: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    (until - at).num_microseconds().unwrap_or(i64::MAX).max(0)
}

/// The instant when so much time has passed.
pub(super) fn after_us(at: DateTime<Utc>, left: i64) -> DateTime<Utc> {
    at + TimeDelta::microseconds(left)
}
