//! A notification's token, compared with what is kept of its payment before its provider is asked.

use std::time::Duration;

use cauri_domain::{LedgerId, PayinId};

use super::Applier;
use crate::webhooks::Question;

/// How long the vault may take.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// Compares the token that a question's delivery names, in constant time. Of strangers' tokens
    /// as many are looked at at once as there is room for questions.
    pub async fn compared(&self, ledger: &LedgerId, question: &Question) -> Compared {
        let Question::CinetpayV1 { payment, token } = question else { return Compared::WithNone };
        let Ok(_permit) = self.asking.try_acquire() else { return Compared::Unknown };
        let kept = self.vault.notify_tokens(ledger, PayinId(*payment));
        let why = match tokio::time::timeout(PATIENCE, kept).await {
            Ok(Ok(kept)) if kept.is_empty() => return Compared::WithNone,
            Ok(Ok(kept)) if kept.iter().any(|kept| token.fits(kept)) => return Compared::Same,
            Ok(Ok(_)) => return Compared::Other,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the database does not answer".to_owned(),
        };
        tracing::error!(%ledger, %payment, why, "a notification is turned away: its payment's token cannot be read");
        Compared::Unknown
    }
}
