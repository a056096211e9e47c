//! What people do about deliveries. None of it is a command of the ledger: what is applied again are
//! the delivery's own commands, under their own ids.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_domain::{Provider, permission};

use super::query::admin;
use super::types::Delivery;
use crate::auth::Caller;
use crate::graphql::context::{caller, inbox, on_record};
use crate::graphql::fault;
use crate::inbox::Replay;

#[derive(Debug, Default)]
pub struct InboxMutations;

#[Object]
impl InboxMutations {
    /// Applies a delivery again, now, and says where it stands then; null when there is none. What
    /// it did before is not done twice. For finance and admins, and the back end on their behalf.
    async fn replay_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
    ) -> Result<Option<Delivery>> {
        let Caller { ledger, subject, .. } = replayer(ctx, "replayDelivery")?;
        on_record(ctx, &[("delivery", id.into())]).await?;
        match inbox(ctx)?.replay(ledger, id).await.map_err(|error| fault::database(&error))? {
            Replay::Done(row) => {
                tracing::info!(target: "audit", by = subject.as_str(), %ledger, delivery = %id,
                    "a delivery is replayed");
                Ok(Some(Delivery(*row)))
            }
            Replay::Unknown => Ok(None),
            Replay::Erased => Err(fault::bad_argument("id", "the delivery's body is erased")),
        }
    }

    /// Lets all dead letters be tried again, each as if it were new, and says how many. For finance
    /// and admins, and the back end on their behalf.
    async fn replay_dead_letters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this provider's account.")] provider: Option<String>,
        #[graphql(desc = "Only those that came then or later.")] since: Option<DateTime<Utc>>,
    ) -> Result<u64> {
        let Caller { ledger, subject, .. } = replayer(ctx, "replayDeadLetters")?;
        // A word that no account can be called is none of an account.
        let of = provider.as_deref().and_then(|name| name.parse::<Provider>().ok());
        let of = of.and_then(|name| Some(("provider", name.as_str().parse().ok()?)));
        on_record(ctx, of.as_slice()).await?;
        let replayed = inbox(ctx)?.replay_dead_letters(ledger, provider.as_deref(), since).await;
        let replayed = replayed.map_err(|error| fault::database(&error))?;
        tracing::info!(target: "audit", by = subject.as_str(), %ledger, replayed,
            "dead letters are replayed");
        Ok(replayed)
    }

    /// Forgets the body of a delivery for ever, and says what is left; null when there is none. It
    /// cannot be replayed then. For admins.
    async fn erase_delivery_body(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
    ) -> Result<Option<Delivery>> {
        let Caller { ledger, subject, .. } = admin(ctx, "eraseDeliveryBody")?;
        on_record(ctx, &[("delivery", id.into())]).await?;
        let row = inbox(ctx)?.erase(ledger, id).await.map_err(|error| fault::database(&error))?;
        if row.is_some() {
            tracing::info!(target: "audit", by = subject.as_str(), %ledger, delivery = %id,
                "the body of a delivery is erased");
        }
        Ok(row.map(Delivery))
    }
}

fn replayer<'a>(ctx: &Context<'a>, field: &'static str) -> Result<&'a Caller> {
    let caller = caller(ctx)?;
    if permission::BOOKKEEPERS.contains(&caller.role) {
        Ok(caller)
    } else {
        Err(fault::forbidden(field))
    }
}
