//! The steps of a marketplace's day, each one operation through the public door.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{As, Client};

/// An id for a new thing or a new command.
fn new_id() -> Uuid {
    Uuid::new_v4()
}

/// Sets up a small marketplace in an empty ledger; does nothing in one that is open.
pub async fn furnish(client: &Client) -> anyhow::Result<()> {
    let ledger =
        client.graphql(As::Superadmin, "{ ledger { settings { inspectionSeconds } } }", json!({}));
    if !ledger.await?["ledger"]["settings"].is_null() {
        return Ok(());
    }
    client
        .done(
            As::Superadmin,
            "mutation($input: OpenLedgerInput!) { openLedger(input: $input) {
                __typename ... on Refused { code message } } }",
            json!({ "commandId": new_id(), "settings": {
                "currencies": ["XOF", "USD"],
                "payinExpirySeconds": 1_800,
                "inspectionSeconds": 259_200,
                "autoApprovalSeconds": 172_800,
                "commissionBasisPoints": 500,
                "limits": [{ "amount": "500000", "currency": "XOF" }],
            }}),
        )
        .await?;
    for owner in ["ama", "kofi"] {
        open_wallet(client, owner).await?;
    }
    Ok(())
}

pub async fn open_wallet(client: &Client, owner: &str) -> anyhow::Result<Uuid> {
    let id = new_id();
    let input = json!({ "commandId": new_id(), "wallet": id, "owner": owner });
    let query = "mutation($input: OpenWalletInput!) { openWallet(input: $input) {
        __typename ... on Refused { code message } } }";
    client.done(As::Service, query, input).await?;
    Ok(id)
}

pub async fn initiate_payin(
    client: &Client,
    wallet: Uuid,
    amount: &str,
    currency: &str,
    provider: &str,
) -> anyhow::Result<Uuid> {
    let id = new_id();
    let input = json!({ "commandId": new_id(), "payin": id, "wallet": wallet,
        "amount": amount, "currency": currency, "provider": provider });
    let query = "mutation($input: InitiatePayinInput!) { initiatePayin(input: $input) {
        __typename ... on Refused { code message } } }";
    client.done(As::Service, query, input).await?;
    Ok(id)
}

pub async fn transfer(
    client: &Client,
    from: Uuid,
    to: Uuid,
    amount: &str,
    currency: &str,
) -> anyhow::Result<Value> {
    let input = json!({ "commandId": new_id(), "from": from, "to": to,
        "amount": amount, "currency": currency, "labels": { "category": "transfer" } });
    let query = "mutation($input: TransferInput!) { transfer(input: $input) {
        __typename ... on Refused { code field message } } }";
    client.mutate(As::Service, query, input).await
}

pub async fn open_escrow(
    client: &Client,
    buyer: Uuid,
    seller: Uuid,
    amount: &str,
) -> anyhow::Result<Uuid> {
    let id = new_id();
    let input = json!({ "commandId": new_id(), "escrow": id, "buyer": buyer, "seller": seller,
        "amount": amount, "currency": "XOF", "labels": { "category": "mission" } });
    let query = "mutation($input: OpenEscrowInput!) { openEscrow(input: $input) {
        __typename ... on Refused { code message } } }";
    client.done(As::Service, query, input).await?;
    Ok(id)
}

/// `markDelivered`, `releaseEscrow` or `refundEscrow`.
pub async fn on_escrow(client: &Client, mutation: &str, escrow: Uuid) -> anyhow::Result<()> {
    let type_name = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!(
        "mutation($input: {type_name}!) {{ {mutation}(input: $input) {{
            __typename ... on Refused {{ code message }} }} }}"
    );
    let input = json!({ "commandId": new_id(), "escrow": escrow });
    client.done(As::Service, &query, input).await.map(drop)
}

pub async fn request_withdrawal(
    client: &Client,
    wallet: Uuid,
    amount: &str,
    destination: &str,
) -> anyhow::Result<Uuid> {
    let id = new_id();
    let input = json!({ "commandId": new_id(), "withdrawal": id, "wallet": wallet,
        "amount": amount, "currency": "XOF", "destination": destination });
    let query = "mutation($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) {
        __typename ... on Refused { code message } } }";
    client.done(As::Service, query, input).await?;
    Ok(id)
}

pub async fn approve_withdrawal(client: &Client, withdrawal: Uuid) -> anyhow::Result<()> {
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal });
    let query = "mutation($input: ApproveWithdrawalInput!) { approveWithdrawal(input: $input) {
        __typename ... on Refused { code message } } }";
    client.done(As::Finance, query, input).await.map(drop)
}

/// Waits until the read models show a pay-in or withdrawal in one of these states.
pub async fn wait_for(
    client: &Client,
    object: &str,
    id: Uuid,
    states: &[&str],
) -> anyhow::Result<String> {
    let query = format!("query($id: UUID!) {{ {object}(id: $id) {{ status }} }}");
    for _ in 0..300 {
        let data = client.graphql(As::Finance, &query, json!({ "id": id })).await?;
        let status = data[object]["status"].as_str().unwrap_or_default().to_lowercase();
        if states.contains(&status.as_str()) {
            return Ok(status);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the {object} {id} did not become {} in 30 seconds", states.join(" or "))
}

/// The revision that the ledger has reached.
pub async fn head(client: &Client) -> anyhow::Result<u64> {
    let data = client.graphql(As::Finance, "{ ledger { head } }", json!({})).await?;
    data["ledger"]["head"].as_u64().context("the ledger is empty")
}

/// A wallet's whole statement, oldest line first, as of `revision` at least.
pub async fn statement(client: &Client, wallet: Uuid, revision: u64) -> anyhow::Result<Vec<Value>> {
    let query = "query($id: UUID!, $at: Revision) { wallet(id: $id, atLeastRevision: $at) {
        statement(first: 100) { nodes { revision type side amount currency runningBalance } } } }";
    let data = client.graphql(As::Finance, query, json!({ "id": wallet, "at": revision })).await?;
    let mut lines = data["wallet"]["statement"]["nodes"].as_array().cloned().unwrap_or_default();
    lines.sort_by_key(|line| line["revision"].as_u64());
    Ok(lines)
}

/// The rows and totals of the trial balance, as of `revision` at least.
pub async fn trial_balance(
    client: &Client,
    revision: u64,
) -> anyhow::Result<(Vec<Value>, Vec<Value>)> {
    let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
        rows { account class currency debits credits balance }
        totals { currency debits credits } } }";
    let data = client.graphql(As::Finance, query, json!({ "at": revision })).await?;
    let list = |name: &str| data["trialBalance"][name].as_array().cloned().unwrap_or_default();
    Ok((list("rows"), list("totals")))
}
