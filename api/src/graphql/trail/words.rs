//! Words about the audit trail.

use cauri_ledger::trail::Kind;

use crate::graphql::words::words;

words!(
    /// What kind of act an entry of the audit trail is of.
    AccessKind {
        /// A command, or a look at something, that somebody known was refused.
        Refused "refused",
        /// Requests of nobody known: without a token, or with one that was not taken.
        Denied "denied",
        /// A person's judgement over money.
        Approved "approved",
        /// What only staff, finance and the back end may do, and what staff did for a party.
        Administered "administered",
        /// A look at what is sensitive.
        Read "read",
        /// A token was used, the first time that day.
        TokenUsed "token_used",
        /// Entries that could not be kept, since too many came at once.
        Dropped "dropped",
    }
);

impl From<Kind> for AccessKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Refused => Self::Refused,
            Kind::Denied => Self::Denied,
            Kind::Approved => Self::Approved,
            Kind::Administered => Self::Administered,
            Kind::Read => Self::Read,
            Kind::TokenUsed => Self::TokenUsed,
            Kind::Dropped => Self::Dropped,
        }
    }
}

impl From<AccessKind> for Kind {
    fn from(kind: AccessKind) -> Self {
        match kind {
            AccessKind::Refused => Self::Refused,
            AccessKind::Denied => Self::Denied,
            AccessKind::Approved => Self::Approved,
            AccessKind::Administered => Self::Administered,
            AccessKind::Read => Self::Read,
            AccessKind::TokenUsed => Self::TokenUsed,
            AccessKind::Dropped => Self::Dropped,
        }
    }
}
