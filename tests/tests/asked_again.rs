//! The same question about a revision has the same answer for ever, byte for byte: over GraphQL and on
//! the command line, also after later entries about earlier days, and after a crash. And each line of a
//! statement says why.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_tests::market;
use cauri_tests::process::cauri;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

/// The body of an answer, as it comes over the wire.
async fn bytes(server: &Server, query: &str, variables: &Value) -> String {
    let request = server.http().post(server.url("/graphql"));
    let request = request.bearer_auth(server.variable("TOKEN_FINANCE"));
    let answer = request.json(&json!({ "query": query, "variables": variables })).send().await;
    let text = answer.unwrap().text().await.unwrap();
    assert!(!text.contains("\"errors\""), "{text}");
    text
}

const AS_OF: &str = "query($at: Revision!, $wallet: UUID!, $day: NaiveDate!) {
    trialBalance(asOf: { revision: $at }) { revision
        rows { account class currency debits credits balance }
        totals { currency debits credits } }
    ofDay: trialBalance(asOf: { effectiveDate: { date: $day, revision: $at } }) {
        rows { account currency balance } }
    wallet(id: $wallet) {
        balances(asOf: { revision: $at }) { currency available revision }
        ofDay: balances(asOf: { effectiveDate: { date: $day, revision: $at } }) {
            currency available }
        statement(upToRevision: $at) { nodes { revision type recordedAt side amount currency
            runningBalance effectiveDate postingDate commandId correlationId
            cause { subject role commandId correlationId causation keyId
                delivery { id provider kind } } } } } }";

/// What a command prints that reads the log.
fn printed(server: &Server, arguments: &[&str]) -> String {
    let mut command = cauri(&arguments[..1]);
    let output = command.arg("--data-dir").arg(server.data()).args(&arguments[1..]).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// All that is asked about a revision.
async fn everything(server: &Server, revision: u64, wallet: Uuid) -> Vec<String> {
    let day = chrono::Utc::now().date_naive();
    let variables = json!({ "at": revision, "wallet": wallet, "day": day });
    let (to, wallet) = (revision.to_string(), wallet.to_string());
    let day = day.to_string();
    vec![
        bytes(server, AS_OF, &variables).await,
        printed(server, &["replay", "--to", &to]),
        printed(server, &["replay", "--to", &to, "--json"]),
        printed(server, &["replay", "--to", &to, "--effective", &day, "--json"]),
        printed(server, &["replay", "--to", &to, "--wallet", &wallet]),
        printed(server, &["replay", "--to", &to, "--wallet", &wallet, "--json"]),
        printed(server, &["diff", "--from", "3", "--to", &to]),
        printed(server, &["diff", "--from", "3", "--to", &to, "--json"]),
        printed(server, &["export", "--format", "hledger", "--to", &to]),
        printed(server, &["export", "--format", "beancount", "--from", "4", "--to", &to]),
        printed(server, &["export", "--format", "csv", "--to", &to]),
        printed(server, &["export", "--format", "jsonl", "--to", &to]),
    ]
}

/// Row 7 of `docs/peers-asks.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_as_of_a_revision_is_the_same_for_ever() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let (ama, kofi) = (market::wallet(&server, "ama").await, market::wallet(&server, "kofi").await);
    market::fund(&server, ama, 10_000).await;
    let transfer = market::transfer(new_id(), ama, kofi, "2500");
    let revision = server.done("TOKEN_SERVICE", "transfer", transfer).await;
    server.available(ama, "XOF", revision).await;
    let before = everything(&server, revision, ama).await;

    // Money of yesterday comes to light, and more is paid today.
    let yesterday = chrono::Utc::now().date_naive().pred_opt().unwrap();
    let postings = json!([{ "account": format!("wallet:{ama}:available"), "side": "CREDIT",
        "amount": "700", "currency": "XOF" }]);
    let opening = json!({ "commandId": new_id(), "correction": new_id(), "postings": postings,
        "effectiveDate": yesterday });
    server.done("TOKEN_SERVICE", "importOpening", opening).await;
    let transfer = market::transfer(new_id(), ama, kofi, "1");
    let last = server.done("TOKEN_SERVICE", "transfer", transfer).await;
    assert_eq!(server.available(ama, "XOF", last).await, "8199");
    for (number, (was, is)) in
        before.iter().zip(everything(&server, revision, ama).await).enumerate()
    {
        assert_eq!(*was, is, "answer {number}");
    }

    server.kill9();
    server.restart();
    server.available(ama, "XOF", last).await;
    assert_eq!(before, everything(&server, revision, ama).await);

    // And the answer as of now, about yesterday, knows of it.
    let (last, yesterday) = (last.to_string(), yesterday.to_string());
    let now = ["replay", "--to", &last, "--effective", &yesterday, "--json"];
    let now = printed(&server, &now);
    let now: Value = serde_json::from_str(&now).unwrap();
    assert_eq!(now["wallets"][0]["available"], "700", "{now}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_says_who_asked_and_by_which_webhook() {
    let server = Server::start(&[]);
    market::open_ledger(&server).await;
    let (ama, kofi) = (market::wallet(&server, "ama").await, market::wallet(&server, "kofi").await);
    market::fund(&server, ama, 10_000).await;
    let id = new_id();
    let revision =
        server.done("TOKEN_SERVICE", "transfer", market::transfer(id, ama, kofi, "2500")).await;
    let query =
        "query($wallet: UUID!, $at: Revision!) { wallet(id: $wallet, atLeastRevision: $at) {
        statement { nodes { type cause { subject role commandId correlationId causation keyId
            delivery { id provider kind keyId } } } } } }";
    let variables = json!({ "wallet": ama, "at": revision });
    let data = server.graphql("TOKEN_FINANCE", query, variables.clone()).await;
    let [sent, paid] = &data["wallet"]["statement"]["nodes"].as_array().unwrap()[..] else {
        panic!("{data}")
    };
    assert_eq!(sent["cause"]["commandId"], json!(id));
    assert_eq!(
        (&sent["cause"]["role"], &sent["cause"]["keyId"]),
        (&json!("service"), &Value::Null)
    );
    assert_eq!(sent["cause"]["delivery"], Value::Null);
    let delivery = &paid["cause"]["delivery"];
    assert_eq!(delivery["id"], paid["cause"]["correlationId"], "{paid}");
    assert_eq!(
        (&delivery["provider"], &delivery["kind"]),
        (&json!("stripe"), &json!("payment_intent.succeeded"))
    );
    assert!(paid["cause"]["keyId"].is_string(), "{paid}");
    assert_eq!(delivery["keyId"], paid["cause"]["keyId"]);

    // The command line says the same of it.
    let (last, id) = (revision.to_string(), ama.to_string());
    let told = printed(&server, &["replay", "--to", &last, "--wallet", &id, "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let cause = &told["lines"][0]["cause"];
    for field in ["subject", "role", "commandId", "correlationId", "causation", "keyId"] {
        assert_eq!(cause[field], paid["cause"][field], "{field}");
    }
    let told = printed(&server, &["replay", "--to", &last, "--wallet", &id]);
    assert!(told.contains(&format!("delivery {}", delivery["id"].as_str().unwrap())), "{told}");

    // A party sees its lines, and not who asked; a program sees who asked, and not the delivery.
    let of_a_party = server.try_graphql("TOKEN_BUYER", query, variables.clone()).await.unwrap();
    assert!(of_a_party["errors"].to_string().contains("FORBIDDEN"), "{of_a_party}");
    let of_a_program = server.try_graphql("TOKEN_SERVICE", query, variables).await.unwrap();
    assert!(of_a_program["errors"].to_string().contains("FORBIDDEN"), "{of_a_program}");
    let plain = "query($wallet: UUID!) { wallet(id: $wallet) { statement { nodes { cause { subject } } } } }";
    server.graphql("TOKEN_SERVICE", plain, json!({ "wallet": ama })).await;
}
