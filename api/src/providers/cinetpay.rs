//! CinetPay's check of a transaction: `POST /v2/payment/check`.

use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{ProviderAccount, Unconfirmed, http};
use crate::webhooks::Fact;
use crate::webhooks::cinetpay::checked;
use crate::webhooks::json::Json;

#[derive(Debug)]
pub(super) struct Cinetpay {
    client: Client,
    check: Url,
    api_key: SecretString,
    site_id: String,
}

impl Cinetpay {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        let base = account.setting("url").unwrap_or("https://api-checkout.cinetpay.com");
        Ok(Self {
            client: http::client()?,
            check: http::at(&http::address(base)?, &["v2", "payment", "check"]),
            api_key: account.required_secret("api_key")?.clone(),
            site_id: account.required("site_id")?.to_owned(),
        })
    }

    /// How a transaction stands.
    pub(super) async fn check(&self, transaction: &str) -> Result<Vec<Fact>, Unconfirmed> {
        let request = self.client.post(self.check.clone()).json(&json!({
            "apikey": self.api_key.expose_secret(),
            "site_id": self.site_id,
            "transaction_id": transaction,
        }));
        let (status, body) = http::ask(request).await.map_err(Unconfirmed::Unknown)?;
        match status {
            StatusCode::OK | StatusCode::CREATED => {
                Ok(checked(transaction, &Json::parse(&body)?.root())?)
            }
            // It knows of no such payment: somebody made it up.
            StatusCode::NOT_FOUND => Err(Unconfirmed::Denied),
            _ => Err(Unconfirmed::Unknown("the answer was not 200")),
        }
    }
}
