//! Limits: how much and how often a party may spend, how much a wallet may hold, how far it may owe.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `SetLimits` | `limits.set.v1` | none |
//! | `AssignLimits` | `limits.assigned.v1` | none |
//! | `SetKycLevel` | `wallet.kyc_set.v1` | none |
//! | `SetTimeZone` | `calendar.zone_set.v1` | none |
//!
//! A set of limits is data. Which one is in force for a wallet: its own, else the profile that it
//! was assigned, else that of its KYC level, else that of everybody, else none. Each has what it
//! says and nothing of the others. A role has a set too: what may be spent of a wallet at once, in a
//! day and in a month when somebody in that role asks. It holds beside the wallet's, and counts the
//! same spending.
//!
//! Counted is what parties start themselves: transfers, escrows, holds, withdrawals, when they are
//! authorised. What comes back unspent in the same window (a hold that is voided or expires) gives
//! its room back; refunds and wages do not make room. Days and months are those of the ledger's
//! time zone, by the command's time. A limit itself passes. The counts are kept whether there are
//! limits or not, so that one that is set at noon knows of the morning; only a velocity counts from
//! when it is set. A ceiling refuses transfers into a wallet; money that a provider really has is
//! never refused. Credit lets a wallet's available money go below zero, by that much.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::actor::Role;
use crate::currency::Currency;
use crate::ids::WalletId;
use crate::money::Money;
use crate::settings::Seconds;
use crate::text::Code;

mod rules;
mod usage;
mod zone;
pub(crate) use rules::*;
pub use rules::{Binds, Left};
pub use usage::Usage;
pub use zone::{UnknownZone, Zone};

/// What may be spent, held and owed: at most one amount per currency in each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// At once.
    pub single: BTreeMap<Currency, Money>,
    /// In a day.
    pub daily: BTreeMap<Currency, Money>,
    /// In a calendar month.
    pub monthly: BTreeMap<Currency, Money>,
    /// How often in a window, in each currency.
    pub velocity: Option<Velocity>,
    /// The most that a transfer may bring a wallet to.
    pub ceiling: BTreeMap<Currency, Money>,
    /// How far a wallet may go below nothing.
    pub credit: BTreeMap<Currency, Money>,
}

/// How often in a window of time. Windows follow one another without a gap, from 1970 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Velocity {
    /// So many times at most.
    pub count: u32,
    /// In a window so long.
    pub window_s: Seconds,
}

/// Whose limits these are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everybody's who has no others.
    Everybody,
    /// Those of a KYC level.
    Kyc(u8),
    /// Those of a profile that wallets are assigned: drivers, shops.
    Profile(Code),
    /// One wallet's own.
    Wallet(WalletId),
    /// What anybody in a role may bring the spending of a wallet to, beside the wallet's own limits.
    Role(Role),
}

/// Sets limits, or takes them away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// Whose.
    pub scope: Scope,
    /// Which; none for no limits of their own.
    pub limits: Option<Limits>,
}

/// Assigns a wallet a profile of limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    /// Which wallet.
    pub wallet: WalletId,
    /// Which profile; none for none.
    pub profile: Option<Code>,
}

/// Says how well the owner of a wallet is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetKyc {
    /// Which wallet.
    pub wallet: WalletId,
    /// The level, as the marketplace counts them: 0 to 9.
    pub level: u8,
}

/// Says where days begin at midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetZone {
    /// The zone.
    pub zone: Zone,
}

/// Limits were set, or taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WereSet {
    /// Whose.
    pub scope: Scope,
    /// Which; none where they were taken away.
    pub limits: Option<Limits>,
}

/// A wallet was assigned a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// Which wallet.
    pub wallet: WalletId,
    /// Which profile; none for none.
    pub profile: Option<Code>,
}

/// The owner of a wallet is known so well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KycSet {
    /// Which wallet.
    pub wallet: WalletId,
    /// The level.
    pub level: u8,
}

/// Days begin at midnight there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneSet {
    /// The zone.
    pub zone: Zone,
}

/// Which limits a wallet was given beside everybody's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// How well its owner is known.
    pub kyc: Option<u8>,
    /// Its profile.
    pub profile: Option<Code>,
}
