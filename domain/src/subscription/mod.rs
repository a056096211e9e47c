//! Subscriptions: a plan that a wallet renews, paid in advance and earned day by day.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Awaiting: Subscribe (paid by a pay-in)
//!     [*] --> Trialing: Subscribe (with a trial)
//!     [*] --> Active: Subscribe (paid, free, or invoiced)
//!     Awaiting --> Active: PaySubscription, RecordReceipt
//!     Awaiting --> Expired: ExpireSubscription
//!     Trialing --> Active: RenewSubscription
//!     Active --> Active: RenewSubscription, ChangePlan, PayInvoice
//!     Trialing --> PastDue: RenewSubscription (not paid)
//!     Active --> PastDue: RenewSubscription (not paid), RetrySubscription (invoice not paid)
//!     PastDue --> PastDue: RetrySubscription (not paid)
//!     PastDue --> Active: RetrySubscription, PaySubscription, RecordReceipt, PayInvoice
//!     PastDue --> Expired: ExpireSubscription
//!     Active --> Expired: EndSubscription (its last period)
//!     Trialing --> Canceled: CancelSubscription, EndSubscription
//!     Active --> Canceled: CancelSubscription, EndSubscription
//!     Awaiting --> Canceled: CancelSubscription
//!     PastDue --> Canceled: CancelSubscription
//! ```
//!
//! | command | events | entry |
//! | --- | --- | --- |
//! | `Subscribe` | `subscription.started.v1`, with the first period's | none, or the first period's |
//! | `RenewSubscription` | `subscription.period_begun.v1`, `subscription.invoiced.v1` or `subscription.payment_failed.v1` | wallet → deferred, tax; or seller, commission |
//! | `RetrySubscription` | `subscription.period_begun.v1` or `subscription.payment_failed.v1` | as renewed, or none |
//! | `PaySubscription` | `subscription.period_begun.v1` | as renewed |
//! | `ExpireSubscription` | `subscription.expired.v1` | none |
//! | `EndSubscription` | `subscription.canceled.v1` or `subscription.expired.v1` | none |
//! | `ChangePlan` | `subscription.changed.v1` or `subscription.change_scheduled.v1` | deferred, tax → wallet for the days left; wallet → deferred, tax for the new period |
//! | `CancelSubscription` | `subscription.canceled.v1` or `subscription.cancel_scheduled.v1` | by policy: deferred, tax → wallet; the rest → revenue |
//! | `ResumeSubscription` | `subscription.resumed.v1` | none |
//! | `RecogniseRevenue` | `subscription.recognised.v1` | deferred → revenue:subscription |
//!
//! A period is some days in the ledger's time zone, paid before it or, past due, late; each is
//! charged once. What the platform is paid is deferred, and recognised straight line by days: the
//! first days have the units that do not divide ([`earned`]), so that any steps come to the whole.
//! A period that ends early is first recognised up to that day; of the rest, what is given back
//! leaves, and what is kept is recognised at once: an ended subscription has nothing deferred. A
//! seller is paid at once, less commission.
//!
//! A period that could not be charged is tried again on the days of the plan's [`Dunning`], and
//! may be paid by any pay-in in the meantime; the subscriber keeps what they subscribed to until
//! the days of grace are over. Who pays by invoice has the plan's days to do so before that.
//!
//! [`Dunning`]: crate::plan::Dunning

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::commission::{Agreed, Breakdown};
use crate::ids::{InvoiceId, PayinId, SubscriptionId, WalletId};
use crate::invoice::TaxPart;
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::plan::{PlanVersion, Refund, Span};
use crate::text::{Code, Reference};

mod change;
mod charge;
mod ending;
mod evolve;
mod recognise;
mod rules;
mod state;
pub(crate) use change::{decide_change, decide_resume};
pub(crate) use charge::pay_period_invoice;
pub(crate) use ending::{decide_cancel, decide_end, decide_expire, unwind};
pub(crate) use evolve::*;
pub(crate) use recognise::decide_recognise;
pub use recognise::earned;
pub(crate) use rules::{
    decide_pay, decide_renew, decide_retry, decide_subscribe, may_be_paid, pay_from_payin,
};
pub use state::{Due, Paid, Status, Subscription};

/// How many hours the first payment is waited for.
pub const AWAITED_HOURS: i64 = 24;

/// How the periods are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pay {
    /// Out of the wallet.
    Wallet,
    /// The first by a pay-in, then out of the wallet.
    Payin,
    /// By bank transfer, after an invoice.
    Invoice,
}

/// Begins a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribe {
    /// Its id, chosen by the caller.
    pub subscription: SubscriptionId,
    /// Who subscribes, and pays.
    pub wallet: WalletId,
    /// To which plan, as it is offered now.
    pub plan: Code,
    /// A price of its own for each period; the plan's where not given. Not a party's to say.
    pub price: Option<Money>,
    /// How it is paid.
    pub pay: Pay,
    /// Whether the plan's trial comes first, if this wallet has not had it.
    pub trial: bool,
}

/// A period is over, or the trial: the next begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renew {
    /// Which.
    pub subscription: SubscriptionId,
}

/// Tries again to charge a period that was not paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Which.
    pub subscription: SubscriptionId,
}

/// Pays now what is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayNow {
    /// Which.
    pub subscription: SubscriptionId,
}

/// Nobody paid in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expire {
    /// Which.
    pub subscription: SubscriptionId,
}

/// The last period is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Which.
    pub subscription: SubscriptionId,
}

/// Goes over to another plan, or to the latest version of the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePlan {
    /// Which.
    pub subscription: SubscriptionId,
    /// To which plan.
    pub plan: Code,
    /// A price of its own. Not a party's to say.
    pub price: Option<Money>,
    /// Today, the days left given back; else when the period is over.
    pub at_once: bool,
}

/// Cancels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Which.
    pub subscription: SubscriptionId,
    /// Now; else when the period is over.
    pub at_once: bool,
    /// What is given back, other than the plan says. Not a party's to say.
    pub refund: Option<Refund>,
}

/// Takes a cancellation back that has not come about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Which.
    pub subscription: SubscriptionId,
}

/// Days have passed: what they earned is revenue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognise {
    /// Which.
    pub subscription: SubscriptionId,
}

/// One period of a subscription: what is paid, for which days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Which plan.
    pub plan: PlanVersion,
    /// What it costs, or after a trial will cost; nothing for a free one.
    pub price: Option<Money>,
    /// Which of all its periods, from 1; 0 for a trial.
    pub number: u32,
    /// The day that periods are counted from.
    pub anchor: NaiveDate,
    /// Which from that day, from 0.
    pub nth: u32,
    /// How many come after it; without end where not given.
    pub left: Option<u32>,
    /// Its days.
    pub period: Span,
}

/// With what a period was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The wallet's money.
    Wallet,
    /// A pay-in's money, through the wallet.
    Payin(PayinId),
    /// A bank transfer.
    Bank,
}

/// What was paid for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// All of it.
    pub gross: Money,
    /// What is deferred; nothing where a seller is paid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Money>,
    /// The tax in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tax: Option<TaxPart>,
    /// What was agreed of commission, where a seller is paid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agreed: Option<Agreed>,
    /// How it was shared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shared: Option<Box<Breakdown>>,
    /// With what it was paid.
    pub source: Source,
    /// The invoice of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invoice: Option<InvoiceId>,
}

/// What was given back of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credited {
    /// For how many of its days.
    pub days: u32,
    /// All of it.
    pub gross: Money,
    /// What was deferred of it, or had been recognised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Money>,
    /// The tax in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tax: Option<Money>,
    /// How it was given back by a seller.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub returned: Option<Box<Breakdown>>,
}

/// Usage is counted over these days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metering {
    /// The days.
    pub span: Span,
    /// When they are over.
    pub closes_at: DateTime<Utc>,
}

/// A period that began, and what falls due by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Which.
    pub slot: Slot,
    /// What was paid for it; nothing for a free one, or one that is not paid yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub charge: Option<Charged>,
    /// When it is over.
    pub ends_at: DateTime<Utc>,
    /// When some of it is to be recognised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recognise_at: Option<DateTime<Utc>>,
    /// Usage is counted anew.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub metering: Option<Metering>,
    /// When usage is to be billed, where that is another time than before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usage_due_at: Option<DateTime<Utc>>,
}

/// A subscription began. What follows in the same unit says whether it was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Its id.
    pub subscription: SubscriptionId,
    /// Who pays.
    pub wallet: WalletId,
    /// What was asked: the plan's name, a price of its own, how it is paid, with a trial.
    pub asked: Terms,
    /// The trial, or the first period.
    pub slot: Slot,
    /// Whether it begins with a trial.
    pub trial: bool,
    /// When the trial ends, or nobody waits for the first payment any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_at: Option<DateTime<Utc>>,
    /// Usage of the trial is counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub metering: Option<Metering>,
}

/// What was asked of a subscription when it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The plan's name.
    pub plan: Code,
    /// A price of its own.
    pub price: Option<Money>,
    /// How it is paid.
    pub pay: Pay,
    /// With a trial.
    pub trial: bool,
}

/// A period began: paid, or free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodBegun {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// Who pays.
    pub wallet: WalletId,
    /// The period.
    pub begun: Box<Begun>,
    /// Whether it renews by itself; else its subscriber has just asked for it.
    pub renewal: bool,
    /// Wallet or bank → deferred, tax; or seller and commission. Nothing where it is free.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// A period began that is paid after an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoiced {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// The period.
    pub begun: Box<Begun>,
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much.
    pub amount: Money,
    /// Until when it is to be paid.
    pub due_at: DateTime<Utc>,
}

/// A period was not paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentFailed {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// Which period.
    pub slot: Slot,
    /// Why, as a refusal's code.
    pub code: Reference,
    /// Since when it is due.
    pub since: DateTime<Utc>,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_at: Option<DateTime<Utc>>,
    /// When it ends unless it is paid, where it is not tried again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Some of what was deferred is revenue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognised {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// Which of its periods.
    pub number: u32,
    /// How many of its days are earned by now.
    pub days: u32,
    /// What those since the last time came to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Money>,
    /// When more of it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_at: Option<DateTime<Utc>>,
    /// Deferred → revenue.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// It went over to another plan: a new period began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// From which plan.
    pub from: PlanVersion,
    /// What was given back of the period that was not over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credit: Option<Box<Credited>>,
    /// The new period.
    pub begun: Box<Begun>,
    /// Deferred, tax → wallet; wallet → deferred, tax.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// It goes over to another plan when the period is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeScheduled {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// To which plan.
    pub plan: PlanVersion,
    /// What its periods cost.
    pub price: Option<Money>,
    /// When the period is over.
    pub ends_at: DateTime<Utc>,
    /// Whether that period is the last after all.
    pub last: bool,
}

/// It ends when the period is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelScheduled {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// When that is.
    pub ends_at: DateTime<Utc>,
}

/// It does not end after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// When it renews.
    pub renews_at: DateTime<Utc>,
    /// Whether that period is the last.
    pub last: bool,
}

/// It ended, because its subscriber wanted so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// What was given back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credit: Option<Box<Credited>>,
    /// What was not, and is revenue at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kept: Option<Money>,
    /// What was revenue, and is not any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unearned: Option<Money>,
    /// When usage is to be billed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usage_due_at: Option<DateTime<Utc>>,
    /// Deferred, tax → wallet, revenue.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// Why it ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nobody paid.
    Unpaid,
    /// Its last period is over.
    Term,
}

/// It ended by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// Why.
    pub reason: Reason,
    /// When usage is to be billed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usage_due_at: Option<DateTime<Utc>>,
}
