//! Orders, disturbed at every step: one that nobody pays, and one that settles itself and grants
//! what then expires.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::sale::{Kind, Line};
use cauri_domain::testing::{deliver_order, entitlement, line, pay_order, place_order, terms, xof};

use kit::World;
use kit::disturbed::{Story, disturbed};
use kit::fuse::Fault;

struct Orders;

impl Story for Orders {
    const STEPS_LEAST: usize = 3;

    async fn furnish(world: &World) {
        world.ask(place_order(1, terms(1, vec![line(1, 2, xof(100), 2)]), xof(200))).await;
        let pass = Line {
            kind: Kind::Service,
            entitlements: vec![entitlement(1)],
            span_s: Some(3_600.try_into().unwrap()),
            ..line(1, 2, xof(700), 1)
        };
        world.ask(place_order(2, terms(1, vec![pass]), xof(700))).await;
        world.ask(pay_order(2)).await;
        world.ask(deliver_order(2)).await;
    }

    fn has_ended(world: &World) -> bool {
        let names = ["order.expired.v1", "order.settled.v1", "entitlement.expired.v1"];
        names.iter().all(|name| world.count(name) == 1)
    }
}

disturbed!(Orders);
