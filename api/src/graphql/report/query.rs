//! Questions about reports.

use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::Key;

use super::types::Report;
use crate::graphql::context::{bookkeeper, reports};
use crate::graphql::fault;
use crate::graphql::paging::{Cursor, PageArgs, cost};

#[derive(Debug, Default)]
pub struct ReportFileQueries;

#[Object]
impl ReportFileQueries {
    /// The report with this id. For finance, admins and auditors.
    async fn report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
    ) -> Result<Option<Report>> {
        let caller = bookkeeper(ctx, "report")?;
        let ledger = &caller.ledger;
        let known = reports(ctx)?.get(ledger, id);
        Ok(known.map(|known| Report { ledger: ledger.clone(), known }))
    }

    /// Reports, newest first. For finance, admins and auditors.
    #[graphql(complexity = "cost(first, None, child_complexity)")]
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
    ) -> Result<Connection<Cursor, Report>> {
        let ledger = &bookkeeper(ctx, "reports")?.ledger;
        let page = PageArgs { after, first, ..PageArgs::default() }.parse()?;
        let below = page.after.map(|key| u64::try_from(key.revision)).transpose();
        let below = below.map_err(|_| fault::bad_argument("after", "not a cursor of this list"))?;
        let (known, more) = reports(ctx)?.list(ledger, below, page.limit.into());
        let mut connection = Connection::new(below.is_some(), more);
        connection.edges.extend(known.into_iter().map(|known| {
            let revision = i64::try_from(known.request.number).unwrap_or(i64::MAX);
            let cursor = Cursor::at(Key { revision, line: 0 });
            Edge::new(cursor, Report { ledger: ledger.clone(), known })
        }));
        Ok(connection)
    }
}
