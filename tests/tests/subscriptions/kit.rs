//! A ledger with plans, whose clock goes where a test wants it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// How long what falls due may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Billing {
    pub server: Server,
    /// The day that a test begins on; days are counted from it.
    pub first: NaiveDate,
}

impl Billing {
    /// Opens a ledger, and waits until noon of `first`.
    pub async fn on(first: NaiveDate) -> Self {
        let server = Server::start(&[]);
        market::open_ledger(&server).await;
        let billing = Self { server, first };
        billing.clock(at(first, 12)).await;
        billing
    }

    /// The same, on a day that is not today, so that no midnight comes in between.
    pub async fn soon() -> Self {
        Self::on(Utc::now().date_naive() + Days::new(2)).await
    }

    pub async fn clock(&self, to: DateTime<Utc>) {
        let input = json!({ "commandId": new_id(), "to": to });
        self.server.done("TOKEN_ADMIN", "advanceClock", input).await;
    }

    /// One in the morning, so many days after the first.
    pub async fn day(&self, day: u64) {
        self.clock(at(self.first + Days::new(day), 1)).await;
    }

    pub async fn done(&self, token: &str, name: &str, mut input: Value) {
        input["commandId"] = json!(new_id());
        self.server.done(token, name, input).await;
    }

    /// The refusal's code.
    pub async fn refused(&self, token: &str, name: &str, mut input: Value) -> Value {
        input["commandId"] = json!(new_id());
        self.server.mutate(token, name, input).await["code"].clone()
    }

    pub async fn plan(&self, plan: Value) {
        self.done("TOKEN_SUPERADMIN", "setPlan", plan).await;
    }

    /// Somebody with francs to spend.
    pub async fn wallet(&self, owner: &str, francs: u64) -> Uuid {
        let wallet = market::wallet(&self.server, owner).await;
        if francs > 0 {
            market::fund(&self.server, wallet, francs).await;
        }
        wallet
    }

    /// Brings dollars.
    pub async fn fund_cents(&self, wallet: Uuid, cents: u64) {
        let payin = new_id();
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let input = json!({ "payin": payin, "wallet": wallet, "amount": amount,
            "currency": "USD", "provider": "stripe" });
        self.done("TOKEN_SERVICE", "initiatePayin", input).await;
        let told = market::paid(payin, cents).replace("\"xof\"", "\"usd\"");
        let (status, answer) = self.server.webhook("stripe", STRIPE_SCHEME, &told).await;
        assert_eq!((status, &answer["effect"]), (200, &json!("applied")), "{answer}");
    }

    pub async fn subscribe(&self, wallet: Uuid, plan: &str, trial: bool) -> Uuid {
        let subscription = new_id();
        let input = json!({ "subscription": subscription, "wallet": wallet, "plan": plan,
            "trial": trial });
        self.done("TOKEN_SERVICE", "subscribe", input).await;
        subscription
    }

    pub async fn available(&self, wallet: Uuid, currency: &str) -> String {
        self.server.available(wallet, currency, self.server.head().await).await
    }

    /// Waits until a subscription is what is expected of it.
    pub async fn becomes(&self, subscription: Uuid, expected: Value) {
        let fields: Vec<_> = expected.as_object().unwrap().keys().map(String::as_str).collect();
        let query = format!(
            "query($id: UUID!, $at: Revision) {{
                subscription(id: $id, atLeastRevision: $at) {{ {} }} }}",
            fields.join(" ")
        );
        let deadline = Instant::now() + PATIENCE;
        loop {
            let variables = json!({ "id": subscription, "at": self.server.head().await });
            let seen = self.server.graphql("TOKEN_FINANCE", &query, variables).await;
            if seen["subscription"] == expected {
                return;
            }
            let is = &seen["subscription"];
            assert!(Instant::now() < deadline, "it is {is}, not {expected}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Invoices and credit notes, oldest first.
    pub async fn papers(&self) -> Vec<Value> {
        let query = "query($at: Revision) { invoices(last: 100, atLeastRevision: $at) {
            nodes { id series number about total tax status credited subscriptionId } } }";
        let variables = json!({ "at": self.server.head().await });
        let seen = self.server.graphql("TOKEN_FINANCE", query, variables).await;
        let mut papers = seen["invoices"]["nodes"].as_array().unwrap().clone();
        papers.sort_by_key(|it| (it["series"].to_string(), it["number"].to_string()));
        papers
    }

    /// Waits until there are so many papers, and checks that no number is missing.
    pub async fn numbered(&self, invoices: usize, notes: usize) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let papers = self.papers().await;
            if papers.len() == invoices + notes {
                let numbers: Vec<_> = papers.iter().map(|it| it["number"].clone()).collect();
                let of = |series: &'static str, most: usize| {
                    (1..=most).map(move |it| json!(format!("{series}-{it:06}")))
                };
                let expected: Vec<_> = of("CN", notes).chain(of("INV", invoices)).collect();
                assert_eq!(numbers, expected);
                return papers;
            }
            assert!(Instant::now() < deadline, "there are {papers:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The balances that are not zero, in a currency; debits and credits of every currency agree,
    /// and so do the balances of the accounts.
    pub async fn books(&self, currency: &str) -> BTreeMap<String, String> {
        let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
            rows { account currency balance } totals { currency debits credits } } }";
        let variables = json!({ "at": self.server.head().await });
        let seen = self.server.graphql("TOKEN_FINANCE", query, variables).await;
        let totals = seen["trialBalance"]["totals"].as_array().unwrap();
        assert!(!totals.is_empty());
        for total in totals {
            assert_eq!(total["debits"], total["credits"], "{total}");
        }
        let rows = seen["trialBalance"]["rows"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let of_currency = rows.iter().filter(|row| row["currency"] == currency);
        let all = of_currency.map(|row| (text(&row["account"]), text(&row["balance"])));
        all.filter(|(_, balance)| balance.bytes().any(|it| (b'1'..=b'9').contains(&it))).collect()
    }
}

/// An hour of a day.
fn at(day: NaiveDate, hour: i64) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(hour)
}

/// Balances on paper.
pub fn paper(rows: &[(String, &str)]) -> BTreeMap<String, String> {
    rows.iter().map(|(account, balance)| (account.clone(), (*balance).to_owned())).collect()
}

/// A wallet's account.
pub fn spendable(wallet: Uuid) -> String {
    format!("wallet:{wallet}:available")
}
