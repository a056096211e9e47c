//! Streams in memory, and the rules by which they grow.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

/// What the server adds to an event's bytes when it works out positions.
const RECORD_BYTES: u64 = 71;

/// An event that somebody wants to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposed {
    pub id: Uuid,
    pub metadata: HashMap<String, String>,
    pub custom_metadata: Bytes,
    pub data: Bytes,
}

impl Proposed {
    /// What counts towards the largest append.
    fn bytes(&self) -> usize {
        let kind = self.metadata.get("type").map_or(0, |kind| kind.encode_utf16().count());
        self.data.len() + self.custom_metadata.len() + 2 * kind
    }
}

/// An event as it was appended.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub stream: Arc<str>,
    pub revision: u64,
    pub position: u64,
    pub event: Proposed,
}

/// After what an append belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Any,
    StreamExists,
    NoStream,
    Revision(u64),
}

/// Why nothing was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    WrongRevision { current: Option<u64> },
    TooLarge { most: usize },
    Deleted,
}

/// Where an append ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub revision: u64,
    pub position: u64,
}

/// What can be read of a stream.
pub(crate) enum Found {
    Missing,
    Deleted,
    Events(Vec<Recorded>),
}

/// Everything that was written. Clones are the same, so that several servers are a cluster.
#[derive(Debug, Clone, Default)]
pub struct Database {
    inner: Arc<Mutex<Inner>>,
    grown: Arc<watch::Sender<()>>,
}

#[derive(Debug, Default)]
struct Inner {
    streams: BTreeMap<Arc<str>, Stream>,
    /// All events in the order of their positions: stream and revision.
    order: Vec<(Arc<str>, u64)>,
    position: u64,
}

#[derive(Debug, Default)]
struct Stream {
    events: Vec<Recorded>,
    /// The first revision that is still there.
    first: u64,
    /// Deleted softly, and not written to since.
    is_hidden: bool,
    is_tombstoned: bool,
}

impl Stream {
    fn last(&self) -> Option<u64> {
        (self.events.len() as u64).checked_sub(1)
    }

    fn left(&self) -> &[Recorded] {
        let first = usize::try_from(self.first).unwrap_or(usize::MAX).min(self.events.len());
        if self.is_hidden { &[] } else { &self.events[first..] }
    }
}

impl Database {
    /// How many events a stream has, of those that were not cut off.
    #[must_use]
    pub fn count(&self, stream: &str) -> usize {
        self.inner().streams.get(stream).map_or(0, |stream| stream.left().len())
    }

    /// Deletes a stream softly: its settings say so, it reads as if it were not there, and its numbers
    /// go on.
    pub fn delete(&self, stream: &str) {
        let cut = format!(r#"{{"$tb":{}}}"#, i64::MAX);
        self.append_foreign(&format!("$${stream}"), "$metadata", &cut);
        if let Some(stream) = self.inner().streams.get_mut(stream) {
            stream.is_hidden = true;
        }
    }

    /// Deletes a stream for good.
    pub fn tombstone(&self, stream: &str) {
        let mut inner = self.inner();
        let name = Arc::from(stream);
        inner.streams.entry(name).or_default().is_tombstoned = true;
    }

    /// Appends an event of somebody else's.
    ///
    /// # Panics
    /// When the stream was deleted for good.
    pub fn append_foreign(&self, stream: &str, kind: &str, data: &str) {
        let named = [("type", kind), ("content-type", "application/json")];
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let event = Proposed {
            id: Uuid::new_v4(),
            metadata: named.map(own).into(),
            custom_metadata: Bytes::new(),
            data: data.to_owned().into(),
        };
        let written = self.append(stream, Expected::Any, vec![event], usize::MAX);
        written.expect("it can be appended to");
    }

    pub(crate) fn append(
        &self,
        stream: &str,
        expected: Expected,
        events: Vec<Proposed>,
        most: usize,
    ) -> Result<Written, Refused> {
        let written = self.inner().append(stream, expected, events, most)?;
        self.grown.send_replace(());
        Ok(written)
    }

    /// Events of a stream from `from` on, or from the end backwards.
    pub(crate) fn read(
        &self,
        stream: &str,
        from: Option<u64>,
        backwards: bool,
        count: usize,
    ) -> Found {
        let inner = self.inner();
        let Some(stream) = inner.streams.get(stream) else { return Found::Missing };
        if stream.is_tombstoned {
            return Found::Deleted;
        }
        if stream.events.is_empty() || stream.is_hidden {
            return Found::Missing;
        }
        let left = stream.left();
        Found::Events(if backwards {
            let upto = left.iter().rev().filter(|it| from.is_none_or(|from| it.revision <= from));
            upto.take(count).cloned().collect()
        } else {
            // Where it was cut off, it begins with what is left.
            let skip = from.unwrap_or(0).saturating_sub(stream.first);
            let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(left.len());
            left[skip..].iter().take(count).cloned().collect()
        })
    }

    /// Events of all streams after a position, or before it backwards.
    pub(crate) fn read_all(
        &self,
        from: Option<u64>,
        backwards: bool,
        count: usize,
    ) -> Vec<Recorded> {
        let inner = self.inner();
        let event = |(stream, revision): &(Arc<str>, u64)| {
            let stream = inner.streams.get(stream)?;
            let place = usize::try_from(*revision).ok()?;
            stream.events.get(place).filter(|it| it.revision >= stream.first).cloned()
        };
        if backwards {
            let all = inner.order.iter().rev().filter_map(event);
            all.filter(|it| from.is_none_or(|from| it.position < from)).take(count).collect()
        } else {
            let all = inner.order.iter().filter_map(event);
            all.filter(|it| from.is_none_or(|from| it.position >= from)).take(count).collect()
        }
    }

    pub(crate) fn end(&self, stream: &str) -> Option<u64> {
        self.inner().streams.get(stream).and_then(Stream::last)
    }

    /// Wakes whenever something was appended.
    pub(crate) fn grown(&self) -> watch::Receiver<()> {
        self.grown.subscribe()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn append(
        &mut self,
        name: &str,
        expected: Expected,
        events: Vec<Proposed>,
        most: usize,
    ) -> Result<Written, Refused> {
        if events.iter().map(Proposed::bytes).sum::<usize>() > most {
            return Err(Refused::TooLarge { most });
        }
        let name: Arc<str> = name.into();
        let stream = self.streams.entry(Arc::clone(&name)).or_default();
        if stream.is_tombstoned {
            return Err(Refused::Deleted);
        }
        let current = stream.last();
        let fits = match expected {
            Expected::Any => true,
            Expected::StreamExists => current.is_some() && !stream.is_hidden,
            Expected::NoStream => current.is_none() || stream.is_hidden,
            Expected::Revision(revision) => current == Some(revision),
        };
        if !fits {
            let start = match expected {
                Expected::NoStream => Some(0),
                Expected::Revision(revision) => revision.checked_add(1),
                Expected::Any | Expected::StreamExists => None,
            };
            // Asked again with the same ids at the same place, it is answered as the first time.
            let place = start.and_then(|start| usize::try_from(start).ok());
            let before = place.and_then(|place| stream.events.get(place..));
            let before = before.and_then(|before| before.get(..events.len()));
            let is_same = before.is_some_and(|before| {
                !before.is_empty() && before.iter().zip(&events).all(|(a, b)| a.event.id == b.id)
            });
            return match before.and_then(<[_]>::last).filter(|_| is_same) {
                Some(last) => Ok(Written { revision: last.revision, position: last.position }),
                None => Err(Refused::WrongRevision { current }),
            };
        }
        stream.is_hidden = false;
        let mut written = Written { revision: current.unwrap_or(0), position: self.position };
        for mut event in events {
            written = Written { revision: stream.events.len() as u64, position: self.position };
            self.position += RECORD_BYTES + event.bytes() as u64;
            event.metadata.insert("created".to_owned(), ticks().to_string());
            let (stream_name, revision) = (Arc::clone(&name), written.revision);
            self.order.push((Arc::clone(&name), revision));
            let position = written.position;
            stream.events.push(Recorded { stream: stream_name, revision, position, event });
        }
        if let Some(of) = name.strip_prefix("$$") {
            self.set(of, &name);
        }
        Ok(written)
    }

    /// Does what the last event of a settings stream says.
    fn set(&mut self, of: &str, settings: &str) {
        let last = self.streams.get(settings).and_then(|stream| stream.events.last());
        let said = last.and_then(|it| serde_json::from_slice::<Value>(&it.event.data).ok());
        let (Some(said), Some(stream)) = (said, self.streams.get_mut(of)) else { return };
        let before = said["$tb"].as_u64().unwrap_or(0);
        let most = said["$maxCount"].as_u64().unwrap_or(u64::MAX);
        let kept = (stream.events.len() as u64).saturating_sub(most);
        stream.first = before.max(kept).min(stream.events.len() as u64);
    }
}

/// Now, in tenths of microseconds since 1970.
fn ticks() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() / 100)
}
