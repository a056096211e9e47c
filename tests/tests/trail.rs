//! The audit trail of the real server: what people do is in it, nothing else of theirs is, and nobody
//! takes anything out of it unseen.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cauri_tests::market;
use cauri_tests::process::{cauri, copy};
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

const NUMBER: &str = "+22890112233";

fn run(data: &Path, arguments: &[&str]) -> (bool, String) {
    let output = cauri(arguments).arg("--data-dir").arg(data).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// The trail as the command line prints it.
fn trail(data: &Path, filter: &[&str]) -> Vec<Value> {
    let (good, text) = run(data, &[&["audit", "trail"], filter].concat());
    assert!(good, "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_kind<'a>(entries: &'a [Value], kind: &str) -> Vec<&'a Value> {
    entries.iter().filter(|it| it["t"] == format!("access.{kind}.v1")).collect()
}

/// An operation with a token that is no token of ours; the status.
async fn with_bad_token(server: &Server) -> u16 {
    let request = server.http().post(server.url("/graphql")).bearer_auth("stolen.secret.token");
    let body = json!({ "query": "{ version }" });
    request.json(&body).send().await.unwrap().status().as_u16()
}

const ITEM: &str = "query($it: String!) { vaultItem(reference: $it) { masked isErased } }";

async fn destination(server: &Server, wallet: Uuid) -> String {
    let query = "mutation($input: StoreDestinationInput!) { storeDestination(input: $input) {
        __typename ... on DestinationStored { reference } } }";
    let input = json!({ "commandId": new_id(), "wallet": wallet, "destination": NUMBER });
    let data = server.graphql("TOKEN_BUYER", query, json!({ "input": input })).await;
    data["storeDestination"]["reference"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_do_is_on_record_once_and_nothing_of_theirs_is() {
    let mut server = Server::start(&["--demo"]);
    let ama = market::wallet(&server, "ama").await;
    market::fund(&server, ama, 50_000).await;

    // Refused: by the rules, and by who asks.
    let command = new_id();
    let transfer = market::transfer(command, ama, market::wallet(&server, "esi").await, "90000");
    let refused = server.mutate("TOKEN_BUYER", "transfer", transfer).await;
    assert_eq!(refused["code"], "INSUFFICIENT_FUNDS", "{refused}");
    let looked = server
        .try_graphql("TOKEN_BUYER", "{ mine: auditTrail { edges { node { kind } } } }", json!({}))
        .await
        .unwrap();
    assert_eq!(looked["errors"][0]["extensions"]["code"], "FORBIDDEN");

    // Approved, administered.
    let withdrawal = new_id();
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal, "wallet": ama,
        "amount": "1000", "currency": "XOF", "destination": "momo-1" });
    server.done("TOKEN_BUYER", "requestWithdrawal", input).await;
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal });
    let approved = server.done("TOKEN_FINANCE", "approveWithdrawal", input).await;
    let input = json!({ "commandId": new_id(), "wallet": ama, "reason": "fraud" });
    let frozen = server.done("TOKEN_ADMIN", "freezeWallet", input).await;

    // Read: by the owner, which is no matter; by staff, before and after it was erased.
    let reference = destination(&server, ama).await;
    for token in ["TOKEN_BUYER", "TOKEN_ADMIN"] {
        let item = server.graphql(token, ITEM, json!({ "it": reference })).await;
        assert_eq!(item["vaultItem"]["isErased"], false);
    }
    let query = "mutation($input: EraseSubjectInput!) { eraseSubject(input: $input) {
        ... on SubjectErased { revision isDone } } }";
    let input = json!({ "commandId": new_id(), "subject": "ama", "reason": "asked_for" });
    server.graphql("TOKEN_ADMIN", query, json!({ "input": input })).await;
    let item = server.graphql("TOKEN_ADMIN", ITEM, json!({ "it": reference })).await;
    assert_eq!(item["vaultItem"]["isErased"], true);

    // A stranger, many times.
    for _ in 0..300 {
        assert_eq!(with_bad_token(&server).await, 401);
    }

    // What an auditor sees of it.
    let query =
        "{ auditTrail(kind: APPROVED) { edges { node { subject role operation ledgerRevision
        objects { name id } token } } } }";
    let seen = server.graphql("TOKEN_AUDITOR", query, json!({})).await;
    let node = seen["auditTrail"]["edges"][0]["node"].clone();
    assert_eq!(node["ledgerRevision"], approved);
    assert_eq!(node["objects"], json!([{ "name": "withdrawal", "id": withdrawal }]));
    assert!(node["token"].as_str().unwrap().starts_with("sha256:"), "{node}");

    let (good, said) = run(server.data(), &["verify"]);
    assert!(good && said.contains("audit trail"), "{said}");
    server.stop();
    let all = trail(server.data(), &[]);

    let denied = of_kind(&all, "denied");
    let count: u64 = denied.iter().map(|it| it["p"]["n"].as_u64().unwrap_or(1)).sum();
    assert!(denied.len() <= 3, "a flood is a few entries: {denied:?}");
    assert_eq!((count, &denied[0]["p"]["code"]), (300, &json!("TOKEN_MALFORMED")));

    let of_ama = trail(server.data(), &["--kind", "refused", "--subject", "ama"]);
    assert_eq!(of_ama.len(), 2, "{of_ama:?}");
    let [transfer, look] = &of_ama[..] else { unreachable!() };
    assert_eq!(transfer["by"], json!(["ama", "buyer"]));
    assert_eq!(transfer["p"]["op"], "transfer");
    assert_eq!(transfer["p"]["c"], command.to_string());
    assert_eq!(transfer["p"]["code"], "INSUFFICIENT_FUNDS");
    assert_eq!(transfer["p"]["on"]["from"], ama.to_string());
    assert_eq!((&look["p"]["op"], &look["p"]["code"]), (&json!("auditTrail"), &json!("FORBIDDEN")));

    let of_admin = trail(server.data(), &["--subject", "admin-1"]);
    let doors =
        |kind| of_kind(&of_admin, kind).iter().map(|it| it["p"]["op"].clone()).collect::<Vec<_>>();
    assert_eq!(doors("administered"), ["freezeWallet", "eraseSubject"]);
    assert_eq!(of_kind(&of_admin, "administered")[0]["p"]["rev"], frozen);
    assert_eq!(doors("read"), ["vaultItem", "vaultItem"]);
    assert_eq!(of_kind(&of_admin, "read")[0]["p"]["on"]["reference"], reference);
    assert_eq!(doors("token_used"), ["token"], "once, however often it was used");
    assert_eq!(trail(server.data(), &["--object", &withdrawal.to_string()]).len(), 1);
    assert_eq!(of_kind(&all, "read").len(), 3, "and the auditor's own look");
    // A buyer's token is a number.
    assert!(of_kind(&all, "token_used").iter().any(|it| it["p"]["on"]["role"] == "buyer"));

    // Nothing secret, nothing personal, in all the bytes there are.
    let bytes =
        std::fs::read(server.data().join("log/audit-trail/00000000000000000000.log")).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let number = NUMBER.trim_start_matches('+');
    for secret in [number, "momo-1", "stolen", "mine", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret} is in the trail");
    }
    for name in ["TOKEN_BUYER", "TOKEN_ADMIN", "TOKEN_FINANCE", "TOKEN_AUDITOR"] {
        let token = server.variable(name);
        let signature = token.rsplit('.').next().unwrap();
        assert!(!text.contains(token) && !text.contains(signature), "{name} is in the trail");
    }

    // Whoever changes one word, or takes an entry out, is found out.
    let folder = tempfile::tempdir().unwrap();
    copy(&server.data().join("log"), &folder.path().join("log"));
    let file = folder.path().join("log/audit-trail/00000000000000000000.log");
    let mut altered = std::fs::read(&file).unwrap();
    let at = altered.windows(7).rposition(|it| it == b"admin-1").unwrap();
    altered[at + 6] = b'2';
    std::fs::write(&file, &altered).unwrap();
    let (good, said) = run(folder.path(), &["verify", "--ledger", "audit-trail"]);
    assert!(!good && said.contains("revision"), "{said}");

    // It can be signed, exported and checked as a ledger's log can.
    let leaves = folder.path().join("leaves");
    let (good, text) = run(server.data(), &["audit", "export-leaves", "--ledger", "audit-trail"]);
    assert!(good, "{text}");
    std::fs::write(&leaves, &text).unwrap();
    let (good, note) = run(server.data(), &["audit", "checkpoint", "--ledger", "audit-trail"]);
    assert!(good && note.contains("audit-trail"), "{note}");
    let key = run(server.data(), &["audit", "key", "--ledger", "audit-trail"]).1;
    let key = cauri_verify::note::Key::parse(key.trim()).unwrap();
    let signed = cauri_verify::note::Checkpoint::open(&note, &key).unwrap();
    let seen = cauri_verify::log::check(text.as_bytes(), &[signed]).unwrap();
    assert_eq!(seen.events, all.len() as u64);
}

/// What is administered from the command line is taken in, by the server that runs or the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_of_the_vaults_keys_is_on_record() {
    let mut server = Server::start(&[]);
    let (good, said) = run(server.data(), &["vault", "rotate"]);
    assert!(good, "{said}");
    server.kill9();
    server.restart();
    server.stop();
    let kept = trail(server.data(), &["--kind", "administered"]);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0]["p"]["op"], "cauri:vault:rotate");
    assert!(kept[0]["p"]["on"]["key"].is_string() && kept[0]["by"].is_null(), "{kept:?}");
}

/// Whoever looked and was answered is in the trail, however the server ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_look_that_was_answered_is_there_after_a_kill() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let mut answered = BTreeSet::new();
    for _ in 0..3 {
        let stop = Arc::new(AtomicBool::new(false));
        let looking = (0..8).map(|_| {
            let stop = Arc::clone(&stop);
            let server = &server;
            async move {
                let mut seen = Vec::new();
                let query =
                    "query($it: String!) { auditTrail(object: $it, first: 1) { lookedFrom } }";
                while !stop.load(Ordering::Relaxed) {
                    let it = new_id().to_string();
                    let answer =
                        server.try_graphql("TOKEN_AUDITOR", query, json!({ "it": it })).await;
                    match answer {
                        Ok(answer) if answer.get("errors").is_none() => seen.push(it),
                        Ok(_) | Err(_) => break,
                    }
                }
                seen
            }
        });
        let killing = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            server.signal_kill();
            tokio::time::sleep(Duration::from_millis(200)).await;
            stop.store(true, Ordering::Relaxed);
        };
        let (seen, ()) = tokio::join!(futures::future::join_all(looking), killing);
        let before = answered.len();
        answered.extend(seen.into_iter().flatten());
        assert!(answered.len() > before, "somebody was answered");
        server.restart();
    }
    server.stop();
    let kept = trail(server.data(), &["--kind", "read"]);
    let kept: BTreeSet<_> =
        kept.iter().map(|it| it["p"]["on"]["object"].as_str().unwrap().to_owned()).collect();
    let missing: Vec<_> = answered.difference(&kept).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let (good, said) = run(server.data(), &["verify"]);
    assert!(good, "{said}");
}

/// No token can name the trail as its ledger, and no ledger is created under its name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trail_is_no_ledger() {
    let server = Server::start(&[]);
    let query = "mutation { createLedger(name: \"audit-trail\") { name } }";
    let answer = server.try_graphql("TOKEN_SUPERADMIN", query, json!({})).await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_ARGUMENT", "{answer}");
    let arguments = ["token", "--role", "admin", "--subject", "x", "--ledger", "audit-trail"];
    let (good, token) = run(server.data(), &arguments);
    assert!(good, "{token}");
    let request = server.http().post(server.url("/graphql")).bearer_auth(token.trim());
    let answer = request.json(&json!({ "query": "{ version }" })).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "TOKEN_BAD_CLAIM", "{answer}");
}
