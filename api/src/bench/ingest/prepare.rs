//! A ledger with wallets and pay-ins that wait for their money.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use futures::future::try_join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Connection, graphql, head};
use super::target::Target;
use super::webhooks::{FRANCS, payin};

/// How many wallets the pay-ins are for.
const WALLETS: u64 = 1_000;
/// How many commands are asked at once, all or nothing.
const BATCH: u64 = 500;
/// How many batches are under way at once.
const LANES: u64 = 4;

const OPEN: &str = "mutation($input: OpenLedgerInput!) { openLedger(input: $input) {
    __typename ... on Refused { code message } } }";
const MANY: &str = "mutation($input: BatchInput!) { batch(input: $input) {
    __typename ... on Refused { code field message } } }";

fn wallet(number: u64) -> Uuid {
    Uuid::from_u64_pair(0xCA_0000_0000_4000, 0x8000_0000_0000_0000 | number)
}

/// Makes them, waits until the read models have seen them, and says where the ledger then ends.
pub(super) async fn prepare(target: &Target, payins: u64) -> anyhow::Result<u64> {
    let mut connection = Connection::open(&target.authority).await?;
    let settings = json!({ "currencies": ["XOF"], "payinExpirySeconds": 86_400 });
    let input = json!({ "commandId": Uuid::new_v4(), "settings": settings });
    let opened = graphql(&mut connection, &target.superadmin, OPEN, json!({ "input": input }));
    let opened = opened.await?;
    ensure!(opened["openLedger"]["__typename"] != "Refused", "the ledger must be empty: {opened}");
    let wallets = (0..WALLETS).map(|number| {
        json!({ "openWallet": { "wallet": wallet(number), "owner": format!("bench-{number}") } })
    });
    ask(target, wallets.collect()).await?;
    for first in (0..payins).step_by(50_000) {
        let last = payins.min(first + 50_000);
        let steps = (first..last).map(|number| {
            json!({ "initiatePayin": { "payin": payin(number), "wallet": wallet(number % WALLETS),
                "amount": FRANCS.to_string(), "currency": "XOF", "provider": "stripe" } })
        });
        ask(target, steps.collect()).await?;
    }
    let head = head(&mut connection, target).await?;
    // What the server does about the preparation is not measured.
    let seen = "query($at: Revision) { payins(first: 1, atLeastRevision: $at) { revision } }";
    let deadline = Instant::now() + Duration::from_secs(600);
    loop {
        let variables = json!({ "at": head });
        match graphql(&mut connection, &target.service, seen, variables).await {
            Ok(_) => return Ok(head),
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// Asks for all steps, some batches at once.
async fn ask(target: &Target, steps: Vec<Value>) -> anyhow::Result<()> {
    let batches: Vec<&[Value]> = steps.chunks(usize::try_from(BATCH)?).collect();
    let lanes = (0..usize::try_from(LANES)?).map(async |lane| {
        let mut connection = Connection::open(&target.authority).await?;
        for batch in batches.iter().skip(lane).step_by(usize::try_from(LANES)?) {
            let input = json!({ "commandId": Uuid::new_v4(), "commands": batch });
            let variables = json!({ "input": input });
            let done = graphql(&mut connection, &target.service, MANY, variables).await?;
            if done["batch"]["__typename"] == "Refused" {
                bail!("a step of the preparation was refused: {done}");
            }
        }
        Ok(())
    });
    try_join_all(lanes).await?;
    Ok(())
}

/// Waits until the ledger ends at `wanted` or later; returns when it did.
pub(super) async fn wait_for_head(
    target: &Target,
    wanted: u64,
    patience: Duration,
) -> anyhow::Result<Instant> {
    let mut connection = Connection::open(&target.authority).await?;
    let deadline = Instant::now() + patience;
    loop {
        let is = head(&mut connection, target).await?;
        let now = Instant::now();
        if is >= wanted {
            return Ok(now);
        }
        ensure!(
            now < deadline,
            "the ledger ends at {is} and not at {wanted}: bookings are missing"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
