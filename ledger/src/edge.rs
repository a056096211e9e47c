//! The only place that reads a clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::watch;

/// Tells the time, in whole microseconds.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> DateTime<Utc>;

    /// How long to wait, at most, for `due`, and a signal that the clock was moved meanwhile.
    ///
    /// A timer waits for whichever comes first, and then looks at the clock again.
    fn moved(&self) -> Option<watch::Receiver<DateTime<Utc>>>;

    /// Sets the clock forward to `to`, if it is one that can be set: only a test's can.
    ///
    /// # Errors
    /// [`ClockFixed`].
    fn advance_to(&self, to: DateTime<Utc>) -> Result<(), ClockFixed> {
        let _ = to;
        Err(ClockFixed)
    }

    /// Whether it can be set.
    fn can_be_set(&self) -> bool {
        false
    }

    /// The time from now until `due`; zero when it has passed.
    fn until(&self, due: DateTime<Utc>) -> Duration {
        (due - self.now()).to_std().unwrap_or_default()
    }
}

/// Resolves when a clock that is moved by hand was moved, of what [`Clock::moved`] gave; never for the
/// machine's.
pub async fn moved(signal: &mut Option<watch::Receiver<DateTime<Utc>>>) {
    if let Some(signal) = signal
        && signal.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

/// The clock goes by the world's time and cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this clock cannot be set")]
pub struct ClockFixed;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn moved(&self) -> Option<watch::Receiver<DateTime<Utc>>> {
        None
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<DateTime<Utc>>,
    moved: watch::Sender<DateTime<Utc>>,
}

impl ManualClock {
    /// Stands at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        let now = now.trunc_subsecs(6);
        Self { now: Mutex::new(now), moved: watch::Sender::new(now) }
    }

    /// Moves it forward.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += by;
        self.moved.send_replace(*now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn moved(&self) -> Option<watch::Receiver<DateTime<Utc>>> {
        Some(self.moved.subscribe())
    }

    fn advance_to(&self, to: DateTime<Utc>) -> Result<(), ClockFixed> {
        let ahead = to - self.now();
        if ahead > TimeDelta::zero() {
            self.advance(ahead);
        }
        Ok(())
    }

    fn can_be_set(&self) -> bool {
        true
    }
}

/// A clock that runs like another one and can be set forward: one ledger's, in development.
pub struct TestClock {
    base: Arc<dyn Clock>,
    ahead: Mutex<TimeDelta>,
    moved: watch::Sender<DateTime<Utc>>,
}

impl std::fmt::Debug for TestClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestClock").field("ahead", &self.ahead).finish_non_exhaustive()
    }
}

impl TestClock {
    /// Runs like `base`, and is at `not_before` at least: a ledger's time never goes back, so a
    /// clock that was set forward goes on from the last event.
    #[must_use]
    pub fn over(base: Arc<dyn Clock>, not_before: DateTime<Utc>) -> Self {
        let ahead = (not_before - base.now()).max(TimeDelta::zero());
        let moved = watch::Sender::new(base.now() + ahead);
        Self { base, ahead: Mutex::new(ahead), moved }
    }

    fn ahead(&self) -> TimeDelta {
        *self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        self.base.now() + self.ahead()
    }

    fn moved(&self) -> Option<watch::Receiver<DateTime<Utc>>> {
        Some(self.moved.subscribe())
    }

    fn advance_to(&self, to: DateTime<Utc>) -> Result<(), ClockFixed> {
        let mut ahead = self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *ahead = (to - self.base.now()).max(*ahead);
        self.moved.send_replace(self.base.now() + *ahead);
        Ok(())
    }

    fn can_be_set(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("an instant")
    }

    #[test]
    fn a_test_clock_runs_on_from_where_it_was_set_and_never_back() {
        let base = Arc::new(ManualClock::new(at(1_000)));
        let clock = TestClock::over(base.clone(), at(500));
        assert_eq!(clock.now(), at(1_000));
        clock.advance_to(at(5_000)).expect("it can be set");
        clock.advance_to(at(4_000)).expect("it can be set");
        assert_eq!(clock.now(), at(5_000));
        base.advance(TimeDelta::seconds(7));
        assert_eq!(clock.now(), at(5_007));
        // As after a restart: the last event was recorded then.
        assert_eq!(TestClock::over(base, at(5_007)).now(), at(5_007));
    }

    #[test]
    fn the_world_s_clock_cannot_be_set() {
        assert_eq!(SystemClock.advance_to(at(9_999_999_999)), Err(ClockFixed));
        assert!(!SystemClock.can_be_set());
    }
}
