//! Providers that are asked: what their deliveries only hint at is read at the provider itself,
//! over TLS and with our own credentials, before anything is booked.

mod accounts;
mod cinetpay;
mod http;
mod payouts;
mod paypal;
mod published;
mod routes;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use cauri_domain::Provider;

pub use accounts::{
    AccountError, Accounts, Kind, LedgersOf, Problem, ProviderAccount, Rule, UnknownKind, key_id,
};
pub use paypal::PaypalGateway;
pub use published::Published;
pub use routes::Routes;

use crate::webhooks::{Fact, Question, WebhookError};

/// Why what a delivery hints at is not confirmed. Nothing was booked.
#[derive(Debug, thiserror::Error)]
pub enum Unconfirmed {
    /// The provider says that it has not sent this.
    #[error("the provider does not know of this delivery")]
    Denied,
    /// The provider could not be asked, or gave no answer to use: it is to be sent again.
    #[error("the provider could not be asked: {0}")]
    Unknown(&'static str),
    /// The provider's answer cannot be read exactly.
    #[error("the provider's answer cannot be read: {0}")]
    Unreadable(#[from] WebhookError),
    /// No such provider is configured.
    #[error("this provider is not configured")]
    NotConfigured,
}

/// The accounts at providers that can be asked.
#[derive(Debug, Clone, Default)]
pub struct Confirmers(BTreeMap<Provider, Asked>);

/// One of them, with our credentials.
#[derive(Debug, Clone)]
enum Asked {
    Paypal(Arc<paypal::Paypal>),
    Cinetpay(Arc<cinetpay::Cinetpay>),
}

impl Confirmers {
    /// Those that are asked before anything of theirs is booked.
    ///
    /// # Errors
    /// When a setting is missing, or an address is not one to trust.
    pub fn try_new(accounts: &Accounts) -> anyhow::Result<Self> {
        let mut asked = BTreeMap::new();
        for account in accounts.iter() {
            let one = match account.kind {
                Kind::Paypal => {
                    Asked::Paypal(Arc::new(paypal::Paypal::try_new(account).context("PayPal")?))
                }
                Kind::Cinetpay => Asked::Cinetpay(Arc::new(
                    cinetpay::Cinetpay::try_new(account).context("CinetPay")?,
                )),
                Kind::Stripe
                | Kind::Fedapay
                | Kind::CinetpayV1
                | Kind::Pispi
                | Kind::Pawapay
                | Kind::Hub2
                | Kind::Paygate
                | Kind::StandardWebhooks
                | Kind::Hmac
                | Kind::Sim => continue,
            };
            asked.insert(account.name, one);
        }
        Ok(Self(asked))
    }

    /// PayPal's accounts as those that capture and give back.
    pub fn paypal(&self) -> impl Iterator<Item = (Provider, PaypalGateway)> {
        self.0.iter().filter_map(|(name, asked)| match asked {
            Asked::Paypal(paypal) => Some((*name, PaypalGateway::new(*name, paypal.clone()))),
            Asked::Cinetpay(_) => None,
        })
    }

    /// A PayPal account as the one that pays out.
    fn paypal_payouts(&self, name: Provider) -> Option<payouts::PaypalPayouts> {
        match self.0.get(&name)? {
            Asked::Paypal(paypal) => Some(payouts::PaypalPayouts::new(name, paypal.clone())),
            Asked::Cinetpay(_) => None,
        }
    }

    /// What an account's provider answers, in the words of facts.
    ///
    /// # Errors
    /// When it denies, cannot be asked, or answers something that cannot be read.
    pub async fn facts(
        &self,
        account: Provider,
        question: &Question,
        body: &[u8],
    ) -> Result<Vec<Fact>, Unconfirmed> {
        match (question, self.0.get(&account)) {
            (Question::Cinetpay { transaction }, Some(Asked::Cinetpay(cinetpay))) => {
                cinetpay.check(transaction).await
            }
            (Question::Paypal { proof, about }, Some(Asked::Paypal(paypal))) => {
                if let Some(proof) = proof {
                    paypal.prove(proof, body).await?;
                }
                paypal.facts(about).await
            }
            _ => Err(Unconfirmed::NotConfigured),
        }
    }
}
