//! Whether what begins with a provider names an account that there is: a mistyped name would wait for
//! a webhook for ever, or open books of nobody's.
//!
//! It is asked at the edge and not by the rules, which know no configuration: what the log has of an
//! account that is configured no more stays as it is, and what was asked for before is so already.

use async_graphql::{Context, Result};
use cauri_domain::{
    Account, Command, Currency, LedgerState, PayinId, PaymentMethodId, Provider, Refusal,
    SettlementId,
};
use uuid::Uuid;

use super::command::Input;
use super::context::{caller, engine};
use super::fault;
use super::refused::{RefusalDetail, Refused};
use crate::inbox::Inbox;

/// What a command makes at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Made {
    Payin(PayinId),
    Method(PaymentMethodId),
    Settlement(SettlementId, Vec<Currency>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    /// Which command of a batch, from 0.
    index: Option<u32>,
    provider: Provider,
    made: Made,
}

impl Named {
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other commands begin nothing at one")]
    fn of(index: Option<u32>, command: &Command) -> Option<Self> {
        let (provider, made) = match command {
            Command::InitiatePayin(it) => (it.provider, Made::Payin(it.payin)),
            Command::AddPaymentMethod(it) => (it.provider, Made::Method(it.method)),
            Command::RecordSettlement(it) => {
                let moved = |it: &cauri_domain::settlement::Moved| it.money().currency();
                let sums = it.sums.iter();
                let currencies = sums.filter_map(|sum| sum.gross.as_ref().map(moved));
                (it.provider, Made::Settlement(it.settlement, currencies.collect()))
            }
            Command::Propose(it) => return Self::of(index, &it.command),
            _ => return None,
        };
        Some(Self { index, provider, made })
    }

    fn all(command: &Command) -> Vec<Self> {
        let Command::Batch(batch) = command else {
            return Self::of(None, command).into_iter().collect();
        };
        let commands = (0..).zip(&batch.commands);
        commands.filter_map(|(index, command)| Self::of(Some(index), command)).collect()
    }

    /// Whether the ledger knows it: it is there already, or settles what such an account held.
    fn is_known(&self, state: &LedgerState) -> bool {
        match &self.made {
            Made::Payin(id) => state.payin(*id).is_some(),
            Made::Method(id) => state.payment_method(*id).is_some(),
            Made::Settlement(id, currencies) => {
                let clearing = Account::Clearing(self.provider);
                let held = |currency: &Currency| state.books().is_there(clearing, *currency);
                state.settlement(*id).is_some() || currencies.iter().any(held)
            }
        }
    }

    fn refused(&self, configured: &[Provider], command_id: Uuid) -> Refused {
        let allowed = "the name of a provider's account that is configured for this ledger";
        let refusal = Refusal::InvalidSetting { field: "provider", allowed };
        let refusal = match self.index {
            Some(index) => Refusal::InBatch { index, refusal: Box::new(refusal) },
            None => refusal,
        };
        let names = configured.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let names = if names.is_empty() { "there is none".to_owned() } else { names };
        let mut refused = Refused::new(&refusal, command_id, None);
        refused.message = format!("{}: {names}", refused.message);
        refused.details = vec![RefusalDetail { name: "allowed", value: names }];
        refused
    }
}

/// What is refused of an input because of the provider that it names.
pub(super) async fn provider_refused(
    ctx: &Context<'_>,
    command_id: Uuid,
    input: &impl Input,
) -> Result<Option<Refused>> {
    match input.command() {
        Ok(command) => unknown_provider(ctx, command_id, &command).await,
        // What cannot be read is refused where it is asked.
        Err(_) => Ok(None),
    }
}

/// The same of a command that was made of more than its input.
pub(super) async fn unknown_provider(
    ctx: &Context<'_>,
    command_id: Uuid,
    command: &Command,
) -> Result<Option<Refused>> {
    // Without an inbox nobody tells of money, and no name is better than another.
    let Some(inbox) = ctx.data::<Option<Inbox>>()? else { return Ok(None) };
    let names = inbox.applier().providers.names_of(&caller(ctx)?.ledger);
    let configured: Vec<Provider> = names.collect();
    let mut named = Named::all(command);
    named.retain(|named| !configured.contains(&named.provider));
    if named.is_empty() {
        return Ok(None);
    }
    let engine = engine(ctx)?;
    let read = engine.read(move |state| named.iter().find(|named| !named.is_known(state)).cloned());
    let unknown = read.await.map_err(|error| fault::unasked(&error))?.value;
    Ok(unknown.map(|named| named.refused(&configured, command_id)))
}
