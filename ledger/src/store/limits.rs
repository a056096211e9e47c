//! How much a store takes at once: said before, so that nobody finds out by a refused append.

use crate::store::RawEvent;

/// The most that one append may hold. Only bodies are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of one event's body.
    pub event_bytes: usize,
    /// The bytes of all bodies of a batch.
    pub batch_bytes: usize,
    /// The events of a batch.
    pub batch_events: usize,
}

impl Limits {
    /// Those of a store whose medium has no limit that counts: they bound the memory that one
    /// append takes.
    pub const ROOMY: Self =
        Self { event_bytes: 4 << 20, batch_bytes: 32 << 20, batch_events: 65_536 };

    /// Whether a batch may be appended.
    ///
    /// # Errors
    /// [`TooLarge`]: the first limit that it does not keep.
    pub fn check(&self, batch: &[RawEvent]) -> Result<(), TooLarge> {
        self.check_sizes(batch.iter().map(|event| event.body.len()))
    }

    /// The same, of bodies with these lengths.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn check_sizes(&self, bodies: impl Iterator<Item = usize>) -> Result<(), TooLarge> {
        let (mut events, mut total) = (0_usize, 0_usize);
        for bytes in bodies {
            if bytes > self.event_bytes {
                return Err(TooLarge::Event { bytes, limit: self.event_bytes });
            }
            events += 1;
            total = total.saturating_add(bytes);
        }
        if total > self.batch_bytes {
            return Err(TooLarge::Bytes { bytes: total, limit: self.batch_bytes });
        }
        if events > self.batch_events {
            return Err(TooLarge::Events { events, limit: self.batch_events });
        }
        Ok(())
    }
}

/// More than a store takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// One event.
    #[error("an event of {bytes} bytes, of which the store takes at most {limit}")]
    Event {
        /// How large it is.
        bytes: usize,
        /// How large it may be.
        limit: usize,
    },
    /// The bodies of a batch together.
    #[error("a batch of {bytes} bytes, of which the store takes at most {limit} at once")]
    Bytes {
        /// How large they are.
        bytes: usize,
        /// How large they may be.
        limit: usize,
    },
    /// The number of events in a batch.
    #[error("a batch of {events} events, of which the store takes at most {limit} at once")]
    Events {
        /// How many there are.
        events: usize,
        /// How many there may be.
        limit: usize,
    },
}
