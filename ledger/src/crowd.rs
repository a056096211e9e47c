//! How many wait for an answer right now. While they are many, what nobody waits for gives way to them.
//!
//! Who gives way does so for a while at most, so that a crowd that stays holds nothing up for ever.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// So many at once are a crowd: of those that come in a steady stream fewer wait, some milliseconds each.
const CROWD: usize = 128;

/// How long it is given way to at most.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long it is waited before it is looked again.
const BETWEEN: Duration = Duration::from_millis(5);

static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Somebody who waits, until it is dropped.
#[derive(Debug)]
#[must_use = "whoever waits counts until this is dropped"]
pub struct Waiting(());

impl Waiting {
    /// One more waits.
    pub fn begin() -> Self {
        WAITING.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets a crowd pass.
pub async fn give_way() {
    let began = Instant::now();
    while is_there() && began.elapsed() < PATIENCE {
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Lets a crowd pass, on a thread of its own.
pub(crate) fn give_way_here() {
    let began = Instant::now();
    while is_there() && began.elapsed() < PATIENCE {
        thread::sleep(BETWEEN);
    }
}

fn is_there() -> bool {
    WAITING.load(Ordering::Relaxed) >= CROWD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_crowd_is_given_way_to_for_a_while() {
        let mut all: Vec<_> = (1..CROWD).map(|_| Waiting::begin()).collect();
        assert!(!is_there(), "one less is none");
        all.push(Waiting::begin());
        let began = Instant::now();
        give_way().await;
        give_way_here();
        assert!(began.elapsed() >= PATIENCE * 2, "twice, and then it went on");
        let gone = tokio::spawn(async move {
            tokio::time::sleep(BETWEEN).await;
            drop(all);
        });
        give_way().await;
        assert!(!is_there());
        gone.await.unwrap();
    }
}
