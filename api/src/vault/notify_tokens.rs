//! Tokens that a provider tells whoever begins a payment, and names in each notification of it: kept
//! under the pay-in, so that a notification with another token is known for a forgery.

use cauri_domain::{LedgerId, PayinId, Subject};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{Kind, NewItem, Once, Vault, VaultError, VaultRef};

/// How many of a pay-in's tokens are looked at: the last ones. A payment that is begun again at its
/// provider has another.
const MOST: i64 = 8;

impl Vault {
    /// Keeps a token of a pay-in beside those that are kept already, once for the command that `asker`
    /// sent under this id.
    ///
    /// # Errors
    /// As [`Vault::put`].
    pub async fn keep_notify_token(
        &self,
        ledger: &LedgerId,
        payin: PayinId,
        token: &SecretString,
        asker: &Subject,
        command: Uuid,
    ) -> Result<Once, VaultError> {
        let (subject, plain) = (subject(payin), token.expose_secret().as_bytes());
        let item = NewItem { subject: &subject, kind: Kind::NotifyToken, plain };
        self.put_once(ledger, item, asker, command).await
    }

    /// The last tokens that are kept of a pay-in, the newest first; none where none was kept, or they
    /// are erased.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`], [`VaultError::UnknownMasterKey`] or [`VaultError::Tampered`].
    pub async fn notify_tokens(
        &self,
        ledger: &LedgerId,
        payin: PayinId,
    ) -> Result<Vec<SecretString>, VaultError> {
        let references: Vec<String> = sqlx::query_scalar(
            "SELECT i.reference
             FROM vault.subject_key k JOIN vault.item i ON i.subject_key = k.id
             WHERE k.ledger = $1 AND k.subject = $2 AND k.erased_at IS NULL
                 AND i.kind = $3 AND i.erased_at IS NULL
             ORDER BY i.created_at DESC, i.reference LIMIT $4",
        )
        .bind(ledger.as_str())
        .bind(subject(payin).as_str())
        .bind(Kind::NotifyToken.word())
        .bind(MOST)
        .fetch_all(&self.pool)
        .await?;
        let mut tokens = Vec::new();
        for reference in references {
            let reference: VaultRef = reference.parse().map_err(|_| VaultError::Tampered)?;
            match self.get_of(ledger, &reference, Kind::NotifyToken).await {
                Ok(plain) => {
                    let text = std::str::from_utf8(plain.expose_secret());
                    tokens.push(text.map_err(|_| VaultError::Tampered)?.into());
                }
                // Just now.
                Err(VaultError::Erased { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(tokens)
    }
}

/// What a pay-in's tokens are kept, and erased, under. They say nothing of a person.
fn subject(payin: PayinId) -> Subject {
    format!("payin:{payin}").parse().expect("letters and digits")
}
