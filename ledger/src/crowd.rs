//! How many wait for an answer right now. While they are many, other work gives way to them.
//!
//! Only for a while: a crowd that stays is no rush that passes, and what never gets its turn, such as a
//! snapshot, is wanted too in the end. So a quarter of the time at most is given away.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// So many at once are a crowd: of those that come in a steady stream fewer wait, some milliseconds each.
const MANY: usize = 128;

/// How long a crowd is given way to.
const LONGEST: Duration = Duration::from_millis(250);

/// How long after its beginning the next one may begin.
const BETWEEN: Duration = Duration::from_secs(1);

/// How long is waited before it is looked again.
const MOMENT: Duration = Duration::from_millis(5);

static CROWD: Crowd = Crowd { waiting: AtomicUsize::new(0), since: Mutex::new(None) };

#[derive(Debug)]
struct Crowd {
    waiting: AtomicUsize,
    /// When the last one began.
    since: Mutex<Option<Instant>>,
}

/// Somebody who waits, until it is dropped.
#[derive(Debug)]
#[must_use = "whoever waits counts until this is dropped"]
pub struct Waiting(());

impl Waiting {
    /// One more waits.
    pub fn begin() -> Self {
        CROWD.waiting.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        CROWD.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets a crowd pass, for a quarter of a second at most.
pub async fn give_way() {
    while CROWD.is_there(Instant::now()) {
        tokio::time::sleep(MOMENT).await;
    }
}

/// Lets a crowd pass, on a thread of its own.
pub(crate) fn give_way_here() {
    while CROWD.is_there(Instant::now()) {
        thread::sleep(MOMENT);
    }
}

impl Crowd {
    /// Whether it is to be given way to.
    fn is_there(&self, now: Instant) -> bool {
        if self.waiting.load(Ordering::Relaxed) < MANY {
            return false;
        }
        // An instant is whole, whoever panicked with it.
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let lasts = since.map(|since| now.saturating_duration_since(since));
        if lasts.is_none_or(|lasts| lasts >= BETWEEN) {
            *since = Some(now);
            return true;
        }
        lasts < Some(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_given_way_to_for_a_quarter_of_the_time() {
        let crowd = Crowd { waiting: AtomicUsize::new(MANY - 1), since: Mutex::new(None) };
        let begin = Instant::now();
        let is_there = |millis| crowd.is_there(begin + Duration::from_millis(millis));
        assert!(!is_there(0), "one less is none");
        crowd.waiting.store(MANY, Ordering::Relaxed);
        let given = (0..8_000).filter(|millis| is_there(*millis)).count();
        assert_eq!(given, 2_000, "of eight seconds");
        crowd.waiting.store(0, Ordering::Relaxed);
        assert!(!is_there(8_000), "gone");
    }

    #[tokio::test]
    async fn whoever_waits_counts_until_the_answer() {
        let mut all: Vec<_> = (0..MANY).map(|_| Waiting::begin()).collect();
        assert!(CROWD.is_there(Instant::now()));
        give_way().await;
        give_way_here();
        all.pop();
        assert_eq!(CROWD.waiting.load(Ordering::Relaxed), MANY - 1);
    }
}
