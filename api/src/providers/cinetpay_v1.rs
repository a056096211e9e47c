//! CinetPay's newer interface, in JSON: payments read.
//!
//! Source: a public integration (elinguiuriel/cinetpay-sdk). Our own id is the
//! `merchant_transaction_id`. An answer without an amount confirms none: the source shows none in it.
//! So no payment is begun from here: nothing of it could be booked. To begin one also takes the payer's
//! names and e-mail address, which no order has.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio::sync::Mutex;

use super::http::Api;
use super::port::{NOT_READABLE, Reader, Thing};
use super::{ProviderAccount, Unconfirmed, http};
use crate::webhooks::Fact;
use crate::webhooks::amount::{IsoCurrency, WireAmount};
use crate::webhooks::cinetpay_v1::{name_of, ours};
use crate::webhooks::json::Json;

/// Tokens are renewed so long before they end.
const SPARE: Duration = Duration::from_secs(60);

/// An account at CinetPay, in its newer interface.
#[derive(Debug)]
pub(crate) struct CinetpayV1 {
    api: Api,
    key: SecretString,
    password: SecretString,
    token: Mutex<Option<(SecretString, Instant)>>,
}

impl CinetpayV1 {
    pub(crate) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        Ok(Self {
            api: Api::of(account, "https://api.cinetpay.net")?,
            key: account.required_secret("api_key")?.clone(),
            password: account.required_secret("api_password")?.clone(),
            token: Mutex::new(None),
        })
    }

    async fn token(&self) -> Result<SecretString, Unconfirmed> {
        let mut kept = self.token.lock().await;
        if let Some((token, end)) = kept.as_ref()
            && *end > Instant::now()
        {
            return Ok(token.clone());
        }
        let request = self.api.post(&["v1", "oauth", "login"]).json(&json!({
            "api_key": self.key.expose_secret(),
            "api_password": self.password.expose_secret(),
        }));
        let (status, answer) = http::ask(request).await.map_err(Unconfirmed::Unknown)?;
        if !status.is_success() {
            return Err(Unconfirmed::Unknown("our credentials are not taken"));
        }
        let answer = Json::parse(&answer)?;
        let token = SecretString::from(answer.root().field("access_token")?.text()?.to_owned());
        let lasts = answer.root().find("expires_in").and_then(|it| it.integer().ok());
        let lasts = Duration::from_secs(lasts.unwrap_or_default()).saturating_sub(SPARE);
        *kept = Instant::now().checked_add(lasts).map(|end| (token.clone(), end));
        Ok(token)
    }

    /// A payment by any of its names.
    async fn payment(&self, id: &str) -> Result<Vec<Fact>, Unconfirmed> {
        let token = self.token().await?;
        let request = self.api.get(&["v1", "payment", id]).bearer_auth(token.expose_secret());
        let json = http::read(request).await?;
        let payment = json.root();
        let object = payment.field("transaction_id")?.id_text()?;
        let reference = ours(&payment);
        Ok(match payment.field("status")?.token()? {
            "SUCCESS" => {
                let currency = IsoCurrency::read(&payment.field("currency")?)?;
                let node = payment.field("amount")?;
                let amount = match node.as_text() {
                    Some(_) => WireAmount::from_decimal(&node, currency)?,
                    None => WireAmount::from_integer(&node, 0, currency)?,
                };
                vec![Fact::PayinSucceeded { reference, object, amount }]
            }
            "FAILED" => {
                vec![Fact::PayinDeclined { reference, object, reason: "failed".to_owned() }]
            }
            _ => Vec::new(),
        })
    }
}

impl Reader for CinetpayV1 {
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            match thing {
                Thing::Payin { object: Some(id), .. } => self.payment(id).await,
                Thing::Payin { reference: Some(reference), object: None } => {
                    self.payment(&name_of(*reference)).await
                }
                Thing::Payin { reference: None, object: None }
                | Thing::Payout { .. }
                | Thing::Refund { .. }
                | Thing::Dispute { .. } => Err(Unconfirmed::Unknown(NOT_READABLE)),
            }
        })
    }
}
