//! The crate `eventstore`, used nowhere else: three calls, each behind a task and a time limit.
//!
//! What the crate does that has to be worked round here, all of it found by running it:
//! - A connection that could not be made once is closed for ever, and the node of a cluster that
//!   went away stays the chosen one. So after every failure that may be the connection's, the whole
//!   client is made anew, discovery and all.
//! - The task behind a client outlives it. So each client has a small runtime of its own, which
//!   goes with it.
//! - It panics on answers and certificates that it does not expect. So every call is a task of that
//!   runtime, and a panic in one is a call that failed.
//! - It repeats no append, and its subscriptions spin for ever on a thread that nothing can stop
//!   when the server ends one in good order. So it is given neither to do: appends are repeated by
//!   [`super::append`], and nothing here subscribes.
//! - Without an id an event gets a random one, and without an expected revision any will do. Both
//!   are always given.
//! - It reads from whichever node it is on, which may lag behind. Every call asks for the leader.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use eventstore::{
    AppendToStreamOptions, Client, ClientSettings, CurrentRevision, Error, EventData,
    ExpectedRevision, ReadStreamOptions, StreamPosition,
};
use serde_json::value::RawValue;
use tokio::runtime::Runtime;
use uuid::Uuid;

use cauri_domain::Revision;

use crate::store::{Head, StoreFault};

/// The crate waits half a second before its first attempt at any connection, unless it is told to
/// wait less: in milliseconds.
const DISCOVERY_INTERVAL: &str = "discoveryInterval=20";

/// About how many bytes of events are fetched at once.
const PAGE_BYTES: usize = 4 << 20;

/// An event on its way to the server.
#[derive(Debug, Clone)]
pub(super) struct Proposed {
    pub id: Uuid,
    pub kind: String,
    pub metadata: Bytes,
    pub data: Bytes,
}

/// An event as the server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub revision: Revision,
    pub id: Uuid,
    pub metadata: Bytes,
    pub data: Bytes,
}

/// Why a call came to nothing, by what can be done about it.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum CallError {
    /// The stream does not end where it was expected to. Nothing was written.
    #[error("the stream ends at {actual}")]
    WrongRevision { actual: Head },
    /// There is no such stream: nothing was ever written to it, or it was deleted softly.
    #[error("there is no such stream")]
    NoStream,
    /// The stream was deleted for good.
    #[error("the stream was deleted for good")]
    Deleted,
    /// The server will not do it, however often it is asked. Nothing was written.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// It did not reach a server that could do it. Nothing was written.
    #[error("{0}")]
    NotReached(String),
    /// It is not known what became of it.
    #[error("{0}")]
    Unsure(String),
}

impl CallError {
    /// Whether it may go better the next time.
    pub(super) const fn is_passing(&self) -> bool {
        matches!(self, Self::NotReached(_) | Self::Unsure(_))
    }
}

/// A server or a cluster of them. Makes connections as they are needed.
pub(super) struct Server {
    settings: ClientSettings,
    call_timeout: Duration,
    line: Mutex<Option<Arc<Line>>>,
}

/// A client and the runtime that it lives on.
struct Line {
    client: Client,
    runtime: Option<Runtime>,
}

impl Drop for Line {
    fn drop(&mut self) {
        // The last call may end on a thread of a runtime, where waiting for another is forbidden.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Server {
    /// Nothing is connected yet.
    ///
    /// # Errors
    /// When the address is none. The error does not repeat it: it may hold a password.
    pub(super) fn at(address: &str, call_timeout: Duration) -> Result<Self, StoreFault> {
        let mut address = address.to_owned();
        if !address.to_ascii_lowercase().contains("discoveryinterval=") {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(DISCOVERY_INTERVAL);
        }
        let settings = address.parse::<ClientSettings>().map_err(|error| {
            // Its message is the whole address, unless it is about one parameter.
            let about = error.error().map(ToString::to_string);
            let about = about.unwrap_or_else(|| error.message().replace(&address, "the address"));
            StoreFault::new(format!("this is no address of EventStoreDB: {about}"))
        })?;
        Ok(Self { settings, call_timeout, line: Mutex::default() })
    }

    /// Appends directly after `expected`; the revision of the last event, as the server says.
    pub(super) async fn append(
        &self,
        stream: &str,
        expected: Head,
        events: &[Proposed],
    ) -> Result<Revision, CallError> {
        let stream = stream.to_owned();
        let events: Vec<EventData> = events.iter().map(event_data).collect();
        let expected = match expected {
            Head::Empty => ExpectedRevision::NoStream,
            Head::At(revision) => ExpectedRevision::Exact(revision.0),
        };
        let options = AppendToStreamOptions::default()
            .expected_revision(expected)
            .requires_leader(true)
            .deadline(self.call_timeout);
        let append = self.call(move |client| async move {
            let written = client.append_to_stream(stream, &options, events).await?;
            Ok(Revision(written.next_expected_version))
        });
        match append.await {
            // An append finds no stream missing: it is how a node says that it knows no leader.
            Err(CallError::NoStream) => Err(self.elsewhere("the node knows no leader")),
            other => other,
        }
    }

    /// Gives up the node that is asked now, for a reason of the caller's own.
    pub(super) fn elsewhere(&self, why: &str) -> CallError {
        *self.current() = None;
        CallError::NotReached(why.to_owned())
    }

    /// The last event of a stream.
    pub(super) async fn last(&self, stream: &str) -> Result<Option<Stored>, CallError> {
        let stream = stream.to_owned();
        let options = ReadStreamOptions::default()
            .position(StreamPosition::End)
            .backwards()
            .max_count(1)
            .requires_leader(true);
        let read = self.call(move |client| async move {
            let mut events = client.read_stream(stream, &options).await?;
            Ok(events.next().await?.map(|event| stored(&event)))
        });
        match read.await {
            Err(CallError::NoStream) => Ok(None),
            other => other,
        }
    }

    /// Events from `from` on, in order: at most `most`, and about as many as [`PAGE_BYTES`] hold.
    /// None if the stream ends before.
    pub(super) async fn page(
        &self,
        stream: &str,
        from: Revision,
        most: usize,
    ) -> Result<Vec<Stored>, CallError> {
        let stream = stream.to_owned();
        let options = ReadStreamOptions::default()
            .position(StreamPosition::Position(from.0))
            .forwards()
            .max_count(most)
            .requires_leader(true);
        let read = self.call(move |client| async move {
            let mut events = client.read_stream(stream, &options).await?;
            let (mut page, mut bytes) = (Vec::new(), 0);
            while bytes < PAGE_BYTES
                && let Some(event) = events.next().await?
            {
                let event = stored(&event);
                bytes += event.data.len();
                page.push(event);
            }
            Ok(page)
        });
        match read.await {
            Err(CallError::NoStream) => Ok(Vec::new()),
            other => other,
        }
    }

    /// Makes a call on the current client, and another client after one that failed.
    async fn call<T, F>(&self, call: impl FnOnce(Client) -> F) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let line = self.line()?;
        let Some(runtime) = &line.runtime else {
            return Err(CallError::NotReached("the connection is gone".to_owned()));
        };
        let (call, most) = (call(line.client.clone()), self.call_timeout);
        // The timer too is one of the client's own runtime: a caller may have none.
        let ended = runtime.spawn(async move { tokio::time::timeout(most, call).await }).await;
        let error = match ended {
            Ok(Ok(Ok(value))) => return Ok(value),
            Ok(Ok(Err(error))) => sorted(&error),
            Ok(Err(_)) => CallError::Unsure(format!("no answer in {:?}", self.call_timeout)),
            Err(panic) => CallError::Unsure(format!("the client failed: {panic}")),
        };
        // After it has moved to a leader that it was told of, the client goes on.
        let moved = matches!(&error, CallError::NotReached(what) if what == NOT_LEADER);
        if error.is_passing() && !moved {
            self.hang_up(&line);
        }
        Err(error)
    }

    fn line(&self) -> Result<Arc<Line>, CallError> {
        let mut current = self.current();
        if let Some(line) = &*current {
            return Ok(Arc::clone(line));
        }
        let line = self.connect().map_err(CallError::NotReached)?;
        *current = Some(Arc::clone(&line));
        Ok(line)
    }

    fn connect(&self) -> Result<Arc<Line>, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(4)
            .thread_name("esdb")
            .enable_all()
            .build()
            .map_err(|error| format!("no thread could be started: {error}"))?;
        let client = Client::with_runtime_handle(runtime.handle().clone(), self.settings.clone());
        let client = client.map_err(|error| format!("no client could be made: {error}"))?;
        Ok(Arc::new(Line { client, runtime: Some(runtime) }))
    }

    /// The next call gets another client, unless somebody has seen to it already.
    fn hang_up(&self, line: &Arc<Line>) {
        let mut current = self.current();
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, line)) {
            *current = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<Arc<Line>>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const NOT_LEADER: &str = "the node is not the leader";

/// The crate's errors by what is known about the call afterwards.
fn sorted(error: &Error) -> CallError {
    let said = error.to_string();
    match error {
        Error::WrongExpectedVersion { current, .. } => CallError::WrongRevision {
            actual: match current {
                CurrentRevision::Current(revision) => Head::At(Revision(*revision)),
                CurrentRevision::NoStream => Head::Empty,
            },
        },
        Error::ResourceNotFound => CallError::NoStream,
        Error::ResourceDeleted => CallError::Deleted,
        Error::NotLeaderException(_) => CallError::NotReached(NOT_LEADER.to_owned()),
        Error::ConnectionClosed | Error::GrpcConnectionError(_) => CallError::NotReached(said),
        Error::AccessDenied | Error::UnsupportedFeature | Error::InitializationError(_) => {
            CallError::Refused(said)
        }
        Error::Grpc { code, message } => match i32::from(*code) {
            // INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE: judged, and not done.
            3 | 9 | 11 => CallError::Refused(message.clone()),
            _ => CallError::Unsure(said),
        },
        Error::ServerError(_)
        | Error::InternalParsingError(_)
        | Error::ResourceAlreadyExists
        | Error::InternalClientError
        | Error::DeadlineExceeded
        | Error::IllegalStateError(_) => CallError::Unsure(said),
    }
}

/// The crate writes JSON by itself, and marks as JSON only what it wrote: a raw value goes through
/// unchanged.
fn event_data(event: &Proposed) -> EventData {
    let text = std::str::from_utf8(&event.data).unwrap_or_default();
    let raw = serde_json::from_str::<&RawValue>(text).ok();
    let raw = raw.filter(|raw| raw.get().len() == event.data.len());
    let data = raw.and_then(|raw| EventData::json(&event.kind, &raw).ok());
    data.unwrap_or_else(|| EventData::binary(&event.kind, event.data.clone()))
        .id(event.id)
        .metadata(event.metadata.clone())
}

fn stored(event: &eventstore::ResolvedEvent) -> Stored {
    let event = event.get_original_event();
    Stored {
        revision: Revision(event.revision),
        id: event.id,
        metadata: event.custom_metadata.clone(),
        data: event.data.clone(),
    }
}
