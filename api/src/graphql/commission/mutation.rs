//! Commands about commission rules.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::input::SetCommissionRuleInput;
use crate::graphql::command::{Done, ask, results};
use crate::graphql::context::{caller, engine};
use crate::graphql::scalars::RevisionNumber;

/// A commission rule is as asked.
#[derive(Debug, SimpleObject)]
pub struct CommissionRuleChanged {
    /// The revision at which it is so.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
    /// The rule's name.
    name: String,
}

results! {
    /// How setting a commission rule ended.
    SetCommissionRuleResult = CommissionRuleChanged;
}

#[derive(Debug, Default)]
pub struct CommissionMutations;

#[Object]
impl CommissionMutations {
    /// Sets a commission rule, or its next version.
    async fn set_commission_rule(
        &self,
        ctx: &Context<'_>,
        input: SetCommissionRuleInput,
    ) -> Result<SetCommissionRuleResult> {
        let name = input.name.clone();
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| CommissionRuleChanged { revision, replayed, name };
        Ok(SetCommissionRuleResult::of(outcome, done))
    }
}
