//! Commands about payment methods.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::PaymentMethod;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;
use crate::graphql::named_provider::provider_refused;
use crate::graphql::vault::destination_refused;

changes! {
    /// A payment method is as asked.
    PaymentMethodChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl PaymentMethodChanged {
    /// The payment method, as of this revision at least.
    async fn payment_method(&self, ctx: &Context<'_>) -> Result<Option<PaymentMethod>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.payment_method(self.id).await;
        Ok(row.map_err(|error| fault::database(&error))?.map(PaymentMethod))
    }
}

results! {
    /// How adding a payment method ended.
    AddPaymentMethodResult = PaymentMethodChanged;
    /// How making it the default ended.
    SetDefaultPaymentMethodResult = PaymentMethodChanged;
    /// How disabling it ended.
    DisablePaymentMethodResult = PaymentMethodChanged;
}

#[derive(Debug, Default)]
pub struct PaymentMethodMutations;

#[Object]
impl PaymentMethodMutations {
    /// Adds a way to pay to a wallet: asked by its owner, by a member who manages it, or by staff.
    async fn add_payment_method(
        &self,
        ctx: &Context<'_>,
        input: AddPaymentMethodInput,
    ) -> Result<AddPaymentMethodResult> {
        if let Some(refused) = destination_refused(ctx, input.command_id, &input).await? {
            return Ok(AddPaymentMethodResult::Refused(refused));
        }
        if let Some(refused) = provider_refused(ctx, input.command_id, &input).await? {
            return Ok(AddPaymentMethodResult::Refused(refused));
        }
        changed!(ctx, input, payment_method, AddPaymentMethodResult, PaymentMethodChanged)
    }

    /// Makes it its wallet's default; the one before is it no more.
    async fn set_default_payment_method(
        &self,
        ctx: &Context<'_>,
        input: SetDefaultPaymentMethodInput,
    ) -> Result<SetDefaultPaymentMethodResult> {
        changed!(ctx, input, payment_method, SetDefaultPaymentMethodResult, PaymentMethodChanged)
    }

    /// Forbids it, for ever.
    async fn disable_payment_method(
        &self,
        ctx: &Context<'_>,
        input: DisablePaymentMethodInput,
    ) -> Result<DisablePaymentMethodResult> {
        changed!(ctx, input, payment_method, DisablePaymentMethodResult, PaymentMethodChanged)
    }
}
