//! Providers that are away: what waits for them is neither lost nor doubled, and takes no room.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cauri_domain::testing::{wallet, withdrawal, xof};
use cauri_domain::{
    Account, Event, PaymentMethodId, WithdrawalId, payment_method, withdrawal as withdrawals,
};
use cauri_sagas::gateway::{PayoutGateway, PayoutInstruction, PayoutStatus, Submitted};
use cauri_sagas::{Chance, CircuitState, Gateways, Route, SagaHandle, SagaStatus};
use chrono::TimeDelta;
use futures::future::BoxFuture;
use uuid::Uuid;

use kit::provider::{Call, Provider};
use kit::{World, eventually};

/// So many are asked of a provider at once.
const AT_ONCE: usize = 8;
/// So many may have been given to it when it goes away: those that are under way, those given ahead,
/// and those whose places were taken by others before the circuit opened.
const GIVEN: usize = AT_ONCE + AT_ONCE * 2 + 5;

async fn world() -> World {
    let mut world = World::new().await;
    world.options.payouts_at_once = AT_ONCE;
    // The longest wait there can be: bounds hold whatever chance says.
    world.options.chance = Chance::new(|| u64::MAX);
    world
}

async fn approved(world: &World, numbers: std::ops::RangeInclusive<u128>, francs: u64) {
    for number in numbers {
        world.request_withdrawal(number, francs, "momo-pays").await;
        world.approve(number).await;
    }
}

/// Lets the process managers do what is due, then lets time pass.
async fn pass(world: &World, handle: &SagaHandle, by: TimeDelta) -> SagaStatus {
    for _ in 0..5 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    let status = handle.status();
    assert_eq!(status.failure, None);
    world.advance(by);
    status
}

fn submissions(provider: &Provider) -> BTreeMap<WithdrawalId, usize> {
    let mut counts = BTreeMap::new();
    for call in provider.calls() {
        if let Call::Submit(withdrawal) = call {
            *counts.entry(withdrawal).or_default() += 1;
        }
    }
    counts
}

/// Which provider each withdrawal was given to.
async fn given(world: &World) -> BTreeMap<WithdrawalId, String> {
    let mut given = BTreeMap::new();
    for recorded in world.events().await {
        if let Event::WithdrawalSubmitted(event) = recorded.event {
            let before = given.insert(event.withdrawal, event.provider.to_string());
            assert_eq!(before, None, "a withdrawal is given once");
        }
    }
    given
}

#[tokio::test]
async fn an_hour_away_with_a_thousand_queued_loses_none_and_pays_none_twice() {
    const MANY: usize = 1_000;
    let world = world().await;
    approved(&world, 1..=MANY as u128, 50).await;
    // The first ones are taken, and their answers lost; then nothing is taken any more.
    world.provider.set_mute(true);
    let mut handle = world.start();
    eventually("some are taken", || (world.provider.calls().len() >= AT_ONCE).then_some(())).await;
    world.provider.set_unreachable(true);
    for quarter_minute in 0..240 {
        if quarter_minute == 120 {
            // Killed in the middle of it: nothing that waits is in memory alone.
            drop(handle);
            handle = world.start();
            eventually("it is live again", || handle.status().is_live.then_some(())).await;
        }
        let status = pass(&world, &handle, TimeDelta::seconds(15)).await;
        let [provider] = &status.providers[..] else { panic!("{status:?}") };
        assert!(provider.asking <= AT_ONCE, "{status:?}");
        assert!(provider.payments <= GIVEN, "what waits is not given: {status:?}");
        if quarter_minute == 239 {
            assert_ne!(provider.circuit, CircuitState::Closed, "{status:?}");
            assert_eq!(provider.payments + status.waiting_for_provider, MANY, "{status:?}");
        }
    }
    assert!(world.provider.most_at_once() <= AT_ONCE);
    let tries = world.provider.calls().len();
    assert!(tries < 150, "a provider that is away is left alone: {tries} tries in an hour");
    assert!(world.count("withdrawal.submitted.v1") <= GIVEN);
    let taken: BTreeSet<_> =
        world.provider.instructions().into_iter().map(|it| it.withdrawal).collect();
    assert!(!taken.is_empty(), "some were taken without an answer");

    world.provider.set_mute(false);
    world.provider.set_unreachable(false);
    world.provider.forget_calls();
    for _ in 0..5_000 {
        if world.count("withdrawal.paid.v1") == MANY {
            break;
        }
        pass(&world, &handle, TimeDelta::seconds(30)).await;
    }
    assert_eq!(world.count("withdrawal.paid.v1"), MANY);
    assert_eq!(world.count("withdrawal.failed.v1"), 0);
    let status = world.caught_up(&handle).await;
    assert_eq!((status.open_payouts, status.waiting_for_provider, status.refused), (0, 0, 0));
    assert_eq!(status.providers[0].circuit, CircuitState::Closed);
    assert_eq!(status.providers[0].payments, 0, "nothing is left behind");
    assert!(world.provider.most_at_once() <= AT_ONCE);
    handle.close().await;

    assert_eq!(world.provider.instructions().len(), MANY);
    let sent = submissions(&world.provider);
    assert!(sent.values().all(|times| *times == 1), "{sent:?}");
    assert!(sent.keys().all(|it| !taken.contains(it)), "what was taken is asked for, not sent");
    assert_eq!(given(&world).await.len(), MANY);
    let balances = world.balances().await;
    assert_eq!(balances[&Account::Wallet(wallet(1)).to_string()], 50_000);
    assert!(!balances.keys().any(|name| name.starts_with("withdrawal:")), "{balances:?}");
}

fn two(first: &Provider, second: &Provider) -> Gateways {
    let mut gateways = Gateways::default();
    for (name, provider) in [("first", first), ("second", second)] {
        gateways.add(name.parse().unwrap(), Arc::new(provider.clone()));
    }
    let providers = ["first", "second"].map(|name| name.parse().unwrap()).to_vec();
    gateways.add_route(Route { providers, ..Route::default() });
    gateways
}

#[tokio::test]
async fn what_was_not_given_to_a_provider_that_is_away_goes_to_the_next() {
    const MANY: usize = 100;
    let world = world().await;
    let (first, second) = (world.provider.clone(), Provider::new(Arc::clone(&world.fuse)));
    first.set_unreachable(true);
    approved(&world, 1..=MANY as u128, 50).await;
    let handle = world.start_with(two(&first, &second));
    let mut status = handle.status();
    for _ in 0..400 {
        status = pass(&world, &handle, TimeDelta::seconds(15)).await;
        if status.waiting_for_provider == 0
            && status.is_live
            && world.count("withdrawal.paid.v1") + status.open_payouts == MANY
            && status.providers[1].payments == 0
        {
            break;
        }
    }
    assert_eq!(status.waiting_for_provider, 0, "{status:?}");
    let stuck = given(&world).await.values().filter(|it| *it == "first").count();
    assert!((1..=GIVEN).contains(&stuck), "{stuck}");
    assert_eq!(world.count("withdrawal.paid.v1"), MANY - stuck);
    let shown: Vec<_> =
        status.providers.iter().map(|it| it.circuit == CircuitState::Closed).collect();
    assert_eq!(shown, [false, true]);
    assert!(status.providers[0].since.is_some() && status.providers[0].next_try.is_some());

    first.set_unreachable(false);
    for _ in 0..400 {
        pass(&world, &handle, TimeDelta::seconds(15)).await;
        if world.count("withdrawal.paid.v1") == MANY {
            break;
        }
    }
    assert_eq!(world.count("withdrawal.paid.v1"), MANY);
    handle.close().await;
    // What was given to one stayed with it.
    for (provider, name) in [(&first, "first"), (&second, "second")] {
        let paid: BTreeSet<_> = provider.instructions().iter().map(|it| it.withdrawal).collect();
        let given = given(&world).await;
        let given = given.iter().filter(|(_, it)| *it == name).map(|(withdrawal, _)| *withdrawal);
        assert_eq!(paid, given.collect());
    }
}

#[tokio::test]
async fn a_withdrawal_to_a_payment_method_goes_to_the_provider_that_has_it_in_its_vault() {
    let world = world().await;
    let (first, second) = (world.provider.clone(), Provider::new(Arc::clone(&world.fuse)));
    let method = PaymentMethodId(Uuid::from_u128(77));
    world
        .ask(payment_method::Add {
            method,
            wallet: wallet(1),
            provider: "second".parse().unwrap(),
            kind: "mobile-money".parse().unwrap(),
            token: "momo-pays".parse().unwrap(),
            hint: None,
        })
        .await;
    for (number, method) in [(1, Some(method)), (2, None)] {
        world
            .ask(withdrawals::Request {
                withdrawal: withdrawal(number),
                wallet: wallet(1),
                amount: xof(500),
                destination: method.is_none().then(|| "momo-pays".parse().unwrap()),
                method,
            })
            .await;
        world.approve(number).await;
    }
    let handle = world.start_with(two(&first, &second));
    world.until("both are paid", || (world.count("withdrawal.paid.v1") == 2).then_some(())).await;
    let given = given(&world).await;
    assert_eq!((&*given[&withdrawal(1)], &*given[&withdrawal(2)]), ("second", "first"));
    handle.close().await;
}

#[tokio::test]
async fn what_no_route_leads_anywhere_waits_and_is_counted() {
    let world = world().await;
    let mut gateways = Gateways::default();
    gateways.add("sim".parse().unwrap(), Arc::new(world.provider.clone()));
    let providers = vec!["sim".parse().unwrap()];
    gateways.add_route(Route { most: Some(xof(100)), providers, ..Route::default() });
    approved(&world, 1..=1, 100).await;
    approved(&world, 2..=2, 101).await;
    let handle = world.start_with(gateways);
    world.until("one is paid", || (world.count("withdrawal.paid.v1") == 1).then_some(())).await;
    eventually("the other waits", || (handle.status().without_provider == 1).then_some(())).await;
    assert_eq!(given(&world).await.keys().copied().collect::<Vec<_>>(), [withdrawal(1)]);
    handle.close().await;
}

#[tokio::test]
async fn an_account_of_another_ledger_pays_nothing_here() {
    let world = world().await;
    let mut gateways = Gateways::default();
    let other = ["other".parse().unwrap()].into();
    gateways.add_account("sim".parse().unwrap(), Arc::new(world.provider.clone()), other, true);
    approved(&world, 1..=1, 100).await;
    let handle = world.start_with(gateways);
    eventually("it waits", || (handle.status().without_provider == 1).then_some(())).await;
    assert!(handle.status().providers.is_empty());
    handle.close().await;
    assert!(world.provider.calls().is_empty());
}

/// A provider that can use destinations of one form alone.
struct Takes(&'static str, Provider);

impl PayoutGateway for Takes {
    fn provider(&self) -> &str {
        self.1.provider()
    }

    fn takes(&self, destination: &str) -> bool {
        destination.starts_with(self.0)
    }

    fn submit<'a>(&'a self, instruction: &'a PayoutInstruction) -> BoxFuture<'a, Submitted> {
        self.1.submit(instruction)
    }

    fn status(&self, withdrawal: WithdrawalId) -> BoxFuture<'_, PayoutStatus> {
        self.1.status(withdrawal)
    }
}

#[tokio::test]
async fn a_destination_leads_by_what_its_reference_stands_for_to_who_can_use_it() {
    let world = world().await;
    let mut gateways = Gateways::default();
    for (name, form) in [("bank", "bank-"), ("momo", "momo-"), ("any", "")] {
        let provider = Takes(form, world.provider.clone());
        gateways.add(name.parse().unwrap(), Arc::new(provider));
    }
    let named = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let destination = Some("momo-".to_owned());
    gateways.add_route(Route {
        destination,
        providers: named(&["bank", "momo"]),
        ..Route::default()
    });
    gateways.add_route(Route { providers: named(&["any"]), ..Route::default() });
    let destinations = ["vlt_momo-pays", "momo-pays", "vlt_bank-1", "vlt_gone"];
    for (number, destination) in (1..).zip(destinations) {
        world.request_withdrawal(number, 100, destination).await;
        world.approve(number).await;
    }

    world.vault.set_closed(true);
    let handle = world.start_with(gateways);
    world.until("one is paid", || (world.count("withdrawal.paid.v1") == 1).then_some(())).await;
    assert_eq!(given(&world).await.len(), 1, "where the others go cannot be told now");
    world.vault.set_closed(false);
    world
        .until("all are given", || (world.count("withdrawal.submitted.v1") == 4).then_some(()))
        .await;
    world.until("one fails", || (world.count("withdrawal.failed.v1") == 1).then_some(())).await;
    let given = given(&world).await;
    let who: Vec<&str> = (1..=3).map(|number| &*given[&withdrawal(number)]).collect();
    assert_eq!(who, ["momo", "momo", "any"]);
    assert!(!submissions(&world.provider).contains_key(&withdrawal(4)), "it is erased");
    handle.close().await;
}
