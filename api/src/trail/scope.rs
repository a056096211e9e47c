//! What happens within one mutation, for who puts it on record.
//!
//! Commands are asked, and refusals made, in many resolvers; which mutation it is, and who asks, is
//! known where the field is resolved. A value of the task connects the two, so that no resolver can
//! forget it. Where there is none (a server without a trail) nothing is gathered.

use std::cell::RefCell;

use uuid::Uuid;

use cauri_domain::permission::{Oversight, oversight};
use cauri_domain::{Command, Revision, Role};
use cauri_ledger::trail::TrailError;

use super::Recorder;

tokio::task_local! {
    static SEEN: Seen;
}

struct Seen {
    recorder: Recorder,
    acts: RefCell<Vec<Act>>,
}

/// A command that was asked, or a refusal that was made before one was.
#[derive(Debug, Default)]
pub(super) struct Act {
    pub(super) command: Option<Command>,
    pub(super) oversight: Option<Oversight>,
    pub(super) ended: Option<Ended>,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Ended {
    Done { command_id: Uuid, revision: Revision },
    Refused { command_id: Uuid, code: &'static str, field: Option<String>, at: Option<Revision> },
}

/// Runs a mutation, and gathers what it does.
pub(super) async fn gathered<F: Future>(recorder: &Recorder, mutation: F) -> (F::Output, Vec<Act>) {
    let seen = Seen { recorder: recorder.clone(), acts: RefCell::default() };
    let running = async move {
        let output = mutation.await;
        (output, SEEN.with(|seen| seen.acts.take()))
    };
    SEEN.scope(seen, running).await
}

/// A command is about to be asked.
///
/// # Errors
/// When it must be put on record and cannot be.
pub(crate) fn asked(role: Role, command: &Command) -> Result<(), TrailError> {
    let asked = SEEN.try_with(|seen| -> Result<(), TrailError> {
        let oversight = oversight(role, command);
        if oversight.is_some() {
            seen.recorder.ready()?;
        }
        let command = Some(command.clone());
        seen.acts.borrow_mut().push(Act { command, oversight, ended: None });
        Ok(())
    });
    asked.unwrap_or(Ok(()))
}

/// The command asked last was not refused.
pub(crate) fn done(command_id: Uuid, revision: Revision) {
    end(Ended::Done { command_id, revision });
}

/// Something is refused: the command asked last, or what asks for none.
pub(crate) fn refused(
    command_id: Uuid,
    code: &'static str,
    field: Option<String>,
    at: Option<Revision>,
) {
    end(Ended::Refused { command_id, code, field, at });
}

fn end(ended: Ended) {
    let within = SEEN.try_with(|seen| {
        let mut acts = seen.acts.borrow_mut();
        match acts.last_mut().filter(|act| act.ended.is_none()) {
            Some(act) => act.ended = Some(ended),
            None => acts.push(Act { ended: Some(ended), ..Act::default() }),
        }
    });
    // Nobody gathers.
    let _ = within;
}
