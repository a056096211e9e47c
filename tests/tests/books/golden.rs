//! What each form looks like, to the letter: a wallet that is paid in, a transfer with all that a
//! command can say of itself, an entry about an earlier day, and three currencies.

use cauri_api::books::BookFormat;
use cauri_domain::testing::{
    effective, import, initiate, minute, money, open_wallet, opened, pay, receive, service,
    usd_cents, xof,
};
use cauri_domain::{Command, CommandId, CorrelationId, Dimensions, Labels, Revision};
use cauri_ledger::engine::Request;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use uuid::Uuid;

use super::kit::{Played, book, last};

fn request(number: u128, command: Command) -> Request {
    Request::new(CommandId(Uuid::from_u128(0xabc_000 + number)), service(), command)
}

async fn played() -> Played {
    let played = Played::new().await;
    let commands = [
        opened(),
        open_wallet(1, "ama"),
        open_wallet(2, "kofi"),
        initiate(1, 1, xof(25_000)),
        receive(1, "pi_1", xof(25_000)),
        initiate(2, 1, usd_cents(5)),
        receive(2, "pi_2", usd_cents(5)),
        initiate(3, 1, money(1, "KWD")),
        receive(3, "pi_3", money(1, "KWD")),
    ];
    for (number, command) in (1..).zip(commands) {
        played.done(TimeDelta::minutes(1), request(number, command)).await;
    }
    let dimensions = [("store", "lome-1"), ("channel", "app")];
    let dimensions: BTreeMap<_, _> =
        dimensions.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).into();
    let labels = Labels {
        category: Some("transport".parse().unwrap()),
        reference: Some("-order/17:a".parse().unwrap()),
        dimensions: Dimensions::try_from(dimensions).unwrap(),
    };
    let all_said = Request {
        correlation: Some(CorrelationId(Uuid::from_u128(0xc0))),
        causation: Some(Revision(4)),
        proved_by: Some("key/1+=".parse().unwrap()),
        labels,
        ..request(20, pay(1, 2, xof(1_000)))
    };
    played.done(TimeDelta::days(1), all_said).await;
    let before = minute(0).date_naive().pred_opt().unwrap();
    let opening = effective(import(1, 2, xof(10)), before);
    played.done(TimeDelta::minutes(1), request(21, opening)).await;
    played
}

async fn text(range: (u64, u64), format: BookFormat) -> String {
    book(&played().await.store, range, format).await.0
}

#[tokio::test]
async fn a_journal() {
    let played = played().await;
    let end = last(&played.events());
    insta::assert_snapshot!(book(&played.store, (0, end), BookFormat::Hledger).await.0);
    let both = [BookFormat::Hledger, BookFormat::Ledger];
    let [one, other] = both.map(|format| book(&played.store, (3, end), format));
    assert_eq!(one.await.0, other.await.0);
}

#[tokio::test]
async fn a_journal_of_a_part() {
    let end = last(&played().await.events());
    insta::assert_snapshot!(text((end, end), BookFormat::Ledger).await);
}

#[tokio::test]
async fn a_ledger_of_beancounts() {
    let end = last(&played().await.events());
    insta::assert_snapshot!(text((end - 1, end), BookFormat::Beancount).await);
}

#[tokio::test]
async fn a_table() {
    let end = last(&played().await.events());
    insta::assert_snapshot!(text((end - 1, end), BookFormat::Csv).await);
}

/// As they are stored, and as `cauri-verify` reads them: the whole is what it verifies.
#[tokio::test]
async fn the_events() {
    let played = played().await;
    let events = played.events();
    let end = last(&events);
    let (whole, done) = book(&played.store, (0, end), BookFormat::Jsonl).await;
    assert_eq!(whole.lines().count(), events.len());
    assert_eq!(done.entries, events.len() as u64);
    for (line, event) in whole.lines().zip(&events) {
        let body = cauri_ledger::codec::encode(event);
        let body = std::str::from_utf8(&body).unwrap();
        assert_eq!(line, format!("{{\"h\":\"{}\",\"e\":{body}}}", event.hash));
    }
    let (part, _) = book(&played.store, (2, 4), BookFormat::Jsonl).await;
    assert_eq!(part.lines().collect::<Vec<_>>(), whole.lines().collect::<Vec<_>>()[2..5]);
}
