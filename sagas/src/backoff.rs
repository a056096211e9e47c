//! How long to wait before the next try: twice as long each time, and by chance.

use std::sync::Arc;
use std::time::Duration;

/// The shortest wait: chance alone would sometimes try again at once.
const LEAST: Duration = Duration::from_millis(200);
/// The longest wait before the second try.
const FIRST: Duration = Duration::from_secs(2);
/// The longest wait of all.
const MOST: Duration = Duration::from_secs(300);

/// Where chance comes from. It decides when something is tried, and never what.
#[derive(Clone)]
pub struct Chance(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Chance {
    /// Chance as `draw` has it: numbers spread evenly over all of `u64`.
    pub fn new(draw: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(draw))
    }

    /// A time between the two, both included.
    pub(crate) fn between(&self, least: Duration, most: Duration) -> Duration {
        let span = most.saturating_sub(least).as_millis();
        let drawn = u128::from((self.0)()).saturating_mul(span + 1) >> 64;
        let drawn = u64::try_from(drawn.min(span)).unwrap_or(u64::MAX);
        least.saturating_add(Duration::from_millis(drawn))
    }

    /// How long to wait after so many tries in vain: full jitter, as it is called. What failed
    /// together does not come back together.
    pub(crate) fn wait(&self, attempts: u32) -> Duration {
        self.between(LEAST, longest(attempts))
    }
}

/// Twice as long with each try, up to five minutes.
fn longest(attempts: u32) -> Duration {
    let factor = 2_u32.checked_pow(attempts).unwrap_or(u32::MAX);
    FIRST.checked_mul(factor).map_or(MOST, |longest| longest.min(MOST))
}

impl Default for Chance {
    fn default() -> Self {
        Self::new(rand::random::<u64>)
    }
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_longest_wait_doubles_up_to_five_minutes() {
        let seconds: Vec<u64> = (0..10).map(|attempts| longest(attempts).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(longest(u32::MAX), MOST);
    }

    #[test]
    fn chance_reaches_both_ends_and_nothing_beyond() {
        let [least, most] = [5, 9].map(Duration::from_millis);
        assert_eq!(Chance::new(|| 0).between(least, most), least);
        assert_eq!(Chance::new(|| u64::MAX).between(least, most), most);
        assert_eq!(Chance::new(|| u64::MAX).between(most, least), most);
    }

    proptest! {
        #[test]
        fn a_wait_is_within_its_bounds(drawn: u64, attempts in 0_u32..100) {
            let waited = Chance::new(move || drawn).wait(attempts);
            prop_assert!((LEAST..=longest(attempts)).contains(&waited), "{waited:?}");
        }

        #[test]
        fn what_failed_together_does_not_come_back_together(attempts in 4_u32..20, seed: u64) {
            use std::sync::atomic::{AtomicU64, Ordering};
            // Numbers spread evenly: multiples of the golden ratio.
            let drawn = AtomicU64::new(seed);
            let chance = Chance::new(move || {
                drawn.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
            });
            let waits: std::collections::BTreeSet<_> =
                (0..100).map(|_| chance.wait(attempts)).collect();
            prop_assert!(waits.len() > 90, "{}", waits.len());
            let (first, last) = (waits.first().unwrap(), waits.last().unwrap());
            prop_assert!(*last - *first > longest(attempts) / 2);
        }
    }
}
