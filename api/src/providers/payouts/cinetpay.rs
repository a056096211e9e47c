//! CinetPay's transfers. Sources: docs.cinetpay.com/api/1.0-en/transfert, and the Postman collection
//! "CinetPay API Payout V1.1.0".
//!
//! The withdrawal's id is the `client_transaction_id`, by which a transfer is found. That CinetPay
//! takes one only once is not documented: what may have been sent and is not found is not sent
//! again by itself.

use std::time::{Duration, Instant};

use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::http::Trouble;
use cauri_sagas::gateway::{PayoutInstruction, PayoutStatus, Submitted};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::api::{Api, Said, ask, id, not_understood, word};
use super::destination::Mobile;
use super::{Pays, amount_not_supported, destination_not_understood, wire};
use crate::providers::ProviderAccount;
use crate::webhooks::json::Node;

/// A token lasts five minutes.
const TOKEN_LASTS: Duration = Duration::from_secs(240);

/// CinetPay's codes that say that a transfer was not made, and why.
const FINAL: [(&str, &str); 6] = [
    ("602", "insufficient_balance"),
    ("719", "amount_too_small"),
    ("720", "amount_too_large"),
    ("721", "operator_not_available"),
    ("801", "invalid_amount"),
    ("802", "invalid_phone"),
];

/// No result for this search.
const NOT_FOUND: &str = "723";
/// The number is among our contacts already.
const IS_CONTACT: &str = "726";

#[derive(Debug)]
pub(super) struct Cinetpay {
    api: Api,
    key: SecretString,
    password: SecretString,
    token: Mutex<Option<(SecretString, Instant)>>,
}

impl Cinetpay {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        Ok(Self {
            api: Api::of(account, "transfer_url", "https://client.cinetpay.com")?,
            key: account.required_secret("api_key")?.clone(),
            password: account.required_secret("transfer_password")?.clone(),
            token: Mutex::new(None),
        })
    }

    async fn token(&self) -> Result<SecretString, Trouble> {
        let mut kept = self.token.lock().await;
        if let Some((token, end)) = kept.as_ref()
            && *end > Instant::now()
        {
            return Ok(token.clone());
        }
        let request = form(
            self.api.post(&["v1", "auth", "login"]),
            &[("apikey", self.key.expose_secret()), ("password", self.password.expose_secret())],
        );
        let said = ask(request).await?;
        let token = said.root().find("data").and_then(|data| data.find("token"));
        let token = token.and_then(|token| token.as_text()).filter(|_| code(&said) == "0");
        let token = SecretString::from(token.ok_or_else(|| Trouble::of("not_let_in"))?.to_owned());
        *kept = Instant::now().checked_add(TOKEN_LASTS).map(|end| (token.clone(), end));
        Ok(token)
    }

    /// A number must be among our contacts before money goes to it.
    async fn introduce(&self, token: &SecretString, to: &Mobile<'_>) -> Result<(), Trouble> {
        let contact = json!([{
            "prefix": to.calling,
            "phone": to.local(),
            "name": "-",
            "surname": "-",
            "email": format!("{}@invalid.invalid", to.number),
        }]);
        let said = ask(self.send_data(&["v1", "transfer", "contact"], token, &contact)).await?;
        let items = first(&said.root());
        let of_item = items.and_then(|item| id(&item, "code"));
        match (code(&said).as_str(), of_item.as_deref()) {
            ("0", None | Some("0" | IS_CONTACT)) | (IS_CONTACT, _) => Ok(()),
            _ => Err(Trouble::of("contact_not_taken")),
        }
    }

    fn send_data(&self, path: &[&str], token: &SecretString, data: &Value) -> RequestBuilder {
        let query = [("token", token.expose_secret()), ("lang", "en")];
        let request = self.api.post_where(path, &query);
        form(request, &[("data", &data.to_string())])
    }
}

impl Pays for Cinetpay {
    fn takes(&self, destination: &str) -> bool {
        Mobile::read(destination).is_some()
    }

    async fn send(&self, instruction: &PayoutInstruction) -> Submitted {
        let Some(amount) = wire::whole(instruction) else { return amount_not_supported() };
        let Some(to) = Mobile::read(&instruction.destination) else {
            return destination_not_understood();
        };
        let key = instruction.withdrawal.to_string();
        // Whatever goes wrong so far, nothing was asked to be paid.
        let token = match self.token().await {
            Ok(token) => token,
            Err(trouble) => return not_sent(trouble),
        };
        if let Err(trouble) = self.introduce(&token, &to).await {
            return not_sent(trouble);
        }
        let mut transfer = json!({
            "prefix": to.calling,
            "phone": to.local(),
            "amount": amount,
            "client_transaction_id": key,
        });
        if !to.network.is_empty() {
            transfer["payment_method"] = to.network.into();
        }
        let path = ["v1", "transfer", "money", "send", "contact"];
        let request = self.send_data(&path, &token, &Value::from(vec![transfer]));
        let said = match ask(request).await {
            Ok(said) => said,
            Err(trouble) => return trouble.of_submission(),
        };
        let code = code(&said);
        if let Some((_, code)) = FINAL.iter().find(|(it, _)| *it == code) {
            return Submitted::Refused { code: (*code).to_owned() };
        }
        let taken = first(&said.root()).filter(|_| code == "0");
        match taken.and_then(|item| id(&item, "transaction_id")) {
            Some(object) => Submitted::Accepted { object },
            None if said.status.is_success() => not_understood().into(),
            None => said.trouble.into(),
        }
    }

    async fn found(&self, withdrawal: WithdrawalId) -> Result<PayoutStatus, Trouble> {
        let key = withdrawal.to_string();
        let token = self.token().await?;
        let query =
            [("token", token.expose_secret()), ("lang", "en"), ("client_transaction_id", &*key)];
        let request = self.api.get_where(&["v1", "transfer", "check", "money"], &query);
        let said = ask(request).await?;
        match code(&said).as_str() {
            "0" => {}
            // It may be on its way still, and nothing says that a second one would not be paid too.
            NOT_FOUND => return Err(Trouble::of("not_found_yet")),
            _ => return Err(said.trouble),
        }
        let transfer = first(&said.root()).ok_or_else(not_understood)?;
        if id(&transfer, "client_transaction_id").is_some_and(|it| it != key) {
            return Err(not_understood());
        }
        let object = id(&transfer, "transaction_id");
        Ok(match (word(&transfer, "treatment_status"), object) {
            (Some("VAL"), Some(object)) => PayoutStatus::Paid { object },
            (Some("REJ"), Some(object)) => {
                PayoutStatus::Failed { object, code: "rejected".to_owned() }
            }
            (Some("VAL" | "REJ") | None, _) => return Err(not_understood()),
            (Some(_), _) => PayoutStatus::Pending,
        })
    }
}

/// The answer's code, which is a number or a text.
fn code(said: &Said) -> String {
    id(&said.root(), "code").unwrap_or_default()
}

/// The one item of the data, in however many lists it stands.
fn first<'a>(answer: &Node<'a>) -> Option<Node<'a>> {
    let mut node = answer.find("data")?;
    for _ in 0..3 {
        let Ok(items) = node.items() else { return Some(node) };
        node = items.into_iter().next()?;
    }
    None
}

fn form(request: RequestBuilder, pairs: &[(&str, &str)]) -> RequestBuilder {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(pairs);
    request.header("content-type", "application/x-www-form-urlencoded").body(body.finish())
}

/// Nothing that pays was asked for, whatever went wrong.
fn not_sent(trouble: Trouble) -> Submitted {
    Submitted::NotSent { why: trouble.why }
}
