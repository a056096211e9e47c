//! Commands about plans, subscriptions, usage and invoices.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};

use super::input::*;
use super::invoice_input::*;
use super::papers::Invoice;
use super::plan_input::*;
use super::types::PlanSubscription;
use crate::graphql::command::{ask, changed, changes, results};
use crate::graphql::context::{Moment, caller, engine};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;

changes! {
    /// A subscription is as asked.
    SubscriptionChanged;
    /// An invoice, or a credit note, is as asked.
    InvoiceChanged;
}

/// A plan is as asked.
#[derive(Debug, SimpleObject)]
pub struct PlanSet {
    /// Where the ledger stood when it was so.
    revision: RevisionNumber,
    /// Whether it was so already: nothing changed.
    replayed: bool,
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl SubscriptionChanged {
    /// The subscription, as of this revision at least.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<PlanSubscription>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.subscription(self.id).await;
        Ok(row.map_err(|e| fault::database(&e))?.map(|row| PlanSubscription { row, moment }))
    }
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl InvoiceChanged {
    /// The paper, as of this revision at least.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.invoice(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Invoice))
    }
}

results! {
    /// How setting a plan ended.
    SetPlanResult = PlanSet;
    /// How subscribing ended.
    SubscribeResult = SubscriptionChanged;
    /// How paying a subscription ended.
    PaySubscriptionResult = SubscriptionChanged;
    /// How changing a plan ended.
    ChangePlanResult = SubscriptionChanged;
    /// How canceling a subscription ended.
    CancelSubscriptionResult = SubscriptionChanged;
    /// How resuming a subscription ended.
    ResumeSubscriptionResult = SubscriptionChanged;
    /// How recording usage ended.
    RecordUsageResult = SubscriptionChanged;
    /// How setting a quota ended.
    SetQuotaResult = SubscriptionChanged;
    /// How closing a usage period ended.
    CloseUsagePeriodResult = SubscriptionChanged;
    /// How issuing an invoice ended.
    IssueInvoiceResult = InvoiceChanged;
    /// How paying an invoice ended.
    PayInvoiceResult = InvoiceChanged;
    /// How recording a payment ended.
    RecordInvoicePaidResult = InvoiceChanged;
    /// How voiding an invoice ended.
    VoidInvoiceResult = InvoiceChanged;
    /// How issuing a credit note ended.
    IssueCreditNoteResult = InvoiceChanged;
}

#[derive(Debug, Default)]
pub struct SubscriptionMutations;

#[Object]
impl SubscriptionMutations {
    /// Sets what can be subscribed to. Who has subscribed keeps the version that they have.
    async fn set_plan(&self, ctx: &Context<'_>, input: SetPlanInput) -> Result<SetPlanResult> {
        let (engine, caller) = (engine(ctx)?, caller(ctx)?);
        let outcome = ask(&engine, caller, input).await?;
        Ok(SetPlanResult::of(outcome, |done| PlanSet {
            revision: done.revision,
            replayed: done.replayed,
        }))
    }

    /// Begins a subscription: paid at once out of the wallet, by a pay-in whose target it is, or after an
    /// invoice; or with a trial.
    async fn subscribe(&self, ctx: &Context<'_>, input: SubscribeInput) -> Result<SubscribeResult> {
        changed!(ctx, input, subscription, SubscribeResult, SubscriptionChanged)
    }

    /// Pays now, out of the wallet, the period that is due.
    async fn pay_subscription(
        &self,
        ctx: &Context<'_>,
        input: PaySubscriptionInput,
    ) -> Result<PaySubscriptionResult> {
        changed!(ctx, input, subscription, PaySubscriptionResult, SubscriptionChanged)
    }

    /// Goes over to another plan: at once, the days left given back and the new period charged, or when
    /// the period is over.
    async fn change_plan(
        &self,
        ctx: &Context<'_>,
        input: ChangePlanInput,
    ) -> Result<ChangePlanResult> {
        changed!(ctx, input, subscription, ChangePlanResult, SubscriptionChanged)
    }

    /// Cancels: at once, with what the plan says of the days left, or when the period is over.
    async fn cancel_subscription(
        &self,
        ctx: &Context<'_>,
        input: CancelSubscriptionInput,
    ) -> Result<CancelSubscriptionResult> {
        changed!(ctx, input, subscription, CancelSubscriptionResult, SubscriptionChanged)
    }

    /// Takes a cancellation back that has not come about.
    async fn resume_subscription(
        &self,
        ctx: &Context<'_>,
        input: ResumeSubscriptionInput,
    ) -> Result<ResumeSubscriptionResult> {
        changed!(ctx, input, subscription, ResumeSubscriptionResult, SubscriptionChanged)
    }

    /// Says that something was used: counted once under its key, refused beyond a hard quota.
    async fn record_usage(
        &self,
        ctx: &Context<'_>,
        input: RecordUsageInput,
    ) -> Result<RecordUsageResult> {
        changed!(ctx, input, subscription, RecordUsageResult, SubscriptionChanged)
    }

    /// Gives a subscription a quota of its own.
    async fn set_quota(&self, ctx: &Context<'_>, input: SetQuotaInput) -> Result<SetQuotaResult> {
        changed!(ctx, input, subscription, SetQuotaResult, SubscriptionChanged)
    }

    /// Bills what was used, once its days are over; the process does so by itself.
    async fn close_usage_period(
        &self,
        ctx: &Context<'_>,
        input: CloseUsagePeriodInput,
    ) -> Result<CloseUsagePeriodResult> {
        changed!(ctx, input, subscription, CloseUsagePeriodResult, SubscriptionChanged)
    }

    /// Issues an invoice with the next number of its series.
    async fn issue_invoice(
        &self,
        ctx: &Context<'_>,
        input: IssueInvoiceInput,
    ) -> Result<IssueInvoiceResult> {
        changed!(ctx, input, invoice, IssueInvoiceResult, InvoiceChanged)
    }

    /// Pays an invoice out of the wallet that is to pay it.
    async fn pay_invoice(
        &self,
        ctx: &Context<'_>,
        input: PayInvoiceInput,
    ) -> Result<PayInvoiceResult> {
        changed!(ctx, input, invoice, PayInvoiceResult, InvoiceChanged)
    }

    /// Says that an invoice was paid by bank transfer.
    async fn record_invoice_paid(
        &self,
        ctx: &Context<'_>,
        input: RecordInvoicePaidInput,
    ) -> Result<RecordInvoicePaidResult> {
        changed!(ctx, input, invoice, RecordInvoicePaidResult, InvoiceChanged)
    }

    /// Takes an invoice back that nobody paid; its number stays taken.
    async fn void_invoice(
        &self,
        ctx: &Context<'_>,
        input: VoidInvoiceInput,
    ) -> Result<VoidInvoiceResult> {
        changed!(ctx, input, invoice, VoidInvoiceResult, InvoiceChanged)
    }

    /// Gives some of an invoice back: never more than it came to. Above the ledger's threshold, a second
    /// person is needed.
    async fn issue_credit_note(
        &self,
        ctx: &Context<'_>,
        input: IssueCreditNoteInput,
    ) -> Result<IssueCreditNoteResult> {
        changed!(ctx, input, note, IssueCreditNoteResult, InvoiceChanged)
    }
}
