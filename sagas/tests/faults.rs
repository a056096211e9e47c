//! All processes at once, disturbed at every step: the end is the same.
//!
//! After each run no money is in transit, the books balance, and the provider has one payout for
//! each withdrawal that the books call paid.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::testing::withdrawal;

use kit::World;
use kit::disturbed::{Story, disturbed, undisturbed};
use kit::fuse::Fault;

/// A pay-in that nobody pays, an escrow that nobody releases, and a withdrawal of each kind that
/// nobody judges.
struct All;

impl Story for All {
    const STEPS_LEAST: usize = 10;

    async fn furnish(world: &World) {
        world.expect_payin(1).await;
        world.deliver_escrow(1, 10_000).await;
        for (number, destination) in [(1, "momo-pays"), (2, "momo-fails"), (3, "momo-refused")] {
            world.request_withdrawal(number, 1_000, destination).await;
        }
    }

    fn has_ended(world: &World) -> bool {
        let ended = ["payin.expired.v1", "escrow.released.v1", "withdrawal.paid.v1"];
        ended.iter().all(|name| world.count(name) >= 1) && world.count("withdrawal.failed.v1") >= 2
    }

    fn check(world: &World, what: &str) {
        let told = world.provider.instructions();
        let told: Vec<_> = told.iter().map(|it| (it.withdrawal, &*it.destination)).collect();
        assert_eq!(told, [(withdrawal(1), "momo-pays"), (withdrawal(2), "momo-fails")], "{what}");
    }
}

disturbed!(All);

#[tokio::test]
async fn undisturbed_each_thing_ends_once() {
    let end = undisturbed::<All>().await;
    for (wire_name, times) in [("escrow.released.v1", 1), ("withdrawal.failed.v1", 2)] {
        assert_eq!(end.events[wire_name], times);
    }
    assert!(!end.events.contains_key("process.stuck.v1"));
}
