//! Escrow in milestones, funded at once, later, or by a pay-in; released and refunded in parts.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::commission::{BasisPoints, Payer};
use cauri_domain::escrow::{
    AutoRefund, Cancel, ClawBack, Deliver, ExpireFunding, Fund, More, Portion, Refund, Release,
    RequestRevision, Status,
};
use cauri_domain::payin::Target;
use cauri_domain::testing::*;
use cauri_domain::*;
use chrono::TimeDelta;

/// A platform that takes 5 %; wallet 1 has 10,000 and buys of wallet 2.
fn market() -> Given {
    let rate: BasisPoints = 500.try_into().unwrap();
    let settings = Settings { commission: rate, ..Settings::default() };
    given([opened_with(settings), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(10_000)))
}

fn later(minutes: i64) -> More {
    More { fund_by: Some(minute(minutes)), ..More::default() }
}

fn milestones() -> Given {
    market().and([open_milestones(1, &[1_000, 2_000, 3_333], More::default())])
}

fn part(milestone: u16, amount: Option<u64>) -> Portion {
    Portion { escrow: escrow(1), milestone: Some(milestone), amount: amount.map(xof) }
}

fn deliver_part(milestone: u16) -> Command {
    Deliver { escrow: escrow(1), milestone: Some(milestone), evidence: None }.into()
}

fn status(given: &Given) -> &'static str {
    given.state.escrow(escrow(1)).unwrap().status().as_str()
}

fn in_escrow(given: &Given, account: Account) -> i128 {
    given.state.books().balance(account, "XOF".parse().unwrap())
}

#[test]
fn every_command_in_every_state_of_a_milestone() {
    let awaiting = || market().and([open_milestones(1, &[60, 40], later(60))]);
    let states = [
        ("awaiting funds", awaiting()),
        ("awaiting, due", awaiting().after_minutes(60)),
        ("canceled", awaiting().and([Cancel { escrow: escrow(1) }.into()])),
    ];
    insta::assert_snapshot!(table::table("escrow", &states), @"
                        | awaiting funds          | awaiting, due           | canceled
    OpenEscrow          | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS
    FundEscrow          | funded, funded          | WRONG_STATE             | WRONG_STATE
    CancelEscrow        | canceled                | canceled                | already
    ExpireEscrowFunding | TOO_EARLY               | canceled                | TOO_EARLY
    MarkDelivered       | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    RequestRevision     | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    ReleaseEscrow       | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    AutoReleaseEscrow   | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    RefundEscrow        | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    AutoRefundEscrow    | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    OpenDispute         | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    WithdrawDispute     | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    OfferSettlement     | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    AcceptSettlement    | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    DeclineSettlement   | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    ArbitrateEscrow     | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    ClawBackEscrow      | NOT_FOUND               | NOT_FOUND               | NOT_FOUND
    ");
}

#[test]
fn each_milestone_has_an_account_and_a_life_of_its_own() {
    let (journal, given) =
        market().when(open_milestones(1, &[1_000, 2_000, 3_333], More::default())).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.opened.v1
    escrow.funded.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 1000 XOF
          credit escrow:00000000-0000-0000-0000-000000003001:1 1000 XOF
    escrow.funded.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 2000 XOF
          credit escrow:00000000-0000-0000-0000-000000003001:2 2000 XOF
    escrow.funded.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 3333 XOF
          credit escrow:00000000-0000-0000-0000-000000003001:3 3333 XOF
    ");
    let given = given.and([deliver_part(1), Release(part(1, None)).into(), deliver_part(2)]);
    assert_eq!((given.available(2, "XOF"), status(&given)), (950, "delivered"));
    assert_eq!(in_escrow(&given, Account::Milestone(escrow(1), 1)), 0);
    assert_eq!(in_escrow(&given, Account::Milestone(escrow(1), 2)), 2_000);
    let given = given.and([Refund(part(2, None)).into(), Release(part(3, None)).into()]);
    assert_eq!((given.available(1, "XOF"), status(&given)), (5_667, "settled"));
    // A number that is none, and an escrow of milestones as a whole.
    given
        .when(Release(part(4, None)))
        .then_refused(Refusal::NotFound { field: "milestone" })
        .when(release(1))
        .then_refused(Refusal::NotFound { field: "milestone" });
}

#[test]
fn parts_are_shared_cumulatively_and_end_at_exactly_the_whole() {
    // 5 % of 3,333 is 166.65: of three parts it is 56, 55 and 56, and never more than 167 in all.
    let mut given = milestones().and([deliver_part(3)]);
    for amount in [Some(1_111), Some(1_111), None] {
        given = given.and([Release(part(3, amount)).into()]);
    }
    assert_eq!(in_escrow(&given, Account::Commission), 167);
    assert_eq!(given.available(2, "XOF"), 3_333 - 167);
    assert_eq!(in_escrow(&given, Account::Milestone(escrow(1), 3)), 0);
    given.when(Release(part(3, None))).then_already();
}

#[test]
fn of_what_is_refunded_no_commission_is_taken() {
    let given = milestones().and([Refund(part(2, Some(1_500))).into(), deliver_part(2)]);
    let given = given.and([Release(part(2, None)).into()]);
    assert_eq!(in_escrow(&given, Account::Commission), 25);
    assert_eq!((given.available(1, "XOF"), given.available(2, "XOF")), (5_167, 475));
    assert_eq!(given.state.escrow(escrow(1)).unwrap().parts[1].status, Status::Settled);
    given
        .when(Release(part(1, Some(1_001))))
        .then_refused(Refusal::InsufficientFunds { available: 1_000, needed: xof(1_001) });
}

#[test]
fn it_is_funded_later_milestone_by_milestone_or_not_at_all() {
    let given = market().and([open_milestones(1, &[6_000, 5_000], later(60))]);
    assert_eq!((given.available(1, "XOF"), status(&given)), (10_000, "awaiting_funds"));
    let fund = |milestone| Fund { escrow: escrow(1), milestone };
    given
        .when(fund(None))
        .then_refused(Refusal::InsufficientFunds { available: 10_000, needed: xof(11_000) })
        .when(fund(Some(2)))
        .then_types(&["escrow.funded.v1"])
        .when(fund(Some(2)))
        .then_already()
        .when(ExpireFunding { escrow: escrow(1) })
        .then_refused(Refusal::TooEarly { due: minute(60) })
        .after_minutes(60)
        .when(fund(Some(1)))
        .then_refused_as("WRONG_STATE")
        .when(ExpireFunding { escrow: escrow(1) })
        .then_types(&["escrow.canceled.v1"])
        .when(ExpireFunding { escrow: escrow(1) })
        .then_already()
        .and([deliver_part(2), Release(part(2, None)).into()])
        .when(wallet::Close { wallet: wallet(2) })
        .then_refused_as("WALLET_NOT_EMPTY");
}

#[test]
fn a_pay_in_funds_it_straight() {
    let target = Target::Escrow(escrow(1), Some(2));
    let given = market().and([open_milestones(1, &[600, 400], later(60))]);
    let given = given.and([initiate_for(1, 1, xof(400), target)]);
    let (journal, given) = given.when(receive(1, "pi_two", xof(400))).then_journal();
    insta::assert_snapshot!(journal, @"
    payin.succeeded.v1
      debit clearing:sim 400 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 400 XOF
    escrow.funded.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 400 XOF
          credit escrow:00000000-0000-0000-0000-000000003001:2 400 XOF
    ");
    // The provider gives it back: what was held comes out of the escrow again.
    let (journal, given) = given.when(refund_payin(1, 1, xof(400))).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.refunded.v1
      debit escrow:00000000-0000-0000-0000-000000003001:2 400 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 400 XOF
    refund.requested.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 400 XOF
          credit refund:00000000-0000-0000-0000-00000000a001 400 XOF
    ");
    assert_eq!((given.available(1, "XOF"), status(&given)), (10_000, "awaiting_funds"));
    // Money that it does not want (any more) is the payer's.
    let other = initiate_for(2, 1, xof(600), Target::Escrow(escrow(1), Some(1)));
    let given = given.and([other, Cancel { escrow: escrow(1) }.into()]);
    given.when(receive(2, "pi_three", xof(600))).then_types(&["payin.succeeded.v1"]);
}

#[test]
fn a_payment_that_goes_back_after_its_release_is_taken_from_the_seller() {
    let given = market().and([open_with(1, xof(400), later(60))]);
    let given = given.and([initiate_for(1, 1, xof(400), Target::Escrow(escrow(1), None))]);
    let given = given.and([receive(1, "pi_two", xof(400)), release(1)]);
    assert_eq!(given.available(2, "XOF"), 380);
    let (journal, given) = given.when(refund_payin(1, 1, xof(150))).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.clawed_back.v1
      debit wallet:00000000-0000-0000-0000-000000001002:available 142 XOF
      debit revenue:commission 8 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 150 XOF
    refund.requested.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 150 XOF
          credit refund:00000000-0000-0000-0000-00000000a001 150 XOF
    ");
    // Two refunds, and no more than was paid.
    let given = given.and([refund_payin(2, 1, xof(250))]);
    assert_eq!((given.available(1, "XOF"), given.available(2, "XOF")), (10_000, 0));
    assert_eq!(in_escrow(&given, Account::Commission), 0);
    given.when(refund_payin(3, 1, xof(1))).then_refused_as("REFUND_EXCEEDS");
}

#[test]
fn a_deadline_that_is_missed_gives_the_money_back() {
    let more = More { deliver_by: Some(minute(600)), ..More::default() };
    let auto = || AutoRefund { escrow: escrow(1), milestone: None };
    let given = market().and([open_with(1, xof(400), more)]);
    let given = given
        .when(auto())
        .then_refused(Refusal::TooEarly { due: minute(600) })
        .after_minutes(700)
        .when(auto())
        .then_types(&["escrow.refunded.v1"]);
    assert_eq!((given.available(1, "XOF"), status(&given)), (10_000, "refunded"));
    given.when(auto()).then_already();
}

#[test]
fn a_buyer_who_wants_it_better_stops_the_release() {
    let revise = || RequestRevision {
        escrow: escrow(1),
        milestone: None,
        reason: "colours".parse().unwrap(),
    };
    let given = market().and([open_escrow(1, 1, 2, xof(400)), deliver(1)]);
    given
        .when(revise())
        .then_types(&["escrow.revision_requested.v1"])
        .when(auto_release(1))
        .then_refused_as("WRONG_STATE")
        .when(revise())
        .then_refused_as("WRONG_STATE")
        .and([deliver(1)])
        .after_minutes(3 * 24 * 60)
        .when(revise())
        .then_refused_as("WRONG_STATE");
}

#[test]
fn a_buyer_who_bears_the_commission_puts_it_aside_too() {
    let mut rule = percent("buyer-pays", 500);
    rule.payer = Payer::Buyer;
    let ask = commission::Ask { rule: Some(rule.name.clone()), ..commission::Ask::default() };
    let more = More { commission: ask, ..More::default() };
    let given = market().and([set_rule(rule), open_with(1, xof(1_000), more)]);
    assert_eq!(in_escrow(&given, Account::Escrow(escrow(1))), 1_050);
    let some = |minor| Portion { escrow: escrow(1), milestone: None, amount: Some(xof(minor)) };
    let given = given.and([Refund(some(333)).into(), deliver(1), release(1)]);
    // 1,050 less 333 x 1.05, half-even: 350.
    assert_eq!((given.available(1, "XOF"), given.available(2, "XOF")), (9_300, 667));
    assert_eq!(in_escrow(&given, Account::Commission), 33);
    assert_eq!(in_escrow(&given, Account::Escrow(escrow(1))), 0);
}

#[test]
fn staff_take_back_what_was_released_up_to_what_it_was() {
    let take = |minor| ClawBack {
        escrow: escrow(1),
        milestone: None,
        amount: xof(minor),
        reason: "fraud".parse().unwrap(),
    };
    let given = market().and([open_escrow(1, 1, 2, xof(1_000)), release(1)]);
    let given = given.and([pay(2, 1, xof(900))]);
    let (journal, given) = given.when_asked(take(600)).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.clawed_back.v1
      debit wallet:00000000-0000-0000-0000-000000001002:available 50 XOF
      debit receivable:00000000-0000-0000-0000-000000001002 520 XOF
      debit revenue:commission 30 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 600 XOF
    ");
    given
        .when_asked(take(401))
        .then_refused(Refusal::RefundExceeds { left: 400, asked: xof(401) })
        .when_asked(take(400))
        .then_types(&["escrow.clawed_back.v1"])
        .when_asked(take(1))
        .then_refused_as("WRONG_STATE");
}

#[test]
fn terms_are_checked_before_anything_is_agreed() {
    let with = |more| open_with(1, xof(100), more);
    let past = || Some(minute(-1) - TimeDelta::days(1));
    let given = market()
        .when(with(More { fund_by: past(), ..More::default() }))
        .then_refused_as("INVALID_SETTING")
        .when(with(More { deliver_by: past(), ..More::default() }))
        .then_refused_as("INVALID_SETTING")
        .when(open_milestones(1, &[1; 51], More::default()))
        .then_refused_as("INVALID_SETTING");
    let lines = vec![escrow::Milestone { amount: xof(99), deliver_by: None }];
    let given = given
        .when(with(More { milestones: lines, ..More::default() }))
        .then_refused_as("INVALID_SETTING");
    let given = given.and([with(later(600))]);
    given
        .when(with(later(600)))
        .then_already()
        .when(with(later(601)))
        .then_refused(Refusal::ExistsWithOtherTerms { field: "fundBy" });
}

#[test]
fn a_pay_in_that_it_did_not_take_goes_back_from_the_payer_and_not_from_it() {
    let given = market().and([open_with(1, xof(400), later(60))]);
    let target = Target::Escrow(escrow(1), None);
    let paid_twice = [initiate_for(1, 1, xof(400), target), initiate_for(2, 1, xof(400), target)];
    let given = given.and(paid_twice);
    let given = given.and([receive(1, "pi_two", xof(400)), receive(2, "pi_three", xof(400))]);
    assert_eq!((given.available(1, "XOF"), status(&given)), (10_400, "funded"));
    given.when(refund_payin(1, 2, xof(400))).then_types(&["refund.requested.v1"]);
}

#[test]
fn a_payment_that_came_beside_the_one_that_paid_takes_nothing_out_of_it() {
    let given = market().and([open_with(1, xof(400), later(60))]);
    let given = given.and([initiate_for(1, 1, xof(400), Target::Escrow(escrow(1), None))]);
    let beside = receive(1, "pi_dollars", usd_cents(500));
    let given = given.and([receive(1, "pi_two", xof(400)), beside]);
    // The provider takes the dollars back: they were in suspense, and the escrow stays as it is.
    let taken = withdrawn(usd_cents(500), usd_cents(15));
    let given = given.and([disputed(1, "pi_dollars", taken)]);
    assert_eq!((in_escrow(&given, Account::Escrow(escrow(1))), status(&given)), (400, "funded"));
    assert_eq!(given.available(1, "USD"), 0);
}
