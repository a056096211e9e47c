//! What providers publish is fetched when a delivery names what is not known, and not for everybody
//! who asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use cauri_api::providers::{Accounts, Kind, Published, Unconfirmed};
use cauri_api::webhooks::Providers;
use serde_json::json;

use crate::kit::{account, headers};

/// A provider that publishes its keys to whoever has the token; answers with its address and with
/// how often it was asked.
async fn publisher() -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let keys = move |headers: HeaderMap| async move {
        counter.fetch_add(1, Ordering::SeqCst);
        assert_eq!(headers["authorization"], "Bearer token");
        let pem = include_str!("../keys/p256.pem");
        axum::Json(json!([{ "id": "KEY:1", "key": pem }]))
    };
    let router = Router::new().route("/v2/public-key/http", get(keys));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    (url, asked)
}

fn naming(key: &str) -> HeaderMap {
    let input = format!("sig-pp=(\"@path\");alg=\"ecdsa-p256-sha256\";keyid=\"{key}\";created=1");
    headers(&[("signature-input", &input)])
}

#[tokio::test]
async fn keys_are_fetched_once_and_an_unknown_one_is_not_asked_for_again_at_once() {
    let (url, asked) = publisher().await;
    let settings = [
        ("url", url.as_str()),
        ("api_token", "token"),
        ("public_url", "https://pay.example.com/webhooks/pawapay"),
    ];
    let account = account(Kind::Pawapay, &[], &settings);
    let name = account.name;
    let accounts = Accounts::try_from(vec![account]).unwrap();
    let providers = Providers::try_new(&accounts).unwrap();
    let published = Published::try_new(&accounts).unwrap();

    published.prepare(&providers, name, &headers(&[])).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 0, "what names no key needs none");
    for _ in 0..3 {
        published.prepare(&providers, name, &naming("KEY:1")).await.unwrap();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    for key in ["KEY:2", "KEY:3"] {
        let refused = published.prepare(&providers, name, &naming(key)).await;
        assert!(matches!(refused, Err(Unconfirmed::Unknown(_))), "{refused:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "anybody may name keys that do not exist");
}

#[tokio::test]
async fn what_cannot_be_fetched_is_to_be_sent_again() {
    let settings =
        [("url", "http://127.0.0.1:9"), ("public_url", "https://pay.example.com/webhooks/pawapay")];
    let account = account(Kind::Pawapay, &[], &settings);
    let name = account.name;
    let accounts = Accounts::try_from(vec![account]).unwrap();
    let providers = Providers::try_new(&accounts).unwrap();
    let published = Published::try_new(&accounts).unwrap();
    let refused = published.prepare(&providers, name, &naming("KEY:1")).await;
    assert!(matches!(refused, Err(Unconfirmed::Unknown(_))), "{refused:?}");
}
