//! Questions about endpoints.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_domain::{EndpointId, Revision};

use super::types::{WebhookDelivery, WebhookEndpoint, endpoints};
use super::words::WebhookDeliveryState;
use crate::graphql::context::{engine, outgoing, overseer};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;

/// How many deliveries are listed when nothing is said, and at most.
const USUAL: i32 = 20;
const MOST: u32 = 100;

#[derive(Debug, Default)]
pub struct EndpointQueries;

#[Object]
impl EndpointQueries {
    /// The endpoints that are told what happens, also those that were removed. Not for buyers and
    /// sellers.
    #[graphql(complexity = "50 * child_complexity")]
    async fn webhook_endpoints(&self, ctx: &Context<'_>) -> Result<Vec<WebhookEndpoint>> {
        overseer(ctx, "webhookEndpoints")?;
        endpoints(ctx, None).await
    }

    /// One of them; null when there is none with this id. Not for buyers and sellers.
    async fn webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
    ) -> Result<Option<WebhookEndpoint>> {
        overseer(ctx, "webhookEndpoint")?;
        Ok(endpoints(ctx, Some(EndpointId(id))).await?.pop())
    }

    /// What was sent to an endpoint, the newest event first. What was taken is kept for 30 days, what
    /// was given up for 90, and of each at most 10,000. Not for buyers and sellers.
    #[graphql(complexity = "100 * child_complexity")]
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To which endpoint.")] endpoint: Uuid,
        #[graphql(desc = "Only those of which this became.")] state: Option<WebhookDeliveryState>,
        #[graphql(desc = "Only those of events before this revision.")] before: Option<
            RevisionNumber,
        >,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
    ) -> Result<Vec<WebhookDelivery>> {
        overseer(ctx, "webhookDeliveries")?;
        let most = u32::try_from(first.unwrap_or(USUAL)).ok().filter(|it| (1..=MOST).contains(it));
        let most = most.ok_or_else(|| fault::bad_argument("first", "must be 1 to 100"))?;
        let ledger = engine(ctx)?.ledger().clone();
        let store = outgoing(ctx)?.store();
        let state = state.map(WebhookDeliveryState::state);
        let before = before.map(|it| Revision(it.0));
        let found = store.deliveries(&ledger, EndpointId(endpoint), state, before, most).await;
        let found = found.map_err(|error| fault::database(&error))?;
        let node = |delivery| WebhookDelivery { ledger: ledger.clone(), delivery };
        Ok(found.into_iter().map(node).collect())
    }
}
