//! Nothing is sent to where it must not go, also when a name comes to stand for something else.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use cauri_api::outgoing::address::Allowed;
use cauri_api::outgoing::guard::{Forbidden, Lookup};
use cauri_domain::endpoint::EndpointUrl;
use cauri_domain::testing::endpoint_id;
use cauri_domain::{LedgerId, Revision};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::kit::{Receiver, World};

/// A resolver whose owner changes their mind.
#[derive(Clone)]
struct Rebinding(Arc<Mutex<Vec<IpAddr>>>);

impl Lookup for Rebinding {
    fn lookup(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let found = self.0.lock().unwrap().clone();
        async move { Ok(found) }.boxed()
    }
}

async fn word(world: &World, revision: u64) -> String {
    world.due(1).await;
    let (ledger, endpoint) = (LedgerId::main(), endpoint_id(1));
    let delivery = world.store.delivery(&ledger, endpoint, Revision(revision)).await;
    delivery.unwrap().unwrap().attempts[0].error.clone().unwrap()
}

#[tokio::test]
async fn a_name_that_comes_to_stand_for_the_machine_itself_is_not_connected_to() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.stop_telling().await;
    let name = Rebinding(Arc::new(Mutex::new(vec!["93.184.215.14".parse().unwrap()])));
    world.tell_with(Allowed::default(), name.clone());
    let url: EndpointUrl = format!("https://shop.example:{}/hook", receiver.port).parse().unwrap();
    assert_eq!(world.outgoing.as_ref().unwrap().check(&url).await, Ok(()));
    // Between the look and the connection it is another address.
    *name.0.lock().unwrap() = vec!["127.0.0.1".parse().unwrap()];
    world.add(url).await;
    let revision = world.wallets(1).await[0];
    assert_eq!(word(&world, revision).await, "address_refused");
    assert!(receiver.got().is_empty());
}

/// The same, where the connection would have come about: no TLS is in its way.
#[tokio::test]
async fn the_address_that_was_judged_is_the_one_that_is_connected_to() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.stop_telling().await;
    let name = Rebinding(Arc::new(Mutex::new(vec!["127.0.0.1".parse().unwrap()])));
    world.tell_with("127.0.0.2".parse().unwrap(), name.clone());
    let url: EndpointUrl = format!("http://hooks.example:{}/hook", receiver.port).parse().unwrap();
    world.add(url.clone()).await;
    let revision = world.wallets(1).await[0];
    assert_eq!(word(&world, revision).await, "address_refused");
    assert!(receiver.got().is_empty());
    let outgoing = world.outgoing.clone().unwrap();
    assert_eq!(outgoing.check(&url).await, Err(Forbidden::Private));
    // One that is allowed is reached under the same name.
    world.stop_telling().await;
    world.tell_with("hooks.example".parse().unwrap(), name);
    world.clock.advance(chrono::TimeDelta::minutes(1));
    receiver.has(1).await;
}

#[tokio::test]
async fn an_address_that_is_not_allowed_any_more_is_not_sent_to() {
    let (mut world, receiver) = (World::start().await, Receiver::start().await);
    world.stop_telling().await;
    world.tell_with(Allowed::default(), Rebinding(Arc::default()));
    world.add(receiver.url()).await;
    let revision = world.wallets(1).await[0];
    assert_eq!(word(&world, revision).await, "address_refused");
    assert!(receiver.got().is_empty());
}

#[tokio::test]
async fn plain_http_leaves_no_private_network() {
    let mut world = World::start().await;
    world.stop_telling().await;
    let name = Rebinding(Arc::new(Mutex::new(vec!["93.184.215.14".parse().unwrap()])));
    world.tell_with("*".parse().unwrap(), name);
    world.add("http://shop.example/hook".parse().unwrap()).await;
    let revision = world.wallets(1).await[0];
    assert_eq!(word(&world, revision).await, "plain_http_refused");
}
