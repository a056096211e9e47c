//! Who acts for whom, how much they may, and what is kept back while somebody looks into it.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::aml::Severity;
use cauri_domain::limits::{Binds, Scope};
use cauri_domain::member::May;
use cauri_domain::payin::Mismatch;
use cauri_domain::relation::{Assign, End, Party};
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

const DAY: i64 = 24 * 60;

/// Ama and Yao have 10,000 francs each, Kofi nothing.
fn market() -> Given {
    given([opened(), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(10_000))).and(funded(
        4,
        "yao",
        xof(10_000),
    ))
}

fn buyer(subject: &str) -> Actor {
    actor(subject, Role::Buyer)
}

fn finance() -> Actor {
    actor("fin-2", Role::Finance)
}

fn reserve(given: &Given, number: u128) -> i128 {
    given.state.books().balance(Account::Reserve(wallet(number)), xof(1).currency())
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("none", market()),
        ("granted", market().and([grant(1, "esi", May::Spend, Some(xof(500)))])),
        ("revoked", market().and([grant(1, "esi", May::View, None), revoke(1, "esi")])),
        ("closed", given([opened(), open_wallet(1, "ama"), close(1)])),
    ];
    insta::assert_snapshot!(table::table("member", &states), @"
                 | none    | granted | revoked | closed
    GrantMember  | granted | already | granted | WALLET_CLOSED
    RevokeMember | already | revoked | already | already
    ");
    let add = || add_method(1, 1);
    let states = [
        ("none", market()),
        ("added", market().and([add()])),
        ("default", market().and([add(), make_default(1)])),
        ("disabled", market().and([add(), disable_method(1)])),
    ];
    insta::assert_snapshot!(table::table("payment_method", &states), @"
                            | none      | added        | default  | disabled
    AddPaymentMethod        | added     | already      | already  | already
    SetDefaultPaymentMethod | NOT_FOUND | made_default | already  | WRONG_STATE
    DisablePaymentMethod    | NOT_FOUND | disabled     | disabled | already
    ");
    let states = [
        ("none", market()),
        ("raised, held", market().and([raise(1, 1), keep_back(1, 1, xof(100))])),
        (
            "cleared, released",
            market().and([raise(1, 1), clear(1), keep_back(1, 1, xof(100)), let_go(1)]),
        ),
    ];
    insta::assert_snapshot!(table::table("aml relation", &states), @"
                    | none      | raised, held | cleared, released
    AssignRelation  | assigned  | assigned     | assigned
    EndRelation     | already   | already      | already
    FlagTransaction | raised    | already      | already
    ClearFlag       | NOT_FOUND | cleared      | already
    PlaceRiskHold   | placed    | already      | already
    ReleaseRiskHold | NOT_FOUND | released     | already
    ");
}

#[test]
fn a_wallet_that_is_wholly_frozen_takes_nothing_new() {
    let frozen = market().and([freeze_wholly(1)]);
    frozen.clone().when(pay(4, 1, xof(10))).then_refused(Refusal::WalletFrozen { field: "to" });
    frozen.clone().when(pay(1, 4, xof(10))).then_refused(Refusal::WalletFrozen { field: "from" });
    frozen
        .clone()
        .when(initiate(1, 1, xof(10)))
        .then_refused(Refusal::WalletFrozen { field: "wallet" });
    // The same again is so already; another level is another.
    let frozen = frozen.when(freeze_wholly(1)).then_already();
    let frozen = frozen.when(freeze(1)).then_types(&["wallet.frozen.v1"]);
    let frozen = frozen.when(pay(4, 1, xof(10))).then_types(&["transfer.completed.v1"]);
    frozen.when(unfreeze(1)).then_types(&["wallet.unfrozen.v1"]);
}

#[test]
fn money_that_a_provider_really_has_for_it_waits_in_suspense() {
    let frozen = market().and([initiate(1, 1, xof(500)), freeze_wholly(1)]);
    let (events, after) = frozen.when(receive(1, "pi_late", xof(500))).then_events();
    let Event::PayinMismatched(event) = &events[0] else { panic!("{events:?}") };
    assert_eq!(event.reason, Mismatch::WalletFrozen);
    assert_eq!(after.available(1, "XOF"), 10_000);
}

#[test]
fn what_was_on_its_way_before_comes_back_to_it() {
    let frozen = market()
        .and([place(1, 1, xof(300)), request(1, 1, xof(200)), freeze_wholly(1)])
        .and([void(1), reject(1)]);
    assert_eq!(frozen.available(1, "XOF"), 10_000);
}

#[test]
fn a_role_has_limits_beside_the_wallet_s() {
    let of = |role, daily| {
        set_limits(Scope::Role(role), limits_of([Some(4_000), Some(daily), None, None, None]))
    };
    let given = market().and([of(Role::Buyer, 5_000), pay(1, 2, xof(3_000))]);
    let (now, buyer) = (given.now(), buyer("ama"));
    let tomorrow = now.date_naive().succ_opt().unwrap().and_time(chrono::NaiveTime::MIN).and_utc();
    let given = given.when_asked_by(buyer.clone(), pay(1, 2, xof(2_001))).then_refused(
        Refusal::WindowExceeded {
            kind: "daily",
            limit: xof(5_000),
            used: 3_000,
            left: 2_000,
            resets_at: tomorrow,
        },
    );
    // The back end has no limit, and a seller neither.
    let given = given.when(pay(1, 2, xof(4_500))).then_types(&["transfer.completed.v1"]);
    let seller = actor("ama", Role::Seller);
    let given =
        given.when_asked_by(seller, pay(1, 2, xof(1))).then_types(&["transfer.completed.v1"]);
    given
        .when_asked_by(buyer, pay(1, 2, xof(4_001)))
        .then_refused(Refusal::LimitExceeded { limit: xof(4_000), asked: xof(4_001) });
}

#[test]
fn what_is_left_is_said_in_the_order_in_which_it_is_looked_at() {
    let of = |scope, daily| set_limits(scope, limits_of([None, Some(daily), None, None, None]));
    let given = market().and([
        of(Scope::Role(Role::Buyer), 5_000),
        of(Scope::Role(Role::Seller), 6_000),
        of(Scope::Wallet(wallet(1)), 7_000),
        grant(1, "esi", May::Spend, Some(xof(500))),
    ]);
    let given = given
        .when_asked_by(buyer("esi"), pay(1, 2, xof(400)))
        .then_types(&["transfer.completed.v1", "member.spent.v1"]);
    let left = |who: &Actor| {
        let left = given.state.limits_left(wallet(1), who, given.now());
        left.into_iter().map(|it| (it.binds, it.limit, it.used, it.left)).collect::<Vec<_>>()
    };
    let role = |role, limit, left| (Binds::Role(role), xof(limit), 400, left);
    let own = (Binds::Wallet, xof(7_000), 400, 6_600);
    let buyers = role(Role::Buyer, 5_000, 4_600);
    assert_eq!(left(&buyer("ama")), [buyers, own]);
    assert_eq!(left(&buyer("esi")), [buyers, own, (Binds::Member, xof(500), 400, 100)]);
    let sellers = role(Role::Seller, 6_000, 5_600);
    assert_eq!(left(&actor("ama", Role::Seller)), [sellers, own]);
    assert_eq!(left(&actor("root", Role::Admin)), [buyers, sellers, own]);
    let spend = |given: Given, amount| given.when_asked_by(buyer("ama"), pay(1, 2, xof(amount)));
    assert_eq!(spend(given.clone(), 4_601).in_a_word(), "WINDOW_EXCEEDED");
    spend(given, 4_600).then_types(&["transfer.completed.v1"]);
}

#[test]
fn a_role_has_amounts_to_spend_and_nothing_else() {
    let limits = limits_of([None, None, None, None, Some(5)]);
    market()
        .when(set_limits(Scope::Role(Role::Buyer), limits))
        .then_refused(Refusal::InvalidSetting { field: "credit", allowed: "left out for a role" });
}

#[test]
fn a_member_spends_as_the_owner_does_within_a_day_s_limit() {
    let given = market().and([grant(1, "esi", May::Spend, Some(xof(500)))]);
    let spend = |given: Given, amount| given.when_asked_by(buyer("esi"), pay(1, 2, xof(amount)));
    let types = ["transfer.completed.v1", "member.spent.v1"];
    let given = spend(given, 400).then_types(&types);
    let tomorrow =
        given.now().date_naive().succ_opt().unwrap().and_time(chrono::NaiveTime::MIN).and_utc();
    let given = spend(given, 101).then_refused(Refusal::WindowExceeded {
        kind: "daily",
        limit: xof(500),
        used: 400,
        left: 100,
        resets_at: tomorrow,
    });
    // The owner has no part in that limit.
    let given = given
        .when_asked_by(buyer("ama"), pay(1, 2, xof(4_000)))
        .then_types(&["transfer.completed.v1"]);
    let given = spend(given, 100).then_types(&types).after_minutes(DAY);
    let given = spend(given, 500).then_types(&types);
    // Revoking and granting again makes no room.
    let given = given.and([revoke(1, "esi"), grant(1, "esi", May::Spend, Some(xof(500)))]);
    spend(given.clone(), 1).then_refused_as("WINDOW_EXCEEDED");
    spend(given.and([revoke(1, "esi")]), 1).then_refused(Refusal::NotYours { field: "from" });
}

#[test]
fn a_member_counts_in_a_batch_too() {
    let given = market().and([grant(1, "esi", May::Spend, Some(xof(500)))]);
    let commands = vec![pay(1, 2, xof(300)), pay(1, 2, xof(300))];
    let word = given.when_asked_by(buyer("esi"), batch::Batch { commands }).in_a_word();
    assert_eq!(word, "WINDOW_EXCEEDED");
}

#[test]
fn a_member_with_a_limit_spends_in_its_currency_only() {
    let given = market().and(funded(3, "ama", usd_cents(900))).and([grant(
        3,
        "esi",
        May::Spend,
        Some(xof(500)),
    )]);
    given.when_asked_by(buyer("esi"), pay(3, 2, usd_cents(1))).then_refused_as("INVALID_SETTING");
}

#[test]
fn what_a_member_may_includes_what_comes_before() {
    let given = market().and([
        grant(1, "eve", May::View, None),
        grant(1, "esi", May::Spend, None),
        grant(1, "max", May::Manage, None),
    ]);
    for (who, spends, manages) in
        [("eve", false, false), ("esi", true, false), ("max", true, true), ("kofi", false, false)]
    {
        let ask = |command| given.clone().when_asked_by(buyer(who), command).in_a_word();
        let refused = |word: String| word == "NOT_YOURS";
        assert_eq!(refused(ask(pay(1, 4, xof(1)))), !spends, "{who}");
        assert_eq!(refused(ask(grant(1, "new", May::View, None))), !manages, "{who}");
        assert_eq!(refused(ask(add_method(1, 1))), !manages, "{who}");
        assert_eq!(given.state.may_see(&buyer(who), wallet(1)), who != "kofi");
    }
    // Nobody raises their own; whoever is a member may leave.
    let own = grant(1, "max", May::Spend, None);
    given.clone().when_asked_by(buyer("max"), own).then_refused_as("INVALID_SETTING");
    given.clone().when_asked_by(buyer("eve"), revoke(1, "eve")).then_types(&["member.revoked.v1"]);
    given
        .when_asked_by(buyer("eve"), revoke(1, "esi"))
        .then_refused(Refusal::NotYours { field: "wallet" });
}

#[test]
fn a_member_who_is_staff_judges_no_withdrawal_of_the_wallet() {
    let given = market().and([grant(1, "fin-2", May::View, None), request(1, 1, xof(100))]);
    given.when_asked_by(finance(), approve(1)).then_refused(Refusal::OwnWithdrawal {});
}

#[test]
fn one_user_buys_and_sells_whatever_the_token_says() {
    let escrow = |given: Given, buys, sells: &str, role| {
        given
            .and([open_escrow(1, buys, if buys == 1 { 4 } else { 1 }, xof(100))])
            .when_asked_by(actor(sells, role), deliver(1))
            .then_types(&["escrow.delivered.v1"])
    };
    escrow(market(), 1, "yao", Role::Buyer);
    escrow(market(), 4, "ama", Role::Seller);
    for role in [Role::Buyer, Role::Seller] {
        let paid = market().when_asked_by(actor("yao", role), pay(4, 1, xof(5)));
        let paid = paid.then_types(&["transfer.completed.v1"]);
        paid.when_asked_by(actor("ama", role), pay(1, 4, xof(5)))
            .then_types(&["transfer.completed.v1"]);
    }
}

#[test]
fn an_erasure_is_on_record_as_often_as_it_is_asked_for_by_staff() {
    let erase = || personal_data::Erase {
        subject: "ama".parse().unwrap(),
        reason: "asked_for".parse().unwrap(),
    };
    given([opened()])
        .when_asked_by(actor("staff", Role::Admin), erase())
        .then_types(&["personal_data.erased.v1"])
        .when_asked_by(actor("staff", Role::Admin), erase())
        .then_types(&["personal_data.erased.v1"]);
    for role in [Role::Buyer, Role::Finance, Role::Auditor] {
        given([opened()])
            .when_asked_by(actor("ama", role), erase())
            .then_refused(Refusal::Forbidden { role });
    }
}

#[test]
fn a_relation_is_a_label_for_others() {
    let driver = || relation("driver", Party::Wallet(wallet(1)), "mission/1");
    let given = market()
        .when(Assign { relation: driver() })
        .then_types(&["relation.assigned.v1"])
        .when(Assign { relation: driver() })
        .then_already();
    let given = given.when(End { relation: driver() }).then_types(&["relation.ended.v1"]);
    given
        .when(Assign { relation: relation("driver", Party::Wallet(wallet(99)), "mission/1") })
        .then_refused(Refusal::NotFound { field: "wallet" });
}

#[test]
fn a_wallet_has_one_default_method_at_most() {
    let given = market().and([add_method(1, 1), add_method(2, 1), make_default(1)]);
    let given = given.when(make_default(1)).then_already();
    let given = given.when(make_default(2)).then_types(&["payment_method.made_default.v1"]);
    let given = given.and([disable_method(2)]);
    given.clone().when(make_default(2)).then_refused(Refusal::WrongState { state: "disabled" });
    given
        .clone()
        .when(add_method(1, 4))
        .then_refused(Refusal::ExistsWithOtherTerms { field: "wallet" });
    given
        .when_asked_by(buyer("yao"), make_default(1))
        .then_refused(Refusal::NotYours { field: "paymentMethod" });
}

#[test]
fn a_wallet_under_review_lets_nothing_out_by_itself() {
    let given = market().and([request(1, 1, xof(100)), raise(1, 1)]).after_minutes(10_000);
    let given = given.when(auto_approve(1)).then_types(&["withdrawal.alerted.v1"]);
    let given = given.when(auto_approve(1)).then_already();
    // A person may, and clearing brings silence back.
    given.clone().when_asked(approve(1)).then_types(&["withdrawal.approved.v1"]);
    let given = given.and([clear(1)]);
    given.when(auto_approve(1)).then_types(&["withdrawal.approved.v1"]);
}

#[test]
fn a_review_lasts_as_long_as_a_flag_is_open() {
    let given = market().and([raise(1, 1), raise(2, 1), clear(1)]);
    assert!(given.state.is_under_review(wallet(1)));
    let given = given.and([clear(2)]);
    assert!(!given.state.is_under_review(wallet(1)));
    let flag = aml::Raise {
        flag: flag(3),
        wallet: None,
        revision: None,
        reason: "odd".parse().unwrap(),
        severity: Severity::Low,
    };
    given.clone().when(flag).then_refused_as("INVALID_SETTING");
    given
        .and([raise(4, 1)])
        .when_asked_by(actor("ama", Role::Finance), clear(4))
        .then_refused(Refusal::NotYours { field: "flag" });
}

#[test]
fn a_risk_hold_keeps_money_back_and_gives_it_back() {
    let (journal, given) = market().when(keep_back(1, 1, xof(4_000))).then_journal();
    insta::assert_snapshot!(journal, @"
    risk_hold.placed.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 4000 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:reserve 4000 XOF
    ");
    assert_eq!((given.available(1, "XOF"), reserve(&given, 1)), (6_000, 4_000));
    given.clone().when(pay(1, 2, xof(6_001))).then_refused_as("INSUFFICIENT_FUNDS");
    given.clone().when(close(1)).then_refused(Refusal::WalletBusy { open: 1 });
    let given = given.and([let_go(1)]);
    assert_eq!((given.available(1, "XOF"), reserve(&given, 1)), (10_000, 0));
    given
        .when(keep_back(2, 1, xof(10_001)))
        .then_refused(Refusal::InsufficientFunds { available: 10_000, needed: xof(10_001) });
}

proptest! {
    /// Whatever is kept back, and in whichever order it is given back, nothing is left over.
    #[test]
    fn risk_holds_that_ended_left_nothing(
        amounts in prop::collection::vec(1..2_000_u64, 1..5),
        first in any::<prop::sample::Index>(),
    ) {
        let held = (0..).zip(&amounts).map(|(number, amount)| keep_back(number, 1, xof(*amount)));
        let given = market().and(held.collect::<Vec<_>>());
        let kept: u64 = amounts.iter().sum();
        prop_assert_eq!(reserve(&given, 1), i128::from(kept));
        let first = first.index(amounts.len());
        let order = (0..amounts.len()).map(|place| (place + first) % amounts.len());
        let given = given.and(order.map(|place| let_go(place as u128)).collect::<Vec<_>>());
        prop_assert_eq!((given.available(1, "XOF"), reserve(&given, 1)), (10_000, 0));
    }
}
