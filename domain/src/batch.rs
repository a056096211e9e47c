//! Several commands as one: all of them happen, in order, as one unit of the log, or none does.
//!
//! | command | events | entry |
//! | --- | --- | --- |
//! | `Batch` | those of its commands | theirs |
//!
//! Each command is judged on what the ones before it lead to, as if it had been asked alone by the
//! same actor at the same time. One that is so already adds nothing. The first refusal is the
//! answer for all, and names the command: `commands[3].amount`.

use serde::{Deserialize, Serialize};

use crate::actor::Asker;
use crate::command::Command;
use crate::decider::{Asked, Decided};
use crate::follow;
use crate::member;
use crate::permission::permits;
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// The most commands of one batch.
pub const MOST: usize = 1_000;

/// Several commands, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The commands, in order. No batch among them.
    pub commands: Vec<Command>,
}

/// Judges each command on what those before it lead to; the state is then as it was.
pub(crate) fn decide_batch(
    state: &mut LedgerState,
    asked: &Asked,
    batch: &Batch,
) -> Result<Decided, Refusal> {
    if batch.commands.is_empty() || batch.commands.len() > MOST {
        return Err(Refusal::InvalidSetting { field: "commands", allowed: "1 to 1000 commands" });
    }
    let before = state.mark();
    let mut happened = Vec::new();
    let mut judge = |state: &mut LedgerState| {
        for (index, command) in (0_u32..).zip(&batch.commands) {
            let refused = |refusal| Refusal::InBatch { index, refusal: Box::new(refusal) };
            if !permits(asked.actor.role, command) {
                return Err(refused(Refusal::Forbidden { role: asked.actor.role }));
            }
            let asker = Asker::alone(&asked.actor);
            let decided = command.decide(state, &asker, asked.at).map_err(refused)?;
            let decided = member::told(state, &asked.actor, asked.at, decided);
            match follow::whole(state, asked.at, decided) {
                Decided::Already => {}
                Decided::Happened(events) => {
                    events.iter().for_each(|event| state.evolve(event, asked.at));
                    happened.extend(events);
                }
            }
        }
        Ok(())
    };
    let judged = judge(state);
    state.undo_to(before);
    judged?;
    Ok(if happened.is_empty() { Decided::Already } else { Decided::Happened(happened) })
}

/// What a batch in a batch comes to: the outer one is judged by [`decide_batch`].
pub(crate) const fn decide_nested() -> Result<Decided, Refusal> {
    Err(Refusal::InvalidSetting { field: "commands", allowed: "commands, and no batch" })
}
