//! FedaPay's payouts: created, then started. Sources: docs.fedapay.com (payouts), fedapay-php.
//!
//! The withdrawal's id is the payout's `merchant_reference`, which FedaPay takes once, and by which
//! it finds the payout. A payout that is there and was not started is `pending`: it is started then,
//! and not created again.

use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::http::Trouble;
use cauri_sagas::gateway::{PayoutInstruction, PayoutStatus, Submitted};
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::api::{Api, ask, id, not_understood, word};
use super::destination::Mobile;
use super::{Pays, amount_not_supported, destination_not_understood, wire};
use crate::providers::ProviderAccount;
use crate::webhooks::fact::reason;
use crate::webhooks::json::Node;

/// The name of a payout in FedaPay's answers.
const PAYOUT: &str = "v1/payout";

#[derive(Debug)]
pub(super) struct Fedapay {
    api: Api,
    key: SecretString,
}

/// A payout that FedaPay has.
struct Found {
    object: String,
    state: State,
}

enum State {
    /// Created, and not started.
    Created,
    /// Started; its outcome is open.
    Started,
    Sent,
    Failed(String),
}

impl Fedapay {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        Ok(Self {
            api: Api::of(account, "url", "https://api.fedapay.com")?,
            key: account.required_secret("api_key")?.clone(),
        })
    }

    fn named(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.key.expose_secret())
    }

    /// Starts what was created. Whatever goes wrong here, it may have been started.
    async fn start(&self, object: String, to: &Mobile<'_>) -> Submitted {
        let number = format!("+{}", to.number);
        let Ok(payout) = object.parse::<u64>() else { return not_understood().into() };
        let request = self.named(self.api.put(&["v1", "payouts", "start"])).json(&json!({
            "payouts": [{
                "id": payout,
                "send_now": true,
                "phone_number": { "number": number, "country": to.country },
            }],
        }));
        match ask(request).await {
            Ok(said) if said.status.is_success() => Submitted::Accepted { object },
            Ok(said) => said.trouble.into(),
            Err(trouble) => trouble.into(),
        }
    }

    async fn look_up(&self, withdrawal: WithdrawalId) -> Result<Option<Found>, Trouble> {
        let key = withdrawal.to_string();
        let said = ask(self.named(self.api.get(&["v1", "payouts", "merchant", &key]))).await?;
        match said.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(said.trouble),
        }
        let payout = said.root().find(PAYOUT).ok_or_else(not_understood)?;
        if word(&payout, "merchant_reference") != Some(&key) {
            return Err(not_understood());
        }
        let object = id(&payout, "id").ok_or_else(not_understood)?;
        let state = match word(&payout, "status").ok_or_else(not_understood)? {
            "pending" => State::Created,
            "sent" => State::Sent,
            "failed" => State::Failed(reason(payout.find("last_error_code"), "failed")),
            _ => State::Started,
        };
        Ok(Some(Found { object, state }))
    }
}

impl Pays for Fedapay {
    fn takes(&self, destination: &str) -> bool {
        Mobile::with_network(destination).is_some()
    }

    async fn send(&self, instruction: &PayoutInstruction) -> Submitted {
        let Some(amount) = wire::whole(instruction) else { return amount_not_supported() };
        let Some(to) = Mobile::with_network(&instruction.destination) else {
            return destination_not_understood();
        };
        let key = instruction.withdrawal.to_string();
        let request = self.named(self.api.post(&["v1", "payouts"])).json(&json!({
            "amount": amount,
            "currency": { "iso": instruction.currency },
            "mode": to.network,
            "merchant_reference": key,
            "custom_metadata": { "cauri_withdrawal": key },
        }));
        let said = match ask(request).await {
            Ok(said) => said,
            Err(trouble) => return trouble.of_submission(),
        };
        if said.status.is_success() {
            let payout = said.root().find(PAYOUT);
            return match payout.and_then(|payout| id(&payout, "id")) {
                Some(object) => self.start(object, &to).await,
                None => not_understood().into(),
            };
        }
        // It is there already, or cannot be: FedaPay says which of the two by our own reference.
        match self.look_up(instruction.withdrawal).await {
            Ok(Some(Found { object, state: State::Created })) => self.start(object, &to).await,
            Ok(Some(Found { object, .. })) => Submitted::Accepted { object },
            Ok(None) => match fault(&said.root()) {
                Some(code) => Submitted::Refused { code },
                None => said.trouble.into(),
            },
            Err(trouble) => trouble.into(),
        }
    }

    async fn found(&self, withdrawal: WithdrawalId) -> Result<PayoutStatus, Trouble> {
        let Some(Found { object, state }) = self.look_up(withdrawal).await? else {
            return Ok(PayoutStatus::NotFound);
        };
        Ok(match state {
            // Sending goes on with the same payout, and creates no other.
            State::Created => PayoutStatus::NotSearchable,
            State::Started => PayoutStatus::Pending,
            State::Sent => PayoutStatus::Paid { object },
            State::Failed(code) => PayoutStatus::Failed { object, code },
        })
    }
}

/// What FedaPay says is wrong with a request, of what we tell it: its words are no codes, but the
/// names of the fields are.
fn fault(answer: &Node<'_>) -> Option<String> {
    let errors = answer.find("errors")?;
    let fields = ["amount", "currency", "mode", "custom_metadata"];
    let field = fields.into_iter().find(|field| errors.find(field).is_some())?;
    Some(format!("invalid_{field}"))
}
