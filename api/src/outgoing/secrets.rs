//! Where the secrets are that sign: the vault, or a test's own place.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

use cauri_domain::{EndpointId, LedgerId, Reference, Subject};

use super::Parts;
use super::store::Row;
use crate::vault::{Kind, Vault, VaultError, VaultRef};
use crate::webhooks::signature::{Key, STANDARD_WEBHOOKS};

/// Why a secret is not there.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// It was erased, or never kept.
    #[error("the endpoint's secret is not kept any more")]
    Missing,
    /// Its place does not answer, or does not know it again.
    #[error("the endpoint's secret cannot be read")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Keeps the secrets of endpoints.
pub trait Secrets: std::fmt::Debug + Send + Sync + 'static {
    /// Keeps one of an endpoint; says where.
    fn keep(
        &self,
        ledger: LedgerId,
        endpoint: EndpointId,
        secret: SecretString,
    ) -> BoxFuture<'_, Result<Reference, SecretsError>>;

    /// Reads one.
    fn read(
        &self,
        ledger: LedgerId,
        place: Reference,
    ) -> BoxFuture<'_, Result<SecretString, SecretsError>>;

    /// Erases one.
    fn erase(&self, ledger: LedgerId, place: Reference) -> BoxFuture<'_, Result<(), SecretsError>>;

    /// Erases all of an endpoint.
    fn erase_all(
        &self,
        ledger: LedgerId,
        endpoint: EndpointId,
    ) -> BoxFuture<'_, Result<(), SecretsError>>;
}

impl Secrets for Vault {
    fn keep(
        &self,
        ledger: LedgerId,
        endpoint: EndpointId,
        secret: SecretString,
    ) -> BoxFuture<'_, Result<Reference, SecretsError>> {
        async move {
            let (subject, plain) = (subject(endpoint), secret.expose_secret().as_bytes());
            let kept = self.put(&ledger, &subject, Kind::EndpointSecret, plain).await?;
            Ok(kept.reference().clone())
        }
        .boxed()
    }

    fn read(
        &self,
        ledger: LedgerId,
        place: Reference,
    ) -> BoxFuture<'_, Result<SecretString, SecretsError>> {
        async move {
            let bytes = self.get_of(&ledger, &vault_ref(&place)?, Kind::EndpointSecret).await?;
            let text = String::from_utf8(bytes.expose_secret().clone());
            Ok(text.map_err(|_| SecretsError::Missing)?.into())
        }
        .boxed()
    }

    fn erase(&self, ledger: LedgerId, place: Reference) -> BoxFuture<'_, Result<(), SecretsError>> {
        async move {
            self.erase_item(&ledger, &vault_ref(&place)?).await?;
            Ok(())
        }
        .boxed()
    }

    fn erase_all(
        &self,
        ledger: LedgerId,
        endpoint: EndpointId,
    ) -> BoxFuture<'_, Result<(), SecretsError>> {
        async move {
            Self::erase(self, &ledger, &subject(endpoint)).await?;
            Ok(())
        }
        .boxed()
    }
}

/// The keys that sign, and until when the second of them does.
#[derive(Debug)]
pub(super) struct Keys {
    all: Vec<Key>,
    former_until: Option<DateTime<Utc>>,
}

impl Keys {
    /// Reads those of an endpoint.
    pub(super) async fn read(
        parts: &Parts,
        ledger: &LedgerId,
        row: &Row,
    ) -> Result<Self, SecretsError> {
        let key = async |place: &Reference| {
            let secret = parts.secrets.read(ledger.clone(), place.clone()).await?;
            STANDARD_WEBHOOKS.key(&secret).map_err(|_| SecretsError::Missing)
        };
        let mut keys = Self { all: vec![key(&row.terms.secret).await?], former_until: None };
        if let Some((former, until)) = &row.former
            && parts.clock.now() < *until
        {
            match key(former).await {
                Ok(former) => {
                    keys.all.push(former);
                    keys.former_until = Some(*until);
                }
                // It was erased before its time, or the rotation is old and was read from the log
                // once more: the new one signs all the same.
                Err(SecretsError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(keys)
    }

    /// Those that sign now.
    pub(super) fn at(&self, now: DateTime<Utc>) -> &[Key] {
        match self.former_until {
            Some(until) if now >= until => &self.all[..1],
            Some(_) | None => &self.all,
        }
    }
}

/// Whose the secrets of an endpoint are in the vault.
fn subject(endpoint: EndpointId) -> Subject {
    format!("endpoint:{endpoint}").parse().expect("letters and digits")
}

fn vault_ref(place: &Reference) -> Result<VaultRef, SecretsError> {
    place.as_str().parse().map_err(|_| SecretsError::Missing)
}

impl From<VaultError> for SecretsError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NotFound | VaultError::Erased { .. } => Self::Missing,
            error @ (VaultError::Unavailable(_)
            | VaultError::Tampered
            | VaultError::UnknownMasterKey { .. }) => Self::Unavailable(Box::new(error)),
        }
    }
}

/// Secrets in memory: for tests.
#[derive(Debug, Default)]
pub struct MemorySecrets(Mutex<BTreeMap<Reference, (EndpointId, SecretString)>>);

impl MemorySecrets {
    fn map(&self) -> std::sync::MutexGuard<'_, BTreeMap<Reference, (EndpointId, SecretString)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts one where a test's own event says.
    pub fn put(&self, place: Reference, endpoint: EndpointId, secret: SecretString) {
        self.map().insert(place, (endpoint, secret));
    }
}

impl Secrets for MemorySecrets {
    fn keep(
        &self,
        _: LedgerId,
        endpoint: EndpointId,
        secret: SecretString,
    ) -> BoxFuture<'_, Result<Reference, SecretsError>> {
        let place: Reference =
            format!("mem_{}", uuid::Uuid::new_v4().simple()).parse().expect("letters and digits");
        self.put(place.clone(), endpoint, secret);
        async move { Ok(place) }.boxed()
    }

    fn read(
        &self,
        _: LedgerId,
        place: Reference,
    ) -> BoxFuture<'_, Result<SecretString, SecretsError>> {
        let found = self.map().get(&place).map(|(_, secret)| secret.clone());
        async move { found.ok_or(SecretsError::Missing) }.boxed()
    }

    fn erase(&self, _: LedgerId, place: Reference) -> BoxFuture<'_, Result<(), SecretsError>> {
        self.map().remove(&place);
        async { Ok(()) }.boxed()
    }

    fn erase_all(
        &self,
        _: LedgerId,
        endpoint: EndpointId,
    ) -> BoxFuture<'_, Result<(), SecretsError>> {
        self.map().retain(|_, (of, _)| *of != endpoint);
        async { Ok(()) }.boxed()
    }
}
