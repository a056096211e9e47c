//! A ledger copied from one store to another, byte for byte.
//!
//! 1. Where both end is compared: the target must be empty, or hold the beginning of the source's
//!    history, as the hash of its last event says. So a copy that was cut off goes on where it ended.
//! 2. Events are read, their chain is checked, and they are appended in batches of whole units under
//!    the revision that the target is known to end at: nobody else can write to it unnoticed.
//! 3. All of the target is read back and its chain worked out anew from its bytes. It must end in the
//!    source's hash.
//!
//! A store that keeps what it acknowledged and gives back what it keeps can be left for another one
//! when this has ended, if nothing was written to the source since.

mod error;
mod source;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use futures::stream::BoxStream;

use cauri_domain::{LedgerId, Revision};

use crate::chain::Hash;
use crate::log::{Checker, event_at};
use crate::store::{AppendError, EventStore, Head, RawEvent};

pub use error::CopyError;
use source::Source;

/// How often an append is tried of which the target does not say whether it was done.
const TRIES: u32 = 5;

/// How long is waited before the target is asked again: so long after the first time, then longer.
const PAUSE: Duration = Duration::from_millis(20);

/// Up to where is copied. What is left out begins with a unit: it is never cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// All that is durable when the copy begins to read.
    End,
    /// The last unit that ends at this revision or before.
    Revision(Revision),
    /// The last unit that was recorded at this instant or before.
    Instant(DateTime<Utc>),
}

/// How a copy is made.
#[derive(Debug, Clone, Copy)]
pub struct CopyOptions {
    /// Up to where.
    pub until: Until,
    /// How many events make a batch, at least; a unit is never cut.
    pub batch_events: usize,
    /// How many bytes of events make a batch, at least.
    pub batch_bytes: usize,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self { until: Until::End, batch_events: 8_192, batch_bytes: 4 << 20 }
    }
}

/// How far a copy is: so many events of a ledger are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Are in the target.
    Copied(u64),
    /// Were read back from the target.
    Verified(u64),
}

/// What a copy came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Where the target ended before.
    pub from: Head,
    /// Where it ends now.
    pub head: Head,
    /// The hash of its last event, worked out from its bytes; [`Hash::ZERO`] for none.
    pub hash: Hash,
}

/// Copies a ledger and reads it back. `progress` hears of every batch.
///
/// # Errors
/// [`CopyError`]. What was copied until then is whole, and the next copy goes on after it.
pub async fn copy(
    from: Arc<dyn EventStore>,
    to: &dyn EventStore,
    ledger: &LedgerId,
    options: CopyOptions,
    mut progress: impl FnMut(Progress),
) -> Result<Copied, CopyError> {
    let began = to.head(ledger).await.map_err(CopyError::Target)?;
    let begin = begin(&*from, to, ledger, began, options.until).await?;
    let (mut head, mut hash) = (began, begin);
    let limits = to.limits();
    let options = CopyOptions {
        batch_events: options.batch_events.min(limits.batch_events),
        batch_bytes: options.batch_bytes.min(limits.batch_bytes),
        ..options
    };
    let mut batches = units(from, ledger.clone(), head, hash, options);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let Some(last) = batch.last() else { continue };
        put(to, ledger, head, &batch).await?;
        (head, hash) = (Head::At(last.revision), last.hash);
        progress(Progress::Copied(head.next().0));
    }
    let read_back = check(to, ledger, |count| progress(Progress::Verified(count))).await?;
    if read_back != (head, hash) {
        return Err(CopyError::NotEqual { ledger: ledger.clone(), at: head.min(read_back.0) });
    }
    Ok(Copied { from: began, head, hash })
}

/// What is durable of a ledger after `after`, whose hash is `hash`, in batches of whole units, up to
/// where the options say. Every event was checked to follow the one before. Ends at the first error.
#[must_use]
pub fn units(
    from: Arc<dyn EventStore>,
    ledger: LedgerId,
    after: Head,
    hash: Hash,
    options: CopyOptions,
) -> BoxStream<'static, Result<Vec<RawEvent>, CopyError>> {
    Source::read(from, ledger, after, hash, options)
}

/// The hash that a copy goes on from: that of the target's last event, `began`, if the source has it
/// too.
///
/// # Errors
/// When the target holds another history, or more than is to be copied.
pub async fn begin(
    from: &dyn EventStore,
    to: &dyn EventStore,
    ledger: &LedgerId,
    began: Head,
    until: Until,
) -> Result<Hash, CopyError> {
    let Head::At(last) = began else { return Ok(Hash::ZERO) };
    let source = from.head(ledger).await.map_err(CopyError::Source)?;
    let Head::At(common) = source.min(began) else {
        return Err(CopyError::Ahead {
            ledger: ledger.clone(),
            target: began,
            source_head: source,
        });
    };
    let there = event_at(to, ledger, common).await.map_err(CopyError::Target)?;
    let here = event_at(from, ledger, common).await.map_err(CopyError::Source)?;
    let hash = |event: &Option<RawEvent>| event.as_ref().map(|event| event.hash);
    if hash(&here) != hash(&there) {
        let at = first_difference(from, to, ledger, common).await?;
        return Err(CopyError::OtherHistory { ledger: ledger.clone(), at });
    }
    let is_before_end = match &here {
        Some(here) => common == last && source::is_wanted(here, until)?,
        None => false,
    };
    match hash(&here) {
        Some(hash) if is_before_end => Ok(hash),
        Some(_) | None => {
            Err(CopyError::Ahead { ledger: ledger.clone(), target: began, source_head: source })
        }
    }
}

/// The first revision that two stores do not have alike, which is `last` or before. Equal hashes mean
/// that all before is equal too.
async fn first_difference(
    from: &dyn EventStore,
    to: &dyn EventStore,
    ledger: &LedgerId,
    last: Revision,
) -> Result<Revision, CopyError> {
    let (mut low, mut high) = (0, last.0);
    while low < high {
        let middle = Revision(low + (high - low) / 2);
        let here = event_at(from, ledger, middle).await.map_err(CopyError::Source)?;
        let there = event_at(to, ledger, middle).await.map_err(CopyError::Target)?;
        if here.map(|event| event.hash) == there.map(|event| event.hash) {
            low = middle.0 + 1;
        } else {
            high = middle.0;
        }
    }
    Ok(Revision(low))
}

/// Appends a batch, and finds out whether it is there where the target does not say.
async fn put(
    to: &dyn EventStore,
    ledger: &LedgerId,
    expected: Head,
    batch: &[RawEvent],
) -> Result<(), CopyError> {
    let mut tried = 1;
    loop {
        let failed = match to.append(ledger, expected, batch).await {
            Ok(()) => return Ok(()),
            Err(last @ (AppendError::Fatal { .. } | AppendError::TooLarge(_))) => {
                return Err(CopyError::Append(last));
            }
            Err(failed) => failed,
        };
        // Written, and not told; or by a copy before this one, which was cut off.
        if is_there(to, ledger, batch).await? {
            return Ok(());
        }
        match failed {
            AppendError::Conflict { actual, .. } => {
                return Err(CopyError::Overtaken { ledger: ledger.clone(), expected, actual });
            }
            unknown if tried == TRIES => return Err(CopyError::Append(unknown)),
            AppendError::Unknown(_) | AppendError::Fatal { .. } | AppendError::TooLarge(_) => {}
        }
        tokio::time::sleep(PAUSE * tried).await;
        tried += 1;
    }
}

/// Whether the target holds a batch, as the hash of its last event says.
async fn is_there(
    to: &dyn EventStore,
    ledger: &LedgerId,
    batch: &[RawEvent],
) -> Result<bool, CopyError> {
    let Some(last) = batch.last() else { return Ok(true) };
    let found = event_at(to, ledger, last.revision).await.map_err(CopyError::Target)?;
    Ok(found.is_some_and(|found| found.hash == last.hash))
}

/// Reads a ledger from its first byte on and works its chain out anew: where it ends, in what hash.
///
/// # Errors
/// When it cannot be read, or its chain does not hold.
pub async fn check(
    store: &dyn EventStore,
    ledger: &LedgerId,
    mut progress: impl FnMut(u64),
) -> Result<(Head, Hash), CopyError> {
    let mut checker = Checker::new(ledger.clone(), Head::Empty, None);
    let (mut head, mut hash) = (Head::Empty, Hash::ZERO);
    let mut chunks = store.read(ledger, Revision::FIRST);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(CopyError::Target)?;
        for raw in &chunk {
            checker.check(raw).map_err(CopyError::ReadBack)?;
            (head, hash) = (Head::At(raw.revision), raw.hash);
        }
        progress(head.next().0);
    }
    Ok((head, hash))
}
