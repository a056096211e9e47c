//! Reports of what providers hold and of what is in suspense, and how old it is.

use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::market;
use cauri_tests::server::new_id;
use serde_json::json;

use super::kit::{Market, csv_rows, json_rows, sum, xlsx_rows};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ages_are_the_same_in_every_format() {
    let market = Market::busy().await;
    let nobodys = new_id();
    market.server.webhook("stripe", STRIPE_SCHEME, &market::paid(nobodys, 70)).await;
    let object = format!("pi_{}", nobodys.simple());

    let csv = csv_rows(&market.fetched(market.asks("CLEARING_AGES", "CSV")).await);
    let stripe: Vec<_> = csv.iter().filter(|row| row["account"] == "clearing:stripe").collect();
    let parts: Vec<_> = stripe.iter().map(|row| (&row["object"], &row["open"])).collect();
    let [first, second] = &market.payins;
    assert_eq!(
        parts,
        [(first, &"20000".to_owned()), (second, &"5000".to_owned()), (&object, &"70".to_owned())]
    );
    assert!(stripe.iter().all(|row| row["bucket"] == "0-1" && row["days"] == "0"));
    // What was paid out through `sim` never came in there.
    let sim: Vec<_> = csv.iter().filter(|row| row["account"] == "clearing:sim").collect();
    assert_eq!(
        (sim.len(), &sim[0]["kind"], &sim[0]["open"]),
        (1, &"payout".into(), &"-500".into())
    );
    for format in ["JSON", "XLSX"] {
        let bytes = market.fetched(market.asks("CLEARING_AGES", format)).await;
        let rows = if format == "JSON" { json_rows(&bytes) } else { xlsx_rows(&bytes) };
        assert_eq!(sum(&rows, "open"), sum(&csv, "open"), "{format}");
    }
    assert!(market.fetched(market.asks("CLEARING_AGES", "PDF")).await.starts_with(b"%PDF-"));

    let waiting = json_rows(&market.fetched(market.asks("SUSPENSE_AGES", "JSON")).await);
    let [row] = &waiting[..] else { panic!("{waiting:?}") };
    for (column, value) in [
        ("account", "suspense:stripe"),
        ("kind", "reference"),
        ("object", object.as_str()),
        ("open", "70"),
        ("event", "payin.mismatched.v1"),
        ("waits_for", "person"),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
    // Before anything happened there was nothing.
    let mut early = market.asks("SUSPENSE_AGES", "JSON");
    early["revision"] = json!(0);
    assert_eq!(json_rows(&market.fetched(early).await).len(), 0);
    let mut narrowed = market.asks("CLEARING_AGES", "CSV");
    narrowed["category"] = json!("shop");
    let refused = market.server.mutate("TOKEN_FINANCE", "generateReport", narrowed).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("INVALID_SETTING"), &json!("category"))
    );
}
