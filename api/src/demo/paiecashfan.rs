//! A wallet in euros for fans: money sent, a club's shop with a coupon, an eSIM plan that cannot be
//! activated and is refunded, one that ends by itself, tickets that are never oversold, one that is
//! passed on with a royalty, and a club that takes out what it sold.
//!
//! The platform takes 10 %. Hand arithmetic:
//!
//! | | Lea | Sam | the club | the telco | commission | promotions |
//! | --- | ---: | ---: | ---: | ---: | ---: | ---: |
//! | deposits | +200.00 | +50.00 | | | | |
//! | Lea sends Sam | −10.01 | +10.01 | | | | |
//! | a jersey for 89.99, 10 % off | −80.99 | | +80.99 | | +9.00 | +9.00 |
//! | Sam's eSIM, 9.90 by card, given back to it | | +9.90 −9.90 | | | | |
//! | an eSIM for a week | −9.90 | | | +8.91 | +0.99 | |
//! | two tickets at 25.00 | −50.00 | | +45.00 | | +5.00 | |
//! | one passed on for 30.00, with 10 % for the club | +27.00 | −30.00 | +3.00 | | | |
//! | the club takes out 100.00 | | | −100.00 | | | |
//! | in the end | 76.10 | 30.01 | 28.99 | 8.91 | 14.99 | 9.00 |
//!
//! 10 % of 89.99 is 8.999, which is rounded to 9.00: as discount, and as commission.

use anyhow::ensure;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::basket::{at_once, buy, line, place};
use super::market::{ADMIN, BACK_END, FINANCE, Market, say};

/// The rules of the ledger.
pub(super) fn settings() -> Value {
    json!({ "currencies": ["EUR"], "commissionBasisPoints": 1_000 })
}

struct People {
    lea: Uuid,
    sam: Uuid,
    club: Uuid,
    telco: Uuid,
}

/// Plays it.
pub(super) async fn play(market: &Market) -> anyhow::Result<()> {
    let people = People {
        lea: market.wallet("lea").await?,
        sam: market.wallet("sam").await?,
        club: market.wallet("club").await?,
        telco: market.wallet("telco").await?,
    };
    say("Lea brings 200.00 and Sam 50.00; Lea sends Sam 10.01");
    market.recharge(people.lea, "200.00", "EUR").await?;
    market.recharge(people.sam, "50.00", "EUR").await?;
    let send = json!({ "from": people.lea, "to": people.sam, "amount": "10.01",
        "currency": "EUR", "labels": { "category": "transfer" } });
    market.done(&BACK_END, "transfer", send).await?;
    shop(market, &people).await?;
    not_activated(market, &people).await?;
    esim(market, &people).await?;
    tickets(market, &people).await?;
    say("the club takes out 100.00 of what it sold: finance approves, the provider pays");
    market.withdraw(people.club, "100.00", "EUR", "bank-club").await?;
    in_the_end(market, &people).await
}

async fn shop(market: &Market, people: &People) -> anyhow::Result<()> {
    say("a jersey for 89.99, with 10 % off that the platform bears: quoted first, then bought");
    let coupon = json!({ "code": "fan10", "percent": 1_000 });
    market.done(&ADMIN, "createCoupon", coupon).await?;
    let lines = [line(1, people.club, "89.99", 1, "PHYSICAL")];
    let mut terms = at_once(people.lea, "EUR", &lines);
    terms["coupon"] = json!("fan10");
    let query = "query($terms: OrderTermsInput!) { quoteOrder(terms: $terms) {
        ... on OrderQuote { discount total } } }";
    let quote = market.ask(&BACK_END, query, json!({ "terms": terms })).await?;
    ensure!(quote["quoteOrder"]["total"] == "80.99", "80.99 is to be paid: {quote}");
    buy(market, &terms, "80.99").await?;
    Ok(())
}

/// What an entitlement's status becomes.
async fn becomes(market: &Market, entitlement: Uuid, wanted: &str) -> anyhow::Result<()> {
    let query = "query($at: Revision) { entitlements(first: 100, atLeastRevision: $at) {
        nodes { id status } } }";
    let mut last = Value::Null;
    for _ in 0..300 {
        let data = market.ask(&FINANCE, query, json!({ "at": market.head().await? })).await?;
        let nodes = data["entitlements"]["nodes"].as_array().cloned().unwrap_or_default();
        let found = nodes.into_iter().find(|node| node["id"] == json!(entitlement));
        last = found.map_or(Value::Null, |node| node["status"].clone());
        if last == wanted {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("the entitlement is {last} and did not become {wanted}")
}

/// Kept until it is activated, which fails: the money goes back the way that it came.
async fn not_activated(market: &Market, people: &People) -> anyhow::Result<()> {
    say("Sam pays 9.90 for an eSIM by card; it cannot be activated, and his card has it back");
    let mut terms = at_once(people.sam, "EUR", &[line(1, people.telco, "9.90", 1, "ESIM")]);
    terms["fulfilment"] = json!("ON_DELIVERY");
    let order = place(market, &terms, "9.90").await?;
    let payin = Uuid::new_v4();
    let input = json!({ "payin": payin, "wallet": people.sam, "amount": "9.90",
        "currency": "EUR", "provider": "sim", "target": { "order": order },
        "labels": { "category": "shopping" } });
    market.done(&BACK_END, "initiatePayin", input).await?;
    market.pay(payin, "9.90", "EUR", "succeed").await?;
    market.until("order", order, "PAID").await?;
    let off = json!({ "order": order, "reason": "not-activated" });
    market.done(&BACK_END, "cancelOrder", off).await?;
    market.until("order", order, "CANCELED").await?;
    let refund = Uuid::new_v4();
    let back = json!({ "refund": refund, "of": { "payin": payin }, "amount": "9.90",
        "currency": "EUR", "reason": "not-activated" });
    market.done(&FINANCE, "requestRefund", back).await?;
    market.until("refund", refund, "SUCCEEDED").await
}

async fn esim(market: &Market, people: &People) -> anyhow::Result<()> {
    say("an eSIM for a week: what Lea may use ends by itself");
    let plan = Uuid::new_v4();
    let mut esim = line(1, people.telco, "9.90", 1, "ESIM");
    esim["entitlements"] = json!([plan]);
    esim["spanSeconds"] = json!(7 * 24 * 3_600);
    buy(market, &at_once(people.lea, "EUR", &[esim]), "9.90").await?;
    becomes(market, plan, "GRANTED").await?;
    market.set_clock(Utc::now() + TimeDelta::days(8)).await?;
    becomes(market, plan, "EXPIRED").await
}

async fn tickets(market: &Market, people: &People) -> anyhow::Result<()> {
    say("the stand has two places: Lea has both, Sam comes too late");
    market.done(&ADMIN, "setCapacity", json!({ "name": "final", "places": 2 })).await?;
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    let ticket = |number, quantity, ids: &[Uuid]| {
        let mut line = line(number, people.club, "25.00", quantity, "TICKET");
        line["capacity"] = json!("final");
        line["entitlements"] = json!(ids);
        line
    };
    let both = ticket(1, 2, &[first, second]);
    let order = buy(market, &at_once(people.lea, "EUR", &[both]), "50.00").await?;
    let terms = at_once(people.sam, "EUR", &[ticket(1, 1, &[Uuid::new_v4()])]);
    let late = json!({ "order": Uuid::new_v4(), "terms": terms, "total": "25.00" });
    market.refused(&BACK_END, "placeOrder", late, "SOLD_OUT").await?;

    say("Lea passes one on to Sam for 30.00, of which the club has 10 %");
    let pass = json!({ "entitlement": second, "to": people.sam, "royalty": 1_000,
        "price": { "amount": "30.00", "currency": "EUR" } });
    market.done(&BACK_END, "transferEntitlement", pass).await?;
    say("Sam goes in; a ticket that was used, or passed on, is not given back");
    let used = json!({ "entitlement": second, "reference": "gate-7" });
    market.done(&BACK_END, "useEntitlement", used.clone()).await?;
    let back = json!({ "order": order, "refund": Uuid::new_v4(), "currency": "EUR",
        "lines": [{ "number": 1, "quantity": 2 }], "reason": "changed-mind" });
    market.refused(&FINANCE, "refundOrder", back, "INVALID_SETTING").await
}

async fn in_the_end(market: &Market, people: &People) -> anyhow::Result<()> {
    for (name, wallet) in [("Lea", people.lea), ("Sam", people.sam)] {
        market.print_statement(name, wallet).await?;
    }
    for (name, wallet) in [("Club", people.club), ("Telco", people.telco)] {
        market.print_statement(name, wallet).await?;
        market.print_earnings(name, wallet).await?;
    }
    let books = market.print_trial_balance().await?;
    books.check_wallet(people.lea, "76.10", "EUR")?;
    books.check_wallet(people.sam, "30.01", "EUR")?;
    books.check_wallet(people.club, "28.99", "EUR")?;
    books.check_wallet(people.telco, "8.91", "EUR")?;
    books.check("revenue:commission", "14.99", "EUR")?;
    books.check("expense:promotions", "9.00", "EUR")?;
    books.check("clearing:sim", "150.00", "EUR")?;
    books.check_nothing_in_transit()?;
    println!("\nEvery wallet ends as it does on paper, and nothing is left in transit.");
    Ok(())
}
