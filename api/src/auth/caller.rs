//! The authenticated caller.

use cauri_domain::{LedgerId, Role, Subject};
use cauri_ledger::trail::Word;
use chrono::{DateTime, Utc};

/// Who is asking, as a verified token says. Injected into every GraphQL request as request data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The opaque id of a person or a service in the marketplace's own system.
    pub subject: Subject,
    /// What they are allowed to be.
    pub role: Role,
    /// The one ledger that this token opens.
    pub ledger: LedgerId,
    /// When the token ends. A socket that was opened with it is closed then.
    pub expires_at: DateTime<Utc>,
    /// Which token it was, for the audit trail: its own id, or a digest of it. None where there was
    /// none: in tests.
    pub token: Option<Word>,
}

impl Caller {
    /// Whether reports and reconciliations, over the books as a whole, are for them.
    #[must_use]
    pub const fn sees_books(&self) -> bool {
        match self.role {
            Role::Finance | Role::Auditor | Role::Admin | Role::Superadmin => true,
            Role::Buyer | Role::Seller | Role::Service => false,
        }
    }
}
