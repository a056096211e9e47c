//! Orders, coupons, places and entitlements through the public doors.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

struct Market {
    server: Server,
    ama: Uuid,
    kofi: Uuid,
    esi: Uuid,
    yao: Uuid,
}

async fn market() -> Market {
    let server = Server::start(&[]);
    market::open_ledger(&server).await;
    let ama = market::wallet(&server, "ama").await;
    let kofi = market::wallet(&server, "kofi").await;
    let esi = market::wallet(&server, "esi").await;
    let yao = market::wallet(&server, "yao").await;
    market::fund(&server, ama, 20_000).await;
    Market { server, ama, kofi, esi, yao }
}

impl Market {
    /// The answer to a question as of now.
    async fn ask(&self, token: &str, question: &str) -> Value {
        let at = format!("atLeastRevision: {}", self.server.head().await);
        self.server.graphql(token, &question.replace("$at", &at), json!({})).await
    }

    async fn order(&self, id: Uuid, fields: &str) -> Value {
        let question = format!("{{ order(id: \"{id}\", $at) {{ {fields} }} }}");
        self.ask("TOKEN_FINANCE", &question).await["order"].clone()
    }

    async fn first(&self, token: &str, list: &str, fields: &str) -> Value {
        let question = format!("{{ {list} {{ edges {{ node {{ {fields} }} }} }} }}");
        let answer = self.ask(token, &question).await;
        let edges = answer.as_object().unwrap().values().next().unwrap()["edges"].clone();
        edges.as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect()
    }

    async fn available(&self, wallet: Uuid) -> String {
        self.server.available(wallet, "XOF", self.server.head().await).await
    }

    /// Two of Kofi's things, two of Esi's tickets, and Yao brings them.
    fn basket(&self, tickets: [Uuid; 2]) -> Value {
        json!({
            "buyer": self.ama, "currency": "XOF", "fulfilment": "ON_DELIVERY",
            "lines": [
                { "number": 1, "seller": self.kofi, "unitPrice": "1000", "quantity": 2,
                  "kind": "PHYSICAL" },
                { "number": 2, "seller": self.esi, "unitPrice": "500", "quantity": 2,
                  "kind": "TICKET", "capacity": "concert", "entitlements": tickets },
            ],
            "delivery": { "fee": "300", "courier": self.yao },
            "coupon": "welcome",
        })
    }

    /// One thing of a seller's, paid for at once.
    fn one(&self, seller: Uuid, price: &str) -> Value {
        json!({
            "buyer": self.ama, "currency": "XOF", "fulfilment": "IMMEDIATE",
            "lines": [{ "number": 1, "seller": seller, "unitPrice": price, "kind": "DIGITAL" }],
        })
    }

    async fn place(&self, terms: Value, total: &str) -> Uuid {
        let order = new_id();
        let input =
            json!({ "commandId": new_id(), "order": order, "terms": terms, "total": total });
        self.server.done("TOKEN_BUYER", "placeOrder", input).await;
        order
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_from_its_quote_to_its_refund() {
    let market = market().await;
    let server = &market.server;
    let coupon = json!({ "commandId": new_id(), "code": "welcome", "percent": 1_000, "uses": 1 });
    server.done("TOKEN_ADMIN", "createCoupon", coupon).await;
    let places = json!({ "commandId": new_id(), "name": "concert", "places": 3 });
    server.done("TOKEN_ADMIN", "setCapacity", places).await;

    // What it comes to, asked first; another total is refused.
    let tickets = [new_id(), new_id()];
    let basket = market.basket(tickets);
    let query = "query($terms: OrderTermsInput!) { quoteOrder(terms: $terms) { __typename
        ... on OrderQuote { subtotal discount promotion total lines { number discount }
                            sellers { price commission net } }
        ... on QuoteRefused { code } } }";
    let quote = server.graphql("TOKEN_BUYER", query, json!({ "terms": basket })).await;
    let quote = &quote["quoteOrder"];
    let expected = json!({
        "__typename": "OrderQuote", "subtotal": "3000", "discount": "300", "promotion": "300",
        "total": "3000",
        "lines": [{ "number": 1, "discount": "200" }, { "number": 2, "discount": "100" }],
        "sellers": [{ "price": "2000", "commission": "100", "net": "1900" },
                    { "price": "1000", "commission": "50", "net": "950" }],
    });
    assert_eq!(quote, &expected);
    let wrong = json!({ "commandId": new_id(), "order": new_id(), "terms": basket, "total": "1" });
    assert_eq!(server.mutate("TOKEN_BUYER", "placeOrder", wrong).await["code"], "TOTAL_DIFFERS");

    // Placed, its coupon and places are taken; paid, delivered, settled.
    let order = market.place(basket.clone(), "3000").await;
    let again = server.graphql("TOKEN_BUYER", query, json!({ "terms": basket })).await;
    assert_eq!(
        again["quoteOrder"],
        json!({ "__typename": "QuoteRefused", "code": "COUPON_REFUSED" })
    );
    let act = || json!({ "commandId": new_id(), "order": order });
    server.done("TOKEN_BUYER", "payOrder", act()).await;
    assert_eq!(market.available(market.ama).await, "17000");
    let theirs = server.mutate("TOKEN_SELLER", "settleOrder", act()).await;
    assert_eq!(theirs["code"], "NOT_YOURS");
    server.done("TOKEN_ADMIN", "markOrderDelivered", act()).await;
    server.done("TOKEN_BUYER", "settleOrder", act()).await;
    for (wallet, amount) in [(market.kofi, "1900"), (market.esi, "950"), (market.yao, "300")] {
        assert_eq!(market.available(wallet).await, amount);
    }

    let earned = format!(
        "{{ sellerEarnings(wallet: \"{}\", $at) {{ rows {{ gross commission net }} }} }}",
        market.kofi
    );
    let earned = market.ask("TOKEN_SELLER", &earned).await;
    let expected = json!([{ "gross": "2000", "commission": "100", "net": "1900" }]);
    assert_eq!(earned["sellerEarnings"]["rows"], expected);

    // One ticket is used, so that only the other one is given back.
    let used = json!({ "commandId": new_id(), "entitlement": tickets[0], "reference": "gate-1" });
    server.done("TOKEN_SERVICE", "useEntitlement", used).await;
    let refund = new_id();
    let back = json!({ "commandId": new_id(), "order": order, "refund": refund,
        "currency": "XOF", "lines": [{ "number": 2 }], "reason": "faulty" });
    server.done("TOKEN_FINANCE", "refundOrder", back).await;
    assert_eq!(market.available(market.ama).await, "17450");
    let fields = "status total paid refunded settledBy refunds { id toBuyer promotion }
                  lines { number price refunded returned }";
    let expected = json!({
        "status": "SETTLED", "total": "3000", "paid": "3000", "refunded": "450",
        "settledBy": "REQUEST",
        "refunds": [{ "id": refund, "toBuyer": "450", "promotion": "50" }],
        "lines": [{ "number": 1, "price": "2000", "refunded": "0", "returned": 0 },
                  { "number": 2, "price": "1000", "refunded": "500", "returned": 1 }],
    });
    assert_eq!(market.order(order, fields).await, expected);
    let mine = market.first("TOKEN_BUYER", "entitlements($at)", "id status orderId").await;
    let mine: Vec<_> = mine.as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
    assert_eq!(mine, ["REVOKED", "USED"]);
    let left = market.first("TOKEN_BUYER", "capacities($at)", "name reserved sold left").await;
    assert_eq!(left, json!([{ "name": "concert", "reserved": 0, "sold": 1, "left": 2 }]));
    let costs = "code usesLeft redeemed bearer costs { amount currency }";
    let coupons = market.first("TOKEN_FINANCE", "coupons($at)", costs).await;
    let cost = json!([{ "amount": "250", "currency": "XOF" }]);
    let expected = json!([{ "code": "welcome", "usesLeft": 0, "redeemed": 1,
        "bearer": "PLATFORM", "costs": cost }]);
    assert_eq!(coupons, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_paid_by_pay_ins_expire_and_are_seen_by_their_parties() {
    let market = market().await;
    let server = &market.server;
    // A pay-in settles what is fulfilled at once.
    let order = market.place(market.one(market.esi, "700"), "700").await;
    let payin = new_id();
    let input = json!({ "commandId": new_id(), "payin": payin, "wallet": market.ama,
        "amount": "700", "currency": "XOF", "provider": "stripe", "target": { "order": order } });
    server.done("TOKEN_BUYER", "initiatePayin", input).await;
    let paid = market::paid(payin, 700);
    let (status, _) = server.webhook("stripe", cauri_api::webhooks::STRIPE_SCHEME, &paid).await;
    assert_eq!(status, 200);
    server.becomes("order", order, "SETTLED").await;
    assert_eq!(market.order(order, "payinId settledBy").await["payinId"], json!(payin));
    assert_eq!(market.available(market.ama).await, "20000");
    assert_eq!(market.available(market.esi).await, "665");

    // Ordered and paid as one, or not at all.
    let both = |total: &str| {
        let order = new_id();
        let place =
            json!({ "order": order, "terms": market.one(market.esi, "100"), "total": total });
        let commands = json!([{ "placeOrder": place }, { "payOrder": { "order": order } }]);
        (order, json!({ "commandId": new_id(), "commands": commands }))
    };
    let refused = server.mutate("TOKEN_BUYER", "batch", both("99").1).await;
    assert_eq!(refused["code"], "TOTAL_DIFFERS");
    let (paid_at_once, batch) = both("100");
    server.done("TOKEN_BUYER", "batch", batch).await;
    server.becomes("order", paid_at_once, "SETTLED").await;

    // Kofi sells in another order, and sees that one only.
    let his = market.place(market.one(market.kofi, "900"), "900").await;
    let seen = market.first("TOKEN_SELLER", "orders($at)", "id status").await;
    assert_eq!(seen, json!([{ "id": his, "status": "PLACED" }]));
    let all = market.first("TOKEN_BUYER", "orders($at)", "id").await;
    assert_eq!(all, json!([{ "id": his }, { "id": paid_at_once }, { "id": order }]));
    let of_esi = format!("orders(seller: \"{}\", status: SETTLED, $at)", market.esi);
    assert_eq!(
        market.first("TOKEN_FINANCE", &of_esi, "id").await,
        json!([{ "id": paid_at_once }, { "id": order }])
    );
    let question = format!("{{ order(id: \"{order}\") {{ id }} }}");
    let answer = server.try_graphql("TOKEN_SELLER", &question, json!({})).await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");

    // Nobody pays it.
    let later = json!({ "commandId": new_id(), "to": Utc::now() + TimeDelta::minutes(31) });
    server.done("TOKEN_ADMIN", "advanceClock", later).await;
    server.becomes("order", his, "EXPIRED").await;
    let late = json!({ "commandId": new_id(), "order": his });
    assert_eq!(server.mutate("TOKEN_BUYER", "payOrder", late).await["code"], "WRONG_STATE");
}
