//! Reading: pages in order, asked again when they break off, with no revision missing.

use std::sync::Arc;

use cauri_domain::Revision;
use futures::stream::{self, StreamExt as _};

use super::patience::Patience;
use super::stream::LedgerStream;
use super::{Inner, event};
use crate::store::{Chunks, Head, RawEvent, ReadError, StoreFault};

/// The most events of a page.
const PAGE_EVENTS: u64 = 4096;

/// What is there now, from `from` on.
pub(super) fn read(
    inner: Arc<Inner>,
    stream: Arc<LedgerStream>,
    from: Revision,
) -> Chunks<'static> {
    let start = (inner, stream, from, None);
    stream::try_unfold(start, |(inner, stream, next, until)| async move {
        let until = match until {
            Some(until) => until,
            None => {
                let end = stream.look(&inner, Patience::new(&inner.options)).await;
                end.map_err(fault(&stream, next))?.next()
            }
        };
        if next >= until {
            return Ok(None);
        }
        let patience = Patience::new(&inner.options);
        let page = page(&inner, &stream, next, until, patience).await;
        let page = page.map_err(fault(&stream, next))?;
        let after = page.last().map_or(next, |event| event.revision.next());
        Ok(Some((page, (inner, stream, after, Some(until)))))
    })
    .boxed()
}

/// What is there from `from` on, then what comes.
pub(super) fn follow(
    inner: Arc<Inner>,
    stream: Arc<LedgerStream>,
    from: Revision,
) -> Chunks<'static> {
    stream::try_unfold((inner, stream, from), |(inner, stream, next)| async move {
        stream.beyond(&inner, Head::before(next)).await.map_err(fault(&stream, next))?;
        let until = stream.known().next();
        let patience = Patience::endless(&inner.options);
        let page = page(&inner, &stream, next, until, patience).await;
        let page = page.map_err(fault(&stream, next))?;
        let after = page.last().map_or(next, |event| event.revision.next());
        Ok(Some((page, (inner, stream, after))))
    })
    .boxed()
}

/// Some events from `from` on, which is before `until`, where the stream is known to end.
async fn page(
    inner: &Inner,
    stream: &LedgerStream,
    from: Revision,
    until: Revision,
    patience: Patience,
) -> Result<Vec<RawEvent>, StoreFault> {
    let most = usize::try_from((until.0 - from.0).min(PAGE_EVENTS)).unwrap_or(usize::MAX);
    let what = format!("reading {} from revision {from} on", stream.name);
    let stored = patience.ask(&what, || inner.server.page(&stream.name, from, most)).await?;
    let mut events = Vec::with_capacity(stored.len());
    for (event, revision) in stored.into_iter().zip(from.0..) {
        let event = if event.revision.0 == revision {
            event::raw(event)
        } else {
            let what = format!("the server goes on with {} after a gap", event.revision);
            Err(gone(stream, Revision(revision), &what))
        };
        match event {
            Ok(event) => events.push(event),
            // What comes before is good, and is given out first.
            Err(_) if !events.is_empty() => return Ok(events),
            Err(fault) => return Err(fault),
        }
    }
    if events.is_empty() {
        let what = format!("the server has none there, though {} ends before {until}", stream.name);
        return Err(gone(stream, from, &what));
    }
    Ok(events)
}

/// What was there and is not.
fn gone(stream: &LedgerStream, at: Revision, what: &str) -> StoreFault {
    let name = &stream.name;
    StoreFault::new(format!(
        "revision {at} of {name} is missing: {what}; the stream was cut short or deleted"
    ))
}

fn fault(stream: &LedgerStream, at: Revision) -> impl FnOnce(StoreFault) -> ReadError {
    let ledger = stream.ledger.clone();
    move |cause| ReadError { ledger, at, cause }
}
