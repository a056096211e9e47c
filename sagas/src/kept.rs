//! The agenda's file: kept to make a start quick, and taken only when it is of this very log.

use std::path::PathBuf;

use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;

use crate::agenda::Agenda;
use crate::handle::SagaOptions;

/// Where a ledger's agenda is kept, if anywhere.
pub(crate) struct Kept {
    path: Option<PathBuf>,
}

impl Kept {
    pub(crate) fn new(engine: &Engine, options: &SagaOptions) -> Self {
        let name = format!("{}.agenda", engine.ledger());
        Self { path: options.agendas.as_ref().map(|folder| folder.join(name)) }
    }

    /// The agenda that was saved last; an empty one when there is none that is of this log.
    pub(crate) async fn load(&self, engine: &Engine) -> Agenda {
        let Some(path) = self.path.clone() else { return Agenda::default() };
        let loaded = tokio::task::spawn_blocking(move || Agenda::load(&path)).await;
        let Some(agenda) = loaded.ok().flatten() else { return Agenda::default() };
        if is_of_this_log(engine, &agenda).await {
            return agenda;
        }
        tracing::warn!(ledger = %engine.ledger(), "the agenda is not of this log; folding all of it");
        Agenda::default()
    }

    /// Saves the agenda. Without it, a start takes longer and nothing is lost.
    pub(crate) async fn save(&self, agenda: &Agenda) {
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

async fn is_of_this_log(engine: &Engine, agenda: &Agenda) -> bool {
    let Head::At(revision) = agenda.head() else { return true };
    if agenda.head() > engine.head() {
        return false;
    }
    let store = engine.store();
    let chunk = futures::StreamExt::next(&mut store.read(engine.ledger(), revision)).await;
    let last = chunk.and_then(Result::ok).and_then(|chunk| chunk.into_iter().next());
    last.is_some_and(|raw| raw.revision == revision && raw.hash == agenda.hash())
}
