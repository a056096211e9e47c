//! Subscriptions: paid in advance, earned by days, renewed, dunned, changed, canceled.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs, reason = "tests")]

mod table;

use cauri_domain::commission::{Placed, Tax};
use cauri_domain::payin::Target;
use cauri_domain::plan::{Every, Plan, Refund, Unit};
use cauri_domain::subscription::{
    Cancel, ChangePlan, End, Expire, Pay, PayNow, Resume, Retry, Status,
};
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

fn xof_currency() -> Currency {
    "XOF".parse().unwrap()
}

/// Wallet 1 has 10,000; the plans basic (300 a month) and pro (930 a month).
fn market() -> Given {
    given([opened()])
        .and(funded(1, "ama", xof(10_000)))
        .and([set_plan(monthly("basic", 300)), set_plan(monthly("pro", 930))])
}

fn of(given: &Given) -> subscription::Subscription {
    given.state.subscription(subscription_id(1)).unwrap().clone()
}

fn balance(given: &Given, account: Account) -> i128 {
    given.state.books().balance(account, xof_currency())
}

/// In the middle of the first day after the present period.
fn after_the_period(given: Given) -> Given {
    let end = of(&given).slot.period.end;
    let noon = end.and_hms_opt(12, 0, 0).unwrap().and_utc();
    let minutes = (noon - given.now()).num_minutes();
    given.after_minutes(minutes)
}

fn retry() -> Command {
    Retry { subscription: subscription_id(1) }.into()
}

fn expire_subscription() -> Command {
    Expire { subscription: subscription_id(1) }.into()
}

#[test]
fn every_command_in_every_state() {
    let active = || market().and([subscribe(1, 1, "basic")]);
    let trial = || {
        let plan = Plan { trial_days: 14, ..monthly("basic", 300) };
        market().and([set_plan(plan), subscribe_by(1, 1, "basic", Pay::Wallet, true)])
    };
    let past_due = || {
        let given = active().and([open_wallet(2, "kofi"), pay(1, 2, xof(9_700))]);
        after_the_period(given).and([renew(1)])
    };
    let states = [
        ("none", market()),
        ("awaiting", market().and([subscribe_by(1, 1, "basic", Pay::Payin, false)])),
        ("trialing", trial()),
        ("active", active()),
        ("past due", past_due()),
        ("canceled", active().and([cancel_subscription(1, true)])),
    ];
    insta::assert_snapshot!(table::table("subscription", &states), @"
                       | none                          | awaiting                | trialing                | active                  | past due             | canceled
    Subscribe          | started, period_begun, issued | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | already                 | already              | already
    RenewSubscription  | NOT_FOUND                     | WRONG_STATE             | TOO_EARLY               | TOO_EARLY               | WRONG_STATE          | WRONG_STATE
    RetrySubscription  | NOT_FOUND                     | WRONG_STATE             | WRONG_STATE             | WRONG_STATE             | TOO_EARLY            | WRONG_STATE
    PaySubscription    | NOT_FOUND                     | period_begun, issued    | WRONG_STATE             | already                 | INSUFFICIENT_FUNDS   | WRONG_STATE
    ExpireSubscription | NOT_FOUND                     | TOO_EARLY               | WRONG_STATE             | WRONG_STATE             | WRONG_STATE          | WRONG_STATE
    EndSubscription    | NOT_FOUND                     | WRONG_STATE             | WRONG_STATE             | WRONG_STATE             | WRONG_STATE          | already
    ChangePlan         | NOT_FOUND                     | WRONG_STATE             | changed                 | changed, issued, issued | WRONG_STATE          | WRONG_STATE
    CancelSubscription | NOT_FOUND                     | canceled                | canceled                | canceled, issued        | recognised, canceled | already
    ResumeSubscription | NOT_FOUND                     | WRONG_STATE             | already                 | already                 | WRONG_STATE          | WRONG_STATE
    RecogniseRevenue   | NOT_FOUND                     | already                 | already                 | TOO_EARLY               | recognised           | already
    ");
}

#[test]
fn a_period_is_paid_in_advance_and_earned_by_days() {
    let (journal, given) = market().when(subscribe(1, 1, "basic")).then_journal();
    insta::assert_snapshot!(journal, @"
    subscription.started.v1
    subscription.period_begun.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 300 XOF
          credit revenue:deferred 300 XOF
    invoice.issued.v1
    ");
    // From 18 November to 18 December: 13 days are in November, 10 francs each.
    let given = given.after_minutes(13 * 24 * 60);
    let (journal, given) = given.when(recognise(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    subscription.recognised.v1
      debit revenue:deferred 130 XOF
          credit revenue:subscription 130 XOF
    ");
    assert_eq!((balance(&given, Account::Deferred), of(&given).deferred()), (170, 170));
    given.when(recognise(1)).then_refused_as("TOO_EARLY");
}

#[test]
fn it_renews_when_the_period_is_over_and_not_before() {
    let given = market().and([subscribe(1, 1, "basic")]);
    let given = given.when(renew(1)).then_refused_as("TOO_EARLY");
    let given = after_the_period(given).when(renew(1)).then_types(&[
        "subscription.recognised.v1",
        "subscription.period_begun.v1",
        "invoice.issued.v1",
    ]);
    assert_eq!(balance(&given, Account::SubscriptionRevenue), 300);
    assert_eq!((given.available(1, "XOF"), of(&given).slot.number), (9_400, 2));
    given.when(renew(1)).then_refused_as("TOO_EARLY");
}

#[test]
fn what_is_not_paid_is_tried_on_days_1_3_5_and_7_and_then_ends() {
    let given = market().and([subscribe(1, 1, "basic"), open_wallet(2, "kofi")]);
    let given = after_the_period(given.and([pay(1, 2, xof(9_700))]));
    let mut given = given
        .when(renew(1))
        .then_types(&["subscription.payment_failed.v1"])
        .when(retry())
        .then_refused_as("TOO_EARLY");
    let due = of(&given).due.unwrap().since;
    for day in [1, 3, 5, 7] {
        let at = of(&given).due.unwrap().retry_at.unwrap();
        assert_eq!((at - due).num_days(), day);
        let minutes = (at - given.now()).num_minutes();
        given = given.after_minutes(minutes.max(0) + 1);
        given = given.when(retry()).then_types(&["subscription.payment_failed.v1"]);
        // The subscriber keeps what they have until the end.
        assert!(of(&given).status.is_entitled());
    }
    let given = given.when(retry()).then_refused_as("WRONG_STATE");
    let given = given.when(expire_subscription()).then_refused_as("TOO_EARLY");
    let given = given.after_minutes(4 * 24 * 60);
    let given = given
        .when(expire_subscription())
        .then_types(&["subscription.recognised.v1", "subscription.expired.v1"]);
    assert_eq!((of(&given).status, balance(&given, Account::Deferred)), (Status::Expired, 0));
}

#[test]
fn a_subscriber_who_is_past_due_pays_out_of_the_wallet_or_by_a_pay_in() {
    let given = market().and([subscribe(1, 1, "basic"), open_wallet(2, "kofi")]);
    let given = after_the_period(given.and([pay(1, 2, xof(9_700))])).and([renew(1)]);
    let pay_now = PayNow { subscription: subscription_id(1) };
    let given = given.when(pay_now).then_refused_as("INSUFFICIENT_FUNDS");
    let target = Target::Subscription(subscription_id(1));
    let given = given.and([initiate_for(2, 1, xof(300), target)]);
    let given = given.when(receive(2, "pi_two", xof(300))).then_types(&[
        "payin.succeeded.v1",
        "subscription.recognised.v1",
        "subscription.period_begun.v1",
        "invoice.issued.v1",
    ]);
    assert_eq!((of(&given).status, given.available(1, "XOF")), (Status::Active, 0));
}

#[test]
fn the_first_period_is_paid_by_a_pay_in_and_given_back_with_it() {
    let given = market().and([subscribe_by(1, 1, "basic", Pay::Payin, false)]);
    assert_eq!(of(&given).status, Status::Awaiting);
    let target = Target::Subscription(subscription_id(1));
    let given = given.and([initiate_for(2, 1, xof(300), target), receive(2, "pi_two", xof(300))]);
    assert_eq!((of(&given).status, balance(&given, Account::Deferred)), (Status::Active, 300));
    let given = given.and([refund_payin(1, 2, xof(300))]);
    assert_eq!((of(&given).status, balance(&given, Account::Deferred)), (Status::Canceled, 0));
}

#[test]
fn another_plan_begins_today_and_gives_the_days_back_that_are_left() {
    let given = market().and([subscribe(1, 1, "basic")]).after_minutes(10 * 24 * 60);
    let change = |plan: &str, at_once| ChangePlan {
        subscription: subscription_id(1),
        plan: plan.parse().unwrap(),
        price: None,
        at_once,
    };
    // 10 of 30 days are over: 200 come back, 930 are paid.
    let (journal, given) = given.when(change("pro", true)).then_journal();
    insta::assert_snapshot!(journal, @"
    subscription.recognised.v1
      debit revenue:deferred 100 XOF
          credit revenue:subscription 100 XOF
    subscription.changed.v1
      debit revenue:deferred 200 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 200 XOF
      debit wallet:00000000-0000-0000-0000-000000001001:available 930 XOF
          credit revenue:deferred 930 XOF
    credit_note.issued.v1
    invoice.issued.v1
    ");
    assert_eq!(given.available(1, "XOF"), 10_000 - 100 - 930);
    let given = given.when(change("pro", true)).then_already();
    let given =
        given.when(change("basic", false)).then_types(&["subscription.change_scheduled.v1"]);
    let given = after_the_period(given).and([renew(1)]);
    assert_eq!(of(&given).slot.plan.code.as_str(), "basic");
}

#[test]
fn who_cancels_has_the_days_back_that_are_left_or_the_rest_of_the_period() {
    let given = market().and([subscribe(1, 1, "basic")]).after_minutes(10 * 24 * 60);
    let (journal, now) = given.clone().when(cancel_subscription(1, true)).then_journal();
    insta::assert_snapshot!(journal, @"
    subscription.recognised.v1
      debit revenue:deferred 100 XOF
          credit revenue:subscription 100 XOF
    subscription.canceled.v1
      debit revenue:deferred 200 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 200 XOF
    credit_note.issued.v1
    ");
    assert_eq!((now.available(1, "XOF"), balance(&now, Account::Deferred)), (9_900, 0));
    now.when(cancel_subscription(1, true)).then_already();
    let later = given.clone().when(cancel_subscription(1, false));
    let later = later.then_types(&["subscription.cancel_scheduled.v1"]);
    let resumed = later.clone().when(Resume { subscription: subscription_id(1) });
    resumed.then_types(&["subscription.resumed.v1"]);
    let over = after_the_period(later).when(renew(1)).then_refused_as("WRONG_STATE");
    let over = over.when(End { subscription: subscription_id(1) });
    let over = over.then_types(&["subscription.recognised.v1", "subscription.canceled.v1"]);
    assert_eq!((over.available(1, "XOF"), balance(&over, Account::Deferred)), (9_700, 0));
    // Staff may give all of it back.
    let whole =
        Cancel { subscription: subscription_id(1), at_once: true, refund: Some(Refund::Full) };
    let given = given.when_asked_by(actor("ama", Role::Buyer), whole.clone());
    let (_, given) = given.then_refused_as("FORBIDDEN").when(whole).then_events();
    assert_eq!(given.available(1, "XOF"), 10_000);
}

#[test]
fn a_trial_is_free_once_and_then_paid() {
    let plan = Plan { trial_days: 14, ..monthly("basic", 300) };
    let given = market().and([set_plan(plan)]);
    let given = given.and([subscribe_by(1, 1, "basic", Pay::Wallet, true)]);
    assert_eq!((of(&given).status, given.available(1, "XOF")), (Status::Trialing, 10_000));
    let given = after_the_period(given).and([renew(1)]);
    assert_eq!((of(&given).status, given.available(1, "XOF")), (Status::Active, 9_700));
    let given = given.and([subscribe_by(2, 1, "basic", Pay::Wallet, true)]);
    assert_eq!(given.available(1, "XOF"), 9_400, "the trial was had");
}

#[test]
fn a_free_plan_posts_nothing() {
    let given = market().and([set_plan(monthly("free", 0))]);
    let given = given.when(subscribe(1, 1, "free"));
    let (journal, given) = given.then_journal();
    insta::assert_snapshot!(journal, @"
    subscription.started.v1
    subscription.period_begun.v1
    ");
    assert_eq!(given.available(1, "XOF"), 10_000);
}

#[test]
fn a_tax_is_set_aside_and_comes_back_with_its_days() {
    let vat = Tax {
        code: "vat".parse().unwrap(),
        rate: 1_800.try_into().unwrap(),
        placed: Placed::OnTop,
    };
    let plan = Plan { tax: Some(vat), ..monthly("taxed", 300) };
    let (journal, given) =
        market().and([set_plan(plan)]).when(subscribe(1, 1, "taxed")).then_journal();
    insta::assert_snapshot!(journal, @"
    subscription.started.v1
    subscription.period_begun.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 354 XOF
          credit revenue:deferred 300 XOF
          credit tax:vat 54 XOF
    invoice.issued.v1
    ");
    // 15 of 30 days: the first have the francs that do not divide, so 30 of 54 are the state's.
    let given = given.after_minutes(15 * 24 * 60).and([cancel_subscription(1, true)]);
    assert_eq!(given.available(1, "XOF"), 10_000 - 180);
    assert_eq!(balance(&given, Account::Tax("vat".parse().unwrap())), 30);
}

#[test]
fn months_keep_the_day_they_began_on() {
    let month = Every { unit: Unit::Month, count: 1 };
    let day = |text: &str| text.parse().unwrap();
    let starts: Vec<_> = (0..4).map(|n| month.nth(day("2026-01-31"), n)).collect();
    assert_eq!(starts, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"].map(day));
}

proptest! {
    /// Whatever is asked: what is deferred is what the present periods have not earned yet, and
    /// what was paid is what was earned, given back, taxed, sold, and is deferred.
    #[test]
    fn what_was_paid_is_somewhere(plan in any_plan(0..200)) {
        let (state, _) = play(&plan);
        let mut deferred = std::collections::BTreeMap::<Currency, i128>::new();
        for number in 0..6 {
            let Some(it) = state.subscription(subscription_id(number)) else { continue };
            let now = i128::from(it.deferred());
            prop_assert!(now == 0 || !it.status.has_ended());
            if let Some(charge) = &it.charge {
                *deferred.entry(charge.gross.currency()).or_default() += now;
            }
        }
        for (account, currency, balance) in state.books().balances() {
            if account == Account::Deferred {
                prop_assert_eq!(balance, deferred.get(&currency).copied().unwrap_or_default());
            }
        }
    }

    /// The numbers of papers follow each other without a gap.
    #[test]
    fn papers_are_numbered_without_a_gap(plan in any_plan(0..200)) {
        let mut next = std::collections::BTreeMap::new();
        for (_, result) in play(&plan).1 {
            let Ok(Decided::Happened(events)) = result else { continue };
            for event in events {
                let (series, number) = match event {
                    Event::InvoiceIssued(it) => ((it.issuer, invoice::Series::Invoice), it.number),
                    Event::CreditNoteIssued(it) => {
                        ((it.issuer, invoice::Series::CreditNote), it.number)
                    }
                    _ => continue,
                };
                let last = next.entry(series).or_insert(0);
                *last += 1;
                prop_assert_eq!(number, *last);
            }
        }
    }
}
