//! Sent again from a revision: the same ids and bodies. Secrets that overlap.

use cauri_api::outgoing::secrets::Secrets as _;
use cauri_api::webhooks::signature::STANDARD_WEBHOOKS;
use cauri_domain::Revision;
use cauri_domain::endpoint::{Add, Change, Filter, Rotate};
use cauri_domain::testing::{
    disable_endpoint, enable_endpoint, endpoint_id, remove_endpoint, replay_endpoint, secret_place,
};
use chrono::TimeDelta;

use super::kit::{Got, OTHER_SECRET, Receiver, SECRET, World, until};

fn plain(got: &[Got]) -> Vec<(&str, &[u8])> {
    got.iter().map(|got| (got.id.as_str(), got.body.as_slice())).collect()
}

#[tokio::test]
async fn a_replay_sends_the_same_ids_and_bodies() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    let from = Some(Revision(0));
    world.wallets(10).await;
    let added = world.add_with(1, receiver.url(), Filter::default(), from).await;
    world.wallets(10).await;
    let whole = added as usize + 11;
    let first = receiver.has(whole).await;
    assert_eq!(receiver.taken(), (0..whole as u64).collect::<Vec<_>>());
    let replayed = world.ask(replay_endpoint(1, 0)).await;
    let all = receiver.has(2 * whole).await;
    until("the replay itself", async || receiver.taken().last() == Some(&replayed)).await;
    // The replay's own event may have been sent before it was heeded.
    let again: Vec<_> =
        all[whole..].iter().filter(|got| got.json()["revision"] != replayed).cloned().collect();
    assert_eq!(plain(&again), plain(&first)[..again.len()]);
    until("all again", async || receiver.got().len() > 2 * whole).await;
    let again: Vec<_> = receiver.got()[whole..]
        .iter()
        .filter(|got| got.json()["revision"] != replayed)
        .cloned()
        .collect();
    assert_eq!(plain(&again), plain(&first));
}

#[tokio::test]
async fn a_disabled_endpoint_is_put_back_and_goes_on_there() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    let wallets = world.wallets(6).await;
    until("all", async || receiver.taken() == wallets).await;
    world.ask(disable_endpoint(1)).await;
    world.row_is("it stands still", |row| row.terms.status.as_str() == "disabled").await;
    world.ask(replay_endpoint(1, wallets[3])).await;
    let before = receiver.got().len();
    world.ask(enable_endpoint(1, false)).await;
    receiver.has(before + 3).await;
    assert_eq!(receiver.taken()[before..before + 3], wallets[3..]);
}

#[tokio::test]
async fn both_secrets_sign_for_a_day() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    world.wallets(1).await;
    receiver.has(1).await;
    world.ask(Rotate { endpoint: endpoint_id(1), secret: secret_place(2) }).await;
    world.row_is("it is known", |row| row.former.is_some()).await;
    world.wallets(1).await;
    let got = receiver.has(3).await;
    assert!(got[0].is_signed_with(SECRET) && !got[0].is_signed_with(OTHER_SECRET));
    let both = got.last().unwrap();
    assert!(both.is_signed_with(SECRET) && both.is_signed_with(OTHER_SECRET));
    world.clock.advance(TimeDelta::hours(24));
    world.wallets(1).await;
    let got = receiver.has(4).await;
    let one = got.last().unwrap();
    assert!(one.is_signed_with(OTHER_SECRET) && !one.is_signed_with(SECRET));
    let now = cauri_ledger::edge::Clock::now(&*world.clock);
    let over = world.store.forget_former(world.engine.ledger(), now).await.unwrap();
    assert_eq!(over, [secret_place(1)]);
    assert_eq!(world.row(1).await.former, None);
}

#[tokio::test]
async fn rotated_twice_the_oldest_is_erased_at_once() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.add(receiver.url()).await;
    let (ledger, outgoing) = (world.engine.ledger().clone(), world.outgoing.clone().unwrap());
    let third =
        outgoing.make_secret(&ledger, "ama", uuid::Uuid::from_u128(1), endpoint_id(1)).await;
    let (third, is_made) = third.unwrap();
    assert!(is_made);
    for secret in [secret_place(2), third.clone()] {
        world.ask(Rotate { endpoint: endpoint_id(1), secret }).await;
    }
    until("it is erased", async || outgoing.secret(&ledger, &secret_place(1)).await.is_err()).await;
    let row = world.row(1).await;
    assert_eq!((row.terms.secret, row.former.unwrap().0), (third, secret_place(2)));
    world.wallets(1).await;
    let got = receiver.has(3).await;
    let last = got.last().unwrap();
    assert!(last.is_signed_with(OTHER_SECRET) && !last.is_signed_with(SECRET));
    assert_eq!(last.signatures.len(), 2);
}

#[tokio::test]
async fn a_secret_is_made_once_for_a_command_and_not_kept_where_that_is_refused() {
    let mut world = World::start().await;
    let (ledger, outgoing) = (world.engine.ledger().clone(), world.outgoing.clone().unwrap());
    let command = uuid::Uuid::from_u128(7);
    let make =
        async || outgoing.make_secret(&ledger, "ama", command, endpoint_id(1)).await.unwrap();
    let (first, is_made) = make().await;
    assert!(is_made);
    assert_eq!(make().await, (first.clone(), false));
    outgoing.unmake_secret(&world.engine, endpoint_id(1), first.clone()).await.unwrap();
    assert!(outgoing.secret(&ledger, &first).await.is_err());
    // Asked once more it is another, and stays where an endpoint has it.
    let (second, is_made) = make().await;
    assert!(is_made && second != first);
    let url = "https://shop.example/hook".parse().unwrap();
    let filter = Filter::default();
    let add = Add { endpoint: endpoint_id(1), url, filter, secret: second.clone(), from: None };
    world.ask(add).await;
    outgoing.unmake_secret(&world.engine, endpoint_id(1), second.clone()).await.unwrap();
    assert!(outgoing.secret(&ledger, &second).await.is_ok());
}

/// Where what Postgres keeps is lost, the log says it all again: of where events went before, and
/// of secrets that were erased since, nothing is used.
#[tokio::test]
async fn made_again_from_the_log_nothing_goes_where_it_went_before() {
    let (mut world, before, now, removed) = (
        World::start().await,
        Receiver::start().await,
        Receiver::start().await,
        Receiver::start().await,
    );
    world.add(before.url()).await;
    world.add_with(2, removed.url(), Filter::default(), None).await;
    let wallets = world.wallets(3).await;
    before.has(4).await;
    removed.has(3).await;
    let (endpoint, filter) = (endpoint_id(1), Filter::default());
    world.ask(Change { endpoint, url: now.url(), filter }).await;
    world.ask(Rotate { endpoint, secret: secret_place(2) }).await;
    world.ask(remove_endpoint(2)).await;
    let last = world.ask(disable_endpoint(1)).await;
    world.outgoing.clone().unwrap().wait_for(world.engine.ledger(), Revision(last)).await.unwrap();
    world.stop_telling().await;
    let (had, told, gone) = (before.got().len(), now.got().len(), removed.got().len());
    world.forget().await;
    world.secrets.erase(world.engine.ledger().clone(), secret_place(1)).await.unwrap();
    world.tell();
    world.ask(enable_endpoint(1, false)).await;
    until("all once more", async || now.taken().len() >= told + 1 + wallets.len()).await;
    assert_eq!((before.got().len(), removed.got().len()), (had, gone));
    let again = &now.got()[told..];
    assert!(again.iter().all(|got| got.is_signed_with(OTHER_SECRET)));
    assert_eq!(again[0].json()["type"], "endpoint.added.v1", "that of the second");
    assert_eq!(now.taken()[told + 1..told + 1 + wallets.len()], wallets);
}

/// The example of the specification's own test suite, so that two wrongs here cannot agree.
#[test]
fn a_signature_is_that_of_the_specification() {
    let key = STANDARD_WEBHOOKS.key(&SECRET.to_owned().into()).unwrap();
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    let signed = STANDARD_WEBHOOKS.sign(&[key], id, 1_614_265_330, br#"{"test": 2432232314}"#);
    let signature = &signed.iter().find(|(name, _)| *name == "webhook-signature").unwrap().1;
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}
