//! Inputs of commands about relations.

use async_graphql::OneofObject;
use uuid::Uuid;

use cauri_domain::relation::{Assign, End, Party, Relation};
use cauri_domain::{Refusal, WalletId};

use crate::graphql::command::{inputs, text};

/// Who stands in a relation: exactly one of these.
#[derive(Debug, Clone, OneofObject)]
pub enum RelationPartyInput {
    /// A person or program, as the marketplace names them.
    Subject(String),
    /// A wallet.
    Wallet(Uuid),
}

fn relation(kind: &str, party: &RelationPartyInput, object: &str) -> Result<Relation, Refusal> {
    let party = match party {
        RelationPartyInput::Subject(subject) => Party::Subject(text("subject", subject)?),
        RelationPartyInput::Wallet(wallet) => Party::Wallet(WalletId(*wallet)),
    };
    Ok(Relation { kind: text("kind", kind)?, party, object: text("object", object)? })
}

inputs! {
    /// Says that somebody is something of a thing.
    AssignRelationInput {
        /// What, as a word of `a-z 0-9 . _ -`: `arbiter`, `driver`.
        kind: String,
        /// Who.
        party: RelationPartyInput,
        /// Of which thing of the marketplace's own system: at most 64 of `A-Z a-z 0-9 . _ : / -`.
        object: String,
    } => |it| Ok(Assign { relation: relation(&it.kind, &it.party, &it.object)? }.into());

    /// Says that they are so no more.
    EndRelationInput {
        /// What they were.
        kind: String,
        /// Who.
        party: RelationPartyInput,
        /// Of which thing.
        object: String,
    } => |it| Ok(End { relation: relation(&it.kind, &it.party, &it.object)? }.into());
}
