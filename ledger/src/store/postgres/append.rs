//! Appending: one call, one round trip, one commit a batch.

use cauri_domain::{LedgerId, Revision};

use super::fault::{Failed, fault};
use super::primary::{Primary, Retry, once};
use crate::store::{AppendError, Head, RawEvent, StoreFault};

/// The head as it is in the tables.
pub(super) fn to_number(head: Head) -> Option<i64> {
    match head {
        Head::Empty => Some(-1),
        Head::At(revision) => i64::try_from(revision.0).ok(),
    }
}

/// The head from the tables.
pub(super) fn from_number(number: i64) -> Head {
    u64::try_from(number).map_or(Head::Empty, |revision| Head::At(Revision(revision)))
}

/// How the database answered.
enum Told {
    Appended,
    Conflict(Head),
    Fenced { by: i64 },
}

/// Appends under `epoch`. What was certainly not done is tried again for as long as an outage may
/// last; what is not known is told at once.
pub(super) async fn append(
    primary: &Primary,
    epoch: i64,
    ledger: &LedgerId,
    expected: Head,
    batch: &[RawEvent],
) -> Result<(), AppendError> {
    let fatal = |cause| AppendError::Fatal { at: expected, cause };
    let Some(after) = to_number(expected) else {
        return Err(fatal(StoreFault::new("a revision too high for a bigint")));
    };
    let hashes: Vec<&[u8]> = batch.iter().map(|event| &event.hash.0[..]).collect();
    let bodies: Result<Vec<&str>, _> =
        batch.iter().map(|event| std::str::from_utf8(&event.body)).collect();
    let bodies = bodies.map_err(|error| fatal(StoreFault::caused("a body is no text", error)))?;
    let mut retry = Retry::new(primary.options.patience);
    loop {
        let told = once(&primary.appends, primary.options.answer_timeout, &|connection, _| {
            let call = sqlx::query_as::<_, (String, i64)>(
                "SELECT outcome, actual FROM cauri_log.append($1, $2, $3, $4, $5)",
            );
            let call = call.bind(ledger.as_str()).bind(after).bind(epoch);
            let call = call.bind(&hashes).bind(&bodies);
            Box::pin(async move {
                let (outcome, actual) = call.fetch_one(connection).await?;
                match outcome.as_str() {
                    "appended" => Ok(Told::Appended),
                    "conflict" => Ok(Told::Conflict(from_number(actual))),
                    "fenced" => Ok(Told::Fenced { by: actual }),
                    other => Err(sqlx::Error::Protocol(format!("an outcome {other}"))),
                }
            })
        })
        .await;
        let error = match told {
            Ok(Told::Appended) => return Ok(()),
            Ok(Told::Conflict(actual)) => return Err(AppendError::Conflict { expected, actual }),
            Ok(Told::Fenced { by }) => return Err(fatal(fenced(epoch, by))),
            Err(Failed::Unknown(error)) => {
                primary.doubt();
                let what = "the connection was lost, or there was no answer in time";
                return Err(AppendError::Unknown(fault(what, error)));
            }
            Err(Failed::Never(error)) => {
                return Err(fatal(fault("the database refused the batch", error)));
            }
            Err(Failed::NotNow(error)) => error,
        };
        if !retry.wait().await {
            let what = format!("nothing could be written for {:?}", primary.options.patience);
            return Err(fatal(fault(what, error)));
        }
        tracing::warn!(%ledger, %error, "a batch could not be written yet; trying again");
        primary.look_again().await;
    }
}

/// Somebody else has the lease now.
fn fenced(epoch: i64, by: i64) -> StoreFault {
    StoreFault::new(format!(
        "fenced: this writer's lease, epoch {epoch}, was taken over by epoch {by}; nothing was \
         written"
    ))
}
