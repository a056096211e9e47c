//! What a finance person does, and what the simulated provider is told to do, over the network.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::market;
use crate::server::{Server, new_id};

/// The simulated provider of a server that was started with `--demo`.
#[derive(Debug, Clone, Copy)]
pub struct Sim<'a>(pub &'a Server);

impl Sim<'_> {
    /// Asks the provider for something that it takes on.
    ///
    /// # Panics
    /// When it does not.
    pub async fn accepts(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/v1/{path}", self.0.variable("CAURI_SIM_URL"));
        let answer = self.0.http().post(url).json(&body).send().await.expect("it is there");
        let (status, answer) = (answer.status().as_u16(), answer.json::<Value>().await);
        let answer = answer.expect("it answers in JSON");
        assert_eq!(status, 202, "{path}: {answer}");
        answer
    }

    /// A pay-in into a wallet, not paid yet.
    pub async fn expects(&self, wallet: Uuid, francs: u64) -> Uuid {
        let payin = new_id();
        let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
            "amount": francs.to_string(), "currency": "XOF", "provider": "sim" });
        self.0.done("TOKEN_SERVICE", "initiatePayin", input).await;
        payin
    }

    /// A pay-in's customer pays so much; the provider's own payment.
    ///
    /// # Panics
    /// When the provider does not take it.
    pub async fn pay(&self, payin: Uuid, amount: &str, currency: &str, more: Value) -> String {
        let mut body = json!({ "amount": amount, "currency": currency });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        let answer = self.accepts(&format!("payins/{payin}/pay"), body).await;
        answer["id"].as_str().expect("a payment has an id").to_owned()
    }

    /// A payment into a wallet: the pay-in and the provider's own payment.
    pub async fn pays(&self, wallet: Uuid, francs: u64, more: Value) -> (Uuid, String) {
        let payin = self.expects(wallet, francs).await;
        let payment = self.pay(payin, &francs.to_string(), "XOF", more).await;
        (payin, payment)
    }

    /// A payment under a reference that nobody here knows.
    pub async fn pays_stray(&self, francs: u64) -> String {
        self.pay(new_id(), &francs.to_string(), "XOF", json!({})).await
    }

    /// Has the provider tell something of a payment's dispute.
    pub async fn tells(&self, payment: &str, body: Value) {
        self.accepts(&format!("payments/{payment}/disputes"), body).await;
    }
}

/// The desk of the finance team.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a>(pub &'a Server);

impl Desk<'_> {
    /// The balance of an account in francs; zero where it was never used. Debits and credits are
    /// equal, whenever it is asked.
    ///
    /// # Panics
    /// When they are not.
    pub async fn balance(&self, account: &str) -> String {
        let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
            rows { account currency balance } totals { debits credits } } }";
        let variables = json!({ "at": self.0.head().await });
        let data = self.0.graphql("TOKEN_FINANCE", query, variables).await;
        for total in data["trialBalance"]["totals"].as_array().expect("totals") {
            assert_eq!(total["debits"], total["credits"]);
        }
        let rows = data["trialBalance"]["rows"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["account"] == account && row["currency"] == "XOF");
        row.and_then(|row| row["balance"].as_str()).unwrap_or("0").to_owned()
    }

    /// Waits, for at most half a minute, until an account has this balance in francs.
    ///
    /// # Panics
    /// When it does not come to it.
    pub async fn balances(&self, account: &str, wanted: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let is = self.balance(account).await;
            if is == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "{account} is {is}, not {wanted}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until a wallet can spend so many francs.
    pub async fn has(&self, wallet: Uuid, francs: &str) {
        self.balances(&format!("wallet:{wallet}:available"), francs).await;
    }

    /// One person proposes a command, and another one approves it.
    pub async fn two_persons(&self, command: Value) {
        let proposal = new_id();
        let input = json!({ "commandId": new_id(), "proposal": proposal, "command": command,
            "reason": "looked-into" });
        self.0.done("TOKEN_FINANCE", "propose", input).await;
        let input = json!({ "commandId": new_id(), "proposal": proposal });
        self.0.done("TOKEN_ADMIN", "approveProposal", input).await;
    }

    /// Gives money back, and waits until the provider has; the refund.
    pub async fn refunds(&self, of: Value, francs: &str) -> Uuid {
        let refund = new_id();
        let input = json!({ "commandId": new_id(), "refund": refund, "of": of, "amount": francs,
            "currency": "XOF", "reason": "returned" });
        self.0.done("TOKEN_FINANCE", "requestRefund", input).await;
        self.0.becomes("refund", refund, "SUCCEEDED").await;
        refund
    }

    /// Money leaves a wallet; the withdrawal, once it is approved.
    pub async fn withdraws(&self, wallet: Uuid, francs: &str) -> Uuid {
        market::withdraw(self.0, wallet, francs, "momo-1").await
    }

    /// Money leaves a wallet, and the provider has paid it; the provider's own payout.
    ///
    /// # Panics
    /// When the provider named none.
    pub async fn pays_out(&self, wallet: Uuid, francs: &str) -> String {
        let id = self.withdraws(wallet, francs).await;
        self.0.becomes("withdrawal", id, "PAID").await;
        let query = "query($id: UUID!) { withdrawal(id: $id) { providerObject } }";
        let data = self.0.graphql("TOKEN_FINANCE", query, json!({ "id": id })).await;
        data["withdrawal"]["providerObject"].as_str().expect("a payout has an id").to_owned()
    }
}
