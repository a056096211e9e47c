//! Rows that a batch makes and changes in one table, written in a few statements.
//!
//! A lifecycle says what an event does to its row, as a JSON object of columns; this folds it in
//! memory, so that a row made and changed in one batch is written once. The types are those of the
//! table: `jsonb_populate_recordset` reads text, numbers, dates and nested JSON into them. Amounts
//! are given as decimal strings, never as JSON numbers.
//!
//! Every such table has `ledger`, `created_at`, `updated_at`, `created_revision`, `revision`, which
//! are kept here.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use super::ApplyError;
use super::lifecycles::{Stamp, all_written};

type Columns = Map<String, Value>;

/// What a batch does to one table.
pub(super) struct Rows {
    table: &'static str,
    key: &'static [&'static str],
    owners: &'static [(&'static str, &'static str)],
    /// Whether a row that is there may be made again.
    again: bool,
    made: BTreeMap<String, (Stamp, Columns)>,
    changed: BTreeMap<String, (Stamp, Columns)>,
    added: BTreeMap<String, (Stamp, Columns)>,
}

impl Rows {
    /// Of a table, whose rows are known by these columns (and the ledger).
    pub(super) const fn new(table: &'static str, key: &'static [&'static str]) -> Self {
        Self {
            table,
            key,
            owners: &[],
            again: false,
            made: BTreeMap::new(),
            changed: BTreeMap::new(),
            added: BTreeMap::new(),
        }
    }

    /// New rows take the owner of a wallet from its row: (the column to fill, the wallet's column).
    pub(super) const fn with_owners(
        mut self,
        owners: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.owners = owners;
        self
    }

    /// A row that is there may be made again: it keeps when it was first made, and takes all else.
    pub(super) const fn made_again(mut self) -> Self {
        self.again = true;
        self
    }

    /// The ids under which rows were changed, where their key is one id.
    pub(super) fn keys(&self, name: &str) -> Vec<uuid::Uuid> {
        let rows = self.changed.values().chain(self.made.values());
        rows.filter_map(|(_, row)| row.get(name)?.as_str()?.parse().ok()).collect()
    }

    fn key_of(&self, columns: &Columns) -> String {
        let parts = self.key.iter().map(|name| columns.get(*name).unwrap_or(&Value::Null));
        Value::Array(parts.cloned().collect()).to_string()
    }

    /// Makes a row. Its columns are an object, its key's among them.
    pub(super) fn make(&mut self, stamp: Stamp, columns: Value) {
        let mut columns = object(columns);
        let at = serde_json::json!(stamp.at);
        columns.insert("created_at".to_owned(), at.clone());
        columns.insert("updated_at".to_owned(), at);
        columns.insert("created_revision".to_owned(), stamp.revision.into());
        columns.insert("revision".to_owned(), stamp.revision.into());
        let key = self.key_of(&columns);
        if self.again {
            // What was changed before it was made again is as it is made now.
            self.changed.remove(&key);
            if let Some((_, known)) = self.made.get_mut(&key) {
                columns.remove("created_at");
                columns.remove("created_revision");
                known.extend(columns);
                return;
            }
        }
        self.made.insert(key, (stamp, columns));
    }

    /// Changes columns of a row, which is named by its key's columns.
    pub(super) fn change(&mut self, stamp: Stamp, columns: Value) {
        let mut columns = object(columns);
        columns.insert("updated_at".to_owned(), serde_json::json!(stamp.at));
        columns.insert("revision".to_owned(), stamp.revision.into());
        let key = self.key_of(&columns);
        let known = if let Some(row) = self.made.get_mut(&key) {
            row
        } else {
            self.changed.entry(key).or_insert_with(|| (stamp, Map::new()))
        };
        known.1.extend(columns);
    }

    /// Adds amounts (decimal strings; negative to take away) to columns of a row that holds
    /// amounts there, and counts it as changed.
    pub(super) fn add(&mut self, stamp: Stamp, columns: Value) {
        let columns = object(columns);
        let key = self.key_of(&columns);
        let keys: Columns = columns
            .iter()
            .filter(|(name, _)| self.key.contains(&name.as_str()))
            .map(pair)
            .collect();
        if let Some((_, row)) = self.made.get_mut(&key) {
            sum(row, &columns, self.key);
        } else {
            let (_, row) = self.added.entry(key).or_insert_with(|| (stamp, keys.clone()));
            sum(row, &columns, self.key);
        }
        self.change(stamp, Value::Object(keys));
    }

    /// Writes it all.
    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        let (table, key) = (self.table, self.key);
        for (names, rows) in alike(self.made) {
            let owners: String = self.owners.iter().map(|(name, _)| format!(", {name}")).collect();
            let looked_up: String = self
                .owners
                .iter()
                .map(|(_, wallet)| {
                    format!(", (SELECT w.owner FROM wallets w WHERE w.ledger = $1 AND w.wallet = r.{wallet})")
                })
                .collect();
            let listed = names.join(", ");
            let sql = format!(
                "INSERT INTO {table} (ledger, {listed}{owners})
                 SELECT $1, {}{looked_up} FROM jsonb_populate_recordset(NULL::{table}, $2) AS r{}",
                prefixed("r", &names),
                if self.again { again(key, &names) } else { String::new() }
            );
            run(connection, table, sql, ledger, rows).await?;
        }
        for (names, rows) in alike(self.changed) {
            let set = names.iter().filter(|name| !key.contains(&name.as_str()));
            let set: Vec<_> = set.map(|name| format!("{name} = r.{name}")).collect();
            let sql = update(table, key, &set.join(", "));
            run(connection, table, sql, ledger, rows).await?;
        }
        for (names, rows) in alike(self.added) {
            let set = names.iter().filter(|name| !key.contains(&name.as_str()));
            let set: Vec<_> = set.map(|name| format!("{name} = t.{name} + r.{name}")).collect();
            let sql = update(table, key, &set.join(", "));
            run(connection, table, sql, ledger, rows).await?;
        }
        Ok(())
    }
}

/// Sums per key, in a table that has nothing else: rows are made when they are first added to.
///
/// Such tables have `ledger`, the key's columns and the sums, none of them null.
pub(super) struct Sums {
    table: &'static str,
    key: &'static [&'static str],
    added: BTreeMap<String, (Stamp, Columns)>,
}

impl Sums {
    /// Of a table, whose rows are known by these columns (and the ledger).
    pub(super) const fn new(table: &'static str, key: &'static [&'static str]) -> Self {
        Self { table, key, added: BTreeMap::new() }
    }

    /// Adds amounts (decimal strings; negative to take away) to the row with this key.
    pub(super) fn add(&mut self, stamp: Stamp, columns: Value) {
        let columns = object(columns);
        let parts = self.key.iter().map(|name| columns.get(*name).unwrap_or(&Value::Null));
        let key = Value::Array(parts.cloned().collect()).to_string();
        let keys = columns
            .iter()
            .filter(|(name, _)| self.key.contains(&name.as_str()))
            .map(pair)
            .collect();
        let (_, row) = self.added.entry(key).or_insert((stamp, keys));
        sum(row, &columns, self.key);
    }

    /// Writes it all.
    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        let (table, key) = (self.table, self.key);
        for (names, rows) in alike(self.added) {
            let set = names.iter().filter(|name| !key.contains(&name.as_str()));
            let set: Vec<_> =
                set.map(|name| format!("{name} = t.{name} + excluded.{name}")).collect();
            let sql = format!(
                "INSERT INTO {table} AS t (ledger, {})
                 SELECT $1, {} FROM jsonb_populate_recordset(NULL::{table}, $2) AS r
                 ON CONFLICT (ledger, {}) DO UPDATE SET {}",
                names.join(", "),
                prefixed("r", &names),
                key.join(", "),
                set.join(", ")
            );
            run(connection, table, sql, ledger, rows).await?;
        }
        Ok(())
    }
}

fn pair((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn object(columns: Value) -> Columns {
    let Value::Object(columns) = columns else { unreachable!("columns are an object") };
    columns
}

/// Adds what is not part of the key, amounts as decimal strings.
fn sum(row: &mut Columns, more: &Columns, key: &[&str]) {
    let amount = |value: &Value| -> Decimal {
        match value {
            Value::String(text) => text.parse().expect("an amount is a decimal string"),
            Value::Number(count) => count.as_i64().expect("a count is whole").into(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Decimal::ZERO,
        }
    };
    for (name, value) in more.iter().filter(|(name, _)| !key.contains(&name.as_str())) {
        let before = row.get(name).map_or(Decimal::ZERO, amount);
        row.insert(name.clone(), (before + amount(value)).to_string().into());
    }
}

/// Rows with the same columns together: a column that is not given keeps its default, or what it is.
fn alike(rows: BTreeMap<String, (Stamp, Columns)>) -> BTreeMap<Vec<String>, Vec<(Stamp, Columns)>> {
    let mut groups = BTreeMap::<Vec<String>, Vec<_>>::new();
    for (stamp, columns) in rows.into_values() {
        let mut names: Vec<_> = columns.keys().cloned().collect();
        names.sort_unstable();
        groups.entry(names).or_default().push((stamp, columns));
    }
    groups
}

fn prefixed(alias: &str, names: &[String]) -> String {
    names.iter().map(|name| format!("{alias}.{name}")).collect::<Vec<_>>().join(", ")
}

/// What becomes of a row that is there when it is made again.
fn again(key: &[&str], names: &[String]) -> String {
    let kept = ["created_at", "created_revision"];
    let taken = names.iter().map(String::as_str);
    let taken = taken.filter(|name| !key.contains(name) && !kept.contains(name));
    let set: Vec<_> = taken.map(|name| format!("{name} = excluded.{name}")).collect();
    format!("\n ON CONFLICT (ledger, {}) DO UPDATE SET {}", key.join(", "), set.join(", "))
}

fn update(table: &str, key: &[&str], set: &str) -> String {
    let same: Vec<_> = key.iter().map(|name| format!("t.{name} = r.{name}")).collect();
    format!(
        "UPDATE {table} t SET {set} FROM jsonb_populate_recordset(NULL::{table}, $2) AS r
         WHERE t.ledger = $1 AND {}",
        same.join(" AND ")
    )
}

/// Names in `sql` are this crate's own; values are bound.
async fn run(
    connection: &mut PgConnection,
    table: &'static str,
    sql: String,
    ledger: &str,
    rows: Vec<(Stamp, Columns)>,
) -> Result<(), ApplyError> {
    let (stamps, rows): (Vec<_>, Vec<_>) =
        rows.into_iter().map(|(stamp, columns)| (stamp, Value::Object(columns))).unzip();
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(ledger)
        .bind(Value::Array(rows))
        .execute(connection)
        .await?;
    all_written(table, &stamps, done.rows_affected())
}
