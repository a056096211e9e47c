//! The providers' side: customers who pay at the simulated provider, which then tells the server
//! over the network, in its own form or in Stripe's or FedaPay's.

use std::time::Duration;

use anyhow::{bail, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::Client;

/// The customer pays by mobile money.
pub async fn pay_by_mobile_money(
    client: &Client,
    payin: Uuid,
    amount: &str,
    outcome: &str,
) -> anyhow::Result<()> {
    let body = json!({ "amount": amount, "currency": "XOF", "outcome": outcome });
    pay(client, payin, &body).await
}

/// The customer pays by card, in dollars: the server is told in Stripe's form.
pub async fn pay_by_card(client: &Client, payin: Uuid, dollars: &str) -> anyhow::Result<()> {
    let body = json!({ "amount": dollars, "currency": "USD", "speak": "stripe" });
    pay(client, payin, &body).await
}

/// The customer pays through FedaPay, in francs; it is told three times, and all of them are taken
/// when this returns.
pub async fn pay_by_fedapay(client: &Client, payin: Uuid, francs: &str) -> anyhow::Result<()> {
    let body = json!({ "amount": francs, "currency": "XOF", "speak": "fedapay",
        "misbehave": { "more_copies": 2 } });
    pay(client, payin, &body).await?;
    let told = format!("{}/v1/webhooks/{payin}", client.variable("CAURI_SIM_URL")?);
    let mut tally = Value::Null;
    for _ in 0..300 {
        tally = client.get(&told).await?;
        if tally["delivered"] == 3 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the three webhooks were not taken in 30 seconds: {tally}")
}

async fn pay(client: &Client, payin: Uuid, body: &Value) -> anyhow::Result<()> {
    let url = format!("{}/v1/payins/{payin}/pay", client.variable("CAURI_SIM_URL")?);
    let (status, answer) = client.post(&url, &[], body.to_string()).await?;
    ensure!(status == 202, "the simulated provider answered {status}: {answer}");
    Ok(())
}
