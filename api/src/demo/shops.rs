//! Shops that are open for as long as they subscribed, baskets of several shops, coupons, and a shop
//! that is stopped, whose seller is paid out all the same, in XOF.
//!
//! The platform takes 5 %. Hand arithmetic:
//!
//! | | Ama | Yao | Kofi | Esi | courier Afi | commission | promotions |
//! | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
//! | recharges | +20,000 | +5,000 | | | | | |
//! | a basket of two shops, Kofi's flash offer 20 % | −4,400 | | +2,280 | +1,900 | | +220 | |
//! | another of Kofi's, 20 % off 1,250 and 3 × 500, brought | −2,500 | | +2,090 | | +300 | +110 | |
//! | 500 off 1,000, twice, borne by the platform | −500 | −500 | | +1,900 | | +100 | +1,000 |
//! | 2,000 and 500 for the way, kept until delivered | | −2,500 | +1,900 | | +500 | +100 | |
//! | canceled before it was paid | | | | | | | |
//! | Kofi takes out 6,000 once his shop is closed | | | −6,000 | | | | |
//! | in the end | 12,600 | 2,000 | 270 | 3,800 | 800 | 530 | 1,000 |
//!
//! Kofi's flash offer takes 600 off the first basket and 550 off the second, 250 and 300 of its
//! lines: 1,150 that he bears.

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::basket::{at_once, buy, line, place, step};
use super::market::{ADMIN, BACK_END, FINANCE, Market, ROOT, say};
use super::shop_figures;

/// The rules of the ledger.
pub(super) fn settings() -> Value {
    json!({ "currencies": ["XOF"], "commissionBasisPoints": 500 })
}

struct People {
    ama: Uuid,
    yao: Uuid,
    kofi: Uuid,
    esi: Uuid,
    afi: Uuid,
}

/// Plays it.
pub(super) async fn play(market: &Market) -> anyhow::Result<()> {
    let people = People {
        ama: market.wallet("ama").await?,
        yao: market.wallet("yao").await?,
        kofi: market.wallet("kofi").await?,
        esi: market.wallet("esi").await?,
        afi: market.wallet("afi").await?,
    };
    market.recharge(people.ama, "20000", "XOF").await?;
    market.recharge(people.yao, "5000", "XOF").await?;
    let shop = opened(market, &people).await?;
    let flash_ends = baskets(market, &people).await?;
    brought(market, &people, flash_ends).await?;
    delivered(market, &people).await?;
    stopped(market, &people, shop).await?;
    in_the_end(market, &people).await
}

async fn opened(market: &Market, people: &People) -> anyhow::Result<Uuid> {
    say("a shop is open for 30 days, and lists up to 50 things: a plan that costs nothing");
    let plan = json!({ "plan": "shop-30-days", "currency": "XOF",
        "every": { "unit": "DAY", "count": 30 }, "endsAfter": 1,
        "features": [{ "name": "item-limit", "value": 50 }] });
    market.done(&ROOT, "setPlan", plan).await?;
    let shop = Uuid::new_v4();
    let input = json!({ "subscription": shop, "wallet": people.kofi, "plan": "shop-30-days" });
    market.done(&BACK_END, "subscribe", input).await?;
    market.until("subscription", shop, "ACTIVE").await?;
    Ok(shop)
}

/// When the flash offer ends.
async fn baskets(market: &Market, people: &People) -> anyhow::Result<DateTime<Utc>> {
    say("Ama's basket has things of two shops; Kofi's flash offer takes 20 % off his own");
    let flash_ends = Utc::now() + TimeDelta::hours(24);
    let flash = json!({ "code": "flash20", "percent": 2_000, "seller": people.kofi, "uses": 3,
        "validTo": flash_ends });
    market.done(&ADMIN, "createCoupon", flash).await?;
    let lines =
        [line(1, people.kofi, "1500", 2, "DIGITAL"), line(2, people.esi, "2000", 1, "DIGITAL")];
    let mut terms = at_once(people.ama, "XOF", &lines);
    terms["coupon"] = json!("flash20");
    let wrong = json!({ "order": Uuid::new_v4(), "terms": terms, "total": "5000" });
    market.refused(&BACK_END, "placeOrder", wrong, "TOTAL_DIFFERS").await?;
    buy(market, &terms, "4400").await?;

    say("500 off for newcomers, borne by the platform, twice and never a third time");
    let welcome = json!({ "code": "welcome", "amount": { "amount": "500", "currency": "XOF" },
        "uses": 2 });
    market.done(&ADMIN, "createCoupon", welcome).await?;
    let with_coupon = |buyer| {
        let mut terms = at_once(buyer, "XOF", &[line(1, people.esi, "1000", 1, "DIGITAL")]);
        terms["coupon"] = json!("welcome");
        terms
    };
    buy(market, &with_coupon(people.ama), "500").await?;
    buy(market, &with_coupon(people.yao), "500").await?;
    let third = json!({ "order": Uuid::new_v4(), "terms": with_coupon(people.yao),
        "total": "500" });
    market.refused(&BACK_END, "placeOrder", third, "COUPON_REFUSED").await?;
    Ok(flash_ends)
}

async fn brought(
    market: &Market,
    people: &People,
    flash_ends: DateTime<Utc>,
) -> anyhow::Result<()> {
    say("a second basket of Ama's with the offer is brought to her, and settled by itself");
    let lines =
        [line(1, people.kofi, "1250", 1, "PHYSICAL"), line(2, people.kofi, "500", 3, "PHYSICAL")];
    let mut terms = at_once(people.ama, "XOF", &lines);
    terms["fulfilment"] = json!("ON_DELIVERY");
    terms["delivery"] = json!({ "fee": "300", "courier": people.afi });
    terms["coupon"] = json!("flash20");
    let query = "query($terms: OrderTermsInput!) { quoteOrder(terms: $terms) {
        ... on OrderQuote { discount promotion total lines { number discount } } } }";
    let quote = market.ask(&BACK_END, query, json!({ "terms": terms })).await?;
    let discounts = json!([{ "number": 1, "discount": "250" }, { "number": 2, "discount": "300" }]);
    let expected =
        json!({ "discount": "550", "promotion": "0", "total": "2500", "lines": discounts });
    ensure!(quote["quoteOrder"] == expected, "550 off, all of it Kofi's: {quote}");
    let order = buy(market, &terms, "2500").await?;
    market.done(&ADMIN, "markOrderDelivered", step(order)).await?;
    market.set_clock(flash_ends + TimeDelta::hours(49)).await?;
    market.until("order", order, "SETTLED").await?;
    say("the flash offer is over by then");
    let late = json!({ "order": Uuid::new_v4(), "terms": terms, "total": "2500" });
    market.refused(&BACK_END, "placeOrder", late, "COUPON_REFUSED").await
}

async fn delivered(market: &Market, people: &People) -> anyhow::Result<()> {
    say("Yao's next order is brought by Afi: its money is kept until he has it");
    let mut terms = at_once(people.yao, "XOF", &[line(1, people.kofi, "2000", 1, "PHYSICAL")]);
    terms["fulfilment"] = json!("ON_DELIVERY");
    terms["delivery"] = json!({ "fee": "500", "courier": people.afi });
    let order = buy(market, &terms, "2500").await?;
    market.done(&ADMIN, "markOrderDelivered", step(order)).await?;
    market.done(&BACK_END, "settleOrder", step(order)).await?;
    market.until("order", order, "SETTLED").await?;
    say("another one is canceled before it is paid");
    let lines = [line(1, people.esi, "1000", 1, "PHYSICAL")];
    let order = place(market, &at_once(people.yao, "XOF", &lines), "1000").await?;
    market
        .done(&BACK_END, "cancelOrder", json!({ "order": order, "reason": "changed-mind" }))
        .await?;
    market.until("order", order, "CANCELED").await?;
    let query = "query($at: Revision) { orders(first: 100, atLeastRevision: $at) {
        nodes { status total } } }";
    let orders = market.ask(&FINANCE, query, json!({ "at": market.head().await? })).await?;
    let orders = orders["orders"]["nodes"].as_array().cloned().unwrap_or_default();
    ensure!(orders.len() == 6, "six orders were placed: {orders:?}");
    Ok(())
}

async fn stopped(market: &Market, people: &People, shop: Uuid) -> anyhow::Result<()> {
    say("Kofi's shop is stopped at once, and let go again");
    let freeze = json!({ "wallet": people.kofi, "reason": "complaint" });
    market.done(&ADMIN, "freezeWallet", freeze).await?;
    let send = json!({ "from": people.kofi, "to": people.ama, "amount": "1", "currency": "XOF" });
    market.refused(&BACK_END, "transfer", send, "WALLET_FROZEN").await?;
    market.done(&ADMIN, "unfreezeWallet", json!({ "wallet": people.kofi })).await?;
    say("and 30 days after it was opened, it is closed by itself");
    market.set_clock(Utc::now() + TimeDelta::days(31)).await?;
    market.until("subscription", shop, "EXPIRED").await?;
    say("what it earned stays Kofi's: he takes out 6,000 by mobile money");
    market.withdraw(people.kofi, "6000", "XOF", "momo-kofi").await
}

async fn in_the_end(market: &Market, people: &People) -> anyhow::Result<()> {
    for (name, wallet) in [("Ama", people.ama), ("Yao", people.yao), ("Afi", people.afi)] {
        market.print_statement(name, wallet).await?;
    }
    for (name, wallet) in [("Kofi", people.kofi), ("Esi", people.esi)] {
        market.print_statement(name, wallet).await?;
        market.print_earnings(name, wallet).await?;
    }
    shop_figures::print(market, people.kofi, people.esi).await?;
    let books = market.print_trial_balance().await?;
    books.check_wallet(people.ama, "12600", "XOF")?;
    books.check_wallet(people.yao, "2000", "XOF")?;
    books.check_wallet(people.kofi, "270", "XOF")?;
    books.check_wallet(people.esi, "3800", "XOF")?;
    books.check_wallet(people.afi, "800", "XOF")?;
    books.check("revenue:commission", "530", "XOF")?;
    books.check("expense:promotions", "1000", "XOF")?;
    books.check("clearing:sim", "19000", "XOF")?;
    books.check_nothing_in_transit()?;
    println!("\nEvery wallet ends as it does on paper, and nothing is left in transit.");
    Ok(())
}
