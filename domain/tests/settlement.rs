//! Settlements: from a provider's clearing account to our bank.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::settlement::*;
use cauri_domain::testing::*;
use cauri_domain::*;
use chrono::{Days, NaiveDate};

fn day() -> NaiveDate {
    minute(0).date_naive()
}

fn bank(state: &Given, account: Account) -> i128 {
    state.state.books().balance(account, xof(1).currency())
}

fn clearing() -> Account {
    Account::Clearing("sim".parse().unwrap())
}

/// Ama has paid 10,000 through `sim`.
fn market() -> Given {
    given([opened()]).and(funded(1, "ama", xof(10_000)))
}

#[test]
fn what_a_provider_held_reaches_the_bank_less_its_fee() {
    let (journal, after) = market().when(settle(1, xof(10_000), Some(xof(250)))).then_journal();
    insta::assert_snapshot!(journal, @"
    settlement.recorded.v1
      debit bank 9750 XOF
      debit expense:provider-fees 250 XOF
          credit clearing:sim 10000 XOF
    ");
    assert_eq!((bank(&after, clearing()), bank(&after, Account::Bank)), (0, 9_750));
    let again = after.when(settle(1, xof(10_000), Some(xof(250)))).then_already();
    assert_eq!(bank(&again, Account::Bank), 9_750);
}

#[test]
fn a_provider_may_take_money_from_the_bank() {
    let taken = Some(Moved::FromBank(xof(700)));
    let sums = vec![Sum { gross: taken, fee: None, net: taken }];
    let (journal, after) = market().when(settle_of(1, sums, day())).then_journal();
    insta::assert_snapshot!(journal, @"
    settlement.recorded.v1
      debit clearing:sim 700 XOF
          credit bank 700 XOF
    ");
    assert_eq!((bank(&after, clearing()), bank(&after, Account::Bank)), (10_700, -700));
    // A fee of more than what was settled leaves the bank too.
    let sums = vec![Sum {
        gross: Some(Moved::ToBank(xof(5))),
        fee: Some(xof(8)),
        net: Some(Moved::FromBank(xof(3))),
    }];
    let (journal, _) = after.when(settle_of(2, sums, day())).then_journal();
    insta::assert_snapshot!(journal, @"
    settlement.recorded.v1
      debit expense:provider-fees 8 XOF
          credit bank 3 XOF
          credit clearing:sim 5 XOF
    ");
}

#[test]
fn several_currencies_are_one_entry() {
    let moved = |money| Some(Moved::ToBank(money));
    let sums = vec![
        Sum { gross: moved(xof(100)), fee: None, net: moved(xof(100)) },
        Sum { gross: moved(usd_cents(50)), fee: Some(usd_cents(50)), net: None },
    ];
    let (journal, _) = market().when(settle_of(1, sums, day())).then_journal();
    insta::assert_snapshot!(journal, @"
    settlement.recorded.v1
      debit bank 100 XOF
      debit expense:provider-fees 0.50 USD
          credit clearing:sim 100 XOF
          credit clearing:sim 0.50 USD
    ");
}

#[test]
fn a_sum_that_does_not_add_up_is_refused() {
    let moved = |money| Some(Moved::ToBank(money));
    let one = |gross, fee, net| vec![Sum { gross, fee, net }];
    for (sums, field) in [
        (vec![], "sums"),
        (one(None, None, None), "sums"),
        (one(moved(xof(10)), None, moved(xof(9))), "sums.net"),
        (one(moved(xof(10)), Some(xof(1)), moved(xof(10))), "sums.net"),
        (one(moved(xof(10)), None, Some(Moved::FromBank(xof(10)))), "sums.net"),
        (one(moved(xof(10)), None, moved(usd_cents(10))), "sums"),
        (
            [one(moved(xof(10)), None, moved(xof(10))), one(moved(xof(1)), None, moved(xof(1)))]
                .concat(),
            "sums",
        ),
        (vec![Sum { gross: moved(xof(1)), fee: None, net: moved(xof(1)) }; 33], "sums"),
    ] {
        let asked = market().when(settle_of(1, sums, day())).then_refusal();
        assert!(
            matches!(asked, Refusal::InvalidSetting { field: named, .. } if named == field),
            "{asked}"
        );
    }
    let tomorrow = day().checked_add_days(Days::new(1)).unwrap();
    let sums = vec![Sum { gross: moved(xof(1)), fee: None, net: moved(xof(1)) }];
    let allowed = "a day from 1970 to today";
    market()
        .when(settle_of(1, sums, tomorrow))
        .then_refused(Refusal::InvalidSetting { field: "valueDate", allowed });
}

#[test]
fn a_payout_to_the_bank_is_taken_once_until_it_is_reversed() {
    let settled = || market().and([settle(1, xof(10_000), None)]);
    let other = |field| Refusal::ExistsWithOtherTerms { field };
    settled().when(settle(1, xof(9_000), None)).then_refused(other("sums"));
    // The same payout under another id: the same, or other terms.
    let same_object = |number, amount: Money| {
        let Command::RecordSettlement(it) = settle(1, amount, None) else { unreachable!() };
        Record { settlement: settlement_id(number), ..it }
    };
    settled().when(same_object(2, xof(10_000))).then_already();
    settled().when(same_object(2, xof(9_999))).then_refused(other("sums"));
    let later = Record { items: Some(4), ..same_object(2, xof(10_000)) };
    settled().when(later).then_refused(other("items"));

    let (journal, after) = settled().when(unsettle(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    settlement.reversed.v1
      debit clearing:sim 10000 XOF
          credit bank 10000 XOF
    ");
    assert_eq!((bank(&after, clearing()), bank(&after, Account::Bank)), (10_000, 0));
    let after = after.when(unsettle(1)).then_already();
    let again = after.when(settle(1, xof(10_000), None));
    let after = again.then_refused(Refusal::WrongState { state: "reversed" });
    let (_, after) = after.when(same_object(2, xof(9_999))).then_events();
    assert_eq!(bank(&after, clearing()), 1);
    after.when(unsettle(3)).then_refused(Refusal::NotFound { field: "settlement" });
}

#[test]
fn large_settlements_need_four_eyes() {
    let thresholds = four_eyes::Configure { thresholds: vec![xof(1_000)] };
    let given = || market().and([thresholds.clone().into()]);
    given().when(settle(1, xof(1_001), None)).then_refused(Refusal::FourEyesNeeded {});
    let (_, after) = given().when(settle(1, xof(1_000), None)).then_events();
    let (_, after) = after
        .when_asked_by(actor("ada", Role::Finance), propose(1, settle(2, xof(5_000), None)))
        .then_events();
    let approve = four_eyes::Approve { proposal: proposal(1) };
    let (_, after) = after.when_asked_by(actor("bea", Role::Finance), approve).then_events();
    assert_eq!(bank(&after, clearing()), 4_000);
    after.when(unsettle(2)).then_refused(Refusal::FourEyesNeeded {});
}

#[test]
fn only_bookkeepers_settle() {
    for (role, word) in [
        (Role::Buyer, "FORBIDDEN"),
        (Role::Auditor, "FORBIDDEN"),
        (Role::Finance, "recorded"),
        (Role::Admin, "recorded"),
    ] {
        let asked = market().when_asked_by(actor("ada", role), settle(1, xof(5), None));
        assert_eq!(asked.in_a_word(), word, "{role}");
    }
}

#[test]
fn an_entry_counts_for_its_value_date() {
    let early = day().checked_sub_days(Days::new(3)).unwrap();
    let moved = Some(Moved::ToBank(xof(5)));
    let sums = vec![Sum { gross: moved, fee: None, net: moved }];
    let (events, _) = market().when(settle_of(1, sums, early)).then_events();
    assert_eq!(events[0].dated(), Some(Dated { effective: early, posting: early }));
}

#[test]
fn an_opening_balance_with_a_reference_is_brought_once() {
    let given = market().and([import_once(1, 1, xof(700))]);
    let given = given.when(import_once(1, 1, xof(700))).then_already();
    let (account, currency) = (Account::Wallet(wallet(1)), xof(5).currency());
    let other = Refusal::OpenedBefore { account, currency };
    let given = given.when(import_once(2, 1, xof(5))).then_refused(other);
    // Another currency is another balance; one without a reference is no such line.
    let given = given.and([import_once(3, 1, usd_cents(5)), import(4, 1, xof(5))]);
    // What was reversed may be brought again, under another reference.
    let (events, given) = given.when(reverse_import(5, 4, 1, xof(700))).then_events();
    let Event::EntryReversed(reversed) = &events[0] else { panic!("{events:?}") };
    assert_eq!(reversed.opening, Some(correction(1)));
    let by = correction(5);
    let given =
        given.when(import_once(1, 1, xof(700))).then_refused(Refusal::AlreadyReversed { by });
    let (_, given) = given.when(import_once(6, 1, xof(800))).then_events();
    assert_eq!(given.available(1, "XOF"), 10_000 + 5 + 800);
    // Not into a month that is closed.
    let october: NaiveDate = "2026-10-15".parse().unwrap();
    let given = given.and([close_period("2026-10")]);
    let late = effective(import_once(7, 1, money(5, "KWD")), october);
    let allowed = "a day of a month that is not closed";
    given.when(late).then_refused(Refusal::InvalidSetting { field: "effectiveDate", allowed });
}
