//! A marketplace that sold, drove, delivered and paid out, and how its reports are fetched.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::time::{Duration, Instant};

use calamine::{Data, Reader as _, Xlsx};
use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use chrono::{NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

pub struct Market {
    pub server: Server,
    pub ama: Uuid,
    pub kofi: Uuid,
    pub yao: Uuid,
    /// Stripe's own names of the pay-ins, of 20,000 and 5,000.
    pub payins: [String; 2],
    /// The first day, and the day after the last.
    pub days: (NaiveDate, NaiveDate),
}

/// A row, by column.
pub type Row = BTreeMap<String, String>;

impl Market {
    /// Ama has 25,000; she buys things for 1,000 and 1,500 with a delivery for 300 in Kofi's shop,
    /// and rides for 2,000 and a tip of 200; Kofi is paid out 500.
    pub async fn busy() -> Self {
        let server = Server::start(&["--demo"]);
        let ama = market::wallet(&server, "ama").await;
        let kofi = market::wallet(&server, "kofi").await;
        let yao = market::wallet(&server, "yao").await;
        let payins = [payin(&server, ama, 20_000).await, payin(&server, ama, 5_000).await];
        let today = Utc::now().date_naive();
        let days = (today - TimeDelta::days(1), today + TimeDelta::days(2));
        let market = Self { server, ama, kofi, yao, payins, days };
        market.buys("1000", None).await;
        market.buys("1500", Some("300")).await;
        market.rides("2000", "200").await;
        market.pays_out("500").await;
        market
    }

    pub async fn buys(&self, price: &str, delivery: Option<&str>) {
        let order = new_id();
        let labels = json!({ "category": "shop",
            "dimensions": [{ "name": "store", "value": "kofi-1" }] });
        let mut terms = json!({
            "buyer": self.ama, "currency": "XOF", "fulfilment": "ON_DELIVERY",
            "lines": [{ "number": 1, "seller": self.kofi, "unitPrice": price,
                        "kind": "PHYSICAL" }],
        });
        let mut total: u64 = price.parse().unwrap();
        if let Some(fee) = delivery {
            terms["delivery"] = json!({ "fee": fee, "courier": self.yao });
            total += fee.parse::<u64>().unwrap();
        }
        let place = json!({ "commandId": new_id(), "order": order, "terms": terms,
            "total": total.to_string(), "correlationId": order, "labels": labels });
        self.server.done("TOKEN_BUYER", "placeOrder", place).await;
        // The story says the store; what follows is part of it.
        let act = || json!({ "commandId": new_id(), "order": order, "correlationId": order });
        self.server.done("TOKEN_BUYER", "payOrder", act()).await;
        self.server.done("TOKEN_ADMIN", "markOrderDelivered", act()).await;
        self.server.done("TOKEN_BUYER", "settleOrder", act()).await;
    }

    async fn rides(&self, fare: &str, tip: &str) {
        let hold = new_id();
        let labels = json!({ "category": "transport" });
        let legs = json!([{ "wallet": self.ama, "amount": "3000" }]);
        let place = json!({ "commandId": new_id(), "hold": hold, "legs": legs,
            "currency": "XOF", "spanSeconds": 7_200, "labels": labels });
        self.server.done("TOKEN_SERVICE", "placeHold", place).await;
        let payees = json!([{ "wallet": self.yao, "amount": fare },
                            { "wallet": self.yao, "amount": tip, "tip": true }]);
        let capture = json!({ "commandId": new_id(), "hold": hold, "capture": new_id(),
            "payees": payees, "currency": "XOF", "last": true, "labels": labels });
        self.server.done("TOKEN_SERVICE", "captureHold", capture).await;
    }

    /// The simulated provider's own name of the payout.
    pub async fn pays_out(&self, amount: &str) -> String {
        let id = new_id();
        let input = json!({ "commandId": new_id(), "withdrawal": id, "wallet": self.kofi,
            "amount": amount, "currency": "XOF", "destination": "momo-1" });
        self.server.done("TOKEN_SERVICE", "requestWithdrawal", input).await;
        let approve = json!({ "commandId": new_id(), "withdrawal": id });
        self.server.done("TOKEN_FINANCE", "approveWithdrawal", approve).await;
        self.server.becomes("withdrawal", id, "PAID").await;
        let query = "query($id: UUID!) { withdrawal(id: $id) { providerObject } }";
        let data = self.server.graphql("TOKEN_FINANCE", query, json!({ "id": id })).await;
        data["withdrawal"]["providerObject"].as_str().unwrap().to_owned()
    }

    /// The input for a report over all days.
    pub fn asks(&self, kind: &str, format: &str) -> Value {
        json!({ "id": new_id(), "kind": kind, "format": format,
                "from": self.days.0, "to": self.days.1 })
    }

    /// Asks for a report, waits until it can be fetched, and fetches it.
    pub async fn fetched(&self, input: Value) -> Vec<u8> {
        let id = input["id"].as_str().unwrap().to_owned();
        self.server.done("TOKEN_FINANCE", "generateReport", input).await;
        self.ready(&id).await
    }

    /// Waits until a report can be fetched, and fetches it.
    pub async fn ready(&self, id: &str) -> Vec<u8> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let query = "query($id: UUID!) { report(id: $id) { status downloadUrl failure } }";
        loop {
            let data = self.server.graphql("TOKEN_AUDITOR", query, json!({ "id": id })).await;
            let report = &data["report"];
            if report["status"] == "READY" {
                let url = report["downloadUrl"].as_str().unwrap();
                let (status, _, bytes) = self.get(url, Some("TOKEN_AUDITOR")).await;
                assert_eq!(status, 200);
                return bytes;
            }
            assert_eq!(
                (&report["status"], &report["downloadUrl"]),
                (&json!("GENERATING"), &Value::Null)
            );
            assert!(Instant::now() < deadline, "{report}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// What an address answers: its status, its headers, its body.
    pub async fn get(
        &self,
        path: &str,
        token: Option<&str>,
    ) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
        let mut request = self.server.http().get(self.server.url(path));
        if let Some(token) = token {
            request = request.bearer_auth(self.server.variable(token));
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        (status, headers, answer.bytes().await.unwrap().to_vec())
    }
}

async fn payin(server: &Server, wallet: Uuid, francs: u64) -> String {
    let payin = new_id();
    let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
        "amount": francs.to_string(), "currency": "XOF", "provider": "stripe" });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    let (status, _) = server.webhook("stripe", STRIPE_SCHEME, &market::paid(payin, francs)).await;
    assert_eq!(status, 200);
    format!("pi_{}", payin.simple())
}

pub fn json_rows(bytes: &[u8]) -> Vec<Row> {
    let report: Value = serde_json::from_slice(bytes).unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let row = |row: &Value| {
        let cells = row.as_object().unwrap().iter();
        cells.map(|(name, value)| (name.clone(), text(value))).collect()
    };
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

/// Nothing in these reports needs quotes.
pub fn csv_rows(bytes: &[u8]) -> Vec<Row> {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut lines = text.split_terminator("\r\n").map(|line| line.split(','));
    let names: Vec<_> = lines.next().unwrap().map(str::to_owned).collect();
    let row = |cells: std::str::Split<'_, char>| {
        let mut row: Row = names.iter().cloned().zip(cells.map(str::to_owned)).collect();
        row.remove("as_of_revision").unwrap();
        row
    };
    lines.map(row).collect()
}

pub fn xlsx_rows(bytes: &[u8]) -> Vec<Row> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range("Figures").unwrap();
    let mut rows = sheet.rows();
    let names: Vec<_> = rows.next().unwrap().iter().map(ToString::to_string).collect();
    // Francs have no decimals: a whole number is shown as one.
    let text = |cell: &Data| cell.to_string();
    rows.map(|row| names.iter().cloned().zip(row.iter().map(text)).collect()).collect()
}

/// The sum of a column.
pub fn sum<'a>(rows: impl IntoIterator<Item = &'a Row>, column: &str) -> Decimal {
    rows.into_iter().map(|row| row[column].parse::<Decimal>().unwrap()).sum()
}
