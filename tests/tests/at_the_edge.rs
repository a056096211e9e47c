//! What is refused at the API's edge since the log would keep it for ever: numbers of phones, and
//! providers that nobody configured. And what is told of, which is only what happened.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_api::webhooks::STANDARD_WEBHOOKS;
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

async fn open() -> (Server, Uuid) {
    let server = Server::start_logged(&[], &[], "info");
    market::open_ledger(&server).await;
    let ama = market::wallet(&server, "ama").await;
    market::fund(&server, ama, 1_000).await;
    (server, ama)
}

async fn refused(server: &Server, name: &str, input: Value) -> Value {
    let head = server.head().await;
    let result = server.mutate("TOKEN_SERVICE", name, input).await;
    assert_eq!(result["__typename"], "Refused", "{result}");
    assert_eq!(server.head().await, head, "nothing is in the log");
    result
}

fn withdrawal(wallet: Uuid, destination: &str) -> Value {
    json!({ "withdrawal": new_id(), "wallet": wallet, "amount": "5", "currency": "XOF",
        "destination": destination })
}

fn command(mut input: Value) -> Value {
    input["commandId"] = json!(new_id());
    input
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_of_a_phone_has_no_way_into_the_log() {
    let (server, ama) = open().await;
    let method = |token: &str| {
        command(json!({ "paymentMethod": new_id(), "wallet": ama, "provider": "sim",
            "kind": "mobile-money", "token": token }))
    };
    for number in ["22890112233", "228-90-11-22-33", "90112233", "00/228.90112233"] {
        let it = refused(&server, "requestWithdrawal", command(withdrawal(ama, number))).await;
        assert_eq!((&it["code"], &it["field"]), (&json!("INVALID_TEXT"), &json!("destination")));
        let message = it["message"].as_str().unwrap();
        assert!(message.contains("storeDestination") && message.contains("vlt_"), "{message}");
        let it = refused(&server, "addPaymentMethod", method(number)).await;
        assert_eq!((&it["code"], &it["field"]), (&json!("INVALID_TEXT"), &json!("token")));
        let step = json!({ "requestWithdrawal": withdrawal(ama, number) });
        let it = refused(&server, "batch", command(json!({ "commands": [step] }))).await;
        assert_eq!(it["field"], "commands[0].destination", "{it}");
    }
    // What is no number alone is an opaque reference, and few digits are nobody's.
    for destination in ["momo-22890112233", "901122"] {
        let input = command(withdrawal(ama, destination));
        server.done("TOKEN_SERVICE", "requestWithdrawal", input).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_nobody_configured_is_refused_with_those_that_are() {
    let (server, ama) = open().await;
    let payin = |provider: &str| {
        json!({ "payin": new_id(), "wallet": ama, "amount": "5", "currency": "XOF",
            "provider": provider })
    };
    let settlement = |provider: &str, currency: &str| {
        json!({ "settlement": new_id(), "provider": provider, "providerObject": "po_1",
            "sums": [{ "currency": currency, "gross": "5", "net": "5" }],
            "valueDate": chrono::Utc::now().date_naive() })
    };
    let it = refused(&server, "initiatePayin", command(payin("strip"))).await;
    assert_eq!((&it["code"], &it["field"]), (&json!("INVALID_SETTING"), &json!("provider")));
    assert!(it["message"].as_str().unwrap().ends_with(": fedapay, sim, stripe"), "{it}");
    let it = refused(&server, "recordSettlement", command(settlement("nobody", "XOF"))).await;
    assert_eq!((&it["code"], &it["field"]), (&json!("INVALID_SETTING"), &json!("provider")));
    let method = json!({ "paymentMethod": new_id(), "wallet": ama, "provider": "strip",
        "kind": "card", "token": "tok_1" });
    let it = refused(&server, "addPaymentMethod", command(method)).await;
    assert_eq!((&it["code"], &it["field"]), (&json!("INVALID_SETTING"), &json!("provider")));
    let steps = json!([{ "initiatePayin": payin("sim") }, { "initiatePayin": payin("strip") }]);
    let it = refused(&server, "batch", command(json!({ "commands": steps }))).await;
    assert_eq!(it["field"], "commands[1].provider", "{it}");
    let proposal = json!({ "proposal": new_id(), "reason": "large",
        "command": { "recordSettlement": settlement("nobody", "XOF") } });
    let it = refused(&server, "propose", command(proposal)).await;
    assert_eq!((&it["code"], &it["field"]), (&json!("INVALID_SETTING"), &json!("provider")));

    for provider in ["fedapay", "sim", "stripe"] {
        server.done("TOKEN_SERVICE", "initiatePayin", command(payin(provider))).await;
    }
    // An account of the old books, which is configured no more, is settled all the same: in the
    // currency that it held.
    let held = json!([{ "account": "clearing:oldpay", "side": "DEBIT", "amount": "5",
        "currency": "XOF" }]);
    let opening = json!({ "correction": new_id(), "postings": held, "reference": "old/oldpay" });
    server.done("TOKEN_SERVICE", "importOpening", command(opening)).await;
    refused(&server, "recordSettlement", command(settlement("oldpay", "USD"))).await;
    let settled = command(settlement("oldpay", "XOF"));
    server.done("TOKEN_FINANCE", "recordSettlement", settled).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_in_two_currencies_is_listed_and_not_booked_twice() {
    let (server, ama) = open().await;
    let payin = new_id();
    let input = json!({ "payin": payin, "wallet": ama, "amount": "500", "currency": "XOF",
        "provider": "sim" });
    server.done("TOKEN_SERVICE", "initiatePayin", command(input)).await;
    let mut seen = 0;
    for (amount, currency) in [("500", "XOF"), ("5.00", "USD")] {
        let body = json!({ "type": "payin.succeeded", "id": "pi_two", "reference": payin,
            "amount": amount, "currency": currency });
        let (status, answer) = server.webhook("sim", STANDARD_WEBHOOKS, &body.to_string()).await;
        assert_eq!((status, &answer["effect"]), (200, &json!("applied")), "{answer}");
        seen = answer["revision"].as_u64().unwrap();
    }
    let query = "query($at: Revision) { contradictedPayments(atLeastRevision: $at) { nodes {
        revision provider providerObject payinId amount currency amountBefore currencyBefore } } }";
    let data = server.graphql("TOKEN_FINANCE", query, json!({ "at": seen })).await;
    let listed = json!([{ "revision": seen, "provider": "sim", "providerObject": "pi_two",
        "payinId": payin, "amount": "5.00", "currency": "USD", "amountBefore": "500",
        "currencyBefore": "XOF" }]);
    assert_eq!(data["contradictedPayments"]["nodes"], listed);
    let head = server.head().await;
    assert_eq!(server.available(ama, "XOF", head).await, "1500");
    let denied = server.try_graphql("TOKEN_BUYER", query, json!({})).await.unwrap();
    assert_eq!(denied["errors"][0]["extensions"]["code"], "FORBIDDEN", "{denied}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_tells_of_what_happened_and_of_nothing_else() {
    let (server, ama) = open().await;
    let payin = new_id();
    let input = json!({ "payin": payin, "wallet": ama, "amount": "500", "currency": "XOF",
        "provider": "sim" });
    server.done("TOKEN_SERVICE", "initiatePayin", command(input)).await;
    let body = json!({ "type": "payin.succeeded", "id": "pi_1", "reference": payin,
        "amount": "500", "currency": "XOF" });
    let (_, answer) = server.webhook("sim", STANDARD_WEBHOOKS, &body.to_string()).await;
    let delivery = answer["delivery"].as_str().unwrap().to_owned();
    let nobody = new_id().to_string();
    let told = |id: &str, what: &str| {
        server.log().lines().any(|line| line.contains(id) && line.contains(what))
    };
    for (operation, selection, what) in [
        ("query deliveryBody", "{ __typename }", "looked at"),
        ("mutation replayDelivery", "{ id }", "is replayed"),
        ("mutation eraseDeliveryBody", "{ id }", "is erased"),
    ] {
        let (kind, field) = operation.split_once(' ').unwrap();
        let query = format!("{kind}($id: UUID!) {{ {field}(id: $id) {selection} }}");
        let data = server.graphql("TOKEN_ADMIN", &query, json!({ "id": nobody })).await;
        assert_eq!(data[field], Value::Null);
        assert!(!told(&nobody, what), "{what}");
        let data = server.graphql("TOKEN_ADMIN", &query, json!({ "id": delivery })).await;
        assert!(!data[field].is_null(), "{data}");
        assert!(told(&delivery, what), "{what}");
    }
    assert!(!server.log().contains("does not exist, skipping"));
}
