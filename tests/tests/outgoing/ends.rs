//! Schedules and their ends: given up, disabled, probed, enabled; in the world's time.

use std::time::Duration;

use cauri_api::outgoing::schedule::{DELAYS_S, PROBES_S, TRIES_AFTER_ONE_GIVEN_UP};
use cauri_api::outgoing::store::{Row, State};
use cauri_domain::endpoint::{Cause, Change, Disable, Enable, Filter, Rotate, Status};
use cauri_domain::testing::{endpoint_id, remove_endpoint, secret_place};
use cauri_domain::{Event, Revision, clock};
use cauri_ledger::edge::Clock as _;
use chrono::{DateTime, TimeDelta, Utc};

use super::kit::{Answer, OTHER_SECRET, Receiver, World, nothing_more, until};

/// Waits for the next try, says after how many seconds it is, and lets it happen.
async fn next(world: &World, tries: u32) -> i64 {
    let now = world.clock.now();
    let due = world.due(tries).await;
    world.set_clock(due);
    (due - now).num_milliseconds() / 1_000
}

fn is_wait(seconds: i64, wanted: u32) -> bool {
    (i64::from(wanted)..=i64::from(wanted) * 11 / 10).contains(&seconds)
}

/// Lets an event fail until it is given up.
async fn until_given_up(world: &World, revision: u64, delays: &[u32]) {
    for (tries, wanted) in (1..).zip(&delays[1..]) {
        let seconds = next(world, tries).await;
        assert!(is_wait(seconds, *wanted), "try {tries} came after {seconds} s, not {wanted}");
    }
    let dead = async || world.deliveries(State::Dead).await.contains(&revision);
    let disabled = async || world.endpoint().await.status != Status::Enabled;
    until("it is given up", async || dead().await || disabled().await).await;
}

#[tokio::test]
async fn what_fails_for_three_days_is_disabled_probed_and_told_everything_after_all() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    receiver.answers(Answer::Status(500));
    let wallets = world.wallets(5).await;
    let began = world.clock.now();
    until_given_up(&world, wallets[0], &DELAYS_S).await;
    assert!(world.clock.now() - began >= TimeDelta::minutes(75 * 60 + 35));
    let short = &DELAYS_S[..usize::try_from(TRIES_AFTER_ONE_GIVEN_UP).unwrap()];
    for revision in &wallets[1..3] {
        until_given_up(&world, *revision, short).await;
    }
    until("it is disabled", async || {
        world.endpoint().await.status == Status::Disabled(Cause::Failing)
    })
    .await;
    // It was the endpoint, not its events: none of them is dead, and it goes on at the first.
    let row = world.row_is("it is known", |row| row.terms.status != Status::Enabled).await;
    assert_eq!(row.at.next, Revision(wallets[0]));
    assert_eq!(world.deliveries(State::Dead).await, Vec::<u64>::new());
    let tries = receiver.got().len();
    assert_eq!(tries, 10 + 4 + 4);

    let now = world.clock.now();
    let due = world.due(0).await;
    assert!(is_wait((due - now).num_seconds(), PROBES_S[0]));
    world.set_clock(due);
    let got = receiver.has(tries + 1).await;
    assert_eq!(got[tries].json()["type"], "endpoint.test");
    let due = world.due(1).await;
    // What it answered to the probe is on record.
    assert_eq!(world.row(1).await.tests[0].status, Some(500));
    receiver.answers(Answer::Status(204));
    world.set_clock(due);
    let enabled = *wallets.last().unwrap() + 2;
    until("all of it", async || receiver.taken().last() == Some(&enabled)).await;
    let disabled = enabled - 1;
    let expected: Vec<_> = wallets.iter().copied().chain([disabled, enabled]).collect();
    assert_eq!(receiver.taken(), expected);
    let events = world.events(disabled).await;
    assert!(matches!(&events[0], Event::EndpointDisabled(it) if it.cause == Cause::Failing));
    assert!(matches!(&events[1], Event::EndpointEnabled(it) if it.probed));
}

#[tokio::test]
async fn one_event_that_is_never_taken_is_given_up_and_the_others_go_on() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    receiver.answers_next((0..10).map(|_| Answer::Status(422)));
    let wallets = world.wallets(4).await;
    until_given_up(&world, wallets[0], &DELAYS_S).await;
    until("the others", async || receiver.taken() == wallets[1..]).await;
    assert_eq!(world.deliveries(State::Dead).await, [wallets[0]]);
    assert_eq!(world.endpoint().await.status, Status::Enabled);
    // A person has it sent again, once.
    let outgoing = world.outgoing.clone().unwrap();
    let tried = outgoing.retry(&world.engine, endpoint_id(1), Revision(wallets[0])).await.unwrap();
    assert!(tried.is_delivered());
    assert_eq!(world.deliveries(State::Dead).await, Vec::<u64>::new());
    let again = outgoing.retry(&world.engine, endpoint_id(1), Revision(wallets[0])).await;
    assert!(again.is_err(), "it was taken");
    let got = receiver.got();
    assert_eq!((&got[0].id, &got[0].body), (&got.last().unwrap().id, &got.last().unwrap().body));
}

#[tokio::test]
async fn gone_is_gone_until_a_person_says_otherwise() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    receiver.answers(Answer::Status(410));
    let wallets = world.wallets(3).await;
    until("it is disabled", async || {
        world.endpoint().await.status == Status::Disabled(Cause::Gone)
    })
    .await;
    // It is on record what it answered.
    let (ledger, first) = (world.engine.ledger().clone(), Revision(wallets[0]));
    let delivery = world.store.delivery(&ledger, endpoint_id(1), first).await.unwrap().unwrap();
    assert_eq!((delivery.state, delivery.attempts[0].status), (State::Waiting, Some(410)));
    receiver.answers(Answer::Status(200));
    nothing_more(&receiver, async { world.clock.advance(TimeDelta::days(30)) }).await;
    assert_eq!(receiver.got().len(), 1);
    world.ask(Enable { endpoint: endpoint_id(1), probed: false }).await;
    until("all of it", async || receiver.taken().starts_with(&wallets)).await;
}

#[tokio::test]
async fn a_failing_endpoint_that_says_it_is_gone_is_asked_no_more() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    let failing = Disable { endpoint: endpoint_id(1), cause: Cause::Failing };
    world.ask(failing).await;
    let due = world.due(0).await;
    receiver.answers(Answer::Status(410));
    world.set_clock(due);
    let is_gone = Status::Disabled(Cause::Gone);
    until("it is gone", async || world.endpoint().await.status == is_gone).await;
    receiver.answers(Answer::Status(200));
    nothing_more(&receiver, async { world.clock.advance(TimeDelta::days(30)) }).await;
    assert_eq!(world.row(1).await.tests.last().unwrap().status, Some(410));
}

#[tokio::test]
async fn who_asks_for_time_gets_it_but_not_for_ever() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    receiver.answers_next([
        Answer::RetryAfter(429, "120"),
        Answer::RetryAfter(503, "99999999"),
        Answer::Status(502),
    ]);
    world.wallets(1).await;
    assert!(is_wait(next(&world, 1).await, 120));
    assert!(is_wait(next(&world, 2).await, 24 * 3_600));
    assert!(is_wait(next(&world, 3).await, DELAYS_S[3]));
    until("it is taken", async || receiver.taken().len() == 1).await;
}

/// A ledger's own clock is for its rules: what receivers see is the world's time.
#[tokio::test]
async fn a_clock_that_was_set_forward_hurries_nothing_and_ages_no_signature() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    receiver.answers_next([Answer::Status(500)]);
    let wallets = world.wallets(1).await;
    let due = world.due(1).await;
    let year = TimeDelta::days(366);
    let to: DateTime<Utc> = world.engine.clock().now() + year;
    nothing_more(&receiver, async { world.engine.clock().advance_to(to).unwrap() }).await;
    world.ask(clock::Advance { to: to + year }).await;
    world.set_clock(due);
    until("it is taken", async || receiver.taken().starts_with(&wallets)).await;
    let now = world.clock.now().timestamp();
    assert!(receiver.got().iter().all(|got| (now - got.timestamp).abs() < 60));
}

/// Perhaps the old one is in strange hands.
#[tokio::test]
async fn another_address_counts_from_the_next_event_on_however_many_wait() {
    let (mut world, old, new) =
        (World::start().await, Receiver::start().await, Receiver::start().await);
    world.wallets(60).await;
    old.answers(Answer::Slow(Duration::from_millis(20)));
    world.add_with(1, old.url(), Filter::default(), Some(Revision(0))).await;
    old.has(5).await;
    let change = Change { endpoint: endpoint_id(1), url: new.url(), filter: Filter::default() };
    let changed = Revision(world.ask(change).await);
    let outgoing = world.outgoing.clone().unwrap();
    outgoing.wait_for(world.engine.ledger(), changed).await.unwrap();
    let had = old.got().len();
    assert!(had < 50, "it was too quick to show anything: {had}");
    until("the rest", async || new.taken().last() == Some(&changed.0)).await;
    // The one under way, whose answer came after the change.
    assert!(old.got().len() <= had + 1);
    assert!(old.got().len() + new.got().len() <= 60 + 3 + 1, "no more than one comes twice");
}

/// What is said of a request that was under way then is not when the new one is tried.
#[tokio::test]
async fn another_address_or_secret_is_tried_at_once_though_a_request_was_under_way() {
    let (mut world, old, new) =
        (World::start().await, Receiver::start().await, Receiver::start().await);
    let never = Answer::Slow(Duration::from_secs(5));
    old.answers(never.clone());
    world.add(old.url()).await;
    let wallets = world.wallets(1).await;
    old.has(1).await;
    let change = Change { endpoint: endpoint_id(1), url: new.url(), filter: Filter::default() };
    new.answers_next([never, Answer::Status(500)]);
    world.ask(change).await;
    new.has(1).await;
    // Time stands still: what were due only later would never come.
    let rotate = Rotate { endpoint: endpoint_id(1), secret: secret_place(2) };
    world.ask(rotate).await;
    new.has(2).await;
    assert!(new.got()[1].is_signed_with(OTHER_SECRET));
    let now = world.clock.now();
    let is_later = |row: &Row| row.at.due_at.is_some_and(|due| due > now);
    world.row_is("the try with the new secret counts", is_later).await;
    assert_eq!(old.got().len(), 1);
    // What it waited for is not wanted any more: what comes next has tries of its own.
    let types = vec!["escrow.*".parse().unwrap()];
    let filter = Filter { types, ..Filter::default() };
    world.ask(Change { endpoint: endpoint_id(1), url: new.url(), filter }).await;
    let is_new = |row: &Row| row.at.next.0 > wallets[0] && row.at.tries == 0;
    let row = world.row_is("it is left out", is_new).await;
    assert_eq!((row.at.due_at, new.got().len()), (None, 2));
}

#[tokio::test]
async fn another_address_is_tried_at_once_and_a_removed_one_never() {
    let (mut world, broken, good) =
        (World::start().await, Receiver::start().await, Receiver::start().await);
    world.add(broken.url()).await;
    broken.answers(Answer::Status(500));
    let wallets = world.wallets(2).await;
    world.due(1).await;
    let change = Change { endpoint: endpoint_id(1), url: good.url(), filter: Filter::default() };
    world.ask(change).await;
    until("both", async || good.taken().starts_with(&wallets)).await;
    let removed = world.ask(remove_endpoint(1)).await;
    let is_gone = async || {
        let rows = world.store.endpoints(world.engine.ledger()).await.unwrap();
        rows.is_empty()
    };
    until("it is forgotten", is_gone).await;
    let place = secret_place(1);
    let ledger = world.engine.ledger().clone();
    let outgoing = world.outgoing.clone().unwrap();
    assert!(outgoing.secret(&ledger, &place).await.is_err(), "its secret is erased");
    nothing_more(&good, async { drop(world.wallets(2).await) }).await;
    assert!(!good.taken().contains(&removed));
}
