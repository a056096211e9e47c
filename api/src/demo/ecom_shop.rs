//! The shop of the rides' marketplace, in XOF: orders with a delivery and a minimum, paid from the
//! wallet and straight by mobile money, given back in part, called off; the ways to pay; and what
//! the people against money laundering do.
//!
//! The platform takes 10 % of what a store sells and nothing of a delivery. Hand arithmetic, after
//! the rides:
//!
//! | | Ama | Yao | courier Kofi | courier Esi | the store | commission |
//! | --- | ---: | ---: | ---: | ---: | ---: | ---: |
//! | after the rides | 13,050 | 7,300 | 598 | 2,720 | | 1,432 |
//! | Ama's order: 2 × 1,250, 1,500, 500 for the way | −4,500 | | | +500 | +3,600 | +400 |
//! | one of the two given back | +1,250 | | | | −1,125 | −125 |
//! | Yao's order, by mobile money: 3,333, 500 for the way | | | +500 | | +3,000 | +333 |
//! | Yao's order of 3,200 and 500, paid and called off | | −3,700 +3,700 | | | | |
//! | 1,000 of the store's kept back, and released | | | | | −1,000 +1,000 | |
//! | in the end | 9,800 | 7,300 | 1,098 | 3,220 | 5,475 | 2,040 |
//!
//! 10 % of 3,333 is 333.3, which is rounded to 333.

use anyhow::ensure;
use cauri_domain::Role;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::basket::{buy, line, place, step};
use super::market::{ADMIN, BACK_END, FINANCE, Market, ROOT, Who, say};

/// Who runs the store.
const STORE: Who = Who::new("the-store", Role::Seller);

/// Who is there.
pub(super) struct People {
    pub(super) ama: Uuid,
    pub(super) yao: Uuid,
    pub(super) kofi: Uuid,
    pub(super) esi: Uuid,
}

/// Plays it from the time `now` of the ledger on; the store's wallet.
pub(super) async fn play(
    market: &Market,
    people: &People,
    now: DateTime<Utc>,
) -> anyhow::Result<Uuid> {
    say("the platform takes 10 % of what a store sells");
    let step = json!({ "name": "sale", "charge": { "basisPoints": 1_000 },
        "to": { "platform": "COMMISSION" } });
    market.done(&ROOT, "setCommissionRule", json!({ "name": "stores", "steps": [step] })).await?;
    let store = market.wallet(STORE.subject).await?;
    from_the_wallet(market, people, store).await?;
    let (paid, order) = by_mobile_money(market, people, store).await?;
    called_off(market, people, store).await?;
    methods(market, people).await?;
    watched(market, people, store, order).await?;
    say("nobody complains of Yao's order: three days after it was brought, the store is paid");
    market.set_clock(now + TimeDelta::hours(73)).await?;
    market.until("order", order, "SETTLED").await?;
    let query = "query($id: UUID!, $at: Revision) { order(id: $id, atLeastRevision: $at) {
        payinId settledBy paid } }";
    let variables = json!({ "id": order, "at": market.head().await? });
    let seen = market.ask(&STORE, query, variables).await?;
    let expected = json!({ "payinId": paid, "settledBy": "TIMER", "paid": "3833" });
    ensure!(seen["order"] == expected, "the process settled it: {seen}");
    the_stores_view(market, store).await?;
    Ok(store)
}

/// An order that is brought to the buyer, of at least 3,000.
fn brought(buyer: Uuid, courier: Uuid, lines: &[Value]) -> Value {
    json!({ "buyer": buyer, "currency": "XOF", "fulfilment": "ON_DELIVERY", "lines": lines,
        "delivery": { "fee": "500", "courier": courier }, "minimum": "3000",
        "commission": { "rule": "stores" } })
}

async fn from_the_wallet(market: &Market, people: &People, store: Uuid) -> anyhow::Result<()> {
    say("the store brings nothing below 3,000");
    let cake = line(2, store, "1500", 1, "PHYSICAL");
    let little = json!({ "order": Uuid::new_v4(), "total": "2000",
        "terms": brought(people.ama, people.esi, std::slice::from_ref(&cake)) });
    market.refused(&BACK_END, "placeOrder", little, "BELOW_MINIMUM").await?;

    say("Ama takes two juices at 1,250 as well: 4,000, and 500 for the way, from her wallet");
    let lines = [line(1, store, "1250", 2, "PHYSICAL"), cake];
    let order = buy(market, &brought(people.ama, people.esi, &lines), "4500").await?;
    market.until("order", order, "PAID").await?;
    let of = step(order);
    market.done(&STORE, "markOrderDelivered", of.clone()).await?;
    market.refused(&STORE, "settleOrder", of.clone(), "NOT_YOURS").await?;
    market.done(&Who::new("ama", Role::Buyer), "settleOrder", of).await?;
    market.until("order", order, "SETTLED").await?;

    say("one juice was open: 1,250 go back to her, of which 125 were commission");
    let back = |line: Value| {
        json!({ "order": order, "refund": Uuid::new_v4(), "currency": "XOF",
            "lines": [line], "reason": "damaged" })
    };
    let one = back(json!({ "number": 1, "quantity": 1 }));
    market.done(&FINANCE, "refundOrder", one).await?;
    let more = back(json!({ "number": 1, "amount": "1251" }));
    market.refused(&FINANCE, "refundOrder", more, "REFUND_EXCEEDS").await?;
    let query = "query($id: UUID!, $at: Revision) { order(id: $id, atLeastRevision: $at) {
        status refunded lines { number refunded returned } } }";
    let variables = json!({ "id": order, "at": market.head().await? });
    let seen = market.ask(&FINANCE, query, variables).await?;
    let lines = json!([{ "number": 1, "refunded": "1250", "returned": 1 },
        { "number": 2, "refunded": "0", "returned": 0 }]);
    let expected = json!({ "status": "SETTLED", "refunded": "1250", "lines": lines });
    ensure!(seen["order"] == expected, "one of line 1 is given back: {seen}");
    Ok(())
}

/// The pay-in and the order.
async fn by_mobile_money(
    market: &Market,
    people: &People,
    store: Uuid,
) -> anyhow::Result<(Uuid, Uuid)> {
    say("Yao pays an order of 3,333 and 500 for the way straight by mobile money");
    let lines = [line(1, store, "3333", 1, "PHYSICAL")];
    let order = place(market, &brought(people.yao, people.kofi, &lines), "3833").await?;
    let payin = Uuid::new_v4();
    let input = json!({ "payin": payin, "wallet": people.yao, "amount": "3833",
        "currency": "XOF", "provider": "sim", "target": { "order": order },
        "labels": { "category": "shopping" } });
    market.done(&BACK_END, "initiatePayin", input).await?;
    market.pay(payin, "3833", "XOF", "succeed").await?;
    market.until("order", order, "PAID").await?;
    let courier = Who::new("kofi", Role::Seller);
    market.done(&courier, "markOrderDelivered", step(order)).await?;
    market.until("order", order, "DELIVERED").await?;
    Ok((payin, order))
}

async fn called_off(market: &Market, people: &People, store: Uuid) -> anyhow::Result<()> {
    say("another order of Yao's is paid, and the store has nothing left: all of it is his again");
    let lines = [line(1, store, "3200", 1, "PHYSICAL")];
    let order = buy(market, &brought(people.yao, people.kofi, &lines), "3700").await?;
    let off = json!({ "order": order, "reason": "sold-out" });
    market.done(&STORE, "cancelOrder", off).await?;
    market.until("order", order, "CANCELED").await?;
    let again = json!({ "order": order });
    market.refused(&BACK_END, "payOrder", again, "WRONG_STATE").await
}

async fn methods(market: &Market, people: &People) -> anyhow::Result<()> {
    say("Ama's ways to pay: mobile money, then a card too, her default until she loses it");
    let ama = Who::new("ama", Role::Buyer);
    let mut ids = Vec::new();
    for (kind, token, hint) in
        [("mobile-money", "tok-momo-1", "*4477"), ("card", "tok-card-1", "visa-*1234")]
    {
        let method = Uuid::new_v4();
        let input = json!({ "paymentMethod": method, "wallet": people.ama, "provider": "sim",
            "kind": kind, "token": token, "hint": hint });
        market.done(&ama, "addPaymentMethod", input).await?;
        ids.push(method);
    }
    let card = json!({ "paymentMethod": ids[1] });
    market.done(&ama, "setDefaultPaymentMethod", card.clone()).await?;
    let seen = method(market, &ama, ids[1]).await?;
    let expected =
        json!({ "status": "ACTIVE", "isDefault": true, "hint": "visa-*1234", "token": null });
    ensure!(seen == expected, "it is her default, and its token is not hers to see: {seen}");
    let lost = json!({ "paymentMethod": ids[1], "reason": "lost" });
    market.done(&ama, "disablePaymentMethod", lost).await?;
    market.refused(&ama, "setDefaultPaymentMethod", card, "WRONG_STATE").await?;
    let seen = method(market, &ama, ids[1]).await?;
    ensure!(seen["status"] == "DISABLED" && seen["isDefault"] == false, "it is lost: {seen}");
    Ok(())
}

async fn method(market: &Market, who: &Who, id: Uuid) -> anyhow::Result<Value> {
    let query = "query($id: UUID!, $at: Revision) { paymentMethod(id: $id, atLeastRevision: $at) {
        status isDefault hint token } }";
    let variables = json!({ "id": id, "at": market.head().await? });
    Ok(market.ask(who, query, variables).await?["paymentMethod"].clone())
}

async fn watched(market: &Market, people: &People, store: Uuid, order: Uuid) -> anyhow::Result<()> {
    say("a payment of Yao's looks odd: it is flagged, looked into, and cleared by a person");
    let query = "query($id: UUID!, $at: Revision) { order(id: $id, atLeastRevision: $at) {
        revision } }";
    let at = market.head().await?;
    let seen = market.ask(&FINANCE, query, json!({ "id": order, "at": at })).await?;
    let flag = Uuid::new_v4();
    let odd = json!({ "flag": flag, "wallet": people.yao, "revision": seen["order"]["revision"],
        "reason": "unusual-amount", "severity": "MEDIUM" });
    market.done(&BACK_END, "flagTransaction", odd).await?;
    let clear = json!({ "flag": flag, "outcome": "explained" });
    market.refused(&BACK_END, "clearFlag", clear.clone(), "FORBIDDEN").await?;
    market.done(&ADMIN, "clearFlag", clear).await?;

    say("1,000 of the store's 2,475 are kept back meanwhile, and released again");
    let hold = Uuid::new_v4();
    let keep = json!({ "riskHold": hold, "wallet": store, "amount": "1000", "currency": "XOF",
        "reason": "unusual-amount" });
    market.done(&FINANCE, "placeRiskHold", keep).await?;
    let send = json!({ "from": store, "to": people.ama, "amount": "1476", "currency": "XOF" });
    market.refused(&BACK_END, "transfer", send, "INSUFFICIENT_FUNDS").await?;
    market.done(&FINANCE, "releaseRiskHold", json!({ "riskHold": hold })).await?;
    let query = "query($yao: UUID!, $store: UUID!, $at: Revision) {
        flags(wallet: $yao, atLeastRevision: $at) { nodes { status outcome clearedBy } }
        riskHolds(wallet: $store, atLeastRevision: $at) { nodes { status amount released } } }";
    let at = market.head().await?;
    let variables = json!({ "yao": people.yao, "store": store, "at": at });
    let seen = market.ask(&FINANCE, query, variables).await?;
    let expected = json!({
        "flags": { "nodes": [
            { "status": "CLEARED", "outcome": "explained", "clearedBy": ADMIN.subject }] },
        "riskHolds": { "nodes": [
            { "status": "RELEASED", "amount": "1000", "released": "1000" }] },
    });
    ensure!(seen == expected, "both are over: {seen}");
    Ok(())
}

/// What the store sees of its own: its orders.
async fn the_stores_view(market: &Market, store: Uuid) -> anyhow::Result<()> {
    let query = "query($store: UUID!, $at: Revision) {
        orders(seller: $store, atLeastRevision: $at) { nodes { status total refunded } } }";
    let variables = json!({ "store": store, "at": market.head().await? });
    let seen = market.ask(&STORE, query, variables).await?;
    let expected = json!([
        { "status": "CANCELED", "total": "3700", "refunded": "3700" },
        { "status": "SETTLED", "total": "3833", "refunded": "0" },
        { "status": "SETTLED", "total": "4500", "refunded": "1250" },
    ]);
    ensure!(seen["orders"]["nodes"] == expected, "three orders, newest first: {seen}");
    Ok(())
}
