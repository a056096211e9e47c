//! A story that process managers end by themselves, disturbed at every step: the end is the same.
//!
//! For the tests of every process manager. A story furnishes a ledger with what they have to do,
//! says when all of it has ended, and what must be so then; `disturbed!` makes the tests: each step
//! is lost, or its answer is; the process managers are killed before and after it, and started
//! again from nothing, from an old agenda, from a new one, or with the ledger opened anew; and
//! everything is done twice. Whatever was done to it, the balances and the number of events of each
//! type are those of the run that nothing disturbed, and nothing is in transit.
//!
//! ```ignore
//! struct Expiry;
//!
//! impl Story for Expiry {
//!     async fn furnish(world: &World) { world.expect_payin(1).await }
//!     fn has_ended(world: &World) -> bool { world.count("payin.expired.v1") == 1 }
//! }
//!
//! disturbed!(Expiry);
//! ```

#![allow(unused_macros, unused_imports, reason = "not all tests of this crate disturb a story")]

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;

use cauri_sagas::SagaHandle;

use super::World;
use super::fuse::Fault;

/// More steps than any run has.
const MANY: usize = 300;

/// The accounts that must be empty in the end.
const IN_TRANSIT: [&str; 7] =
    ["withdrawal:", "escrow:", "milestone:", "hold:", "order:", "refund:", "chargeback:"];

/// What process managers have to do, and when it is done.
pub trait Story {
    /// How many steps a run has at least: with fewer, nothing would be disturbed.
    const STEPS_LEAST: usize = 1;

    /// Everything that happens before they start.
    fn furnish(world: &World) -> impl Future<Output = ()>;

    /// Whether all of it has ended; time passes until then.
    fn has_ended(world: &World) -> bool;

    /// What must be so in the end, beside what is always checked.
    fn check(world: &World, what: &str) {
        let _ = (world, what);
    }
}

/// What there is in the end.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    pub balances: BTreeMap<String, i128>,
    pub events: BTreeMap<&'static str, usize>,
}

async fn furnished<S: Story>() -> World {
    let world = World::new().await;
    S::furnish(&world).await;
    world
}

async fn end<S: Story>(world: &World, handle: SagaHandle, what: &str) -> End {
    world.until(what, || S::has_ended(world).then_some(())).await;
    world.fuse.disarm();
    let status = world.caught_up(&handle).await;
    assert_eq!((status.timers, status.open_payouts, status.refused), (0, 0, 0), "{what}");
    handle.close().await;

    let balances = world.balances().await;
    let is_in_transit = |name: &String| IN_TRANSIT.iter().any(|it| name.starts_with(it));
    assert!(!balances.keys().any(is_in_transit), "{what}: {balances:?}");
    S::check(world, what);

    let mut events = BTreeMap::new();
    for recorded in world.events().await {
        *events.entry(recorded.event.wire_name()).or_insert(0) += 1;
    }
    // Those that the helper which catches up has made.
    events.remove("wallet.opened.v1");
    // Whether an answer was lost is on record, and changes nothing else.
    events.remove("withdrawal.unknown.v1");
    // So is what took too long: days may pass in the story while a slow machine makes one step.
    let [stuck, freed] = ["process.stuck.v1", "process.freed.v1"].map(|name| events.remove(name));
    assert_eq!(stuck, freed, "{what}: what was stuck is free again");
    End { balances, events }
}

/// The run that nothing disturbs.
pub async fn undisturbed<S: Story>() -> End {
    let world = furnished::<S>().await;
    let handle = world.start();
    end::<S>(&world, handle, "undisturbed").await
}

/// The step fails, or its answer is lost.
pub async fn fails_at_every_step<S: Story>(fault: Fault) {
    let expected = undisturbed::<S>().await;
    for step in 0..MANY {
        let world = furnished::<S>().await;
        world.fuse.arm(Some((step, fault)));
        let handle = world.start();
        let what = format!("{fault:?} at step {step}");
        assert_eq!(end::<S>(&world, handle, &what).await, expected, "{what}");
        if !world.fuse.is_blown() {
            assert!(step >= S::STEPS_LEAST, "there are more steps than {step}");
            return;
        }
    }
    panic!("a run has no end of steps");
}

/// Where a killed process manager starts from.
#[derive(Debug, Clone, Copy)]
pub enum From {
    Zero,
    StaleAgenda,
    FreshAgenda,
    /// The ledger was lost with it, too, and is opened anew.
    NewLedger,
}

/// They are killed at a step, and started again.
pub async fn restarts_at_every_step<S: Story>(fault: Fault, from: From) {
    let expected = undisturbed::<S>().await;
    for step in 0..MANY {
        let folder = tempfile::tempdir().unwrap();
        let folder_path: PathBuf = folder.path().into();
        let mut world = furnished::<S>().await;
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
        let is_over = || S::has_ended(&world) || world.fuse.is_blown();
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
        assert_eq!(end::<S>(&world, handle, &what).await, expected, "{what}");
        if !is_blown {
            assert!(step >= S::STEPS_LEAST, "there are more steps than {step}");
            return;
        }
    }
    panic!("a run has no end of steps");
}

/// Two processes do everything, and every call reaches the provider twice.
pub async fn each_step_twice<S: Story>() {
    let expected = undisturbed::<S>().await;
    let mut world = furnished::<S>().await;
    world.provider = world.provider.repeating();
    let (handle, other) = (world.start(), world.start());
    let reached = end::<S>(&world, handle, "twice").await;
    assert_eq!(reached, expected);
    let status = world.caught_up(&other).await;
    assert_eq!((status.timers, status.open_payouts, status.failure), (0, 0, None));
    other.close().await;
}

/// The tests of a story: see the module.
macro_rules! disturbed {
    ($story:ty) => {
        #[tokio::test]
        async fn a_step_that_is_lost_changes_nothing_in_the_end() {
            $crate::kit::disturbed::fails_at_every_step::<$story>(Fault::LostBefore).await;
        }

        #[tokio::test]
        async fn a_step_whose_answer_is_lost_changes_nothing_in_the_end() {
            $crate::kit::disturbed::fails_at_every_step::<$story>(Fault::LostAfter).await;
        }

        $crate::kit::disturbed::restarts! { $story:
            killed_before_a_step_they_end_the_same_from_zero KilledBefore Zero,
            killed_after_a_step_they_end_the_same_from_zero KilledAfter Zero,
            killed_before_a_step_they_end_the_same_from_a_stale_agenda KilledBefore StaleAgenda,
            killed_after_a_step_they_end_the_same_from_a_stale_agenda KilledAfter StaleAgenda,
            killed_after_a_step_they_end_the_same_from_a_fresh_agenda KilledAfter FreshAgenda,
            killed_with_the_ledger_before_a_step_they_end_the_same KilledBefore NewLedger,
            killed_with_the_ledger_after_a_step_they_end_the_same KilledAfter NewLedger,
        }

        #[tokio::test]
        async fn each_step_twice_is_each_step_once() {
            $crate::kit::disturbed::each_step_twice::<$story>().await;
        }
    };
}

macro_rules! restarts {
    ($story:ty: $($name:ident $fault:ident $from:ident,)*) => { $(
        #[tokio::test]
        async fn $name() {
            let (fault, from) = (Fault::$fault, $crate::kit::disturbed::From::$from);
            $crate::kit::disturbed::restarts_at_every_step::<$story>(fault, from).await;
        }
    )* };
}

pub(crate) use {disturbed, restarts};
