//! Withdrawals: money on its way out. It ends outside, or back in the wallet, whole.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::testing::*;
use cauri_domain::withdrawal::{Approved, ApprovedBy, RecordFailure, RecordPayout, Submit};
use cauri_domain::*;

fn ama() -> Given {
    given([opened()]).and(funded(1, "ama", xof(1_000)))
}

fn requested() -> Given {
    ama().and([request(1, 1, xof(100))])
}

fn submitted() -> Given {
    requested().and([approve(1), submit(1)])
}

fn paid() -> Given {
    submitted().and([paid_out(1, xof(100))])
}

fn failed_at(provider: &str) -> RecordFailure {
    RecordFailure {
        withdrawal: withdrawal(1),
        provider: provider.parse().unwrap(),
        object: None,
        reason: "account_closed".parse().unwrap(),
    }
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("none", ama()),
        ("requested", requested()),
        ("requested, due", requested().after_minutes(48 * 60)),
        ("approved", requested().and([approve(1)])),
        ("rejected", requested().and([reject(1)])),
        ("submitted", submitted()),
        ("paid", paid()),
        ("failed", submitted().and([payout_failed(1)])),
        ("returned", paid().and([payout_failed(1)])),
    ];
    insta::assert_snapshot!(table::table("withdrawal", &states), @"
                          | none      | requested   | requested, due | approved    | rejected    | submitted   | paid        | failed         | returned
    RequestWithdrawal     | requested | already     | already        | already     | already     | already     | already     | already        | already
    ApproveWithdrawal     | NOT_FOUND | approved    | approved       | already     | WRONG_STATE | already     | already     | WRONG_STATE    | WRONG_STATE
    AutoApproveWithdrawal | NOT_FOUND | TOO_EARLY   | approved       | already     | WRONG_STATE | already     | already     | WRONG_STATE    | WRONG_STATE
    RejectWithdrawal      | NOT_FOUND | rejected    | rejected       | WRONG_STATE | already     | WRONG_STATE | WRONG_STATE | WRONG_STATE    | WRONG_STATE
    SubmitWithdrawal      | NOT_FOUND | WRONG_STATE | WRONG_STATE    | submitted   | WRONG_STATE | already     | already     | WRONG_STATE    | WRONG_STATE
    RecordPayout          | NOT_FOUND | WRONG_STATE | WRONG_STATE    | WRONG_STATE | WRONG_STATE | paid        | already     | already        | already
    RecordPayoutFailure   | NOT_FOUND | WRONG_STATE | WRONG_STATE    | WRONG_STATE | WRONG_STATE | failed      | returned    | already        | already
    CancelWithdrawal      | NOT_FOUND | canceled    | canceled       | canceled    | WRONG_STATE | WRONG_STATE | WRONG_STATE | WRONG_STATE    | WRONG_STATE
    RecordPayoutUnknown   | NOT_FOUND | WRONG_STATE | WRONG_STATE    | WRONG_STATE | WRONG_STATE | unknown     | already     | already        | already
    ConfirmPayout         | NOT_FOUND | WRONG_STATE | WRONG_STATE    | WRONG_STATE | WRONG_STATE | paid        | already     | paid_after_all | paid_after_all
    ");
}

#[test]
fn money_leaves_through_a_provider() {
    let (requested, given) = ama().when(request(1, 1, xof(100))).then_journal();
    assert_eq!(given.available(1, "XOF"), 900);
    let given = given.and([approve(1), submit(1)]);
    let (paid, _) = given.when(paid_out(1, xof(100))).then_journal();
    insta::assert_snapshot!(requested + &paid, @"
    withdrawal.requested.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 100 XOF
          credit withdrawal:00000000-0000-0000-0000-000000004001 100 XOF
    withdrawal.paid.v1
      debit withdrawal:00000000-0000-0000-0000-000000004001 100 XOF
          credit clearing:sim 100 XOF
    ");
}

#[test]
fn what_was_rejected_is_back_in_the_wallet() {
    let (journal, after) = requested().when_asked(reject(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    withdrawal.rejected.v1
      debit withdrawal:00000000-0000-0000-0000-000000004001 100 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 100 XOF
    ");
    assert_eq!(after.available(1, "XOF"), 1_000);
    after.when_asked(reject(1)).then_already();
}

#[test]
fn what_could_not_be_paid_out_is_back_in_the_wallet() {
    let (journal, after) = submitted().when(payout_failed(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    withdrawal.failed.v1
      debit withdrawal:00000000-0000-0000-0000-000000004001 100 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 100 XOF
    ");
    assert_eq!(after.available(1, "XOF"), 1_000);
    // Told again, and in the other order.
    after.when(payout_failed(1)).then_already().when(paid_out(1, xof(100))).then_already();
}

#[test]
fn what_was_paid_out_may_come_back_once() {
    let (journal, after) = paid().when(payout_failed(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    withdrawal.returned.v1
      debit clearing:sim 100 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 100 XOF
    ");
    assert_eq!(after.available(1, "XOF"), 1_000);
    after.when(payout_failed(1)).then_already().when(paid_out(1, xof(100))).then_already();
}

#[test]
fn only_the_payout_that_was_paid_comes_back() {
    let another = RecordFailure { object: Some("po_0".parse().unwrap()), ..failed_at("sim") };
    let other_terms = || Refusal::ExistsWithOtherTerms { field: "object" };
    let after = paid()
        // An earlier attempt at the provider, told late.
        .when(another)
        .then_refused(other_terms())
        // A provider that did not take the payout, although it had paid it.
        .when(failed_at("sim"))
        .then_refused(other_terms());
    assert_eq!(after.available(1, "XOF"), 900);
    after.when(payout_failed(1)).then_types(&["withdrawal.returned.v1"]);
}

#[test]
fn what_comes_back_to_a_closed_wallet_waits_in_suspense() {
    let everything = ama().and([request(1, 1, xof(1_000)), approve(1), submit(1)]);
    let closed = everything.and([paid_out(1, xof(1_000)), close(1)]);
    let (journal, _) = closed.when(payout_failed(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    withdrawal.returned.v1
      debit clearing:sim 1000 XOF
          credit suspense:sim 1000 XOF
    ");
}

#[test]
fn time_approves_what_nobody_judged() {
    let due = requested().now() + chrono::TimeDelta::minutes(48 * 60 - 1);
    requested()
        .when(auto_approve(1))
        .then_refused(Refusal::TooEarly { due })
        .after_minutes(48 * 60 - 2)
        .when(auto_approve(1))
        .then_refused(Refusal::TooEarly { due })
        .after_minutes(1)
        .when(auto_approve(1))
        .then([Approved { withdrawal: withdrawal(1), by: ApprovedBy::Timer }.into()])
        .when_asked(approve(1))
        .then_already();
}

#[test]
fn an_approval_keeps_the_rules_of_the_request() {
    let lower = Settings { limits: vec![xof(99)], ..Settings::default() };
    let exceeded = || Refusal::LimitExceeded { limit: xof(99), asked: xof(100) };
    requested()
        .and([configure(lower)])
        .when_asked(approve(1))
        .then_refused(exceeded())
        .after_minutes(48 * 60)
        .when(auto_approve(1))
        .then_refused(exceeded());
    requested()
        .and([freeze(1)])
        .when_asked(approve(1))
        .then_refused(Refusal::WalletFrozen { field: "wallet" })
        .when_asked(reject(1))
        .then_types(&["withdrawal.rejected.v1"]);
}

#[test]
fn nothing_is_sent_for_a_frozen_wallet() {
    requested()
        .and([approve(1), freeze(1)])
        .when(submit(1))
        .then_refused(Refusal::WalletFrozen { field: "wallet" })
        .and([unfreeze(1)])
        .when(submit(1))
        .then_types(&["withdrawal.submitted.v1"]);
}

#[test]
fn one_provider_is_asked_and_no_other() {
    let another = Submit { withdrawal: withdrawal(1), provider: "stripe".parse().unwrap() };
    let paid_by = |provider: &str| RecordPayout {
        withdrawal: withdrawal(1),
        receipt: receipt(provider, "po_1", xof(100)),
    };
    let taken = || Refusal::ExistsWithOtherTerms { field: "provider" };
    submitted()
        .when(another)
        .then_refused(taken())
        .when(paid_by("stripe"))
        .then_refused(taken())
        .when(failed_at("stripe"))
        .then_refused(taken())
        .when(paid_by("sim"))
        .then_types(&["withdrawal.paid.v1"])
        .when(failed_at("stripe"))
        .then_refused(taken());
}

#[test]
fn another_amount_than_was_asked_is_not_booked() {
    let taken = || Refusal::ExistsWithOtherTerms { field: "amount" };
    submitted()
        .when(paid_out(1, xof(99)))
        .then_refused(taken())
        .when(paid_out(1, usd_cents(100)))
        .then_refused(taken());
}

#[test]
fn an_id_is_taken_once() {
    let elsewhere = withdrawal::Request {
        withdrawal: withdrawal(1),
        wallet: wallet(1),
        amount: xof(100),
        destination: Some("momo-2".parse().unwrap()),
        method: None,
    };
    let taken = |field| Refusal::ExistsWithOtherTerms { field };
    requested()
        .and([open_wallet(2, "ama")])
        .when(request(1, 2, xof(100)))
        .then_refused(taken("wallet"))
        .when(request(1, 1, xof(99)))
        .then_refused(taken("amount"))
        .when(request(1, 1, usd_cents(100)))
        .then_refused(taken("currency"))
        .when(elsewhere)
        .then_refused(taken("destination"))
        .when(request(1, 1, xof(100)))
        .then_already();
}

#[test]
fn nobody_takes_out_another_s_money() {
    let kofi = || actor("kofi", Role::Seller);
    requested()
        .when_asked_by(kofi(), request(2, 1, xof(1)))
        .then_refused(Refusal::NotYours { field: "wallet" })
        .when_asked_by(kofi(), request(1, 1, xof(100)))
        .then_refused(Refusal::NotYours { field: "withdrawal" })
        .when_asked_by(actor("ama", Role::Buyer), approve(1))
        .then_refused(Refusal::Forbidden { role: Role::Buyer })
        .when(approve(1))
        .then_refused(Refusal::Forbidden { role: Role::Service });
}

#[test]
fn money_that_is_not_there_does_not_leave() {
    ama()
        .when(request(1, 1, xof(1_001)))
        .then_refused(Refusal::InsufficientFunds { available: 1_000, needed: xof(1_001) })
        .when(request(1, 8, xof(1)))
        .then_refused(Refusal::NotFound { field: "wallet" });
}

#[test]
fn a_payment_method_says_where_it_goes_as_long_as_it_may_be_used() {
    let with = |method, destination: Option<&str>| withdrawal::Request {
        withdrawal: withdrawal(1),
        wallet: wallet(1),
        amount: xof(100),
        destination: destination.map(|it| it.parse().unwrap()),
        method: Some(method),
    };
    let (ours, theirs) =
        (PaymentMethodId(uuid::Uuid::from_u128(1)), PaymentMethodId(uuid::Uuid::from_u128(2)));
    let add = |method, of| payment_method::Add {
        method,
        wallet: wallet(of),
        provider: "sim".parse().unwrap(),
        kind: "mobile-money".parse().unwrap(),
        token: "vault/1".parse().unwrap(),
        hint: None,
    };
    let ledger = given([opened()]).and(funded(1, "ama", xof(1_000))).and([
        open_wallet(2, "kofi"),
        add(ours, 1).into(),
        add(theirs, 2).into(),
    ]);
    let nobodys = Refusal::NotFound { field: "paymentMethod" };
    ledger.clone().when(with(theirs, None)).then_refused(nobodys);
    let other = Refusal::ExistsWithOtherTerms { field: "destination" };
    ledger.clone().when(with(ours, Some("momo-2"))).then_refused(other);
    let nowhere = withdrawal::Request { method: None, ..with(ours, None) };
    ledger.clone().when(nowhere).then_refused(Refusal::NotFound { field: "destination" });

    let (events, asked) = ledger.when(with(ours, None)).then_events();
    let [Event::WithdrawalRequested(it)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((it.destination.as_str(), it.method), ("vault/1", Some(ours)));
    let disabled = payment_method::Disable { method: ours, reason: None };
    asked
        .when(with(ours, Some("vault/1")))
        .then_already()
        .and([disabled.into()])
        .when_asked(approve(1))
        .then_refused(Refusal::WrongState { state: "disabled" });
}
