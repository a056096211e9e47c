//! Operator control: stuck steps are tried again, left out, or given up.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::process_control::{GiveUp, RecordStuck, Step};
use cauri_domain::testing::*;
use cauri_domain::*;

fn ada() -> Actor {
    actor("ada", Role::Finance)
}

fn bea() -> Actor {
    actor("bea", Role::Finance)
}

/// A withdrawal of 5,000 is approved, and cannot be submitted.
fn market() -> Given {
    let asked = funded(1, "ama", xof(10_000)).into_iter().chain([request(1, 1, xof(5_000))]);
    let (_, given) = given([opened()]).and(asked).when_asked_by(bea(), approve(1)).then_events();
    given
}

fn is_stuck() -> Given {
    market().and([stuck(1)])
}

fn given_up(given: Given, into: Account) -> testing::When {
    let (_, given) = given.when_asked_by(ada(), propose(1, give_up(1, into))).then_events();
    given.when_asked_by(bea(), four_eyes::Approve { proposal: proposal(1) })
}

#[test]
fn every_command_in_every_state() {
    let (_, ended) = given_up(is_stuck(), Account::Adjustments).then_events();
    let states = [
        ("none", market()),
        ("stuck", is_stuck()),
        ("retried", is_stuck().and([retry(1)])),
        ("skipped", is_stuck().and([skip(1)])),
        ("freed", is_stuck().and([freed(1)])),
        ("given up", ended),
    ];
    insta::assert_snapshot!(table::table("process_control", &states), @"
                    | none      | stuck            | retried     | skipped          | freed       | given up
    RecordStuck     | stuck     | already          | stuck       | WRONG_STATE      | stuck       | WRONG_STATE
    RecordFreed     | NOT_FOUND | freed            | already     | already          | already     | already
    RetryProcess    | NOT_FOUND | retried          | already     | WRONG_STATE      | WRONG_STATE | WRONG_STATE
    SkipProcessStep | NOT_FOUND | skipped          | WRONG_STATE | already          | WRONG_STATE | WRONG_STATE
    GiveUpProcess   | NOT_FOUND | FOUR_EYES_NEEDED | WRONG_STATE | FOUR_EYES_NEEDED | WRONG_STATE | already
    ");
}

/// Row 15 of `docs/peers-asks.md`.
#[test]
fn giving_up_needs_two_persons_and_leaves_nothing_in_transit() {
    for who in [ada(), service(), actor("root", Role::Superadmin)] {
        let alone = is_stuck().when_asked_by(who, give_up(1, Account::Adjustments));
        alone.then_refused(Refusal::FourEyesNeeded {});
    }
    let (journal, after) = given_up(is_stuck(), Account::Wallet(wallet(1))).then_journal();
    insta::assert_snapshot!(journal, @"
    proposal.approved.v1
    process.given_up.v1
      debit withdrawal:00000000-0000-0000-0000-000000004001 5000 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 5000 XOF
    ");
    assert_eq!(after.available(1, "XOF"), 10_000);
    // It has ended: the wallet may be emptied and closed, and nothing else becomes of it.
    let after = after.when(submit(1)).then_refused(Refusal::WrongState { state: "given_up" });
    let after = after.when(paid_out(1, xof(5_000)));
    after.then_refused(Refusal::WrongState { state: "given_up" });
}

#[test]
fn a_wallet_is_free_of_what_was_given_up() {
    let (_, after) = given_up(is_stuck(), Account::Adjustments).then_events();
    let given = after.and([open_wallet(2, "kofi"), pay(1, 2, xof(5_000))]);
    given.when_asked(close(1)).then_types(&["wallet.closed.v1"]);
}

#[test]
fn money_is_given_up_only_where_an_entry_by_hand_may_put_it() {
    let account = Account::Escrow(escrow(1));
    let asked = is_stuck().when_asked_by(ada(), propose(1, give_up(1, account)));
    asked.then_refused(Refusal::NotByHand { account });
    let nobody = Account::Wallet(wallet(9));
    let asked = is_stuck().when_asked_by(ada(), propose(1, give_up(1, nobody)));
    asked.then_refused(Refusal::NotFound { field: "into" });
}

#[test]
fn a_refund_that_no_provider_takes_is_given_up() {
    let given = given([opened(), open_wallet(1, "ama"), initiate(1, 1, xof(100))]);
    let given = given.and([receive(1, "pi_one", xof(100)), refund_payin(1, 1, xof(40))]);
    let (at, into) = (refund_submission(1), Account::Adjustments);
    let record = RecordStuck { at: at.clone(), code: "WRONG_STATE".parse().unwrap(), tries: 3 };
    let command = GiveUp { at, into, reason: "lost".parse().unwrap() };
    let given = given.and([record.into()]);
    let given =
        given.when_asked_by(ada(), propose(1, command.into())).then_types(&["proposal.made.v1"]);
    let bob = actor("bob", Role::Finance);
    let approve = four_eyes::Approve { proposal: proposal(1) };
    let (journal, given) = given.when_asked_by(bob, approve).then_journal();
    insta::assert_snapshot!(journal, @"
    proposal.approved.v1
    process.given_up.v1
      debit refund:00000000-0000-0000-0000-00000000a001 40 XOF
          credit expense:adjustments 40 XOF
    ");
    given.when(submit_refund(1)).then_refused(Refusal::WrongState { state: "given_up" });
}

#[test]
fn a_process_without_money_in_transit_is_not_given_up() {
    let at = Step { process: "payin".parse().unwrap(), ..submission(1) };
    let record = RecordStuck { at: at.clone(), code: "WRONG_STATE".parse().unwrap(), tries: 3 };
    let command = GiveUp { at, into: Account::Adjustments, reason: "lost".parse().unwrap() };
    let given = market().and([record.into()]);
    let word = given.when_asked_by(ada(), propose(1, command.into())).in_a_word();
    assert_eq!(word, "INVALID_SETTING");
}

#[test]
fn a_step_that_is_stuck_for_another_reason_is_told_again() {
    let code = "INSUFFICIENT_FUNDS".parse().unwrap();
    let other = RecordStuck { at: submission(1), code, tries: 2 };
    is_stuck().when(other).then_types(&["process.stuck.v1"]);
}
