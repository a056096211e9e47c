//! A ledger's settings. They are events too: a rule in force is part of history, never a flag.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `OpenLedger` | `ledger.opened.v1` | none |
//! | `ConfigureLedger` | `ledger.configured.v1` | none |

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::commission::BasisPoints;
use crate::currency::Currency;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// The rules in force in a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The currencies it takes, in order of code. Empty: every currency of ISO 4217.
    pub currencies: Vec<Currency>,
    /// How long a pay-in waits for its money, in seconds.
    pub payin_expiry_s: Seconds,
    /// How long a buyer may inspect a delivery before it is released, in seconds.
    pub inspection_s: Seconds,
    /// How long a withdrawal waits for a person before it approves itself, in seconds.
    pub auto_approval_s: Seconds,
    /// The platform's share of an escrow's release.
    pub commission: BasisPoints,
    /// The largest amount that a party may move at once, at most one per currency.
    pub limits: Vec<Money>,
}

/// A span of 1 second to 1,000 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Seconds(u32);

/// A span out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a span is 1 to 86400000 seconds")]
pub struct SpanOutOfRange;

impl Seconds {
    /// The longest span: 1,000 days.
    pub const LONGEST: Self = Self(86_400_000);

    /// The span as a number of seconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The span as a difference of instants.
    #[must_use]
    pub const fn delta(self) -> TimeDelta {
        TimeDelta::seconds(self.0 as i64)
    }
}

impl TryFrom<u32> for Seconds {
    type Error = SpanOutOfRange;
    fn try_from(seconds: u32) -> Result<Self, SpanOutOfRange> {
        if (1..=86_400_000).contains(&seconds) { Ok(Self(seconds)) } else { Err(SpanOutOfRange) }
    }
}

impl From<Seconds> for u32 {
    fn from(span: Seconds) -> Self {
        span.0
    }
}

impl Default for Settings {
    /// 30 minutes, 72 hours, 48 hours; no commission, every currency, no limit.
    fn default() -> Self {
        Self {
            currencies: Vec::new(),
            payin_expiry_s: Seconds(30 * 60),
            inspection_s: Seconds(72 * 3_600),
            auto_approval_s: Seconds(48 * 3_600),
            commission: BasisPoints::default(),
            limits: Vec::new(),
        }
    }
}

impl Settings {
    /// Refuses a currency that this ledger does not take.
    ///
    /// # Errors
    /// [`Refusal::WrongCurrency`].
    pub fn takes(&self, currency: Currency) -> Result<(), Refusal> {
        if self.currencies.is_empty() || self.currencies.contains(&currency) {
            Ok(())
        } else {
            Err(Refusal::WrongCurrency { currency })
        }
    }

    /// Refuses an amount that is more than a party may move at once. The limit itself passes.
    ///
    /// # Errors
    /// [`Refusal::WrongCurrency`], [`Refusal::LimitExceeded`].
    pub fn allows(&self, asked: Money) -> Result<(), Refusal> {
        self.takes(asked.currency())?;
        match self.limits.iter().find(|limit| limit.currency() == asked.currency()) {
            Some(limit) if asked.minor() > limit.minor() => {
                Err(Refusal::LimitExceeded { limit: *limit, asked })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// In the one order that says the same thing, or why they make no sense.
    fn checked(mut self) -> Result<Self, Refusal> {
        self.currencies.sort_unstable();
        self.currencies.dedup();
        self.limits.sort_unstable_by_key(|limit| limit.currency());
        if self.limits.windows(2).any(|pair| pair[0].currency() == pair[1].currency()) {
            return Err(Refusal::InvalidSetting {
                field: "limits",
                allowed: "at most one amount per currency",
            });
        }
        Ok(self)
    }
}

/// Opens the ledger. Nothing else can be asked before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The rules to start with.
    pub settings: Settings,
}

/// Puts other rules in force, from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configure {
    /// All of the rules.
    pub settings: Settings,
}

/// The ledger was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The rules in force.
    pub settings: Settings,
}

/// Other rules are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configured {
    /// The rules in force.
    pub settings: Settings,
}

pub(crate) fn decide_open(state: &LedgerState, command: &Open) -> Result<Decided, Refusal> {
    let settings = command.settings.clone().checked()?;
    match state.settings() {
        Err(_) => happened([Event::LedgerOpened(Opened { settings })]),
        Ok(current) if *current == settings => Ok(Decided::Already),
        Ok(_) => Err(Refusal::LedgerAlreadyOpen {}),
    }
}

pub(crate) fn decide_configure(
    state: &LedgerState,
    command: &Configure,
) -> Result<Decided, Refusal> {
    let settings = command.settings.clone().checked()?;
    if *state.settings()? == settings {
        return Ok(Decided::Already);
    }
    happened([Event::LedgerConfigured(Configured { settings })])
}

pub(crate) fn evolve_opened(state: &mut LedgerState, event: &Opened) {
    state.settings.insert((), event.settings.clone());
}

pub(crate) fn evolve_configured(state: &mut LedgerState, event: &Configured) {
    state.settings.insert((), event.settings.clone());
}
