//! What tells a table's rows apart: its primary key, as Postgres knows it.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use crate::generation::Generation;

/// The columns of a primary key, in its order.
#[derive(Debug)]
pub(super) struct Keys {
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    name: String,
    /// Whether its order would depend on the database's locale.
    is_text: bool,
}

impl Keys {
    /// Those of a table.
    pub(super) async fn of(
        connection: &mut PgConnection,
        generation: Generation,
        table: &str,
    ) -> Result<Self, sqlx::Error> {
        let sql = format!(
            "SELECT quote_ident(a.attname), a.attcollation <> 0
             FROM pg_index i
             CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
             WHERE i.indisprimary AND i.indrelid = '{}.{table}'::regclass ORDER BY k.place",
            generation.schema()
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await?;
        if rows.is_empty() {
            // Every table of the schema has one; without it rows have no order.
            return Err(sqlx::Error::Protocol(format!("the table {table} has no primary key")));
        }
        let column = |row: &sqlx::postgres::PgRow| Column { name: row.get(0), is_text: row.get(1) };
        Ok(Self { columns: rows.iter().map(column).collect() })
    }

    /// For `ORDER BY`: the same order on every machine.
    pub(super) fn order(&self, of: &str) -> String {
        let column = |Column { name, is_text }: &Column| {
            let collate = if *is_text { " COLLATE \"C\"" } else { "" };
            format!("{of}.{name}{collate}")
        };
        self.columns.iter().map(column).collect::<Vec<_>>().join(", ")
    }

    /// The columns, with commas between.
    pub(super) fn list(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// For people: `column=value`, with spaces between.
    pub(super) fn words(&self, of: &str) -> String {
        let word = |Column { name, .. }: &Column| format!("'{name}=', {of}.{name}");
        let words = self.columns.iter().map(word).collect::<Vec<_>>().join(", ' ', ");
        format!("concat({words})")
    }
}
