//! Whether a provider is asked at all: pure, and told the time.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Closed
//!     Closed --> Open: several outages in a row, or the provider asks for a pause
//!     Open --> HalfOpen: the pause is over, one try
//!     HalfOpen --> Closed: an answer
//!     HalfOpen --> Open: an outage, a longer pause
//! ```
//!
//! An outage is no answer of the provider's own: not reached, timed out, 5xx, 429, 408. Any answer,
//! a refusal too, says that it is there. While the circuit is open nothing is sent and nothing is
//! asked; what waits is in the log, and in its queue.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::backoff::Chance;

/// How many outages in a row open it.
pub(crate) const OUTAGES_MOST: u32 = 5;
/// The longest first pause; it doubles with each try in vain.
const PAUSE: Duration = Duration::from_secs(10);
/// The longest pause.
const PAUSE_MOST: Duration = Duration::from_secs(120);
/// The longest pause that a provider may ask for.
const ASKED_MOST: Duration = Duration::from_secs(900);
/// How long a try may be out before another is made: longer than an exchange may take.
const OUT_MOST: Duration = Duration::from_secs(60);

/// What a try told about the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It answered.
    Answer,
    /// It did not, and may have said how long to leave it alone.
    Outage { pause: Option<Duration> },
    /// It was not asked after all.
    Nothing,
}

/// Where a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircuitState {
    /// The provider is asked.
    Closed,
    /// It is left alone for a while.
    Open,
    /// One try is out.
    HalfOpen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Closed,
    Open {
        /// Until when it is left alone, or a try is out.
        until: DateTime<Utc>,
        /// How many tries were made in vain.
        tries: u32,
        out: Out,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Out {
    Nothing,
    /// A payment is being tried.
    Try,
    /// A payment is about to come that is to be the try.
    Promised,
}

/// A provider's circuit.
#[derive(Debug)]
pub(crate) struct Circuit {
    place: Place,
    since: Option<DateTime<Utc>>,
    /// Outages in a row.
    outages: u32,
    /// Whether the last try told nothing: what waits may be of a kind that never does.
    is_untold: bool,
    chance: Chance,
}

impl Circuit {
    pub(crate) const fn new(chance: Chance) -> Self {
        Self { place: Place::Closed, since: None, outages: 0, is_untold: false, chance }
    }

    /// Whether the provider may be asked now.
    pub(crate) fn admits(&self, now: DateTime<Utc>) -> bool {
        match self.place {
            Place::Closed => true,
            Place::Open { until, .. } => until <= now,
        }
    }

    /// From when on it may be asked by the passing of time alone; `None` when it may be already.
    pub(crate) const fn not_before(&self) -> Option<DateTime<Utc>> {
        match self.place {
            Place::Closed => None,
            Place::Open { until, .. } => Some(until),
        }
    }

    /// It is asked now.
    pub(crate) fn begun(&mut self, now: DateTime<Utc>) {
        self.send_out(now, Out::Try);
    }

    /// A payment is about to come that is to be the try, where one is needed.
    pub(crate) fn promise(&mut self, now: DateTime<Utc>) {
        self.send_out(now, Out::Promised);
    }

    /// A payment has come: if one was promised, this may be it.
    pub(crate) fn arrived(&mut self, now: DateTime<Utc>) {
        if let Place::Open { until, out: out @ Out::Promised, .. } = &mut self.place {
            (*until, *out) = (now, Out::Nothing);
        }
    }

    fn send_out(&mut self, now: DateTime<Utc>, what: Out) {
        if let Place::Open { until, out, .. } = &mut self.place {
            (*until, *out) = (now + OUT_MOST, what);
        }
    }

    /// Whether the last try told nothing, so that another payment has to find out.
    pub(crate) const fn is_untold(&self) -> bool {
        self.is_untold
    }

    /// What a try told.
    pub(crate) fn heard(&mut self, now: DateTime<Utc>, heard: Heard) {
        self.is_untold = heard == Heard::Nothing;
        let pause = match heard {
            Heard::Outage { pause } => pause,
            Heard::Answer => {
                if self.place != Place::Closed {
                    self.since = Some(now);
                }
                (self.place, self.outages) = (Place::Closed, 0);
                return;
            }
            Heard::Nothing => {
                // Another payment is to be the try.
                if let Place::Open { tries, out: Out::Try, .. } = self.place {
                    self.place = Place::Open { until: now, tries, out: Out::Nothing };
                }
                return;
            }
        };
        self.outages = self.outages.saturating_add(1);
        let asked = pause.map(|pause| pause.min(ASKED_MOST)).unwrap_or_default();
        let tries = match self.place {
            Place::Closed if self.outages < OUTAGES_MOST && pause.is_none() => return,
            Place::Closed => {
                self.since = Some(now);
                0
            }
            // An answer to something that was begun before it opened.
            Place::Open { out: Out::Nothing | Out::Promised, .. } => return,
            Place::Open { tries, out: Out::Try, .. } => tries.saturating_add(1),
        };
        let longest = PAUSE.saturating_mul(2_u32.saturating_pow(tries)).min(PAUSE_MOST);
        let pause = self.chance.between(longest / 2, longest).max(asked);
        self.place = Place::Open { until: now + pause, tries, out: Out::Nothing };
    }

    /// Where it stands.
    pub(crate) const fn state(&self) -> CircuitState {
        match self.place {
            Place::Closed => CircuitState::Closed,
            Place::Open { out: Out::Nothing, .. } => CircuitState::Open,
            Place::Open { out: Out::Try | Out::Promised, .. } => CircuitState::HalfOpen,
        }
    }

    /// When it opened, or closed again; `None` when it was never open.
    pub(crate) const fn since(&self) -> Option<DateTime<Utc>> {
        self.since
    }

    /// How many outages there were in a row.
    pub(crate) const fn outages(&self) -> u32 {
        self.outages
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use cauri_domain::testing::minute;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    const OUTAGE: Heard = Heard::Outage { pause: None };

    fn circuit() -> Circuit {
        Circuit::new(Chance::new(|| u64::MAX))
    }

    fn opened() -> Circuit {
        let mut circuit = circuit();
        for _ in 0..OUTAGES_MOST {
            assert!(circuit.admits(minute(0)));
            circuit.heard(minute(0), OUTAGE);
        }
        circuit
    }

    #[test]
    fn it_opens_after_several_outages_in_a_row_and_not_after_some() {
        let mut circuit = circuit();
        for _ in 0..20 {
            for _ in 1..OUTAGES_MOST {
                circuit.heard(minute(0), OUTAGE);
            }
            circuit.heard(minute(0), Heard::Answer);
        }
        assert_eq!((circuit.state(), circuit.since()), (CircuitState::Closed, None));
        let circuit = opened();
        assert_eq!((circuit.state(), circuit.outages()), (CircuitState::Open, OUTAGES_MOST));
        assert_eq!(circuit.since(), Some(minute(0)));
        assert!(!circuit.admits(minute(0)));
    }

    #[test]
    fn after_the_pause_one_try_is_made_and_its_answer_closes_it() {
        let mut circuit = opened();
        let due = circuit.not_before().unwrap();
        assert_eq!(due, minute(0) + TimeDelta::seconds(10));
        assert!(circuit.admits(due));
        circuit.begun(due);
        assert_eq!(circuit.state(), CircuitState::HalfOpen);
        assert!(!circuit.admits(due), "one try at a time");
        circuit.heard(due, Heard::Answer);
        assert_eq!((circuit.state(), circuit.since()), (CircuitState::Closed, Some(due)));
        assert!(circuit.admits(due));
    }

    #[test]
    fn a_try_that_did_not_ask_leaves_the_next_one_to_find_out() {
        let mut circuit = opened();
        let due = circuit.not_before().unwrap();
        circuit.begun(due);
        circuit.heard(due, Heard::Nothing);
        assert_eq!(circuit.state(), CircuitState::Open);
        assert!(circuit.admits(due), "another try may be made at once");
        let mut closed = Circuit::new(Chance::new(|| u64::MAX));
        closed.heard(due, Heard::Nothing);
        assert_eq!((closed.state(), closed.since()), (CircuitState::Closed, None));
    }

    #[test]
    fn a_try_in_vain_makes_the_pause_longer_up_to_two_minutes() {
        let mut circuit = opened();
        let mut pauses = Vec::new();
        for _ in 0..6 {
            let due = circuit.not_before().unwrap();
            circuit.begun(due);
            circuit.heard(due, OUTAGE);
            pauses.push((circuit.not_before().unwrap() - due).num_seconds());
        }
        assert_eq!(pauses, [20, 40, 80, 120, 120, 120]);
        assert_eq!(circuit.since(), Some(minute(0)), "it is the same outage");
    }

    #[test]
    fn what_was_under_way_when_it_opened_makes_no_pause_longer() {
        let mut circuit = opened();
        let before = circuit.not_before();
        circuit.heard(minute(0), OUTAGE);
        assert_eq!((circuit.not_before(), circuit.state()), (before, CircuitState::Open));
        circuit.heard(minute(0), Heard::Answer);
        assert_eq!(circuit.state(), CircuitState::Closed, "it is there, after all");
    }

    #[test]
    fn a_try_that_never_comes_back_does_not_keep_it_half_open() {
        let mut circuit = opened();
        let due = circuit.not_before().unwrap();
        circuit.begun(due);
        assert!(circuit.admits(due + OUT_MOST));
    }

    #[test]
    fn a_provider_that_asks_for_a_pause_is_left_alone_at_once_and_for_no_more_than_a_while() {
        for (asked, seconds) in [(30, 30), (1, 10), (86_400, 900)] {
            let mut circuit = circuit();
            let pause = Some(Duration::from_secs(asked));
            circuit.heard(minute(0), Heard::Outage { pause });
            assert_eq!(circuit.not_before(), Some(minute(0) + TimeDelta::seconds(seconds)));
        }
    }

    #[test]
    fn a_promised_payment_is_the_try_when_it_has_come() {
        let mut circuit = opened();
        let due = circuit.not_before().unwrap();
        circuit.promise(due);
        assert!(!circuit.admits(due));
        circuit.arrived(due);
        assert!(circuit.admits(due));
        // Nothing was promised: nothing becomes possible by what comes.
        let mut circuit = opened();
        circuit.arrived(minute(0));
        assert!(!circuit.admits(minute(0)));
    }

    proptest! {
        #[test]
        fn a_pause_is_within_its_bounds(drawn: u64, tries in 0_u32..12) {
            let mut circuit = Circuit::new(Chance::new(move || drawn));
            for _ in 0..OUTAGES_MOST {
                circuit.heard(minute(0), OUTAGE);
            }
            let mut now = minute(0);
            for _ in 0..tries {
                now = circuit.not_before().unwrap();
                circuit.begun(now);
                circuit.heard(now, OUTAGE);
            }
            let pause = (circuit.not_before().unwrap() - now).to_std().unwrap();
            let longest = PAUSE.saturating_mul(2_u32.pow(tries)).min(PAUSE_MOST);
            prop_assert!((longest / 2..=longest).contains(&pause), "{pause:?}");
        }

        /// Whatever is heard, and whenever: it never stays shut for longer than the longest pause.
        #[test]
        fn it_is_never_shut_for_good(
            heard in proptest::collection::vec((0_u32..4, 0_i64..300), 1..60),
            drawn: u64,
        ) {
            let mut circuit = Circuit::new(Chance::new(move || drawn));
            let mut now = minute(0);
            for (what, seconds) in heard {
                now += TimeDelta::seconds(seconds);
                match what {
                    0 => circuit.heard(now, Heard::Answer),
                    1 => circuit.heard(now, OUTAGE),
                    2 => if circuit.admits(now) { circuit.begun(now) },
                    _ => if circuit.admits(now) { circuit.promise(now) },
                }
                let closed = circuit.state() == CircuitState::Closed;
                prop_assert!(!closed || circuit.admits(now));
                prop_assert!(circuit.admits(now + PAUSE_MOST));
            }
        }
    }
}
