//! Which role may ask which command: the named sets of roles that the list of commands refers to.
//! Whose wallet it is, each command's own rules check.
//!
//! Auditors change nothing: no set names them. What of all that is put on record as an act of people,
//! [`oversight`] says.

use crate::actor::Role::{self, Admin, Buyer, Finance, Seller, Service, Superadmin};
use crate::command::Command;

/// Setting up a ledger and its rules.
pub const SETUP: &[Role] = &[Superadmin, Service];
/// A party's own acts; the marketplace's back end and its staff may do them for a party.
pub const PARTIES: &[Role] = &[Buyer, Seller, Admin, Superadmin, Service];
/// Spending a party's money: staff may not, only the party or the back end on its behalf.
pub const SPENDERS: &[Role] = &[Buyer, Seller, Service];
/// Staff's acts, and those of the back end on their behalf.
pub const STAFF: &[Role] = &[Admin, Superadmin, Service];
/// A person's judgement over money: never a program's.
pub const JUDGES: &[Role] = &[Finance, Admin, Superadmin];
/// What finance and staff do to the books, themselves or through the back end.
pub const BOOKKEEPERS: &[Role] = &[Finance, Admin, Superadmin, Service];
/// All who may ask anything at all: what they ask within is judged by itself.
pub const ACTORS: &[Role] = &[Buyer, Seller, Finance, Admin, Superadmin, Service];
/// What providers told and what fell due.
pub const SYSTEM: &[Role] = &[Service];

/// Whether `role` may ask this kind of command at all.
#[must_use]
pub fn permits(role: Role, command: &Command) -> bool {
    command.who().contains(&role)
}

/// How an act of people is put on record, besides in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oversight {
    /// What only staff, finance and the back end may do, and what staff did for a party.
    Administered,
    /// A person's judgement over money.
    Approved,
}

/// Whether the audit trail keeps that `role` did this; the sets above decide, so that a new command
/// is kept without being named. Parties' own acts are in the ledger alone.
///
/// Of the back end's acts only those are kept that change the rules, the endpoints or erase: the
/// others are its daily work, in their thousands, and the ledger has them under its name.
#[must_use]
pub fn oversight(role: Role, command: &Command) -> Option<Oversight> {
    if let Command::Batch(batch) = command {
        return batch.commands.iter().filter_map(|command| oversight(role, command)).max();
    }
    let who = command.who();
    let rare = matches!(command.lifecycle(), "endpoint" | "personal_data");
    let kept = match role {
        Buyer | Seller | Role::Auditor => false,
        Service => who == SETUP || rare,
        Finance | Admin | Superadmin => who != SYSTEM,
    };
    let judged = if who == JUDGES { Oversight::Approved } else { Oversight::Administered };
    kept.then_some(judged)
}
