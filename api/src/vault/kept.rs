//! What is kept, and what is said of it.

use cauri_domain::Subject;
use chrono::{DateTime, Utc};

/// What a thing in the vault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Where a payout goes, in the provider's form: an account, a phone number.
    Destination,
    /// What signs the webhooks to one of the marketplace's own endpoints.
    EndpointSecret,
    /// What a payment's provider puts into its notifications, told to whoever began the payment.
    NotifyToken,
    /// What a provider sent, byte for byte.
    WebhookBody,
}

impl Kind {
    /// Its word in the database: for ever, because what is sealed is bound to it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Destination => "destination",
            Self::EndpointSecret => "endpoint_secret",
            Self::NotifyToken => "notify_token",
            Self::WebhookBody => "webhook_body",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Destination, Self::EndpointSecret, Self::NotifyToken, Self::WebhookBody]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// A thing to be kept.
pub struct NewItem<'a> {
    /// Whose it is: erased together with everything of theirs.
    pub subject: &'a Subject,
    /// What it is.
    pub kind: Kind,
    /// The thing itself.
    pub plain: &'a [u8],
}

impl std::fmt::Debug for NewItem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewItem")
            .field("subject", &self.subject)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What is known of a thing without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// What it is; `None` for one that a newer release kept.
    pub kind: Option<Kind>,
    /// Whose it is.
    pub subject: String,
    /// Since when it is kept.
    pub created_at: DateTime<Utc>,
    /// When it was erased.
    pub erased_at: Option<DateTime<Utc>>,
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// How many things were erased now; none where nothing was kept, or nothing any more.
    pub items: u64,
    /// When the subject was erased last; `None` where nothing was ever kept of it.
    pub at: Option<DateTime<Utc>>,
}
