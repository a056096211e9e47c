//! Money that a provider takes back, through its own network doors: refunds, chargebacks also on
//! money that was paid out long ago, payouts that come back, fees.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::{Duration, Instant};

use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

struct Provider<'a>(&'a Server);

impl Provider<'_> {
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/v1/{path}", self.0.variable("CAURI_SIM_URL"));
        let answer = self.0.http().post(url).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn accepts(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, 202, "{path}: {answer}");
        answer
    }

    /// A payment into a wallet, paid by its customer; the pay-in and the provider's own payment.
    async fn pays(&self, wallet: Uuid, francs: u64, more: Value) -> (Uuid, String) {
        let payin = new_id();
        let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
            "amount": francs.to_string(), "currency": "XOF", "provider": "sim" });
        self.0.done("TOKEN_SERVICE", "initiatePayin", input).await;
        let mut body = json!({ "amount": francs.to_string(), "currency": "XOF" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.accepts(&format!("payins/{payin}/pay"), body).await;
        (payin, answer["id"].as_str().unwrap().to_owned())
    }

    async fn tells(&self, payment: &str, body: Value) {
        self.accepts(&format!("payments/{payment}/disputes"), body).await;
    }
}

/// Waits, for at most half a minute, until a question has this answer.
async fn until<F: Future<Output = Value>>(wanted: &Value, ask: impl Fn() -> F) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let is = ask().await;
        if is == *wanted {
            return;
        }
        assert!(Instant::now() < deadline, "it is {is}, not {wanted}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn has(server: &Server, wallet: Uuid, francs: &str) {
    until(&json!(francs), || async {
        json!(server.available(wallet, "XOF", server.head().await).await)
    })
    .await;
}

/// The balance of an account; zero where it was never used.
async fn balance(server: &Server, account: &str) -> Value {
    let head = server.head().await;
    let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
        rows { account balance } totals { debits credits } } }";
    let data = server.graphql("TOKEN_FINANCE", query, json!({ "at": head })).await;
    for total in data["trialBalance"]["totals"].as_array().unwrap() {
        assert_eq!(total["debits"], total["credits"]);
    }
    let rows = data["trialBalance"]["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["account"] == account);
    row.map_or(json!("0"), |row| row["balance"].clone())
}

async fn refund(server: &Server, payin: Uuid, francs: &str) -> Uuid {
    let refund = new_id();
    let input = json!({ "commandId": new_id(), "refund": refund, "of": { "payin": payin },
        "amount": francs, "currency": "XOF", "reason": "returned" });
    server.done("TOKEN_FINANCE", "requestRefund", input).await;
    refund
}

async fn withdraw(server: &Server, wallet: Uuid, francs: &str) -> Uuid {
    let withdrawal = market::withdraw(server, wallet, francs, "momo-1").await;
    server.becomes("withdrawal", withdrawal, "PAID").await;
    withdrawal
}

async fn chargeback(server: &Server, payment: &str, fields: &str) -> Value {
    let head = server.head().await;
    let query = format!(
        "query($at: Revision) {{ chargebacks(atLeastRevision: $at) {{ edges {{ node {{
            payment {fields} }} }} }} }}"
    );
    let data = server.graphql("TOKEN_FINANCE", &query, json!({ "at": head })).await;
    let edges = data["chargebacks"]["edges"].as_array().unwrap().clone();
    let found = edges.into_iter().find(|edge| edge["node"]["payment"] == payment);
    let mut node = found.map_or(Value::Null, |edge| edge["node"].clone());
    if let Some(fields) = node.as_object_mut() {
        fields.remove("payment");
    }
    node
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_takes_back_ends_where_it_belongs() {
    let server = Server::start(&["--demo"]);
    refunds(&server).await;
    paid_out_and_disputed(&server).await;
    lost(&server).await;
    came_back(&server).await;
    steps_of_a_card(&server).await;
    // What the provider owes us: what came in, less what it paid out, gave back and kept.
    let refunds = 10_000 - 150 - 4_000 - 1_000 + 3_000;
    let disputed = 5_000 - 5_000 - (5_000 + 500) + 7_000 + 5_000 - 5_000;
    let (lost, came_back, card) = (0, 6_000, 900);
    let owes = refunds + disputed + lost + came_back + card;
    assert_eq!(balance(&server, "clearing:sim").await, owes.to_string());
    assert_eq!(balance(&server, "expense:provider-fees").await, "150");
    assert_eq!(balance(&server, "expense:disputes").await, "500");
    assert_eq!(balance(&server, "suspense:sim").await, "0");
}

async fn refunds(server: &Server) {
    let provider = Provider(server);
    let ama = market::wallet(server, "ama").await;
    let (payin, payment) = provider.pays(ama, 10_000, json!({ "fee": "150" })).await;
    has(server, ama, "10000").await;
    let made = refund(server, payin, "4000").await;
    server.becomes("refund", made, "SUCCEEDED").await;
    has(server, ama, "6000").await;

    // Somebody gives money back in the provider's office: 5,000 in all, 4,000 of it ours.
    let path = format!("payments/{payment}/refunds");
    provider.accepts(&path, json!({ "amount": "1000" })).await;
    has(server, ama, "5000").await;
    let (status, answer) = provider.post(&path, json!({ "amount": "5001" })).await;
    assert_eq!((status, &answer["code"]), (422, &json!("refund_too_large")));
    let (status, answer) = provider.post(&path, json!({ "amount": "0.5" })).await;
    assert_eq!((status, &answer["code"]), (400, &json!("invalid_request")));

    // Never more than was paid, whoever gave the rest back.
    let input = json!({ "commandId": new_id(), "refund": new_id(), "of": { "payin": payin },
        "amount": "5001", "currency": "XOF", "reason": "returned", "intoDebt": true });
    let refused = server.mutate("TOKEN_FINANCE", "requestRefund", input).await;
    assert_eq!(refused["__typename"], "Refused", "{refused}");

    // A refund that the provider cannot make is in the wallet again.
    let (payin, _) = provider.pays(ama, 3_000, json!({ "refunds": "fail" })).await;
    has(server, ama, "8000").await;
    let failed = refund(server, payin, "3000").await;
    server.becomes("refund", failed, "FAILED").await;
    has(server, ama, "8000").await;
    assert_eq!(balance(server, &format!("refund:{failed}")).await, "0");
}

async fn paid_out_and_disputed(server: &Server) {
    let provider = Provider(server);
    let kofi = market::wallet(server, "kofi").await;
    let (_, payment) = provider.pays(kofi, 5_000, json!({})).await;
    has(server, kofi, "5000").await;
    withdraw(server, kofi, "5000").await;

    provider.tells(&payment, json!({ "told": "inquiry" })).await;
    until(&json!({ "status": "INQUIRY" }), || chargeback(server, &payment, "status")).await;
    let opened = json!({ "told": "opened", "reason": "fraudulent",
        "due_by": "2099-01-01T00:00:00Z" });
    provider.tells(&payment, opened).await;
    provider.tells(&payment, json!({ "told": "funds_withdrawn", "fee": "500" })).await;
    let taken = json!({ "status": "OPEN", "disputed": "5000", "withdrawn": "5000",
        "borne": "5000", "fee": "500", "reason": "fraudulent" });
    let fields = "status disputed withdrawn borne fee reason";
    until(&taken, || chargeback(server, &payment, fields)).await;

    // The money is gone: the seller owes it, and pays it with what comes next.
    let owed = format!("receivable:{kofi}");
    assert_eq!(balance(server, &owed).await, "5000");
    provider.pays(kofi, 7_000, json!({})).await;
    has(server, kofi, "2000").await;
    assert_eq!(balance(server, &owed).await, "0");

    let id = chargeback(server, &payment, "id").await["id"].clone();
    let evidence = json!({ "commandId": new_id(), "chargeback": id, "evidence": "0".repeat(64) });
    server.done("TOKEN_FINANCE", "submitEvidence", evidence).await;
    provider.tells(&payment, json!({ "told": "won" })).await;
    provider.tells(&payment, json!({ "told": "funds_reinstated" })).await;
    has(server, kofi, "7000").await;
    let won = json!({ "status": "WON", "reinstated": "5000" });
    until(&won, || chargeback(server, &payment, "status reinstated")).await;
    withdraw(server, kofi, "5000").await;
}

async fn lost(server: &Server) {
    let provider = Provider(server);
    let esi = market::wallet(server, "esi").await;
    let (_, payment) = provider.pays(esi, 2_000, json!({})).await;
    has(server, esi, "2000").await;
    // The order of what is told does not matter.
    provider.tells(&payment, json!({ "told": "lost" })).await;
    provider.tells(&payment, json!({ "told": "funds_withdrawn" })).await;
    provider.tells(&payment, json!({ "told": "opened" })).await;
    let lost = json!({ "status": "LOST", "borne": "2000", "reserved": "0" });
    until(&lost, || chargeback(server, &payment, "status borne reserved")).await;
    has(server, esi, "0").await;
}

async fn came_back(server: &Server) {
    let provider = Provider(server);
    let yao = market::wallet(server, "yao").await;
    provider.pays(yao, 6_000, json!({})).await;
    has(server, yao, "6000").await;
    let withdrawal = withdraw(server, yao, "6000").await;
    provider.accepts(&format!("payouts/{withdrawal}/return"), json!({})).await;
    server.becomes("withdrawal", withdrawal, "RETURNED").await;
    has(server, yao, "6000").await;
}

async fn steps_of_a_card(server: &Server) {
    let provider = Provider(server);
    let abla = market::wallet(server, "abla").await;
    let (payin, _) = provider.pays(abla, 900, json!({ "outcome": "pend" })).await;
    server.becomes("payin", payin, "SUBMITTED").await;
    let pay = |payin: Uuid| format!("payins/{payin}/pay");
    let with = |outcome: &str| json!({ "amount": "900", "currency": "XOF", "outcome": outcome });
    // What is kept for us is captured at once.
    provider.accepts(&pay(payin), with("authorise")).await;
    server.becomes("payin", payin, "SUCCEEDED").await;
    has(server, abla, "900").await;

    // Or when the marketplace says so; and the issuer may not give it then.
    let later = new_id();
    let input = json!({ "commandId": new_id(), "payin": later, "wallet": abla, "amount": "900",
        "currency": "XOF", "provider": "sim", "captureLater": true });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    let mut empty = with("authorise");
    empty["captures"] = json!("fail");
    provider.accepts(&pay(later), empty).await;
    server.becomes("payin", later, "AUTHORISED").await;
    let capture = json!({ "commandId": new_id(), "payin": later });
    server.done("TOKEN_FINANCE", "capturePayin", capture).await;
    server.becomes("payin", later, "DECLINED").await;
    has(server, abla, "900").await;

    // Of what was never paid nothing comes back.
    let (status, answer) = provider.post("payouts/nobodys/return", json!({})).await;
    assert_eq!((status, &answer["code"]), (422, &json!("not_paid")));
    let (status, answer) = provider.post("payments/pi_1/disputes", json!({"told": "won"})).await;
    assert_eq!((status, &answer["code"]), (422, &json!("unknown_payment")));
}
