//! Stripe's transfers to connected accounts (`acct_...`). Source: docs.stripe.com/api/transfers.
//!
//! A transfer moves money from the platform's balance to the connected account's, at once; when that
//! account is paid to its bank is a matter of its own schedule. The withdrawal's id is the
//! `Idempotency-Key`, which Stripe keeps for a day at least, and the `transfer_group`, by which a
//! transfer is found for ever.

use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::http::Trouble;
use cauri_sagas::gateway::{PayoutInstruction, PayoutStatus, Submitted};
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};

use super::api::{Api, ask, id, not_understood, word};
use super::{Pays, amount_not_supported, destination_not_understood, wire};
use crate::providers::ProviderAccount;

/// The version of the API that this speaks.
const VERSION: &str = "2024-06-20";

/// Stripe's codes that say that a transfer was not made and why. It answers the same under the same
/// key, and had it taken the first one, it would have answered that.
const FINAL: [&str; 7] = [
    "account_invalid",
    "amount_too_small",
    "balance_insufficient",
    "insufficient_capabilities_for_transfer",
    "no_account",
    "resource_missing",
    "transfers_not_allowed",
];

#[derive(Debug)]
pub(super) struct Stripe {
    api: Api,
    key: SecretString,
}

impl Stripe {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        Ok(Self {
            api: Api::of(account, "url", "https://api.stripe.com")?,
            key: account.required_secret("api_key")?.clone(),
        })
    }
}

impl Pays for Stripe {
    fn takes(&self, account: &str) -> bool {
        account.starts_with("acct_")
            && account.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    }

    async fn send(&self, instruction: &PayoutInstruction) -> Submitted {
        let Some(amount) = wire::stripe(instruction) else { return amount_not_supported() };
        let to = &instruction.destination;
        if !self.takes(to) {
            return destination_not_understood();
        }
        let key = instruction.withdrawal.to_string();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("amount", &amount.to_string())
            .append_pair("currency", &instruction.currency.to_ascii_lowercase())
            .append_pair("destination", to)
            .append_pair("transfer_group", &key)
            .append_pair("metadata[cauri_withdrawal]", &key)
            .finish();
        let request = self
            .api
            .post(&["v1", "transfers"])
            .bearer_auth(self.key.expose_secret())
            .header("stripe-version", VERSION)
            .header("idempotency-key", &key)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let said = match ask(request).await {
            Ok(said) => said,
            Err(trouble) => return trouble.of_submission(),
        };
        let answer = said.root();
        if said.status.is_success() {
            let is_ours = word(&answer, "object") == Some("transfer");
            return match id(&answer, "id").filter(|_| is_ours) {
                Some(object) => Submitted::Made { object },
                None => not_understood().into(),
            };
        }
        let code = answer.find("error").and_then(|error| word(&error, "code"));
        match code.filter(|code| FINAL.contains(code) && said.status != StatusCode::CONFLICT) {
            Some(code) => Submitted::Refused { code: code.to_owned() },
            None => said.trouble.into(),
        }
    }

    async fn found(&self, withdrawal: WithdrawalId) -> Result<PayoutStatus, Trouble> {
        let key = withdrawal.to_string();
        let request = self
            .api
            .get_where(&["v1", "transfers"], &[("transfer_group", &key), ("limit", "2")])
            .bearer_auth(self.key.expose_secret())
            .header("stripe-version", VERSION);
        let said = ask(request).await?;
        if said.status != StatusCode::OK {
            return Err(said.trouble);
        }
        let list = said.root().find("data").and_then(|data| data.items().ok());
        let list = list.ok_or_else(not_understood)?;
        let [transfer] = &list[..] else {
            return if list.is_empty() {
                Ok(PayoutStatus::NotFound)
            } else {
                // Somebody has used our group for transfers of their own.
                Err(Trouble::of("several_found"))
            };
        };
        let is_ours = word(transfer, "transfer_group") == Some(&key);
        let object = id(transfer, "id").filter(|_| is_ours).ok_or_else(not_understood)?;
        let amount = |name: &str| transfer.find(name)?.integer().ok();
        match (amount("amount"), amount("amount_reversed")) {
            // A part that came back is told by a webhook, which then waits for a person.
            (Some(all), Some(back)) if back < all => Ok(PayoutStatus::Paid { object }),
            (Some(_), Some(_)) => Ok(PayoutStatus::Failed { object, code: "reversed".to_owned() }),
            _ => Err(not_understood()),
        }
    }
}
