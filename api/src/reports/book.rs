//! What was asked, and where it stands.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

use cauri_domain::{LedgerId, Revision, Subject};

use super::files::Files;
use super::{Request, Terms};

/// So many reports wait at most: whoever asks for one more is told to come again later.
const MOST_WAITING: usize = 1_000;

/// Where a report stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It waits, or is being made.
    Generating,
    /// It can be fetched.
    Ready,
    /// It could not be made, and why.
    Failed(String),
}

/// A report that was asked for, and where it stands.
#[derive(Debug, Clone)]
pub struct Known {
    /// What was asked.
    pub request: Arc<Request>,
    /// Where it stands.
    pub status: Status,
}

/// How asking for a report ended.
#[derive(Debug, Clone)]
pub enum Asked {
    /// It is on its way.
    Taken(Known),
    /// It was asked for before, with the same terms.
    Before(Known),
    /// The id is taken by one with other terms: the first that differs.
    Differs(&'static str),
    /// Too many wait.
    Busy,
}

/// The reports of all ledgers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reports {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    files: Files,
    state: Mutex<State>,
    /// One is asked for at a time: it is kept before it is known.
    asking: tokio::sync::Mutex<()>,
    work: Notify,
}

/// Which report.
pub(super) type Place = (LedgerId, Uuid);

#[derive(Debug, Default)]
struct State {
    known: BTreeMap<Place, Known>,
    by_number: BTreeMap<(LedgerId, u64), Uuid>,
    waiting: VecDeque<Place>,
}

impl State {
    fn put(&mut self, ledger: &LedgerId, known: Known) {
        let (number, id) = (known.request.number, known.request.id);
        self.by_number.insert((ledger.clone(), number), id);
        self.known.insert((ledger.clone(), id), known);
    }

    fn of(&self, ledger: &LedgerId) -> impl DoubleEndedIterator<Item = (u64, Uuid)> {
        let all = (ledger.clone(), 0)..=(ledger.clone(), u64::MAX);
        self.by_number.range(all).map(|((_, number), id)| (*number, *id))
    }
}

impl Reports {
    /// Finds what was asked before; what is not made yet waits again. Blocks.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        let files = Files::open(folder)?;
        let mut state = State::default();
        for (ledger, request, status) in files.read_all()? {
            let request = Arc::new(request);
            state.put(&ledger, Known { request, status });
        }
        // In the order in which they were asked for.
        let places = state.by_number.iter().map(|((ledger, _), id)| (ledger.clone(), *id));
        let places: Vec<Place> = places.collect();
        let waits = |place: &Place| state.known[place].status == Status::Generating;
        state.waiting = places.into_iter().filter(waits).collect();
        let (state, work) = (Mutex::new(state), Notify::new());
        let asking = tokio::sync::Mutex::new(());
        Ok(Self { shared: Arc::new(Shared { files, state, asking, work }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn files(&self) -> &Files {
        &self.shared.files
    }

    /// The report with this id.
    #[must_use]
    pub fn get(&self, ledger: &LedgerId, id: Uuid) -> Option<Known> {
        self.state().known.get(&(ledger.clone(), id)).cloned()
    }

    /// So many reports, newest first, of those with smaller numbers; whether there are more.
    #[must_use]
    pub fn list(&self, ledger: &LedgerId, below: Option<u64>, most: usize) -> (Vec<Known>, bool) {
        let state = self.state();
        let older = state.of(ledger).rev().filter(|it| below.is_none_or(|below| it.0 < below));
        let ids: Vec<Uuid> = older.take(most.saturating_add(1)).map(|it| it.1).collect();
        let known = ids.iter().filter_map(|id| state.known.get(&(ledger.clone(), *id)));
        (known.take(most).cloned().collect(), ids.len() > most)
    }

    /// Asks for a report: it is durable when this answers. One that failed is tried again.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn ask(
        &self,
        ledger: &LedgerId,
        (id, terms): (Uuid, Terms),
        head: Revision,
        (by, at): (Subject, DateTime<Utc>),
    ) -> io::Result<Asked> {
        let _one = self.shared.asking.lock().await;
        let before = self.get(ledger, id);
        if let Some(field) = before.as_ref().and_then(|it| it.request.terms.differs(&terms)) {
            return Ok(Asked::Differs(field));
        }
        let is_made = |known: &Known| !matches!(known.status, Status::Failed(_));
        if let Some(known) = before.clone().filter(is_made) {
            return Ok(Asked::Before(known));
        }
        if self.state().waiting.len() >= MOST_WAITING {
            return Ok(Asked::Busy);
        }
        let files = self.shared.files.clone();
        if let Some(known) = before {
            let of = ledger.clone();
            blocking(move || files.retry(&of, id)).await?;
            let known = Known { status: Status::Generating, ..known };
            self.begin(ledger, known.clone());
            return Ok(Asked::Before(known));
        }
        let number = self.state().of(ledger).next_back().map_or(0, |last| last.0) + 1;
        let revision = terms.revision.unwrap_or(head);
        let request = Request { id, number, terms, revision, asked_by: by, asked_at: at };
        let request = Arc::new(request);
        let (of, kept) = (ledger.clone(), Arc::clone(&request));
        blocking(move || files.keep(&of, &kept)).await?;
        let known = Known { request, status: Status::Generating };
        self.begin(ledger, known.clone());
        Ok(Asked::Taken(known))
    }

    fn begin(&self, ledger: &LedgerId, known: Known) {
        let mut state = self.state();
        state.waiting.push_back((ledger.clone(), known.request.id));
        state.put(ledger, known);
        drop(state);
        self.shared.work.notify_one();
    }

    /// A report whose file is gone is made again.
    pub fn make_again(&self, ledger: &LedgerId, id: Uuid) {
        let known = self.get(ledger, id).filter(|known| known.status == Status::Ready);
        if let Some(known) = known {
            self.begin(ledger, Known { status: Status::Generating, ..known });
        }
    }

    /// Where a report's file is.
    #[must_use]
    pub fn file(&self, ledger: &LedgerId, request: &Request) -> PathBuf {
        self.shared.files.report(ledger, request.id, request.terms.format)
    }

    /// The next that waits; waits for one.
    pub(super) async fn next(&self) -> (Place, Arc<Request>) {
        loop {
            let found = {
                let mut state = self.state();
                let place = state.waiting.pop_front();
                place.and_then(|it| Some((it.clone(), Arc::clone(&state.known.get(&it)?.request))))
            };
            match found {
                Some(found) => return found,
                None => self.shared.work.notified().await,
            }
        }
    }

    /// It waits again, after the others.
    pub(super) fn later(&self, place: Place) {
        self.state().waiting.push_back(place);
        self.shared.work.notify_one();
    }

    /// It has ended.
    pub(super) fn end(&self, place: &Place, status: Status) {
        if let Some(known) = self.state().known.get_mut(place) {
            known.status = status;
        }
    }
}

/// Runs what blocks where it may.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
