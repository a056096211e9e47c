//! Questions about providers.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};

use super::types::{ProviderAccount, Shared};
use crate::graphql::context::{bookkeeper, inbox, providers};

#[derive(Debug, Default)]
pub struct ProviderQueries;

#[Object]
impl ProviderQueries {
    /// The accounts at payment providers that serve this ledger: what of each is configured, never a
    /// secret; whether it answers; what waits for it. For finance, admins and auditors.
    async fn providers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the account of this name.")] name: Option<String>,
    ) -> Result<Vec<ProviderAccount>> {
        let ledger = &bookkeeper(ctx, "providers")?.ledger;
        let desk = providers(ctx)?;
        let adapters = &inbox(ctx)?.applier().providers;
        let asked = desk.asked(ledger);
        let shared = Arc::new(Shared::default());
        let is_wanted = |it: &str| name.as_ref().is_none_or(|name| name == it);
        let wanted = desk.accounts_of(ledger).filter(|it| is_wanted(it.name.as_str()));
        let accounts = wanted.map(|account| {
            let status = asked.iter().find(|status| status.provider == account.name);
            let is_confirmed = adapters.is_always_asked(account.name.as_str());
            ProviderAccount::new(desk, ledger, account, status, is_confirmed, &shared)
        });
        Ok(accounts.collect())
    }
}
