//! Relay connections over pages by key.
//!
//! Cursors are opaque to clients: base64 of the row's key. Lists are newest first.

use async_graphql::connection::{Connection, CursorType, Edge, EmptyFields};
use async_graphql::{OutputType, Result, SimpleObject};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use cauri_domain::Subject;
use cauri_projections::query::{Key, Page, Slice};

use super::context::Moment;
use super::fault;
use super::scalars::RevisionNumber;

/// How many rows a page has when nothing is said.
const USUAL: i32 = 20;
/// How many rows a page has at most.
const MOST: i32 = 100;

/// What a list counts for in an operation's complexity: all that a row costs, for every row that
/// may come. A page out of range is counted as one in range; it is refused when it is parsed.
pub(super) fn cost(first: Option<i32>, last: Option<i32>, row: usize) -> usize {
    let rows = first.or(last).unwrap_or(USUAL).clamp(1, MOST);
    row.saturating_mul(usize::try_from(rows).unwrap_or(usize::MAX))
}

/// What a connection says beside its edges.
#[derive(Debug, SimpleObject)]
pub struct Coverage {
    /// The last revision that this page covers; none while the ledger is empty.
    revision: Option<RevisionNumber>,
}

/// A list of `T`.
pub type List<T> = Connection<Cursor, T, Coverage, EmptyFields>;

/// The place of a row in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(Key);

impl Cursor {
    /// Of the row with this key.
    pub(super) const fn at(key: Key) -> Self {
        Self(key)
    }
}

impl CursorType for Cursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> std::result::Result<Self, Self::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "not a cursor of this list")?;
        let text = String::from_utf8(bytes).map_err(|_| "not a cursor of this list")?;
        let (revision, line) = text.split_once('.').ok_or("not a cursor of this list")?;
        let parse = || Some(Key { revision: revision.parse().ok()?, line: line.parse().ok()? });
        parse().map(Self).ok_or("not a cursor of this list")
    }

    fn encode_cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{}", self.0.revision, self.0.line))
    }
}

/// The arguments of a list.
#[derive(Debug, Clone, Default)]
pub(super) struct PageArgs {
    pub after: Option<String>,
    pub before: Option<String>,
    pub first: Option<i32>,
    pub last: Option<i32>,
}

impl PageArgs {
    pub(super) fn parse(&self) -> Result<Page> {
        let cursor = |text: &Option<String>, field| match text {
            None => Ok(None),
            Some(text) => Cursor::decode_cursor(text)
                .map(|cursor| Some(cursor.0))
                .map_err(|why| fault::bad_argument(field, why)),
        };
        let (limit, from_end, field) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(fault::bad_argument("last", "give first or last, not both"));
            }
            (None, Some(last)) => (last, true, "last"),
            (first, None) => (first.unwrap_or(USUAL), false, "first"),
        };
        let limit =
            u16::try_from(limit).ok().filter(|limit| (1..=MOST).contains(&i32::from(*limit)));
        let limit = limit
            .ok_or_else(|| fault::bad_argument(field, format!("a page has 1 to {MOST} rows")))?;
        let (after, before) = (cursor(&self.after, "after")?, cursor(&self.before, "before")?);
        Ok(Page { after, before, limit, from_end })
    }
}

/// A slice as a connection.
pub(super) fn connection<R, T: OutputType>(
    moment: &Moment,
    slice: Slice<R>,
    key: impl Fn(&R) -> Key,
    node: impl Fn(R) -> T,
) -> List<T> {
    let coverage = Coverage { revision: moment.covers() };
    let mut connection =
        Connection::with_additional_fields(slice.has_previous, slice.has_next, coverage);
    connection.edges.extend(slice.rows.into_iter().map(|row| {
        let cursor = Cursor(key(&row));
        Edge::new(cursor, node(row))
    }));
    connection
}

/// The owner that a list is asked for.
pub(super) fn subject(owner: Option<String>) -> Result<Option<Subject>> {
    let parsed = owner.map(|owner| owner.parse::<Subject>()).transpose();
    parsed.map_err(|error| fault::bad_argument("owner", error.to_string()))
}
