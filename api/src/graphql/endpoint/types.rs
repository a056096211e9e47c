//! Endpoints, and what was sent to them.

use async_graphql::{Context, Description, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_domain::EndpointId;
use cauri_domain::endpoint::{Endpoint, Status};
use cauri_ledger::engine::Engine;

use super::words::{EndpointDisabledBecause, EndpointStatus, WebhookDeliveryState};
use crate::graphql::context::{engine, outgoing};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;
use crate::outgoing::message::event_id;
use crate::outgoing::sender::Tried;
use crate::outgoing::store::{Delivery, Kept, Row};

/// Where the marketplace's own systems are told what happened, over signed webhooks.
#[derive(Description)]
pub struct WebhookEndpoint {
    pub(super) id: EndpointId,
    /// As the ledger has it now.
    pub(super) terms: Endpoint,
    /// How far it was told; none of one that was removed.
    pub(super) row: Option<Row>,
}

/// The endpoints of a ledger: all of them, or one.
pub(super) async fn endpoints(
    ctx: &Context<'_>,
    one: Option<EndpointId>,
) -> Result<Vec<WebhookEndpoint>> {
    let engine: Engine = engine(ctx)?;
    let look = move |state: &cauri_domain::LedgerState| -> Vec<(EndpointId, Endpoint)> {
        let all = state.endpoints().into_iter();
        let wanted = all.filter(|(id, _)| one.is_none_or(|one| one == **id));
        wanted.map(|(id, terms)| (*id, terms.clone())).collect()
    };
    let known = engine.read(look).await.map_err(|error| fault::unasked(&error))?;
    let mut rows = outgoing(ctx)?
        .store()
        .endpoints(engine.ledger())
        .await
        .map_err(|error| fault::database(&error))?;
    let known = known.value.into_iter().map(|(id, terms)| {
        let at = rows.iter().position(|row| row.endpoint == id);
        WebhookEndpoint { id, terms, row: at.map(|at| rows.swap_remove(at)) }
    });
    Ok(known.collect())
}

impl WebhookEndpoint {
    async fn kept(&self, ctx: &Context<'_>) -> Result<Kept> {
        let engine = engine(ctx)?;
        let kept = outgoing(ctx)?.store().kept(engine.ledger(), self.id).await;
        kept.map_err(|error| fault::database(&error))
    }
}

#[Object(use_type_description)]
impl WebhookEndpoint {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.id.0
    }

    /// Where events go.
    async fn url(&self) -> &str {
        self.terms.url.as_str()
    }

    /// The types of events that it is told; all when empty.
    async fn types(&self) -> Vec<&str> {
        self.terms.filter.types.iter().map(|it| it.as_str()).collect()
    }

    /// It is told only of events that name one of these wallets, or something that one of them has
    /// part in; of any when empty.
    async fn wallets(&self) -> Vec<Uuid> {
        self.terms.filter.wallets.iter().map(|it| it.0).collect()
    }

    /// It is told only of events of these categories; of any when empty.
    async fn categories(&self) -> Vec<&str> {
        self.terms.filter.categories.iter().map(|it| it.as_str()).collect()
    }

    /// Where it stands.
    async fn status(&self) -> EndpointStatus {
        EndpointStatus::of_status(&self.terms.status)
    }

    /// Why it is disabled, if it is.
    async fn disabled_because(&self) -> Option<EndpointDisabledBecause> {
        match &self.terms.status {
            Status::Disabled(cause) => Some(EndpointDisabledBecause::of_cause(cause)),
            Status::Enabled | Status::Removed => None,
        }
    }

    /// The reason that a person gave for disabling it.
    async fn reason(&self) -> Option<&str> {
        match &self.terms.status {
            Status::Disabled(cauri_domain::endpoint::Cause::Asked(reason)) => Some(reason.as_str()),
            Status::Disabled(_) | Status::Enabled | Status::Removed => None,
        }
    }

    /// The next revision that is sent, or left out.
    async fn next_revision(&self) -> Option<RevisionNumber> {
        self.row.as_ref().map(|row| row.at.next.into())
    }

    /// How many events of the ledger are before it, wanted or not.
    async fn behind(&self, ctx: &Context<'_>) -> Result<Option<RevisionNumber>> {
        let next = engine(ctx)?.head().next().0;
        let behind = |row: &Row| RevisionNumber(next.saturating_sub(row.at.next.0));
        Ok(self.row.as_ref().map(behind))
    }

    /// How often the next event was tried, or, where it is failing, how often it was probed.
    async fn tries(&self) -> Option<u32> {
        self.row.as_ref().map(|row| row.at.tries)
    }

    /// When it is tried again.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.row.as_ref().and_then(|row| row.at.due_at)
    }

    /// The last 20 messages of the type `endpoint.test`, the oldest first: those that a person asked
    /// for, and those that see whether a failing endpoint answers again.
    async fn tests(&self) -> Vec<WebhookDeliveryTry> {
        self.row.iter().flat_map(|row| &row.tests).map(WebhookDeliveryTry::of).collect()
    }

    /// Until when the secret before the last rotation signs too.
    async fn former_secret_until(&self) -> Option<DateTime<Utc>> {
        self.row.as_ref().and_then(|row| row.former.as_ref()).map(|(_, until)| *until)
    }

    /// How many events were given up, of those that are still kept.
    async fn dead(&self, ctx: &Context<'_>) -> Result<RevisionNumber> {
        Ok(RevisionNumber(self.kept(ctx).await?.dead))
    }

    /// When something was taken last, of what is still kept.
    async fn last_delivered_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.kept(ctx).await?.delivered_at)
    }
}

/// An event that was sent to an endpoint.
#[derive(Description)]
pub struct WebhookDelivery {
    pub(super) ledger: cauri_domain::LedgerId,
    pub(super) delivery: Delivery,
}

#[Object(use_type_description)]
impl WebhookDelivery {
    /// What the receiver knows it by (`webhook-id`): the same each time.
    async fn event_id(&self) -> String {
        event_id(&self.ledger, self.delivery.revision)
    }

    /// Which event.
    async fn revision(&self) -> RevisionNumber {
        self.delivery.revision.into()
    }

    /// Its type.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        &self.delivery.kind
    }

    /// What became of it.
    async fn state(&self) -> WebhookDeliveryState {
        WebhookDeliveryState::of_state(self.delivery.state)
    }

    /// When it was tried first.
    async fn first_at(&self) -> DateTime<Utc> {
        self.delivery.first_at
    }

    /// When it was tried last.
    async fn last_at(&self) -> DateTime<Utc> {
        self.delivery.last_at
    }

    /// The last 20 tries, the oldest first.
    async fn tries(&self) -> Vec<WebhookDeliveryTry> {
        self.delivery.attempts.iter().map(WebhookDeliveryTry::of).collect()
    }
}

/// One request to an endpoint.
#[derive(Debug, Clone, SimpleObject)]
pub struct WebhookDeliveryTry {
    /// When it began.
    at: DateTime<Utc>,
    /// Whether the receiver took it: a status of 200 to 299.
    delivered: bool,
    /// The status of the answer, where there was one.
    status: Option<u16>,
    /// What was wrong: `timed_out`, `not_reached`, `connection_lost`, `redirected`, `not_resolved`,
    /// `address_refused`, `plain_http_refused`, `no_tls`.
    error: Option<String>,
    /// How long it took, in milliseconds.
    milliseconds: u32,
}

impl WebhookDeliveryTry {
    pub(super) fn of(tried: &Tried) -> Self {
        Self {
            at: tried.at,
            delivered: tried.is_delivered(),
            status: tried.status,
            error: tried.error.clone(),
            milliseconds: tried.ms,
        }
    }
}
