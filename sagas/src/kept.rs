//! The agenda's file: kept to make a start quick, and taken only when it is of this very log.

use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use cauri_ledger::aside;
use cauri_ledger::engine::Engine;
use cauri_ledger::log::{Checker, LogError, event_at};
use cauri_ledger::store::Head;

use crate::agenda::Agenda;
use crate::handle::SagaOptions;

/// Where a ledger's agenda is kept, if anywhere.
pub(crate) struct Kept {
    path: Option<PathBuf>,
    /// The agenda that is being saved, if one is: it tells when it is there.
    saving: Option<oneshot::Receiver<()>>,
}

impl Kept {
    pub(crate) fn new(engine: &Engine, options: &SagaOptions) -> Self {
        let name = format!("{}.agenda", engine.ledger());
        let path = options.agendas.as_ref().map(|folder| folder.join(name));
        Self { path, saving: None }
    }

    /// The agenda that was saved last; an empty one when there is none that is of this log.
    pub(crate) async fn load(&self, engine: &Engine) -> Agenda {
        let Some(path) = self.path.clone() else { return Agenda::default() };
        let loaded = tokio::task::spawn_blocking(move || Agenda::load(&path)).await;
        of_this_log(engine, loaded.ok().flatten()).await
    }

    /// Begins to save the agenda of what is in the log now, and says so; not while one is being saved.
    /// Without it, a start takes longer and nothing is lost.
    ///
    /// It is folded anew, from the one that was saved before, on a thread that comes after all others: a
    /// copy of a large one would hold up everybody for a tenth of a second.
    pub(crate) fn begin(&mut self, engine: &Engine) -> bool {
        let under_way = |saving: &mut oneshot::Receiver<()>| {
            matches!(saving.try_recv(), Err(oneshot::error::TryRecvError::Empty))
        };
        if self.saving.as_mut().is_some_and(under_way) {
            return false;
        }
        let Some(path) = self.path.clone() else { return true };
        let (done, saving) = oneshot::channel();
        self.saving = Some(saving);
        let (engine, runtime) = (engine.clone(), Handle::current());
        aside::spawn("agenda", move || {
            let _turn = aside::turn();
            if let Err(error) = runtime.block_on(advance(&engine, &path)) {
                tracing::warn!(path = %path.display(), error = ?error, "the agenda was not saved");
            }
            // Nobody may wait.
            let _ = done.send(());
        });
        true
    }

    /// Saves the agenda, and waits until it is there.
    pub(crate) async fn save(&mut self, agenda: &Agenda) {
        // Whether the one before was saved makes no difference.
        if let Some(before) = self.saving.take() {
            let _ = before.await;
        }
        let Some(path) = self.path.clone() else { return };
        let agenda = agenda.clone();
        match tokio::task::spawn_blocking(move || (agenda.save(&path), path)).await {
            Ok((Ok(()), _)) => {}
            Ok((Err(error), path)) => {
                tracing::warn!(path = %path.display(), %error, "the agenda was not saved");
            }
            Err(error) => tracing::warn!(%error, "the agenda was not saved"),
        }
    }
}

/// Why an agenda was not saved.
#[derive(Debug, thiserror::Error)]
enum NotSaved {
    #[error("the log could not be folded")]
    Log(#[from] LogError),
    #[error("the file could not be written")]
    Write(#[from] std::io::Error),
}

/// Brings the saved agenda up to the log's end. All of it on this thread: what reads the log for others
/// decodes it on the runtime's.
async fn advance(engine: &Engine, path: &Path) -> Result<(), NotSaved> {
    let mut agenda = of_this_log(engine, Agenda::load(path)).await;
    let (store, ledger) = (engine.store(), engine.ledger());
    let mut checker = Checker::new(ledger.clone(), agenda.head(), Some(agenda.hash()));
    let mut chunks = store.read(ledger, agenda.head().next());
    while let Some(chunk) = chunks.next().await {
        for raw in chunk.map_err(LogError::from)? {
            agenda.apply(&checker.decode(&raw)?);
            aside::breathe();
        }
    }
    Ok(agenda.save(path)?)
}

/// The saved agenda, if it is of this very log; an empty one else.
async fn of_this_log(engine: &Engine, saved: Option<Agenda>) -> Agenda {
    let Some(agenda) = saved else { return Agenda::default() };
    if is_of_this_log(engine, &agenda).await {
        return agenda;
    }
    tracing::warn!(ledger = %engine.ledger(), "the agenda is not of this log; folding all of it");
    Agenda::default()
}

async fn is_of_this_log(engine: &Engine, agenda: &Agenda) -> bool {
    let Head::At(revision) = agenda.head() else { return true };
    if agenda.head() > engine.head() {
        return false;
    }
    let last = event_at(&*engine.store(), engine.ledger(), revision).await.ok().flatten();
    last.is_some_and(|raw| raw.hash == agenda.hash())
}
