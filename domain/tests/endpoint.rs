//! Endpoints: where the marketplace's own systems are told what happened.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::endpoint::{Add, Cause, Change, Disable, Filter, Status};
use cauri_domain::testing::*;
use cauri_domain::*;

fn market() -> Given {
    given([opened(), add_endpoint(1)])
}

fn found(number: u128, cause: Cause) -> Command {
    Disable { endpoint: endpoint_id(number), cause }.into()
}

fn wants(types: &[&str]) -> Command {
    let types = types.iter().map(|text| text.parse().unwrap()).collect();
    let filter = Filter { types, ..Filter::default() };
    let url = "https://shop.example/hooks".parse().unwrap();
    let secret = secret_place(9);
    Add { endpoint: endpoint_id(9), url, filter, secret, from: None }.into()
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("none", given([opened()])),
        ("enabled", market()),
        ("disabled", market().and([disable_endpoint(1)])),
        ("failing", market().and([found(1, Cause::Failing)])),
        ("gone", market().and([found(1, Cause::Gone)])),
        ("removed", market().and([remove_endpoint(1)])),
    ];
    insta::assert_snapshot!(table::table("endpoint", &states), @"
                         | none      | enabled        | disabled       | failing        | gone           | removed
    AddEndpoint          | added     | already        | already        | already        | already        | already
    ChangeEndpoint       | NOT_FOUND | changed        | changed        | changed        | changed        | WRONG_STATE
    RotateEndpointSecret | NOT_FOUND | secret_rotated | secret_rotated | secret_rotated | secret_rotated | WRONG_STATE
    DisableEndpoint      | NOT_FOUND | disabled       | already        | disabled       | disabled       | WRONG_STATE
    EnableEndpoint       | NOT_FOUND | already        | enabled        | enabled        | enabled        | WRONG_STATE
    ReplayEndpoint       | NOT_FOUND | replayed       | replayed       | replayed       | replayed       | WRONG_STATE
    RemoveEndpoint       | NOT_FOUND | removed        | removed        | removed        | removed        | already
    ");
}

#[test]
fn an_endpoint_is_added_once_and_with_the_same_terms() {
    market().when(add_endpoint(1)).then_already();
    let other = Add {
        endpoint: endpoint_id(1),
        url: "https://shop.example/elsewhere".parse().unwrap(),
        filter: Filter::default(),
        secret: secret_place(1),
        from: None,
    };
    market().when(other).then_refused(Refusal::ExistsWithOtherTerms { field: "url" });
}

#[test]
fn a_type_that_is_not_there_is_refused_and_one_beginning_is_enough() {
    let refused =
        |types: &[&str]| given([opened()]).when(wants(types)).in_a_word() == "INVALID_SETTING";
    assert!(refused(&["escrow.relaesed.v1"]) && refused(&["escrow.*", "nothing.*"]));
    assert!(!refused(&["escrow.*", "withdrawal.paid.v1"]) && !refused(&[]));
}

#[test]
fn a_filter_is_the_same_in_whatever_order_it_is_said() {
    let begun = given([opened(), wants(&["escrow.*", "hold.*", "escrow.*"])]);
    begun.when(wants(&["hold.*", "escrow.*"])).then_already();
}

#[test]
fn a_probe_enables_only_what_failed() {
    let failing = market().and([found(1, Cause::Failing)]);
    failing.when(enable_endpoint(1, true)).then_types(&["endpoint.enabled.v1"]);
    for other in [found(1, Cause::Gone), disable_endpoint(1)] {
        let given = market().and([other]);
        let refused = given.when(enable_endpoint(1, true));
        let given = refused.then_refused(Refusal::WrongState { state: "disabled" });
        given.when(enable_endpoint(1, false)).then_types(&["endpoint.enabled.v1"]);
    }
}

#[test]
fn what_a_person_wants_outlasts_what_the_ledger_found() {
    let failing = market().and([found(1, Cause::Failing)]);
    let (_, given) = failing.when(disable_endpoint(1)).then_events();
    let given = given.when(found(1, Cause::Failing)).then_already();
    given.when(enable_endpoint(1, true)).then_refused(Refusal::WrongState { state: "disabled" });
}

#[test]
fn what_failed_may_be_found_to_be_gone_and_not_the_other_way_round() {
    let failing = market().and([found(1, Cause::Failing)]);
    let (_, gone) = failing.when(found(1, Cause::Gone)).then_events();
    let gone = gone.when(found(1, Cause::Failing)).then_already();
    gone.when(enable_endpoint(1, true)).then_refused(Refusal::WrongState { state: "disabled" });
}

#[test]
fn a_secret_that_is_replaced_is_named_so_that_both_can_sign() {
    let (events, given) = market().when(rotate_secret(1, 2)).then_events();
    let [Event::EndpointSecretRotated(rotated)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((&rotated.secret, &rotated.former), (&secret_place(2), &secret_place(1)));
    given.when(rotate_secret(1, 2)).then_already();
}

#[test]
fn there_are_no_more_than_fifty_and_a_removed_one_makes_room() {
    let begun = given([opened()]).and((0..50).map(add_endpoint));
    let allowed = "one of at most 50 that are not removed";
    let full = begun.when(add_endpoint(50));
    let given = full.then_refused(Refusal::InvalidSetting { field: "endpoint", allowed });
    let given = given.and([remove_endpoint(7)]);
    given.when(add_endpoint(50)).then_types(&["endpoint.added.v1"]);
}

#[test]
fn an_event_is_theirs_who_have_part_in_what_it_names() {
    let given = given([opened(), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(10_000)));
    let given = given.and([open_escrow(1, 1, 2, xof(100)), place(1, 1, xof(50))]);
    let of = |id| given.state.wallets_with_part_in(id);
    assert_eq!(of(escrow(1).0), [wallet(1), wallet(2)]);
    assert_eq!(of(payin(0x901).0), [wallet(1)]);
    assert_eq!(of(hold(1).0), [wallet(1)]);
    assert_eq!(of(escrow(2).0), []);
}

#[test]
fn neither_parties_nor_finance_look_after_endpoints() {
    for role in [Role::Buyer, Role::Seller, Role::Finance, Role::Auditor] {
        let asked = given([opened()]).when_asked_by(actor("x", role), add_endpoint(1));
        asked.then_refused(Refusal::Forbidden { role });
    }
}

#[test]
fn what_is_changed_is_changed_while_it_is_disabled_too() {
    let given = market().and([disable_endpoint(1)]);
    let given = given.when(change_endpoint(1)).then_types(&["endpoint.changed.v1"]);
    let given = given.when(replay_endpoint(1, 3)).then_types(&["endpoint.replayed.v1"]);
    let bad: Change = Change {
        endpoint: endpoint_id(1),
        url: "https://shop.example/x".parse().unwrap(),
        filter: Filter { types: vec!["no.such".parse().unwrap()], ..Filter::default() },
    };
    assert_eq!(given.when(bad).in_a_word(), "INVALID_SETTING");
    assert_eq!(Status::Removed.as_str(), "removed");
}
