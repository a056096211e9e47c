//! The real server: endpoints by GraphQL, secrets from its vault, killed in the middle.

use std::time::Duration;

use axum::http::HeaderMap;
use cauri_tests::market::open_ledger;
use cauri_tests::process::files;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::kit::{Answer, Got, Receiver, until};

const ADD: &str = "mutation($input: AddEndpointInput!) { addEndpoint(input: $input) { __typename
    ... on Refused { code field }
    ... on EndpointSecretMade { revision replayed secret endpoint { status nextRevision types } } } }";
const ROTATE: &str = "mutation($input: RotateEndpointSecretInput!) {
    rotateEndpointSecret(input: $input) { __typename ... on Refused { code field }
    ... on EndpointSecretMade { revision replayed secret endpoint { formerSecretUntil } } } }";
const CHANGED: &str = "{ __typename ... on Refused { code field }
    ... on EndpointChanged { revision endpoint { status disabledBecause reason behind } } }";

async fn add(server: &Server, url: &str, command: uuid::Uuid, endpoint: uuid::Uuid) -> Value {
    let input = json!({ "commandId": command, "endpoint": endpoint, "url": url,
        "filter": { "types": ["wallet.*"] } });
    server.graphql("TOKEN_ADMIN", ADD, json!({ "input": input })).await["addEndpoint"].clone()
}

async fn open_wallets(server: &Server, many: usize) -> Vec<u64> {
    let mut revisions = Vec::new();
    for _ in 0..many {
        let input = json!({ "commandId": new_id(), "wallet": new_id(), "owner": "ama" });
        revisions.push(server.done("TOKEN_SERVICE", "openWallet", input).await);
    }
    revisions
}

/// As a receiver does it: with the specification's own library, times included.
fn verify(got: &Got, secret: &str) {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", got.id.parse().unwrap());
    headers.insert("webhook-timestamp", got.timestamp.to_string().parse().unwrap());
    headers.insert("webhook-signature", got.signatures.join(" ").parse().unwrap());
    Webhook::new(secret).unwrap().verify(&got.body, &headers).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_are_managed_by_graphql_and_told_with_secrets_of_the_vault() {
    let (server, receiver) = (Server::start(&[]), Receiver::start().await);
    let (url, endpoint, command) = (receiver.url().to_string(), new_id(), new_id());
    let input = json!({ "commandId": new_id(), "endpoint": endpoint, "url": url });
    let asked = server.graphql("TOKEN_BUYER", ADD, json!({ "input": input })).await;
    assert_eq!(asked["addEndpoint"]["code"], "FORBIDDEN");

    open_ledger(&server).await;
    let added = add(&server, &url, command, endpoint).await;
    assert_eq!(added["endpoint"]["status"], "ENABLED", "{added}");
    assert_eq!(added["endpoint"]["types"], json!(["wallet.*"]));
    let secret = added["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    // Sent again it is the same command, and the secret is not shown a second time.
    let again = add(&server, &url, command, endpoint).await;
    assert_eq!((&again["replayed"], &again["secret"]), (&json!(true), &Value::Null), "{again}");

    let test = "mutation($e: UUID!) { testEndpoint(endpoint: $e) { delivered status error } }";
    let tested = server.graphql("TOKEN_ADMIN", test, json!({ "e": endpoint })).await;
    assert_eq!(tested["testEndpoint"]["delivered"], true, "{tested}");
    assert_eq!(receiver.got()[0].json()["type"], "endpoint.test");

    let wallets = open_wallets(&server, 5).await;
    until("all", async || receiver.taken() == wallets).await;
    receiver.got().iter().for_each(|got| verify(got, &secret));

    let input = json!({ "commandId": new_id(), "endpoint": endpoint });
    let rotated = server.graphql("TOKEN_ADMIN", ROTATE, json!({ "input": input })).await;
    let rotated = &rotated["rotateEndpointSecret"];
    assert!(rotated["endpoint"]["formerSecretUntil"].is_string(), "{rotated}");
    let other = rotated["secret"].as_str().unwrap();
    assert_ne!(other, secret);
    let more = open_wallets(&server, 1).await;
    until("one more", async || receiver.taken().last() == more.last()).await;
    let last = receiver.got().pop().unwrap();
    verify(&last, other);
    verify(&last, &secret);

    // What was sent to see whether it answers is on record too; operators see how all of them stand.
    let query = "query($e: UUID!) { webhookEndpoint(id: $e) { tests { delivered status } } }";
    let found = server.graphql("TOKEN_AUDITOR", query, json!({ "e": endpoint })).await;
    assert_eq!(found["webhookEndpoint"]["tests"], json!([{ "delivered": true, "status": 204 }]));
    let ready = server.http().get(server.url("/readyz")).send().await.unwrap();
    let ready: Value = ready.json().await.unwrap();
    assert_eq!(ready["endpoints"][0]["ledger"], "main", "{ready}");
    assert_eq!(ready["endpoints"][0]["isStuck"], false, "{ready}");
    let metrics = server.http().get(server.url("/metrics")).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for name in ["cauri_outgoing_tries_total{", "cauri_outgoing_endpoints{"] {
        assert!(metrics.contains(name), "{name}");
    }

    let query = "query($e: UUID!) { webhookDeliveries(endpoint: $e, state: DELIVERED, first: 2) {
        eventId revision type state tries { delivered status } } }";
    let found = server.graphql("TOKEN_AUDITOR", query, json!({ "e": endpoint })).await;
    let newest = &found["webhookDeliveries"][0];
    assert_eq!(newest["revision"], more[0], "{found}");
    assert_eq!(newest["eventId"], last.id);
    assert_eq!(newest["tries"][0]["status"], 204);

    let disable = format!(
        "mutation($input: DisableEndpointInput!) {{ disableEndpoint(input: $input) {CHANGED} }}"
    );
    let input = json!({ "commandId": new_id(), "endpoint": endpoint, "reason": "maintenance" });
    let done = server.graphql("TOKEN_ADMIN", &disable, json!({ "input": input })).await;
    let done = &done["disableEndpoint"]["endpoint"];
    assert_eq!((&done["status"], &done["reason"]), (&json!("DISABLED"), &json!("maintenance")));
    let replay = format!(
        "mutation($input: ReplayEndpointInput!) {{ replayEndpoint(input: $input) {CHANGED} }}"
    );
    let beyond = json!({ "commandId": new_id(), "endpoint": endpoint, "fromRevision": 9_999_999 });
    let refused = server.graphql("TOKEN_ADMIN", &replay, json!({ "input": beyond })).await;
    assert_eq!(refused["replayEndpoint"]["field"], "fromRevision");
    // In neither the log nor the schema's answers is a secret.
    let mut log = Vec::new();
    for file in files(&server.data().join("log")) {
        log.extend(std::fs::read(file).unwrap());
    }
    let has = |text: &str| log.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("endpoint.added.v1") && !has(&secret) && !has(other) && !has("whsec_"));
    let dump = server
        .graphql("TOKEN_AUDITOR", "{ webhookEndpoints { id url status dead } }", json!({}))
        .await;
    assert!(!dump.to_string().contains("whsec_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_endpoint_is_added_where_nothing_may_be_sent() {
    let server = Server::start(&[]);
    open_ledger(&server).await;
    for url in [
        "https://10.0.0.1/hook",
        "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/latest/meta-data/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fd00:ec2::254]/",
        "http://93.184.215.14/hook",
        "https://0.0.0.0/",
    ] {
        let answer = add(&server, url, new_id(), new_id()).await;
        assert_eq!(
            (&answer["code"], &answer["field"]),
            (&json!("INVALID_SETTING"), &json!("url")),
            "{url}"
        );
    }
    for url in ["https://ama:secret@shop.example/", "https://shop.example/?key=1", "shop.example"] {
        let answer = add(&server, url, new_id(), new_id()).await;
        assert_eq!(
            (&answer["code"], &answer["field"]),
            (&json!("INVALID_TEXT"), &json!("url")),
            "{url}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_loses_nothing_and_keeps_the_order() {
    let (mut server, receiver) = (Server::start(&[]), Receiver::start().await);
    open_ledger(&server).await;
    let added = add(&server, &receiver.url().to_string(), new_id(), new_id()).await;
    let secret = added["secret"].as_str().unwrap().to_owned();
    let mut wallets = Vec::new();
    for _ in 0..3 {
        // It answers slowly, so that there is always one under way.
        receiver.answers(Answer::Slow(Duration::from_millis(30)));
        wallets.extend(open_wallets(&server, 15).await);
        server.restart();
    }
    receiver.answers(Answer::Status(200));
    wallets.extend(open_wallets(&server, 1).await);
    let revisions = || -> Vec<u64> {
        receiver.got().iter().map(|got| got.json()["revision"].as_u64().unwrap()).collect()
    };
    until("all", async || revisions().last() == wallets.last()).await;
    let mut once = revisions();
    assert!(once.len() <= wallets.len() + 3, "only what was under way comes twice: {once:?}");
    once.dedup();
    assert_eq!(once, wallets);
    receiver.got().iter().for_each(|got| verify(got, &secret));
}
