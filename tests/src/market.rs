//! A small marketplace to test on: an open ledger, and wallets with money in them.

use serde_json::json;
use uuid::Uuid;

use crate::server::{Server, new_id};
use cauri_api::webhooks::STRIPE_SCHEME;

/// Opens the ledger: XOF, USD and KWD, 5 % commission, at most 1,000,000 XOF at once.
///
/// # Panics
/// When it is refused.
pub async fn open_ledger(server: &Server) {
    let settings = json!({
        "currencies": ["XOF", "USD", "KWD"],
        "commissionBasisPoints": 500,
        "limits": [{ "amount": "1000000", "currency": "XOF" }],
    });
    let input = json!({ "commandId": new_id(), "settings": settings });
    server.done("TOKEN_SUPERADMIN", "openLedger", input).await;
}

/// Opens a wallet.
///
/// # Panics
/// When it is refused.
pub async fn wallet(server: &Server, owner: &str) -> Uuid {
    let id = new_id();
    let input = json!({ "commandId": new_id(), "wallet": id, "owner": owner });
    server.done("TOKEN_SERVICE", "openWallet", input).await;
    id
}

/// Brings money into a wallet: a pay-in, and Stripe's signed word that it was paid.
///
/// # Panics
/// When it does not arrive.
pub async fn fund(server: &Server, wallet: Uuid, francs: u64) {
    let payin = new_id();
    let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
        "amount": francs.to_string(), "currency": "XOF", "provider": "stripe" });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    let (status, answer) = server.webhook("stripe", STRIPE_SCHEME, &paid(payin, francs)).await;
    assert_eq!((status, &answer["effect"]), (200, &json!("applied")), "{answer}");
}

/// Stripe's word that a pay-in in francs was paid.
#[must_use]
pub fn paid(payin: Uuid, francs: u64) -> String {
    json!({
        "id": format!("evt_{}", payin.simple()),
        "object": "event",
        "type": "payment_intent.succeeded",
        "data": { "object": {
            "id": format!("pi_{}", payin.simple()),
            "object": "payment_intent",
            "amount_received": francs,
            "currency": "xof",
            "metadata": { "cauri_payin": payin },
        }},
    })
    .to_string()
}

/// A transfer's input.
#[must_use]
pub fn transfer(id: Uuid, from: Uuid, to: Uuid, amount: &str) -> serde_json::Value {
    json!({ "commandId": id, "from": from, "to": to, "amount": amount, "currency": "XOF" })
}

/// Asks for money out of a wallet, in francs, and approves it; the withdrawal.
///
/// # Panics
/// When it is refused.
pub async fn withdraw(server: &Server, wallet: Uuid, francs: &str, destination: &str) -> Uuid {
    let id = new_id();
    let input = json!({ "commandId": new_id(), "withdrawal": id, "wallet": wallet,
        "amount": francs, "currency": "XOF", "destination": destination });
    server.done("TOKEN_SERVICE", "requestWithdrawal", input).await;
    let input = json!({ "commandId": new_id(), "withdrawal": id });
    server.done("TOKEN_FINANCE", "approveWithdrawal", input).await;
    id
}
