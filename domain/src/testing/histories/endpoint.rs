//! Endpoints in random histories.

use proptest::prelude::*;

use super::any_number;
use crate::endpoint::{
    Add, Cause, Change, Disable, Enable, EndpointUrl, Filter, Remove, Replay, Rotate, Status,
};
use crate::testing::{actor, endpoint_id, wallet};
use crate::{Actor, Command, LedgerState, Reference, Revision, Role};

fn url(path: &str) -> EndpointUrl {
    format!("https://shop.example/{path}").parse().expect("an address")
}

/// The place of a secret in the vault.
#[must_use]
pub fn secret_place(number: u128) -> Reference {
    format!("endpoint/{number}").parse().expect("a reference")
}

/// An endpoint is added: all of escrows and transfers.
#[must_use]
pub fn add_endpoint(number: u128) -> Command {
    let types = ["escrow.*", "transfer.completed.v1"];
    let types = types.map(|text| text.parse().expect("a pattern")).to_vec();
    Add {
        endpoint: endpoint_id(number),
        url: url("hooks"),
        filter: Filter { types, ..Filter::default() },
        secret: secret_place(number),
        from: None,
    }
    .into()
}

/// It is told of everything about a wallet, at another place.
#[must_use]
pub fn change_endpoint(number: u128) -> Command {
    let filter = Filter { wallets: vec![wallet(1)], ..Filter::default() };
    Change { endpoint: endpoint_id(number), url: url("other"), filter }.into()
}

/// Another secret signs.
#[must_use]
pub fn rotate_secret(number: u128, secret: u128) -> Command {
    Rotate { endpoint: endpoint_id(number), secret: secret_place(secret) }.into()
}

/// A person disables it.
#[must_use]
pub fn disable_endpoint(number: u128) -> Command {
    let cause = Cause::Asked("maintenance".parse().expect("a word"));
    Disable { endpoint: endpoint_id(number), cause }.into()
}

/// It is enabled, by a person or because it answered a probe.
#[must_use]
pub fn enable_endpoint(number: u128, probed: bool) -> Command {
    Enable { endpoint: endpoint_id(number), probed }.into()
}

/// It goes on at a revision.
#[must_use]
pub fn replay_endpoint(number: u128, from: u64) -> Command {
    Replay { endpoint: endpoint_id(number), from: Revision(from) }.into()
}

/// It is removed.
#[must_use]
pub fn remove_endpoint(number: u128) -> Command {
    Remove { endpoint: endpoint_id(number) }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let found = prop_oneof![Just(Cause::Failing), Just(Cause::Gone)];
    prop_oneof![
        4 => any_number().prop_map(add_endpoint),
        1 => any_number().prop_map(change_endpoint),
        1 => (any_number(), any_number()).prop_map(|(number, to)| rotate_secret(number, to)),
        1 => any_number().prop_map(disable_endpoint),
        1 => (any_number(), found)
            .prop_map(|(number, cause)| Disable { endpoint: endpoint_id(number), cause }.into()),
        2 => (any_number(), proptest::bool::ANY)
            .prop_map(|(number, probed)| enable_endpoint(number, probed)),
        1 => (any_number(), 0..100_u64).prop_map(|(number, from)| replay_endpoint(number, from)),
        1 => any_number().prop_map(remove_endpoint),
    ]
    .boxed()
}

/// What is enabled gets another secret, is told at another place, or fails; what is disabled is enabled.
pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        let endpoint = endpoint_id(number);
        let Some(known) = state.endpoint(endpoint) else { continue };
        if known.status == Status::Enabled {
            options.push((actor("staff", Role::Admin), rotate_secret(number, number + 1)));
        }
        let command = match known.status {
            Status::Enabled if known.url == url("hooks") => change_endpoint(number),
            Status::Enabled => Disable { endpoint, cause: Cause::Failing }.into(),
            Status::Disabled(_) => enable_endpoint(number, false),
            Status::Removed => continue,
        };
        options.push((actor("staff", Role::Admin), command));
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![
        add_endpoint(1),
        change_endpoint(1),
        rotate_secret(1, 2),
        disable_endpoint(1),
        enable_endpoint(1, false),
        replay_endpoint(1, 0),
        remove_endpoint(1),
    ]
}
