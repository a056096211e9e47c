//! What is kept, who sees it, what comes twice, dead letters and their replay.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cauri_tests::market;
use cauri_tests::server::new_id;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::kit::{FIELDS, Kit, id_in};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_kept_byte_for_byte_and_comes_once() {
    let kit = Kit::open(&[]).await;
    let ama = market::wallet(&kit.server, "ama").await;
    let payin = kit.payin(ama, "stripe", 500).await;
    let body = market::paid(payin, 500);

    let (status, answer) = kit.stripe(&body).await;
    assert_eq!((status, &answer["effect"]), (200, &json!("applied")), "{answer}");
    let id = id_in(&answer);
    let delivery = kit.stands(&id, "APPLIED").await;
    assert_eq!(delivery["revision"], answer["revision"]);
    assert_eq!(delivery["provider"], "stripe");
    assert_eq!(delivery["kind"], "payment_intent.succeeded");
    assert_eq!(delivery["key"], format!("evt_{}", payin.simple()));
    assert_eq!(delivery["bodySha256"], hex::encode(Sha256::digest(&body)));
    assert_eq!((&delivery["hasBody"], &delivery["tries"]), (&json!(true), &json!(0)));
    let key_id = delivery["keyId"].as_str().unwrap();
    let secret = kit.server.variable("CAURI_STRIPE_WEBHOOK_SECRET");
    assert!(key_id.len() >= 8 && !secret.contains(key_id), "{key_id}");

    // The log leads back to it.
    let entries = "query { journal(first: 1) { edges { node { revision } } } }";
    let newest = kit.server.graphql("TOKEN_AUDITOR", entries, Value::Null).await;
    assert_eq!(newest["journal"]["edges"][0]["node"]["revision"], answer["revision"]);

    // Again: the same delivery, the same revision, nothing booked.
    let head = kit.server.head().await;
    for _ in 0..3 {
        let (status, again) = kit.stripe(&body).await;
        assert_eq!((status, &again["effect"]), (200, &json!("already")), "{again}");
        assert_eq!((&again["delivery"], &again["revision"]), (&json!(id), &answer["revision"]));
    }
    // The same event in other bytes: kept beside it, and the ledger's own rule says that it knows.
    let (status, other) = kit.stripe(&format!("{body} ")).await;
    assert_eq!((status, &other["effect"]), (200, &json!("already")), "{other}");
    assert_ne!(other["delivery"], json!(id));
    assert_eq!(kit.server.head().await, head);
    assert_eq!(kit.francs(ama).await, "500");

    // An event without effect is kept too.
    let news = json!({ "id": "evt_news", "type": "customer.created", "data": { "object": {} } });
    let (status, answer) = kit.stripe(&news.to_string()).await;
    assert_eq!((status, &answer["effect"]), (200, &json!("none")), "{answer}");
    assert_eq!(kit.delivery(&id_in(&answer)).await["state"], "NO_EFFECT");
    let (_, again) = kit.stripe(&news.to_string()).await;
    assert_eq!((&again["effect"], &again["delivery"]), (&json!("none"), &answer["delivery"]));
    assert_eq!(kit.deliveries(None).await.len(), 3);

    who_sees_what(&kit, &id, &body).await;
    pages(&kit).await;
    at_rest_it_is_ciphertext(&kit, &payin.to_string()).await;
}

async fn who_sees_what(kit: &Kit, id: &str, body: &str) {
    let code = |answer: &Value| answer["errors"][0]["extensions"]["code"].clone();
    for token in ["TOKEN_BUYER", "TOKEN_SELLER", "TOKEN_SERVICE"] {
        let answer = kit.by_id(token, "query delivery", "{ id }", id).await;
        assert_eq!(code(&answer), "FORBIDDEN", "{token}: {answer}");
    }
    let selection = "{ base64 text }";
    for token in ["TOKEN_FINANCE", "TOKEN_AUDITOR", "TOKEN_SERVICE", "TOKEN_BUYER"] {
        let answer = kit.by_id(token, "query deliveryBody", selection, id).await;
        assert_eq!(code(&answer), "FORBIDDEN", "{token}: {answer}");
        let answer = kit.by_id(token, "mutation eraseDeliveryBody", "{ id }", id).await;
        assert_eq!(code(&answer), "FORBIDDEN", "{token}: {answer}");
    }
    for token in ["TOKEN_BUYER", "TOKEN_AUDITOR"] {
        let answer = kit.by_id(token, "mutation replayDelivery", "{ id }", id).await;
        assert_eq!(code(&answer), "FORBIDDEN", "{token}: {answer}");
    }
    let answer = kit.by_id("TOKEN_ADMIN", "query deliveryBody", selection, id).await;
    let opened = &answer["data"]["deliveryBody"];
    assert_eq!(opened["text"], body, "{answer}");
    assert_eq!(opened["base64"], STANDARD.encode(body));
    let nobody = new_id().to_string();
    let answer = kit.by_id("TOKEN_ADMIN", "query deliveryBody", selection, &nobody).await;
    assert!(answer["data"]["deliveryBody"].is_null() && answer.get("errors").is_none());
}

async fn pages(kit: &Kit) {
    let query = "query($after: String) { deliveries(first: 2, after: $after) {
        edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }";
    let first = kit.server.graphql("TOKEN_FINANCE", query, Value::Null).await;
    let page = &first["deliveries"];
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let after = json!({ "after": page["pageInfo"]["endCursor"] });
    let second = kit.server.graphql("TOKEN_FINANCE", query, after).await;
    let ids = |data: &Value| -> Vec<String> {
        let edges = data["deliveries"]["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = [ids(&first), ids(&second)].concat();
    assert_eq!(second["deliveries"]["pageInfo"]["hasNextPage"], false);
    assert!(all.len() == 3 && all.is_sorted_by(|a, b| a > b), "newest first: {all:?}");
}

/// Neither the body nor a signature stands in the database as it came.
async fn at_rest_it_is_ciphertext(kit: &Kit, payin: &str) {
    let bodies: Vec<Vec<u8>> = sqlx::query_scalar("SELECT ciphertext FROM inbox.body")
        .fetch_all(&kit.database.pool)
        .await
        .unwrap();
    assert_eq!(bodies.len(), 3);
    for words in [payin, "stripe-signature", "evt_news"] {
        let found =
            bodies.iter().any(|it| it.windows(words.len()).any(|at| at == words.as_bytes()));
        assert!(!found, "{words} can be read");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_ledger_refuses_is_a_dead_letter_until_it_is_replayed() {
    // Nothing is taken before the ledger is open.
    let kit = Kit::start(&[]).await;
    let (first, second) = (new_id(), new_id());
    let mut ids = Vec::new();
    for payin in [first, second] {
        let (status, answer) = kit.stripe(&market::paid(payin, 500)).await;
        assert_eq!((status, &answer["effect"]), (200, &json!("dead")), "{answer}");
        assert_eq!(answer["code"], "LEDGER_NOT_OPEN");
        ids.push(id_in(&answer));
    }
    for id in &ids {
        let dead = kit.stands(id, "DEAD").await;
        assert_eq!(dead["error"]["code"], "LEDGER_NOT_OPEN");
        assert!(dead["nextTryAt"].is_null() && dead["revision"].is_null(), "{dead}");
    }
    assert_eq!(kit.deliveries(Some("DEAD")).await.len(), 2);

    market::open_ledger(&kit.server).await;
    let ama = market::wallet(&kit.server, "ama").await;
    for payin in [first, second] {
        let input = json!({ "commandId": new_id(), "payin": payin, "wallet": ama,
            "amount": "500", "currency": "XOF", "provider": "stripe" });
        kit.server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    }
    // One by its id, however often; the others by the worker.
    let selection = format!("{{ {FIELDS} }}");
    for _ in 0..3 {
        let answer =
            kit.by_id("TOKEN_FINANCE", "mutation replayDelivery", &selection, &ids[0]).await;
        let replayed = &answer["data"]["replayDelivery"];
        assert_eq!(replayed["state"], "APPLIED", "{answer}");
        assert!(replayed["revision"].is_u64() && replayed["error"].is_null(), "{answer}");
    }
    assert_eq!(kit.francs(ama).await, "500");
    let all = "mutation($provider: String) { replayDeadLetters(provider: $provider) }";
    let none = kit.server.graphql("TOKEN_ADMIN", all, json!({ "provider": "fedapay" })).await;
    assert_eq!(none["replayDeadLetters"], 0);
    let one = kit.server.graphql("TOKEN_ADMIN", all, json!({ "provider": "stripe" })).await;
    assert_eq!(one["replayDeadLetters"], 1);
    kit.stands(&ids[1], "APPLIED").await;
    assert_eq!(kit.francs(ama).await, "1000");
    assert!(kit.deliveries(Some("DEAD")).await.is_empty());

    // What its provider sends again after all is what it was.
    let (_, again) = kit.stripe(&market::paid(second, 500)).await;
    assert_eq!(again["effect"], "already");

    // Forgotten for ever: its row stays, and there is nothing to apply.
    let answer = kit.by_id("TOKEN_ADMIN", "mutation eraseDeliveryBody", &selection, &ids[0]).await;
    assert_eq!(answer["data"]["eraseDeliveryBody"]["hasBody"], false, "{answer}");
    let answer = kit.by_id("TOKEN_FINANCE", "mutation replayDelivery", &selection, &ids[0]).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_ARGUMENT", "{answer}");
    assert_eq!(kit.delivery(&ids[0]).await["state"], "APPLIED");
    assert_eq!(kit.francs(ama).await, "1000");
}
