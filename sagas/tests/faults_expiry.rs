//! What expires, disturbed at every step: holds that nobody captures, proposals that nobody judges.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::Account;
use cauri_domain::testing::{adjust, place, propose, wallet, xof};

use kit::World;
use kit::disturbed::{Story, disturbed};
use kit::fuse::Fault;

struct Expiry;

impl Story for Expiry {
    const STEPS_LEAST: usize = 2;

    async fn furnish(world: &World) {
        world.ask(place(1, 1, xof(700))).await;
        let gift = adjust(1, Account::Adjustments, Account::Wallet(wallet(2)), xof(5));
        world.ask_as_finance(propose(1, gift)).await;
    }

    fn has_ended(world: &World) -> bool {
        ["hold.expired.v1", "proposal.expired.v1"].iter().all(|name| world.count(name) == 1)
    }
}

disturbed!(Expiry);
