//! Hub2's transfers. Its documentation is not public: this follows the public integrations of it.
//!
//! The withdrawal's id is the transfer's `reference`. Hub2 finds a transfer by its own id alone, which
//! is only known while this server runs; else its signed deliveries tell the outcome. That it takes
//! a reference only once is not documented: what may have been sent is not sent again by itself.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::http::Trouble;
use cauri_sagas::gateway::{PayoutInstruction, PayoutStatus, Submitted};
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::api::{Api, Said, ask, id, not_understood, word};
use super::destination::Mobile;
use super::{Pays, amount_not_supported, destination_not_understood, wire};
use crate::providers::ProviderAccount;
use crate::webhooks::fact::reason;

/// How many transfers' ids are remembered.
const REMEMBERED: usize = 10_000;

#[derive(Debug)]
pub(super) struct Hub2 {
    api: Api,
    key: SecretString,
    merchant: String,
    environment: String,
    ids: Mutex<Ids>,
}

/// Hub2's own ids of the latest transfers.
#[derive(Debug, Default)]
struct Ids {
    by_withdrawal: BTreeMap<WithdrawalId, String>,
    oldest_first: VecDeque<WithdrawalId>,
}

impl Ids {
    fn remember(&mut self, withdrawal: WithdrawalId, object: String) {
        if self.by_withdrawal.insert(withdrawal, object).is_none() {
            self.oldest_first.push_back(withdrawal);
        }
        while self.oldest_first.len() > REMEMBERED {
            if let Some(oldest) = self.oldest_first.pop_front() {
                self.by_withdrawal.remove(&oldest);
            }
        }
    }
}

impl Hub2 {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        Ok(Self {
            api: Api::of(account, "url", "https://api.hub2.io")?,
            key: account.required_secret("api_key")?.clone(),
            merchant: account.required("merchant_id")?.to_owned(),
            environment: account.setting("environment").unwrap_or("live").to_owned(),
            ids: Mutex::default(),
        })
    }

    fn named(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .header("ApiKey", self.key.expose_secret())
            .header("MerchantId", &self.merchant)
            .header("Environment", &self.environment)
    }

    /// How a transfer stands; its id is remembered.
    fn state(&self, said: &Said, withdrawal: WithdrawalId) -> Result<PayoutStatus, Trouble> {
        let transfer = said.root();
        if word(&transfer, "reference") != Some(&withdrawal.to_string()) {
            return Err(not_understood());
        }
        let object = id(&transfer, "id").ok_or_else(not_understood)?;
        self.ids().remember(withdrawal, object.clone());
        Ok(match word(&transfer, "status").ok_or_else(not_understood)? {
            "successful" => PayoutStatus::Paid { object },
            "failed" => {
                let cause = transfer.find("failureCause");
                let code = cause.as_ref().and_then(|cause| cause.find("code")).or(cause);
                PayoutStatus::Failed { object, code: reason(code, "failed") }
            }
            _ => PayoutStatus::Pending,
        })
    }

    fn ids(&self) -> std::sync::MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pays for Hub2 {
    fn takes(&self, destination: &str) -> bool {
        Mobile::with_network(destination).is_some()
    }

    async fn send(&self, instruction: &PayoutInstruction) -> Submitted {
        let Some(amount) = wire::whole(instruction) else { return amount_not_supported() };
        let Some(to) = Mobile::with_network(&instruction.destination) else {
            return destination_not_understood();
        };
        let key = instruction.withdrawal.to_string();
        let request = self.named(self.api.post(&["transfers"])).json(&json!({
            "reference": key,
            "amount": amount,
            "currency": instruction.currency,
            "description": format!("Withdrawal {key}"),
            "destination": {
                "type": "mobile_money",
                "country": to.country,
                "recipientName": "-",
                "msisdn": to.number,
                "provider": to.network,
            },
        }));
        let said = match ask(request).await {
            Ok(said) => said,
            Err(trouble) => return trouble.of_submission(),
        };
        if !said.status.is_success() {
            return said.trouble.into();
        }
        match self.state(&said, instruction.withdrawal) {
            Ok(PayoutStatus::Paid { object }) => Submitted::Made { object },
            Ok(PayoutStatus::Failed { code, .. }) => Submitted::Refused { code },
            Ok(_) => match id(&said.root(), "id") {
                Some(object) => Submitted::Accepted { object },
                None => not_understood().into(),
            },
            Err(trouble) => trouble.into(),
        }
    }

    async fn found(&self, withdrawal: WithdrawalId) -> Result<PayoutStatus, Trouble> {
        let object = self.ids().by_withdrawal.get(&withdrawal).cloned();
        let Some(object) = object else {
            return Ok(PayoutStatus::Unasked { why: "not_found_by_our_key".to_owned() });
        };
        let said = ask(self.named(self.api.get(&["transfers", &object]))).await?;
        if said.status != StatusCode::OK {
            return Err(said.trouble);
        }
        self.state(&said, withdrawal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_ids_are_remembered() {
        let mut ids = Ids::default();
        let withdrawal = |number: usize| WithdrawalId(uuid::Uuid::from_u128(number as u128));
        for number in 0..REMEMBERED + 5 {
            ids.remember(withdrawal(number), "tr".to_owned());
            ids.remember(withdrawal(number), "tr".to_owned());
        }
        assert_eq!((ids.by_withdrawal.len(), ids.oldest_first.len()), (REMEMBERED, REMEMBERED));
        assert!(!ids.by_withdrawal.contains_key(&withdrawal(4)));
        assert!(ids.by_withdrawal.contains_key(&withdrawal(5)));
    }
}
