//! Accounts at providers as they are seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use cauri_domain::{LedgerId, Money, Provider};
use cauri_projections::query::OpenOf;
use cauri_sagas::{ProviderStatus, Route};
use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::ProviderDesk;
use super::words::ProviderCircuitState;
use crate::graphql::ages::{AgedAccount, aged_now};
use crate::graphql::context::{caller, inbox};
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText};
use crate::inbox::Last;
use crate::providers::{self, LedgersOf};

/// What all accounts of one answer share, read once and only where it is asked for.
#[derive(Debug, Default)]
pub(super) struct Shared {
    last: OnceCell<BTreeMap<String, Last>>,
    clearing: OnceCell<Vec<AgedAccount>>,
    suspense: OnceCell<Vec<AgedAccount>>,
}

/// An account at a payment provider, as it is configured and as it stands now.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProviderAccount {
    /// Its name: in its webhook address, and in `clearing:{name}`.
    name: String,
    /// The adapter that it speaks through: `stripe`, `fedapay`.
    kind: String,
    /// Whether it serves every ledger, and not only those that its configuration names.
    serves_all_ledgers: bool,
    /// Where its webhooks for this ledger go, on this server.
    webhook_path: String,
    /// What its webhook secrets are called, which themselves are told to nobody: a short digest of
    /// each, several while one is being replaced. Each delivery says which one proved it.
    webhook_keys: Vec<String>,
    /// What it may be told, and whether it was. Values are not shown.
    settings: Vec<ProviderSetting>,
    /// Whether the provider itself is asked before anything that a delivery says is booked.
    is_asked_before_booking: bool,
    /// Whether withdrawals may go to it.
    pays_out: bool,
    /// The routes that lead withdrawals to it, in the order in which they are looked at.
    routes: Vec<ProviderRoute>,
    /// Whether it is asked for payments now; null where it is asked for none: it pays nothing out,
    /// captures nothing, and gives nothing back.
    circuit: Option<ProviderCircuit>,
    /// What it is asked for; null where it is asked for nothing.
    payments: Option<ProviderPayments>,
    #[graphql(skip)]
    account: Provider,
    #[graphql(skip)]
    shared: Arc<Shared>,
}

/// A setting of an account at a provider.
#[derive(Debug, SimpleObject)]
pub struct ProviderSetting {
    /// Its name in the configuration.
    name: &'static str,
    /// Whether it is a secret.
    is_secret: bool,
    /// Whether every account of this kind has to have it.
    is_required: bool,
    /// Whether it is there.
    is_set: bool,
}

/// Which withdrawals go to an account: what is null matches everything.
#[derive(Debug, SimpleObject)]
pub struct ProviderRoute {
    /// Its place among all routes, from 1: the first that matches counts.
    place: usize,
    /// The currency.
    currency: Option<CurrencyText>,
    /// What the destination begins with: what its reference in the log stands for.
    destination_prefix: Option<String>,
    /// The smallest amount, included.
    least: Option<DecimalText>,
    /// The largest amount, included.
    most: Option<DecimalText>,
    /// The accounts that it leads to, the preferred one first: the first that answers gets it.
    providers: Vec<String>,
}

/// Whether a provider is asked, as this ledger sees it since the server started.
#[derive(Debug, SimpleObject)]
pub struct ProviderCircuit {
    /// Where it stands.
    state: ProviderCircuitState,
    /// When it opened, or closed again; null where it was never open.
    since: Option<DateTime<Utc>>,
    /// From when on the provider is tried again; null while it is asked.
    next_try_at: Option<DateTime<Utc>>,
    /// How often in a row it did not answer.
    outages: u32,
}

/// Payments that a provider is asked for: payouts, refunds, captures.
#[derive(Debug, SimpleObject)]
pub struct ProviderPayments {
    /// How many were given to it and have no outcome yet.
    open: usize,
    /// Of how many of them it is not known whether it has them: they are asked for, and never sent
    /// under another key.
    unknown: usize,
    /// For how many it is being asked right now.
    asking: usize,
    /// How many approved withdrawals wait that may go to it, and are given to nobody yet. One that
    /// may go to several providers is counted at each of them.
    waiting: usize,
}

/// The last delivery that was accepted.
#[derive(Debug, SimpleObject)]
pub struct LastDelivery {
    /// When it came, whether or not it came before.
    received_at: DateTime<Utc>,
    /// The provider's word for what happened.
    kind: String,
}

/// Deliveries that were turned away. Nothing of them is kept.
#[derive(Debug, SimpleObject)]
pub struct RejectedDeliveries {
    /// How many since the server started, to any ledger.
    count: u64,
    /// When the last one came.
    last_at: DateTime<Utc>,
    /// Why it was turned away: `bad_signature`, `unreadable`.
    last_code: &'static str,
}

impl ProviderAccount {
    pub(super) fn new(
        desk: &ProviderDesk,
        ledger: &LedgerId,
        account: &providers::ProviderAccount,
        status: Option<&ProviderStatus>,
        is_confirmed: bool,
        shared: &Arc<Shared>,
    ) -> Self {
        let name = account.name;
        let setting = |(rule, is_set): (&'static providers::Rule, bool)| ProviderSetting {
            name: rule.name,
            is_secret: rule.is_secret,
            is_required: rule.is_required,
            is_set,
        };
        Self {
            name: name.to_string(),
            kind: account.kind.to_string(),
            serves_all_ledgers: account.ledgers == LedgersOf::All,
            webhook_path: format!("/webhooks/{ledger}/{name}"),
            webhook_keys: account.key_ids().collect(),
            settings: account.told().map(setting).collect(),
            is_asked_before_booking: is_confirmed,
            pays_out: desk.pays_out(ledger, account, status.is_some()),
            routes: desk.routes.naming(ledger, name).map(ProviderRoute::new).collect(),
            circuit: status.map(ProviderCircuit::new),
            payments: status.map(ProviderPayments::new),
            account: name,
            shared: Arc::clone(shared),
        }
    }

    fn own(&self, accounts: &[AgedAccount]) -> Vec<AgedAccount> {
        accounts.iter().filter(|it| it.is_of(&self.name)).cloned().collect()
    }
}

#[ComplexObject]
impl ProviderAccount {
    /// The last delivery that was accepted, to this ledger; null where there was none.
    async fn last_delivery(&self, ctx: &Context<'_>) -> Result<Option<LastDelivery>> {
        let read = async || {
            let last = inbox(ctx)?.last(&caller(ctx)?.ledger).await;
            let last = last.map_err(|error| fault::database(&error))?;
            Ok(last.into_iter().map(|last| (last.provider.clone(), last)).collect())
        };
        let last = self.shared.last.get_or_try_init(read).await;
        let last = last.map_err(|error: async_graphql::Error| error)?.get(&self.name);
        Ok(last.map(|last| LastDelivery { received_at: last.received_at, kind: last.kind.clone() }))
    }

    /// What was turned away since the server started; null where nothing was.
    async fn rejected(&self, ctx: &Context<'_>) -> Result<Option<RejectedDeliveries>> {
        let rejected = inbox(ctx)?.rejections().of(self.account);
        Ok(rejected.map(|it| RejectedDeliveries {
            count: it.count,
            last_at: it.at,
            last_code: it.code,
        }))
    }

    /// How old is what it holds for us, by currency. `clearingAges` lists the parts.
    async fn clearing(&self, ctx: &Context<'_>) -> Result<Vec<AgedAccount>> {
        let read = || aged_now(ctx, OpenOf::Clearing);
        Ok(self.own(self.shared.clearing.get_or_try_init(read).await?))
    }

    /// How old is what came in through it and matched to nothing, by currency. `suspenseAges` lists
    /// the parts.
    async fn suspense(&self, ctx: &Context<'_>) -> Result<Vec<AgedAccount>> {
        let read = || aged_now(ctx, OpenOf::Suspense);
        Ok(self.own(self.shared.suspense.get_or_try_init(read).await?))
    }
}

impl ProviderRoute {
    fn new((place, route): (usize, &Route)) -> Self {
        let amount = |amount: Money| DecimalText(amount.to_decimal().to_string());
        Self {
            place,
            currency: route.currency.map(|currency| CurrencyText(currency.to_string())),
            destination_prefix: route.destination.clone(),
            least: route.least.map(amount),
            most: route.most.map(amount),
            providers: route.providers.iter().map(ToString::to_string).collect(),
        }
    }
}

impl ProviderCircuit {
    fn new(status: &ProviderStatus) -> Self {
        Self {
            state: status.circuit.into(),
            since: status.since,
            next_try_at: status.next_try,
            outages: status.outages,
        }
    }
}

impl ProviderPayments {
    const fn new(status: &ProviderStatus) -> Self {
        Self {
            open: status.payments,
            unknown: status.unknown,
            asking: status.asking,
            waiting: status.held,
        }
    }
}
