//! The input of a plan.

use std::collections::BTreeMap;

use async_graphql::InputObject;
use uuid::Uuid;

use cauri_domain::commission::{BasisPoints, Placed, Tax, Tiering};
use cauri_domain::plan::{
    Dunning, Every, Meter, Payee, Plan, Quota, Recognition, Refund, Set, Tier, Unit,
};
use cauri_domain::{Money, Refusal, WalletId};

use super::words::{MeterTiering, PeriodRefund, PeriodUnit, RevenueRecognition};
use crate::graphql::command::{inputs, money, text};
use crate::graphql::commission::CommissionInput;
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// How long a period is: at most ten years.
#[derive(Debug, Clone, InputObject)]
pub struct EveryInput {
    /// Counted in what.
    unit: PeriodUnit,
    /// How many, from 1.
    #[graphql(default = 1)]
    count: i32,
}

impl EveryInput {
    fn parse(&self) -> Every {
        let unit = match self.unit {
            PeriodUnit::Day => Unit::Day,
            PeriodUnit::Week => Unit::Week,
            PeriodUnit::Month => Unit::Month,
            PeriodUnit::Year => Unit::Year,
        };
        // None at all is refused where the plan is judged.
        Every { unit, count: u16::try_from(self.count).unwrap_or(0) }
    }
}

/// A tax.
#[derive(Debug, Clone, InputObject)]
pub struct TaxInput {
    /// Its code: `vat`.
    code: String,
    /// Its rate, in basis points.
    basis_points: i32,
    /// Whether it is in the price; else on top of it.
    #[graphql(default)]
    inside: bool,
}

impl TaxInput {
    pub(super) fn parse(&self) -> Result<Tax, Refusal> {
        let rate = u16::try_from(self.basis_points).ok();
        let rate = rate.and_then(|rate| BasisPoints::try_from(rate).ok());
        let allowed = "0 to 10000 basis points";
        Ok(Tax {
            code: text("tax.code", &self.code)?,
            rate: rate.ok_or(Refusal::InvalidSetting { field: "tax.basisPoints", allowed })?,
            placed: if self.inside { Placed::Inside } else { Placed::OnTop },
        })
    }
}

/// Units up to some number, and what each costs.
#[derive(Debug, Clone, InputObject)]
pub struct MeterTierInput {
    /// Up to how many units beyond those included, itself included; the last tier has no end.
    up_to: Option<i64>,
    /// What a unit costs, in major units, with at most 9 decimals.
    price: DecimalText,
}

/// How much may be used in a period.
#[derive(Debug, Clone, InputObject)]
pub struct QuotaInput {
    /// How many units.
    limit: i64,
    /// Whether more is refused; else it is taken, and marked.
    hard: bool,
}

/// A number of units.
pub(super) fn units(field: &'static str, units: i64) -> Result<u64, Refusal> {
    u64::try_from(units).map_err(|_| Refusal::InvalidSetting { field, allowed: "0 or more" })
}

impl QuotaInput {
    pub(super) fn parse(&self) -> Result<Quota, Refusal> {
        Ok(Quota { limit: units("limit", self.limit)?, hard: self.hard })
    }
}

/// Something that is counted, and what it costs.
#[derive(Debug, Clone, InputObject)]
pub struct MeterInput {
    /// Its name, a word of `a-z 0-9 . _ -`: `ai-tokens`.
    name: String,
    /// How many units of a period cost nothing.
    #[graphql(default)]
    included: i64,
    /// Whether a tier's price is that of the units within it, or of all of them.
    tiering: Option<MeterTiering>,
    /// What a unit beyond those included costs; none: nothing.
    #[graphql(default)]
    tiers: Vec<MeterTierInput>,
    /// How much may be used in a period.
    quota: Option<QuotaInput>,
}

impl MeterInput {
    fn parse(&self) -> Result<Meter, Refusal> {
        let tier = |it: &MeterTierInput| {
            let allowed = "0 to 1000000 with at most 9 decimals";
            let bad = |_| Refusal::InvalidSetting { field: "meters.tiers.price", allowed };
            Ok(Tier {
                up_to: it.up_to.map(|it| units("meters.tiers.upTo", it)).transpose()?,
                price: it.price.0.parse().map_err(bad)?,
            })
        };
        Ok(Meter {
            code: text("meters.name", &self.name)?,
            included: units("meters.included", self.included)?,
            tiering: match self.tiering {
                Some(MeterTiering::Whole) => Tiering::Whole,
                Some(MeterTiering::Marginal) | None => Tiering::Marginal,
            },
            tiers: self.tiers.iter().map(tier).collect::<Result<_, Refusal>>()?,
            quota: self.quota.as_ref().map(QuotaInput::parse).transpose()?,
        })
    }
}

/// A number that a subscriber may: how many items a shop lists.
#[derive(Debug, Clone, InputObject)]
pub struct FeatureInput {
    /// Its name, a word of `a-z 0-9 . _ -`.
    name: String,
    /// The number.
    value: i64,
}

/// A seller who is paid for a plan.
#[derive(Debug, Clone, InputObject)]
pub struct PlanSellerInput {
    /// The seller's wallet.
    wallet: Uuid,
    /// By which commission rule.
    commission: Option<CommissionInput>,
}

inputs! {
    /// Sets a plan: a new one, or the next version of the one of that name.
    SetPlanInput {
        /// Its name, a word of `a-z 0-9 . _ -`.
        plan: String,
        /// The currency of all that it costs.
        currency: CurrencyText,
        /// What a period costs, in major units; nothing for a free plan.
        price: Option<DecimalText>,
        /// How long a period is.
        every: EveryInput,
        /// How many days are free at the beginning, once for each wallet.
        #[graphql(default)]
        trial_days: i32,
        /// The seller who is paid, less commission; the platform where none is given.
        seller: Option<PlanSellerInput>,
        /// The tax on the price and on usage, where the platform is paid.
        tax: Option<TaxInput>,
        /// What is metered: at most 16.
        #[graphql(default)]
        meters: Vec<MeterInput>,
        /// How long a usage period is; as long as the plan's own where not given.
        usage_every: Option<EveryInput>,
        /// What a subscriber may: at most 16.
        #[graphql(default)]
        features: Vec<FeatureInput>,
        /// On which days after it was due an unpaid period is tried again: 1, 3, 5, 7 where not
        /// given.
        retry_days: Option<Vec<i32>>,
        /// How many days after the last try it ends: 2 where not given.
        grace_days: Option<i32>,
        /// How many days there are to pay an invoice.
        #[graphql(default = 14)]
        terms_days: i32,
        /// What is given back of a period that is canceled before its end: the days that are left,
        /// where not given.
        refund: Option<PeriodRefund>,
        /// When what was paid in advance becomes revenue: with the months, where not given.
        recognition: Option<RevenueRecognition>,
        /// After how many periods it ends by itself.
        ends_after: Option<i32>,
        /// Whether it can be subscribed to.
        #[graphql(default = true)]
        offered: bool,
    } => |it| {
        let days = |field, days: i32| {
            let allowed = "0 to 366 days";
            u16::try_from(days).map_err(|_| Refusal::InvalidSetting { field, allowed })
        };
        // Any amount of it tells which currency it is.
        let currency = money(&DecimalText("1".to_owned()), &it.currency).map(Money::currency)?;
        let price = it.price.as_ref().map(|price| money(price, &it.currency)).transpose()?;
        let mut features = BTreeMap::new();
        for feature in &it.features {
            let name = text("features.name", &feature.name)?;
            features.insert(name, units("features.value", feature.value)?);
        }
        let usual = Dunning::default();
        let retries = it.retry_days.as_ref();
        let retries = retries.map(|all| all.iter().map(|it| days("retryDays", *it)).collect());
        let payee = match &it.seller {
            None => Payee::Platform,
            Some(seller) => Payee::Seller {
                wallet: WalletId(seller.wallet),
                commission: CommissionInput::parse(seller.commission.as_ref())?,
            },
        };
        let count = |count: i32| u32::try_from(count).unwrap_or(0);
        Ok(Set { plan: Plan {
            code: text("plan", &it.plan)?,
            currency,
            price,
            every: it.every.parse(),
            trial_days: days("trialDays", it.trial_days)?,
            payee,
            tax: it.tax.as_ref().map(TaxInput::parse).transpose()?,
            meters: it.meters.iter().map(MeterInput::parse).collect::<Result<_, _>>()?,
            usage_every: it.usage_every.as_ref().map(EveryInput::parse),
            features,
            dunning: Dunning {
                retry_days: retries.unwrap_or(Ok(usual.retry_days))?,
                grace_days: it.grace_days.map_or(Ok(usual.grace_days), |it| days("graceDays", it))?,
            },
            terms_days: days("termsDays", it.terms_days)?,
            refund: match it.refund {
                Some(PeriodRefund::Keep) => Refund::Keep,
                Some(PeriodRefund::Full) => Refund::Full,
                Some(PeriodRefund::Prorated) | None => Refund::Prorated,
            },
            recognition: match it.recognition {
                Some(RevenueRecognition::Day) => Recognition::Day,
                Some(RevenueRecognition::Period) => Recognition::Period,
                Some(RevenueRecognition::Month) | None => Recognition::Month,
            },
            ends_after: it.ends_after.map(count),
            offered: it.offered,
        } }.into())
    };
}
