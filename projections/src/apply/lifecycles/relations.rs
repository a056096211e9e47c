//! Rows of relations.

use serde_json::{Value, json};
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::Event;
use cauri_domain::relation::{Party, Relation};

pub(super) struct Relations(Rows);

impl Default for Relations {
    fn default() -> Self {
        let rows = Rows::new("relations", &["object", "kind", "party"]);
        Self(rows.with_owners(&[("owner", "wallet")]).made_again())
    }
}

/// The columns of a relation, its key's among them.
fn columns(relation: &Relation, status: &str) -> Value {
    let (party, subject, wallet) = match &relation.party {
        Party::Subject(subject) => (format!("subject:{subject}"), Some(subject), None),
        Party::Wallet(wallet) => (format!("wallet:{wallet}"), None, Some(wallet)),
    };
    json!({ "kind": relation.kind, "object": relation.object, "party": party,
        "subject": subject, "wallet": wallet, "status": status })
}

impl Relations {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::RelationAssigned(event) => {
                self.0.make(stamp, columns(&event.relation, "active"));
            }
            Event::RelationEnded(event) => {
                self.0.change(stamp, columns(&event.relation, "ended"));
            }
            _ => {}
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.0.write(connection, ledger).await
    }
}
