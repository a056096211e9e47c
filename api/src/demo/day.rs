//! A day at a marketplace for digital work: mobile money and cards in, escrow, commission, payout.
//!
//! The amounts are fixed, so the end of the day can be checked against arithmetic on paper:
//!
//! | | Ama, XOF | Kofi, XOF | Esi, XOF | Yao, USD | commission, XOF |
//! | --- | ---: | ---: | ---: | ---: | ---: |
//! | mobile money, FedaPay; card | +50,000 +15,000 | | | +120.00 | |
//! | escrow with Kofi, released, 5 % | −30,000 | +28,500 | | | +1,500 |
//! | escrow with Esi, refunded | −10,000 +10,000 | | | | |
//! | transfer to Esi | −5,000 | | +5,000 | | |
//! | withdrawal, paid | | −20,000 | | | |
//! | withdrawal, failed | | | −4,000 +4,000 | | |
//! | in the evening | 30,000 | 8,500 | 5,000 | 120.00 | 1,500 |

use anyhow::{bail, ensure};
use serde_json::Value;
use uuid::Uuid;

use super::client::Client;
use super::{providers, report, steps};

/// Says what is done while it is done.
fn say(what: &str) {
    println!("  • {what}");
}

/// Plays the day.
pub async fn play(client: &Client) -> anyhow::Result<()> {
    println!("A marketplace's day, through GraphQL and signed webhooks only\n");
    steps::furnish(client).await?;
    let before = commission(&steps::trial_balance(client, 0).await?.0)?;

    say("Ama, Kofi, Esi and Yao open wallets");
    let ama = steps::open_wallet(client, "ama").await?;
    let kofi = steps::open_wallet(client, "kofi").await?;
    let esi = steps::open_wallet(client, "esi").await?;
    let yao = steps::open_wallet(client, "yao").await?;

    money_comes_in(client, ama, yao).await?;
    work_is_paid(client, ama, kofi, esi).await?;
    money_goes_out(client, kofi, esi).await?;

    let head = steps::head(client).await?;
    for (name, wallet, evening) in [
        ("Ama", ama, "30000"),
        ("Kofi", kofi, "8500"),
        ("Esi", esi, "5000"),
        ("Yao", yao, "120.00"),
    ] {
        let lines = steps::statement(client, wallet, head).await?;
        println!("\n{name}'s statement, wallet {wallet}\n{}", report::statement(&lines));
        let balance = lines.last().and_then(|line| line["runningBalance"].as_str());
        ensure!(balance == Some(evening), "{name} should have {evening}, not {balance:?}");
    }
    let (rows, totals) = steps::trial_balance(client, head).await?;
    println!("\nTrial balance at revision {head}\n{}", report::trial_balance(&rows, &totals));
    for total in &totals {
        ensure!(total["debits"] == total["credits"], "debits and credits differ: {total}");
    }
    let earned = commission(&rows)? - before;
    ensure!(earned == 1_500, "the commission should have grown by 1500, not {earned}");
    println!("\nEvery wallet ends the day as it does on paper, and debits equal credits.");
    Ok(())
}

async fn money_comes_in(client: &Client, ama: Uuid, yao: Uuid) -> anyhow::Result<()> {
    say("Ama's first attempt by mobile money is declined, the second brings 50,000 XOF");
    let payin = steps::initiate_payin(client, ama, "50000", "XOF", "sim").await?;
    providers::pay_by_mobile_money(client, payin, "50000", "fail").await?;
    steps::wait_for(client, "payin", payin, &["declined"]).await?;
    providers::pay_by_mobile_money(client, payin, "50000", "succeed").await?;
    steps::wait_for(client, "payin", payin, &["succeeded"]).await?;

    say("FedaPay delivers Ama's next 15,000 XOF three times; it counts once");
    let payin = steps::initiate_payin(client, ama, "15000", "XOF", "fedapay").await?;
    providers::pay_by_fedapay(client, payin, "15000").await?;
    steps::wait_for(client, "payin", payin, &["succeeded"]).await?;

    say("Yao pays 120.00 USD by card; Stripe's webhook is signed like the real ones");
    let payin = steps::initiate_payin(client, yao, "120.00", "USD", "stripe").await?;
    providers::pay_by_card(client, payin, "120.00").await?;
    steps::wait_for(client, "payin", payin, &["succeeded"]).await.map(drop)
}

async fn work_is_paid(client: &Client, ama: Uuid, kofi: Uuid, esi: Uuid) -> anyhow::Result<()> {
    say("Ama orders work from Kofi: 30,000 XOF go into escrow; he delivers, she releases");
    let escrow = steps::open_escrow(client, ama, kofi, "30000").await?;
    steps::on_escrow(client, "markDelivered", escrow).await?;
    steps::on_escrow(client, "releaseEscrow", escrow).await?;

    say("Ama orders from Esi too, who cannot do it and refunds the 10,000 XOF");
    let escrow = steps::open_escrow(client, ama, esi, "10000").await?;
    steps::on_escrow(client, "refundEscrow", escrow).await?;

    say("Ama sends Esi 5,000 XOF for her trouble");
    let sent = steps::transfer(client, ama, esi, "5000", "XOF").await?;
    ensure!(sent["__typename"] != "Refused", "the transfer was refused: {sent}");

    say("Ama tries to send 400,000 XOF that she does not have");
    let refused = steps::transfer(client, ama, esi, "400000", "XOF").await?;
    ensure!(refused["code"] == "INSUFFICIENT_FUNDS", "it was answered with {refused}");
    say(&format!("it is refused, {}: {}", text(&refused["code"]), text(&refused["message"])));
    Ok(())
}

async fn money_goes_out(client: &Client, kofi: Uuid, esi: Uuid) -> anyhow::Result<()> {
    say("Kofi takes out 20,000 XOF: finance approves, the provider pays and says so");
    let withdrawal = steps::request_withdrawal(client, kofi, "20000", "momo-kofi").await?;
    steps::approve_withdrawal(client, withdrawal).await?;
    steps::wait_for(client, "withdrawal", withdrawal, &["paid"]).await?;

    say("Esi's withdrawal of 4,000 XOF fails at the provider; the money is back in her wallet");
    let withdrawal = steps::request_withdrawal(client, esi, "4000", "fail-esi").await?;
    steps::approve_withdrawal(client, withdrawal).await?;
    steps::wait_for(client, "withdrawal", withdrawal, &["failed"]).await.map(drop)
}

/// What the platform has earned in XOF.
fn commission(rows: &[Value]) -> anyhow::Result<i64> {
    let of = |row: &&Value| row["account"] == "revenue:commission" && row["currency"] == "XOF";
    match rows.iter().find(of).map(|row| text(&row["balance"]).parse()) {
        None => Ok(0),
        Some(Ok(balance)) => Ok(balance),
        Some(Err(error)) => bail!("the commission is no whole number of francs: {error}"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
