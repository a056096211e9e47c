//! Periods: closed in order, once over, for good; and what earlier days count for then.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::testing::*;
use cauri_domain::*;
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// It is November 2026.
fn market() -> Given {
    given([opened(), open_wallet(1, "ama")])
}

fn lagos() -> Command {
    limits::SetZone { zone: "Africa/Lagos".parse().unwrap() }.into()
}

fn minutes_until(text: &str) -> i64 {
    (text.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - minute(0)).num_minutes()
}

/// The days that an opening balance of an earlier day has.
fn dated(given: Given, effective_day: &str) -> (NaiveDate, NaiveDate) {
    let command = effective(import(1, 1, xof(5)), day(effective_day));
    let (events, _) = given.when(command).then_events();
    let dated = events[0].dated().unwrap();
    (dated.effective, dated.posting)
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("nothing closed", market()),
        ("september closed", market().and([close_period("2026-09")])),
        ("october closed", market().and([close_period("2026-10")])),
        ("august closed", market().and([close_period("2026-08")])),
    ];
    insta::assert_snapshot!(table::table("period", &states), @"
                | nothing closed | september closed | october closed | august closed
    ClosePeriod | closed         | closed           | already        | PERIOD_OUT_OF_ORDER
    ");
}

#[test]
fn a_month_is_closed_once_it_is_over_where_the_ledger_is() {
    let due = "2026-12-01T00:00:00Z".parse().unwrap();
    market().when(close_period("2026-11")).then_refused(Refusal::TooEarly { due });
    let late = market().after_minutes(minutes_until("2026-12-01T00:00:00Z"));
    late.when(close_period("2026-11")).then_types(&["period.closed.v1"]);

    // In Lagos it is an hour later than in Greenwich, so November ends an hour earlier.
    let there = || given([opened(), lagos()]);
    let due = "2026-11-30T23:00:00Z".parse().unwrap();
    there().when(close_period("2026-11")).then_refused(Refusal::TooEarly { due });
    let late = there().after_minutes(minutes_until("2026-11-30T23:00:00Z") + 1);
    late.when(close_period("2026-11")).then_types(&["period.closed.v1"]);
}

#[test]
fn months_are_closed_in_order_and_stay_closed() {
    let given = market().and([close_period("2026-08")]);
    let next = "2026-09".parse().unwrap();
    let given =
        given.when(close_period("2026-10")).then_refused(Refusal::PeriodOutOfOrder { next });
    let given = given.and([close_period("2026-09"), close_period("2026-10")]);
    for earlier in ["2026-10", "2026-09", "1999-01"] {
        given.clone().when(close_period(earlier)).then_already();
    }
}

#[test]
fn an_entry_of_an_earlier_day_counts_for_it_while_its_month_is_open() {
    let october = day("2026-10-31");
    assert_eq!(dated(market(), "2026-10-31"), (october, october));
}

#[test]
fn an_entry_of_a_closed_month_falls_into_the_first_open_day_and_keeps_its_own() {
    let closed = || market().and([close_period("2026-10")]);
    assert_eq!(dated(closed(), "2026-10-31"), (day("2026-10-31"), day("2026-11-01")));
    assert_eq!(dated(closed(), "1999-01-01"), (day("1999-01-01"), day("2026-11-01")));
    assert_eq!(dated(closed(), "2026-11-02"), (day("2026-11-02"), day("2026-11-02")));
}

#[test]
fn no_entry_is_about_a_day_to_come() {
    let today = minute(0).date_naive();
    let asked = |day| market().when(effective(import(1, 1, xof(5)), day)).in_a_word();
    assert_eq!(asked(today), "imported");
    assert_eq!(asked(today.succ_opt().unwrap()), "INVALID_SETTING");
    assert_eq!(asked(day("1969-12-31")), "INVALID_SETTING");
}

#[test]
fn a_correction_of_another_day_is_another_one() {
    let given = market().and([effective(import(1, 1, xof(5)), day("2026-10-02"))]);
    given.clone().when(effective(import(1, 1, xof(5)), day("2026-10-02"))).then_already();
    let other = Refusal::ExistsWithOtherTerms { field: "effectiveDate" };
    given.clone().when(import(1, 1, xof(5))).then_refused(other.clone());
    given.when(effective(import(1, 1, xof(5)), day("2026-10-03"))).then_refused(other);
}

#[test]
fn a_month_is_written_in_one_way() {
    for text in
        ["2026-1", "2026-13", "2026-00", "26-01", "2026-011", "+026-01", "9999-01", "1969-12"]
    {
        assert!(text.parse::<Month>().is_err(), "{text}");
    }
    let month: Month = "2024-02".parse().unwrap();
    assert_eq!((month.first_day(), month.last_day()), (day("2024-02-01"), day("2024-02-29")));
    assert_eq!(serde_json::to_string(&month).unwrap(), "\"2024-02\"");
    assert_eq!(Month::of(day("2024-12-31")).next().to_string(), "2025-01");
}
