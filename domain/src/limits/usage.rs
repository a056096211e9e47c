//! What was spent in the windows that limits are about.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Velocity, Zone};
use crate::currency::Currency;
use crate::event::Event;
use crate::ids::WalletId;
use crate::state::LedgerState;

/// What a wallet has spent in one currency, in the windows that are open. Small and without a
/// pointer: every transfer updates one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// The day that `day_minor` is of, in days from 1 January of year 1.
    day: i32,
    /// The month that `month_minor` is of: year times 12 plus month.
    month: i32,
    /// Minor units spent on that day.
    day_minor: u64,
    /// Minor units spent in that month.
    month_minor: u64,
    /// The window that `count` is of.
    window: i64,
    /// How long that window is, in seconds.
    window_s: u32,
    /// How often it was spent from in that window.
    count: u32,
}

fn month_of(day: NaiveDate) -> i32 {
    day.year() * 12 + day.month0().cast_signed()
}

fn window_of(at: DateTime<Utc>, window_s: u32) -> i64 {
    at.timestamp().div_euclid(i64::from(window_s.max(1)))
}

impl Usage {
    /// Minor units spent on `day`.
    pub(super) fn on(&self, day: NaiveDate) -> u64 {
        if self.day == day.num_days_from_ce() { self.day_minor } else { 0 }
    }

    /// Minor units spent in the month of `day`.
    pub(super) fn in_month(&self, day: NaiveDate) -> u64 {
        if self.month == month_of(day) { self.month_minor } else { 0 }
    }

    /// How often it was spent from in the window of `at`.
    pub(super) fn times(&self, velocity: Velocity, at: DateTime<Utc>) -> u32 {
        let length = velocity.window_s.get();
        let same = self.window_s == length && self.window == window_of(at, length);
        if same { self.count } else { 0 }
    }

    fn spend(&mut self, day: NaiveDate, at: DateTime<Utc>, minor: u64, velocity: Option<Velocity>) {
        self.day_minor = self.on(day).saturating_add(minor);
        self.day = day.num_days_from_ce();
        self.month_minor = self.in_month(day).saturating_add(minor);
        self.month = month_of(day);
        if let Some(velocity) = velocity {
            self.count = self.times(velocity, at).saturating_add(1);
            self.window_s = velocity.window_s.get();
            self.window = window_of(at, self.window_s);
        }
    }

    /// Gives back what was spent on `then`: to the same day and month only.
    fn give_back(&mut self, then: NaiveDate, minor: u64) {
        if self.day == then.num_days_from_ce() {
            self.day_minor = self.day_minor.saturating_sub(minor);
        }
        if self.month == month_of(then) {
            self.month_minor = self.month_minor.saturating_sub(minor);
        }
    }
}

impl LedgerState {
    /// Where days begin at midnight.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.zone.get(&()).copied().unwrap_or_default()
    }

    /// Counts what an event spends, or gives back unspent. Before the event changes the state.
    pub(crate) fn count(&mut self, event: &Event, at: DateTime<Utc>) {
        let zone = self.zone();
        event.spendings(|spending| {
            let velocity = super::velocity(self, spending.wallet);
            let (day, minor) = (zone.day(at), spending.money.minor());
            let key = (spending.wallet, spending.money.currency());
            self.usage.update(key, |usage| usage.spend(day, at, minor, velocity));
        });
        let mut back = Vec::new();
        event.unspent(self, |wallet, money, then| back.push((wallet, money, then)));
        for (wallet, money, then) in back {
            let (then, key) = (zone.day(then), (wallet, money.currency()));
            self.usage.update(key, |usage| usage.give_back(then, money.minor()));
        }
    }

    /// What a wallet has spent in a currency.
    pub(super) fn used(&self, wallet: WalletId, currency: Currency) -> Usage {
        self.usage.get(&(wallet, currency)).copied().unwrap_or_default()
    }
}
