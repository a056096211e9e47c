//! A notification's token, compared with what is kept of its payment before its provider is asked.

use std::error::Error;
use std::time::Duration;

use cauri_domain::{LedgerId, PayinId};

use super::Applier;
use crate::webhooks::Question;

/// How long a delivery waits for its turn and the vault.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many deliveries' tokens are being compared at once: anybody may send one, and the vault's
/// database has other work.
pub const COMPARED_AT_ONCE: usize = 4;

/// What a delivery's token says of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Nothing: it names none, or none is kept of its payment.
    WithNone,
    /// The sender knows what the provider told whoever began the payment.
    Same,
    /// It is another than each that is kept.
    Other,
    /// What is kept cannot be read now: the delivery is to be sent again.
    Unknown,
}

impl Applier {
    /// Compares the token that a question's delivery names, in constant time.
    pub async fn compared(&self, ledger: &LedgerId, question: &Question) -> Compared {
        let Question::CinetpayV1 { payment, token } = question else { return Compared::WithNone };
        let kept = async {
            // It is never closed: without a permit it would only not wait.
            let _permit = self.comparing.acquire().await;
            self.vault.notify_tokens(ledger, PayinId(*payment)).await
        };
        let kept = match tokio::time::timeout(PATIENCE, kept).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(error)) => return unknown(&error),
            Err(late) => return unknown(&late),
        };
        if kept.is_empty() {
            return Compared::WithNone;
        }
        if kept.iter().flatten().any(|kept| token.fits(kept)) {
            return Compared::Same;
        }
        // It may be one that does not open.
        kept.iter().find_map(|it| it.as_ref().err()).map_or(Compared::Other, |error| unknown(error))
    }
}

/// Strangers may make many of these: they are counted, and told of once a minute.
fn unknown(why: &(dyn Error + 'static)) -> Compared {
    tracing::debug!(why, "the token of a notification cannot be compared");
    Compared::Unknown
}
