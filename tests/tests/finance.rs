//! A finance person's month: two providers, their fees, money that matched nothing, settlements to
//! the bank, a chargeback taken from it; then clearing is exactly zero and the bank is what its
//! statement says.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::{Duration, Instant};

use cauri_tests::finance::{Desk, Sim};
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};

/// The day that statements are of.
fn today() -> String {
    chrono::Utc::now().date_naive().to_string()
}

fn settled(provider: &str, object: &str, sum: Value) -> Value {
    json!({ "settlement": new_id(), "provider": provider, "providerObject": object,
        "valueDate": today(), "items": 3, "sums": [sum] })
}

fn with_id(mut input: Value) -> Value {
    input["commandId"] = json!(new_id());
    input
}

async fn ages(server: &Server, field: &str) -> Value {
    let query = format!(
        "query($at: Revision) {{ {field}(atLeastRevision: $at) {{ revision accounts {{
            account currency balance parts upTo1Day older oldestAt
            open {{ kind object open waitsFor }} }} }} }}"
    );
    let data = server.graphql("TOKEN_FINANCE", &query, json!({ "at": server.head().await })).await;
    data[field]["accounts"].clone()
}

fn of<'a>(accounts: &'a Value, name: &str) -> &'a Value {
    accounts.as_array().unwrap().iter().find(|it| it["account"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_of_finance() {
    let server = Server::start(&["--demo"]);
    let (desk, sim) = (Desk(&server), Sim(&server));
    let ama = market::wallet(&server, "ama").await;
    let kofi = market::wallet(&server, "kofi").await;
    let esi = market::wallet(&server, "esi").await;

    // What comes in and goes out. `sim` tells its fee with the payment, Stripe does not.
    let (first, first_object) = sim.pays(ama, 10_000, json!({ "fee": "150" })).await;
    desk.has(ama, "10000").await;
    let (second, second_object) = sim.pays(kofi, 5_000, json!({})).await;
    server.becomes("payin", second, "SUCCEEDED").await;
    let stray = sim.pays_stray(1_200).await;
    desk.balances("suspense:sim", "1200").await;
    market::fund(&server, esi, 20_000).await;
    market::fund(&server, esi, 3_000).await;
    desk.refunds(json!({ "payin": first }), "1000").await;
    let payout = desk.pays_out(kofi, "2000").await;
    desk.balances("clearing:sim", "13050").await;

    // What is open, and how old: what went out is set against what came in first.
    let clearing = ages(&server, "clearingAges").await;
    let expected = json!({ "account": "clearing:sim", "currency": "XOF", "balance": "13050",
        "parts": 3, "upTo1Day": "13050", "older": "0", "open": [
            { "kind": "payin", "object": first_object, "open": "6850", "waitsFor": null },
            { "kind": "payin", "object": second_object, "open": "5000", "waitsFor": null },
            { "kind": "payin", "object": stray, "open": "1200", "waitsFor": null }] });
    let mut found = of(&clearing, "clearing:sim").clone();
    assert!(found["oldestAt"].is_string());
    found.as_object_mut().unwrap().remove("oldestAt");
    assert_eq!(found, expected);
    let waiting = ages(&server, "suspenseAges").await;
    let expected =
        json!([{ "kind": "reference", "object": stray, "open": "1200", "waitsFor": "PERSON" }]);
    assert_eq!(of(&waiting, "suspense:sim")["open"], expected);

    // Suspense is emptied.
    desk.two_persons(json!({ "assignSuspense": { "provider": "sim", "providerObject": stray,
        "amount": "1200", "currency": "XOF", "to": { "wallet": esi } } }))
        .await;
    desk.balances("suspense:sim", "0").await;

    settles(&desk).await;
    reconciled(&server, (&first_object, &second_object, &stray, &payout)).await;

    // A chargeback: the provider has no money of ours left, and takes it from the bank.
    sim.tells(&second_object, json!({ "told": "funds_withdrawn" })).await;
    desk.balances("clearing:sim", "-5000").await;
    let taken = ages(&server, "clearingAges").await;
    assert_eq!(of(&taken, "clearing:sim")["open"][0]["kind"], "chargeback");
    let sum = json!({ "currency": "XOF", "gross": "-5000", "net": "-5000" });
    let settlement = with_id(settled("sim", "po_bank_2", sum));
    server.done("TOKEN_FINANCE", "recordSettlement", settlement).await;
    desk.balances("clearing:sim", "0").await;
    // 13,050 and 22,310 came, 5,000 went.
    desk.balances("bank", "30360").await;
    desk.balances("expense:provider-fees", "840").await;
    let cleared = ages(&server, "clearingAges").await;
    for account in cleared.as_array().unwrap() {
        assert_eq!((&account["balance"], &account["parts"]), (&json!("0"), &json!(0)));
    }
    measured(&server).await;
}

/// Both providers pay what they hold to the bank; one is recorded wrongly, and taken back.
async fn settles(desk: &Desk<'_>) {
    let server = desk.0;
    let wrong = settled(
        "sim",
        "po_bank_1",
        json!({ "currency": "XOF", "gross": "13050",
        "fee": "50", "net": "13000" }),
    );
    server.done("TOKEN_FINANCE", "recordSettlement", with_id(wrong.clone())).await;
    let refused = |input: Value| async {
        let answer = server.mutate("TOKEN_FINANCE", "recordSettlement", with_id(input)).await;
        (answer["code"].clone(), answer["field"].clone())
    };
    // The fee was told with the payment: it must not be booked twice.
    let sum = json!({ "currency": "XOF", "gross": "13050", "net": "13050" });
    let right = settled("sim", "po_bank_1", sum.clone());
    let other = (json!("EXISTS_WITH_OTHER_TERMS"), json!("sums"));
    assert_eq!(refused(right.clone()).await, other);
    let reverse = json!({ "commandId": new_id(), "settlement": wrong["settlement"],
        "reason": "fee-told-before" });
    server.done("TOKEN_FINANCE", "reverseSettlement", reverse).await;
    desk.balances("clearing:sim", "13050").await;
    let at = server.done("TOKEN_FINANCE", "recordSettlement", with_id(right.clone())).await;
    desk.balances("clearing:sim", "0").await;
    desk.balances("bank", "13050").await;

    // The same again is so already, under whichever command and id.
    let again = server.mutate("TOKEN_FINANCE", "recordSettlement", with_id(right.clone())).await;
    assert_eq!(again["replayed"], true, "{again}");
    let again = with_id(settled("sim", "po_bank_1", sum.clone()));
    let again = server.mutate("TOKEN_FINANCE", "recordSettlement", again).await;
    assert_eq!(again["replayed"], true, "{again}");
    // It is the settlement that is there, under its own id.
    let same = with_id(settled("sim", "po_bank_1", sum.clone()));
    let query = "mutation($input: RecordSettlementInput!) { recordSettlement(input: $input) {
        ... on SettlementChanged { replayed settlement { id } } } }";
    let data = server.graphql("TOKEN_FINANCE", query, json!({ "input": same })).await;
    let known = json!({ "replayed": true, "settlement": { "id": right["settlement"] } });
    assert_eq!(data["recordSettlement"], known);
    for (field, gross, fee, net) in [
        ("sums.fee", "10", "-1", "11"),
        ("sums.gross", "1.5", "0", "1"),
        ("sums.net", "1", "0", "x"),
    ] {
        let bad = json!({ "currency": "XOF", "gross": gross, "fee": fee, "net": net });
        let invalid = (json!("INVALID_SETTING"), json!(field));
        assert_eq!(refused(settled("sim", "po_bank_9", bad)).await, invalid);
    }
    let odd = json!({ "currency": "XOF", "gross": "10", "fee": "1", "net": "10" });
    let invalid = (json!("INVALID_SETTING"), json!("sums.net"));
    assert_eq!(refused(settled("sim", "po_bank_9", odd)).await, invalid);
    let none = json!({ "currency": "ZZZ", "gross": "0", "net": "0" });
    assert_eq!(refused(settled("sim", "po_bank_9", none)).await.0, "UNKNOWN_CURRENCY");

    // Above the threshold it takes two persons.
    let threshold = json!({ "commandId": new_id(),
        "thresholds": [{ "amount": "20000", "currency": "XOF" }] });
    server.done("TOKEN_SUPERADMIN", "configureFourEyes", threshold).await;
    let sum = json!({ "currency": "XOF", "gross": "23000", "fee": "690", "net": "22310" });
    let large = settled("stripe", "po_1Q", sum);
    assert_eq!(refused(large.clone()).await.0, "FOUR_EYES_NEEDED");
    desk.two_persons(json!({ "recordSettlement": large })).await;
    desk.balances("clearing:stripe", "0").await;
    desk.balances("bank", "35360").await;

    let query = "query($id: UUID!, $at: Revision) { settlement(id: $id, atLeastRevision: $at) {
            provider providerObject status reason items sums { currency gross fee net } }
        settlements(provider: \"sim\", first: 5, atLeastRevision: $at) { nodes { status } } }";
    let variables = json!({ "id": wrong["settlement"], "at": at });
    let data = server.graphql("TOKEN_AUDITOR", query, variables).await;
    let expected = json!({ "provider": "sim", "providerObject": "po_bank_1",
        "status": "REVERSED", "reason": "fee-told-before", "items": 3,
        "sums": [{ "currency": "XOF", "gross": "13050", "fee": "50", "net": "13000" }] });
    assert_eq!(data["settlement"], expected);
    let listed = json!([{ "status": "RECORDED" }, { "status": "REVERSED" }]);
    assert_eq!(data["settlements"]["nodes"], listed);
}

/// The provider's own statement of the days: everything is matched, and nothing is open.
async fn reconciled(server: &Server, (first, second, stray, payout): (&str, &str, &str, &str)) {
    let line = |kind: &str, object: &str, amount: &str| json!({ "object": object, "kind": kind, "amount": amount, "currency": "XOF" });
    let mut lines = vec![
        line("PAYIN", first, "10000"),
        line("PAYIN", second, "5000"),
        line("PAYIN", stray, "1200"),
        line("PAYOUT", payout, "2000"),
        line("SETTLEMENT", "po_bank_1", "13050"),
        line("SETTLEMENT", "po_bank_unknown", "-5"),
    ];
    lines[0]["fee"] = json!("150");
    lines[4]["fee"] = json!("0");
    let today = chrono::Utc::now().date_naive();
    let input = json!({ "provider": "sim", "from": today - chrono::TimeDelta::days(1),
        "to": today + chrono::TimeDelta::days(2), "lines": lines });
    let query = "query($input: ReconcileInput!, $at: Revision) {
        reconcile(input: $input, atLeastRevision: $at) {
            lines { status feeDiffers } missingThere { kind here }
            sums { settledThere settledHere feesHere clearing } stillOpen { object } } }";
    let variables = json!({ "input": input, "at": server.head().await });
    let answer = server.graphql("TOKEN_AUDITOR", query, variables).await["reconcile"].clone();
    let statuses: Vec<_> =
        answer["lines"].as_array().unwrap().iter().map(|line| &line["status"]).collect();
    let matched = "MATCHED";
    assert_eq!(statuses, [matched, matched, matched, matched, matched, "UNKNOWN_HERE"]);
    assert!(answer["lines"].as_array().unwrap().iter().all(|line| line["feeDiffers"] == false));
    assert_eq!(answer["missingThere"], json!([{ "kind": "REFUND", "here": "1000" }]));
    let sums = json!([{ "settledThere": "13045", "settledHere": "13050", "feesHere": "150",
        "clearing": "0" }]);
    assert_eq!(answer["sums"], sums);
    assert_eq!(answer["stillOpen"], json!([]));
}

/// The gauges say it too, within a minute.
async fn measured(server: &Server) {
    let labels = "{ledger=\"main\",provider=\"sim\",currency=\"XOF\"}";
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = server.http().get(server.url("/metrics")).send().await.unwrap();
        let text = answer.text().await.unwrap();
        let is = |name: &str| text.lines().any(|line| line == format!("{name}{labels} 0"));
        if is("cauri_clearing_parts") && is("cauri_suspense_oldest_seconds") {
            return;
        }
        assert!(Instant::now() < deadline, "the gauges do not say it: {text}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
