//! CinetPay's checkout, version 2: payments begun, and checked with `POST /v2/payment/check`.

mod payins;

use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::http::Api;
use super::{ProviderAccount, Unconfirmed, http};
use crate::webhooks::Fact;
use crate::webhooks::cinetpay::checked;
use crate::webhooks::json::Json;

/// An account at CinetPay.
#[derive(Debug)]
pub(crate) struct Cinetpay {
    api: Api,
    api_key: SecretString,
    site_id: String,
    /// Where it tells of payments: its own setting at each of them.
    notify_url: Option<String>,
}

impl Cinetpay {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        Ok(Self {
            api: Api::of(account, "https://api-checkout.cinetpay.com")?,
            api_key: account.required_secret("api_key")?.clone(),
            site_id: account.required("site_id")?.to_owned(),
            notify_url: account.setting("notify_url").map(str::to_owned),
        })
    }

    /// How a transaction stands.
    pub(super) async fn check(&self, transaction: &str) -> Result<Vec<Fact>, Unconfirmed> {
        let request = self.api.post(&["v2", "payment", "check"]).json(&json!({
            "apikey": self.api_key.expose_secret(),
            "site_id": self.site_id,
            "transaction_id": transaction,
        }));
        let (status, body) = http::ask(request).await.map_err(Unconfirmed::Unknown)?;
        match status {
            StatusCode::OK | StatusCode::CREATED => {
                Ok(checked(transaction, &Json::parse(&body)?.root())?)
            }
            // It knows of no such payment: somebody made it up. A wrong address answers 404 too,
            // but hardly in JSON.
            StatusCode::NOT_FOUND if Json::parse(&body).is_ok() => Err(Unconfirmed::Denied),
            _ => Err(Unconfirmed::Unknown("the answer was not 200")),
        }
    }
}
