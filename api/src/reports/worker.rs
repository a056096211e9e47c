//! One report after the other, beside all else.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use cauri_projections::query::Snapshot;
use cauri_projections::{ReadModels, WaitError};

use super::book::{Place, Status, blocking};
use super::kinds::{self, FiguresError};
use super::{Reports, Request, render};

/// How long the read models may take to cover a report's revision before others come first.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it rests after one that could not be made yet.
const REST: Duration = Duration::from_millis(500);
/// How often one is tried before it has failed.
const MOST_TRIES: u32 = 20;

/// Makes reports until it is stopped.
#[derive(Debug)]
pub struct Worker {
    task: JoinHandle<()>,
}

/// Why a report was not made.
#[derive(Debug)]
enum NotMade {
    /// Not now.
    Yet(&'static str),
    /// Never: asked again, it would be the same.
    Ever(String),
}

impl Worker {
    /// Starts it.
    #[must_use]
    pub fn start(reports: Reports, read_models: ReadModels) -> Self {
        Self { task: tokio::spawn(work(reports, read_models)) }
    }

    /// Stops it. What was not made waits for the next start.
    pub async fn stop(self) {
        self.task.abort();
        // An error says that it was stopped, as asked.
        let _ = self.task.await;
    }
}

async fn work(reports: Reports, read_models: ReadModels) {
    let mut tries = HashMap::<Place, u32>::new();
    loop {
        let (place, request) = reports.next().await;
        let not_made = match make(&reports, &read_models, &place, &request).await {
            Ok(()) => {
                tries.remove(&place);
                metrics::counter!("cauri_reports_total", "outcome" => "ready").increment(1);
                reports.end(&place, Status::Ready);
                continue;
            }
            Err(not_made) => not_made,
        };
        let tried = tries.entry(place.clone()).or_default();
        *tried += 1;
        let why = match not_made {
            NotMade::Yet(why) if *tried < MOST_TRIES => {
                tracing::warn!(report = %place.1, why, "a report has to wait");
                reports.later(place);
                tokio::time::sleep(REST).await;
                continue;
            }
            NotMade::Yet(why) => why.to_owned(),
            NotMade::Ever(why) => why,
        };
        tries.remove(&place);
        tracing::error!(report = %place.1, why, "a report was not made");
        metrics::counter!("cauri_reports_total", "outcome" => "failed").increment(1);
        let (files, (ledger, id), kept) = (reports.files().clone(), place.clone(), why.clone());
        if let Err(error) = blocking(move || files.fail(&ledger, id, &kept)).await {
            // It is tried again after the next start.
            tracing::error!(report = %id, %error, "that a report failed was not kept");
        }
        reports.end(&place, Status::Failed(why));
    }
}

async fn make(
    reports: &Reports,
    read_models: &ReadModels,
    (ledger, _): &Place,
    request: &Arc<Request>,
) -> Result<(), NotMade> {
    let waited = read_models.wait_for(ledger, request.revision, PATIENCE).await;
    waited.map_err(|error| match error {
        WaitError::Unknown | WaitError::TimedOut { .. } => {
            NotMade::Yet("the read models do not cover its revision yet")
        }
        WaitError::Stopped { .. } => NotMade::Yet("the read models have stopped"),
    })?;
    let failed = |error: FiguresError| match error {
        FiguresError::Database(error) => {
            tracing::warn!(%error, "the figures of a report could not be asked");
            NotMade::Yet("the read models cannot be asked now")
        }
        error @ FiguresError::TooMany => NotMade::Ever(error.to_string()),
    };
    let snapshot = Snapshot::open(read_models.pool(), ledger).await;
    let mut snapshot = snapshot.map_err(|error| failed(error.into()))?;
    let figures = kinds::figures(&mut snapshot, ledger, request).await.map_err(failed)?;
    drop(snapshot);
    let (files, ledger, request) = (reports.files().clone(), ledger.clone(), Arc::clone(request));
    let written = blocking(move || {
        let bytes = render(request.terms.format, &figures).map_err(io::Error::other)?;
        files.finish(&ledger, &request, &bytes)
    });
    written.await.map_err(|error| {
        tracing::error!(%error, "a report's file could not be written");
        NotMade::Yet("its file could not be written")
    })
}
