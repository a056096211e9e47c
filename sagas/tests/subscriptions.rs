//! The process of subscriptions: a year of renewals in seconds, and its story disturbed at every
//! step.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::plan::{Dunning, Plan};
use cauri_domain::testing::{
    calls, cancel_subscription, monthly, pay, set_plan, subscribe, subscribe_by, used, wallet, xof,
};
use cauri_domain::*;
use chrono::TimeDelta;

use kit::World;
use kit::disturbed::{Story, disturbed, undisturbed};
use kit::fuse::Fault;

#[tokio::test]
async fn a_year_of_renewals_passes_in_seconds() {
    let world = World::new().await;
    let handle = world.start();
    let plan = Plan { meters: vec![calls(None)], trial_days: 14, ..monthly("basic", 310) };
    world.ask(set_plan(plan)).await;
    world.ask(subscribe_by(1, 1, "basic", subscription::Pay::Wallet, true)).await;
    for day in 0..379_i64 {
        if day % 10 == 0 {
            world.ask(used(1, 3, &format!("call-{day}"), day * 24 * 60)).await;
        }
        world.advance(TimeDelta::days(1));
        world.caught_up(&handle).await;
    }
    // 14 days of trial, and twelve months and a day: the thirteenth period has begun.
    world.happens("subscription.period_begun.v1", 13).await;
    assert_eq!(world.count("subscription.payment_failed.v1"), 0);
    world.ask(cancel_subscription(1, true)).await;
    let status = world.caught_up(&handle).await;
    assert_eq!(status.refused, 0);
    let balances = world.balances().await;
    assert!(!balances.contains_key("revenue:deferred"), "{balances:?}");
    let earned = balances["revenue:subscription"] + balances.get("revenue:usage").unwrap_or(&0);
    let left = balances[&Account::Wallet(wallet(1)).to_string()];
    assert_eq!(earned + left, 100_000);
    assert!((12 * 310..13 * 310).contains(&balances["revenue:subscription"]), "{balances:?}");
    handle.close().await;
}

/// One that renews and is canceled for the end of the period, one that is never paid again.
struct Renewals;

impl Story for Renewals {
    const STEPS_LEAST: usize = 2;

    async fn furnish(world: &World) {
        let dunning = Dunning { retry_days: vec![1, 2], grace_days: 1 };
        let plan = Plan { dunning, ends_after: Some(2), ..monthly("basic", 300) };
        world.ask(set_plan(plan.clone())).await;
        world.ask(subscribe(1, 1, "basic")).await;
        world.ask(set_plan(Plan { code: "dear".parse().unwrap(), ends_after: None, ..plan })).await;
        // Wallet 2 has enough for one period.
        world.ask(pay(1, 2, xof(300))).await;
        world.ask(subscribe(2, 2, "dear")).await;
    }

    fn has_ended(world: &World) -> bool {
        world.count("subscription.expired.v1") == 2
    }
}

disturbed!(Renewals);

#[tokio::test]
async fn undisturbed_each_period_is_charged_once() {
    let end = undisturbed::<Renewals>().await;
    assert_eq!(end.events["subscription.period_begun.v1"], 3);
    assert_eq!(end.events["subscription.payment_failed.v1"], 3);
    assert!(!end.events.contains_key("process.stuck.v1"));
    assert!(!end.balances.contains_key("revenue:deferred"));
}
