//! Payouts to destinations that are kept elsewhere: they are resolved as late as can be, what is gone
//! fails only where it was certainly not sent, and what cannot be resolved now waits.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::Event;
use cauri_domain::testing::{withdrawal, xof};
use chrono::TimeDelta;

use kit::World;
use kit::disturbed::{Story, disturbed, undisturbed};
use kit::fuse::Fault;
use kit::provider::Call;

/// One withdrawal to each kind of destination; nobody judges them.
struct Kept;

impl Story for Kept {
    const STEPS_LEAST: usize = 10;

    async fn furnish(world: &World) {
        let destinations = ["vlt_momo-pays", "vlt_gone", "vlt_momo-fails", "momo-pays"];
        for (number, destination) in (1..).zip(destinations) {
            world.request_withdrawal(number, 1_000, destination).await;
        }
    }

    fn has_ended(world: &World) -> bool {
        world.count("withdrawal.paid.v1") >= 2 && world.count("withdrawal.failed.v1") >= 2
    }

    fn check(world: &World, what: &str) {
        let told = world.provider.instructions();
        let told: Vec<_> = told.iter().map(|it| (it.withdrawal, &*it.destination)).collect();
        let expected = [(1, "momo-pays"), (3, "momo-fails"), (4, "momo-pays")];
        assert_eq!(told, expected.map(|(number, to)| (withdrawal(number), to)), "{what}");
    }
}

disturbed!(Kept);

#[tokio::test]
async fn undisturbed_the_log_never_names_a_plain_destination() {
    let end = undisturbed::<Kept>().await;
    assert_eq!((end.events["withdrawal.paid.v1"], end.events["withdrawal.failed.v1"]), (2, 2));
}

async fn approved(destination: &str) -> World {
    let world = World::new().await;
    world.request_withdrawal(1, 1_000, destination).await;
    world.approve(1).await;
    world
}

#[tokio::test]
async fn what_is_erased_before_it_is_sent_fails_and_the_money_goes_back() {
    let world = approved("vlt_momo-pays").await;
    world.vault.erase();
    let before = world.balances().await;
    let handle = world.start();
    world.happens("withdrawal.failed.v1", 1).await;
    let failed = world.event("withdrawal.failed.v1").await;
    let Event::WithdrawalFailed(failed) = &failed.event else { panic!("{failed:?}") };
    assert_eq!(failed.reason.as_str(), "destination_erased");
    assert!(world.provider.calls().is_empty(), "nothing was ever sent");
    let after = world.balances().await;
    let wallet = cauri_domain::Account::Wallet(cauri_domain::testing::wallet(1)).to_string();
    assert_eq!(after[&wallet] - before[&wallet], i128::from(xof(1_000).minor()));
    handle.close().await;
}

#[tokio::test]
async fn what_is_erased_after_it_may_have_been_sent_is_asked_for_and_paid() {
    let world = approved("vlt_momo-pays").await;
    // Its submission is recorded first, then it is sent: the provider has it, its answer is lost.
    world.fuse.arm(Some((1, Fault::LostAfter)));
    let handle = world.start();
    world.until("it is sent", || world.fuse.is_blown().then_some(())).await;
    world.vault.erase();
    world.until("it is paid", || (world.count("withdrawal.paid.v1") == 1).then_some(())).await;
    assert_eq!(world.count("withdrawal.failed.v1"), 0);
    let calls = world.provider.calls();
    let sent = calls.iter().filter(|call| matches!(call, Call::Submit(_))).count();
    assert_eq!(sent, 1, "{calls:?}");
    assert_eq!(world.vault.asked(), 1, "what was sent needs to be resolved no more");
    handle.close().await;
}

#[tokio::test]
async fn what_cannot_be_resolved_is_not_sent_and_tried_again_until_it_can() {
    let world = approved("vlt_momo-pays").await;
    world.vault.set_closed(true);
    let handle = world.start();
    for _ in 0..6 {
        world.advance(TimeDelta::minutes(30));
        world.caught_up(&handle).await;
    }
    assert!(world.provider.instructions().is_empty());
    assert_eq!(world.count("withdrawal.failed.v1") + world.count("withdrawal.paid.v1"), 0);
    world.vault.set_closed(false);
    world.until("it is paid", || (world.count("withdrawal.paid.v1") == 1).then_some(())).await;
    let told = world.provider.instructions();
    assert_eq!(told.iter().map(|it| &*it.destination).collect::<Vec<_>>(), ["momo-pays"]);
    handle.close().await;
}
