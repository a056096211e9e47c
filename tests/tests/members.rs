//! What members of a wallet see of it: what its owner sees, for as long as they are members. What
//! limits leave a caller; withdrawals that persons are alerted of.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::{Duration, Instant};

use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use chrono::{TimeDelta, Utc};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use uuid::Uuid;

async fn until<F: Future<Output = bool>>(what: &str, ask: impl Fn() -> F) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !ask().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What a question answers: data, or the code and field of the error.
async fn ask(server: &Server, token: &str, question: &str) -> Value {
    let at = server.head().await;
    let query = format!("{{ it: {} }}", question.replace("AT", &format!("atLeastRevision: {at}")));
    let answer = server.try_graphql(token, &query, json!({})).await.unwrap();
    match answer["errors"].get(0) {
        None => answer["data"]["it"].clone(),
        Some(error) if error["extensions"]["code"] == "FORBIDDEN" => {
            json!(["FORBIDDEN", error["extensions"]["field"]])
        }
        Some(error) => panic!("{query}: {error}"),
    }
}

/// Kofi, whose token says seller, keeps Yara's shop. Ama, whose token says buyer, is nobody to it.
struct Shop {
    server: Server,
    wallet: Uuid,
    /// Everything that is of the shop: what it is, its list, and its id.
    things: Vec<(&'static str, &'static str, Uuid)>,
}

impl Shop {
    async fn open() -> Self {
        // With its provider.
        let server = Server::start(&["--demo"]);
        let wallet = market::wallet(&server, "yara").await;
        let zoe = market::wallet(&server, "zoe").await;
        let mut shop = Self { server, wallet, things: Vec::new() };
        let payin = shop.receives(40_000).await;
        shop.buys(zoe).await;
        shop.gives_back(payin).await;
        shop
    }

    async fn done(&self, name: &str, mut input: Value) {
        input["commandId"] = json!(new_id());
        self.server.done("TOKEN_SERVICE", name, input).await;
    }

    fn thing(&mut self, kind: &'static str, list: &'static str) -> Uuid {
        let id = new_id();
        self.things.push((kind, list, id));
        id
    }

    async fn simulator(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/v1/{path}", self.server.variable("CAURI_SIM_URL"));
        let answer = self.server.http().post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 202, "{path}");
        answer.json().await.unwrap()
    }

    async fn receives(&mut self, francs: u64) -> (Uuid, String) {
        let payin = self.thing("payin", "payins");
        let (wallet, amount) = (self.wallet, francs.to_string());
        let input = json!({ "payin": payin, "wallet": wallet, "amount": amount,
            "currency": "XOF", "provider": "sim" });
        self.done("initiatePayin", input).await;
        let body = json!({ "amount": amount, "currency": "XOF" });
        let paid = self.simulator(&format!("payins/{payin}/pay"), body).await;
        self.server.becomes("payin", payin, "SUCCEEDED").await;
        (payin, paid["id"].as_str().unwrap().to_owned())
    }

    async fn buys(&mut self, zoe: Uuid) {
        let yara = self.wallet;
        let escrow = self.thing("escrow", "escrows");
        let input = json!({ "escrow": escrow, "buyer": yara, "seller": zoe, "amount": "1000",
            "currency": "XOF" });
        self.done("openEscrow", input).await;
        let hold = self.thing("hold", "holds");
        let legs = json!([{ "wallet": yara, "amount": "1000" }]);
        self.done("placeHold", json!({ "hold": hold, "legs": legs, "currency": "XOF" })).await;
        let withdrawal = self.thing("withdrawal", "withdrawals");
        let input = json!({ "withdrawal": withdrawal, "wallet": yara, "amount": "1000",
            "currency": "XOF", "destination": "momo-1" });
        self.done("requestWithdrawal", input).await;
        // It buys of the other, and the other of it.
        market::fund(&self.server, zoe, 1_000).await;
        for (buyer, seller) in [(yara, zoe), (zoe, yara)] {
            let order = self.thing("order", "orders");
            let lines = json!([{ "number": 1, "seller": seller, "unitPrice": "500",
                "kind": "DIGITAL", "entitlements": if buyer == yara { json!([new_id()]) } else { json!([]) } }]);
            let terms = json!({ "buyer": buyer, "currency": "XOF", "fulfilment": "IMMEDIATE",
                "lines": lines });
            self.done("placeOrder", json!({ "order": order, "terms": terms, "total": "500" }))
                .await;
            self.done("payOrder", json!({ "order": order })).await;
        }
        let input = json!({ "commandId": new_id(), "plan": "pro", "currency": "XOF",
            "price": "3000", "every": { "unit": "DAY", "count": 30 }, "recognition": "PERIOD" });
        self.server.done("TOKEN_SUPERADMIN", "setPlan", input).await;
        let subscription = self.thing("subscription", "subscriptions");
        let input = json!({ "subscription": subscription, "wallet": yara, "plan": "pro" });
        self.done("subscribe", input).await;
    }

    async fn gives_back(&mut self, (payin, payment): (Uuid, String)) {
        let refund = self.thing("refund", "refunds");
        let input = json!({ "commandId": new_id(), "refund": refund, "of": { "payin": payin },
            "amount": "1000", "currency": "XOF", "reason": "returned" });
        self.server.done("TOKEN_FINANCE", "requestRefund", input).await;
        let body = json!({ "told": "opened", "amount": "500", "reason": "fraudulent" });
        self.simulator(&format!("payments/{payment}/disputes"), body).await;
        for (kind, list) in [("chargeback", "chargebacks"), ("invoice", "invoices")] {
            let arguments = format!("wallet: \"{}\", AT", self.wallet);
            let question = format!("{list}({arguments}) {{ edges {{ node {{ id }} }} }}");
            let first = || async {
                let found = ask(&self.server, "TOKEN_FINANCE", &question).await;
                let id = found["edges"][0]["node"]["id"].clone();
                id.as_str().and_then(|id| id.parse::<Uuid>().ok())
            };
            until(kind, || async { first().await.is_some() }).await;
            let id = first().await.unwrap();
            self.things.push((kind, list, id));
        }
    }

    async fn grant(&self, may: &str, daily: Option<&str>) {
        let daily = daily.map(|amount| json!({ "amount": amount, "currency": "XOF" }));
        let input = json!({ "wallet": self.wallet, "subject": "kofi", "may": may, "daily": daily });
        self.done("grantWalletMember", input).await;
    }

    /// What somebody is answered who asks for each thing, and for the lists of what is the shop's.
    async fn seen_by(&self, token: &str) -> Vec<Value> {
        let mut seen = Vec::new();
        for (kind, list, id) in &self.things {
            let one = format!("{kind}(id: \"{id}\", AT) {{ id }}");
            seen.push(ask(&self.server, token, &one).await);
            seen.push(self.listed(token, list).await);
        }
        seen.push(self.listed(token, "entitlements").await);
        seen
    }

    /// How many the list of what is the shop's holds.
    async fn listed(&self, token: &str, list: &str) -> Value {
        let arguments = format!("wallet: \"{}\", AT", self.wallet);
        let question = format!("{list}({arguments}) {{ edges {{ cursor }} }}");
        let found = ask(&self.server, token, &question).await;
        found["edges"].as_array().map_or(found.clone(), |edges| json!(edges.len()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_see_what_the_owner_sees_as_long_as_they_are_members() {
    let shop = Shop::open().await;
    let kinds: std::collections::BTreeSet<_> = shop.things.iter().map(|it| it.0).collect();
    assert_eq!(kinds.len(), 9, "{kinds:?}");
    let of_all = |of_one: &dyn Fn(&str, Uuid) -> [Value; 2], entitlements: Value| {
        let each = shop.things.iter().flat_map(|(_, list, id)| of_one(list, *id));
        each.chain([entitlements]).collect::<Vec<_>>()
    };
    let no = |field: &str| json!(["FORBIDDEN", field]);
    let nothing = of_all(&|_, _| [no("id"), no("wallet")], no("wallet"));
    let everything = of_all(
        &|list, id| [json!({ "id": id }), json!(if list == "orders" { 2 } else { 1 })],
        json!(1),
    );
    assert_eq!(shop.seen_by("TOKEN_FINANCE").await, everything);
    assert_eq!(shop.seen_by("TOKEN_SELLER").await, nothing);

    shop.grant("VIEW", None).await;
    assert_eq!(shop.seen_by("TOKEN_SELLER").await, everything);
    assert_eq!(shop.seen_by("TOKEN_BUYER").await, nothing);
    // Lists are of one's own, unless one asks for the wallet's.
    let own = ask(&shop.server, "TOKEN_SELLER", "escrows(AT) { edges { cursor } }").await;
    assert_eq!(own["edges"], json!([]));
    let question = format!(
        "escrows(wallet: \"{}\", owner: \"yara\", AT) {{ edges {{ cursor }} }}",
        shop.wallet
    );
    assert_eq!(ask(&shop.server, "TOKEN_SELLER", &question).await, no("owner"));
    let nowhere = format!("holds(wallet: \"{}\", AT) {{ edges {{ cursor }} }}", new_id());
    assert_eq!(ask(&shop.server, "TOKEN_SELLER", &nowhere).await, no("wallet"));

    lives(&shop).await;
    assert_eq!(shop.seen_by("TOKEN_SELLER").await, nothing);
}

/// What they follow they see, until they are members no more.
async fn lives(shop: &Shop) {
    let of = |kind: &str| shop.things.iter().find(|it| it.0 == kind).unwrap().2;
    let start = shop.server.head().await;
    for (name, argument, id) in [
        ("escrowUpdates", "escrow", of("escrow")),
        ("withdrawalUpdates", "withdrawal", of("withdrawal")),
        ("refundUpdates", "refund", of("refund")),
        ("chargebackUpdates", "chargeback", of("chargeback")),
        ("walletActivity", "wallet", shop.wallet),
    ] {
        let query =
            format!("subscription {{ it: {name}({argument}: \"{id}\", after: 0) {{ revision }} }}");
        let seen = Live::of(shop, "TOKEN_SELLER", &query).await.next().await;
        assert!(seen["data"]["it"]["revision"].is_u64(), "{name}: {seen}");
        let seen = Live::of(shop, "TOKEN_BUYER", &query).await.next().await;
        assert_eq!(seen["errors"][0]["extensions"]["code"], "FORBIDDEN", "{name}");
    }

    shop.grant("SPEND", Some("900")).await;
    let activity = format!(
        "subscription {{ it: walletActivity(wallet: \"{}\", after: {start}) {{ revision amount }} }}",
        shop.wallet
    );
    let mut live = Live::of(shop, "TOKEN_SELLER", &activity).await;
    let kofi = market::wallet(&shop.server, "kofi").await;
    let spend = |amount: &str| market::transfer(new_id(), shop.wallet, kofi, amount);
    let spent = shop.server.done("TOKEN_SELLER", "transfer", spend("800")).await;
    let seen = live.next().await;
    // That a member spent it is recorded right after it.
    assert_eq!(seen["data"]["it"], json!({ "revision": spent - 1, "amount": "800" }));
    // They see what they may still spend: there is no other limit.
    let limits =
        format!("wallet(id: \"{}\", AT) {{ limits {{ scope role kind used left }} }}", shop.wallet);
    let left = json!([{ "scope": "MEMBER", "role": null, "kind": "daily", "used": "800",
        "left": "100" }]);
    assert_eq!(ask(&shop.server, "TOKEN_SELLER", &limits).await["limits"], left);
    let refused = shop.server.mutate("TOKEN_SELLER", "transfer", spend("101")).await;
    assert_eq!(refused["code"], "WINDOW_EXCEEDED");

    shop.done("revokeWalletMember", json!({ "wallet": shop.wallet, "subject": "kofi" })).await;
    shop.done("transfer", spend("1")).await;
    let seen = live.next().await;
    assert_eq!(seen["errors"][0]["extensions"]["code"], "FORBIDDEN", "{seen}");
    assert_eq!(live.next().await, Value::Null, "it ends");
}

/// A live subscription.
struct Live(
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>,
);

impl Live {
    async fn of(shop: &Shop, token: &str, query: &str) -> Self {
        let url = shop.server.url("/graphql/ws").replace("http://", "ws://");
        let mut request = url.into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let token = format!("Bearer {}", shop.server.variable(token));
        for message in [
            json!({ "type": "connection_init", "payload": { "authorization": token } }),
            json!({ "type": "subscribe", "id": "1", "payload": { "query": query } }),
        ] {
            socket.send(message.to_string().into()).await.unwrap();
        }
        Self(socket)
    }

    /// What comes next; null when nothing does any more.
    async fn next(&mut self) -> Value {
        loop {
            let wait = Duration::from_secs(20);
            let message = tokio::time::timeout(wait, self.0.next()).await.unwrap();
            let message = message.unwrap().unwrap();
            let text = message.to_text().unwrap_or_default();
            let Ok(message) = serde_json::from_str::<Value>(text) else { continue };
            match message["type"].as_str() {
                Some("next") => return message["payload"].clone(),
                Some("error") => return json!({ "errors": message["payload"] }),
                Some("complete") => return Value::Null,
                _ => {}
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_role_s_limit_leaves_is_seen_before_it_refuses() {
    let server = Server::start(&[]);
    market::open_ledger(&server).await;
    let ama = market::wallet(&server, "ama").await;
    let kofi = market::wallet(&server, "kofi").await;
    market::fund(&server, ama, 20_000).await;
    let set = async |scope: Value, daily: &str| {
        let limits = json!({ "daily": [{ "amount": daily, "currency": "XOF" }] });
        let input = json!({ "commandId": new_id(), "scope": scope, "limits": limits });
        server.done("TOKEN_SUPERADMIN", "setLimits", input).await;
    };
    set(json!({ "role": "BUYER" }), "5000").await;
    set(json!({ "role": "SERVICE" }), "9000").await;
    set(json!({ "everybody": true }), "8000").await;
    let pay = |amount: &str| market::transfer(new_id(), ama, kofi, amount);
    server.done("TOKEN_BUYER", "transfer", pay("1000")).await;
    server.done("TOKEN_SERVICE", "transfer", pay("500")).await;

    let question =
        format!("wallet(id: \"{ama}\", AT) {{ limits {{ scope role kind limit used left }} }}");
    let limit = |scope: &str, role: Value, limit: &str, left: &str| {
        json!({ "scope": scope, "role": role, "kind": "daily", "limit": limit, "used": "1500",
            "left": left })
    };
    let buyers = limit("ROLE", json!("BUYER"), "5000", "3500");
    let services = limit("ROLE", json!("SERVICE"), "9000", "7500");
    let own = limit("WALLET", Value::Null, "8000", "6500");
    let left = ask(&server, "TOKEN_BUYER", &question).await;
    assert_eq!(left["limits"], json!([buyers, own]));
    let left = ask(&server, "TOKEN_FINANCE", &question).await;
    assert_eq!(left["limits"], json!([buyers, services, own]));

    let refused = server.mutate("TOKEN_BUYER", "transfer", pay("3501")).await;
    assert_eq!(refused["code"], "WINDOW_EXCEEDED");
    server.done("TOKEN_BUYER", "transfer", pay("3500")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_that_may_not_approve_itself_is_seen_to_wait_for_persons() {
    let server = Server::start(&[]);
    market::open_ledger(&server).await;
    let ama = market::wallet(&server, "ama").await;
    market::fund(&server, ama, 20_000).await;
    let thresholds = json!([{ "amount": "5000", "currency": "XOF" }]);
    let input = json!({ "commandId": new_id(), "thresholds": thresholds });
    server.done("TOKEN_SUPERADMIN", "configureFourEyes", input).await;
    let (small, large) = (new_id(), new_id());
    for (id, amount) in [(small, "5000"), (large, "5001")] {
        let input = json!({ "commandId": new_id(), "withdrawal": id, "wallet": ama,
            "amount": amount, "currency": "XOF", "destination": "momo-1" });
        server.done("TOKEN_BUYER", "requestWithdrawal", input).await;
    }
    let alerted = async |token: &str, alerted: bool| {
        let question = format!(
            "withdrawals(alerted: {alerted}, AT) {{ edges {{ node {{ id alertedAt autoApproveAt }} }} }}"
        );
        let found = ask(&server, token, &question).await["edges"].clone();
        let nodes = found.as_array().unwrap().iter().map(|edge| edge["node"].clone());
        nodes.collect::<Vec<_>>()
    };
    assert_eq!(alerted("TOKEN_FINANCE", true).await, Vec::<Value>::new());
    let process = format!(
        "process(process: \"withdrawal\", instance: \"{large}\", AT) {{ state waitsFor dueAt }}"
    );
    let before = ask(&server, "TOKEN_FINANCE", &process).await;
    assert_eq!(before["waitsFor"], "judgement");
    assert_ne!(before["dueAt"], Value::Null);

    let later = Utc::now() + TimeDelta::hours(49);
    let input = json!({ "commandId": new_id(), "to": later });
    server.done("TOKEN_ADMIN", "advanceClock", input).await;
    let is_alerted = || async { !alerted("TOKEN_FINANCE", true).await.is_empty() };
    until("nobody was alerted", is_alerted).await;
    server.becomes("withdrawal", small, "APPROVED").await;
    server.becomes("withdrawal", large, "REQUESTED").await;
    for token in ["TOKEN_FINANCE", "TOKEN_BUYER"] {
        let seen = alerted(token, true).await;
        assert_eq!((seen.len(), &seen[0]["id"]), (1, &json!(large)));
        let at = |field: &str| seen[0][field].as_str().unwrap().parse().unwrap();
        let (alerted_at, due): (chrono::DateTime<Utc>, chrono::DateTime<Utc>) =
            (at("alertedAt"), at("autoApproveAt"));
        assert!(alerted_at >= due);
        let others = alerted(token, false).await;
        assert_eq!((others.len(), &others[0]["id"]), (1, &json!(small)));
        assert_eq!(others[0]["alertedAt"], Value::Null);
    }
    let waits = json!({ "state": "WAITING", "waitsFor": "judgement", "dueAt": null });
    assert_eq!(ask(&server, "TOKEN_FINANCE", &process).await, waits);
}
