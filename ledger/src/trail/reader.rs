//! Reading the trail: backwards, newest first, with a filter.
//!
//! There is no index. A page looks at a bounded number of entries and says how far it looked, so that
//! a rare subject in a long trail costs several requests, and no request costs much.

use chrono::{DateTime, Utc};
use futures::StreamExt as _;

use cauri_domain::{LedgerId, Revision, Subject};

use super::codec;
use super::entry::{Entry, Kind};
use crate::chain::Hash;
use crate::log::{Checker, LogError};
use crate::store::{EventStore, Head};

/// How many entries are read at once, backwards.
const WINDOW: u64 = 1_024;

/// How many entries a page looks at, at most.
pub const SCANNED_MOST: u64 = 50_000;

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its place in the trail.
    pub revision: Revision,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Its link in the hash chain.
    pub hash: Hash,
    /// What.
    pub entry: Entry,
}

/// Which entries are wanted; all where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this ledger, and those that are of none.
    pub ledger: Option<LedgerId>,
    /// Of this person or program.
    pub subject: Option<Subject>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// About this object: an id among those it names, or its command's id.
    pub object: Option<String>,
    /// Recorded then or later.
    pub since: Option<DateTime<Utc>>,
    /// Recorded before then.
    pub until: Option<DateTime<Utc>>,
}

impl Filter {
    /// Whether this entry is wanted.
    #[must_use]
    pub fn takes(&self, kept: &Kept) -> bool {
        let Entry { kind, ledger, who, what } = &kept.entry;
        let subject = who.as_ref().map(|who| &who.actor.subject);
        let names = |id: &String| {
            what.objects.values().any(|object| object.as_str() == id)
                || what.command_id.is_some_and(|command| command.to_string() == *id)
        };
        self.kind.is_none_or(|wanted| wanted == *kind)
            && self.ledger.as_ref().is_none_or(|of| ledger.as_ref().is_none_or(|it| it == of))
            && self.subject.as_ref().is_none_or(|wanted| subject == Some(wanted))
            && self.object.as_ref().is_none_or(names)
            && self.since.is_none_or(|since| kept.recorded_at >= since)
            && self.until.is_none_or(|until| kept.recorded_at < until)
    }
}

/// Some entries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Those that are wanted.
    pub entries: Vec<Kept>,
    /// All entries from this one on were looked at; where to go on before.
    pub looked_from: Revision,
    /// Whether there may be more before.
    pub more: bool,
}

/// The newest `limit` entries before `before` (the end, when not given) that `filter` takes, or fewer
/// when so many were looked at that it is time to answer.
///
/// # Errors
/// When the trail cannot be read, or does not fit together.
pub async fn page(
    store: &dyn EventStore,
    filter: &Filter,
    before: Option<Revision>,
    limit: usize,
) -> Result<Page, LogError> {
    let end = store.head(&LedgerId::trail()).await?.next();
    let end = before.map_or(end, |before| before.min(end));
    let (mut top, mut entries) = (end.0, Vec::new());
    while top > 0 && end.0 - top < SCANNED_MOST {
        let from = top.saturating_sub(WINDOW);
        let window = window(store, Revision(from), Revision(top)).await?;
        for kept in window.into_iter().rev() {
            let revision = kept.revision;
            // Time does not go back in the trail: nothing before it is wanted either.
            if filter.since.is_some_and(|since| kept.recorded_at < since) {
                return Ok(Page { entries, looked_from: revision, more: false });
            }
            if filter.takes(&kept) {
                entries.push(kept);
                if entries.len() >= limit {
                    return Ok(Page { entries, looked_from: revision, more: revision.0 > 0 });
                }
            }
        }
        top = from;
    }
    Ok(Page { entries, looked_from: Revision(top), more: top > 0 })
}

/// The entries from `from` up to and without `to`, whose chain holds.
async fn window(
    store: &dyn EventStore,
    from: Revision,
    to: Revision,
) -> Result<Vec<Kept>, LogError> {
    let trail = LedgerId::trail();
    let mut checker = Checker::new(trail.clone(), Head::before(from), None);
    let mut chunks = store.read(&trail, from);
    let mut window = Vec::new();
    while let Some(chunk) = chunks.next().await {
        for raw in &chunk? {
            if raw.revision >= to {
                return Ok(window);
            }
            checker.check(raw)?;
            window.push(codec::decode(raw)?);
        }
    }
    Ok(window)
}
