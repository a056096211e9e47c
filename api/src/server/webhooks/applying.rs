//! How many deliveries are being applied right now.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many at once are many: those that come then are answered as soon as they are kept. Beyond the last
/// of these they wait again, so that whoever sends faster than is applied becomes slower.
const MANY: Range<usize> = 32..4_096;

/// A count of them.
#[derive(Debug, Default)]
pub struct Applying(Arc<AtomicUsize>);

/// One of them, until it is dropped.
pub(super) struct One {
    all: Arc<AtomicUsize>,
    /// Whether it came to many.
    pub(super) is_of_many: bool,
}

impl Applying {
    pub(super) fn begin(&self) -> One {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        One { all: Arc::clone(&self.0), is_of_many: MANY.contains(&before) }
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_those_beyond_many_wait() {
        let applying = Applying::default();
        let mut all: Vec<One> = (0..MANY.end + 1).map(|_| applying.begin()).collect();
        let is_of_many = |at: usize, all: &[One]| all[at].is_of_many;
        assert!(!is_of_many(0, &all) && !is_of_many(MANY.start - 1, &all));
        assert!(is_of_many(MANY.start, &all) && is_of_many(MANY.end - 1, &all));
        assert!(!is_of_many(MANY.end, &all));
        all.truncate(3);
        assert!(!applying.begin().is_of_many, "those that are done do not count");
    }
}
