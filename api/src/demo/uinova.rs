//! Plans, metered use, an organisation whose members spend, and a market of templates
//! whose author takes out what she earned, in dollars.
//!
//! Half of a week goes by between the steps, and months between the periods. The platform takes 20 %
//! of a template. Hand arithmetic:
//!
//! | | Ada | Acme | Eve | subscriptions | usage | commission | bank |
//! | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
//! | recharges | +200.00 | +100.00 | +29.00 | | | | |
//! | free, then pro at 29.00, renewed once, canceled | −58.00 | | | +58.00 | | | |
//! | 6,000 tokens: 1,000 free, the rest at 0.002 | −10.00 | | | | +10.00 | | |
//! | Eve's pro: one month, then nothing left to pay with | | | −29.00 | +29.00 | | | |
//! | Acme's enterprise plan, by invoice | | | | +480.00 | | | +480.00 |
//! | a template for 40.00, rejected and given back | | | | | | | |
//! | a template for 50.00 | +40.00 | −50.00 | | | | +10.00 | |
//! | Ada takes out what her template earned | −40.00 | | | | | | |
//! | in the end | 132.00 | 50.00 | 0.00 | 567.00 | 10.00 | 10.00 | 480.00 |

use anyhow::{Context as _, ensure};
use cauri_domain::Role;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::basket::{at_once, buy, line};
use super::market::{ADMIN, BACK_END, FINANCE, Market, ROOT, Who, say};

/// The rules of the ledger.
pub(super) fn settings() -> Value {
    json!({ "currencies": ["USD"], "commissionBasisPoints": 2_000 })
}

struct People {
    ada: Uuid,
    acme: Uuid,
    eve: Uuid,
}

/// Plays it.
pub(super) async fn play(market: &Market) -> anyhow::Result<()> {
    let people = People {
        ada: market.wallet("ada").await?,
        acme: market.wallet("acme").await?,
        eve: market.wallet("eve").await?,
    };
    for (wallet, amount) in [(people.ada, "200.00"), (people.acme, "100.00"), (people.eve, "29.00")]
    {
        market.recharge(wallet, amount, "USD").await?;
    }
    plans(market).await?;
    templates(market, &people).await?;
    subscriptions(market, &people).await?;
    in_the_end(market, &people).await
}

async fn plans(market: &Market) -> anyhow::Result<()> {
    say("plans: free, pro, business, and enterprise by invoice");
    let tokens = json!({ "name": "ai-tokens", "included": 1_000,
        "tiers": [{ "upTo": 10_000, "price": "0.002" }, { "price": "0.001" }],
        "quota": { "limit": 20_000, "hard": true } });
    for (plan, price, meters, ends_after) in [
        ("free", None, json!([]), None),
        ("pro", Some("29.00"), json!([tokens]), None),
        ("business", Some("99.00"), json!([tokens]), None),
        ("enterprise", Some("480.00"), json!([]), Some(1)),
    ] {
        let input = json!({ "plan": plan, "currency": "USD", "price": price,
            "every": { "unit": "DAY", "count": 30 }, "meters": meters, "endsAfter": ends_after,
            "recognition": "PERIOD", "retryDays": [1, 3, 5, 7], "graceDays": 0,
            "features": [{ "name": "workspaces", "value": if plan == "free" { 1 } else { 10 } }] });
        market.done(&ROOT, "setPlan", input).await?;
    }
    Ok(())
}

async fn templates(market: &Market, people: &People) -> anyhow::Result<()> {
    say("Bob may spend Acme's money, up to 60.00 a day, and buys Ada's template for 40.00");
    let bob = Who::new("bob", Role::Buyer);
    let terms = at_once(people.acme, "USD", &[line(1, people.ada, "40.00", 1, "TEMPLATE")]);
    let order = Uuid::new_v4();
    let place = json!({ "order": order, "terms": terms, "total": "40.00" });
    market.refused(&bob, "placeOrder", place.clone(), "NOT_YOURS").await?;
    let may = json!({ "wallet": people.acme, "subject": "bob", "may": "SPEND",
        "daily": { "amount": "60.00", "currency": "USD" } });
    market.done(&BACK_END, "grantWalletMember", may).await?;
    market.done(&bob, "placeOrder", place).await?;
    market.done(&bob, "payOrder", json!({ "order": order })).await?;
    say("staff reject the template: its order is given back, with the commission");
    let back = json!({ "order": order, "refund": Uuid::new_v4(), "currency": "USD",
        "lines": [{ "number": 1 }], "reason": "rejected" });
    market.done(&ADMIN, "refundOrder", back).await?;
    let terms = at_once(people.acme, "USD", &[line(1, people.ada, "50.00", 1, "TEMPLATE")]);
    buy(market, &terms, "50.00").await?;
    say("Ada takes out what it earned her, 40.00: finance approves, the provider pays");
    market.withdraw(people.ada, "40.00", "USD", "paypal-ada").await
}

async fn subscribe(market: &Market, wallet: Uuid, plan: &str, pay: &str) -> anyhow::Result<Uuid> {
    let subscription = Uuid::new_v4();
    let input = json!({ "subscription": subscription, "wallet": wallet, "plan": plan, "pay": pay });
    market.done(&BACK_END, "subscribe", input).await?;
    Ok(subscription)
}

async fn subscriptions(market: &Market, people: &People) -> anyhow::Result<()> {
    say(
        "Ada begins free, which posts nothing, and goes over to pro; Acme has no 99.00 for business",
    );
    let ada = subscribe(market, people.ada, "free", "WALLET").await?;
    let pro = json!({ "subscription": ada, "plan": "pro", "atOnce": true });
    market.done(&BACK_END, "changePlan", pro).await?;
    let dear = json!({ "subscription": Uuid::new_v4(), "wallet": people.acme,
        "plan": "business" });
    market.refused(&BACK_END, "subscribe", dear, "INSUFFICIENT_FUNDS").await?;
    say("Ada uses 6,000 tokens, told twice and counted once; 20,000 are the most there are");
    let used = |key: &str, quantity: u32| {
        json!({ "subscription": ada, "meter": "ai-tokens", "quantity": quantity,
            "usedAt": Utc::now() - TimeDelta::seconds(1), "key": key })
    };
    let first = used("call-1", 6_000);
    market.done(&BACK_END, "recordUsage", first.clone()).await?;
    market.done(&BACK_END, "recordUsage", first).await?;
    market.refused(&BACK_END, "recordUsage", used("call-2", 14_001), "QUOTA_EXCEEDED").await?;
    let query = "query($id: UUID!, $at: Revision) { billing(wallet: $id, atLeastRevision: $at) {
        subscriptions {
        plan usageNow { meter used left cost } } } }";
    let variables = json!({ "id": people.ada, "at": market.head().await? });
    let billing = market.ask(&FINANCE, query, variables).await?;
    let now = &billing["billing"]["subscriptions"][0]["usageNow"][0];
    ensure!(now["cost"] == "10.00" && now["left"] == 14_000, "10.00 so far: {billing}");

    say("Acme's enterprise plan is paid by bank transfer, after an invoice");
    let acme = subscribe(market, people.acme, "enterprise", "INVOICE").await?;
    let query = "query($id: UUID!, $at: Revision) { invoices(subscription: $id,
        atLeastRevision: $at) { nodes { id number total status } } }";
    let variables = json!({ "id": acme, "at": market.head().await? });
    let invoices = market.ask(&FINANCE, query, variables).await?;
    let invoice = &invoices["invoices"]["nodes"][0];
    ensure!(invoice["total"] == "480.00" && invoice["status"] == "OPEN", "{invoices}");
    let id = invoice["id"].as_str().context("an invoice has an id")?;
    market.done(&FINANCE, "recordInvoicePaid", json!({ "invoice": id })).await?;

    say("Eve pays one month of pro with all that she has");
    let eve = subscribe(market, people.eve, "pro", "WALLET").await?;

    say("a month later Ada renews and pays what she used; Eve cannot, and is reminded");
    market.set_clock(Utc::now() + TimeDelta::days(31)).await?;
    market.until("subscription", eve, "PAST_DUE").await?;
    market.until("subscription", acme, "EXPIRED").await?;
    renewed(market, ada).await?;
    market.done(&BACK_END, "cancelSubscription", json!({ "subscription": ada })).await?;
    say("and another month later Eve's is over, and so is Ada's, as she wished");
    market.set_clock(Utc::now() + TimeDelta::days(62)).await?;
    market.until("subscription", ada, "CANCELED").await?;
    market.until("subscription", eve, "EXPIRED").await
}

/// Waits until the second period has begun, and the first one's use is billed.
async fn renewed(market: &Market, subscription: Uuid) -> anyhow::Result<()> {
    let query = "query($id: UUID!) { subscription(id: $id) { period }
        invoices(subscription: $id) { nodes { about } } }";
    let mut last = Value::Null;
    for _ in 0..300 {
        last = market.ask(&FINANCE, query, json!({ "id": subscription })).await?;
        let nodes = last["invoices"]["nodes"].as_array().cloned().unwrap_or_default();
        let billed = nodes.iter().any(|node| node["about"] == "usage");
        // Its first was the free one.
        if last["subscription"]["period"] == 3 && billed {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("it was not renewed: {last}")
}

async fn in_the_end(market: &Market, people: &People) -> anyhow::Result<()> {
    for (name, wallet) in [("Ada", people.ada), ("Acme", people.acme), ("Eve", people.eve)] {
        market.print_statement(name, wallet).await?;
    }
    market.print_earnings("Ada", people.ada).await?;
    let query = "query($at: Revision) { invoices(first: 100, atLeastRevision: $at) {
        nodes { series number total about } } }";
    let papers = market.ask(&FINANCE, query, json!({ "at": market.head().await? })).await?;
    let papers = papers["invoices"]["nodes"].as_array().cloned().unwrap_or_default();
    let mut numbers: Vec<_> = papers.iter().map(|paper| paper["number"].to_string()).collect();
    numbers.sort_unstable();
    for (place, number) in numbers.iter().enumerate() {
        ensure!(*number == format!("\"INV-{:06}\"", place + 1), "a gap in {numbers:?}");
    }
    println!("\n{} invoices, numbered without a gap", numbers.len());
    let books = market.print_trial_balance().await?;
    books.check_wallet(people.ada, "132.00", "USD")?;
    books.check_wallet(people.acme, "50.00", "USD")?;
    books.check_wallet(people.eve, "0.00", "USD")?;
    books.check("revenue:subscription", "567.00", "USD")?;
    books.check("revenue:usage", "10.00", "USD")?;
    books.check("revenue:commission", "10.00", "USD")?;
    books.check("revenue:deferred", "0.00", "USD")?;
    books.check("bank", "480.00", "USD")?;
    books.check("clearing:sim", "289.00", "USD")?;
    books.check_nothing_in_transit()?;
    println!("\nEvery wallet ends as it does on paper, and nothing is left in transit.");
    Ok(())
}
