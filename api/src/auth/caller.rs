//! The authenticated caller.

use cauri_domain::{LedgerId, Role, Subject};
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
}
