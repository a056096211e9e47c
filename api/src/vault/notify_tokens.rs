//! Tokens that a provider tells whoever begins a payment, and names in each notification of it: kept
//! under the pay-in, so that a notification with another token is known for a forgery.

use cauri_domain::{LedgerId, PayinId, Subject};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{Kind, NewItem, Once, Vault, VaultError, VaultRef};

/// How many tokens are kept of a pay-in: a payment that is begun again at its provider has another.
const MOST_TOKENS: usize = 8;

/// How keeping a token ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKept {
    /// It is kept, now.
    Now,
    /// It was kept before.
    Before,
    /// Something else was kept for a command of this id.
    Differs,
    /// As many others are kept of the pay-in as there may be.
    TooMany,
}

impl Vault {
    /// Keeps a token of a pay-in beside those that are kept already: once, and for the command that
    /// `asker` sent under this id.
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
    ) -> Result<TokenKept, VaultError> {
        let plain = token.expose_secret().as_bytes();
        let known = self.notify_tokens(ledger, payin).await?;
        let is_same = |it: &SecretString| it.expose_secret().as_bytes().ct_eq(plain).into();
        if known.iter().flatten().any(is_same) {
            return Ok(TokenKept::Before);
        }
        if known.len() >= MOST_TOKENS {
            return Ok(TokenKept::TooMany);
        }
        let subject = subject(payin);
        let item = NewItem { subject: &subject, kind: Kind::NotifyToken, plain };
        Ok(match self.put_once(ledger, item, asker, command).await? {
            Once::Kept(_) => TokenKept::Now,
            Once::Before(_) => TokenKept::Before,
            Once::Differs => TokenKept::Differs,
        })
    }

    /// The tokens that are kept of a pay-in, each as far as it can be read; none where none was kept,
    /// or they are erased.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`]; of each token, [`VaultError::UnknownMasterKey`] or
    /// [`VaultError::Tampered`].
    pub async fn notify_tokens(
        &self,
        ledger: &LedgerId,
        payin: PayinId,
    ) -> Result<Vec<Result<SecretString, VaultError>>, VaultError> {
        // One that no command is bound to was never answered as kept.
        let rows = sqlx::query(
            "SELECT i.reference, i.kind, i.ciphertext, i.erased_at,
                    k.subject, k.key_id, k.wrapped_key
             FROM vault.subject_key k JOIN vault.item i ON i.subject_key = k.id
             WHERE k.ledger = $1 AND k.subject = $2 AND k.erased_at IS NULL
                 AND i.kind = $3 AND i.erased_at IS NULL
                 AND EXISTS (SELECT FROM vault.command c
                             WHERE c.ledger = i.ledger AND c.reference = i.reference)",
        )
        .bind(ledger.as_str())
        .bind(subject(payin).as_str())
        .bind(Kind::NotifyToken.word())
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(|row| self.token_of(ledger, row)).collect())
    }

    fn token_of(&self, ledger: &LedgerId, row: &PgRow) -> Result<SecretString, VaultError> {
        let reference: &str = row.get("reference");
        let reference: VaultRef = reference.parse().map_err(|_| VaultError::Tampered)?;
        let plain = self.open_row(ledger, &reference, row)?;
        let text = std::str::from_utf8(plain.expose_secret());
        Ok(text.map_err(|_| VaultError::Tampered)?.into())
    }
}

/// What a pay-in's tokens are kept, and erased, under. They say nothing of a person.
fn subject(payin: PayinId) -> Subject {
    format!("payin:{payin}").parse().expect("letters and digits")
}
