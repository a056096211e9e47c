//! All processes at once, disturbed at every step: the end is the same.
//!
//! After each run no money is in transit, the books balance, and the provider has one payout for
//! each withdrawal that the books call paid.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use std::collections::BTreeMap;
use std::path::PathBuf;

use cauri_domain::testing::withdrawal;
use cauri_sagas::SagaHandle;

use kit::World;
use kit::fuse::Fault;

/// More steps than any run has.
const MANY: usize = 200;

/// What there is in the end.
#[derive(Debug, PartialEq, Eq)]
struct End {
    balances: BTreeMap<String, i128>,
    events: BTreeMap<&'static str, usize>,
}

/// A pay-in that nobody pays, an escrow that nobody releases, and a withdrawal of each kind that
/// nobody judges.
async fn furnished() -> World {
    let world = World::new().await;
    world.expect_payin(1).await;
    world.deliver_escrow(1, 10_000).await;
    for (number, destination) in [(1, "momo-pays"), (2, "momo-fails"), (3, "momo-refused")] {
        world.request_withdrawal(number, 1_000, destination).await;
    }
    world
}

fn has_ended(world: &World) -> bool {
    let ended = ["payin.expired.v1", "escrow.released.v1", "withdrawal.paid.v1"];
    ended.iter().all(|name| world.count(name) >= 1) && world.count("withdrawal.failed.v1") >= 2
}

async fn end(world: &World, handle: SagaHandle, what: &str) -> End {
    world.until(what, || has_ended(world).then_some(())).await;
    world.fuse.disarm();
    let status = world.caught_up(&handle).await;
    assert_eq!((status.timers, status.open_payouts, status.refused), (0, 0, 0), "{what}");
    handle.close().await;

    let balances = world.balances().await;
    let in_transit = |name: &String| name.starts_with("withdrawal:") || name.starts_with("escrow:");
    assert!(!balances.keys().any(in_transit), "{what}: {balances:?}");
    let told = world.provider.instructions();
    let told: Vec<_> = told.iter().map(|it| (it.withdrawal, &*it.destination)).collect();
    assert_eq!(told, [(withdrawal(1), "momo-pays"), (withdrawal(2), "momo-fails")], "{what}");

    let mut events = BTreeMap::new();
    for recorded in world.events().await {
        *events.entry(recorded.event.wire_name()).or_insert(0) += 1;
    }
    // Those that the helper which catches up has made.
    events.remove("wallet.opened.v1");
    End { balances, events }
}

/// The run that nothing disturbs.
async fn undisturbed() -> End {
    let world = furnished().await;
    let handle = world.start();
    let end = end(&world, handle, "undisturbed").await;
    for (wire_name, times) in [("escrow.released.v1", 1), ("withdrawal.failed.v1", 2)] {
        assert_eq!(end.events[wire_name], times);
    }
    end
}

/// The step fails, or its answer is lost.
async fn fails_at_every_step(fault: Fault) {
    let expected = undisturbed().await;
    for step in 0..MANY {
        let world = furnished().await;
        world.fuse.arm(Some((step, fault)));
        let handle = world.start();
        let what = format!("{fault:?} at step {step}");
        assert_eq!(end(&world, handle, &what).await, expected, "{what}");
        if !world.fuse.is_blown() {
            assert!(step > 10, "there are more steps than {step}");
            return;
        }
    }
    panic!("a run has no end of steps");
}

/// Where a killed process manager starts from.
#[derive(Debug, Clone, Copy)]
enum From {
    Zero,
    StaleAgenda,
    FreshAgenda,
    /// The ledger was lost with it, too, and is opened anew.
    NewLedger,
}

/// They are killed at a step, and started again.
async fn restarts_at_every_step(fault: Fault, from: From) {
    let expected = undisturbed().await;
    for step in 0..MANY {
        let folder = tempfile::tempdir().unwrap();
        let folder_path: PathBuf = folder.path().into();
        let mut world = furnished().await;
        match from {
            From::Zero | From::NewLedger => {}
            From::StaleAgenda => {
                world = world.with_agendas(folder_path, u64::MAX);
                let before = world.start();
                world.caught_up(&before).await;
                before.close().await;
                assert!(folder.path().join("main.agenda").exists());
            }
            From::FreshAgenda => world = world.with_agendas(folder_path, 1),
        }
        world.fuse.arm(Some((step, fault)));
        let mut handle = world.start();
        let what = format!("{fault:?} at step {step}, started from {from:?}");
        let is_over = || has_ended(&world) || world.fuse.is_blown();
        world.until(&what, || is_over().then_some(())).await;
        let is_blown = world.fuse.is_blown();
        if is_blown {
            drop(handle);
            if matches!(from, From::NewLedger) {
                // What it was about to write is never written, and what it wrote is never told.
                world.reopen().await;
            } else {
                world.fuse.mend();
            }
            handle = world.start();
        }
        assert_eq!(end(&world, handle, &what).await, expected, "{what}");
        if !is_blown {
            assert!(step > 10, "there are more steps than {step}");
            return;
        }
    }
    panic!("a run has no end of steps");
}

#[tokio::test]
async fn a_step_that_is_lost_changes_nothing_in_the_end() {
    fails_at_every_step(Fault::LostBefore).await;
}

#[tokio::test]
async fn a_step_whose_answer_is_lost_changes_nothing_in_the_end() {
    fails_at_every_step(Fault::LostAfter).await;
}

#[tokio::test]
async fn killed_before_a_step_they_end_the_same_from_zero() {
    restarts_at_every_step(Fault::KilledBefore, From::Zero).await;
}

#[tokio::test]
async fn killed_after_a_step_they_end_the_same_from_zero() {
    restarts_at_every_step(Fault::KilledAfter, From::Zero).await;
}

#[tokio::test]
async fn killed_before_a_step_they_end_the_same_from_a_stale_agenda() {
    restarts_at_every_step(Fault::KilledBefore, From::StaleAgenda).await;
}

#[tokio::test]
async fn killed_after_a_step_they_end_the_same_from_a_stale_agenda() {
    restarts_at_every_step(Fault::KilledAfter, From::StaleAgenda).await;
}

#[tokio::test]
async fn killed_after_a_step_they_end_the_same_from_a_fresh_agenda() {
    restarts_at_every_step(Fault::KilledAfter, From::FreshAgenda).await;
}

#[tokio::test]
async fn killed_with_the_ledger_before_a_step_they_end_the_same() {
    restarts_at_every_step(Fault::KilledBefore, From::NewLedger).await;
}

#[tokio::test]
async fn killed_with_the_ledger_after_a_step_they_end_the_same() {
    restarts_at_every_step(Fault::KilledAfter, From::NewLedger).await;
}

/// Two processes do everything, and every call reaches the provider twice.
#[tokio::test]
async fn each_step_twice_is_each_step_once() {
    let expected = undisturbed().await;
    let mut world = furnished().await;
    world.provider = world.provider.repeating();
    let (handle, other) = (world.start(), world.start());
    let reached = end(&world, handle, "twice").await;
    assert_eq!(reached, expected);
    let status = world.caught_up(&other).await;
    assert_eq!((status.timers, status.open_payouts, status.failure), (0, 0, None));
    other.close().await;
}
