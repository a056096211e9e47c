//! Plans, subscriptions, usage and invoices in random histories.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{any_money, any_number, any_wallet};
use crate::commission::{Ask, Placed, Tax, Tiering};
use crate::invoice::{self, Ordered};
use crate::plan::{
    Dunning, Every, Meter, Payee, Plan, Quota, Recognition, Refund, Set, Tier, Unit,
};
use crate::subscription::{
    Cancel, ChangePlan, End, Expire, Pay, PayNow, Recognise, Renew, Resume, Retry, Status,
    Subscribe,
};
use crate::testing::{actor, invoice_id, minute, service, subscription_id, wallet, xof};
use crate::{Actor, Command, LedgerState, Money, Role, usage};

fn word(text: &str) -> crate::Code {
    text.parse().expect("a word")
}

/// A monthly plan of the platform's, without tax, trial or meters.
#[must_use]
pub fn monthly(code: &str, price: u64) -> Plan {
    let month = Every { unit: Unit::Month, count: 1 };
    Plan {
        code: word(code),
        currency: xof(1).currency(),
        price: Money::from_minor(price, xof(1).currency()),
        every: month,
        trial_days: 0,
        payee: Payee::Platform,
        tax: None,
        meters: Vec::new(),
        usage_every: None,
        features: BTreeMap::new(),
        dunning: Dunning::default(),
        terms_days: 14,
        refund: Refund::Prorated,
        recognition: Recognition::Month,
        ends_after: None,
        offered: true,
    }
}

/// What is counted: 10 free, then 2 francs and a half each up to 100, then 1.
#[must_use]
pub fn calls(quota: Option<Quota>) -> Meter {
    let tier = |up_to, price: &str| Tier { up_to, price: price.parse().expect("a price") };
    let tiers = vec![tier(Some(100), "2.5"), tier(None, "1")];
    Meter { code: word("calls"), included: 10, tiering: Tiering::Marginal, tiers, quota }
}

/// A plan is set.
#[must_use]
pub fn set_plan(plan: Plan) -> Command {
    Set { plan }.into()
}

/// A wallet subscribes, and pays out of what it has.
#[must_use]
pub fn subscribe(number: u128, by: u128, plan: &str) -> Command {
    subscribe_by(number, by, plan, Pay::Wallet, false)
}

/// A wallet subscribes.
#[must_use]
pub fn subscribe_by(number: u128, by: u128, plan: &str, pay: Pay, trial: bool) -> Command {
    let (subscription, wallet) = (subscription_id(number), wallet(by));
    Subscribe { subscription, wallet, plan: word(plan), price: None, pay, trial }.into()
}

/// The period is over.
#[must_use]
pub fn renew(number: u128) -> Command {
    Renew { subscription: subscription_id(number) }.into()
}

/// Days have passed.
#[must_use]
pub fn recognise(number: u128) -> Command {
    Recognise { subscription: subscription_id(number) }.into()
}

/// It is canceled, now or when the period is over.
#[must_use]
pub fn cancel_subscription(number: u128, at_once: bool) -> Command {
    Cancel { subscription: subscription_id(number), at_once, refund: None }.into()
}

/// So many calls were made, told under a key.
#[must_use]
pub fn used(number: u128, quantity: u64, key: &str, at_minute: i64) -> Command {
    usage::Record {
        subscription: subscription_id(number),
        meter: word("calls"),
        quantity,
        used_at: minute(at_minute),
        key: key.parse().expect("a reference"),
    }
    .into()
}

/// An invoice of one line with 18 % on top, due in a month.
#[must_use]
pub fn issue_invoice(number: u128, to: u128, price: Money) -> Command {
    let tax = Tax {
        code: "vat".parse().expect("a tax"),
        rate: 1_800.try_into().expect("a rate"),
        placed: Placed::OnTop,
    };
    let line = Ordered { what: word("work"), quantity: Some(1), price, tax: Some(tax) };
    invoice::Issue {
        invoice: invoice_id(number),
        wallet: wallet(to),
        lines: vec![line],
        due_at: minute(0) + TimeDelta::days(3_000),
        reference: None,
    }
    .into()
}

fn any_plan_of_few() -> impl Strategy<Value = Plan> {
    let price = prop::option::weighted(0.9, 1..500_u64);
    let unit = prop::sample::select(vec![Unit::Day, Unit::Week, Unit::Month]);
    let code = prop::sample::select(vec!["basic", "pro"]);
    let payee = prop_oneof![
        4 => Just(Payee::Platform),
        1 => Just(Payee::Seller { wallet: wallet(2), commission: Ask::default() }),
    ];
    let ends_after = prop::option::weighted(0.2, 1..3_u32);
    let quota = prop::option::of((5..200_u64, prop::bool::ANY));
    (price, unit, code, payee, ends_after, quota, 0..3_u16).prop_map(
        |(price, unit, code, payee, ends_after, quota, trial)| Plan {
            price: price.and_then(|price| Money::from_minor(price, xof(1).currency())),
            every: Every { unit, count: 1 },
            payee,
            ends_after,
            trial_days: trial * 2,
            meters: vec![calls(quota.map(|(limit, hard)| Quota { limit, hard }))],
            dunning: Dunning { retry_days: vec![1], grace_days: 1 },
            ..monthly(code, 1)
        },
    )
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let id = || any_number().prop_map(subscription_id);
    let pay = prop::sample::select(vec![Pay::Wallet, Pay::Wallet, Pay::Payin, Pay::Invoice]);
    let code = || prop::sample::select(vec!["basic", "pro"]);
    prop_oneof![
        3 => any_plan_of_few().prop_map(set_plan),
        5 => (any_number(), any_wallet(), code(), pay, prop::bool::ANY).prop_map(
            |(number, by, plan, pay, trial)| subscribe_by(number, by, plan, pay, trial)
        ),
        1 => (id(), code(), prop::bool::ANY).prop_map(|(subscription, plan, at_once)| {
            ChangePlan { subscription, plan: word(plan), price: None, at_once }.into()
        }),
        1 => (any_number(), prop::bool::ANY).prop_map(|(number, now)| cancel_subscription(number, now)),
        1 => id().prop_map(|subscription| PayNow { subscription }.into()),
        1 => id().prop_map(|subscription| Expire { subscription }.into()),
        3 => (any_number(), 1..60_u64, 0..30_u32, 0..20_000_i64).prop_map(
            |(number, quantity, key, at)| used(number, quantity, &format!("k{key}"), at)
        ),
        2 => (any_number(), any_wallet(), any_money())
            .prop_map(|(number, to, price)| issue_invoice(number, to, price)),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        let subscription = subscription_id(number);
        let Some(it) = state.subscription(subscription) else { continue };
        let mut ask = |command: Command| options.push((service(), command));
        let at_once = number % 2 == 0;
        match it.status {
            Status::Awaiting => ask(PayNow { subscription }.into()),
            Status::Trialing | Status::Active => {
                ask(renew(number));
                ask(recognise(number));
                ask(usage::Close { subscription }.into());
                let plan = if it.slot.plan.code.as_str() == "pro" { "basic" } else { "pro" };
                ask(ChangePlan { subscription, plan: word(plan), price: None, at_once }.into());
                ask(cancel_subscription(number, at_once));
                if it.ending {
                    ask(Resume { subscription }.into());
                }
                ask(End { subscription }.into());
                ask(Retry { subscription }.into());
                let quota = Some(Quota { limit: 20, hard: true });
                ask(usage::SetQuota { subscription, meter: word("calls"), quota }.into());
                ask(used(number, 7, &format!("s{}", it.slot.number), 0));
                // More than a quota that it may have.
                let today = it.slot.period.start - minute(0).date_naive();
                let (key, at) = (format!("b{}", it.slot.number), today.num_minutes());
                ask(used(number, 25, &key, at.max(0)));
                ask(used(number, 250, &key, at.max(0)));
            }
            Status::PastDue => {
                ask(Retry { subscription }.into());
                ask(PayNow { subscription }.into());
                ask(Expire { subscription }.into());
            }
            Status::Canceled | Status::Expired => ask(usage::Close { subscription }.into()),
        }
        if let Some(due) = it.due.as_ref().and_then(|due| due.invoice) {
            ask(invoice::PayInvoice { invoice: due }.into());
        }
    }
    for number in 0..6_u128 {
        let id = invoice_id(number);
        let Some(it) = state.invoice(id) else { continue };
        let finance = || actor("money", Role::Finance);
        match it.status {
            invoice::Status::Open => {
                options.push((finance(), invoice::RecordPaid { invoice: id }.into()));
                options.push((finance(), invoice::Void { invoice: id }.into()));
            }
            invoice::Status::Paid => {
                let half = it.total.minor().div_ceil(2);
                if let Some(amount) = Money::from_minor(half, it.total.currency()) {
                    let (note, reason) = (invoice_id(number + 20), word("mistake"));
                    let credit = invoice::Credit { note, invoice: id, amount, reason };
                    options.push((finance(), credit.into()));
                }
            }
            invoice::Status::Voided => {}
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    let subscription = subscription_id(1);
    let invoice = invoice_id(1);
    vec![
        set_plan(monthly("basic", 300)),
        subscribe(1, 1, "basic"),
        renew(1),
        Retry { subscription }.into(),
        PayNow { subscription }.into(),
        Expire { subscription }.into(),
        End { subscription }.into(),
        ChangePlan { subscription, plan: word("pro"), price: None, at_once: true }.into(),
        cancel_subscription(1, true),
        Resume { subscription }.into(),
        recognise(1),
        used(1, 5, "key-1", 0),
        usage::SetQuota { subscription, meter: word("calls"), quota: None }.into(),
        usage::Close { subscription }.into(),
        issue_invoice(1, 1, xof(1_000)),
        invoice::PayInvoice { invoice }.into(),
        invoice::RecordPaid { invoice }.into(),
        invoice::Void { invoice }.into(),
        invoice::Credit { note: invoice_id(2), invoice, amount: xof(1), reason: word("mistake") }
            .into(),
    ]
}
