//! Reports: the same figures in every format, those of the books; refused, lost, after a crash.

use std::collections::BTreeMap;

use cauri_tests::server::new_id;
use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::kit::{Market, Row, csv_rows, json_rows, sum, xlsx_rows};

const KINDS: [&str; 6] = [
    "DAILY_SUMMARY",
    "WEEKLY_REVENUE",
    "MONTHLY_ANALYTICS",
    "TRANSACTION_DETAIL",
    "STORE_PERFORMANCE",
    "DRIVER_EARNINGS",
];

fn with(mut input: Value, key: &str, value: Value) -> Value {
    input[key] = value;
    input
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_say_what_the_books_say_in_every_format() {
    let mut market = Market::busy().await;
    let revision = market.server.head().await;
    let mut reports = BTreeMap::new();
    for kind in KINDS {
        reports.insert(kind, in_every_format(&market, kind, revision).await);
    }
    as_the_books(&market, &reports, revision).await;
    filtered(&market).await;

    // What is recorded later changes nothing as of a revision, also once it is made anew.
    let detail = with(market.asks("STORE_PERFORMANCE", "CSV"), "revision", json!(revision));
    let before = market.fetched(detail.clone()).await;
    market.buys("700", None).await;
    let later = with(detail, "id", json!(new_id()));
    assert_eq!(market.fetched(later).await, before);
    assert_ne!(market.fetched(market.asks("STORE_PERFORMANCE", "CSV")).await, before);

    refused(&market).await;
    doors(&market).await;
    lost_and_crashed(&mut market).await;
}

async fn in_every_format(market: &Market, kind: &str, revision: u64) -> Vec<Row> {
    let ask = |format| with(market.asks(kind, format), "revision", json!(revision));
    let rows = json_rows(&market.fetched(ask("JSON")).await);
    assert!(!rows.is_empty(), "{kind}");
    assert_eq!(csv_rows(&market.fetched(ask("CSV")).await), rows, "{kind}");
    let sheet = xlsx_rows(&market.fetched(ask("XLSX")).await);
    assert_eq!(sheet, rows, "{kind}");
    let pdf = market.fetched(ask("PDF")).await;
    let pdf = String::from_utf8_lossy(&pdf);
    assert!(pdf.contains(&format!("as_of_revision  {revision}")), "{kind}");
    for (name, value) in rows.iter().flatten() {
        // Long text is broken into lines.
        let is_there = value.len() > 44 || pdf.contains(value.as_str());
        assert!(is_there, "{kind}: {name} {value}");
    }
    rows
}

async fn as_the_books(market: &Market, reports: &BTreeMap<&str, Vec<Row>>, revision: u64) {
    let query = "query($at: Revision) {
        revenue(by: [DAY], includeExpenses: true, first: 100, atLeastRevision: $at) {
            rows { class account amount } }
        trialBalance(asOf: { revision: $at }) { totals { currency debits credits } } }";
    let books = market.server.graphql("TOKEN_FINANCE", query, json!({ "at": revision })).await;
    let mut earned = BTreeMap::<String, Decimal>::new();
    for row in books["revenue"]["rows"].as_array().unwrap() {
        let amount: Decimal = row["amount"].as_str().unwrap().parse().unwrap();
        *earned.entry(row["account"].as_str().unwrap().to_owned()).or_default() += amount;
    }
    // 5 % of 1,000, 1,500 and 2,000; couriers keep all.
    assert_eq!(earned["revenue:commission"], 225.into());
    let weekly = &reports["WEEKLY_REVENUE"];
    for (account, amount) in &earned {
        let of_account = weekly.iter().filter(|row| row["account"] == *account);
        assert_eq!(sum(of_account, "amount"), *amount, "{account}");
    }
    let total = &books["trialBalance"]["totals"][0];
    let detail = &reports["TRANSACTION_DETAIL"];
    for (side, column) in [("debit", "debits"), ("credit", "credits")] {
        let of_side = detail.iter().filter(|row| row["side"] == side);
        assert_eq!(sum(of_side, "amount").to_string(), total[column].as_str().unwrap());
    }
    let income: Decimal =
        earned.iter().filter(|it| it.0.starts_with("revenue:")).map(|it| it.1).sum();
    for kind in ["DAILY_SUMMARY", "MONTHLY_ANALYTICS"] {
        let figures = [
            ("paid_in", 25_000.into()),
            ("paid_out", 500.into()),
            ("gross", 4_800.into()),
            ("net", 4_575.into()),
            ("tips", 200.into()),
            ("income", income),
            ("shares", 4.into()),
        ];
        for (column, amount) in figures {
            assert_eq!(sum(&reports[kind], column), amount, "{kind}: {column}");
        }
    }
    let stores = &reports["STORE_PERFORMANCE"];
    let shop = stores.iter().find(|row| row["store"] == "kofi-1").unwrap();
    let figures = [("gross", "2800"), ("commission", "125"), ("platform_result", "125")];
    for (column, amount) in figures {
        assert_eq!(shop[column], amount, "{column}");
    }
    let [driver] = &reports["DRIVER_EARNINGS"][..] else { panic!("Yao alone drives") };
    assert_eq!(driver["wallet"], market.yao.to_string());
    let figures = [("gross", "2300"), ("commission", "100"), ("net", "2200"), ("tips", "200")];
    for (column, amount) in figures {
        assert_eq!(driver[column], amount, "{column}");
    }
}

async fn filtered(market: &Market) {
    let rides = with(market.asks("DRIVER_EARNINGS", "JSON"), "category", json!("transport"));
    assert_eq!(sum(&json_rows(&market.fetched(rides).await), "gross"), 2_000.into());
    let mut shop = market.asks("WEEKLY_REVENUE", "JSON");
    (shop["dimensionName"], shop["dimensionValue"]) = (json!("store"), json!("kofi-1"));
    assert_eq!(sum(&json_rows(&market.fetched(shop.clone()).await), "amount"), 125.into());
    let other = with(with(shop, "id", json!(new_id())), "dimensionValue", json!("kofi-2"));
    assert!(json_rows(&market.fetched(other).await).is_empty());
}

async fn refused(market: &Market) {
    let good = || market.asks("DAILY_SUMMARY", "CSV");
    let (from, _) = market.days;
    let asked = good();
    market.fetched(asked.clone()).await;
    for (input, code, field) in [
        (with(good(), "to", json!(from)), "INVALID_SETTING", "to"),
        (with(good(), "to", json!(from + TimeDelta::days(401))), "INVALID_SETTING", "to"),
        (with(good(), "revision", json!(1_000_000)), "INVALID_SETTING", "revision"),
        (with(good(), "category", json!("Two Words")), "INVALID_TEXT", "category"),
        (with(good(), "dimensionName", json!("store")), "INVALID_SETTING", "dimensionValue"),
        (with(asked.clone(), "format", json!("PDF")), "EXISTS_WITH_OTHER_TERMS", "format"),
        (with(asked.clone(), "kind", json!("WEEKLY_REVENUE")), "EXISTS_WITH_OTHER_TERMS", "kind"),
    ] {
        let result = market.server.mutate("TOKEN_FINANCE", "generateReport", input.clone()).await;
        assert_eq!((&result["code"], &result["field"]), (&json!(code), &json!(field)), "{input}");
    }
    for token in ["TOKEN_BUYER", "TOKEN_SELLER", "TOKEN_AUDITOR", "TOKEN_SERVICE"] {
        let result = market.server.mutate(token, "generateReport", good()).await;
        assert_eq!(result["code"], "FORBIDDEN", "{token}");
    }
    let again = market.server.mutate("TOKEN_ADMIN", "generateReport", asked).await;
    assert_eq!(again["replayed"], true);
    let seen = market.server.try_graphql("TOKEN_BUYER", "{ reports { nodes { id } } }", json!({}));
    assert_eq!(seen.await.unwrap()["errors"][0]["extensions"]["code"], "FORBIDDEN");

    // All of them, page by page.
    let query = "query($after: String) { reports(first: 10, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } }";
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = market.server.graphql("TOKEN_ADMIN", query, json!({ "after": after })).await;
        let page = &data["reports"];
        ids.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(ids.len(), 24 + 3 + 3 + 1);
}

async fn doors(market: &Market) {
    let input = market.asks("DAILY_SUMMARY", "CSV");
    let path = format!("/reports/main/{}", input["id"].as_str().unwrap());
    market.fetched(input).await;
    let (status, headers, _) = market.get(&path, Some("TOKEN_FINANCE")).await;
    assert_eq!(
        (status, &headers["content-type"]),
        (200, &"text/csv; charset=utf-8".parse().unwrap())
    );
    let name = headers["content-disposition"].to_str().unwrap();
    assert!(name.starts_with("attachment; filename=\"daily_summary_"), "{name}");
    let unknown = format!("/reports/main/{}", new_id());
    for (path, token, status) in [
        (path.as_str(), None, 401),
        (path.as_str(), Some("TOKEN_BUYER"), 403),
        (path.as_str(), Some("TOKEN_SERVICE"), 403),
        (&path.replace("main", "other"), Some("TOKEN_FINANCE"), 403),
        (unknown.as_str(), Some("TOKEN_FINANCE"), 404),
        ("/reports/main/..%2fmain", Some("TOKEN_FINANCE"), 404),
    ] {
        assert_eq!(market.get(path, token).await.0, status, "{path} {token:?}");
    }
}

/// Files are made again when they are lost; what was asked outlives a crash.
async fn lost_and_crashed(market: &mut Market) {
    let input = market.asks("TRANSACTION_DETAIL", "CSV");
    let id = input["id"].as_str().unwrap().to_owned();
    let before = market.fetched(input).await;
    let file = market.server.data().join(format!("reports/main/{id}.csv"));
    std::fs::remove_file(&file).unwrap();
    let path = format!("/reports/main/{id}");
    assert_eq!(market.get(&path, Some("TOKEN_FINANCE")).await.0, 202);
    assert_eq!(market.ready(&id).await, before);

    let asked: Vec<Value> = KINDS.map(|kind| market.asks(kind, "XLSX")).to_vec();
    for input in &asked {
        market.server.done("TOKEN_FINANCE", "generateReport", input.clone()).await;
    }
    std::fs::remove_file(&file).unwrap();
    market.server.kill9_everything();
    market.server.restart();
    for input in &asked {
        let sheet = market.ready(input["id"].as_str().unwrap()).await;
        assert!(!xlsx_rows(&sheet).is_empty());
    }
    assert_eq!(market.ready(&id).await, before);
}
