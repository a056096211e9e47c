//! Chargebacks: facts in any order, borne by whom the money reached, also after it was paid out.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::chargeback::Fact;
use cauri_domain::testing::*;
use cauri_domain::*;

fn paid_in() -> Given {
    given([opened(), open_wallet(1, "ama"), open_wallet(2, "kofi"), initiate(1, 1, xof(100))])
        .and([receive(1, "pi_one", xof(100))])
}

fn told(fact: Fact) -> Command {
    disputed(1, "pi_one", fact)
}

fn open() -> Given {
    paid_in().and([told(opened_for(xof(100)))])
}

fn taken() -> Given {
    open().and([told(withdrawn(xof(100), xof(15)))])
}

fn back() -> Command {
    told(Fact::FundsReinstated { amount: xof(100) })
}

fn balance(given: &Given, account: Account) -> i128 {
    given.state.books().balance(account, xof(1).currency())
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("none", paid_in()),
        ("inquiry", paid_in().and([told(Fact::Inquiry)])),
        ("open", open()),
        ("open, due", open().after_minutes(8 * 24 * 60)),
        ("under review", open().and([evidence(1)])),
        ("won", taken().and([told(Fact::Won), back()])),
        ("lost", taken().and([told(Fact::Lost)])),
    ];
    insta::assert_snapshot!(table::table("chargeback", &states), @"
                     | none             | inquiry            | open               | open, due          | under review | won         | lost
    RecordChargeback | opened, reserved | opened, reserved   | already            | already            | already      | already     | already
    SubmitEvidence   | NOT_FOUND        | evidence_submitted | evidence_submitted | evidence_submitted | already      | WRONG_STATE | WRONG_STATE
    ExpireChargeback | NOT_FOUND        | WRONG_STATE        | TOO_EARLY          | lost               | TOO_EARLY    | already     | already
    ProposeWriteOff  | NOT_FOUND        | already            | already            | already            | already      | already     | already
    ");
}

#[test]
fn a_lost_case_is_borne_by_the_wallet_and_the_fee_by_the_platform() {
    let (opened, given) = paid_in().when(told(opened_for(xof(100)))).then_journal();
    let taken = told(withdrawn(xof(100), xof(15)));
    let (taken, given) = given.when(taken).then_journal();
    insta::assert_snapshot!(opened + &taken, @"
    chargeback.opened.v1
    chargeback.reserved.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 100 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:reserve 100 XOF
    chargeback.withdrawn.v1
      debit chargeback:00000000-0000-0000-0000-00000000b001 100 XOF
      debit expense:disputes 15 XOF
          credit clearing:sim 100 XOF
          credit clearing:sim 15 XOF
    chargeback.borne.v1
      debit wallet:00000000-0000-0000-0000-000000001001:reserve 100 XOF
          credit chargeback:00000000-0000-0000-0000-00000000b001 100 XOF
    ");
    let given = given.when(told(Fact::Lost)).then_types(&["chargeback.lost.v1"]);
    assert_eq!(given.available(1, "XOF"), 0);
}

#[test]
fn a_won_case_gives_everything_back_but_the_fee() {
    let (journal, given) = taken().and([told(Fact::Won)]).when(back()).then_journal();
    insta::assert_snapshot!(journal, @"
    chargeback.reinstated.v1
      debit clearing:sim 100 XOF
          credit chargeback:00000000-0000-0000-0000-00000000b001 100 XOF
    chargeback.given_back.v1
      debit chargeback:00000000-0000-0000-0000-00000000b001 100 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 100 XOF
    ");
    assert_eq!(given.available(1, "XOF"), 100);
    assert_eq!(balance(&given, Account::Disputes), 15);
    assert_eq!(balance(&given, Account::Chargeback(chargeback_id(1))), 0);
}

#[test]
fn money_that_was_paid_out_is_owed_and_paid_by_what_comes_in() {
    let out = [request(1, 1, xof(100)), approve(1), submit(1), paid_out(1, xof(100))];
    let given = paid_in().and(out).and([told(opened_for(xof(100)))]);
    let (journal, given) = given.when(told(withdrawn(xof(100), xof(15)))).then_journal();
    insta::assert_snapshot!(journal, @"
    chargeback.withdrawn.v1
      debit chargeback:00000000-0000-0000-0000-00000000b001 100 XOF
      debit expense:disputes 15 XOF
          credit clearing:sim 100 XOF
          credit clearing:sim 15 XOF
    chargeback.borne.v1
      debit receivable:00000000-0000-0000-0000-000000001001 100 XOF
          credit chargeback:00000000-0000-0000-0000-00000000b001 100 XOF
    ");
    let given = given.and([initiate(2, 1, xof(30)), receive(2, "pi_two", xof(30))]);
    assert_eq!(balance(&given, Account::Receivable(wallet(1))), 70);
    assert_eq!(given.available(1, "XOF"), 0);
    // Nothing goes out meanwhile.
    given
        .when(request(2, 1, xof(1)))
        .then_refused(Refusal::WalletOwes { owed: xof(70) })
        .when(close(1))
        .then_refused_as("WALLET_NOT_EMPTY")
        // After a while it is proposed to write off the rest: nobody does it by itself.
        .when(propose_write_off(1))
        .then_refused_as("TOO_EARLY")
        .after_minutes(180 * 24 * 60)
        .when(propose_write_off(1))
        .then_types(&["chargeback.reviewed.v1", "proposal.made.v1"])
        .when(propose_write_off(1))
        .then_already();
}

#[test]
fn what_is_lost_and_not_taken_yet_is_kept_back_whatever_was_told_first() {
    let in_order = open().and([told(Fact::Lost)]);
    let otherwise = paid_in().and([told(Fact::Lost), told(opened_for(xof(100)))]);
    for given in [in_order, otherwise] {
        assert_eq!(balance(&given, Account::Reserve(wallet(1))), 100);
        let given = given.and([told(withdrawn(xof(100), xof(15)))]);
        assert_eq!(balance(&given, Account::Reserve(wallet(1))), 0);
        assert_eq!((given.available(1, "XOF"), balance(&given, Account::Disputes)), (0, 15));
    }
    // What was taken before is not taken again.
    let at_once = paid_in().and([
        told(Fact::Lost),
        told(withdrawn(xof(100), xof(15))),
        told(opened_for(xof(100))),
    ]);
    assert_eq!(balance(&at_once, Account::Reserve(wallet(1))), 0);
}

#[test]
fn nobody_answers_in_time() {
    let given = open();
    let due = minute(7 * 24 * 60);
    given
        .when(expire_chargeback(1))
        .then_refused(Refusal::TooEarly { due })
        .after_minutes(8 * 24 * 60)
        .when(expire_chargeback(1))
        .then_types(&["chargeback.lost.v1"])
        // The provider knows better.
        .when(told(Fact::Won))
        .then_types(&["chargeback.won.v1", "chargeback.released.v1"]);
}

#[test]
fn what_a_disputed_payment_paid_for_is_not_given_away() {
    let later = escrow::More { fund_by: Some(minute(600)), ..escrow::More::default() };
    let paying = initiate_for(2, 1, xof(50), payin::Target::Escrow(escrow(1), None));
    let given = paid_in()
        .and([open_wallet(2, "kofi"), open_with(1, xof(50), later), paying])
        .and([receive(2, "pi_two", xof(50))])
        .and([disputed(1, "pi_two", opened_for(xof(50)))]);
    given
        .when(release(1))
        .then_refused(Refusal::UnderChargeback {})
        .and([disputed(1, "pi_two", Fact::Won)])
        .when(release(1))
        .then_types(&["escrow.released.v1"]);
}

#[test]
fn what_is_disputed_and_given_back_beyond_what_came_is_flagged() {
    let given = paid_in().and([refund_payin(1, 1, xof(40)), submit_refund(1), refunded(1)]);
    let (events, _) = given.when(told(opened_for(xof(100)))).then_events();
    let Event::ChargebackOpened(opened) = &events[0] else { panic!("{events:?}") };
    assert_eq!(opened.beyond, Some(xof(40)));
}

#[test]
fn a_case_is_about_one_payment_in_one_currency() {
    let other = |field| Refusal::ExistsWithOtherTerms { field };
    open()
        .when(disputed(1, "pi_two", Fact::Won))
        .then_refused(other("object"))
        .when(told(withdrawn(usd_cents(1), usd_cents(1))))
        .then_refused(other("currency"));
}
