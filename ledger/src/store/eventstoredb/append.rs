//! Appending: once, whatever becomes of the answers.

use super::client::{CallError, Proposed};
use super::patience::Patience;
use super::stream::LedgerStream;
use super::{Inner, event, index};
use crate::store::{AppendError, Head, RawEvent, StoreFault};

pub(super) async fn append(
    inner: &Inner,
    stream: &LedgerStream,
    expected: Head,
    batch: &[RawEvent],
) -> Result<(), AppendError> {
    let fatal = |cause| AppendError::Fatal { at: stream.known(), cause };
    stream.fit.get_or_try_init(|| made_fit(inner, stream)).await?;
    if stream.known() > expected {
        // The server would answer "done" to a batch that it has already, whoever asks.
        let actual = stream.look(inner, Patience::new(&inner.options)).await.map_err(fatal)?;
        return Err(AppendError::Conflict { expected, actual });
    }
    let proposed = |it| event::proposed(&stream.name, &stream.ledger, it);
    let events: Vec<_> = batch.iter().map(proposed).collect();
    let last = Head::At(batch.last().expect("a batch is not empty").revision);
    let mut patience = Patience::new(&inner.options);
    let mut is_unsure = false;
    loop {
        let error = match inner.server.append(&stream.name, expected, &events).await {
            Ok(revision) if Head::At(revision) == last => {
                stream.reached(last);
                return Ok(());
            }
            Ok(revision) => {
                // A stream that was deleted softly goes on where it was.
                let what = format!(
                    "{} took as revision {revision} what is revision {last}: it was deleted or cut",
                    stream.name
                );
                return Err(fatal(StoreFault::new(what)));
            }
            Err(error) => error,
        };
        match error {
            CallError::WrongRevision { actual } => {
                if is_unsure && are_there(inner, stream, &events, batch).await? {
                    stream.reached(last);
                    return Ok(());
                }
                stream.reached(actual);
                return Err(AppendError::Conflict { expected, actual });
            }
            CallError::NotReached(_) | CallError::Unsure(_) => {
                is_unsure |= matches!(error, CallError::Unsure(_));
                if !patience.goes_on("an append", &error).await {
                    let what = format!("no answer to an append to {}", stream.name);
                    return Err(AppendError::Unknown(StoreFault::caused(what, error)));
                }
            }
            CallError::Refused(_) | CallError::Deleted | CallError::NoStream => {
                let what = format!("{} cannot be appended to", stream.name);
                let cause = StoreFault::caused(what, error);
                // What was asked before may have been written all the same.
                return Err(if is_unsure { AppendError::Unknown(cause) } else { fatal(cause) });
            }
        }
    }
}

/// Whether what was asked before was written, though the stream goes on after it.
async fn are_there(
    inner: &Inner,
    stream: &LedgerStream,
    events: &[Proposed],
    batch: &[RawEvent],
) -> Result<bool, AppendError> {
    let first = batch.first().expect("a batch is not empty").revision;
    let read = || inner.server.page(&stream.name, first, 1);
    let found = Patience::new(&inner.options).ask("reading back", read).await;
    let found = found.map_err(AppendError::Unknown)?;
    // Where the first is, all are: the server writes them together.
    Ok(found.first().map(|event| event.id) == events.first().map(|event| event.id))
}

/// Before the first append: the ledger is on the list, and nothing on the server forgets events.
async fn made_fit(inner: &Inner, stream: &LedgerStream) -> Result<(), AppendError> {
    // Nothing was written, which is what the engine finds when it reads back.
    index::forgets_nothing(inner, stream)
        .await
        .map_err(|cause| AppendError::Fatal { at: stream.known(), cause })?;
    index::enter(inner, &stream.ledger).await.map_err(AppendError::Unknown)?;
    stream.look(inner, Patience::new(&inner.options)).await.map_err(AppendError::Unknown)?;
    Ok(())
}
