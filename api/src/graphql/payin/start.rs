//! Beginning a payment at its provider.
//!
//! What the payer needs for it, an address or a token, is answered to the caller and kept nowhere:
//! asked again, the provider tells it again.

use std::time::Duration;

use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject, Union};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use cauri_domain::payin::{self, RecordDecline, RecordSubmission};
use cauri_domain::{
    Actor, Command, CommandId, ObjectId, PayinId, Provider, Refusal, Revision, Role,
};
use cauri_ledger::engine::{AskError, Engine, Request};
use cauri_sagas::gateway::{Begun, OrderField, PayinGateways, PayinOrder, Started};

use super::types::Payin;
use crate::graphql::context::{Moment, actor, caller, engine};
use crate::graphql::fault;
use crate::graphql::refused::Refused;

/// How long a provider may take: several questions of its own.
const PATIENCE: Duration = Duration::from_secs(25);
/// The longest address that is taken, in bytes.
const LONGEST_ADDRESS: usize = 2_000;
/// The longest method or payer that is taken, in characters.
const LONGEST_WORD: usize = 100;

/// Begins a pay-in's payment at its provider.
#[derive(InputObject)]
pub struct StartPayinInput {
    /// Which pay-in. Its id is the key at the provider: asked again, there is no second payment.
    payin: Uuid,
    /// Where the payer is sent when they are done: an https address.
    return_url: Option<String>,
    /// How they pay, in the provider's own word: a network, a mode, a kind of payment method.
    method: Option<String>,
    /// Their telephone number or alias, where the provider asks them there. It is told to the
    /// provider and kept nowhere.
    payer: Option<String>,
}

/// How beginning a payment ended.
#[derive(Union)]
pub enum StartPayinResult {
    /// The payer can pay.
    Started(PayinStarted),
    /// The provider does not take it on: the pay-in is declined, and may be begun otherwise.
    Declined(PayinStartDeclined),
    /// Nobody knows: ask again. It never makes another payment.
    Unknown(PayinStartUnknown),
    /// Why not.
    Refused(Refused),
}

/// A payer can pay.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct PayinStarted {
    /// Where the payer is sent, if they are sent anywhere. Whoever has it may see the payment.
    redirect_url: Option<String>,
    /// What the provider's own code in the payer's browser or telephone wants, if it wants anything.
    client_token: Option<String>,
    #[graphql(skip)]
    at: Revision,
    #[graphql(skip)]
    id: Uuid,
}

/// The provider does not take a payment on.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct PayinStartDeclined {
    /// The provider's reason, a short code; `amount_not_supported` where it cannot be asked for so much.
    reason: String,
    #[graphql(skip)]
    at: Revision,
    #[graphql(skip)]
    id: Uuid,
}

/// Whether a payment was begun is not known: ask again.
#[derive(Debug, SimpleObject)]
pub struct PayinStartUnknown {
    /// What happened, a short code: `timed_out`, `status_503`.
    reason: String,
}

#[ComplexObject]
impl PayinStarted {
    /// The pay-in, as of now at least.
    async fn payin(&self, ctx: &Context<'_>) -> Result<Option<Payin>> {
        payin_at(ctx, self.id, self.at).await
    }
}

#[ComplexObject]
impl PayinStartDeclined {
    /// The pay-in, as of now at least.
    async fn payin(&self, ctx: &Context<'_>) -> Result<Option<Payin>> {
        payin_at(ctx, self.id, self.at).await
    }
}

async fn payin_at(ctx: &Context<'_>, id: Uuid, at: Revision) -> Result<Option<Payin>> {
    let moment = Moment::open(ctx, Some(at.into())).await?;
    let row = moment.ask().await.payin(id).await.map_err(|error| fault::database(&error))?;
    Ok(row.map(Payin))
}

#[derive(Debug, Default)]
pub struct PayinStarts;

#[Object]
impl PayinStarts {
    /// Begins a pay-in's payment at its provider, or gives the payer once more what they need for it.
    /// Whoever may expect its money may, as long as it waits for it.
    async fn start_payin_at_provider(
        &self,
        ctx: &Context<'_>,
        input: StartPayinInput,
    ) -> Result<StartPayinResult> {
        let (engine, caller) = (engine(ctx)?, caller(ctx)?);
        let id = PayinId(input.payin);
        check(&input)?;
        let asker = actor(caller);
        let read = engine.read(move |state| {
            payin::may_start(state, &asker, id).map(|payin| {
                let object = payin.open_object.clone();
                (payin.provider, payin.amount, payin.expires_at, payin.capture_later, object)
            })
        });
        let read = read.await.map_err(|error| fault::unasked(&error))?;
        let (provider, amount, expires_at, capture_later, object) = match read.value {
            Ok(known) => known,
            Err(refusal) => return Ok(refused(&refusal, id, Some(read.at))),
        };
        let ledger = engine.ledger().clone();
        let Some(gateway) = ctx.data::<PayinGateways>()?.get(&ledger, provider) else {
            let message = format!(
                "its provider {provider} begins no payments here: the account is not for this ledger, \
                 lacks a setting that this needs, or is of a kind that begins none"
            );
            return Err(fault::bad_argument("payin", message));
        };
        // What was declined with no payment of its own is known by our own id.
        let object = object.filter(|object| *object != ours(id));
        let order = PayinOrder {
            ledger,
            payin: id,
            amount,
            expires_at,
            capture_later,
            object,
            return_url: input.return_url,
            method: input.method,
            payer: input.payer.map(SecretString::from),
        };
        let begun = tokio::time::timeout(PATIENCE, gateway.begin(&order)).await;
        let begun = begun.unwrap_or_else(|_| Begun::Unknown { why: "timed_out".to_owned() });
        tell(&engine, id, provider, begun).await
    }
}

fn check(input: &StartPayinInput) -> Result<()> {
    if let Some(url) = &input.return_url {
        let parsed = url::Url::parse(url).ok();
        let is_here =
            |it: &url::Url| matches!(it.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        let is_good = parsed
            .is_some_and(|it| it.scheme() == "https" || (it.scheme() == "http" && is_here(&it)));
        if url.len() > LONGEST_ADDRESS || !is_good {
            return Err(fault::bad_argument("returnUrl", "must be an https:// address"));
        }
    }
    for (field, value) in [("method", &input.method), ("payer", &input.payer)] {
        let is_odd = |text: &String| {
            text.is_empty()
                || text.chars().count() > LONGEST_WORD
                || text.chars().any(char::is_control)
        };
        if value.as_ref().is_some_and(is_odd) {
            return Err(fault::bad_argument(
                field,
                "must be 1 to 100 characters, none of them a control character",
            ));
        }
    }
    Ok(())
}

fn refused(
    refusal: &Refusal,
    id: PayinId,
    at: Option<cauri_ledger::store::Head>,
) -> StartPayinResult {
    StartPayinResult::Refused(Refused::new(refusal, id.0, at))
}

/// Tells the ledger what the provider said, and answers.
async fn tell(
    engine: &Engine,
    id: PayinId,
    provider: Provider,
    begun: Begun,
) -> Result<StartPayinResult> {
    match begun {
        Begun::Unknown { why } => Ok(StartPayinResult::Unknown(PayinStartUnknown { reason: why })),
        Begun::Lacks(field) => {
            let field = match field {
                OrderField::Payer => "payer",
                OrderField::Method => "method",
                OrderField::ReturnUrl => "returnUrl",
            };
            Err(fault::bad_argument(field, "is needed by the pay-in's provider"))
        }
        Begun::Refused { object, code } => {
            let reason = code.parse().unwrap_or_else(|_| declined());
            let object = object.unwrap_or_else(|| ours(id));
            let command = RecordDecline { payin: id, provider, object, reason };
            let name = format!("declined:{}:{}", command.object, command.reason);
            Ok(match record(engine, id, provider, &name, command.into()).await? {
                Ok(at) => {
                    let declined = PayinStartDeclined { reason: code, at, id: id.0 };
                    StartPayinResult::Declined(declined)
                }
                Err(refusal) => refused(&refusal, id, None),
            })
        }
        Begun::Started(Started { object, redirect_url, client_token }) => {
            let at = match object {
                Some(object) => {
                    let name = format!("begun:{object}");
                    let command = RecordSubmission { payin: id, provider, object };
                    record(engine, id, provider, &name, command.into()).await?
                }
                None => Ok(head(engine)),
            };
            let open = |secret: SecretString| secret.expose_secret().to_owned();
            Ok(match at {
                Ok(at) => StartPayinResult::Started(PayinStarted {
                    redirect_url: redirect_url.map(open),
                    client_token: client_token.map(open),
                    at,
                    id: id.0,
                }),
                Err(refusal) => refused(&refusal, id, None),
            })
        }
    }
}

/// Asks as the provider, under an id made of what it said.
async fn record(
    engine: &Engine,
    id: PayinId,
    provider: Provider,
    name: &str,
    command: Command,
) -> Result<std::result::Result<Revision, Refusal>> {
    let name = format!("{name}:{provider}:{id}");
    let command_id = CommandId(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()));
    let subject = format!("provider:{provider}").parse();
    let subject = subject.map_err(|_| fault::unavailable("the provider's name is no subject"))?;
    let actor = Actor { subject, role: Role::Service };
    match engine.ask(Request::new(command_id, actor, command)).await {
        Ok(answer) => Ok(Ok(answer.revision().unwrap_or_else(|| head(engine)))),
        Err(AskError::Refused { refusal, .. }) => Ok(Err(refusal)),
        Err(error) => Err(fault::unasked(&error)),
    }
}

/// The last revision there is.
fn head(engine: &Engine) -> Revision {
    match engine.head() {
        cauri_ledger::store::Head::At(revision) => revision,
        cauri_ledger::store::Head::Empty => Revision::FIRST,
    }
}

/// Our own id, in the place of a payment that its provider did not make.
fn ours(id: PayinId) -> ObjectId {
    id.to_string().parse().expect("a UUID is an id of an object")
}

fn declined() -> cauri_domain::Code {
    "declined".parse().expect("a word in lower case")
}
