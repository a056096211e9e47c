//! A provider's settlement statement against the books.

use serde_json::{Value, json};

use super::kit::Market;

const QUERY: &str = "query($input: ReconcileInput!, $at: Revision) {
    reconcile(input: $input, atLeastRevision: $at) {
        revision
        lines { object kind status here currencyHere feeDiffers }
        missingThere { object kind here currency }
        sums { currency there here difference clearing } } }";

async fn reconcile(market: &Market, provider: &str, lines: &[Value]) -> Value {
    let input = json!({ "provider": provider, "from": market.days.0, "to": market.days.1,
        "lines": lines });
    let variables = json!({ "input": input, "at": market.server.head().await });
    market.server.graphql("TOKEN_AUDITOR", QUERY, variables).await["reconcile"].clone()
}

fn line(kind: &str, object: &str, amount: &str, currency: &str) -> Value {
    json!({ "object": object, "kind": kind, "amount": amount, "currency": currency, "fee": "0" })
}

fn statuses(answer: &Value) -> Vec<&str> {
    let lines = answer["lines"].as_array().unwrap().iter();
    lines.map(|line| line["status"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_is_compared_with_the_books() {
    let market = Market::busy().await;
    let [first, second] = &market.payins;

    // All is well.
    let good = [line("PAYIN", first, "20000", "XOF"), line("PAYIN", second, "5000", "XOF")];
    let answer = reconcile(&market, "stripe", &good).await;
    assert_eq!(statuses(&answer), ["MATCHED", "MATCHED"]);
    assert_eq!(answer["missingThere"], json!([]));
    let sum = json!([{ "currency": "XOF", "there": "25000", "here": "25000", "difference": "0",
        "clearing": "25000" }]);
    assert_eq!(answer["sums"], sum);

    // Another amount, another currency, one that nobody here knows, one that is missing.
    let mut bad = vec![
        line("PAYIN", first, "20001", "XOF"),
        line("PAYIN", "pi_unknown", "7", "XOF"),
        line("REFUND", second, "5", "XOF"),
    ];
    let answer = reconcile(&market, "stripe", &bad).await;
    assert_eq!(statuses(&answer), ["AMOUNT_DIFFERS", "UNKNOWN_HERE", "UNKNOWN_HERE"]);
    assert_eq!(answer["lines"][0]["here"], "20000");
    let missing = json!([{ "object": second, "kind": "PAYIN", "here": "5000", "currency": "XOF" }]);
    assert_eq!(answer["missingThere"], missing);
    assert_eq!(answer["sums"][0]["difference"], (20_001 + 7 - 5 - 25_000).to_string());
    bad[0] = line("PAYIN", first, "20000.00", "USD");
    bad[0]["fee"] = json!("1.50");
    let answer = reconcile(&market, "stripe", &bad).await;
    assert_eq!(answer["lines"][0]["status"], "CURRENCY_DIFFERS");
    let said = (&answer["lines"][0]["currencyHere"], &answer["lines"][0]["feeDiffers"]);
    assert_eq!(said, (&json!("XOF"), &json!(true)));

    // What was paid out.
    let payout = market.pays_out("300").await;
    let answer = reconcile(&market, "sim", &[line("PAYOUT", &payout, "300", "XOF")]).await;
    assert_eq!(statuses(&answer), ["MATCHED"]);
    assert_eq!(answer["missingThere"][0]["here"], "500");
    let sum = json!([{ "currency": "XOF", "there": "-300", "here": "-800", "difference": "500",
        "clearing": "-800" }]);
    assert_eq!(answer["sums"], sum);

    refused(&market, &good).await;
}

async fn refused(market: &Market, good: &[Value]) {
    let (from, to) = market.days;
    let twice = [good[0].clone(), good[0].clone()];
    let negative = [line("PAYIN", "pi_1", "-1", "XOF")];
    let nowhere = [line("PAYIN", "pi_1", "1", "ZZZ")];
    let nameless = [line("PAYIN", "", "1", "XOF")];
    let many: Vec<_> = (0..10_001).map(|n| line("PAYIN", &format!("pi_{n}"), "1", "XOF")).collect();
    for (provider, to, lines, field) in [
        ("stripe", from, good, "to"),
        ("not a provider", to, good, "provider"),
        ("stripe", to, &twice, "lines[1].object"),
        ("stripe", to, &negative, "lines[0].amount"),
        ("stripe", to, &nowhere, "lines[0].currency"),
        ("stripe", to, &nameless, "lines[0].object"),
        ("stripe", to, &many, "lines"),
    ] {
        let input = json!({ "provider": provider, "from": from, "to": to, "lines": lines });
        let answer = market.server.try_graphql("TOKEN_ADMIN", QUERY, json!({ "input": input }));
        let error = answer.await.unwrap()["errors"][0]["extensions"].clone();
        assert_eq!((&error["code"], &error["field"]), (&json!("BAD_ARGUMENT"), &json!(field)));
    }
    // As many as may be.
    let lines = &many[..10_000];
    assert_eq!(statuses(&reconcile(market, "stripe", lines).await).len(), 10_000);
    let input = json!({ "provider": "stripe", "from": from, "to": to, "lines": [] });
    for token in ["TOKEN_BUYER", "TOKEN_SERVICE"] {
        let answer = market.server.try_graphql(token, QUERY, json!({ "input": input }));
        let error = answer.await.unwrap()["errors"][0]["extensions"].clone();
        assert_eq!(error["code"], "FORBIDDEN", "{token}");
    }
}
