//! `GET /reports/{ledger}/{id}`: a report's file, for who may ask for reports.
//!
//! | answer | when |
//! | --- | --- |
//! | 200 | the file |
//! | 202 | it is not made yet: to be asked again |
//! | 401, 403 | no good token, or not of a role or ledger that may see it |
//! | 404 | no such report |
//! | 409 | it could not be made |

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use cauri_ledger::trail::{Kind, What, Word};

use crate::auth::Verifier;
use crate::reports::{Reports, Request, Status};
use crate::trail::{Read, Recorder};

/// So much of a file is read at once.
const CHUNK: usize = 64 * 1024;

/// Where reports are fetched.
#[derive(Debug, Clone)]
pub struct Downloads {
    /// Who asks.
    pub verifier: Arc<Verifier>,
    /// The reports.
    pub reports: Reports,
    /// Who fetched what is put on record.
    pub recorder: Recorder,
}

fn answer(status: StatusCode, code: &str, field: &str, message: &str) -> Response {
    (status, Json(json!({ "code": code, "field": field, "message": message }))).into_response()
}

fn not_yet() -> Response {
    let body = Json(json!({ "status": "GENERATING" }));
    (StatusCode::ACCEPTED, [(header::RETRY_AFTER, "1")], body).into_response()
}

/// Answers with a report's file.
pub async fn fetch(
    State(downloads): State<Downloads>,
    Path((ledger, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let caller = match downloads.verifier.require(&headers) {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    if caller.ledger.as_str() != ledger {
        downloads.recorder.refused(&caller, refused("ledger"));
        let why = "the token is of another ledger";
        return answer(StatusCode::FORBIDDEN, "FORBIDDEN", "ledger", why);
    }
    if !caller.sees_books() {
        downloads.recorder.refused(&caller, refused("role"));
        let why = "reports are for finance, admins and auditors";
        return answer(StatusCode::FORBIDDEN, "FORBIDDEN", "role", why);
    }
    let (reports, ledger) = (&downloads.reports, &caller.ledger);
    let Some(known) = id.parse().ok().and_then(|id| reports.get(ledger, id)) else {
        return answer(StatusCode::NOT_FOUND, "NOT_FOUND", "id", "there is no such report");
    };
    match &known.status {
        Status::Generating => not_yet(),
        Status::Failed(why) => answer(StatusCode::CONFLICT, "FAILED", "id", why),
        Status::Ready => match File::open(reports.file(ledger, &known.request)).await {
            Ok(file) => {
                let what = What::new(Read::ReportFile.door())
                    .on(Word::known("report"), known.request.id.into());
                if let Err(error) = downloads.recorder.act(&caller, Kind::Read, what).await {
                    tracing::error!(error = &error as &dyn std::error::Error, "not on record");
                    let why = "who fetches a report must be on record, and cannot be now";
                    return answer(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "id", why);
                }
                sent(file, &known.request).await
            }
            // Files can be made again from what was asked.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                reports.make_again(ledger, known.request.id);
                not_yet()
            }
            Err(error) => {
                tracing::error!(%error, "a report's file could not be read");
                let why = "the file cannot be read now";
                answer(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "id", why)
            }
        },
    }
}

/// A file that was not theirs to fetch.
fn refused(field: &'static str) -> What {
    let (code, field) = (Some(Word::known("FORBIDDEN")), Some(Word::known(field)));
    What { code, field, ..What::new(Read::ReportFile.door()) }
}

async fn sent(file: File, request: &Request) -> Response {
    let length = file.metadata().await.map(|it| it.len()).ok();
    let chunks = futures::stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    });
    let mut answer = Response::new(Body::from_stream(chunks));
    let headers = answer.headers_mut();
    let kind = HeaderValue::from_static(request.terms.format.content_type());
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The name is made of words, days and numbers.
    let name = format!("attachment; filename=\"{}\"", request.file_name());
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    answer
}
