//! pawaPay's payouts (v2). Source: docs.pawapay.io.
//!
//! The payout's id is the withdrawal's: pawaPay ignores a second request under it
//! (`DUPLICATE_IGNORED`), for ever as far as its documentation says.

use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::http::Trouble;
use cauri_sagas::gateway::{PayoutInstruction, PayoutStatus, Submitted};
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::api::{Api, ask, not_understood, word};
use super::destination::Mobile;
use super::{Pays, amount_not_supported, destination_not_understood, wire};
use crate::providers::ProviderAccount;
use crate::providers::pawapay::failure;

#[derive(Debug)]
pub(super) struct Pawapay {
    api: Api,
    token: SecretString,
}

impl Pawapay {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        Ok(Self {
            api: Api::of(account, "url", "https://api.pawapay.io")?,
            token: account.required_secret("api_token")?.clone(),
        })
    }
}

impl Pays for Pawapay {
    fn takes(&self, destination: &str) -> bool {
        Mobile::with_network(destination).is_some()
    }

    async fn send(&self, instruction: &PayoutInstruction) -> Submitted {
        let Some(amount) = wire::shortest(instruction) else { return amount_not_supported() };
        let Some(to) = Mobile::with_network(&instruction.destination) else {
            return destination_not_understood();
        };
        let object = instruction.withdrawal.to_string();
        let request = self.api.post(&["v2", "payouts"]).bearer_auth(self.token.expose_secret());
        let request = request.json(&json!({
            "payoutId": object,
            "amount": amount,
            "currency": instruction.currency,
            "recipient": {
                "type": "MMO",
                "accountDetails": { "phoneNumber": to.number, "provider": to.network },
            },
        }));
        let said = match ask(request).await {
            Ok(said) => said,
            Err(trouble) => return trouble.of_submission(),
        };
        let answer = said.root();
        match word(&answer, "status") {
            Some("ACCEPTED" | "ENQUEUED" | "DUPLICATE_IGNORED") => Submitted::Accepted { object },
            Some("REJECTED") => Submitted::Refused { code: failure(&answer) },
            Some(_) | None if said.status.is_success() => not_understood().into(),
            Some(_) | None => said.trouble.into(),
        }
    }

    async fn found(&self, withdrawal: WithdrawalId) -> Result<PayoutStatus, Trouble> {
        let object = withdrawal.to_string();
        let request = self.api.get(&["v2", "payouts", &object]);
        let said = ask(request.bearer_auth(self.token.expose_secret())).await?;
        if said.status != StatusCode::OK {
            return Err(said.trouble);
        }
        let answer = said.root();
        match word(&answer, "status") {
            Some("NOT_FOUND") => return Ok(PayoutStatus::NotFound),
            Some("FOUND") => {}
            Some(_) | None => return Err(not_understood()),
        }
        let payout = answer.find("data").ok_or_else(not_understood)?;
        if word(&payout, "payoutId") != Some(&object) {
            return Err(not_understood());
        }
        match word(&payout, "status") {
            Some("COMPLETED") => Ok(PayoutStatus::Paid { object }),
            Some("FAILED") => Ok(PayoutStatus::Failed { object, code: failure(&payout) }),
            Some(_) => Ok(PayoutStatus::Pending),
            None => Err(not_understood()),
        }
    }
}
