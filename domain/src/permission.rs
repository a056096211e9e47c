//! Which role may ask which command: the named sets of roles that the list of commands refers to.
//! Whose wallet it is, each command's own rules check.
//!
//! Auditors change nothing: no set names them.

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
