//! Commands about the rules of money from and to outside.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::input::*;
use crate::graphql::command::{ask, results};
use crate::graphql::context::{caller, engine};
use crate::graphql::scalars::RevisionNumber;

/// The rules are as asked.
#[derive(Debug, SimpleObject)]
pub struct PaymentsConfigured {
    /// Where the ledger stood when it was so.
    revision: RevisionNumber,
    /// Whether it was so already: nothing changed.
    replayed: bool,
}

results! {
    /// How changing the rules ended.
    ConfigurePaymentsResult = PaymentsConfigured;
}

#[derive(Debug, Default)]
pub struct PaymentsMutations;

#[Object]
impl PaymentsMutations {
    /// Puts other rules of money from and to outside in force.
    async fn configure_payments(
        &self,
        ctx: &Context<'_>,
        input: ConfigurePaymentsInput,
    ) -> Result<ConfigurePaymentsResult> {
        let (engine, caller) = (engine(ctx)?, caller(ctx)?);
        let outcome = ask(&engine, caller, input).await?;
        Ok(ConfigurePaymentsResult::of(outcome, |done| PaymentsConfigured {
            revision: done.revision,
            replayed: done.replayed,
        }))
    }
}
