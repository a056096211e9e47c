//! Pay-ins: money expected from outside. What a provider really has is never refused, and is
//! booked once.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::payin::{Canceled, ClosedAtProvider, Closing, Declined, Expired, RecordReceipt};
use cauri_domain::testing::*;
use cauri_domain::*;

fn expected() -> Given {
    given([opened(), open_wallet(1, "ama"), initiate(1, 1, xof(100))])
}

fn late() -> Given {
    expected().after_minutes(60).and([expire(1)])
}

/// A card's issuer keeps the money, until the marketplace asks for it.
fn kept() -> Given {
    let later = initiate_to_capture(1, 1, xof(100));
    given([opened(), open_wallet(1, "ama"), later, authorised(1, xof(100))])
}

/// Its time is over, and at the provider it may still be paid.
fn left_open() -> Given {
    expected().and([payin_submitted(1)]).after_minutes(60).and([expire(1)])
}

fn said_by(provider: &str, object: &str, amount: Money) -> Command {
    RecordReceipt { payin: Some(payin(1)), receipt: receipt(provider, object, amount) }.into()
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("none", given([opened(), open_wallet(1, "ama")])),
        ("created", expected()),
        ("created, due", expected().after_minutes(60)),
        ("authorised", kept()),
        ("authorised, due", kept().after_minutes(7 * 24 * 60)),
        ("capturing", kept().and([capture_payin(1)])),
        ("capturing, due", kept().and([capture_payin(1)]).after_minutes(7 * 24 * 60)),
        ("declined", expected().and([decline(1)])),
        ("declined, due", expected().and([decline(1)]).after_minutes(60)),
        ("succeeded", expected().and([receive(1, "pi_one", xof(100))])),
        ("expired", late()),
        ("expired, open there", left_open()),
    ];
    insta::assert_snapshot!(table::table("payin", &states), @"
                        | none         | created                       | created, due                  | authorised              | authorised, due         | capturing               | capturing, due          | declined                      | declined, due                 | succeeded    | expired        | expired, open there
    InitiatePayin       | created      | already                       | already                       | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | already                       | already                       | already      | already        | already
    RecordReceipt       | mismatched   | succeeded                     | succeeded                     | succeeded               | succeeded               | succeeded               | succeeded               | succeeded                     | succeeded                     | already      | succeeded_late | succeeded_late
    RecordDecline       | NOT_FOUND    | declined                      | declined                      | already                 | already                 | already                 | already                 | already                       | already                       | already      | already        | already
    RecordSubmission    | NOT_FOUND    | submitted                     | submitted                     | already                 | already                 | already                 | already                 | already                       | already                       | already      | already        | already
    RecordAuthorisation | NOT_FOUND    | authorised, capture_requested | authorised, capture_requested | already                 | already                 | already                 | already                 | authorised, capture_requested | authorised, capture_requested | already      | already        | already
    RecordProviderFee   | fee_recorded | fee_recorded                  | fee_recorded                  | fee_recorded            | fee_recorded            | fee_recorded            | fee_recorded            | fee_recorded                  | fee_recorded                  | fee_recorded | fee_recorded   | fee_recorded
    CapturePayin        | NOT_FOUND    | WRONG_STATE                   | WRONG_STATE                   | capture_requested       | capture_requested       | already                 | already                 | WRONG_STATE                   | WRONG_STATE                   | already      | WRONG_STATE    | WRONG_STATE
    CancelPayin         | NOT_FOUND    | canceled                      | canceled                      | canceled                | canceled                | canceled                | canceled                | canceled                      | canceled                      | WRONG_STATE  | WRONG_STATE    | WRONG_STATE
    ExpirePayin         | NOT_FOUND    | TOO_EARLY                     | expired                       | TOO_EARLY               | expired                 | TOO_EARLY               | expired                 | TOO_EARLY                     | expired                       | WRONG_STATE  | already        | already
    RecordClosing       | NOT_FOUND    | WRONG_STATE                   | WRONG_STATE                   | WRONG_STATE             | WRONG_STATE             | WRONG_STATE             | WRONG_STATE             | WRONG_STATE                   | WRONG_STATE                   | already      | already        | closed_at_provider
    ");
}

#[test]
fn what_nobody_waits_for_is_closed_at_its_provider_and_that_is_told_once() {
    let object: ObjectId = "pi_one".parse().unwrap();
    let submitted = || expected().and([payin_submitted(1)]);
    submitted().when(closed_at_provider(1)).then_refused_as("WRONG_STATE");
    submitted()
        .when(cancel_payin(1))
        .then([Canceled { payin: payin(1), object: Some(object.clone()) }.into()])
        .when(closed_at_provider(1))
        .then([ClosedAtProvider { payin: payin(1), object, outcome: Closing::Closed }.into()])
        .when(closed_at_provider(1))
        .then_already();
    // Money that came meanwhile, or comes after all, is booked as ever.
    let (_, after) = left_open().when(receive(1, "pi_one", xof(100))).then_journal();
    after.when(closed_at_provider(1)).then_journal();
    // Nothing was open there.
    expected().and([cancel_payin(1)]).when(closed_at_provider(1)).then_already();
}

#[test]
fn money_that_comes_as_asked_is_in_the_wallet() {
    let (journal, after) = expected().when(receive(1, "pi_one", xof(100))).then_journal();
    insta::assert_snapshot!(journal, @"
    payin.succeeded.v1
      debit clearing:sim 100 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 100 XOF
    ");
    assert_eq!(after.available(1, "XOF"), 100);
}

#[test]
fn the_same_payment_is_booked_once_however_often_it_is_told() {
    let after = expected()
        .and([receive(1, "pi_one", xof(100))])
        .when(receive(1, "pi_one", xof(100)))
        .then_already()
        // An older message of the same payment, with less.
        .when(receive(1, "pi_one", xof(60)))
        .then_already()
        // The same payment told of another pay-in.
        .and([initiate(2, 1, xof(100))])
        .when(receive(2, "pi_one", xof(100)))
        .then_already();
    assert_eq!(after.available(1, "XOF"), 100);
}

#[test]
fn a_total_that_grew_leaves_the_difference_in_suspense() {
    let paid = expected().and([receive(1, "pi_one", xof(100))]);
    let (journal, after) = paid.when(receive(1, "pi_one", xof(130))).then_journal();
    insta::assert_snapshot!(journal, @"
    payin.mismatched.v1
      debit clearing:sim 30 XOF
          credit suspense:sim 30 XOF
    ");
    after.when(receive(1, "pi_one", xof(130))).then_already();
}

#[test]
fn what_differs_from_what_was_asked_goes_into_suspense() {
    let told = |command: Command| {
        let (events, given) = expected().when(command).then_events();
        let [Event::PayinMismatched(event)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(given.available(1, "XOF"), 0);
        (event.reason.as_str(), event.entry.to_string().replace('\n', ","))
    };
    let nobody = RecordReceipt { payin: None, receipt: receipt("sim", "pi_x", xof(7)) };
    let wrong = [
        told(receive(1, "pi_x", xof(99))),
        told(receive(1, "pi_x", usd_cents(100))),
        told(said_by("stripe", "pi_x", xof(100))),
        told(receive(9, "pi_x", xof(100))),
        told(nobody.into()),
    ];
    let wrong = wrong.map(|(reason, entry)| format!("{reason}: {entry}")).join("\n");
    insta::assert_snapshot!(wrong, @"
    amount: debit clearing:sim 99 XOF,    credit suspense:sim 99 XOF
    currency: debit clearing:sim 1.00 USD,    credit suspense:sim 1.00 USD
    provider: debit clearing:stripe 100 XOF,    credit suspense:stripe 100 XOF
    reference: debit clearing:sim 100 XOF,    credit suspense:sim 100 XOF
    reference: debit clearing:sim 7 XOF,    credit suspense:sim 7 XOF
    ");
}

#[test]
fn a_second_payment_for_the_same_payin_goes_into_suspense() {
    let paid = expected().and([receive(1, "pi_one", xof(100))]);
    let (journal, after) = paid.when(receive(1, "pi_two", xof(100))).then_journal();
    insta::assert_snapshot!(journal, @"
    payin.mismatched.v1
      debit clearing:sim 100 XOF
          credit suspense:sim 100 XOF
    ");
    assert_eq!(after.available(1, "XOF"), 100);
}

#[test]
fn the_same_number_at_two_providers_is_two_payments() {
    expected()
        .and([said_by("stripe", "1", xof(5))])
        .when(said_by("sim", "1", xof(100)))
        .then_types(&["payin.succeeded.v1"]);
}

#[test]
fn money_that_is_kept_for_us_is_asked_for_at_once_unless_it_is_to_wait() {
    let (events, given) = expected().when(authorised(1, xof(100))).then_events();
    let [Event::PayinAuthorised(_), Event::PayinCaptureRequested(asked)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!((asked.object.as_str(), asked.amount), ("pi_one", xof(100)));
    assert_eq!(given.available(1, "XOF"), 0);
    let refused = payin::RecordDecline {
        payin: payin(1),
        provider: "sim".parse().unwrap(),
        object: "pi_one".parse().unwrap(),
        reason: "insufficient_funds".parse().unwrap(),
    };
    kept()
        .when(capture_payin(1))
        .then_types(&["payin.capture_requested.v1"])
        .when(capture_payin(1))
        .then_already()
        // An earlier try that failed is not this one.
        .when(decline(1))
        .then_already()
        // The issuer does not give it after all, and then it does.
        .when(refused)
        .then_types(&["payin.declined.v1"])
        .and([authorised(1, xof(100)), capture_payin(1)])
        .when(receive(1, "pi_one", xof(100)))
        .then_types(&["payin.succeeded.v1"]);
    let other = initiate(1, 1, xof(100));
    kept().when(other).then_refused(Refusal::ExistsWithOtherTerms { field: "capture_later" });
}

#[test]
fn a_payer_who_was_declined_may_come_back() {
    let event = Declined {
        payin: payin(1),
        object: "pi_declined".parse().unwrap(),
        reason: "declined".parse().unwrap(),
    };
    expected()
        .when(decline(1))
        .then([event.into()])
        .when(receive(1, "pi_declined", xof(100)))
        .then_types(&["payin.succeeded.v1"])
        // Told too late: it is in the wallet.
        .when(decline(1))
        .then_already();
}

#[test]
fn a_provider_that_was_not_asked_declines_nothing() {
    let decline = payin::RecordDecline {
        payin: payin(1),
        provider: "stripe".parse().unwrap(),
        object: "pi_x".parse().unwrap(),
        reason: "declined".parse().unwrap(),
    };
    expected().when(decline).then_refused(Refusal::ExistsWithOtherTerms { field: "provider" });
}

#[test]
fn a_payin_expires_at_its_deadline_and_not_before() {
    let due = expected().now() + chrono::TimeDelta::minutes(29);
    expected()
        .when(expire(1))
        .then_refused(Refusal::TooEarly { due })
        .after_minutes(28)
        .when(expire(1))
        .then_refused(Refusal::TooEarly { due })
        .after_minutes(1)
        .when(expire(1))
        .then([Expired { payin: payin(1), object: None }.into()])
        .when(expire(1))
        .then_already();
}

#[test]
fn money_that_comes_too_late_waits_in_suspense() {
    let (journal, after) = late().when(receive(1, "pi_one", xof(100))).then_journal();
    insta::assert_snapshot!(journal, @"
    payin.succeeded_late.v1
      debit clearing:sim 100 XOF
          credit suspense:sim 100 XOF
    ");
    assert_eq!(after.available(1, "XOF"), 0);
    after.when(receive(1, "pi_one", xof(100))).then_already();
}

#[test]
fn money_for_a_wallet_that_was_closed_waits_in_suspense() {
    let (journal, _) = late().and([close(1)]).when(receive(1, "pi_one", xof(100))).then_journal();
    insta::assert_snapshot!(journal, @"
    payin.mismatched.v1
      debit clearing:sim 100 XOF
          credit suspense:sim 100 XOF
    ");
}

#[test]
fn an_id_is_taken_once() {
    let other_provider = payin::Initiate {
        payin: payin(1),
        wallet: wallet(1),
        amount: xof(100),
        provider: "stripe".parse().unwrap(),
        target: None,
        capture_later: false,
    };
    let taken = |field| Refusal::ExistsWithOtherTerms { field };
    expected()
        .and([open_wallet(2, "ama")])
        .when(initiate(1, 2, xof(100)))
        .then_refused(taken("wallet"))
        .when(initiate(1, 1, xof(101)))
        .then_refused(taken("amount"))
        .when(initiate(1, 1, usd_cents(100)))
        .then_refused(taken("currency"))
        .when(other_provider)
        .then_refused(taken("provider"))
        .when(initiate(1, 1, xof(100)))
        .then_already();
}

#[test]
fn nobody_expects_money_into_another_s_wallet() {
    expected()
        .when_asked_by(actor("kofi", Role::Buyer), initiate(2, 1, xof(1)))
        .then_refused(Refusal::NotYours { field: "wallet" })
        .when_asked_by(actor("ama", Role::Buyer), receive(1, "pi_one", xof(100)))
        .then_refused(Refusal::Forbidden { role: Role::Buyer })
        .when(initiate(2, 8, xof(1)))
        .then_refused(Refusal::NotFound { field: "wallet" });
}

fn paying(target: payin::Target) -> Command {
    let (provider, amount) = ("sim".parse().unwrap(), xof(100));
    payin::Initiate {
        payin: payin(1),
        wallet: wallet(1),
        amount,
        provider,
        target: Some(target),
        capture_later: false,
    }
    .into()
}

#[test]
fn a_payin_can_top_up_another_wallet() {
    let target = payin::Target::Wallet(wallet(2));
    let (journal, after) = given([opened(), open_wallet(1, "ama"), open_wallet(2, "kofi")])
        .and([paying(target)])
        .when(receive(1, "pi_one", xof(100)))
        .then_journal();
    insta::assert_snapshot!(journal, @"
    payin.succeeded.v1
      debit clearing:sim 100 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 100 XOF
    ");
    assert_eq!((after.available(1, "XOF"), after.available(2, "XOF")), (0, 100));
}

#[test]
fn what_a_payin_pays_for_must_be_there_and_is_part_of_its_terms() {
    let nothing = |target| {
        given([opened(), open_wallet(1, "ama")])
            .when(paying(target))
            .then_refused(Refusal::NotFound { field: "target" });
    };
    nothing(payin::Target::Wallet(wallet(9)));
    nothing(payin::Target::Escrow(escrow(9), None));
    nothing(payin::Target::Sale(SaleId(wallet(9).0)));
    nothing(payin::Target::Subscription(SubscriptionId(wallet(9).0)));
    expected()
        .when(paying(payin::Target::Wallet(wallet(1))))
        .then_refused(Refusal::ExistsWithOtherTerms { field: "target" });
}

#[test]
fn a_payment_is_begun_by_whoever_may_expect_its_money_while_it_waits_for_it() {
    let may = |given: &Given, who: &Actor| {
        payin::may_start(&given.state, who, payin(1)).map(|it| it.amount).map_err(|it| it.code())
    };
    let (ama, eve, service) =
        (actor("ama", Role::Buyer), actor("eve", Role::Buyer), testing::service());
    assert_eq!(may(&expected(), &ama), Ok(xof(100)));
    assert_eq!(may(&expected(), &service), Ok(xof(100)));
    assert!(may(&expected(), &eve).is_err());
    assert_eq!(may(&expected(), &actor("who", Role::Auditor)), Err("FORBIDDEN"));
    assert_eq!(may(&expected().and([decline(1)]), &ama), Ok(xof(100)));
    assert_eq!(may(&late(), &ama), Err("WRONG_STATE"));
    assert_eq!(may(&given([opened()]), &service), Err("NOT_FOUND"));
}
