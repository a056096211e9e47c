//! Relations in random histories.

use proptest::prelude::*;

use super::any_wallet;
use crate::Command;
use crate::relation::{Assign, End, Party, Relation};
use crate::testing::wallet;

/// Somebody is something of a thing.
#[must_use]
pub fn relation(kind: &str, party: Party, object: &str) -> Relation {
    let parsed = |text: &str| text.parse().expect("a word");
    Relation { kind: parsed(kind), party, object: object.parse().expect("a reference") }
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let party = prop_oneof![
        any_wallet().prop_map(|number| Party::Wallet(wallet(number))),
        Just(Party::Subject("owner-1".parse().expect("an opaque id"))),
    ];
    let kind = prop_oneof![Just("driver"), Just("arbiter")];
    (party, kind, prop::bool::weighted(0.7))
        .prop_map(|(party, kind, begins)| {
            let relation = relation(kind, party, "mission/1");
            if begins { Assign { relation }.into() } else { End { relation }.into() }
        })
        .boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    let driver = || relation("driver", Party::Wallet(wallet(1)), "mission/1");
    vec![Assign { relation: driver() }.into(), End { relation: driver() }.into()]
}
