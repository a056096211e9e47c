//! Refunds: never more than was settled, whoever gives it back.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::payments::{LatePolicy, Rules};
use cauri_domain::refund::Of;
use cauri_domain::suspense::Exit;
use cauri_domain::testing::*;
use cauri_domain::*;

/// Ama paid in 100 through `sim`, as its payment pi_one.
fn paid_in() -> Given {
    given([opened(), open_wallet(1, "ama"), initiate(1, 1, xof(100))]).and([receive(
        1,
        "pi_one",
        xof(100),
    )])
}

fn requested() -> Given {
    paid_in().and([refund_payin(1, 1, xof(40))])
}

fn submitted() -> Given {
    requested().and([submit_refund(1)])
}

fn suspense(given: &Given) -> i128 {
    given.state.books().balance(Account::Suspense("sim".parse().unwrap()), xof(1).currency())
}

fn clearing(given: &Given) -> i128 {
    given.state.books().balance(Account::Clearing("sim".parse().unwrap()), xof(1).currency())
}

fn owed(given: &Given, number: u128) -> i128 {
    given.state.books().balance(Account::Receivable(wallet(number)), xof(1).currency())
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("none", given([opened(), open_wallet(1, "ama")])),
        ("paid in", paid_in()),
        ("requested", requested()),
        ("submitted", submitted()),
        ("succeeded", submitted().and([refunded(1)])),
        ("to wallet", requested().and([refund_to_wallet(1)])),
        ("failed", submitted().and([refund_failed(1)])),
        ("failed after all", submitted().and([refunded(1), refund_failed(1)])),
    ];
    insta::assert_snapshot!(table::table("refund", &states), @"
                        | none      | paid in     | requested   | submitted   | succeeded   | to wallet   | failed      | failed after all
    RequestRefund       | NOT_FOUND | requested   | already     | already     | already     | already     | already     | already
    SubmitRefund        | NOT_FOUND | NOT_FOUND   | submitted   | already     | already     | WRONG_STATE | WRONG_STATE | WRONG_STATE
    RefundToWallet      | NOT_FOUND | NOT_FOUND   | to_wallet   | WRONG_STATE | WRONG_STATE | already     | WRONG_STATE | WRONG_STATE
    RecordRefund        | NOT_FOUND | NOT_FOUND   | WRONG_STATE | succeeded   | already     | WRONG_STATE | already     | already
    RecordRefundFailure | NOT_FOUND | NOT_FOUND   | WRONG_STATE | failed      | failed      | WRONG_STATE | already     | already
    RecordRefundTotal   | told      | told, borne | told, borne | told, borne | told, borne | told, borne | told, borne | told, borne
    ");
}

#[test]
fn money_goes_back_the_way_it_came() {
    let (asked, given) = paid_in().when(refund_payin(1, 1, xof(40))).then_journal();
    let (done, given) = given.and([submit_refund(1)]).when(refunded(1)).then_journal();
    insta::assert_snapshot!(asked + &done, @"
    refund.requested.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 40 XOF
          credit refund:00000000-0000-0000-0000-00000000a001 40 XOF
    refund.succeeded.v1
      debit refund:00000000-0000-0000-0000-00000000a001 40 XOF
          credit clearing:sim 40 XOF
    ");
    assert_eq!((given.available(1, "XOF"), clearing(&given)), (60, 60));
}

#[test]
fn what_could_not_be_given_back_is_the_wallets_again_also_after_it_was_said_to_be() {
    for told in [vec![refund_failed(1)], vec![refunded(1), refund_failed(1)]] {
        let given = submitted().and(told);
        assert_eq!((given.available(1, "XOF"), clearing(&given)), (100, 100));
        // All of it can be asked for again, and an older success says nothing new.
        given
            .when(refunded(1))
            .then_already()
            .when(refund_payin(2, 1, xof(100)))
            .then_types(&["refund.requested.v1"]);
    }
}

#[test]
fn never_more_than_was_settled() {
    let given = requested().and([refund_total("pi_one", xof(20))]);
    assert_eq!(given.available(1, "XOF"), 40);
    let refused = Refusal::RefundExceeds { left: 40, asked: xof(41) };
    let given = given.when(refund_payin(2, 1, xof(41))).then_refused(refused);
    let given = given.and([disputed(1, "pi_one", opened_for(xof(30)))]);
    let refused = Refusal::RefundExceeds { left: 10, asked: xof(11) };
    given.when(refund_payin(2, 1, xof(11))).then_refused(refused);
}

#[test]
fn a_refund_that_a_dispute_overtook_is_not_sent() {
    let given = requested().and([disputed(1, "pi_one", opened_for(xof(100)))]);
    // What comes back to the payer is kept back for the dispute.
    given.when(submit_refund(1)).then_types(&["refund.failed.v1", "chargeback.reserved.v1"]);
}

#[test]
fn what_was_spent_is_owed_or_the_refund_is_refused() {
    let spent = || paid_in().and([open_wallet(2, "kofi"), pay(1, 2, xof(90))]);
    let refused = Refusal::InsufficientFunds { available: 10, needed: xof(40) };
    spent().when(give_back(1, Of::Payin(payin(1)), xof(40), false)).then_refused(refused);
    let (journal, given) = spent().when(refund_payin(1, 1, xof(40))).then_journal();
    insta::assert_snapshot!(journal, @"
    refund.requested.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 10 XOF
      debit receivable:00000000-0000-0000-0000-000000001001 30 XOF
          credit refund:00000000-0000-0000-0000-00000000a001 40 XOF
    ");
    // What comes in then pays that first.
    let given = given.and([pay(2, 1, xof(50))]);
    assert_eq!((owed(&given, 1), given.available(1, "XOF")), (0, 20));
}

#[test]
fn what_the_provider_gave_back_by_itself_is_a_fact_told_as_a_total() {
    let (journal, given) = paid_in().when(refund_total("pi_one", xof(30))).then_journal();
    insta::assert_snapshot!(journal, @"
    refund.told.v1
      debit refund:709f2eb5-482a-5711-9ff0-1084a71a8598 30 XOF
          credit clearing:sim 30 XOF
    refund.borne.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 30 XOF
          credit refund:709f2eb5-482a-5711-9ff0-1084a71a8598 30 XOF
    ");
    let given = given
        .when(refund_total("pi_one", xof(30)))
        .then_already()
        .and([refund_total("pi_one", xof(50))])
        .when(refund_total("pi_one", xof(30)))
        .then_already();
    assert_eq!((given.available(1, "XOF"), clearing(&given)), (50, 50));
}

#[test]
fn our_own_refund_within_the_providers_total_counts_once() {
    for told in [
        vec![refund_total("pi_one", xof(40)), refunded(1)],
        vec![refunded(1), refund_total("pi_one", xof(40))],
    ] {
        let given = submitted().and(told);
        assert_eq!((given.available(1, "XOF"), clearing(&given)), (60, 60));
    }
}

#[test]
fn a_refund_told_before_its_payment_is_borne_when_that_is_told() {
    let given = given([opened(), open_wallet(1, "ama"), initiate(1, 1, xof(100))]);
    let given = given.and([refund_total("pi_one", xof(30))]);
    assert_eq!(clearing(&given), -30);
    let given = given
        .when(receive(1, "pi_one", xof(100)))
        .then_types(&["payin.succeeded.v1", "refund.borne.v1"]);
    assert_eq!((given.available(1, "XOF"), clearing(&given)), (70, 70));
}

#[test]
fn a_refund_goes_to_the_wallet_instead() {
    let (journal, given) = requested().when_asked(refund_to_wallet(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    refund.to_wallet.v1
      debit refund:00000000-0000-0000-0000-00000000a001 40 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 40 XOF
    ");
    assert_eq!(given.available(1, "XOF"), 100);
}

#[test]
fn a_large_refund_needs_two() {
    let thresholds = vec![xof(50)];
    let given = paid_in().and([four_eyes::Configure { thresholds }.into()]);
    given
        .when(refund_payin(1, 1, xof(51)))
        .then_refused(Refusal::FourEyesNeeded {})
        .and([propose(1, refund_payin(1, 1, xof(51)))])
        .when_asked(four_eyes::Approve { proposal: proposal(1) })
        .then_types(&["proposal.approved.v1", "refund.requested.v1"]);
}

fn late(policy: LatePolicy) -> Given {
    let rules = Rules { late: policy, ..Rules::default() };
    given([opened(), open_wallet(1, "ama"), initiate(1, 1, xof(100))])
        .and([configure_payments(rules)].into_iter().filter(|_| policy != LatePolicy::Credit))
        .after_minutes(60)
        .and([expire(1), receive(1, "pi_one", xof(100))])
}

#[test]
fn late_money_is_credited_given_back_or_waits() {
    let credited = late(LatePolicy::Credit)
        .when(settle_late(1))
        .then_types(&["suspense.assigned.v1"])
        .when(settle_late(1))
        .then_already();
    assert_eq!((credited.available(1, "XOF"), suspense(&credited)), (100, 0));
    assert_eq!(credited.state.payin(payin(1)).unwrap().status, payin::Status::Succeeded);

    let back = late(LatePolicy::Refund)
        .when(settle_late(1))
        .then_types(&["refund.requested.v1"])
        .when(settle_late(1))
        .then_already();
    assert_eq!((back.available(1, "XOF"), suspense(&back)), (0, 0));

    let held = late(LatePolicy::Hold);
    assert_eq!(suspense(&held), 100);
    held.when(settle_late(1)).then_refused(Refusal::WrongState { state: "hold" });
}

fn approved(number: u128, command: Command) -> [Command; 2] {
    [propose(number, command), four_eyes::Approve { proposal: proposal(number) }.into()]
}

#[test]
fn money_in_suspense_is_given_to_whom_it_is_for_by_two() {
    let unknown = || paid_in().and([receive(9, "pi_x", xof(70))]);
    let differs = |field, total, expected| Refusal::TotalDiffers { field, total, expected };
    unknown()
        .when(assign("pi_x", xof(70), to_wallet(1)))
        .then_refused(Refusal::FourEyesNeeded {})
        .when(assign("pi_x", xof(69), to_wallet(1)))
        .then_refused(differs("amount", xof(70), xof(69)))
        .when(assign("pi_x", usd_cents(70), to_wallet(1)))
        .then_refused(Refusal::WrongCurrency { currency: usd_cents(70).currency() })
        .when(assign("pi_y", xof(70), to_wallet(1)))
        .then_refused(Refusal::NotFound { field: "providerObject" });
    let given = unknown().and(approved(1, assign("pi_x", xof(70), to_wallet(1))));
    assert_eq!((given.available(1, "XOF"), suspense(&given)), (170, 0));
    given.when(assign("pi_x", xof(70), to_wallet(1))).then_already();

    let given = unknown().and([initiate(2, 1, xof(70))]);
    // Another pay-in says what it is of.
    let (other, dollars) = (initiate(3, 1, xof(71)), initiate(4, 1, usd_cents(70)));
    let given = given
        .and([other, dollars])
        .when_asked(propose(2, assign("pi_x", xof(70), Exit::Payin(payin(3)))))
        .then_refused(differs("payin", xof(71), xof(70)))
        .when_asked(propose(2, assign("pi_x", xof(70), Exit::Payin(payin(4)))))
        .then_refused(differs("payin", usd_cents(70), xof(70)));
    let given = given.and(approved(1, assign("pi_x", xof(70), Exit::Payin(payin(2)))));
    assert_eq!(given.state.payin(payin(2)).unwrap().status, payin::Status::Succeeded);
    // It is a pay-in like any other then.
    given.when(refund_payin(1, 2, xof(70))).then_types(&["refund.requested.v1"]);
}

#[test]
fn money_in_suspense_goes_back_to_its_payer_by_two() {
    let of = Of::Suspense("sim".parse().unwrap(), "pi_x".parse().unwrap());
    let back = || give_back(1, of.clone(), xof(70), false);
    let given = paid_in().and([receive(9, "pi_x", xof(70))]);
    let given = given.when(back()).then_refused(Refusal::FourEyesNeeded {});
    let given = given.and(approved(1, back())).and([submit_refund(1), refunded(1)]);
    assert_eq!((suspense(&given), clearing(&given)), (0, 100));
    let given = given.and([refund_failed(1)]);
    assert_eq!((suspense(&given), clearing(&given)), (70, 170));
}
