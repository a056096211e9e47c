//! Identifiers: one newtype each, so that a wallet can never be passed where an escrow is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a UUID in its canonical form.
    #[error("not a UUID")]
    NotAUuid,
    /// A ledger's name is 1 to 32 of `a-z`, `0-9` and `-`, starting with a letter.
    #[error("a ledger's name is 1 to 32 of a-z, 0-9 and -, starting with a letter")]
    NotALedgerName,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError::NotAUuid)
            }
        }
    };
}

uuid_id!(
    /// A party's wallet.
    WalletId
);
uuid_id!(
    /// A pay-in: money expected from outside.
    PayinId
);
uuid_id!(
    /// Money kept for a condition.
    EscrowId
);
uuid_id!(
    /// An owner's request to take money out.
    WithdrawalId
);
uuid_id!(
    /// An authorisation: money kept back for a payment that is not final yet.
    HoldId
);
uuid_id!(
    /// An order: lines of one or several sellers, paid as one.
    SaleId
);
uuid_id!(
    /// What a buyer may use: a file, a ticket, a plan.
    EntitlementId
);
uuid_id!(
    /// Money on its way back to a payer.
    RefundId
);
uuid_id!(
    /// A payment that a payer disputes at the provider.
    ChargebackId
);
uuid_id!(
    /// What a provider paid to our own bank account.
    SettlementId
);
uuid_id!(
    /// A plan that a payer renews.
    SubscriptionId
);
uuid_id!(
    /// An invoice or a credit note.
    InvoiceId
);
uuid_id!(
    /// A command that waits for a second person.
    ProposalId
);
uuid_id!(
    /// A way to pay, as a reference into the vault.
    PaymentMethodId
);
uuid_id!(
    /// A suspicion that staff or a rule put on record.
    FlagId
);
uuid_id!(
    /// Money that is kept back of a wallet while somebody looks into it.
    RiskHoldId
);
uuid_id!(
    /// A correction of the books: an adjustment, an opening balance, a reversal.
    CorrectionId
);
uuid_id!(
    /// One of several captures of a hold.
    CaptureId
);
uuid_id!(
    /// Where the marketplace's own systems are told what happened.
    EndpointId
);
uuid_id!(
    /// A command. With the actor's subject it is the key under which a command is applied once.
    CommandId
);
uuid_id!(
    /// A whole story: every event that one intention led to.
    CorrelationId
);

impl CommandId {
    /// The id of a command that a recorded event leads to.
    ///
    /// The same ledger, event and step always give the same id, so a redelivered event is harmless.
    #[must_use]
    pub fn caused_by(ledger: &LedgerId, revision: Revision, step: &str) -> Self {
        Self(Uuid::new_v5(&event_uuid(ledger, revision), step.as_bytes()))
    }
}

/// The UUID of an event, for engines that want one: UUIDv5 of (ledger, revision).
#[must_use]
pub fn event_uuid(ledger: &LedgerId, revision: Revision) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("cauri:{ledger}:{revision}").as_bytes())
}

/// The place of an event in one ledger: gapless, 0 first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// The first revision of every ledger.
    pub const FIRST: Self = Self(0);

    /// The revision after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a ledger: the unit of consistency, one stream of events.
///
/// 1 to 32 of `a-z`, `0-9` and `-`, starting with a letter: it names folders, streams and rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LedgerId(String);

impl LedgerId {
    /// The default ledger of a deployment.
    #[must_use]
    pub fn main() -> Self {
        Self("main".to_owned())
    }

    /// The stream of who did what, which is kept beside the ledgers and is none: no ledger can be
    /// called so.
    #[must_use]
    pub fn trail() -> Self {
        Self("audit-trail".to_owned())
    }

    /// Whether it is [`LedgerId::trail`].
    #[must_use]
    pub fn is_trail(&self) -> bool {
        self.0 == "audit-trail"
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LedgerId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for LedgerId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        let fits = (1..=32).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text)) } else { Err(IdError::NotALedgerName) }
    }
}

impl From<LedgerId> for String {
    fn from(id: LedgerId) -> Self {
        id.0
    }
}
