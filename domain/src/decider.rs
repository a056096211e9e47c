//! Judging: from a command and a state to events or a refusal.

use chrono::{DateTime, Utc};

use crate::actor::{Actor, Asker};
use crate::batch;
use crate::command::Command;
use crate::event::Event;
use crate::follow;
use crate::ids::CommandId;
use crate::member;
use crate::permission::permits;
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// Who asks, when, under which key: everything impure, settled before [`decide`] is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked<C = Command> {
    /// The key under which it is applied once.
    pub id: CommandId,
    /// When. Never earlier than the event before.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What.
    pub command: C,
}

/// What a command that was not refused comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// These happened, together or not at all. Never empty.
    Happened(Vec<Event>),
    /// The state already is what the command asks for.
    ///
    /// Opening what was opened on the same terms is this, whatever became of it since: the answer
    /// says where it stands.
    Already,
}

/// The usual ending of a rule.
#[expect(clippy::unnecessary_wraps, reason = "it is what every rule returns")]
pub(crate) fn happened<const N: usize>(events: [Event; N]) -> Result<Decided, Refusal> {
    const { assert!(N > 0, "something happened") };
    Ok(Decided::Happened(events.into()))
}

/// Judges, and panics on no command.
///
/// The state is as it was when this returns: what is made of several commands is judged by evolving
/// it and taking that back, which is why it is borrowed mutably.
///
/// # Errors
/// The first rule that the command breaks: who may, does it exist, is it already so, is it
/// allowed from here, is there enough.
pub fn decide(state: &mut LedgerState, asked: &Asked) -> Result<Decided, Refusal> {
    if !permits(asked.actor.role, &asked.command) {
        return Err(Refusal::Forbidden { role: asked.actor.role });
    }
    if !matches!(asked.command, Command::OpenLedger(_)) {
        state.settings()?;
    }
    if let Command::Batch(batch) = &asked.command {
        return batch::decide_batch(state, asked, batch);
    }
    let decided = asked.command.decide(state, &Asker::alone(&asked.actor), asked.at)?;
    let decided = member::told(state, &asked.actor, asked.at, decided);
    Ok(follow::whole(state, asked.at, decided))
}
