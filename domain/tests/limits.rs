//! Limits: what a party may spend, how often, hold, and owe.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::limits::*;
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

const DAY: i64 = 24 * 60;

/// At most 25,000 at once, 50,000 a day and 500,000 a month, as in a wallet of mobile money.
fn everybody() -> Command {
    set_limits(Scope::Everybody, limits_of([Some(25_000), Some(50_000), Some(500_000), None, None]))
}

fn market() -> Given {
    given([opened(), open_wallet(2, "kofi"), everybody()]).and(funded(1, "ama", xof(900_000)))
}

#[test]
fn a_limit_passes_and_what_is_above_it_does_not() {
    market().when(pay(1, 2, xof(25_000))).then_types(&["transfer.completed.v1"]);
    market()
        .when(pay(1, 2, xof(25_001)))
        .then_refused(Refusal::LimitExceeded { limit: xof(25_000), asked: xof(25_001) });
}

#[test]
fn a_refusal_says_the_limit_what_is_used_and_what_is_left() {
    let given = market().and([pay(1, 2, xof(25_000)), pay(1, 2, xof(24_000))]);
    let now = given.now();
    let tomorrow = now.date_naive().succ_opt().unwrap().and_time(chrono::NaiveTime::MIN).and_utc();
    let refusal = Refusal::WindowExceeded {
        kind: "daily",
        limit: xof(50_000),
        used: 49_000,
        left: 1_000,
        resets_at: tomorrow,
    };
    assert_eq!(refusal.details()[2], ("used", "49000 XOF".to_owned()));
    let given = given.when(pay(1, 2, xof(1_001))).then_refused(refusal);
    let given = given.when(pay(1, 2, xof(1_000))).then_types(&["transfer.completed.v1"]);
    // A day later it is whole again.
    given.after_minutes(DAY).when(pay(1, 2, xof(25_000))).then_types(&["transfer.completed.v1"]);
}

#[test]
fn a_month_is_counted_across_its_days() {
    let monthly = set_limits(Scope::Everybody, limits_of([None, None, Some(60_000), None, None]));
    let mut given = given([opened(), open_wallet(2, "kofi"), monthly])
        .and(funded(1, "ama", xof(900_000)))
        .and([pay(1, 2, xof(40_000))]);
    let month = |given: &Given| given.now().format("%Y-%m").to_string();
    let first = month(&given);
    while month(&given.clone().after_minutes(DAY)) == first {
        given = given.after_minutes(DAY);
        let word = given.clone().when(pay(1, 2, xof(20_001))).in_a_word();
        assert_eq!(word, "WINDOW_EXCEEDED", "{}", given.now());
    }
    given.after_minutes(DAY).when(pay(1, 2, xof(60_000))).then_types(&["transfer.completed.v1"]);
}

#[test]
fn a_limit_set_at_noon_knows_of_the_morning() {
    let given = given([opened(), open_wallet(2, "kofi")])
        .and(funded(1, "ama", xof(90_000)))
        .and([pay(1, 2, xof(40_000)), everybody()]);
    let word = given.when(pay(1, 2, xof(10_001))).in_a_word();
    assert_eq!(word, "WINDOW_EXCEEDED");
}

/// tigerbeetle/tigerbeetle#2955, formancehq/ledger#372: a credit limit as a number, per account,
/// changeable, and enforced with what is held.
///
/// Row 4 of `docs/peers-asks.md`.
#[test]
fn credit_is_a_number_that_counts_with_what_is_held() {
    let credit = |most| {
        let limits = limits_of([None, None, None, None, Some(most)]);
        set_limits(Scope::Wallet(wallet(1)), limits)
    };
    let given = given([opened(), open_wallet(2, "kofi")])
        .and(funded(1, "ama", xof(1_000)))
        .and([credit(500), place(1, 1, xof(1_200))]);
    assert_eq!(given.available(1, "XOF"), -200);
    let refusal = |needed| Refusal::InsufficientFunds { available: -200, needed };
    let given = given.when(pay(1, 2, xof(301))).then_refused(refusal(xof(301)));
    let given = given.when(pay(1, 2, xof(300))).then_types(&["transfer.completed.v1"]);
    // Lowered, it refuses further debits and changes nothing that is.
    let given = given.and([credit(100)]);
    assert_eq!(given.available(1, "XOF"), -500);
    assert_eq!(given.when(pay(1, 2, xof(1))).in_a_word(), "INSUFFICIENT_FUNDS");
}

#[test]
fn a_ceiling_refuses_transfers_and_never_a_provider_s_money() {
    let ceiling = set_limits(Scope::Everybody, limits_of([None, None, None, Some(5_000), None]));
    let given = given([opened(), open_wallet(2, "kofi"), ceiling])
        .and(funded(1, "ama", xof(90_000)))
        .and([pay(1, 2, xof(4_000))]);
    given
        .when(pay(1, 2, xof(1_001)))
        .then_refused(Refusal::CeilingExceeded { ceiling: xof(5_000), left: 1_000 });
}

#[test]
fn a_wallet_s_own_limits_come_before_its_profile_s_its_level_s_and_everybody_s() {
    let single = |scope, most| set_limits(scope, limits_of([Some(most), None, None, None, None]));
    let shops: Code = "shops".parse().unwrap();
    let mut given = given([opened(), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(90_000)));
    for (command, most) in [
        (vec![single(Scope::Everybody, 100)], 100),
        (vec![single(Scope::Kyc(2), 200), SetKyc { wallet: wallet(1), level: 2 }.into()], 200),
        (
            vec![
                single(Scope::Profile(shops.clone()), 300),
                Assign { wallet: wallet(1), profile: Some(shops.clone()) }.into(),
            ],
            300,
        ),
        (vec![single(Scope::Wallet(wallet(1)), 400)], 400),
    ] {
        given = given.and(command);
        let above = given.clone().when(pay(1, 2, xof(most + 1))).in_a_word();
        assert_eq!(above, "LIMIT_EXCEEDED", "{most}");
        given = given.and([pay(1, 2, xof(most))]);
    }
    let unknown = Assign { wallet: wallet(1), profile: Some("drivers".parse().unwrap()) };
    given.when(unknown).then_refused(Refusal::NotFound { field: "profile" });
}

#[test]
fn how_often_is_counted_by_the_window() {
    let mut limits = limits_of([None; 5]);
    let window_s = 3_600.try_into().unwrap();
    limits.velocity = Some(Velocity { count: 2, window_s });
    let given = given([opened(), open_wallet(2, "kofi")])
        .and(funded(1, "ama", xof(900)))
        .and([set_limits(Scope::Everybody, limits)]);
    // To the beginning of an hour.
    let minutes = 60 - given.now().timestamp() / 60 % 60;
    let given = given.after_minutes(minutes).and([pay(1, 2, xof(1)), pay(1, 2, xof(1))]);
    let next = (given.now().timestamp() / 3_600 + 1) * 3_600;
    let resets_at = chrono::DateTime::from_timestamp(next, 0).unwrap();
    let given = given.when(pay(1, 2, xof(1))).then_refused(Refusal::TooOften {
        limit: 2,
        used: 2,
        resets_at,
    });
    given.after_minutes(60).when(pay(1, 2, xof(1))).then_types(&["transfer.completed.v1"]);
}

#[test]
fn what_a_hold_gives_back_on_the_same_day_gives_its_room_back() {
    let held = || market().and([place(1, 1, xof(25_000)), place(2, 1, xof(25_000))]);
    assert_eq!(held().when(pay(1, 2, xof(1))).in_a_word(), "WINDOW_EXCEEDED");
    let given = held().and([void(1), take_last(2, 1, 2, xof(5_000))]);
    let left = given.state.limits_left(wallet(1), &actor("ama", Role::Buyer), given.now());
    let daily = left.iter().find(|it| it.kind == "daily").unwrap();
    assert_eq!((daily.used, daily.left), (5_000, 45_000));
}

#[test]
fn a_day_is_that_of_the_ledger_s_time_zone() {
    // Nine hours ahead: it is past midnight there from three in the afternoon on.
    let zone = SetZone { zone: "Asia/Tokyo".parse().unwrap() }.into();
    let given = market().and([zone, pay(1, 2, xof(25_000)), pay(1, 2, xof(25_000))]);
    let minutes = (15 * 60 - given.now().timestamp() / 60 % DAY).rem_euclid(DAY);
    let before = given.clone().after_minutes(minutes - 1);
    assert_eq!(before.when(pay(1, 2, xof(1))).in_a_word(), "WINDOW_EXCEEDED");
    given.after_minutes(minutes).when(pay(1, 2, xof(1))).then_types(&["transfer.completed.v1"]);
}

proptest! {
    #[test]
    fn no_wallet_goes_below_its_credit(plan in any_plan(0..160)) {
        let mut state = LedgerState::default();
        for (asked, result) in play(&plan).1 {
            let Ok(Decided::Happened(events)) = result else { continue };
            let lowest = |state: &LedgerState, number: u128, currency: Currency| {
                let id = wallet(number);
                let available = state.books().available(id, currency);
                // What is below already, because the credit was lowered, may stay there.
                available.min(-state.credit(id, currency)).min(0)
            };
            let before: Vec<_> = (0..6)
                .flat_map(|number| ["XOF", "USD", "KWD"].map(|code| (number, code)))
                .map(|(number, code)| (number, code, lowest(&state, number, code.parse().unwrap())))
                .collect();
            events.iter().for_each(|event| state.evolve(event, asked.at));
            for (number, code, lowest) in before {
                let now = state.books().available(wallet(number), code.parse().unwrap());
                prop_assert!(now >= lowest, "{number} {code}: {now} after {:?}", asked.command);
            }
        }
    }
}

#[test]
fn what_a_withdrawal_that_was_not_paid_gives_back_on_the_same_day_gives_its_room_back() {
    let back = withdrawal::Cancel { withdrawal: withdrawal(1) };
    let given = market().and([request(1, 1, xof(25_000)), request(2, 1, xof(20_000))]);
    let given = given.and([back.into()]);
    let left = given.state.limits_left(wallet(1), &actor("ama", Role::Buyer), given.now());
    let daily = left.iter().find(|it| it.kind == "daily").unwrap();
    assert_eq!((daily.used, daily.left), (20_000, 30_000));
}
