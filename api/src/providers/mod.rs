//! Providers that are asked: what their deliveries only hint at is read at the provider itself,
//! over TLS and with our own credentials, before anything is booked.

mod cinetpay;
mod http;
mod paypal;

use std::sync::Arc;

use anyhow::Context as _;

pub use paypal::PaypalGateway;

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

/// The providers that can be asked.
#[derive(Debug, Clone, Default)]
pub struct Confirmers {
    paypal: Option<Arc<paypal::Paypal>>,
    cinetpay: Option<Arc<cinetpay::Cinetpay>>,
}

impl Confirmers {
    /// Those whose credentials are in the environment (`CAURI_PAYPAL_*`, `CAURI_CINETPAY_*`).
    ///
    /// # Errors
    /// When some of a provider's variables are there and others are not, or an address is not one
    /// to trust.
    pub fn from_env() -> anyhow::Result<Self> {
        let paypal = paypal::Paypal::from_env().context("PayPal")?;
        let cinetpay = cinetpay::Cinetpay::from_env().context("CinetPay")?;
        Ok(Self { paypal: paypal.map(Arc::new), cinetpay: cinetpay.map(Arc::new) })
    }

    /// PayPal as the one who captures and gives back, where it is configured.
    #[must_use]
    pub fn paypal(&self) -> Option<PaypalGateway> {
        self.paypal.clone().map(PaypalGateway::new)
    }

    /// What a provider answers, in the words of facts.
    ///
    /// # Errors
    /// When it denies, cannot be asked, or answers something that cannot be read.
    pub async fn facts(&self, question: &Question, body: &[u8]) -> Result<Vec<Fact>, Unconfirmed> {
        match question {
            Question::Cinetpay { transaction } => {
                let cinetpay = self.cinetpay.as_ref().ok_or(Unconfirmed::NotConfigured)?;
                cinetpay.check(transaction).await
            }
            Question::Paypal { proof, about } => {
                let paypal = self.paypal.as_ref().ok_or(Unconfirmed::NotConfigured)?;
                paypal.prove(proof, body).await?;
                paypal.facts(about).await
            }
        }
    }
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
