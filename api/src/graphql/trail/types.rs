//! The audit trail as it is seen.

use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_ledger::trail::{Kept, Word};

use super::words::AccessKind;
use crate::graphql::scalars::RevisionNumber;

/// An entry of the audit trail.
#[derive(Debug, Clone)]
pub struct AccessEntry(pub(super) Kept);

/// What somebody did, or was refused, besides what the ledger tells.
#[Object]
impl AccessEntry {
    /// Its place in the trail, which has no gap.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }

    /// Its link in the trail's hash chain.
    async fn hash(&self) -> String {
        self.0.hash.to_string()
    }

    /// When it was put on record.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    /// What kind of act.
    async fn kind(&self) -> AccessKind {
        self.0.entry.kind.into()
    }

    /// Who: the opaque id in their token. Null where no token says.
    async fn subject(&self) -> Option<&str> {
        self.0.entry.who.as_ref().map(|who| who.actor.subject.as_str())
    }

    /// As what: the role in their token, as tokens claim it.
    async fn role(&self) -> Option<&str> {
        self.0.entry.who.as_ref().map(|who| who.actor.role.as_str())
    }

    /// Which token: `jti:` and its own id, or `sha256:` and the beginning of its digest.
    async fn token(&self) -> Option<&str> {
        self.0.entry.who.as_ref().and_then(|who| who.token.as_ref()).map(Word::as_str)
    }

    /// By which door: a mutation, a query, an HTTP address, a command of the command line.
    async fn operation(&self) -> &str {
        self.0.entry.what.operation.as_str()
    }

    /// The kind of command, where it was one.
    async fn command(&self) -> Option<&str> {
        self.0.entry.what.command.as_ref().map(Word::as_str)
    }

    /// The command's id.
    async fn command_id(&self) -> Option<Uuid> {
        self.0.entry.what.command_id
    }

    /// What it was about.
    async fn objects(&self) -> Vec<AccessObject> {
        let object = |(name, id): (&Word, &Word)| AccessObject {
            name: name.to_string(),
            id: id.to_string(),
        };
        self.0.entry.what.objects.iter().map(object).collect()
    }

    /// Why it was refused.
    async fn code(&self) -> Option<&str> {
        self.0.entry.what.code.as_ref().map(Word::as_str)
    }

    /// Which input was at fault.
    async fn field(&self) -> Option<&str> {
        self.0.entry.what.field.as_ref().map(Word::as_str)
    }

    /// The ledger's revision that tells what was done; of a refusal, where the ledger ended then.
    async fn ledger_revision(&self) -> Option<RevisionNumber> {
        self.0.entry.what.revision.map(Into::into)
    }

    /// How many such acts this entry stands for.
    async fn count(&self) -> u64 {
        self.0.entry.what.count
    }
}

/// An object that an act was about.
#[derive(Debug, SimpleObject)]
pub struct AccessObject {
    /// What it is: `wallet`.
    name: String,
    /// Its id.
    id: String,
}

/// How far a page of the trail looked.
#[derive(Debug, SimpleObject)]
pub struct LookedAt {
    /// Of all entries from this one on it shows those that were asked for. There is no index: a page
    /// looks at 50000 entries at most, and may have fewer than were asked for although there are more
    /// before. To go on, ask with this as `before`.
    pub(super) looked_from: RevisionNumber,
}
