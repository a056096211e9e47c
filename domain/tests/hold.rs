//! Holds: reserved, captured in parts, given back. What ends leaves nothing held.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::hold::*;
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

/// A platform that takes 5 %; Ama and Yao have 10,000 francs each.
fn market() -> Given {
    let settings = Settings { commission: 500.try_into().unwrap(), ..Settings::default() };
    given([opened_with(settings), open_wallet(2, "kofi"), open_wallet(3, "esi")])
        .and(funded(1, "ama", xof(10_000)))
        .and(funded(4, "yao", xof(10_000)))
}

fn held(amount: u64) -> Given {
    market().and([place(1, 1, xof(amount))])
}

fn leg(number: u128, amount: u64) -> Leg {
    Leg { wallet: wallet(number), amount: xof(amount) }
}

fn tip(number: u128, amount: u64) -> Payee {
    Payee { wallet: wallet(number), amount: xof(amount), tip: true }
}

fn part(number: u128, amount: u64) -> Payee {
    Payee { tip: false, ..tip(number, amount) }
}

fn in_hold(given: &Given) -> i128 {
    given.state.books().balance(Account::Hold(hold(1)), xof(1).currency())
}

#[test]
fn every_command_in_every_state() {
    let expire: Command = Expire { hold: hold(1) }.into();
    let states = [
        ("none", market()),
        ("placed", held(100)),
        ("placed, due", held(100).after_minutes(60)),
        ("partly captured", held(100).and([take(1, 9, 2, xof(30))])),
        ("captured", held(100).and([take_last(1, 9, 2, xof(30))])),
        ("voided", held(100).and([void(1)])),
        ("expired", held(100).after_minutes(60).and([expire])),
    ];
    insta::assert_snapshot!(table::table("hold", &states), @"
                 | none      | placed    | placed, due | partly captured | captured    | voided      | expired
    PlaceHold    | placed    | already   | already     | already         | already     | already     | already
    IncreaseHold | NOT_FOUND | increased | WRONG_STATE | increased       | WRONG_STATE | WRONG_STATE | WRONG_STATE
    ExtendHold   | NOT_FOUND | extended  | WRONG_STATE | extended        | WRONG_STATE | WRONG_STATE | WRONG_STATE
    CaptureHold  | NOT_FOUND | captured  | WRONG_STATE | captured        | WRONG_STATE | WRONG_STATE | WRONG_STATE
    VoidHold     | NOT_FOUND | voided    | voided      | voided          | WRONG_STATE | already     | WRONG_STATE
    ExpireHold   | NOT_FOUND | TOO_EARLY | expired     | TOO_EARLY       | WRONG_STATE | WRONG_STATE | already
    ");
}

#[test]
fn what_is_held_cannot_be_spent_from_the_first_moment() {
    let (journal, after) = market().when(place(1, 1, xof(4_000))).then_journal();
    insta::assert_snapshot!(journal, @"
    hold.placed.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 4000 XOF
          credit hold:00000000-0000-0000-0000-000000008001 4000 XOF
    ");
    assert_eq!((after.available(1, "XOF"), in_hold(&after)), (6_000, 4_000));
    after
        .when(pay(1, 2, xof(6_001)))
        .then_refused(Refusal::InsufficientFunds { available: 6_000, needed: xof(6_001) });
}

#[test]
fn a_last_capture_below_the_hold_gives_the_rest_back() {
    let payees = vec![part(2, 2_500), tip(2, 200)];
    let (journal, after) = held(4_000).when(captured(1, 1, payees, true)).then_journal();
    insta::assert_snapshot!(journal, @"
    hold.captured.v1
      debit hold:00000000-0000-0000-0000-000000008001 2700 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 2375 XOF
          credit revenue:commission 125 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 200 XOF
      debit hold:00000000-0000-0000-0000-000000008001 1300 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 1300 XOF
    ");
    assert_eq!((after.available(1, "XOF"), in_hold(&after)), (7_300, 0));
}

#[test]
fn several_captures_come_to_no_more_than_is_held() {
    let given = held(1_000).and([take(1, 1, 2, xof(600))]);
    given
        .clone()
        .when(take(1, 2, 2, xof(401)))
        .then_refused(Refusal::AboveHold { held: 400, needed: xof(401) });
    let ended = given.when(take(1, 2, 2, xof(400))).then_types(&["hold.captured.v1"]);
    assert_eq!(ended.state.hold(hold(1)).unwrap().status, Status::Captured, "nothing is left");
    assert_eq!(ended.state.wallet(wallet(1)).unwrap().open, 0);
}

#[test]
fn a_capture_is_made_once() {
    let given = held(1_000).and([take(1, 1, 2, xof(600))]);
    let given = given.when(take(1, 1, 2, xof(600))).then_already();
    let other = given.when(take(1, 1, 2, xof(601)));
    other.then_refused(Refusal::ExistsWithOtherTerms { field: "payees" });
}

#[test]
fn the_last_capture_may_go_beyond_what_is_held() {
    let beyond = |beyond| Capture {
        hold: hold(1),
        capture: capture(1),
        payees: vec![part(2, 5_000)],
        last: true,
        beyond,
    };
    held(4_000)
        .when(beyond(Beyond::Refuse))
        .then_refused(Refusal::AboveHold { held: 4_000, needed: xof(5_000) });
    let after = held(4_000).when(beyond(Beyond::Charge)).then_types(&["hold.captured.v1"]);
    assert_eq!((after.available(1, "XOF"), in_hold(&after)), (5_000, 0));
    let poor = || held(4_000).and([pay(1, 3, xof(5_500))]);
    poor()
        .when(beyond(Beyond::Charge))
        .then_refused(Refusal::InsufficientFunds { available: 500, needed: xof(1_000) });
    let after = poor().when(beyond(Beyond::Owe)).then_types(&["hold.captured.v1"]);
    let owed = after.state.books().balance(Account::Receivable(wallet(1)), xof(1).currency());
    assert_eq!((after.available(1, "XOF"), owed, in_hold(&after)), (0, 500, 0));
}

/// tigerbeetle/tigerbeetle#3382: a hold of several legs had to be posted leg by leg.
///
/// Row 3 of `docs/peers-asks.md`.
#[test]
fn several_legs_are_placed_captured_and_voided_as_one() {
    let legs = vec![leg(1, 3_000), leg(4, 2_000)];
    let commission = commission::Ask::default();
    let both = || Place {
        hold: hold(1),
        legs: legs.clone(),
        span_s: None,
        commission: commission.clone(),
    };
    let given = market().and([both().into()]);
    assert_eq!(in_hold(&given), 5_000);
    let voided = given.clone().and([void(1)]);
    let of = |given: &Given| (given.available(1, "XOF"), given.available(4, "XOF"));
    assert_eq!((of(&voided), in_hold(&voided)), ((10_000, 10_000), 0));
    // Drawn on in order: all of Ama's 3,000, and 500 of Yao's.
    let captured = given.and([take_last(1, 1, 2, xof(3_500))]);
    assert_eq!((of(&captured), in_hold(&captured)), ((7_000, 9_500), 0));
    // And where one of them has not enough, nothing is held of the other.
    let much = Place { legs: vec![leg(1, 3_000), leg(4, 10_001)], ..both() };
    market()
        .when(much)
        .then_refused(Refusal::InsufficientFunds { available: 10_000, needed: xof(10_001) });
}

/// blnkfinance/blnk#181: six holds of 1,000 were placed on 5,000.
///
/// Row 2 of `docs/peers-asks.md`.
#[test]
fn holds_count_against_what_can_be_held() {
    let given = given([opened()]).and(funded(1, "ama", xof(5_000)));
    let given = given.and((1..=5).map(|number| place(number, 1, xof(1_000))));
    given
        .when(place(6, 1, xof(1_000)))
        .then_refused(Refusal::InsufficientFunds { available: 0, needed: xof(1_000) });
}

/// blnkfinance/blnk#182: a hold that was rejected could still be committed.
///
/// Row 2 of `docs/peers-asks.md`.
#[test]
fn what_was_given_back_is_never_captured() {
    for (ended, state) in [
        (held(100).and([void(1)]), "voided"),
        (held(100).after_minutes(60).and([Expire { hold: hold(1) }.into()]), "expired"),
        (held(100).after_minutes(60), "expired"),
        (held(100).and([take_last(1, 1, 2, xof(1))]), "captured"),
    ] {
        ended.when(take(1, 7, 2, xof(10))).then_refused(Refusal::WrongState { state });
    }
}

#[test]
fn a_hold_is_increased_by_its_payers_and_extended_by_staff() {
    let more = Increase { hold: hold(1), legs: vec![leg(1, 6_000)] };
    let after = held(4_000).when(more.clone()).then_types(&["hold.increased.v1"]);
    assert_eq!((after.available(1, "XOF"), in_hold(&after)), (4_000, 6_000));
    let after = after.when(more).then_already();
    let less = Increase { hold: hold(1), legs: vec![leg(1, 5_999)] };
    assert_eq!(after.clone().when(less).in_a_word(), "INVALID_SETTING");
    // What was placed is the same hold still.
    let after = after.when(place(1, 1, xof(4_000))).then_already();
    let expires_at = after.now() + chrono::TimeDelta::hours(5);
    let later = after.and([Extend { hold: hold(1), expires_at }.into()]).after_minutes(120);
    later.when(take_last(1, 1, 2, xof(6_000))).then_types(&["hold.captured.v1"]);
}

#[test]
fn nobody_holds_another_s_money() {
    market()
        .when_asked_by(actor("esi", Role::Buyer), place(1, 1, xof(1)))
        .then_refused(Refusal::NotYours { field: "legs" });
    held(5)
        .when_asked_by(actor("ama", Role::Buyer), take(1, 1, 2, xof(1)))
        .then_refused(Refusal::Forbidden { role: Role::Buyer });
}

proptest! {
    /// Whatever is asked, a hold that has ended holds nothing, and one that stands holds what was
    /// put in less what was captured.
    #[test]
    fn what_is_held_is_what_was_put_in_less_what_was_taken(plan in any_plan(0..160)) {
        let (state, _) = play(&plan);
        for number in 0..6 {
            let Some(it) = state.hold(hold(number)) else { continue };
            let currency = it.legs[0].amount.currency();
            let put_in: u64 = it.legs.iter().map(|leg| leg.amount.minor()).sum();
            prop_assert!(it.captured <= put_in);
            let balance = state.books().balance(Account::Hold(hold(number)), currency);
            let left = if it.status == Status::Placed { put_in - it.captured } else { 0 };
            prop_assert_eq!(balance, i128::from(left), "{:?}", it);
        }
    }
}
