//! Keeping, reading, erasing.

use std::collections::{BTreeMap, BTreeSet};

use cauri_domain::{LedgerId, Subject};
use chrono::{DateTime, Utc};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::cipher::{Key, Place};
use super::{Described, Erasure, KeyId, Kind, NewItem, SecretBytes, Vault, VaultError, VaultRef};

/// A subject's live key.
struct Live {
    id: i64,
    key: Key,
}

impl Vault {
    /// Keeps a thing of a subject, durably, under a new reference.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`], [`VaultError::UnknownMasterKey`], or [`VaultError::Tampered`]
    /// where the subject's key is damaged.
    pub async fn put(
        &self,
        ledger: &LedgerId,
        subject: &Subject,
        kind: Kind,
        plain: &[u8],
    ) -> Result<VaultRef, VaultError> {
        let mut references = self.put_many(ledger, &[NewItem { subject, kind, plain }]).await?;
        Ok(references.pop().expect("one for each thing"))
    }

    /// Keeps many things in one go, under new references in the same order.
    ///
    /// # Errors
    /// As [`Vault::put`].
    pub async fn put_many(
        &self,
        ledger: &LedgerId,
        items: &[NewItem<'_>],
    ) -> Result<Vec<VaultRef>, VaultError> {
        let references: Vec<VaultRef> = items.iter().map(|_| VaultRef::random()).collect();
        let mut waiting: Vec<usize> = (0..items.len()).collect();
        while !waiting.is_empty() {
            let subjects: BTreeSet<&Subject> =
                waiting.iter().map(|at| items[*at].subject).collect();
            let live = self.live_keys(ledger, &subjects).await?;
            let (mut names, mut kinds) = (Vec::new(), Vec::new());
            let (mut keys, mut sealed) = (Vec::new(), Vec::new());
            for at in &waiting {
                let (item, reference) = (&items[*at], &references[*at]);
                let live = &live[item.subject.as_str()];
                names.push(reference.as_str());
                kinds.push(item.kind.word());
                keys.push(live.id);
                let place = item_place(ledger, reference, item.kind.word());
                sealed.push(live.key.seal(&place, item.plain));
            }
            // A subject that is erased just now waits for this, or this for its erasure: then its
            // things are not kept under a key that is gone, but tried again under the next.
            let kept = sqlx::query(
                "WITH live AS (
                     SELECT id FROM vault.subject_key
                     WHERE id = ANY($4) AND erased_at IS NULL FOR SHARE
                 )
                 INSERT INTO vault.item (ledger, reference, kind, subject_key, ciphertext)
                 SELECT $1, new.reference, new.kind, new.subject_key, new.ciphertext
                 FROM UNNEST($2::text[], $3::text[], $4::bigint[], $5::bytea[])
                     AS new (reference, kind, subject_key, ciphertext)
                 JOIN live ON live.id = new.subject_key
                 RETURNING reference",
            )
            .bind(ledger.as_str())
            .bind(&names)
            .bind(&kinds)
            .bind(&keys)
            .bind(&sealed)
            .fetch_all(&self.pool)
            .await?;
            let kept: BTreeSet<String> = kept.iter().map(|row| row.get(0)).collect();
            waiting.retain(|at| !kept.contains(references[*at].as_str()));
        }
        Ok(references)
    }

    /// What is kept under a reference.
    ///
    /// # Errors
    /// Each of [`VaultError`].
    pub async fn get(
        &self,
        ledger: &LedgerId,
        reference: &VaultRef,
    ) -> Result<SecretBytes, VaultError> {
        self.open(ledger, reference, None).await
    }

    /// What is kept under a reference, if it is of this kind: who may name a reference cannot have a
    /// secret of another kind opened.
    ///
    /// # Errors
    /// Each of [`VaultError`]; [`VaultError::NotFound`] for one of another kind.
    pub async fn get_of(
        &self,
        ledger: &LedgerId,
        reference: &VaultRef,
        kind: Kind,
    ) -> Result<SecretBytes, VaultError> {
        self.open(ledger, reference, Some(kind)).await
    }

    async fn open(
        &self,
        ledger: &LedgerId,
        reference: &VaultRef,
        wanted: Option<Kind>,
    ) -> Result<SecretBytes, VaultError> {
        let row = sqlx::query(
            "SELECT i.kind, i.ciphertext, coalesce(i.erased_at, k.erased_at) AS erased_at,
                    k.subject, k.key_id, k.wrapped_key
             FROM vault.item i JOIN vault.subject_key k ON k.id = i.subject_key
             WHERE i.ledger = $1 AND i.reference = $2",
        )
        .bind(ledger.as_str())
        .bind(reference.as_str())
        .fetch_optional(&self.pool)
        .await?;
        let row = row.ok_or(VaultError::NotFound)?;
        if wanted.is_some_and(|wanted| wanted.word() != row.get::<&str, _>("kind")) {
            return Err(VaultError::NotFound);
        }
        self.open_row(ledger, reference, &row)
    }

    /// What a row of an item, with its subject's key, holds.
    pub(super) fn open_row(
        &self,
        ledger: &LedgerId,
        reference: &VaultRef,
        row: &PgRow,
    ) -> Result<SecretBytes, VaultError> {
        if let Some(at) = row.get::<Option<DateTime<Utc>>, _>("erased_at") {
            return Err(VaultError::Erased { at });
        }
        let wrapped: Vec<u8> =
            row.get::<Option<_>, _>("wrapped_key").ok_or(VaultError::Tampered)?;
        let sealed: Vec<u8> = row.get::<Option<_>, _>("ciphertext").ok_or(VaultError::Tampered)?;
        let id = KeyId::read(row.get("key_id"));
        let key =
            self.keys.unwrap(&id, &key_place(ledger.as_str(), row.get("subject")), &wrapped)?;
        key.open(&item_place(ledger, reference, row.get("kind")), &sealed)
    }

    /// What is known of a reference without opening it; `None` where nothing was ever kept under it.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn describe(
        &self,
        ledger: &LedgerId,
        reference: &VaultRef,
    ) -> Result<Option<Described>, VaultError> {
        let mut described = self.describe_many(ledger, std::slice::from_ref(reference)).await?;
        Ok(described.remove(reference))
    }

    /// What is known of each of these references without opening it; of those under which nothing
    /// was ever kept, nothing.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn describe_many(
        &self,
        ledger: &LedgerId,
        references: &[VaultRef],
    ) -> Result<BTreeMap<VaultRef, Described>, VaultError> {
        let names: Vec<&str> = references.iter().map(VaultRef::as_str).collect();
        let rows = sqlx::query(
            "SELECT i.reference, i.kind, k.subject, i.created_at,
                    coalesce(i.erased_at, k.erased_at) AS erased_at
             FROM vault.item i JOIN vault.subject_key k ON k.id = i.subject_key
             WHERE i.ledger = $1 AND i.reference = ANY($2)",
        )
        .bind(ledger.as_str())
        .bind(&names)
        .fetch_all(&self.pool)
        .await?;
        let described = |row: &PgRow| Described {
            kind: Kind::of(row.get("kind")),
            subject: row.get("subject"),
            created_at: row.get("created_at"),
            erased_at: row.get("erased_at"),
        };
        let mut found = BTreeMap::new();
        for row in &rows {
            let name: &str = row.get("reference");
            if let Some(reference) = references.iter().find(|it| it.as_str() == name) {
                found.insert(reference.clone(), described(row));
            }
        }
        Ok(found)
    }

    /// Erases everything that is kept of a subject, for ever: its key is destroyed, so no copy of a
    /// ciphertext opens any more. What is left says that it was erased, and when. Asked again, it
    /// changes nothing. What is kept of the subject afterwards is kept under a new key.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn erase(&self, ledger: &LedgerId, subject: &Subject) -> Result<Erasure, VaultError> {
        let mut transaction = self.pool.begin().await?;
        let erasure = self.erase_in(&mut transaction, ledger, subject).await?;
        transaction.commit().await?;
        Ok(erasure)
    }

    /// The same as a part of a transaction.
    pub(super) async fn erase_in(
        &self,
        transaction: &mut sqlx::PgConnection,
        ledger: &LedgerId,
        subject: &Subject,
    ) -> Result<Erasure, VaultError> {
        let keys: Vec<i64> = sqlx::query_scalar(
            "UPDATE vault.subject_key SET wrapped_key = NULL, erased_at = now()
             WHERE ledger = $1 AND subject = $2 AND erased_at IS NULL RETURNING id",
        )
        .bind(ledger.as_str())
        .bind(subject.as_str())
        .fetch_all(&mut *transaction)
        .await?;
        let items = sqlx::query(
            "UPDATE vault.item SET ciphertext = NULL, erased_at = now()
             WHERE subject_key = ANY($1) AND erased_at IS NULL",
        )
        .bind(&keys)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        let at: Option<DateTime<Utc>> = sqlx::query_scalar(
            "SELECT max(erased_at) FROM vault.subject_key WHERE ledger = $1 AND subject = $2",
        )
        .bind(ledger.as_str())
        .bind(subject.as_str())
        .fetch_one(&mut *transaction)
        .await?;
        Ok(Erasure { items, at })
    }

    /// Erases one thing, such as a secret that was replaced; what else is kept of its subject stays.
    /// Copies of the ciphertext, in backups, still open until the subject is erased. Whether there
    /// was something to erase.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn erase_item(
        &self,
        ledger: &LedgerId,
        reference: &VaultRef,
    ) -> Result<bool, VaultError> {
        let erased = sqlx::query(
            "UPDATE vault.item SET ciphertext = NULL, erased_at = now()
             WHERE ledger = $1 AND reference = $2 AND erased_at IS NULL",
        )
        .bind(ledger.as_str())
        .bind(reference.as_str())
        .execute(&self.pool)
        .await?;
        Ok(erased.rows_affected() > 0)
    }

    /// The live keys of these subjects, made where there are none.
    async fn live_keys(
        &self,
        ledger: &LedgerId,
        subjects: &BTreeSet<&Subject>,
    ) -> Result<BTreeMap<String, Live>, VaultError> {
        loop {
            let names: Vec<&str> = subjects.iter().map(|it| it.as_str()).collect();
            let rows = sqlx::query(
                "SELECT id, subject, key_id, wrapped_key FROM vault.subject_key
                 WHERE ledger = $1 AND subject = ANY($2) AND erased_at IS NULL",
            )
            .bind(ledger.as_str())
            .bind(&names)
            .fetch_all(&self.pool)
            .await?;
            let mut live = BTreeMap::new();
            for row in rows {
                let subject: String = row.get("subject");
                let wrapped: Vec<u8> = row.get("wrapped_key");
                let place = key_place(ledger.as_str(), &subject);
                let key = self.keys.unwrap(&KeyId::read(row.get("key_id")), &place, &wrapped)?;
                live.insert(subject, Live { id: row.get("id"), key });
            }
            let missing: Vec<&str> =
                names.into_iter().filter(|name| !live.contains_key(*name)).collect();
            if missing.is_empty() {
                return Ok(live);
            }
            let wrapped: Vec<Vec<u8>> = missing
                .iter()
                .map(|name| self.keys.wrap(&key_place(ledger.as_str(), name), &Key::random()).1)
                .collect();
            // Where another was quicker, that one's key is the key: it is read next.
            sqlx::query(
                "INSERT INTO vault.subject_key (ledger, subject, key_id, wrapped_key)
                 SELECT $1, new.subject, $2, new.wrapped_key
                 FROM UNNEST($3::text[], $4::bytea[]) AS new (subject, wrapped_key)
                 ON CONFLICT (ledger, subject) WHERE erased_at IS NULL DO NOTHING",
            )
            .bind(ledger.as_str())
            .bind(self.keys.first().as_str())
            .bind(&missing)
            .bind(&wrapped)
            .execute(&self.pool)
            .await?;
        }
    }
}

/// Where a subject's wrapped key belongs.
pub(super) fn key_place(ledger: &str, subject: &str) -> Place {
    Place::of("cauri.vault.subject-key.v1", &[ledger.as_bytes(), subject.as_bytes()])
}

fn item_place(ledger: &LedgerId, reference: &VaultRef, kind: &str) -> Place {
    let parts = [ledger.as_str(), reference.as_str(), kind].map(str::as_bytes);
    Place::of("cauri.vault.item.v1", &parts)
}
