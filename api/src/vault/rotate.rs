//! Wrapping every data key anew with the first master key, so that the others can be taken away.
//!
//! Only keys are wrapped anew, nothing is sealed anew: it is quick, it runs beside a server, and it
//! may be stopped and started again at any moment.

use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Row as _};

use super::cipher::Place;
use super::sealer::row_key;
use super::store::key_place;
use super::{KeyId, MasterKeys, Vault, VaultError};

/// Tables whose rows are sealed each under a key of its own ([`super::Sealer`]), with the columns
/// `key_id` and `wrapped_key`.
const SEALED_TABLES: &[(&str, &str)] = &[("inbox.body", "deliveries in the inbox")];

/// A table that holds wrapped keys.
#[derive(Debug, Clone, Copy)]
struct Table {
    name: &'static str,
    /// What its keys are of, in words.
    of: &'static str,
    /// Whether its keys are bound to a ledger and a subject.
    is_of_subjects: bool,
}

const SUBJECT_KEYS: Table =
    Table { name: "vault.subject_key", of: "subjects of the vault", is_of_subjects: true };

/// All tables, what is of persons first.
fn tables() -> impl Iterator<Item = Table> {
    let sealed =
        |(name, of): &(&'static str, &'static str)| Table { name, of, is_of_subjects: false };
    std::iter::once(SUBJECT_KEYS).chain(SEALED_TABLES.iter().map(sealed))
}

/// Keys that are wrapped anew in one transaction.
const BATCH: i64 = 500;

/// Before the first place of a table.
const BEGINNING: &str = "(0,0)";

/// How long to wait for rows that others are writing.
const PAUSE: Duration = Duration::from_millis(50);

/// What was wrapped anew, and what could not be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys that are now wrapped by the first master key and were not before.
    pub keys: u64,
    /// Keys under master keys that are not given, so nothing can open them.
    pub unknown: Vec<UnknownKey>,
}

/// A master key that is not given, and what only it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// Which.
    pub id: KeyId,
    /// How many keys it wraps.
    pub keys: u64,
    /// What they are of, in words: `subjects of the vault`, `deliveries in the inbox`.
    pub of: &'static str,
}

impl Vault {
    /// Wraps all keys with the first master key that are wrapped by another. Resumable: what is done
    /// is done.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`], or [`VaultError::Tampered`] at a key that does not open.
    pub async fn rewrap(&self) -> Result<Rewrapped, VaultError> {
        let mut done = Rewrapped::default();
        for table in tables() {
            rewrap_table(&self.pool, &self.keys, table, &mut done).await?;
        }
        Ok(done)
    }

    /// Wraps at most so many subjects' keys anew, and says how many: a part of a rotation.
    ///
    /// # Errors
    /// As [`Vault::rewrap`].
    pub async fn rewrap_some(&self, most: u32) -> Result<u64, VaultError> {
        let batch = rewrap_batch(&self.pool, &self.keys, SUBJECT_KEYS, most.into(), BEGINNING);
        Ok(batch.await?.0)
    }

    /// Master keys that are not given, and what they wrap. Reads every table to its end.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn unknown_keys(&self) -> Result<Vec<UnknownKey>, VaultError> {
        let mut unknown = Vec::new();
        for table in tables() {
            count_unknown(&self.pool, &self.keys, table, &mut unknown).await?;
        }
        Ok(unknown)
    }

    /// Says in the log what cannot be opened with the keys given. The server starts all the same:
    /// money goes on, and payouts to what cannot be opened wait for the key. Of subjects at once; of
    /// bodies, of which there are many, while the server goes on.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn tell_unknown_keys(&self) -> Result<(), VaultError> {
        self.tell_unknown_of(SUBJECT_KEYS).await?;
        let vault = self.clone();
        tokio::spawn(async move {
            for table in tables().filter(|table| !table.is_of_subjects) {
                if let Err(error) = vault.tell_unknown_of(table).await {
                    tracing::warn!(of = table.of, %error, "keys that cannot be opened were not looked for");
                }
            }
        });
        Ok(())
    }

    async fn tell_unknown_of(&self, table: Table) -> Result<(), VaultError> {
        let mut unknown = Vec::new();
        count_unknown(&self.pool, &self.keys, table, &mut unknown).await?;
        for UnknownKey { id, keys, of } in unknown {
            tracing::error!(
                %id, keys, of,
                "there is what is kept under a master key that was not given: \
                 add it to CAURI_VAULT_KEY or CAURI_VAULT_KEY_FILE"
            );
        }
        Ok(())
    }
}

/// Wraps anew until nothing is left that another of the keys given wraps.
async fn rewrap_table(
    pool: &PgPool,
    keys: &MasterKeys,
    table: Table,
    done: &mut Rewrapped,
) -> Result<(), VaultError> {
    let left = format!(
        "SELECT EXISTS (SELECT FROM {} WHERE key_id = ANY($1) AND wrapped_key IS NOT NULL)",
        table.name
    );
    // Each batch goes on where the one before ended, so that a table is read once and not once for each
    // batch. What was skipped on the way, or was moved behind it, is found by the next pass.
    let mut after = BEGINNING.to_owned();
    loop {
        let (wrapped, last) = rewrap_batch(pool, keys, table, BATCH, &after).await?;
        done.keys += wrapped;
        let is_pass_over = last.is_none();
        after = last.unwrap_or_else(|| BEGINNING.to_owned());
        if is_pass_over {
            let is_left: bool = sqlx::query_scalar(AssertSqlSafe(left.as_str()))
                .bind(older(keys))
                .fetch_one(pool)
                .await?;
            if !is_left {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    count_unknown(pool, keys, table, &mut done.unknown).await
}

/// Wraps at most so many keys anew, of those behind a place in the table, in one transaction; how many
/// there were, and the place of the last; none when there were none.
async fn rewrap_batch(
    pool: &PgPool,
    keys: &MasterKeys,
    table: Table,
    most: i64,
    after: &str,
) -> Result<(u64, Option<String>), VaultError> {
    let Table { name, is_of_subjects, .. } = table;
    let owner = if is_of_subjects { "ledger, subject" } else { "'' AS ledger, '' AS subject" };
    // Rows that others are writing are skipped and looked for again, so nobody waits for two.
    let look = format!(
        "SELECT ctid::text AS place, key_id, wrapped_key, {owner} FROM {name}
         WHERE key_id = ANY($1) AND wrapped_key IS NOT NULL AND ctid > $3::text::tid
         LIMIT $2 FOR UPDATE SKIP LOCKED"
    );
    let write = format!(
        "UPDATE {name} AS t SET key_id = $1, wrapped_key = new.wrapped_key
         FROM UNNEST($2::text[], $3::bytea[]) AS new (place, wrapped_key)
         WHERE t.ctid = new.place::tid"
    );
    let mut transaction = pool.begin().await?;
    let rows = sqlx::query(AssertSqlSafe(look))
        .bind(older(keys))
        .bind(most)
        .bind(after)
        .fetch_all(&mut *transaction)
        .await?;
    let (mut places, mut wrapped) = (Vec::<String>::new(), Vec::new());
    for row in &rows {
        let place: Place = if is_of_subjects {
            key_place(row.get("ledger"), row.get("subject"))
        } else {
            row_key()
        };
        let old: Vec<u8> = row.get("wrapped_key");
        let key = keys.unwrap(&KeyId::read(row.get("key_id")), &place, &old)?;
        places.push(row.get("place"));
        wrapped.push(keys.wrap(&place, &key).1);
    }
    let written = sqlx::query(AssertSqlSafe(write))
        .bind(keys.first().as_str())
        .bind(&places)
        .bind(&wrapped)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok((written.rows_affected(), places.pop()))
}

/// The keys that wrap no more, and still unwrap.
fn older(keys: &MasterKeys) -> Vec<&str> {
    keys.ids().skip(1).map(KeyId::as_str).collect()
}

async fn count_unknown(
    pool: &PgPool,
    keys: &MasterKeys,
    table: Table,
    unknown: &mut Vec<UnknownKey>,
) -> Result<(), VaultError> {
    let known: Vec<&str> = keys.ids().map(KeyId::as_str).collect();
    let count = format!(
        "SELECT key_id, count(*) FROM {}
         WHERE key_id <> ALL($1) AND wrapped_key IS NOT NULL GROUP BY key_id ORDER BY key_id",
        table.name
    );
    let rows = sqlx::query(AssertSqlSafe(count)).bind(&known).fetch_all(pool).await?;
    for row in rows {
        let count: i64 = row.get(1);
        let (id, keys) = (KeyId::read(row.get(0)), count.unsigned_abs());
        unknown.push(UnknownKey { id, keys, of: table.of });
    }
    Ok(())
}
