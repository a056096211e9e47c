//! Orders in demos: what is in them, placed and paid.

use serde_json::{Value, json};
use uuid::Uuid;

use super::market::{BACK_END, Market};

/// One line: of one seller, of one kind.
pub(super) fn line(number: u32, seller: Uuid, price: &str, quantity: u32, kind: &str) -> Value {
    json!({ "number": number, "seller": seller, "unitPrice": price, "quantity": quantity,
        "kind": kind })
}

/// What is paid for and settled at once.
pub(super) fn at_once(buyer: Uuid, currency: &str, lines: &[Value]) -> Value {
    json!({ "buyer": buyer, "currency": currency, "fulfilment": "IMMEDIATE", "lines": lines })
}

/// A later step of an order, as a part of its story: what the order is about, the step is about.
pub(super) fn step(order: Uuid) -> Value {
    json!({ "order": order, "correlationId": order })
}

/// An order is placed, which begins its story; its id.
///
/// # Errors
/// When it is refused.
pub(super) async fn place(market: &Market, terms: &Value, total: &str) -> anyhow::Result<Uuid> {
    let order = Uuid::new_v4();
    let input = json!({ "order": order, "terms": terms, "total": total,
        "correlationId": order, "labels": { "category": "shopping" } });
    market.done(&BACK_END, "placeOrder", input).await?;
    Ok(order)
}

/// An order is placed, and paid out of its buyer's wallet; its id.
///
/// # Errors
/// When it is refused.
pub(super) async fn buy(market: &Market, terms: &Value, total: &str) -> anyhow::Result<Uuid> {
    let order = place(market, terms, total).await?;
    market.done(&BACK_END, "payOrder", step(order)).await?;
    Ok(order)
}
