//! So many in full for each, in so much time; the rest is counted.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// How many are kept apart. Whoever comes when there are so many is counted with all others.
const KEYS: usize = 4_096;

/// Counts what goes beyond what is allowed.
#[derive(Debug)]
pub(super) struct Allowance<K> {
    full: u32,
    window: Duration,
    known: HashMap<K, Window>,
    others: Window,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    since: Option<Instant>,
    full: u32,
    over: u64,
}

const NONE: Window = Window { since: None, full: 0, over: 0 };

/// Of whom something was counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Over<K> {
    Of(K),
    Others,
}

impl<K: Hash + Eq> Allowance<K> {
    /// `full` for each key within `window`.
    pub(super) fn new(full: u32, window: Duration) -> Self {
        Self { full, window, known: HashMap::new(), others: NONE }
    }

    /// Whether this one is kept in full; else it is counted.
    pub(super) fn take(&mut self, key: K, now: Instant) -> bool {
        let is_full = self.known.len() >= KEYS && !self.known.contains_key(&key);
        let window = if is_full { &mut self.others } else { self.known.entry(key).or_insert(NONE) };
        window.since.get_or_insert(now);
        if window.full < self.full && !is_full {
            window.full += 1;
            return true;
        }
        window.over += 1;
        false
    }

    /// What was counted in windows that are over by then, or in all when no time is given. They begin
    /// anew.
    pub(super) fn due(&mut self, by: Option<Instant>) -> Vec<(Over<K>, u64)> {
        let length = self.window;
        let is_over = |window: &Window| match (window.since, by) {
            (Some(since), Some(by)) => by.saturating_duration_since(since) >= length,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let ended = self.known.extract_if(|_, window| is_over(window));
        let mut due: Vec<_> = ended.map(|(key, window)| (Over::Of(key), window.over)).collect();
        if is_over(&self.others) {
            due.push((Over::Others, std::mem::replace(&mut self.others, NONE).over));
        }
        due.retain(|(_, count)| *count > 0);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_a_few_and_a_count() {
        let minute = Duration::from_secs(60);
        let mut allowance = Allowance::new(3, minute);
        let start = Instant::now();
        let full = (0..10_000).filter(|_| allowance.take("stranger", start)).count();
        assert_eq!(full, 3);
        assert!(allowance.take("somebody", start), "another is not held to account for it");
        assert_eq!(allowance.due(Some(start + minute / 2)), []);
        let due = allowance.due(Some(start + minute));
        assert_eq!(due, [(Over::Of("stranger"), 9_997)], "who was told in full needs no count");
        assert!(allowance.take("stranger", start + minute), "it begins anew");
        assert_eq!(allowance.due(None), []);
    }

    #[test]
    fn a_flood_of_names_does_not_fill_the_memory() {
        let mut allowance = Allowance::new(1, Duration::from_secs(60));
        let now = Instant::now();
        let full = (0..100_000).filter(|name| allowance.take(*name, now)).count();
        assert_eq!(full, KEYS);
        assert_eq!(allowance.due(None), [(Over::Others, 100_000 - KEYS as u64)]);
        assert!(allowance.known.is_empty());
    }
}
