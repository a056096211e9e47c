//! Accounts at providers from a file: several of a kind, each with its own address, secrets, ledgers
//! and clearing account; and what keeps a server from starting.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_api::providers::key_id;
use cauri_api::webhooks::signature::KeyText;
use cauri_api::webhooks::{STANDARD_WEBHOOKS, STRIPE_SCHEME, Scheme};
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

const FILE: &str = r#"
[[account]]
name = "stripe-shops"
kind = "stripe"
webhook_secrets = ["env:SHOPS_SECRET", "env:SHOPS_NEXT"]

[[account]]
name = "stripe-rides"
kind = "stripe"
ledgers = ["rides"]
webhook_secrets = ["env:RIDES_SECRET"]

[[account]]
name = "gateway"
kind = "hmac"
webhook_secrets = ["file:FOLDER/new", "file:FOLDER/old"]
[account.settings]
format = "headers"
header = "X-Signature"
id_header = "X-Id"
timestamp_header = "X-Time"
signed = "{id}.{timestamp}.{body}"
encoding = "base64"
"#;

/// Posts a body signed by a scheme; each header is written by `written`.
async fn post_as(
    server: &Server,
    path: &str,
    (scheme, secret): (Scheme, &str),
    body: &str,
    written: impl Fn(&'static str, String) -> (&'static str, String),
) -> (u16, Value) {
    let key = scheme.key(&secret.to_owned().into()).unwrap();
    let now = chrono::Utc::now().timestamp();
    let mut request = server.http().post(server.url(path));
    for (name, value) in scheme.sign(&[key], "msg_1", now, body.as_bytes()) {
        let (name, value) = written(name, value);
        request = request.header(name, value);
    }
    let answer = request.body(body.to_owned()).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn post(server: &Server, path: &str, by: (Scheme, &str), body: &str) -> (u16, Value) {
    post_as(server, path, by, body, |name, value| (name, value)).await
}

async fn payin(server: &Server, wallet: Uuid, provider: &str) -> Uuid {
    let payin = new_id();
    let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
        "amount": "500", "currency": "XOF", "provider": provider });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    payin
}

async fn clearing(server: &Server, account: &str) -> Value {
    let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
        rows { account balance } } }";
    let at = json!({ "at": server.head().await });
    let data = server.graphql("TOKEN_AUDITOR", query, at).await;
    let rows = data["trialBalance"]["rows"].as_array().unwrap();
    rows.iter()
        .find(|row| row["account"] == account)
        .map_or(json!("0"), |row| row["balance"].clone())
}

async fn newest_entry(server: &Server) -> Value {
    let query = "query($at: Revision) { journal(first: 1, atLeastRevision: $at) {
        edges { node { keyId } } } }";
    let at = json!({ "at": server.head().await });
    let data = server.graphql("TOKEN_AUDITOR", query, at).await;
    data["journal"]["edges"][0]["node"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_account_has_its_own_address_secrets_ledgers_and_clearing_account() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("new"), "the new one\n").unwrap();
    std::fs::write(folder.path().join("old"), "the old one\n").unwrap();
    let file = folder.path().join("providers.toml");
    std::fs::write(&file, FILE.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
    let server = Server::start_with(
        &["--providers", file.to_str().unwrap()],
        &[
            ("SHOPS_SECRET", "whsec_shops"),
            ("SHOPS_NEXT", "whsec_next"),
            ("RIDES_SECRET", "whsec_rides"),
        ],
    );
    // Neither of the file's two is the one that a variable of the kind would be taken for.
    let published = std::fs::read_to_string(server.data().join("dev.env")).unwrap();
    assert!(!published.contains("CAURI_STRIPE_WEBHOOK_SECRET"));
    assert!(published.contains("CAURI_FEDAPAY_WEBHOOK_SECRET='"));
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ann").await;

    let shops = (STRIPE_SCHEME, "whsec_shops");
    let rides = (STRIPE_SCHEME, "whsec_rides");
    let body = market::paid(payin(&server, wallet, "stripe-shops").await, 500);
    let by_another = post(&server, "/webhooks/stripe-shops", rides, &body).await;
    assert_eq!(by_another.0, 401, "another account's secret proves nothing here");
    let (status, answer) = post(&server, "/webhooks/stripe-shops", shops, &body).await;
    assert_eq!((status, &answer["effect"]), (200, &json!("applied")), "{answer}");
    assert_eq!(clearing(&server, "clearing:stripe-shops").await, "500");
    // The event names the key that proved it. After a rotation the same delivery is still the same.
    let next = (STRIPE_SCHEME, "whsec_next");
    let again = post(&server, "/webhooks/stripe-shops", next, &format!("{body} ")).await;
    assert_eq!((again.0, &again.1["effect"]), (200, &json!("already")), "{}", again.1);
    let key = key_id(&"whsec_shops".to_owned().into());
    assert_eq!(newest_entry(&server).await["keyId"], key.as_str());
    let elsewhere = post(&server, "/webhooks/stripe-rides", rides, &body).await;
    assert_eq!(elsewhere.0, 404, "an account tells only of its own ledgers");
    assert_eq!(post(&server, "/webhooks/stripe", shops, &body).await.0, 404);

    // The neutral words, by a scheme told in settings; both secrets are good meanwhile.
    let plain = Scheme { key: KeyText::Whole, ..STANDARD_WEBHOOKS };
    let written = |name, value: String| match name {
        "webhook-id" => ("x-id", value),
        "webhook-timestamp" => ("x-time", value),
        _ => ("x-signature", value.trim_start_matches("v1,").to_owned()),
    };
    for (secret, expected) in [("the new one", 200), ("the old one", 200), ("a stranger's", 401)] {
        let payin = payin(&server, wallet, "gateway").await;
        let body = json!({ "type": "payin.succeeded", "id": format!("p-{payin}"),
            "reference": payin, "amount": "500", "currency": "XOF" });
        let by = (plain, secret);
        let answer = post_as(&server, "/webhooks/gateway", by, &body.to_string(), written).await;
        assert_eq!(answer.0, expected, "{secret}: {}", answer.1);
    }
    assert_eq!(clearing(&server, "clearing:gateway").await, "1000");
}

#[test]
fn a_secret_in_the_file_keeps_the_server_from_starting_and_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("providers.toml");
    let text = "[[account]]\nname = \"stripe\"\nwebhook_secrets = [\"whsec_in_the_open\"]\n";
    std::fs::write(&file, text).unwrap();
    let output = cauri_tests::process::cauri(&["serve", "--dev", "--listen", "127.0.0.1:0"])
        .args(["--data-dir".as_ref(), folder.path().join("data").as_os_str()])
        .env("CAURI_PROVIDERS", &file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    let named = format!("{}: the account \"stripe\": webhook_secrets[0] must be", file.display());
    assert!(said.contains(&named), "{said}");
    assert!(!said.contains("in_the_open"), "{said}");
}
