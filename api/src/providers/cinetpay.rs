//! CinetPay's check of a transaction: `POST /v2/payment/check`.

use anyhow::bail;
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{Unconfirmed, http, variable};
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
    pub(super) fn from_env() -> anyhow::Result<Option<Self>> {
        let names =
            ["CAURI_CINETPAY_SECRET_KEY", "CAURI_CINETPAY_API_KEY", "CAURI_CINETPAY_SITE_ID"];
        let [secret, api_key, site_id] = names.map(variable);
        let (api_key, site_id) = match (secret, api_key, site_id) {
            (None, None, None) => return Ok(None),
            (Some(_), Some(api_key), Some(site_id)) => (api_key, site_id),
            _ => bail!("{} must be set together", names.join(", ")),
        };
        let base = variable("CAURI_CINETPAY_URL");
        let base = base.as_deref().unwrap_or("https://api-checkout.cinetpay.com");
        let check = http::at(&http::address(base)?, &["v2", "payment", "check"]);
        Ok(Some(Self { client: http::client()?, check, api_key: api_key.into(), site_id }))
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
