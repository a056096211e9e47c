//! Inputs of commands about subscriptions and usage.

use chrono::{DateTime, SubsecRound as _, Utc};
use uuid::Uuid;

use cauri_domain::plan::Refund;
use cauri_domain::subscription::{self, Pay};
use cauri_domain::{Money, Refusal, SubscriptionId, WalletId, usage};

use super::plan_input::{QuotaInput, units};
use super::words::{PeriodRefund, SubscriptionPayment};
use crate::graphql::command::{inputs, money, text};
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// A price of its own, with its currency.
fn price(
    price: Option<&DecimalText>,
    currency: Option<&CurrencyText>,
) -> Result<Option<Money>, Refusal> {
    match (price, currency) {
        (None, _) => Ok(None),
        (Some(price), Some(currency)) => money(price, currency).map(Some),
        (Some(_), None) => {
            Err(Refusal::InvalidSetting { field: "currency", allowed: "given with a price" })
        }
    }
}

inputs! {
    /// Begins a subscription.
    SubscribeInput {
        /// Its id, chosen by the caller.
        subscription: Uuid,
        /// The wallet that subscribes, and pays.
        wallet: Uuid,
        /// To which plan, as it is offered now.
        plan: String,
        /// How it is paid: out of the wallet, where not given.
        pay: Option<SubscriptionPayment>,
        /// Whether the plan's trial comes first, if this wallet has not had it.
        #[graphql(default)]
        trial: bool,
        /// A price of its own for each period, in major units. Not a party's to say.
        price: Option<DecimalText>,
        /// The currency, with a price.
        currency: Option<CurrencyText>,
    } => |it| Ok(subscription::Subscribe {
        subscription: SubscriptionId(it.subscription),
        wallet: WalletId(it.wallet),
        plan: text("plan", &it.plan)?,
        price: price(it.price.as_ref(), it.currency.as_ref())?,
        pay: match it.pay {
            Some(SubscriptionPayment::Payin) => Pay::Payin,
            Some(SubscriptionPayment::Invoice) => Pay::Invoice,
            Some(SubscriptionPayment::Wallet) | None => Pay::Wallet,
        },
        trial: it.trial,
    }.into());

    /// Pays now, out of the wallet, what is due.
    PaySubscriptionInput {
        /// Which subscription.
        subscription: Uuid,
    } => |it| Ok(subscription::PayNow { subscription: SubscriptionId(it.subscription) }.into());

    /// Goes over to another plan, or to the latest version of the same.
    ChangePlanInput {
        /// Which subscription.
        subscription: Uuid,
        /// To which plan.
        plan: String,
        /// Today, the days left given back; else when the period is over.
        #[graphql(default)]
        at_once: bool,
        /// A price of its own, in major units. Not a party's to say.
        price: Option<DecimalText>,
        /// The currency, with a price.
        currency: Option<CurrencyText>,
    } => |it| Ok(subscription::ChangePlan {
        subscription: SubscriptionId(it.subscription),
        plan: text("plan", &it.plan)?,
        price: price(it.price.as_ref(), it.currency.as_ref())?,
        at_once: it.at_once,
    }.into());

    /// Cancels.
    CancelSubscriptionInput {
        /// Which subscription.
        subscription: Uuid,
        /// Now; else when the period is over.
        #[graphql(default)]
        at_once: bool,
        /// What is given back, other than the plan says. Not a party's to say.
        refund: Option<PeriodRefund>,
    } => |it| Ok(subscription::Cancel {
        subscription: SubscriptionId(it.subscription),
        at_once: it.at_once,
        refund: it.refund.map(|refund| match refund {
            PeriodRefund::Keep => Refund::Keep,
            PeriodRefund::Prorated => Refund::Prorated,
            PeriodRefund::Full => Refund::Full,
        }),
    }.into());

    /// Takes a cancellation back that has not come about.
    ResumeSubscriptionInput {
        /// Which subscription.
        subscription: Uuid,
    } => |it| Ok(subscription::Resume { subscription: SubscriptionId(it.subscription) }.into());

    /// Says that something was used.
    RecordUsageInput {
        /// By which subscription.
        subscription: Uuid,
        /// Of which meter.
        meter: String,
        /// How many units.
        quantity: i64,
        /// When.
        used_at: DateTime<Utc>,
        /// Under which key: it is counted once, for ever.
        key: String,
    } => |it| Ok(usage::Record {
        subscription: SubscriptionId(it.subscription),
        meter: text("meter", &it.meter)?,
        quantity: units("quantity", it.quantity)?,
        used_at: it.used_at.trunc_subsecs(6),
        key: text("key", &it.key)?,
    }.into());

    /// Gives a subscription a quota of its own.
    SetQuotaInput {
        /// Which subscription.
        subscription: Uuid,
        /// Of which meter.
        meter: String,
        /// How much; that of the plan again where not given.
        quota: Option<QuotaInput>,
    } => |it| Ok(usage::SetQuota {
        subscription: SubscriptionId(it.subscription),
        meter: text("meter", &it.meter)?,
        quota: it.quota.as_ref().map(QuotaInput::parse).transpose()?,
    }.into());

    /// Bills what was used, once its days are over.
    CloseUsagePeriodInput {
        /// Which subscription.
        subscription: Uuid,
    } => |it| Ok(usage::Close { subscription: SubscriptionId(it.subscription) }.into());
}
