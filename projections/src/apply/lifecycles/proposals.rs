//! Rows of proposals.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::{Event, ProposalId, Subject};

pub(super) struct Proposals(Rows);

impl Default for Proposals {
    fn default() -> Self {
        Self(Rows::new("proposals", &["proposal"]))
    }
}

impl Proposals {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::ProposalMade(event) => {
                let row = json!({ "proposal": event.proposal, "proposed_by": event.by,
                    "command": event.command.name(), "content": event.command,
                    "reason": event.reason, "status": "open", "expires_at": event.expires_at });
                self.0.make(stamp, row);
            }
            Event::ProposalApproved(event) => {
                self.judge(stamp, event.proposal, "approved", Some(&event.by));
            }
            Event::ProposalRejected(event) => {
                self.judge(stamp, event.proposal, "rejected", Some(&event.by));
            }
            Event::ProposalWithdrawn(event) => {
                self.judge(stamp, event.proposal, "withdrawn", None);
            }
            Event::ProposalExpired(event) => self.judge(stamp, event.proposal, "expired", None),
            _ => {}
        }
    }

    fn judge(&mut self, stamp: Stamp, proposal: ProposalId, status: &str, by: Option<&Subject>) {
        let change = json!({ "proposal": proposal, "status": status, "judged_by": by });
        self.0.change(stamp, change);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.0.write(connection, ledger).await
    }
}
