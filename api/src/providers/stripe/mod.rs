//! Stripe's API: payments begun, read, captured, closed and given back.
//!
//! Sources: docs.stripe.com/api: Payment Intents, Refunds, Transfers, Disputes, Idempotent requests.
//!
//! Requests that change something carry an `Idempotency-Key` made of our own id, which Stripe keeps
//! for a day at least; what is older is found by its own id.

mod payins;
mod payments;
mod read;

pub(crate) use payments::StripePayments;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};

use super::http::Api;
use super::{ProviderAccount, http};
use crate::webhooks::json::{Json, Node};

/// The version of the API that this speaks: another one may name things otherwise.
const VERSION: &str = "2024-06-20";

/// An account at Stripe.
#[derive(Debug)]
pub(crate) struct Stripe {
    api: Api,
    key: SecretString,
}

impl Stripe {
    pub(crate) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        let key = account.required_secret("api_key")?.clone();
        Ok(Self { api: Api::of(account, "https://api.stripe.com")?, key })
    }

    fn get(&self, path: &[&str]) -> RequestBuilder {
        self.signed(self.api.get(path))
    }

    fn find(&self, path: &[&str], by: &[(&str, &str)]) -> RequestBuilder {
        self.signed(self.api.find(path, by))
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.key.expose_secret()).header("stripe-version", VERSION)
    }

    /// Sends a form, under a key.
    async fn send(
        &self,
        path: &[&str],
        key: Option<&str>,
        form: &[(&str, &str)],
    ) -> Result<Json, Failed> {
        let mut request = self
            .signed(self.api.post(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(form));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let (status, json) = http::ask_json(request).await.map_err(Failed::Unknown)?;
        if status.is_success() {
            return Ok(json);
        }
        let unknown = http::of_status(status);
        let (code, state) = {
            let error = json.root().find("error");
            let word = |node: Option<Node<'_>>| {
                node.and_then(|it| it.token().ok().map(str::to_ascii_lowercase))
            };
            let said = |name: &str| word(error.as_ref().and_then(|error| error.find(name)));
            let intent = error.as_ref().and_then(|error| error.find("payment_intent"));
            let state = word(intent.and_then(|intent| intent.find("status")));
            (said("decline_code").or_else(|| said("code")), state)
        };
        Err(match (status.as_u16(), code) {
            (400 | 402 | 404, Some(code)) => Failed::Said { code, state },
            _ => Failed::Unknown(unknown),
        })
    }
}

fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// Why a request did nothing that it should.
enum Failed {
    /// What Stripe says of it.
    Said {
        /// Its code.
        code: String,
        /// The state of the payment that it is about.
        state: Option<String>,
    },
    /// Nothing is known.
    Unknown(&'static str),
}

impl Failed {
    /// The code, where it is one of those that will be said for ever.
    fn is_final(&self, codes: &[&str]) -> Option<String> {
        match self {
            Self::Said { code, .. } if codes.contains(&code.as_str()) => Some(code.clone()),
            Self::Said { .. } | Self::Unknown(_) => None,
        }
    }

    /// What happened, as a code.
    fn why(self) -> String {
        match self {
            Self::Said { code, .. } => code,
            Self::Unknown(why) => why.to_owned(),
        }
    }
}
