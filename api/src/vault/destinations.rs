//! Where payouts go: the vault as what process managers ask, and the form that people may see.

use std::time::Duration;

use cauri_domain::LedgerId;
use cauri_sagas::{Destinations, Resolved};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::ExposeSecret as _;

use super::{Kind, Vault, VaultError, VaultRef};

/// How long a payout waits for the database before it is tried again later.
const PATIENCE: Duration = Duration::from_secs(5);

/// The last characters of a destination, of which too few are shown to guess the others: `*2233`.
#[must_use]
pub fn masked(plain: &str) -> String {
    let length = plain.chars().count();
    let shown = match length {
        0..=4 => 0,
        5..=7 => 2,
        8.. => 4,
    };
    std::iter::once('*').chain(plain.chars().skip(length - shown)).collect()
}

impl Destinations for Vault {
    fn resolve<'a>(&'a self, ledger: &'a LedgerId, reference: &'a str) -> BoxFuture<'a, Resolved> {
        async move {
            if !VaultRef::claims(reference) {
                return Resolved::AsIs;
            }
            // Nothing is ever kept under what is no reference; and it is no provider's token.
            let Ok(known) = reference.parse::<VaultRef>() else { return Resolved::Gone };
            let asked = self.get_of(ledger, &known, Kind::Destination);
            let why = match tokio::time::timeout(PATIENCE, asked).await {
                Ok(Ok(plain)) => match std::str::from_utf8(plain.expose_secret()) {
                    Ok(text) => return Resolved::Found(text.to_owned()),
                    Err(_) => "it is no text".to_owned(),
                },
                Ok(Err(VaultError::Erased { .. } | VaultError::NotFound)) => return Resolved::Gone,
                // It may be repaired, or its key be given: until then the payout waits.
                Ok(Err(error)) => error.to_string(),
                Err(_) => "the database does not answer".to_owned(),
            };
            tracing::error!(%ledger, reference, why, "a payout waits: its destination cannot be read");
            Resolved::Unavailable
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn never_more_than_the_last_four_characters_are_shown() {
        let shown = ["", "1234", "12345", "1234567", "12345678", "+22890112233", "caf\u{e9}s12345"]
            .map(masked);
        assert_eq!(shown, ["*", "*", "*45", "*67", "*5678", "*2233", "*2345"]);
    }
}
