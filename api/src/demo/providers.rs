//! The providers' side: customers who pay, and the signed webhooks that say so.

use anyhow::ensure;
use chrono::Utc;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::Client;
use crate::webhooks::{FEDAPAY_SCHEME, STRIPE_SCHEME, Scheme};

/// The customer pays at the simulated provider, which then tells the server by itself.
pub async fn pay_by_mobile_money(
    client: &Client,
    payin: Uuid,
    amount: &str,
    outcome: &str,
) -> anyhow::Result<()> {
    let url = format!("{}/v1/payins/{payin}/pay", client.variable("CAURI_SIM_URL")?);
    let body = json!({ "amount": amount, "currency": "XOF", "outcome": outcome });
    let (status, answer) = client.post(&url, &[], body.to_string()).await?;
    ensure!(status == 202, "the simulated provider answered {status}: {answer}");
    Ok(())
}

/// The customer pays by card: Stripe tells the server, in cents.
pub async fn pay_by_card(client: &Client, payin: Uuid, cents: u64) -> anyhow::Result<Value> {
    let body = json!({
        "id": format!("evt_{}", payin.simple()),
        "object": "event",
        "type": "payment_intent.succeeded",
        "data": { "object": {
            "id": format!("pi_{}", payin.simple()),
            "object": "payment_intent",
            "amount": cents,
            "amount_received": cents,
            "currency": "usd",
            "metadata": { "cauri_payin": payin },
        }},
    });
    deliver(client, "stripe", STRIPE_SCHEME, "CAURI_STRIPE_WEBHOOK_SECRET", body.to_string()).await
}

/// The customer pays through FedaPay, in francs.
pub async fn pay_by_fedapay(client: &Client, payin: Uuid, francs: u64) -> anyhow::Result<Value> {
    let body = json!({
        "name": "transaction.approved",
        "object": "transaction",
        "entity": {
            "id": payin.as_u128() % 1_000_000_000,
            "klass": "v1/transaction",
            "status": "approved",
            "amount": francs,
            "currency": { "iso": "XOF", "div": 1 },
            "merchant_reference": payin,
        },
    });
    let secret = "CAURI_FEDAPAY_WEBHOOK_SECRET";
    deliver(client, "fedapay", FEDAPAY_SCHEME, secret, body.to_string()).await
}

async fn deliver(
    client: &Client,
    provider: &str,
    scheme: Scheme,
    secret: &str,
    body: String,
) -> anyhow::Result<Value> {
    let secret = SecretString::from(client.variable(secret)?.to_owned());
    let key = scheme.key(&secret)?;
    let id = Uuid::new_v4().to_string();
    let headers = scheme.sign(&[key], &id, Utc::now().timestamp(), body.as_bytes());
    let url = format!("{}/webhooks/{provider}", client.variable("CAURI_URL")?);
    let headers: Vec<(&str, String)> = headers.into_iter().collect();
    let (status, answer) = client.post(&url, &headers, body).await?;
    ensure!(status == 200, "the webhook of {provider} was answered {status}: {answer}");
    Ok(serde_json::from_str(&answer)?)
}
