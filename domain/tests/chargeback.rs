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

fn kept_back(given: &Given) -> (i128, i128, i128) {
    let owed = balance(given, Account::Receivable(wallet(1)));
    (given.available(1, "XOF"), balance(given, Account::Reserve(wallet(1))), owed)
}

/// Every order of these.
fn orders<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let firsts = (0..of.len()).flat_map(|place| {
        let mut rest = of.to_vec();
        let first = rest.remove(place);
        orders(&rest).into_iter().map(move |rest| [vec![first.clone()], rest].concat())
    });
    firsts.collect()
}

/// In whatever order these come, they end in these amounts available, kept back and owed.
fn end_alike(given: &Given, told: &[Command], ends: (i128, i128, i128)) {
    for order in orders(told) {
        let told: Vec<_> = order.iter().map(Command::name).collect();
        assert_eq!(kept_back(&given.clone().and(order)), ends, "{told:?}");
    }
}

/// 50 of the 100 that came are on their way out.
fn paying_out() -> Given {
    paid_in().and([request(1, 1, xof(50)), approve(1), submit(1)])
}

#[test]
fn a_payout_that_comes_back_is_kept_back_whatever_was_told_first() {
    let (opened, lost) = (told(opened_for(xof(100))), told(Fact::Lost));
    let payout = [paid_out(1, xof(50)), payout_failed(1)];
    let not_taken = [&payout[..], &[opened, lost]].concat();
    end_alike(&paying_out(), &not_taken, (0, 100, 0));
    let taken = [not_taken, vec![told(withdrawn(xof(100), xof(15)))]].concat();
    end_alike(&paying_out(), &taken, (0, 0, 0));
    let won = [&taken[..4], &[told(Fact::Won), back()]].concat();
    let won: Vec<_> = won.into_iter().filter(|it| *it != told(Fact::Lost)).collect();
    end_alike(&paying_out(), &won, (100, 0, 0));
}

#[test]
fn what_a_wallet_gets_while_too_little_is_kept_back_is_kept_back() {
    let given = paying_out().and([told(opened_for(xof(100)))]);
    assert_eq!(kept_back(&given), (0, 50, 0));
    let (journal, given) = given.when(payout_failed(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    withdrawal.failed.v1
      debit withdrawal:00000000-0000-0000-0000-000000004001 50 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 50 XOF
    chargeback.reserved.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 50 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:reserve 50 XOF
    ");
    assert_eq!(kept_back(&given), (0, 100, 0));
    // There is enough now.
    let given = given.and(funded(2, "kofi", xof(30))).and([pay(2, 1, xof(30))]);
    assert_eq!(kept_back(&given), (30, 100, 0));
    // More of it is disputed.
    let given = given.and([told(opened_for(xof(120)))]);
    assert_eq!(kept_back(&given), (10, 120, 0));
    // All of it is given back at the end.
    let given =
        given.when(told(Fact::Won)).then_types(&["chargeback.won.v1", "chargeback.released.v1"]);
    assert_eq!(kept_back(&given), (130, 0, 0));
}

/// Two payments of 100, of which 110 were spent.
fn twice_paid_in() -> Given {
    paid_in().and([initiate(2, 1, xof(100)), receive(2, "pi_two", xof(100)), pay(1, 2, xof(110))])
}

fn of_the_other(fact: Fact) -> Command {
    disputed(2, "pi_two", fact)
}

#[test]
fn what_is_owed_comes_before_what_is_kept_back_for_another_case() {
    let given = twice_paid_in().and([told(opened_for(xof(100)))]);
    assert_eq!(kept_back(&given), (0, 90, 0));
    let other = of_the_other(withdrawn(xof(60), xof(15)));
    let (journal, given) = given.when(other).then_journal();
    insta::assert_snapshot!(journal, @"
    chargeback.withdrawn.v1
      debit chargeback:00000000-0000-0000-0000-00000000b002 60 XOF
      debit expense:disputes 15 XOF
          credit clearing:sim 60 XOF
          credit clearing:sim 15 XOF
    chargeback.borne.v1
      debit receivable:00000000-0000-0000-0000-000000001001 60 XOF
          credit chargeback:00000000-0000-0000-0000-00000000b002 60 XOF
    chargeback.released.v1
      debit wallet:00000000-0000-0000-0000-000000001001:reserve 90 XOF
          credit receivable:00000000-0000-0000-0000-000000001001 60 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 30 XOF
    chargeback.reserved.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 30 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:reserve 30 XOF
    ");
    assert_eq!(kept_back(&given), (0, 30, 0));
    assert_eq!(given.state.chargeback(chargeback_id(1)).unwrap().reserve, 30);
}

#[test]
fn several_cases_and_a_refund_of_one_wallet_end_alike_whatever_was_told_first() {
    let cases = [told(opened_for(xof(100))), of_the_other(opened_for(xof(60)))];
    let given = twice_paid_in();
    end_alike(&given, &cases, (0, 90, 0));
    let taken = of_the_other(withdrawn(xof(60), xof(15)));
    end_alike(&given, &[&cases[..], std::slice::from_ref(&taken)].concat(), (0, 30, 0));
    let refunded = refund_total("pi_two", xof(40));
    end_alike(&given, &[&cases[..], &[taken, refunded.clone()]].concat(), (0, 0, 10));
    let won = [told(Fact::Won), refunded];
    end_alike(&given, &[&cases[..], &won].concat(), (0, 50, 0));
    end_alike(&given, &[&cases[..], &won, &[of_the_other(Fact::Won)]].concat(), (50, 0, 0));
}

#[test]
fn what_more_is_kept_back_than_may_be_taken_is_given_back() {
    // What is taken first comes of what nobody has yet.
    let given = paid_in().and([request(1, 1, xof(100)), approve(1), submit(1)]);
    let partly = told(withdrawn(xof(40), xof(15)));
    end_alike(&given, &[told(opened_for(xof(100))), partly, payout_failed(1)], (0, 60, 0));
}

#[test]
fn a_refund_takes_what_is_kept_back_for_cases_before_what_a_person_keeps_back() {
    let hold = |number, amount| -> Command {
        let (hold, wallet, reason) = (risk_hold(number), wallet(1), "odd".parse().unwrap());
        aml::PlaceHold { hold, wallet, amount, reason }.into()
    };
    let given = twice_paid_in().and([hold(1, xof(30)), told(opened_for(xof(100)))]);
    assert_eq!(kept_back(&given), (0, 90, 0));
    // 60 of that for the case.
    let (events, given) = given.when(refund_total("pi_two", xof(40))).then_events();
    assert_eq!(events.last().map(Event::wire_name), Some("chargeback.reserved.v1"));
    assert_eq!(kept_back(&given), (0, 50, 0));
    assert_eq!(given.state.chargeback(chargeback_id(1)).unwrap().reserve, 20);
    // What the person lets go of fills it.
    let let_go = aml::ReleaseHold { hold: risk_hold(1) };
    let given = given.when(let_go).then_types(&["risk_hold.released.v1", "chargeback.reserved.v1"]);
    assert_eq!(kept_back(&given), (0, 50, 0));
    let given = given.and([told(Fact::Won)]);
    assert_eq!(kept_back(&given), (50, 0, 0));
}
