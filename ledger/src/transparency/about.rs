//! Which events tell of an object: those that a receipt of it has.
//!
//! An event tells of a payout when it is one of the `withdrawal.…` events and names that withdrawal;
//! pay-ins, escrows and refunds alike. Events of other objects that touch it tell of those.

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use cauri_domain::{LedgerId, Revision};
use futures::StreamExt as _;

use super::error::TransparencyError;
use crate::store::EventStore;

/// What a receipt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A withdrawal, paid out or not.
    Payout(Uuid),
    /// A pay-in.
    Payin(Uuid),
    /// An escrow: paid, released, given back.
    Escrow(Uuid),
    /// A refund of a pay-in.
    Refund(Uuid),
}

#[derive(Deserialize)]
struct Head<'a> {
    t: &'a str,
    #[serde(borrow)]
    p: &'a RawValue,
}

#[derive(Deserialize)]
struct Named {
    withdrawal: Option<Uuid>,
    payin: Option<Uuid>,
    escrow: Option<Uuid>,
    refund: Option<Uuid>,
}

impl About {
    /// Whether an event, by its stored body, tells of it.
    #[must_use]
    pub fn is_told_by(self, body: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(body) else { return false };
        let (Self::Payout(id) | Self::Payin(id) | Self::Escrow(id) | Self::Refund(id)) = self;
        let mut hyphenated = [0; uuid::fmt::Hyphenated::LENGTH];
        // Most events are not about it: only those that have its id at all are taken apart.
        if !text.contains(&*id.hyphenated().encode_lower(&mut hyphenated)) {
            return false;
        }
        let Ok(Head { t, p }) = serde_json::from_str(text) else { return false };
        let Ok(named) = serde_json::from_str::<Named>(p.get()) else { return false };
        let (kind, of) = match self {
            Self::Payout(_) => ("withdrawal.", named.withdrawal),
            Self::Payin(_) => ("payin.", named.payin),
            Self::Escrow(_) => ("escrow.", named.escrow),
            Self::Refund(_) => ("refund.", named.refund),
        };
        t.starts_with(kind) && of == Some(id)
    }

    /// The revisions of all events that tell of it, found by reading the whole log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn find(
        self,
        store: &dyn EventStore,
        ledger: &LedgerId,
    ) -> Result<Vec<Revision>, TransparencyError> {
        let mut chunks = store.read(ledger, Revision::FIRST);
        let mut found = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            let telling = chunk.iter().filter(|raw| self.is_told_by(&raw.body));
            found.extend(telling.map(|raw| raw.revision));
        }
        Ok(found)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_events_of_its_own_kind_that_name_it_tell_of_it() {
        let golden = |name: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
            std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap()
        };
        let id = |text: &str| text.parse::<Uuid>().unwrap();
        let withdrawal = id("00000000-0000-0000-0000-000000004001");
        let paid = golden("withdrawal.paid.v1");
        let paid = paid.lines().next().unwrap().as_bytes();
        assert!(About::Payout(withdrawal).is_told_by(paid));
        assert!(!About::Escrow(withdrawal).is_told_by(paid), "it is of another kind");
        assert!(!About::Payout(Uuid::nil()).is_told_by(paid), "it is another's");
        let refund = golden("refund.requested.v1");
        let refund = refund.lines().next().unwrap().as_bytes();
        // It names the pay-in too, but tells of the refund.
        assert!(!About::Payin(id("00000000-0000-0000-0000-000000002001")).is_told_by(refund));
        assert!(About::Refund(id("00000000-0000-0000-0000-00000000a001")).is_told_by(refund));
    }
}
