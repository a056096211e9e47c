//! Commands about entitlements.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::Entitlement;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;

changes! {
    /// An entitlement is as asked.
    EntitlementChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl EntitlementChanged {
    /// The entitlement, as of this revision at least.
    async fn entitlement(&self, ctx: &Context<'_>) -> Result<Option<Entitlement>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.entitlement(self.id).await;
        Ok(row.map_err(|error| fault::database(&error))?.map(Entitlement))
    }
}

results! {
    /// How granting an entitlement ended.
    GrantEntitlementResult = EntitlementChanged;
    /// How using an entitlement ended.
    UseEntitlementResult = EntitlementChanged;
    /// How transferring an entitlement ended.
    TransferEntitlementResult = EntitlementChanged;
    /// How revoking an entitlement ended.
    RevokeEntitlementResult = EntitlementChanged;
}

#[derive(Debug, Default)]
pub struct EntitlementMutations;

#[Object]
impl EntitlementMutations {
    /// Gives somebody an entitlement that they did not buy.
    async fn grant_entitlement(
        &self,
        ctx: &Context<'_>,
        input: GrantEntitlementInput,
    ) -> Result<GrantEntitlementResult> {
        changed!(ctx, input, entitlement, GrantEntitlementResult, EntitlementChanged)
    }

    /// Uses an entitlement up: by who offers what it is for, or staff. It is not refunded then.
    async fn use_entitlement(
        &self,
        ctx: &Context<'_>,
        input: UseEntitlementInput,
    ) -> Result<UseEntitlementResult> {
        changed!(ctx, input, entitlement, UseEntitlementResult, EntitlementChanged)
    }

    /// Gives an entitlement to somebody else; where they pay for it, its seller gets a royalty in
    /// the same entry.
    async fn transfer_entitlement(
        &self,
        ctx: &Context<'_>,
        input: TransferEntitlementInput,
    ) -> Result<TransferEntitlementResult> {
        changed!(ctx, input, entitlement, TransferEntitlementResult, EntitlementChanged)
    }

    /// Takes an entitlement away.
    async fn revoke_entitlement(
        &self,
        ctx: &Context<'_>,
        input: RevokeEntitlementInput,
    ) -> Result<RevokeEntitlementResult> {
        changed!(ctx, input, entitlement, RevokeEntitlementResult, EntitlementChanged)
    }
}
