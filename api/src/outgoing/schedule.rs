//! When what was not taken is sent again: the schedule that Standard Webhooks proposes, in the
//! world's time.

use std::time::Duration;

use chrono::TimeDelta;

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;

/// How long it waits before each try, in seconds from the end of the one before: ten tries in three
/// days and three and a half hours.
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
pub const DELAYS_S: [u32; 10] =
    [0, 5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// How many of them an event has whose predecessor was given up: an endpoint that took nothing for
/// three days is not asked for three days more before it is known to be down.
pub const TRIES_AFTER_ONE_GIVEN_UP: u32 = 4;

/// So many events in a row that were given up, and the endpoint is disabled: it is down. Fewer, and
/// it was the events.
pub const GIVEN_UP_IN_A_ROW: u32 = 3;

/// The longest wait that a receiver may ask for.
pub const LONGEST_WAIT_S: u32 = 24 * HOUR;
/// The shortest wait after an answer that says to slow down and not for how long.
pub const SLOW_DOWN_S: u32 = MINUTE;

/// How long an endpoint that was found failing waits for each probe, in seconds: then the last of
/// them again and again.
pub const PROBES_S: [u32; 5] = [15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR];

/// How long the secret before a rotation signs too.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// How long one try may take, connection and answer included.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// So that not all that failed together is sent together again, each wait is longer by up to a tenth:
/// `jitter` says how much of it, of 65,535.
fn with_jitter(seconds: u32, jitter: u16) -> TimeDelta {
    let most_ms = u64::from(seconds) * 100;
    let more_ms = most_ms * u64::from(jitter) / u64::from(u16::MAX);
    let whole_ms = u64::from(seconds) * 1_000 + more_ms;
    TimeDelta::milliseconds(i64::try_from(whole_ms).expect("a few days"))
}

/// What a receiver's answer says about the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Advice {
    /// It has too much to do: 429, 502, 503, 504.
    pub slow_down: bool,
    /// How long it wants to be left alone, in seconds (`Retry-After`).
    pub retry_after_s: Option<u32>,
}

/// How long to wait after so many tries; `None` when that was the last. `given_up` is how many events
/// in a row were given up before this one.
#[must_use]
pub fn wait(tries: u32, given_up: u32, advice: Advice, jitter: u16) -> Option<TimeDelta> {
    let all = u32::try_from(DELAYS_S.len()).expect("ten");
    let most = if given_up == 0 { all } else { TRIES_AFTER_ONE_GIVEN_UP };
    if tries >= most {
        return None;
    }
    let usual = DELAYS_S[usize::try_from(tries).expect("ten")];
    let least = if advice.slow_down { SLOW_DOWN_S } else { 0 };
    let asked = advice.retry_after_s.unwrap_or(0).min(LONGEST_WAIT_S);
    Some(with_jitter(usual.max(least).max(asked), jitter))
}

/// How long a failing endpoint waits for its next probe, after so many.
#[must_use]
pub fn wait_for_probe(probes: u32, jitter: u16) -> TimeDelta {
    let at = usize::try_from(probes).unwrap_or(usize::MAX).min(PROBES_S.len() - 1);
    with_jitter(PROBES_S[at], jitter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_event_is_tried_ten_times_in_three_days_and_three_hours() {
        let waits: Vec<_> = (1..)
            .map_while(|tries| wait(tries, 0, Advice::default(), 0))
            .map(|it| it.num_seconds())
            .collect();
        let minutes = [5, 30, 120, 300, 600, 840, 1_200, 1_440].map(|it| it * 60);
        assert_eq!(waits[0], 5);
        assert_eq!(waits[1..], minutes);
        assert_eq!(waits.iter().sum::<i64>(), 75 * 3_600 + 35 * 60 + 5);
    }

    #[test]
    fn after_one_given_up_there_are_four_tries() {
        let waits = (1..).map_while(|tries| wait(tries, 1, Advice::default(), 0)).count();
        assert_eq!(waits, 3);
    }

    #[test]
    fn who_wants_to_be_left_alone_is_so_but_not_for_ever() {
        let asked = |slow_down, retry_after_s, tries| {
            let advice = Advice { slow_down, retry_after_s };
            wait(tries, 0, advice, 0).map(|it| it.num_seconds())
        };
        assert_eq!(asked(false, None, 1), Some(5));
        assert_eq!(asked(true, None, 1), Some(60));
        assert_eq!(asked(true, Some(7), 1), Some(60));
        assert_eq!(asked(false, Some(90), 1), Some(90));
        // The schedule is the least, a day the most.
        assert_eq!(asked(true, Some(90), 3), Some(1_800));
        assert_eq!(asked(true, Some(u32::MAX), 1), Some(86_400));
        // It is no way to be asked for ever.
        assert_eq!(asked(true, Some(1), 10), None);
    }

    #[test]
    fn probes_go_on_for_ever_each_day() {
        let hours = |probes| wait_for_probe(probes, 0).num_minutes();
        assert_eq!(
            [0, 1, 2, 3, 4, 5, u32::MAX].map(hours),
            [15, 60, 240, 720, 1_440, 1_440, 1_440]
        );
    }

    proptest! {
        #[test]
        fn jitter_is_never_early_and_at_most_a_tenth_late(tries in 1..10_u32, jitter in any::<u16>()) {
            let plain = wait(tries, 0, Advice::default(), 0).expect("a wait");
            let later = wait(tries, 0, Advice::default(), jitter).expect("a wait");
            prop_assert!(later >= plain);
            prop_assert!(later.num_milliseconds() * 10 <= plain.num_milliseconds() * 11);
        }
    }
}
