//! Several ledgers in one server: apart from one another, and there again after a restart.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_api::auth::{DevKeys, TokenRules, Ttl};
use cauri_domain::Role;
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};

async fn ask(server: &Server, token: &str, query: &str, variables: Value) -> Value {
    let body = json!({ "query": query, "variables": variables });
    let answer = server.http().post(server.url("/graphql")).bearer_auth(token).json(&body);
    answer.send().await.unwrap().json().await.unwrap()
}

fn token(server: &Server, role: Role) -> String {
    let keys = DevKeys::open(server.data()).unwrap();
    let (subject, ledger) = ("root-2".parse().unwrap(), "togo".parse().unwrap());
    keys.mint(&TokenRules::default(), &subject, role, &ledger, Ttl::DAY)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ledgers_do_not_see_each_other_and_read_models_are_rebuilt_beside_the_live_ones() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ann").await;
    market::fund(&server, wallet, 500).await;
    let togo = token(&server, Role::Superadmin);

    let unknown = ask(&server, &togo, "{ ledger { head } }", json!({})).await;
    assert_eq!(unknown["errors"][0]["extensions"]["code"], "UNKNOWN_LEDGER");
    let created = server
        .graphql(
            "TOKEN_SUPERADMIN",
            "mutation { createLedger(name: \"togo\") { name } }",
            json!({}),
        )
        .await;
    assert_eq!(created["createLedger"]["name"], "togo");
    let open = "mutation($input: OpenLedgerInput!) { openLedger(input: $input) {
        __typename ... on LedgerChanged { revision } } }";
    let input = json!({ "commandId": new_id(), "settings": {} });
    let opened = ask(&server, &togo, open, json!({ "input": input })).await;
    assert_eq!(opened["data"]["openLedger"]["revision"], 0, "{opened}");

    // The wallet of the other ledger is not there, nor is its money.
    let look = "query($id: UUID!) { wallet(id: $id, atLeastRevision: 0) { id } ledger { head } }";
    let seen = ask(&server, &togo, look, json!({ "id": wallet })).await;
    assert_eq!(seen["data"], json!({ "wallet": null, "ledger": { "head": 0 } }));

    server.kill9();
    server.restart();
    let seen = ask(&server, &token(&server, Role::Auditor), look, json!({ "id": wallet })).await;
    assert_eq!(seen["data"]["ledger"]["head"], 0);
    assert_eq!(server.available(wallet, "XOF", server.head().await).await, "500");

    // A rebuild: another generation is served, with the same rows.
    let status = "{ readModels { generation applied failure } }";
    let before = server.graphql("TOKEN_ADMIN", status, json!({})).await;
    let before = before["readModels"]["generation"].as_i64().unwrap();
    let rebuild = "mutation { rebuildReadModels { generation } }";
    server.graphql("TOKEN_ADMIN", rebuild, json!({})).await;
    for _ in 0..300 {
        let now = server.graphql("TOKEN_ADMIN", status, json!({})).await;
        assert_eq!(server.available(wallet, "XOF", 0).await, "500");
        if now["readModels"]["generation"].as_i64().unwrap() > before {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no other generation is served");
}
