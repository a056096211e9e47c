//! Every forgery at every door that asks for a proof.

use super::door::Door;
use super::forged;
use super::senders::{self, By, Sender};
use super::world::PROOF;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_provider_did_not_say_leaves_a_trace() {
    let mut door = Door::open().await;
    let mut refused = 0;
    for sender in senders::all(&door) {
        refused += every_forgery(&door, &sender).await;
        what_is_genuine(&door, &sender).await;
    }
    assert!(refused > 250, "{refused} forgeries are not all");
    only_counts_are_told(&mut door, refused);
}

/// How many were refused.
async fn every_forgery(door: &Door, sender: &Sender<'_>) -> u64 {
    let Sender { account, way, money: (amount, currency), .. } = *sender;
    let (wallet, payin) = door.payin(account, amount, currency).await;
    door.world.has(payin);
    let now = chrono::Utc::now().timestamp();
    let (head, counted, kept) =
        (door.server.rest().await, door.counted(account).await, door.kept(account).await);
    let mut refused = 0;
    for forgery in forged::of(sender, payin, now) {
        let proofs = door.world.asked(PROOF);
        let status = door.post(account, &forgery.headers, forgery.body).await;
        let what = forgery.what;
        assert!(matches!(status, 400 | 401), "{account} ({way}), {what}: {status}");
        if what.contains("certificate") {
            assert_eq!(door.world.asked(PROOF), proofs, "{what} costs no question");
        }
        refused += 1;
    }
    let large = format!("{}{}", (sender.body)(payin), " ".repeat(5 * 1024 * 1024));
    let headers = (sender.sign)(By::TheProvider, &large, now);
    door.refuses_large(account, &headers, large, &format!("{account} ({way})")).await;
    refused += 1;
    assert_eq!(door.counted(account).await, counted + refused, "{account}: all are counted");
    assert_eq!(door.server.rest().await, head, "{account}: the log is as it was");
    assert_eq!(door.kept(account).await, kept, "{account}: the inbox keeps none of them");
    let none = if currency == "XOF" { "0" } else { "0.00" };
    let available = door.server.available(wallet, currency, head).await;
    assert!([none, "0"].contains(&available.as_str()), "{account}: {available}");
    refused
}

/// What the provider did say is booked, once, however often it is sent, also with an escape that is
/// part of what was signed.
async fn what_is_genuine(door: &Door, sender: &Sender<'_>) {
    let Sender { account, way, money: (amount, currency), .. } = *sender;
    let (wallet, payin) = door.payin(account, amount, currency).await;
    door.world.has(payin);
    let now = chrono::Utc::now().timestamp();
    let body = (sender.body)(payin);
    let good = (sender.sign)(By::TheProvider, &body, now);
    assert_eq!(door.post(account, &good, body.clone()).await, 200, "{account} ({way})");
    door.server.becomes("payin", payin, "SUCCEEDED").await;
    let head = door.server.rest().await;
    assert_eq!(door.post(account, &good, body.clone()).await, 200, "{account} ({way}): again");
    if sender.is_json {
        let escaped = body.replace('&', "\\u0026");
        let signed = (sender.sign)(By::TheProvider, &escaped, now);
        let status = door.post(account, &signed, escaped).await;
        assert_eq!(status, 200, "{account} ({way}): escaped, and signed so");
    }
    assert_eq!(door.server.rest().await, head, "{account} ({way}): nothing more is booked");
    assert_eq!(door.server.available(wallet, currency, head).await, amount, "{account} ({way})");
}

/// The audit log tells how many there were of each kind at each account, not each of them, and
/// nothing of what a stranger wrote.
fn only_counts_are_told(door: &mut Door, refused: u64) {
    assert_eq!(door.server.stop(), Some(0));
    let log = door.server.log();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("turned away")).collect();
    let number = |line: &str| -> u64 {
        let after = line.split("count=").nth(1).unwrap();
        after.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
    };
    assert_eq!(told.iter().map(|line| number(line)).sum::<u64>(), refused, "{log}");
    assert!(told.len() < 100, "a line a minute for each account and reason: {}", told.len());
    for secret in ["pens", "whsec", "sha-512", "example.org", "SHA256withRSA", "msg_"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
