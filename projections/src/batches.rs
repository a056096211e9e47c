//! A log as batches of whole units.
//!
//! The events of one command stand or fall together, so a batch never ends inside of them: no
//! answer covers half a command.

use futures::{FutureExt as _, StreamExt as _};

use cauri_ledger::Recorded;
use cauri_ledger::log::{Events, LogError};

/// The most events of one batch, if no unit is longer.
pub(crate) const BATCH_MAX: usize = 2_000;

/// Reads a log in batches: what is there at once, up to the most.
pub(crate) struct Batches {
    events: Events,
    waiting: Vec<Recorded>,
    end: Option<End>,
}

/// Why no more comes.
#[derive(Debug)]
pub(crate) enum End {
    Closed,
    Failed(LogError),
}

impl Batches {
    pub(crate) fn new(events: Events) -> Self {
        Self { events, waiting: Vec::new(), end: None }
    }

    /// The next batch; what was read before an end comes before that end.
    pub(crate) async fn next(&mut self) -> Result<Vec<Recorded>, End> {
        loop {
            while self.end.is_none() && self.waiting.len() < BATCH_MAX {
                let Some(more) = self.events.next().now_or_never() else { break };
                self.take(more);
            }
            if let Some(cut) = cut(&self.waiting) {
                let rest = self.waiting.split_off(cut);
                return Ok(std::mem::replace(&mut self.waiting, rest));
            }
            if let Some(end) = self.end.take() {
                return Err(end);
            }
            let more = self.events.next().await;
            self.take(more);
        }
    }

    fn take(&mut self, more: Option<Result<Vec<Recorded>, LogError>>) {
        match more {
            Some(Ok(events)) => self.waiting.extend(events),
            Some(Err(error)) => self.end = Some(End::Failed(error)),
            None => self.end = Some(End::Closed),
        }
    }
}

/// How many of these events make a batch: the last whole unit within the most, or one longer unit.
fn cut(events: &[Recorded]) -> Option<usize> {
    let ends_unit = |count: &usize| {
        let last = &events[count - 1];
        last.revision == last.unit.last()
    };
    let within = BATCH_MAX.min(events.len());
    (1..=within).rev().find(ends_unit).or_else(|| (within + 1..=events.len()).find(ends_unit))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use cauri_domain::wallet::Unfrozen;
    use cauri_domain::{
        Actor, CommandId, CorrelationId, Labels, LedgerId, Revision, Role, WalletId,
    };
    use cauri_ledger::{Cause, Hash, Unit};
    use chrono::DateTime;
    use futures::stream;
    use proptest::prelude::*;
    use uuid::Uuid;

    /// A log of units that are so long.
    fn log(units: &[u32]) -> Vec<Recorded> {
        let mut events = Vec::new();
        for &count in units {
            let unit = Unit { first: Revision(events.len() as u64), count };
            events.extend((0..count).map(|number| recorded(unit, number)));
        }
        events
    }

    fn recorded(unit: Unit, number: u32) -> Recorded {
        Recorded {
            ledger: LedgerId::main(),
            revision: Revision(unit.first.0 + u64::from(number)),
            unit,
            recorded_at: DateTime::UNIX_EPOCH,
            cause: Cause {
                command: CommandId(Uuid::nil()),
                digest: Hash::ZERO,
                correlation: CorrelationId(Uuid::nil()),
                causation: None,
                key: None,
                actor: Actor { subject: "back-end".parse().unwrap(), role: Role::Service },
                labels: Labels::default(),
            },
            event: Unfrozen { wallet: WalletId(Uuid::nil()) }.into(),
            hash: Hash::ZERO,
        }
    }

    fn read(events: &[Recorded], chunk: usize, failed: bool) -> (Vec<Vec<Recorded>>, End) {
        let mut chunks: Vec<_> = events.chunks(chunk).map(|chunk| Ok(chunk.to_vec())).collect();
        if failed {
            let (ledger, at) = (LedgerId::main(), Revision(events.len() as u64));
            chunks.push(Err(LogError::Broken { ledger, at, what: "a test" }));
        }
        let mut batches = Batches::new(stream::iter(chunks).boxed());
        futures::executor::block_on(async {
            let mut read = Vec::new();
            loop {
                match batches.next().await {
                    Ok(batch) => read.push(batch),
                    Err(end) => return (read, end),
                }
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn batches_are_the_log_cut_between_units(
            units in prop::collection::vec(prop_oneof![9 => 1..5_u32, 1 => 900..2_500_u32], 1..12),
            chunk in 1..3_000_usize,
            failed: bool,
        ) {
            let log = log(&units);
            let (batches, end) = read(&log, chunk, failed);
            prop_assert_eq!(matches!(end, End::Failed(_)), failed);
            for batch in &batches {
                let last = batch.last().unwrap();
                prop_assert_eq!(last.revision, last.unit.last());
                let one_unit = batch[0].unit == last.unit;
                prop_assert!(batch.len() <= BATCH_MAX || one_unit);
            }
            prop_assert_eq!(batches.concat(), log);
        }
    }

    #[test]
    fn half_a_unit_before_an_end_is_left_out() {
        let (batches, _) = read(&log(&[1, 3])[..3], 1, true);
        assert_eq!(batches.concat(), log(&[1]));
    }
}
