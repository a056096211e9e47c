//! A ledger's clock, set forward.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::clock::{Advance, Advanced};
use cauri_domain::testing::*;
use cauri_domain::*;
use chrono::TimeDelta;

#[test]
fn time_goes_forward_only_and_not_beyond_reason() {
    let now = given([opened()]).now();
    for (days, word) in [
        (-1, "INVALID_SETTING"),
        (0, "INVALID_SETTING"),
        (1, "advanced"),
        (3_660, "advanced"),
        (3_661, "INVALID_SETTING"),
    ] {
        let to = now + TimeDelta::days(days);
        assert_eq!(given([opened()]).when(Advance { to }).in_a_word(), word, "{days}");
    }
}

#[test]
fn it_moves_no_money_and_says_what_time_it_is_to_be() {
    let to = minute(600);
    given([opened()])
        .when_asked_by(actor("staff", Role::Admin), Advance { to })
        .then([Event::ClockAdvanced(Advanced { to })]);
    given([opened()])
        .when_asked_by(actor("ama", Role::Buyer), Advance { to })
        .then_refused(Refusal::Forbidden { role: Role::Buyer });
}
