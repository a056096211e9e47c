//! The process of escrows, disturbed at every step: the end is the same.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::escrow::{Deliver, Fund, More, Party, WithdrawDispute};
use cauri_domain::testing::{
    deliver, dispute, escrow, minute, open_escrow, open_milestones, open_with, xof,
};

use kit::World;
use kit::disturbed::{Story, disturbed, undisturbed};
use kit::fuse::Fault;

/// Milestones of which two are delivered and one is never funded; one escrow that nobody funds; one
/// that nobody delivers; and one whose dispute is withdrawn.
struct Deadlines;

impl Story for Deadlines {
    const STEPS_LEAST: usize = 2;

    async fn furnish(world: &World) {
        let later = || More { fund_by: Some(minute(600)), ..More::default() };
        world.ask(open_milestones(1, &[100, 200, 300], later())).await;
        for milestone in [Some(1), Some(2)] {
            world.ask(Fund { escrow: escrow(1), milestone }).await;
        }
        world.ask(Deliver { escrow: escrow(1), milestone: Some(2), evidence: None }).await;
        world.ask(open_with(2, xof(50), later())).await;
        let promised = More { deliver_by: Some(minute(900)), ..More::default() };
        world.ask(open_with(3, xof(70), promised)).await;
        world.ask(open_escrow(4, 1, 2, xof(90))).await;
        world.ask(deliver(4)).await;
        world.ask(dispute(4, None, Party::Buyer)).await;
        world.ask(WithdrawDispute { escrow: escrow(4), milestone: None }).await;
        world.ask(Deliver { escrow: escrow(1), milestone: Some(1), evidence: None }).await;
    }

    fn has_ended(world: &World) -> bool {
        world.count("escrow.canceled.v1") == 2
            && world.count("escrow.refunded.v1") == 1
            && world.count("escrow.released.v1") == 3
    }
}

disturbed!(Deadlines);

#[tokio::test]
async fn undisturbed_each_part_ends_once() {
    let end = undisturbed::<Deadlines>().await;
    assert_eq!(end.events["escrow.released.v1"], 3);
}
