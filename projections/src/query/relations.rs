//! Relations.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};
use cauri_domain::Subject;

/// Who is, or was, what of which thing of the marketplace.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct RelationRow {
    pub kind: String,
    pub object: String,
    pub subject: Option<String>,
    pub wallet: Option<Uuid>,
    pub owner: Option<String>,
    pub status: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(RelationRow);

/// Which relations: every part that is given has to be so.
#[derive(Debug, Clone, Default)]
pub struct RelationsOf {
    /// Of this thing.
    pub object: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this person, or a wallet of theirs.
    pub person: Option<Subject>,
    /// Of this wallet.
    pub wallet: Option<Uuid>,
    /// Those that have ended too.
    pub ended: bool,
}

impl Snapshot {
    /// Relations, by what is asked of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn relations(
        &mut self,
        of: RelationsOf,
        page: Page,
    ) -> Result<Slice<RelationRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        let select = "SELECT kind, object, subject, wallet, owner, status, created_at, updated_at,
                             created_revision, revision FROM read.relations
                      WHERE ledger = $1 AND ($2::text IS NULL OR object = $2)
                        AND ($3::text IS NULL OR kind = $3)
                        AND ($4::text IS NULL OR subject = $4 OR owner = $4)
                        AND ($5::uuid IS NULL OR wallet = $5) AND ($6 OR status = 'active')";
        let person = of.person.map(|it| it.to_string());
        list(select, 6)
            .page(&mut self.transaction, page, |query| {
                let query = query.bind(ledger).bind(of.object).bind(of.kind);
                query.bind(person).bind(of.wallet).bind(of.ended)
            })
            .await
    }
}
