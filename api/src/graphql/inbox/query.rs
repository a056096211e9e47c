//! Questions about deliveries.

use async_graphql::connection::{Connection, CursorType as _, Edge};
use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_domain::Role;

use super::types::{Delivery, DeliveryBody, DeliveryCursor};
use super::words::DeliveryState;
use crate::auth::Caller;
use crate::graphql::context::{bookkeeper, caller, inbox, seen};
use crate::graphql::fault;
use crate::graphql::paging::{PageArgs, cost};
use crate::inbox::Filter;
use crate::trail::Read;

#[derive(Debug, Default)]
pub struct InboxQueries;

#[Object]
impl InboxQueries {
    /// What providers delivered, newest first. For finance, admins and auditors.
    #[graphql(complexity = "cost(first, None, child_complexity)")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand there: `DEAD` are the dead letters.")]
        state: Option<DeliveryState>,
        #[graphql(desc = "Only those of this provider's account.")] provider: Option<String>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
    ) -> Result<Connection<DeliveryCursor, Delivery>> {
        let ledger = &bookkeeper(ctx, "deliveries")?.ledger;
        let limit = PageArgs { first, ..PageArgs::default() }.parse()?.limit;
        let after = after.map(|text| DeliveryCursor::decode_cursor(&text)).transpose();
        let after = after.map_err(|why| fault::bad_argument("after", why))?.map(|cursor| cursor.0);
        let filter = Filter { state: state.map(Into::into), provider, after };
        let (rows, more) = inbox(ctx)?
            .list(ledger, &filter, limit)
            .await
            .map_err(|error| fault::database(&error))?;
        let mut connection = Connection::new(after.is_some(), more);
        let edge = |row: crate::inbox::Row| Edge::new(DeliveryCursor(row.id), Delivery(row));
        connection.edges.extend(rows.into_iter().map(edge));
        Ok(connection)
    }

    /// The delivery with this id, without its body. For finance, admins and auditors.
    async fn delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
    ) -> Result<Option<Delivery>> {
        let ledger = &bookkeeper(ctx, "delivery")?.ledger;
        let row = inbox(ctx)?.get(ledger, id).await.map_err(|error| fault::database(&error))?;
        Ok(row.map(Delivery))
    }

    /// The body of a delivery, byte for byte; null when there is none, or it is erased. It may hold
    /// personal data: only for admins, and who looks at it is on record.
    async fn delivery_body(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The delivery's id.")] id: Uuid,
    ) -> Result<Option<DeliveryBody>> {
        let Caller { ledger, subject, .. } = admin(ctx, "deliveryBody")?;
        seen(ctx, Read::DeliveryBody, &[("delivery", id.into())]).await?;
        let opened = inbox(ctx)?.body(ledger, id).await.map_err(|error| fault::database(&error))?;
        let opened = opened.map_err(|error| fault::unavailable(error.to_string()))?;
        if opened.is_some() {
            tracing::info!(target: "audit", by = subject.as_str(), %ledger, delivery = %id,
                "the body of a delivery is looked at");
        }
        Ok(opened.map(Into::into))
    }
}

/// The caller, if bodies are theirs to look at and to erase.
pub(super) fn admin<'a>(ctx: &Context<'a>, field: &'static str) -> Result<&'a Caller> {
    let caller = caller(ctx)?;
    match caller.role {
        Role::Admin | Role::Superadmin => Ok(caller),
        Role::Buyer | Role::Seller | Role::Finance | Role::Auditor | Role::Service => {
            Err(fault::forbidden(field))
        }
    }
}
