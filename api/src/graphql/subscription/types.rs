//! Plans, subscriptions, usage and invoices.

use async_graphql::{Context, Description, Object, Result, SimpleObject};
use chrono::{DateTime, Days, NaiveDate, Utc};
use uuid::Uuid;

use cauri_domain::SubscriptionId;
use cauri_domain::plan::{Meter, Plan as Terms};
use cauri_projections::query::{PlanRow, SubscriptionRow};

use super::words::{PeriodRefund, PeriodUnit, SubscriptionPayment, SubscriptionStatus};
use crate::graphql::context::{Moment, engine};
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// What can be subscribed to.
#[derive(Description)]
pub struct Plan(pub(in crate::graphql) PlanRow);

impl Plan {
    fn terms(&self) -> Result<Terms> {
        serde_json::from_value(self.0.terms.clone())
            .map_err(|_| fault::unavailable("the read models are of another version"))
    }
}

/// Something that is counted, and how much of it costs nothing.
#[derive(Debug, SimpleObject)]
pub struct PlanMeter {
    /// Its name.
    name: String,
    /// How many units of a period cost nothing.
    included: u64,
    /// How much may be used in a period.
    quota: Option<u64>,
    /// Whether more than that is refused.
    hard: bool,
    /// What units cost beyond those included: the tiers in order.
    tiers: Vec<PlanTier>,
}

/// Units up to some number, and what each costs.
#[derive(Debug, SimpleObject)]
pub struct PlanTier {
    /// Up to how many; null for all beyond.
    up_to: Option<u64>,
    /// What a unit costs, in major units.
    price: DecimalText,
}

impl From<&Meter> for PlanMeter {
    fn from(it: &Meter) -> Self {
        let tier = |tier: &cauri_domain::plan::Tier| PlanTier {
            up_to: tier.up_to,
            price: DecimalText(tier.price.to_string()),
        };
        Self {
            name: it.code.to_string(),
            included: it.included,
            quota: it.quota.map(|quota| quota.limit),
            hard: it.quota.is_some_and(|quota| quota.hard),
            tiers: it.tiers.iter().map(tier).collect(),
        }
    }
}

/// A number that a subscriber may.
#[derive(Debug, SimpleObject)]
pub struct PlanFeature {
    /// Its name.
    name: String,
    /// The number.
    value: u64,
}

#[Object(use_type_description)]
impl Plan {
    /// Its name.
    async fn name(&self) -> &str {
        &self.0.plan
    }

    /// Which version it is.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether it can be subscribed to.
    async fn offered(&self) -> bool {
        self.0.offered
    }

    /// The currency of all that it costs.
    async fn currency(&self) -> Result<CurrencyText> {
        Ok(CurrencyText(self.terms()?.currency.code().to_owned()))
    }

    /// What a period costs, in major units; null for a free plan.
    async fn price(&self) -> Result<Option<DecimalText>> {
        Ok(self.terms()?.price.map(|price| DecimalText(price.to_decimal().to_string())))
    }

    /// What its periods are counted in.
    async fn unit(&self) -> Result<PeriodUnit> {
        PeriodUnit::of(self.terms()?.every.unit.as_str())
    }

    /// How many of them a period is.
    async fn count(&self) -> Result<u16> {
        Ok(self.terms()?.every.count)
    }

    /// How many days are free at the beginning.
    async fn trial_days(&self) -> Result<u16> {
        Ok(self.terms()?.trial_days)
    }

    /// What is given back of a period that is canceled before its end.
    async fn refund(&self) -> Result<PeriodRefund> {
        PeriodRefund::of(self.terms()?.refund.as_str())
    }

    /// What is metered.
    async fn meters(&self) -> Result<Vec<PlanMeter>> {
        Ok(self.terms()?.meters.iter().map(PlanMeter::from).collect())
    }

    /// What a subscriber may.
    async fn features(&self) -> Result<Vec<PlanFeature>> {
        let feature = |(name, value): (&cauri_domain::Code, &u64)| PlanFeature {
            name: name.to_string(),
            value: *value,
        };
        Ok(self.terms()?.features.iter().map(feature).collect())
    }

    /// The revision that set it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}

/// A plan that a wallet renews.
#[derive(Description)]
#[graphql(name = "PlanSubscription")]
pub struct PlanSubscription {
    pub(in crate::graphql) row: SubscriptionRow,
    pub(in crate::graphql) moment: Moment,
}

impl PlanSubscription {
    fn amount(&self, amount: rust_decimal::Decimal) -> DecimalText {
        match &self.row.currency {
            Some(currency) => DecimalText::of(amount, currency),
            None => DecimalText(amount.normalize().to_string()),
        }
    }
}

/// What was used of a meter on a day.
#[derive(Debug, SimpleObject)]
pub struct UsageDay {
    /// The day, in the ledger's time zone.
    day: NaiveDate,
    /// The meter.
    meter: String,
    /// How many units.
    quantity: String,
    /// How many of them were told after their period, and are billed with the next.
    late: String,
}

/// What was used of a meter in the present period.
#[derive(Debug, SimpleObject)]
pub struct UsageNow {
    /// The meter.
    meter: String,
    /// How many units.
    used: u64,
    /// How many cost nothing.
    included: u64,
    /// How many may be used.
    quota: Option<u64>,
    /// How many are left of that.
    left: Option<u64>,
    /// What it costs so far, in major units, without tax.
    cost: Option<DecimalText>,
    /// The first day of the period.
    from: NaiveDate,
    /// The first day after it.
    to: NaiveDate,
}

#[Object(use_type_description)]
impl PlanSubscription {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.row.subscription
    }

    /// The wallet that pays.
    async fn wallet_id(&self) -> Uuid {
        self.row.wallet
    }

    /// The plan.
    async fn plan(&self) -> &str {
        &self.row.plan
    }

    /// The version of the plan that it keeps.
    async fn plan_version(&self) -> i32 {
        self.row.plan_version
    }

    /// What a period costs, in major units; null where it is free.
    async fn price(&self) -> Option<DecimalText> {
        self.row.price.map(|price| self.amount(price))
    }

    /// The currency.
    async fn currency(&self) -> Option<CurrencyText> {
        self.row.currency.clone().map(CurrencyText)
    }

    /// How it is paid.
    async fn pay(&self) -> Result<SubscriptionPayment> {
        SubscriptionPayment::of(&self.row.pay)
    }

    /// Where it stands.
    async fn status(&self) -> Result<SubscriptionStatus> {
        SubscriptionStatus::of(&self.row.status)
    }

    /// Whether its subscriber has what they subscribed to.
    async fn entitled(&self) -> bool {
        ["trialing", "active", "past_due"].contains(&self.row.status.as_str())
    }

    /// Which of its periods it is in, from 1; 0 for a trial.
    async fn period(&self) -> i64 {
        self.row.number
    }

    /// The first day of that period.
    async fn period_start(&self) -> NaiveDate {
        self.row.period_start
    }

    /// The first day after it.
    async fn period_end(&self) -> NaiveDate {
        self.row.period_end
    }

    /// When it renews, or ends.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.row.ends_at
    }

    /// Whether it ends then.
    async fn ending(&self) -> bool {
        self.row.ending
    }

    /// The plan that it goes over to then.
    async fn next_plan(&self) -> Option<&str> {
        self.row.next_plan.as_deref()
    }

    /// While something is due: since when.
    async fn due_since(&self) -> Option<DateTime<Utc>> {
        self.row.due_since
    }

    /// How often that was tried to be charged.
    async fn tries(&self) -> i64 {
        self.row.tries
    }

    /// Why it could not be, as a refusal's code.
    async fn failure(&self) -> Option<&str> {
        self.row.failure.as_deref()
    }

    /// When it is tried again.
    async fn retry_at(&self) -> Option<DateTime<Utc>> {
        self.row.retry_at
    }

    /// When it ends unless it is paid.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.row.expires_at
    }

    /// What was paid for all its periods, in major units.
    async fn paid(&self) -> DecimalText {
        self.amount(self.row.paid)
    }

    /// What of that was given back, in major units.
    async fn refunded(&self) -> DecimalText {
        self.amount(self.row.refunded)
    }

    /// What of it is revenue, in major units.
    async fn recognised(&self) -> DecimalText {
        self.amount(self.row.recognised)
    }

    /// Why it ended by itself: `unpaid` or `term`.
    async fn ended_by(&self) -> Option<&str> {
        self.row.ended_by.as_deref()
    }

    /// What was used, by day and meter: of at most 366 days, the present period where not given.
    async fn usage(
        &self,
        #[graphql(desc = "From this day on.")] from: Option<NaiveDate>,
        #[graphql(desc = "Before this day.")] to: Option<NaiveDate>,
    ) -> Result<Vec<UsageDay>> {
        let from = from.unwrap_or(self.row.period_start);
        let most = from.checked_add_days(Days::new(366)).unwrap_or(NaiveDate::MAX);
        let to = to.unwrap_or(self.row.period_end).min(most);
        let rows = self.moment.ask().await.usage_days(self.row.subscription, from, to).await;
        let day = |row: cauri_projections::query::UsageDayRow| UsageDay {
            day: row.day,
            meter: row.meter,
            quantity: row.quantity.normalize().to_string(),
            late: row.late.normalize().to_string(),
        };
        Ok(rows.map_err(|error| fault::database(&error))?.into_iter().map(day).collect())
    }

    /// What was used in the present period, what is left, and what it costs so far: as of the
    /// ledger's head.
    async fn usage_now(&self, ctx: &Context<'_>) -> Result<Vec<UsageNow>> {
        let id = SubscriptionId(self.row.subscription);
        let seen = engine(ctx)?.read(move |state| state.usage_now(id)).await;
        let now = |it: cauri_domain::usage::Now| UsageNow {
            meter: it.meter.to_string(),
            used: it.used,
            included: it.included,
            quota: it.quota.map(|quota| quota.limit),
            left: it.quota.map(|quota| quota.limit.saturating_sub(it.used)),
            cost: it.cost.map(|cost| DecimalText(cost.to_decimal().to_string())),
            from: it.span.start,
            to: it.span.end,
        };
        let seen = seen.map_err(|error| fault::unasked(&error))?;
        Ok(seen.value.into_iter().map(now).collect())
    }

    /// When it began.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }
}
