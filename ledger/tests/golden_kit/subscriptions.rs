//! Subscriptions, usage and papers: what a story of one subscriber makes of them.

use std::collections::BTreeMap;

use cauri_domain::commission::{Placed, Tax};
use cauri_domain::invoice::{Credit, PayInvoice, Void};
use cauri_domain::plan::{Plan, Quota};
use cauri_domain::subscription::{ChangePlan, Expire, Pay, Resume, Retry};
use cauri_domain::testing::{
    Given, calls, cancel_subscription, funded, given, invoice_id, issue_invoice, monthly,
    open_wallet, opened, pay, recognise, renew, set_plan, subscribe, subscribe_by, subscription_id,
    used, xof,
};
use cauri_domain::*;

use super::parsed;

struct Story {
    given: Given,
    events: BTreeMap<&'static str, Event>,
}

impl Story {
    /// What a command makes happen; the first of each type is kept.
    fn ask(mut self, command: impl Into<Command>) -> Self {
        let (events, given) = self.given.when_asked(command).then_events();
        self.given = given;
        for event in events {
            self.events.entry(event.wire_name()).or_insert(event);
        }
        self
    }

    fn after_days(mut self, days: i64) -> Self {
        self.given = self.given.after_minutes(days * 24 * 60);
        self
    }
}

pub fn events() -> Vec<Event> {
    let vat = Tax { code: parsed("vat"), rate: 1_800.try_into().unwrap(), placed: Placed::OnTop };
    let meters = vec![calls(Some(Quota { limit: 1_000, hard: false }))];
    let plan = Plan { tax: Some(vat), meters, ..monthly("basic", 300) };
    let subscription = subscription_id(1);
    let change = |at_once| ChangePlan { subscription, plan: parsed("pro"), price: None, at_once };
    let quota = Some(Quota { limit: 20, hard: true });
    let set_quota = usage::SetQuota { subscription, meter: parsed("calls"), quota };
    let (note, invoice) = (invoice_id(3), invoice_id(1));
    let credit = Credit { note, invoice, amount: xof(18), reason: parsed("mistake") };
    let given = given([opened(), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(10_000)));
    let story = Story { given, events: BTreeMap::new() };
    story
        .ask(set_plan(plan))
        .ask(set_plan(monthly("pro", 930)))
        .ask(subscribe(1, 1, "basic"))
        .ask(used(1, 15, "call-1", 0))
        .ask(set_quota)
        .after_days(13)
        .ask(recognise(1))
        .ask(change(false))
        .ask(cancel_subscription(1, false))
        .ask(Resume { subscription })
        .ask(change(true))
        .ask(usage::Close { subscription })
        .ask(issue_invoice(1, 1, xof(500)))
        .ask(PayInvoice { invoice })
        .ask(credit)
        .ask(issue_invoice(2, 1, xof(100)))
        .ask(Void { invoice: invoice_id(2) })
        .ask(subscribe_by(2, 1, "pro", Pay::Invoice, false))
        .ask(subscribe(3, 1, "pro"))
        .ask(cancel_subscription(3, true))
        .ask(pay(1, 2, xof(7_800)))
        .after_days(32)
        .ask(renew(1))
        .after_days(1)
        .ask(Retry { subscription })
        .after_days(2)
        .ask(Retry { subscription })
        .after_days(2)
        .ask(Retry { subscription })
        .after_days(2)
        .ask(Retry { subscription })
        .after_days(4)
        .ask(Expire { subscription })
        .events
        .into_values()
        .filter(|event| {
            let noun = event.wire_name().split('.').next();
            matches!(noun, Some("plan" | "subscription" | "usage" | "invoice" | "credit_note"))
        })
        .collect()
}
