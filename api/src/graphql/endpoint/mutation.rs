//! Commands about endpoints.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use cauri_domain::endpoint::{Add, EndpointUrl, Rotate};
use cauri_domain::{Command, EndpointId, Reference, Refusal, Revision, permission};

use super::input::*;
use super::types::{WebhookDeliveryTry, WebhookEndpoint, endpoints};
use crate::auth::Caller;
use crate::graphql::command::{Done, Input as _, Meta, Outcome, ask, ask_as, results};
use crate::graphql::context::{caller, engine, outgoing};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;
use crate::outgoing::{Outgoing, OutgoingError};

/// An endpoint is as asked.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct EndpointChanged {
    /// The revision at which it is so.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
    #[graphql(skip)]
    id: EndpointId,
}

/// An endpoint has a new secret.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct EndpointSecretMade {
    /// The revision at which it is so.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
    /// The secret that signs: `whsec_...`. It is shown this once; null when the command is replayed.
    /// Whoever did not keep it rotates it.
    secret: Option<String>,
    #[graphql(skip)]
    id: EndpointId,
}

/// The endpoint, where everything up to this revision was heeded.
async fn changed(
    ctx: &Context<'_>,
    id: EndpointId,
    at: RevisionNumber,
) -> Result<Option<WebhookEndpoint>> {
    let ledger = engine(ctx)?.ledger().clone();
    outgoing(ctx)?.wait_for(&ledger, Revision(at.0)).await.map_err(|error| failed(&error))?;
    Ok(endpoints(ctx, Some(id)).await?.pop())
}

#[ComplexObject]
impl EndpointChanged {
    /// The endpoint, as of this revision at least.
    async fn endpoint(&self, ctx: &Context<'_>) -> Result<Option<WebhookEndpoint>> {
        changed(ctx, self.id, self.revision).await
    }
}

#[ComplexObject]
impl EndpointSecretMade {
    /// The endpoint, as of this revision at least.
    async fn endpoint(&self, ctx: &Context<'_>) -> Result<Option<WebhookEndpoint>> {
        changed(ctx, self.id, self.revision).await
    }
}

results! {
    /// How adding an endpoint ended.
    AddEndpointResult = EndpointSecretMade;
    /// How rotating an endpoint's secret ended.
    RotateEndpointSecretResult = EndpointSecretMade;
    /// How changing an endpoint ended.
    ChangeEndpointResult = EndpointChanged;
    /// How disabling an endpoint ended.
    DisableEndpointResult = EndpointChanged;
    /// How enabling an endpoint ended.
    EnableEndpointResult = EndpointChanged;
    /// How replaying from a revision ended.
    ReplayEndpointResult = EndpointChanged;
    /// How removing an endpoint ended.
    RemoveEndpointResult = EndpointChanged;
}

fn failed(error: &OutgoingError) -> async_graphql::Error {
    match error {
        OutgoingError::NoEndpoint => fault::bad_argument("endpoint", error.to_string()),
        OutgoingError::NotDead => fault::bad_argument("revision", error.to_string()),
        OutgoingError::Behind => fault::busy(error.to_string()),
        OutgoingError::Database(_) | OutgoingError::Secrets(_) | OutgoingError::Log => {
            tracing::error!(%error, "an endpoint could not be asked about");
            fault::unavailable("endpoints cannot be asked about now")
        }
    }
}

/// Whether events may be sent there; asked again about what is so already, it is not judged anew, so
/// that a command that was applied is answered as such whatever a name stands for meanwhile.
async fn judged(ctx: &Context<'_>, id: EndpointId, url: &EndpointUrl) -> Result<Option<Refusal>> {
    let known = engine(ctx)?.read(move |state| state.endpoint(id).map(|it| it.url.clone())).await;
    let known = known.map_err(|error| fault::unasked(&error))?.value;
    if known.as_ref() == Some(url) {
        return Ok(None);
    }
    let allowed = "an https address of the public Internet, or one that this server allows";
    let refused = outgoing(ctx)?.check(url).await.is_err();
    Ok(refused.then_some(Refusal::InvalidSetting { field: "url", allowed }))
}

/// Only who may ask the command may have names resolved and secrets made for it.
fn is_staff(caller: &Caller) -> bool {
    permission::STAFF.contains(&caller.role)
}

/// Asks a command that needs a new secret.
async fn with_secret(
    ctx: &Context<'_>,
    meta: Meta,
    id: EndpointId,
    command: impl FnOnce(Reference) -> Result<Command, Refusal>,
) -> Result<(Outcome, Option<String>)> {
    let (caller, engine, outgoing): (_, _, &Outgoing) =
        (caller(ctx)?, engine(ctx)?, outgoing(ctx)?);
    if !is_staff(caller) {
        let refusal = Err(Refusal::Forbidden { role: caller.role });
        return Ok((ask_as(&engine, caller, meta, refusal).await?, None));
    }
    let ledger = engine.ledger();
    let made = outgoing.make_secret(ledger, caller.subject.as_str(), meta.id, id).await;
    let (place, is_made) = made.map_err(|error| failed(&error))?;
    let outcome = ask_as(&engine, caller, meta, command(place.clone())).await?;
    let is_new = matches!(&outcome, Outcome::Done(done) if !done.replayed);
    if is_made
        && !is_new
        && let Err(error) = outgoing.unmake_secret(&engine, id, place.clone()).await
    {
        tracing::warn!(%error, "a secret that no endpoint has was not erased");
    }
    if !is_new {
        return Ok((outcome, None));
    }
    let secret = outgoing.secret(ledger, &place).await.map_err(|error| failed(&error))?;
    Ok((outcome, Some(secret.expose_secret().to_owned())))
}

macro_rules! plain {
    ($ctx:expr, $input:expr, $result:ident) => {{
        let id = EndpointId($input.endpoint);
        let outcome = ask(&engine($ctx)?, caller($ctx)?, $input).await?;
        Ok($result::of(outcome, as_asked(id)))
    }};
}

/// A command's answer when it was refused before it was asked.
async fn refused(ctx: &Context<'_>, meta: Meta, refusal: Refusal) -> Result<Outcome> {
    ask_as(&engine(ctx)?, caller(ctx)?, meta, Err(refusal)).await
}

#[derive(Debug, Default)]
pub struct EndpointMutations;

#[Object]
impl EndpointMutations {
    /// Adds an endpoint that is told what happens, over webhooks signed as Standard Webhooks says.
    /// The answer has the secret, this once.
    async fn add_endpoint(
        &self,
        ctx: &Context<'_>,
        input: AddEndpointInput,
    ) -> Result<AddEndpointResult> {
        let (id, head) = (EndpointId(input.endpoint), engine(ctx)?.head());
        let from = input.from_revision.map(|from| known(from, head)).transpose();
        let terms = input.terms().and_then(|terms| Ok((terms, from?)));
        let ((url, filter), from) = match terms {
            Ok(terms) => terms,
            Err(refusal) => {
                let outcome = refused(ctx, input.meta(), refusal).await?;
                return Ok(AddEndpointResult::of(outcome, made(None, id)));
            }
        };
        let refusal = if is_staff(caller(ctx)?) { judged(ctx, id, &url).await? } else { None };
        let (outcome, secret) = match refusal {
            Some(refusal) => (refused(ctx, input.meta(), refusal).await?, None),
            None => {
                let command = |secret| Ok(Add { endpoint: id, url, filter, secret, from }.into());
                with_secret(ctx, input.meta(), id, command).await?
            }
        };
        Ok(AddEndpointResult::of(outcome, made(secret, id)))
    }

    /// Tells an endpoint of other events, or at another place.
    async fn change_endpoint(
        &self,
        ctx: &Context<'_>,
        input: ChangeEndpointInput,
    ) -> Result<ChangeEndpointResult> {
        let id = EndpointId(input.endpoint);
        if is_staff(caller(ctx)?)
            && let Ok(Command::ChangeEndpoint(change)) = input.command()
            && let Some(refusal) = judged(ctx, id, &change.url).await?
        {
            let outcome = refused(ctx, input.meta(), refusal).await?;
            return Ok(ChangeEndpointResult::of(outcome, as_asked(id)));
        }
        plain!(ctx, input, ChangeEndpointResult)
    }

    /// Has another secret sign; the one before signs too for 24 hours. The answer has the secret,
    /// this once.
    async fn rotate_endpoint_secret(
        &self,
        ctx: &Context<'_>,
        input: RotateEndpointSecretInput,
    ) -> Result<RotateEndpointSecretResult> {
        let id = EndpointId(input.endpoint);
        let command = |secret| Ok(Rotate { endpoint: id, secret }.into());
        let (outcome, secret) = with_secret(ctx, input.meta(), id, command).await?;
        Ok(RotateEndpointSecretResult::of(outcome, made(secret, id)))
    }

    /// Tells an endpoint nothing until it is enabled. Nothing is lost.
    async fn disable_endpoint(
        &self,
        ctx: &Context<'_>,
        input: DisableEndpointInput,
    ) -> Result<DisableEndpointResult> {
        plain!(ctx, input, DisableEndpointResult)
    }

    /// Tells an endpoint again, from where it stopped.
    async fn enable_endpoint(
        &self,
        ctx: &Context<'_>,
        input: EnableEndpointInput,
    ) -> Result<EnableEndpointResult> {
        plain!(ctx, input, EnableEndpointResult)
    }

    /// Has an endpoint go on at a revision. What it had already is sent again, under the same ids and
    /// with the same bodies.
    async fn replay_endpoint(
        &self,
        ctx: &Context<'_>,
        input: ReplayEndpointInput,
    ) -> Result<ReplayEndpointResult> {
        let id = EndpointId(input.endpoint);
        if let Err(refusal) = known(input.from_revision, engine(ctx)?.head()) {
            let outcome = refused(ctx, input.meta(), refusal).await?;
            return Ok(ReplayEndpointResult::of(outcome, as_asked(id)));
        }
        plain!(ctx, input, ReplayEndpointResult)
    }

    /// Tells an endpoint nothing, for ever. Its secrets are erased.
    async fn remove_endpoint(
        &self,
        ctx: &Context<'_>,
        input: RemoveEndpointInput,
    ) -> Result<RemoveEndpointResult> {
        plain!(ctx, input, RemoveEndpointResult)
    }

    /// Sends an endpoint a message of the type `endpoint.test`, now, whatever else waits, and says
    /// how it went. For admins and the back end.
    async fn test_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] endpoint: Uuid,
    ) -> Result<WebhookDeliveryTry> {
        let caller = caller(ctx)?;
        if !is_staff(caller) {
            return Err(fault::forbidden("testEndpoint"));
        }
        let tried = outgoing(ctx)?.test(&caller.ledger, EndpointId(endpoint)).await;
        tried.map(|tried| WebhookDeliveryTry::of(&tried)).map_err(|error| failed(&error))
    }

    /// Sends an event that was given up once more, now, out of its order, and says how it went. For
    /// admins and the back end.
    async fn retry_webhook_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To which endpoint.")] endpoint: Uuid,
        #[graphql(desc = "Which event.")] revision: RevisionNumber,
    ) -> Result<WebhookDeliveryTry> {
        if !is_staff(caller(ctx)?) {
            return Err(fault::forbidden("retryWebhookDelivery"));
        }
        let (engine, at) = (engine(ctx)?, Revision(revision.0));
        let tried = outgoing(ctx)?.retry(&engine, EndpointId(endpoint), at).await;
        tried.map(|tried| WebhookDeliveryTry::of(&tried)).map_err(|error| failed(&error))
    }
}

/// What is answered where a secret was made.
fn made(secret: Option<String>, id: EndpointId) -> impl FnOnce(Done) -> EndpointSecretMade {
    move |Done { revision, replayed }| EndpointSecretMade { revision, replayed, secret, id }
}

/// What is answered where an endpoint was changed.
fn as_asked(id: EndpointId) -> impl FnOnce(Done) -> EndpointChanged {
    move |Done { revision, replayed }| EndpointChanged { revision, replayed, id }
}
