//! When what waits is tried again: each time after twice as long, at most an hour, for a day.

use std::time::Duration;

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(3_600);
/// How often it is tried: twelve times with growing pauses, and then once an hour for a day.
pub(super) const MOST_TRIES: u32 = 36;

/// The pause after `tried` tries, without jitter; `None` when it has been tried enough.
pub(super) fn pause(tried: u32) -> Option<Duration> {
    if tried >= MOST_TRIES {
        return None;
    }
    let doubled = 1_u64.checked_shl(tried.saturating_sub(1)).unwrap_or(u64::MAX);
    Some(Duration::from_secs(doubled).min(LONGEST))
}

/// The same with jitter: up to a quarter longer, so that what failed together is not tried together.
pub(super) fn pause_with_jitter(tried: u32) -> Option<Duration> {
    let pause = pause(tried)?;
    let more: u32 = rand::random::<u32>() % 250;
    Some(pause + pause * more / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_for_a_day() {
        let pauses: Vec<_> = (1..=MOST_TRIES).map_while(pause).collect();
        assert_eq!(pauses[..4].iter().map(Duration::as_secs).collect::<Vec<_>>(), [1, 2, 4, 8]);
        assert!(pauses.is_sorted() && pauses.last() == Some(&LONGEST));
        let all: Duration = pauses.iter().sum();
        assert!((23..=25).contains(&(all.as_secs() / 3_600)), "{} s", all.as_secs());
        assert_eq!(pause(MOST_TRIES), None);
        for tried in 1..MOST_TRIES {
            let (least, some) = (pause(tried).unwrap(), pause_with_jitter(tried).unwrap());
            assert!(some >= least && some <= least + least / 4);
        }
    }
}
