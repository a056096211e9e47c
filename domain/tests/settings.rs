//! Settings: the rules in force are part of history.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::settings::{Configured, Opened};
use cauri_domain::testing::*;
use cauri_domain::*;

fn only(codes: &[&str]) -> Settings {
    let currencies = codes.iter().map(|code| code.parse().unwrap()).collect();
    Settings { currencies, ..Settings::default() }
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("none", given([])),
        ("open", given([opened()])),
        ("open otherwise", given([opened_with(only(&["USD"]))])),
    ];
    insta::assert_snapshot!(table::table("settings", &states), @"
                    | none            | open    | open otherwise
    OpenLedger      | opened          | already | LEDGER_ALREADY_OPEN
    ConfigureLedger | LEDGER_NOT_OPEN | already | configured
    ");
}

#[test]
fn nothing_is_asked_before_the_ledger_is_open() {
    for command in one_of_each() {
        if !matches!(command, Command::OpenLedger(_)) {
            given([]).when_asked(command).then_refused(Refusal::LedgerNotOpen {});
        }
    }
}

#[test]
fn settings_are_written_in_the_one_order_that_says_the_same_thing() {
    given([])
        .when(opened_with(only(&["XOF", "USD", "XOF"])))
        .then([Opened { settings: only(&["USD", "XOF"]) }.into()])
        .when(opened_with(only(&["USD", "XOF", "USD"])))
        .then_already()
        .when(configure(only(&["USD", "XOF"])))
        .then_already()
        .when(configure(only(&["USD"])))
        .then([Configured { settings: only(&["USD"]) }.into()]);
}

#[test]
fn a_ledger_is_opened_once() {
    given([opened()]).when(opened_with(only(&["USD"]))).then_refused(Refusal::LedgerAlreadyOpen {});
}

#[test]
fn a_currency_has_one_limit_at_most() {
    let two = Settings { limits: vec![xof(5), usd_cents(5), xof(6)], ..Settings::default() };
    let invalid =
        || Refusal::InvalidSetting { field: "limits", allowed: "at most one amount per currency" };
    given([])
        .when(opened_with(two.clone()))
        .then_refused(invalid())
        .and([opened()])
        .when(configure(two))
        .then_refused(invalid());
}

#[test]
fn a_currency_that_is_not_taken_moves_nowhere() {
    let before = given([opened()]).and(funded(1, "ama", usd_cents(500)));
    let wrong = || Refusal::WrongCurrency { currency: usd_cents(1).currency() };
    before
        .and([open_wallet(2, "kofi"), configure(only(&["XOF"]))])
        .when(pay(1, 2, usd_cents(1)))
        .then_refused(wrong())
        .when(open_escrow(1, 1, 2, usd_cents(1)))
        .then_refused(wrong())
        .when(request(1, 1, usd_cents(1)))
        .then_refused(wrong())
        .when(initiate(1, 1, usd_cents(1)))
        .then_refused(wrong())
        // But money that a provider has is booked all the same.
        .when(receive(1, "pi_x", usd_cents(1)))
        .then_types(&["payin.mismatched.v1"]);
}

#[test]
fn limits_hold_for_what_parties_move_and_not_for_what_comes_in() {
    let settings = Settings { limits: vec![xof(1_000)], ..Settings::default() };
    let given =
        given([opened_with(settings), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(50_000)));
    for command in
        [pay(1, 2, xof(1_001)), open_escrow(1, 1, 2, xof(1_001)), request(1, 1, xof(1_001))]
    {
        given
            .clone()
            .when(command)
            .then_refused(Refusal::LimitExceeded { limit: xof(1_000), asked: xof(1_001) });
    }
}

#[test]
fn spans_and_rates_out_of_range_do_not_exist() {
    use cauri_domain::commission::BasisPoints;
    use cauri_domain::settings::Seconds;
    assert!(Seconds::try_from(0).is_err() && Seconds::try_from(86_400_001).is_err());
    assert!(Seconds::try_from(1).is_ok() && Seconds::try_from(86_400_000).is_ok());
    assert!(BasisPoints::try_from(10_001).is_err() && BasisPoints::try_from(10_000).is_ok());
    assert!(serde_json::from_str::<Seconds>("0").is_err());
    assert!(serde_json::from_str::<BasisPoints>("10001").is_err());
}
