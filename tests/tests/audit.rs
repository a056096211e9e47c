//! What an auditor is given by the built program, over GraphQL and on the command line, checked by the
//! verifier that has code of its own.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::market;
use cauri_tests::process::{cauri, copy};
use cauri_tests::server::{Server, new_id};
use cauri_verify::note::{Checkpoint, Key};
use cauri_verify::{consistency, log, receipt};
use serde_json::{Value, json};
use uuid::Uuid;

/// What `cauri audit` prints; it must end well.
fn audit(data: &Path, arguments: &[&str]) -> String {
    let (good, said) = try_audit(data, arguments);
    assert!(good, "{arguments:?}: {said}");
    said
}

fn try_audit(data: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = cauri(&["audit"]);
    let output = command.args(arguments).arg("--data-dir").arg(data).output().unwrap();
    let said = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(said).unwrap())
}

async fn payin(server: &Server, wallet: Uuid, francs: u64) -> Uuid {
    let id = new_id();
    let input = json!({ "commandId": new_id(), "payin": id, "wallet": wallet,
        "amount": francs.to_string(), "currency": "XOF", "provider": "stripe" });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    server.webhook("stripe", STRIPE_SCHEME, &market::paid(id, francs)).await;
    id
}

/// A receipt, asked for at the ledger's end.
async fn receipt_of(server: &Server, token: &str, of: Value) -> Value {
    let query = "query($of: ReceiptOf!, $at: Revision) { receipt(of: $of, atLeastRevision: $at) }";
    let variables = json!({ "of": of, "at": server.head().await });
    server.try_graphql(token, query, variables).await.unwrap()
}

/// The types of the events that a receipt proves.
fn proved(text: &str, key: &Key) -> Vec<String> {
    let (_, events) = receipt::check(text, key).unwrap();
    let kind = |event: &str| {
        serde_json::from_str::<Value>(event).unwrap()["t"].as_str().unwrap().to_owned()
    };
    events.iter().map(|proved| kind(&proved.event)).collect()
}

/// An address that takes checkpoints.
async fn elsewhere() -> (Arc<Mutex<Vec<String>>>, String) {
    let taken = Arc::<Mutex<Vec<String>>>::default();
    let take = |State(taken): State<Arc<Mutex<Vec<String>>>>, note: String| async move {
        taken.lock().unwrap().push(note);
    };
    let router = Router::new().route("/", post(take)).with_state(Arc::clone(&taken));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    (taken, url)
}

/// Row 1 of `docs/peers-asks.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_and_the_holder_of_a_receipt_check_alone() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let (taken, url) = elsewhere().await;
    let every = ["--audit-every", "1", "--audit-publish-url", &url, "--audit-publish-dir"];
    let arguments = [&every[..], &[published.to_str().unwrap()]].concat();
    let mut server = Server::start(&arguments);
    market::open_ledger(&server).await;
    let (ama, kofi) = (market::wallet(&server, "ama").await, market::wallet(&server, "kofi").await);
    let paid_in = payin(&server, ama, 10_000).await;
    let key = Key::parse(&audit(server.data(), &["key"])).unwrap();
    let early = audit(server.data(), &["checkpoint"]);
    copy(&server.data().join("log"), &folder.path().join("old/log"));

    let escrow = new_id();
    let input = json!({ "commandId": new_id(), "escrow": escrow, "buyer": ama, "seller": kofi,
        "amount": "3333", "currency": "XOF" });
    server.done("TOKEN_BUYER", "openEscrow", input).await;
    let on = json!({ "commandId": new_id(), "escrow": escrow });
    server.done("TOKEN_BUYER", "releaseEscrow", on).await;
    let withdrawal = new_id();
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal, "wallet": kofi,
        "amount": "1000", "currency": "XOF", "destination": "momo-1" });
    server.done("TOKEN_SERVICE", "requestWithdrawal", input).await;

    // Over GraphQL: the checkpoint and proofs for an auditor, not for a party.
    let query = "{ auditCheckpoint { origin size root note publicKey } }";
    let last = server.graphql("TOKEN_AUDITOR", query, json!({})).await["auditCheckpoint"].clone();
    let head = server.head().await;
    assert_eq!((&last["size"], &last["origin"]), (&json!(head + 1), &json!("cauri.local/main")));
    let public = audit(server.data(), &["key"]);
    assert_eq!(last["publicKey"], public.trim());
    let last = last["note"].as_str().unwrap().to_owned();
    let refused = server.try_graphql("TOKEN_BUYER", query, json!({})).await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let (old, new) =
        (Checkpoint::open(&early, &key).unwrap(), Checkpoint::open(&last, &key).unwrap());
    let query = "query($from: Revision!, $to: Revision!) {
        consistencyProof(from: $from, to: $to) { file hashes }
        inclusionProof(revision: 0, size: $from) { size hashes } }";
    let sizes = json!({ "from": old.size, "to": new.size });
    let proofs = server.graphql("TOKEN_AUDITOR", query, sizes).await;
    consistency::check(&old, &new, proofs["consistencyProof"]["file"].as_str().unwrap()).unwrap();
    let beyond = "{ inclusionProof(revision: 100000) { size } }";
    let refused = server.try_graphql("TOKEN_AUDITOR", beyond, json!({})).await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_ARGUMENT");

    // Receipts: for those whose it is, of its own events alone.
    let answer = receipt_of(&server, "TOKEN_SELLER", json!({ "escrow": escrow })).await;
    let released = answer["data"]["receipt"].as_str().unwrap().to_owned();
    assert_eq!(
        proved(&released, &key),
        ["escrow.opened.v1", "escrow.funded.v1", "escrow.released.v1"]
    );
    let answer = receipt_of(&server, "TOKEN_BUYER", json!({ "payin": paid_in })).await;
    let kinds = proved(answer["data"]["receipt"].as_str().unwrap(), &key);
    assert!(kinds.contains(&"payin.succeeded.v1".to_owned()), "{kinds:?}");
    let answer = receipt_of(&server, "TOKEN_SELLER", json!({ "payout": withdrawal })).await;
    let kinds = proved(answer["data"]["receipt"].as_str().unwrap(), &key);
    assert!(kinds.contains(&"withdrawal.requested.v1".to_owned()), "{kinds:?}");
    for (token, of) in [
        ("TOKEN_SELLER", json!({ "payin": paid_in })),
        ("TOKEN_BUYER", json!({ "payout": withdrawal })),
        ("TOKEN_BUYER", json!({ "revision": 0 })),
    ] {
        let refused = receipt_of(&server, token, of.clone()).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{of}: {refused}");
    }
    let none = receipt_of(&server, "TOKEN_AUDITOR", json!({ "refund": new_id() })).await;
    assert_eq!(none["data"]["receipt"], Value::Null);

    // On the command line, beside the server.
    let id = escrow.to_string();
    let told = audit(server.data(), &["receipt", "--escrow", &id]);
    assert_eq!(proved(&told, &key), ["escrow.opened.v1", "escrow.funded.v1", "escrow.released.v1"]);
    let (from, to) = (old.size.to_string(), new.size.to_string());
    let proof = audit(server.data(), &["consistency", "--from", &from, "--to", &to]);
    consistency::check(&old, &new, &proof).unwrap();
    let proof = audit(server.data(), &["prove", "--revision", "0", "--size", &from]);
    assert!(proof.starts_with(&format!("inclusion 0 {from}\n")), "{proof}");
    let leaves = audit(server.data(), &["export-leaves"]);
    let seen = log::check(leaves.as_bytes(), &[old.clone(), new.clone()]).unwrap();
    assert_eq!((seen.covered, seen.events), (head + 1, head + 1));

    // Published: into the folder, and to the address.
    let deadline = Instant::now() + Duration::from_secs(20);
    let latest = loop {
        let latest = std::fs::read_to_string(published.join("main/latest.checkpoint"));
        let latest = latest.ok().map(|note| Checkpoint::open(&note, &key).unwrap());
        // Those of the audit trail come there too, under their own name.
        let told = taken.lock().unwrap().clone();
        let sent = told.iter().rev().find_map(|note| Checkpoint::open(note, &key).ok());
        match latest {
            Some(latest) if latest == new && sent.as_ref() == Some(&new) => break latest,
            other => assert!(Instant::now() < deadline, "published: {other:?} and {sent:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    log::check(leaves.as_bytes(), &[latest]).unwrap();

    // Somebody brings an old backup back: nothing more is signed.
    server.stop();
    let data = folder.path().join("old");
    copy(&server.data().join("transparency"), &data.join("transparency"));
    std::fs::copy(server.data().join("audit.key"), data.join("audit.key")).unwrap();
    let (good, said) = try_audit(&data, &["checkpoint"]);
    assert!(!good && said.contains("nothing more is signed"), "{said}");
    // And whoever holds the last checkpoint sees it.
    let leaves = audit(&data, &["export-leaves"]);
    let why = log::check(leaves.as_bytes(), &[new]).unwrap_err().to_string();
    assert!(why.contains("are missing"), "{why}");
}
