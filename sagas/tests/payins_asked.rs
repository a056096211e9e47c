//! Providers that are asked of a pay-in before its timer's command is, and do not say.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cauri_domain::payin::{Closing, RecordSubmission};
use cauri_domain::testing::{payin, xof};
use cauri_domain::{Event, ObjectId};
use cauri_sagas::Gateways;
use cauri_sagas::gateway::{
    Begun, ClosedThere, PayinFound, PayinGateway, PayinGateways, PayinKey, PayinOrder,
};
use chrono::TimeDelta;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use kit::World;

/// A provider that answers as it is told.
struct Desk {
    /// How the payment stands, question by question; the last answer is given for ever.
    stands: Mutex<VecDeque<PayinFound>>,
    closes: ClosedThere,
    closings: AtomicUsize,
}

impl Desk {
    fn new(stands: impl Into<VecDeque<PayinFound>>, closes: ClosedThere) -> Arc<Self> {
        let stands = Mutex::new(stands.into());
        Arc::new(Self { stands, closes, closings: AtomicUsize::new(0) })
    }
}

impl PayinGateway for Desk {
    fn begin<'a>(&'a self, _: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        async { Begun::Unknown { why: "begins_nothing".to_owned() } }.boxed()
    }

    fn find<'a>(&'a self, _: &'a PayinKey) -> BoxFuture<'a, PayinFound> {
        let mut stands = self.stands.lock().unwrap();
        let stand = if stands.len() > 1 { stands.pop_front() } else { stands.front().cloned() };
        async { stand.unwrap() }.boxed()
    }

    fn close<'a>(&'a self, _: &'a PayinKey) -> BoxFuture<'a, ClosedThere> {
        self.closings.fetch_add(1, Ordering::Relaxed);
        let closes = self.closes.clone();
        async { closes }.boxed()
    }
}

/// No other pay-in of the kit's world has this payment.
fn object() -> ObjectId {
    "pi_asked".parse().unwrap()
}

fn silent() -> PayinFound {
    PayinFound::Unknown { why: "timed_out".to_owned() }
}

/// A pay-in that was begun at its provider and that nobody paid expires, and is closed there. How
/// that ended.
async fn ends(desk: &Arc<Desk>) -> (World, Closing) {
    let world = World::new().await;
    world.expect_payin(1).await;
    let provider = "sim".parse().unwrap();
    world.ask(RecordSubmission { payin: payin(1), provider, object: object() }).await;
    let mut payins = PayinGateways::default();
    payins.add(provider, Arc::clone(desk) as _, BTreeSet::new());
    let mut gateways = Gateways::default();
    gateways.set_payins(payins);
    let handle = world.start_with(gateways);
    for _ in 0..2_000 {
        if world.count("payin.closed_at_provider.v1") > 0 {
            assert_eq!(handle.status().failure, None);
            let closed = world.event("payin.closed_at_provider.v1").await.event;
            let Event::PayinClosedAtProvider(closed) = closed else { panic!("{closed:?}") };
            return (world, closed.outcome);
        }
        world.advance(TimeDelta::hours(6));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it was never closed: {:?}", handle.status())
}

#[tokio::test]
async fn a_provider_that_does_not_say_whether_it_closed_is_asked_three_times() {
    let unknown = ClosedThere::Unknown { why: "status_503".to_owned() };
    let desk = Desk::new([PayinFound::NotPaid], unknown);
    let (world, outcome) = ends(&desk).await;
    assert_eq!(outcome, Closing::Unknown);
    assert_eq!(desk.closings.load(Ordering::Relaxed), 3);
    assert_eq!(world.count("payin.expired.v1"), 1);
}

#[tokio::test]
async fn what_was_paid_before_it_was_closed_is_asked_for_until_the_provider_says() {
    let paid = PayinFound::Paid { object: object(), amount: xof(500) };
    let desk = Desk::new([PayinFound::NotPaid, silent(), paid], ClosedThere::PaidBefore);
    let (world, outcome) = ends(&desk).await;
    assert_eq!(outcome, Closing::PaidBefore);
    assert_eq!(desk.closings.load(Ordering::Relaxed), 2, "it was asked again");
    assert_eq!(world.count("payin.succeeded_late.v1"), 1, "its money is booked");

    // Where it never says, that it was paid is on record all the same.
    let desk = Desk::new([PayinFound::NotPaid, silent()], ClosedThere::PaidBefore);
    let (world, outcome) = ends(&desk).await;
    assert_eq!((outcome, world.count("payin.succeeded_late.v1")), (Closing::PaidBefore, 0));
    assert_eq!(desk.closings.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn whom_nobody_can_ask_is_no_provider_that_fails_to_answer() {
    let desk = Desk::new([PayinFound::NotAsked], ClosedThere::NotPossible);
    let (world, outcome) = ends(&desk).await;
    assert_eq!(outcome, Closing::NotPossible);
    assert_eq!((desk.closings.load(Ordering::Relaxed), world.count("payin.expired.v1")), (1, 1));
}
