//! Money arrives by signed webhooks, goes into escrow, comes out split, and leaves: through the
//! public doors alone, with the simulated provider as a process of its own.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_api::webhooks::{FEDAPAY_SCHEME, STRIPE_SCHEME};
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use uuid::Uuid;

fn fedapay(payin: Uuid, francs: u64) -> String {
    json!({ "name": "transaction.approved", "object": "transaction", "entity": {
        "id": payin.as_u128() % 1_000_000, "status": "approved", "amount": francs,
        "currency": { "iso": "XOF", "div": 1 }, "merchant_reference": payin } })
    .to_string()
}

async fn payin(server: &Server, wallet: Uuid, amount: &str, provider: &str) -> Uuid {
    let id = new_id();
    let input = json!({ "commandId": new_id(), "payin": id, "wallet": wallet,
        "amount": amount, "currency": "XOF", "provider": provider });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    id
}

async fn simulated_customer_pays(server: &Server, payin: Uuid, amount: &str) {
    let url = format!("{}/v1/payins/{payin}/pay", server.variable("CAURI_SIM_URL"));
    let body = json!({ "amount": amount, "currency": "XOF" });
    let answer = server.http().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 202);
}

async fn withdraw(server: &Server, wallet: Uuid, amount: &str, destination: &str) -> Uuid {
    let id = new_id();
    let input = json!({ "commandId": new_id(), "withdrawal": id, "wallet": wallet,
        "amount": amount, "currency": "XOF", "destination": destination });
    server.done("TOKEN_SERVICE", "requestWithdrawal", input).await;
    id
}

async fn approve(server: &Server, withdrawal: Uuid) {
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal });
    server.done("TOKEN_FINANCE", "approveWithdrawal", input).await;
}

async fn account(server: &Server, name: &str) -> Value {
    let head = server.head().await;
    let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
        rows { account balance currency } totals { debits credits } } }";
    let data = server.graphql("TOKEN_AUDITOR", query, json!({ "at": head })).await;
    for total in data["trialBalance"]["totals"].as_array().unwrap() {
        assert_eq!(total["debits"], total["credits"]);
    }
    let rows = data["trialBalance"]["rows"].as_array().unwrap();
    rows.iter().find(|row| row["account"] == name).map_or(json!("0"), |row| row["balance"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_lives_its_whole_life_through_the_public_doors() {
    let mut server = Server::start(&["--demo"]);
    let ama = market::wallet(&server, "ama").await;
    let kofi = market::wallet(&server, "kofi").await;

    // In: Stripe and FedaPay, repeated and in any order, and the simulated provider by itself.
    let (first, second) =
        (payin(&server, ama, "4000", "stripe").await, payin(&server, ama, "6000", "fedapay").await);
    let mut effects = Vec::new();
    for _ in 0..2 {
        let (_, answer) = server.webhook("fedapay", FEDAPAY_SCHEME, &fedapay(second, 6_000)).await;
        effects.push(answer["effect"].clone());
        let (_, answer) =
            server.webhook("stripe", STRIPE_SCHEME, &market::paid(first, 4_000)).await;
        effects.push(answer["effect"].clone());
    }
    assert_eq!(effects, ["applied", "applied", "already", "already"]);
    let third = payin(&server, ama, "10000", "sim").await;
    simulated_customer_pays(&server, third, "10000").await;
    server.becomes("payin", third, "SUCCEEDED").await;
    assert_eq!(server.available(ama, "XOF", server.head().await).await, "20000");

    // Another amount than was asked waits in suspense.
    let wrong = payin(&server, ama, "1000", "fedapay").await;
    server.webhook("fedapay", FEDAPAY_SCHEME, &fedapay(wrong, 999)).await;
    assert_eq!(account(&server, "suspense:fedapay").await, "999");

    // Into escrow, out split by commission (5 % in the demo's settings).
    let escrow = new_id();
    let input = json!({ "commandId": new_id(), "escrow": escrow, "buyer": ama, "seller": kofi,
        "amount": "3333", "currency": "XOF" });
    server.done("TOKEN_BUYER", "openEscrow", input).await;
    assert_eq!(account(&server, &format!("escrow:{escrow}")).await, "3333");
    let on = |id: Uuid| json!({ "commandId": new_id(), "escrow": id });
    let refused = server.mutate("TOKEN_SELLER", "releaseEscrow", on(escrow)).await;
    assert_eq!(refused["code"], "NOT_YOURS");
    server.done("TOKEN_SELLER", "markDelivered", on(escrow)).await;
    server.done("TOKEN_BUYER", "releaseEscrow", on(escrow)).await;
    assert_eq!(account(&server, "revenue:commission").await, "167");
    assert_eq!(server.available(kofi, "XOF", server.head().await).await, "3166");

    // Out: paid by the provider's own signed webhook; failed, and the money is back.
    let paid = withdraw(&server, kofi, "1000", "momo-1").await;
    let failed = withdraw(&server, kofi, "500", "fail-1").await;
    approve(&server, paid).await;
    approve(&server, failed).await;
    server.becomes("withdrawal", paid, "PAID").await;
    server.becomes("withdrawal", failed, "FAILED").await;
    assert_eq!(server.available(kofi, "XOF", server.head().await).await, "2166");
    assert_eq!(account(&server, "clearing:sim").await, "9000");

    timers(&server, ama).await;
    a_payout_in_the_middle_of_a_kill(&mut server, kofi).await;
    statement(&server, ama).await;
    activity(&mut server, ama, kofi).await;
}

/// The rules are events: with an expiry of a second, a pay-in expires, and late money is kept; with
/// a second's inspection, an escrow releases itself.
///
/// Row 19 of `docs/peers-asks.md`.
async fn timers(server: &Server, ama: Uuid) {
    let settings = json!({ "payinExpirySeconds": 1, "inspectionSeconds": 1,
        "autoApprovalSeconds": 1, "commissionBasisPoints": 0 });
    let input = json!({ "commandId": new_id(), "settings": settings });
    server.done("TOKEN_SUPERADMIN", "configureLedger", input).await;
    let late = payin(server, ama, "700", "fedapay").await;
    let seller = market::wallet(server, "esi").await;
    let escrow = new_id();
    let input = json!({ "commandId": new_id(), "escrow": escrow, "buyer": ama, "seller": seller,
        "amount": "100", "currency": "XOF" });
    server.done("TOKEN_SERVICE", "openEscrow", input).await;
    let input = json!({ "commandId": new_id(), "escrow": escrow });
    server.done("TOKEN_SERVICE", "markDelivered", input).await;
    let unjudged = withdraw(server, ama, "50", "momo-2").await;
    server.becomes("payin", late, "EXPIRED").await;
    server.becomes("escrow", escrow, "RELEASED").await;
    server.becomes("withdrawal", unjudged, "PAID").await;
    assert_eq!(server.available(seller, "XOF", server.head().await).await, "100");
    let before = server.available(ama, "XOF", server.head().await).await;
    server.webhook("fedapay", FEDAPAY_SCHEME, &fedapay(late, 700)).await;
    // Into suspense, and credited from there as the usual policy says.
    server.becomes("payin", late, "SUCCEEDED").await;
    assert_eq!(account(server, "suspense:fedapay").await, "999");
    let after = server.available(ama, "XOF", server.head().await).await;
    let number = |it: &str| it.parse::<i64>().unwrap();
    assert_eq!(number(&after) - number(&before), 700);
    // What is there still, and what has left.
    let query = "{ open: suspense { nodes { reason held } }
        left: suspense(open: false) { nodes { reason held } } }";
    let data = server.graphql("TOKEN_FINANCE", query, json!({})).await;
    assert_eq!(data["open"]["nodes"], json!([{ "reason": "amount", "held": "999" }]));
    assert_eq!(data["left"]["nodes"], json!([{ "reason": "late", "held": "0" }]));
}

async fn a_payout_in_the_middle_of_a_kill(server: &mut Server, kofi: Uuid) {
    let before: i64 = account(server, "clearing:sim").await.as_str().unwrap().parse().unwrap();
    let mut withdrawals = Vec::new();
    for _ in 0..5 {
        let withdrawal = withdraw(server, kofi, "10", "momo-3").await;
        approve(server, withdrawal).await;
        withdrawals.push(withdrawal);
        server.kill9();
        server.restart();
    }
    for withdrawal in withdrawals {
        server.becomes("withdrawal", withdrawal, "PAID").await;
        assert_eq!(account(server, &format!("withdrawal:{withdrawal}")).await, "0");
    }
    let after: i64 = account(server, "clearing:sim").await.as_str().unwrap().parse().unwrap();
    assert_eq!(before - after, 50, "each was paid once");
}

/// Every page of a statement, forwards and backwards, is the whole of it once.
async fn statement(server: &Server, ama: Uuid) {
    let all = "query($id: UUID!) { wallet(id: $id) { statement(first: 100) {
        nodes { revision side amount runningBalance } } } }";
    let all = server.graphql("TOKEN_BUYER", all, json!({ "id": ama })).await;
    let all = all["wallet"]["statement"]["nodes"].as_array().unwrap().clone();
    let mut balance: i64 = 0;
    for line in all.iter().rev() {
        let amount: i64 = line["amount"].as_str().unwrap().parse().unwrap();
        balance += if line["side"] == "CREDIT" { amount } else { -amount };
        assert_eq!(line["runningBalance"], balance.to_string());
    }
    for (size, from, back) in [("first", "after", false), ("last", "before", true)] {
        let query = format!(
            "query($id: UUID!, $cursor: String) {{ wallet(id: $id) {{
                statement({size}: 2, {from}: $cursor) {{
                    nodes {{ revision side amount runningBalance }}
                    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
        );
        let (mut lines, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let data =
                server.graphql("TOKEN_BUYER", &query, json!({ "id": ama, "cursor": cursor })).await;
            let page = &data["wallet"]["statement"];
            let mut nodes = page["nodes"].as_array().unwrap().clone();
            let info = &page["pageInfo"];
            let more = if back {
                nodes.extend(lines);
                lines = nodes;
                cursor = info["startCursor"].clone();
                &info["hasPreviousPage"]
            } else {
                lines.extend(nodes);
                cursor = info["endCursor"].clone();
                &info["hasNextPage"]
            };
            if *more == json!(false) {
                break;
            }
        }
        assert_eq!(lines, all, "{size}");
    }
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn subscribe(server: &Server, wallet: Uuid, after: u64) -> Socket {
    let url = server.url("/graphql/ws").replace("http://", "ws://");
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let token = format!("Bearer {}", server.variable("TOKEN_BUYER"));
    let query = "subscription($id: UUID!, $after: Revision) {
        walletActivity(wallet: $id, after: $after) { revision side amount } }";
    for message in [
        json!({ "type": "connection_init", "payload": { "authorization": token } }),
        json!({ "type": "subscribe", "id": "1", "payload": {
            "query": query, "variables": { "id": wallet, "after": after } } }),
    ] {
        socket.send(message.to_string().into()).await.unwrap();
    }
    socket
}

async fn next_revision(socket: &mut Socket) -> u64 {
    loop {
        let wait = std::time::Duration::from_secs(20);
        let message = tokio::time::timeout(wait, socket.next()).await.unwrap().unwrap().unwrap();
        let Ok(message) = serde_json::from_str::<Value>(message.to_text().unwrap_or_default())
        else {
            continue;
        };
        if message["type"] == "next" {
            let activity = &message["payload"]["data"]["walletActivity"];
            return activity["revision"].as_u64().unwrap_or_else(|| panic!("{message}"));
        }
    }
}

/// A subscription goes on after a restart where it was, without gap or repeat.
async fn activity(server: &mut Server, ama: Uuid, kofi: Uuid) {
    let start = server.head().await;
    let mut expected = Vec::new();
    let mut seen = Vec::new();
    for round in 0..2 {
        let mut socket = subscribe(server, ama, seen.last().copied().unwrap_or(start)).await;
        for _ in 0..3 {
            let input = market::transfer(new_id(), ama, kofi, "1");
            expected.push(server.done("TOKEN_BUYER", "transfer", input).await);
        }
        // One is left unread in the first round.
        while seen.len() < expected.len() - usize::from(round == 0) {
            seen.push(next_revision(&mut socket).await);
        }
        drop(socket);
        server.kill9();
        server.restart();
    }
    assert_eq!(seen, expected);
}
