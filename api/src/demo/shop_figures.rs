//! What a seller, and the platform, see of the shops' orders: lists and figures from the read
//! models, checked against the table of [`super::shops`].

use anyhow::ensure;
use cauri_domain::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::market::{FINANCE, Market, Who, text};
use super::report;

/// Kofi, who sees what is his and nothing else.
const KOFI: Who = Who::new("kofi", Role::Seller);

/// Asks, checks and prints all of it.
pub(super) async fn print(market: &Market, kofi: Uuid, esi: Uuid) -> anyhow::Result<()> {
    orders(market, kofi, esi).await?;
    coupons(market).await?;
    earnings(market, kofi).await?;
    revenue(market).await
}

fn rows(list: &Value) -> Vec<Value> {
    list.as_array().cloned().unwrap_or_default()
}

/// What a column of amounts adds up to.
fn sum(rows: &[Value], column: &str) -> anyhow::Result<Decimal> {
    let each = rows.iter().map(|row| text(&row[column]).parse::<Decimal>());
    Ok(each.sum::<Result<_, _>>()?)
}

async fn orders(market: &Market, kofi: Uuid, esi: Uuid) -> anyhow::Result<()> {
    let query = "query($seller: UUID!, $at: Revision) {
        orders(seller: $seller, atLeastRevision: $at) {
            nodes { status settledBy coupon discount total } } }";
    let variables = json!({ "seller": kofi, "at": market.head().await? });
    let seen = market.ask(&KOFI, query, variables).await?;
    let seen = rows(&seen["orders"]["nodes"]);
    let order = |by: &str, coupon: Option<&str>, discount: &str, total: &str| {
        json!({ "status": "SETTLED", "settledBy": by, "coupon": coupon, "discount": discount,
            "total": total })
    };
    let expected = [
        order("REQUEST", None, "0", "2500"),
        order("TIMER", Some("flash20"), "550", "2500"),
        order("PAYMENT", Some("flash20"), "600", "4400"),
    ];
    ensure!(seen == expected, "Kofi sells in three orders: {seen:?}");
    println!(
        "\nKofi's orders\n{}",
        report::rows(&["status", "settledBy", "coupon", "discount", "total"], &seen)
    );
    let variables = json!({ "seller": esi, "at": market.head().await? });
    let hers = market.ask(&KOFI, query, variables).await?;
    let hers = rows(&hers["orders"]["nodes"]);
    // One basket was of both.
    ensure!(hers.len() == 1 && hers[0]["total"] == "4400", "no others of Esi's: {hers:?}");
    Ok(())
}

async fn coupons(market: &Market) -> anyhow::Result<()> {
    let query = "query($at: Revision) { coupons(atLeastRevision: $at) {
        nodes { code bearer uses redeemed reserved usesLeft costs { amount currency } } } }";
    let variables = json!({ "at": market.head().await? });
    let seen = market.ask(&FINANCE, query, variables).await?;
    let seen = rows(&seen["coupons"]["nodes"]);
    let coupon = |code: &str, bearer: &str, uses: u32, cost: &str| {
        json!({ "code": code, "bearer": bearer, "uses": uses, "redeemed": 2, "reserved": 0,
            "usesLeft": uses - 2, "costs": [{ "amount": cost, "currency": "XOF" }] })
    };
    let expected =
        [coupon("welcome", "PLATFORM", 2, "1000"), coupon("flash20", "SELLER", 3, "1150")];
    ensure!(seen == expected, "what the coupons cost: {seen:?}");
    let seen = seen.into_iter().map(|mut row| {
        row["cost"] = row["costs"][0]["amount"].clone();
        row
    });
    let columns = ["code", "bearer", "uses", "redeemed", "usesLeft", "cost"];
    println!("\nCoupons\n{}", report::rows(&columns, &seen.collect::<Vec<_>>()));
    Ok(())
}

async fn earnings(market: &Market, kofi: Uuid) -> anyhow::Result<()> {
    let query = "query($wallet: UUID!, $at: Revision) {
        sellerEarnings(wallet: $wallet, atLeastRevision: $at) {
            rows { gross refunded commission net } } }";
    let variables = json!({ "wallet": kofi, "at": market.head().await? });
    let seen = market.ask(&KOFI, query, variables).await?;
    let days = rows(&seen["sellerEarnings"]["rows"]);
    // 2,400 and 2,200 after his discounts, and 2,000; 5 % of each.
    for (column, paper) in [("gross", 6_600), ("refunded", 0), ("commission", 330), ("net", 6_270)]
    {
        let is = sum(&days, column)?;
        ensure!(is == Decimal::from(paper), "Kofi's {column} should be {paper}, not {is}");
    }
    Ok(())
}

async fn revenue(market: &Market) -> anyhow::Result<()> {
    let query = "query($at: Revision) {
        revenue(by: [CATEGORY], includeExpenses: true, atLeastRevision: $at) {
            rows { class account currency category amount postings } } }";
    let seen = market.ask(&FINANCE, query, json!({ "at": market.head().await? })).await?;
    let seen = rows(&seen["revenue"]["rows"]);
    let of = |account: &str| {
        let rows: Vec<_> = seen.iter().filter(|row| row["account"] == account).cloned().collect();
        sum(&rows, "amount")
    };
    ensure!(of("revenue:commission")? == Decimal::from(530), "5 % of 10,600: {seen:?}");
    ensure!(of("expense:promotions")? == Decimal::from(1_000), "500, twice: {seen:?}");
    let all = seen.iter().all(|row| row["category"] == "shopping");
    ensure!(all, "all of it is of the category that orders say: {seen:?}");
    let columns = ["class", "account", "category", "currency", "amount"];
    println!("\nWhat the platform earned and gave\n{}", report::rows(&columns, &seen));
    Ok(())
}
