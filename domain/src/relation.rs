//! Relations: who is what of which thing of the marketplace. The arbiter of an order, the driver of
//! a mission, the courier of a parcel, the store of a channel.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `AssignRelation` | `relation.assigned.v1` | none |
//! | `EndRelation` | `relation.ended.v1` | none |
//!
//! They are labels for others to ask for: no rule of money looks at them. Nor does one look at which
//! of the roles `buyer` and `seller` a token names: the same person buys and sells, and what counts
//! is whose wallet it is.

use serde::{Deserialize, Serialize};

use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::WalletId;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::{Code, Reference, Subject};
use crate::wallet;

/// Who stands in a relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// A person or program.
    Subject(Subject),
    /// A wallet.
    Wallet(WalletId),
}

/// Who is what of which thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Relation {
    /// What: `arbiter`, `driver`, a word of the marketplace's own vocabulary.
    pub kind: Code,
    /// Who.
    pub party: Party,
    /// Of which thing of the marketplace's own system.
    pub object: Reference,
}

/// Says that somebody is something of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    /// Who is what of which thing.
    pub relation: Relation,
}

/// Says that they are so no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Who was what of which thing.
    pub relation: Relation,
}

/// Somebody is something of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// Who is what of which thing.
    pub relation: Relation,
}

/// They are so no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Who was what of which thing.
    pub relation: Relation,
}

pub(crate) fn decide_assign(state: &LedgerState, command: &Assign) -> Result<Decided, Refusal> {
    if let Party::Wallet(id) = command.relation.party {
        wallet::named(state, id, "wallet")?;
    }
    if state.relations.get(&command.relation).is_some() {
        return Ok(Decided::Already);
    }
    happened([Event::RelationAssigned(Assigned { relation: command.relation.clone() })])
}

pub(crate) fn decide_end(state: &LedgerState, command: &End) -> Result<Decided, Refusal> {
    if state.relations.get(&command.relation).is_none() {
        return Ok(Decided::Already);
    }
    happened([Event::RelationEnded(Ended { relation: command.relation.clone() })])
}

pub(crate) fn evolve_assigned(state: &mut LedgerState, event: &Assigned) {
    state.relations.insert(event.relation.clone(), ());
}

pub(crate) fn evolve_ended(state: &mut LedgerState, event: &Ended) {
    state.relations.remove(event.relation.clone());
}
