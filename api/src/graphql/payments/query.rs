//! Questions about the rules of money from and to outside.

use async_graphql::{Context, Object, Result};

use super::types::PaymentsRules;
use crate::graphql::context::{caller, engine};
use crate::graphql::fault;

#[derive(Debug, Default)]
pub struct PaymentsQueries;

#[Object]
impl PaymentsQueries {
    /// The rules of money from and to outside that are in force.
    async fn payments_rules(&self, ctx: &Context<'_>) -> Result<PaymentsRules> {
        caller(ctx)?;
        let seen = engine(ctx)?.read(|state| state.payments_rules()).await;
        PaymentsRules::of(&seen.map_err(|error| fault::unasked(&error))?.value)
    }
}
