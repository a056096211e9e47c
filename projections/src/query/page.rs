//! Pages by key.

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::query::QueryAs;
use sqlx::{AssertSqlSafe, FromRow, Postgres};

/// The place of a row in a list: the revision that made it, and its line where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The revision.
    pub revision: i64,
    /// The line; 0 where a revision makes one row.
    pub line: i16,
}

/// Which part of a list, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only rows after this one, which are older.
    pub after: Option<Key>,
    /// Only rows before this one, which are newer.
    pub before: Option<Key>,
    /// How many at most.
    pub limit: u16,
    /// Whether these are the last of the list, not the first.
    pub from_end: bool,
}

impl Page {
    /// The first `limit` rows.
    #[must_use]
    pub const fn first(limit: u16) -> Self {
        Self { after: None, before: None, limit, from_end: false }
    }
}

/// Part of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether the list goes on with older rows.
    pub has_next: bool,
    /// Whether the list begins with newer rows.
    pub has_previous: bool,
}

/// A list's rows: a constant query that ends in its filter, which uses `$1` to `$n`.
pub(super) struct List<'a> {
    pub select: &'a str,
    pub revision: &'a str,
    pub line: &'a str,
    pub filters: usize,
}

impl List<'_> {
    /// One page; `bind` binds the filter's parameters.
    pub(super) async fn page<T>(
        &self,
        connection: &mut PgConnection,
        page: Page,
        bind: impl for<'q> FnOnce(
            QueryAs<'q, Postgres, T, sqlx::postgres::PgArguments>,
        ) -> QueryAs<'q, Postgres, T, sqlx::postgres::PgArguments>,
    ) -> Result<Slice<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let Self { select, revision, line, filters } = self;
        let order = if page.from_end { "ASC" } else { "DESC" };
        let [a, b, c, d, limit] = [1, 2, 3, 4, 5].map(|n| filters + n);
        // Made of constants and numbers alone: every value is a parameter.
        let sql = format!(
            "{select} AND (${a}::bigint IS NULL OR ({revision}, {line}) < (${a}, ${b}::smallint))
                      AND (${c}::bigint IS NULL OR ({revision}, {line}) > (${c}, ${d}::smallint))
             ORDER BY {revision} {order}, {line} {order} LIMIT ${limit}"
        );
        let query = bind(sqlx::query_as::<_, T>(AssertSqlSafe(sql)));
        let mut rows = query
            .bind(page.after.map(|key| key.revision))
            .bind(page.after.map(|key| key.line))
            .bind(page.before.map(|key| key.revision))
            .bind(page.before.map(|key| key.line))
            .bind(i64::from(page.limit) + 1)
            .fetch_all(connection)
            .await?;
        let more = rows.len() > usize::from(page.limit);
        rows.truncate(page.limit.into());
        if page.from_end {
            rows.reverse();
            Ok(Slice { rows, has_next: page.before.is_some(), has_previous: more })
        } else {
            Ok(Slice { rows, has_next: more, has_previous: page.after.is_some() })
        }
    }
}

/// A list of rows that one revision made each.
pub(super) const fn list(select: &str, filters: usize) -> List<'_> {
    List { select, revision: "created_revision", line: "0::smallint", filters }
}

/// Rows that one revision made each know their place.
macro_rules! keyed {
    ($($row:ty),*) => { $(
        impl $row {
            /// Its place in lists.
            #[must_use]
            pub const fn key(&self) -> $crate::query::Key {
                $crate::query::Key { revision: self.created_revision, line: 0 }
            }
        }
    )* };
}
pub(super) use keyed;
