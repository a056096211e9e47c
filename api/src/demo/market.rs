//! A marketplace in a ledger of its own, as its back end, its people and its payers see it: GraphQL
//! with tokens, and the simulated provider over the network.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use cauri_domain::{LedgerId, Role};

use super::client::Client;
use super::report;
use crate::auth::{DevKeys, TokenRules, Ttl};

/// Somebody with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Who {
    /// The opaque id of the person or program.
    pub(super) subject: &'static str,
    /// In which role.
    pub(super) role: Role,
}

impl Who {
    pub(super) const fn new(subject: &'static str, role: Role) -> Self {
        Self { subject, role }
    }
}

/// The marketplace's back end.
pub(super) const BACK_END: Who = Who::new("back-end", Role::Service);
/// The finance team.
pub(super) const FINANCE: Who = Who::new("finance-1", Role::Finance);
/// Another member of it: four eyes are two people's.
pub(super) const FINANCE_2: Who = Who::new("finance-2", Role::Finance);
/// Staff.
pub(super) const ADMIN: Who = Who::new("admin-1", Role::Admin);
/// Who sets the ledger up.
pub(super) const ROOT: Who = Who::new("root-1", Role::Superadmin);

/// A marketplace in a ledger of its own.
pub(super) struct Market {
    client: Client,
    keys: DevKeys,
    ledger: LedgerId,
}

impl Market {
    /// Opens a new ledger with these settings (`SettingsInput` of the schema), named after `name`.
    ///
    /// # Errors
    /// When the server cannot be reached, is not in development mode, or refuses.
    pub(super) async fn open(
        client: Client,
        data_dir: &Path,
        name: &str,
        settings: Value,
    ) -> anyhow::Result<Self> {
        let run = Uuid::new_v4().simple().to_string();
        let ledger: LedgerId = format!("{name}-{}", &run[..6]).parse()?;
        let market = Self { client, keys: DevKeys::open(data_dir)?, ledger };
        let query = "mutation($name: String!) { createLedger(name: $name) { name } }";
        let token = market.token_for(&ROOT, &LedgerId::main());
        let name = market.ledger.as_str();
        market.client.graphql_with(&token, query, json!({ "name": name })).await?;
        market.done(&ROOT, "openLedger", json!({ "settings": settings })).await?;
        println!("In a ledger of its own, {}\n", market.ledger);
        Ok(market)
    }

    fn token_for(&self, who: &Who, ledger: &LedgerId) -> String {
        let rules = TokenRules { audience: "cauri".to_owned(), issuer: None };
        let subject = who.subject.parse().expect("a demo's own word");
        self.keys.mint(&rules, &subject, who.role, ledger, Ttl::DAY)
    }

    /// Runs an operation as somebody; `errors` in the answer are a failure.
    ///
    /// # Errors
    /// When the server cannot be reached or answers with errors.
    pub(super) async fn ask(
        &self,
        who: &Who,
        query: &str,
        variables: Value,
    ) -> anyhow::Result<Value> {
        self.client.graphql_with(&self.token_for(who, &self.ledger), query, variables).await
    }

    /// Runs a mutation that takes `input: XInput!`, under a new commandId where none is given, and
    /// returns its result, whatever member it is. `fields` are selected when it is done.
    ///
    /// # Errors
    /// As [`Market::ask`].
    pub(super) async fn mutate(
        &self,
        who: &Who,
        mutation: &str,
        mut input: Value,
    ) -> anyhow::Result<Value> {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        if input["commandId"].is_null() {
            input["commandId"] = json!(Uuid::new_v4());
        }
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{
                __typename ... on Refused {{ code field message }} }} }}"
        );
        let data = self.ask(who, &query, json!({ "input": input })).await?;
        Ok(data[mutation].clone())
    }

    /// Runs a mutation that must not be refused.
    ///
    /// # Errors
    /// As [`Market::mutate`], or with the refusal.
    pub(super) async fn done(&self, who: &Who, mutation: &str, input: Value) -> anyhow::Result<()> {
        let result = self.mutate(who, mutation, input).await?;
        ensure!(result["__typename"] != "Refused", "{mutation} was refused: {result}");
        Ok(())
    }

    /// Runs a mutation that must be refused with this code; says why it was.
    ///
    /// # Errors
    /// As [`Market::mutate`], or when it was done, or refused with another code.
    pub(super) async fn refused(
        &self,
        who: &Who,
        mutation: &str,
        input: Value,
        code: &str,
    ) -> anyhow::Result<()> {
        let result = self.mutate(who, mutation, input).await?;
        ensure!(result["code"] == code, "{mutation} should be refused as {code}: {result}");
        say(&format!("refused, {code}: {}", text(&result["message"])));
        Ok(())
    }

    /// Opens a wallet.
    ///
    /// # Errors
    /// As [`Market::done`].
    pub(super) async fn wallet(&self, owner: &str) -> anyhow::Result<Uuid> {
        let wallet = Uuid::new_v4();
        self.done(&BACK_END, "openWallet", json!({ "wallet": wallet, "owner": owner })).await?;
        Ok(wallet)
    }

    /// The payer pays a pay-in at the simulated provider, or (`"fail"`) fails to. The provider
    /// tells the ledger by itself, a moment later.
    ///
    /// # Errors
    /// When the provider does not take it.
    pub(super) async fn pay(
        &self,
        payin: Uuid,
        amount: &str,
        currency: &str,
        outcome: &str,
    ) -> anyhow::Result<()> {
        let url = format!("{}/v1/payins/{payin}/pay", self.client.variable("CAURI_SIM_URL")?);
        let body = json!({ "amount": amount, "currency": currency, "outcome": outcome,
            "account": self.ledger.as_str() });
        let (status, answer) = self.client.post(&url, &[], body.to_string()).await?;
        ensure!(status == 202, "the simulated provider answered {status}: {answer}");
        Ok(())
    }

    /// Brings money into a wallet: a pay-in, paid at the simulated provider.
    ///
    /// # Errors
    /// When it does not arrive.
    pub(super) async fn recharge(
        &self,
        wallet: Uuid,
        amount: &str,
        currency: &str,
    ) -> anyhow::Result<Uuid> {
        let payin = Uuid::new_v4();
        let input = json!({ "payin": payin, "wallet": wallet, "amount": amount,
            "currency": currency, "provider": "sim" });
        self.done(&BACK_END, "initiatePayin", input).await?;
        self.pay(payin, amount, currency, "succeed").await?;
        self.until("payin", payin, "SUCCEEDED").await?;
        Ok(payin)
    }

    /// Takes money out of a wallet: asked for, let out by finance, and paid by the simulated
    /// provider.
    ///
    /// # Errors
    /// When it is refused, or as [`Market::until_paid_out`].
    pub(super) async fn withdraw(
        &self,
        wallet: Uuid,
        amount: &str,
        currency: &str,
        destination: &str,
    ) -> anyhow::Result<()> {
        let withdrawal = Uuid::new_v4();
        let input = json!({ "withdrawal": withdrawal, "wallet": wallet, "amount": amount,
            "currency": currency, "destination": destination });
        self.done(&BACK_END, "requestWithdrawal", input).await?;
        self.done(&FINANCE, "approveWithdrawal", json!({ "withdrawal": withdrawal })).await?;
        self.until_paid_out(withdrawal).await
    }

    /// Waits until a withdrawal is paid, and has the simulated provider say the same: it has one
    /// payout under the withdrawal's id, and that one is paid.
    ///
    /// # Errors
    /// When it is not paid within half a minute, or the provider knows nothing of it.
    pub(super) async fn until_paid_out(&self, withdrawal: Uuid) -> anyhow::Result<()> {
        self.until("withdrawal", withdrawal, "PAID").await?;
        let query = "query($id: UUID!) { withdrawal(id: $id) { providerObject } }";
        let data = self.ask(&FINANCE, query, json!({ "id": withdrawal })).await?;
        let url = format!("{}/v1/payouts/{withdrawal}", self.client.variable("CAURI_SIM_URL")?);
        let payout = self.client.get(&url).await?;
        let is_the_same = payout["id"] == data["withdrawal"]["providerObject"];
        ensure!(
            is_the_same && payout["status"] == "paid",
            "{data} was paid, and the provider has {payout}"
        );
        Ok(())
    }

    /// Waits until an object (`payin`, `withdrawal`, `sale`, …) has this status.
    ///
    /// # Errors
    /// When it does not within half a minute.
    pub(super) async fn until(&self, object: &str, id: Uuid, status: &str) -> anyhow::Result<()> {
        let query = format!("query($id: UUID!) {{ {object}(id: $id) {{ status }} }}");
        let mut last = Value::Null;
        for _ in 0..300 {
            let data = self.ask(&FINANCE, &query, json!({ "id": id })).await?;
            last = data[object]["status"].clone();
            if last == status {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the {object} {id} is {last} and did not become {status} in 30 seconds")
    }

    /// Sets the ledger's clock forward.
    ///
    /// # Errors
    /// As [`Market::done`].
    pub(super) async fn set_clock(&self, to: DateTime<Utc>) -> anyhow::Result<()> {
        self.done(&ADMIN, "advanceClock", json!({ "to": to })).await
    }

    /// The revision that the ledger has reached.
    ///
    /// # Errors
    /// As [`Market::ask`].
    pub(super) async fn head(&self) -> anyhow::Result<u64> {
        let data = self.ask(&FINANCE, "{ ledger { head } }", json!({})).await?;
        data["ledger"]["head"].as_u64().context("the ledger is empty")
    }

    /// Prints a wallet's whole statement, oldest line first, as of now.
    ///
    /// # Errors
    /// As [`Market::ask`].
    pub(super) async fn print_statement(&self, name: &str, wallet: Uuid) -> anyhow::Result<()> {
        let query = "query($id: UUID!, $at: Revision, $after: String) {
            wallet(id: $id, atLeastRevision: $at) { statement(first: 100, after: $after) {
                pageInfo { hasNextPage endCursor }
                nodes { revision type side amount currency runningBalance } } } }";
        let (at, mut after, mut lines) = (self.head().await?, Value::Null, Vec::new());
        loop {
            let variables = json!({ "id": wallet, "at": at, "after": after });
            let data = self.ask(&FINANCE, query, variables).await?;
            let page = &data["wallet"]["statement"];
            lines.extend(page["nodes"].as_array().cloned().unwrap_or_default());
            if page["pageInfo"]["hasNextPage"] != true {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        lines.reverse();
        println!("\n{name}'s statement, wallet {wallet}\n{}", report::statement(&lines));
        Ok(())
    }

    /// Prints what a wallet earned: a row for each day and currency.
    ///
    /// # Errors
    /// As [`Market::ask`].
    pub(super) async fn print_earnings(&self, name: &str, wallet: Uuid) -> anyhow::Result<()> {
        let query = "query($wallet: UUID!, $at: Revision) {
            sellerEarnings(wallet: $wallet, atLeastRevision: $at) {
                rows { day currency gross refunded commission net tips } } }";
        let variables = json!({ "wallet": wallet, "at": self.head().await? });
        let data = self.ask(&FINANCE, query, variables).await?;
        let rows = data["sellerEarnings"]["rows"].as_array().cloned().unwrap_or_default();
        println!("\n{name}'s earnings\n{}", report::earnings(&rows));
        Ok(())
    }

    /// Prints the trial balance as of now, and returns every account's balance in every currency.
    ///
    /// # Errors
    /// As [`Market::ask`], or when debits and credits differ.
    pub(super) async fn print_trial_balance(&self) -> anyhow::Result<Books> {
        let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
            rows { account class currency debits credits balance }
            totals { currency debits credits } } }";
        let at = self.head().await?;
        let data = self.ask(&FINANCE, query, json!({ "at": at })).await?;
        let list = |name: &str| data["trialBalance"][name].as_array().cloned().unwrap_or_default();
        let (rows, totals) = (list("rows"), list("totals"));
        println!("\nTrial balance at revision {at}\n{}", report::trial_balance(&rows, &totals));
        for total in &totals {
            ensure!(total["debits"] == total["credits"], "debits and credits differ: {total}");
        }
        let mut books = BTreeMap::new();
        for row in &rows {
            let book = (text(&row["account"]).to_owned(), text(&row["currency"]).to_owned());
            books.insert(book, text(&row["balance"]).parse()?);
        }
        Ok(Books(books))
    }
}

/// Every account's balance in every currency, on its normal side.
pub(super) struct Books(BTreeMap<(String, String), Decimal>);

impl Books {
    /// What is in an account; nothing, where it was never posted to.
    pub(super) fn balance(&self, account: &str, currency: &str) -> Decimal {
        self.0.get(&(account.to_owned(), currency.to_owned())).copied().unwrap_or_default()
    }

    /// Checks an account against arithmetic on paper.
    ///
    /// # Errors
    /// When it has another balance.
    pub(super) fn check(&self, account: &str, amount: &str, currency: &str) -> anyhow::Result<()> {
        let (is, should) = (self.balance(account, currency), amount.parse::<Decimal>()?);
        ensure!(is == should, "{account} should have {should} {currency}, not {is}");
        Ok(())
    }

    /// Checks a wallet's spendable money against arithmetic on paper.
    ///
    /// # Errors
    /// When it has another balance.
    pub(super) fn check_wallet(
        &self,
        wallet: Uuid,
        amount: &str,
        currency: &str,
    ) -> anyhow::Result<()> {
        self.check(&format!("wallet:{wallet}:available"), amount, currency)
    }

    /// Checks that nothing is left in transit: each of these kinds of account is at zero.
    ///
    /// # Errors
    /// When one is not.
    pub(super) fn check_nothing_in_transit(&self) -> anyhow::Result<()> {
        let transit =
            ["hold:", "escrow:", "order:", "withdrawal:", "refund:", "chargeback:", "suspense:"];
        for ((account, currency), balance) in &self.0 {
            let passes = transit.iter().any(|kind| account.starts_with(kind));
            ensure!(!passes || balance.is_zero(), "{balance} {currency} are left in {account}");
        }
        Ok(())
    }
}

/// Says what is done while it is done.
pub(super) fn say(what: &str) {
    println!("  • {what}");
}

/// A JSON text, or nothing.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
