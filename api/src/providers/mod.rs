//! Providers that are asked, over TLS and with our own credentials: what their deliveries only hint
//! at, or say more money than an account's threshold of, is read there before anything is booked;
//! payments are begun, found and closed there, captured and given back.

mod accounts;
mod cinetpay;
mod cinetpay_v1;
mod clients;
mod confirm;
mod fedapay;
mod http;
mod hub2;
mod pawapay;
mod paygate;
mod payouts;
mod paypal;
mod pispi;
mod port;
mod published;
mod routes;
mod sim;
mod stripe;
#[cfg(test)]
mod tests;
mod threshold;
mod wire;

pub use accounts::{
    AccountError, Accounts, Kind, LedgersOf, Problem, ProviderAccount, Rule, UnknownKind, key_id,
};
pub use clients::Clients;
pub use confirm::Confirmers;
pub use paypal::PaypalGateway;
pub use port::Thing;
pub use published::Published;
pub use routes::Routes;
pub use threshold::Threshold;

use crate::webhooks::WebhookError;

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
    #[error("the account lacks a setting without which its provider cannot be asked about this")]
    NotConfigured,
}

impl Unconfirmed {
    /// The same of a delivery whose sender is proved: a provider that does not know of what it told
    /// does not know of it yet, or somebody else has its secret.
    pub(crate) fn of_proved(self) -> Self {
        match self {
            Self::Denied => Self::Unknown("it does not know of what it told"),
            known @ (Self::Unknown(_) | Self::Unreadable(_) | Self::NotConfigured) => known,
        }
    }

    /// What happened, as a gateway says it of what it was asked.
    const fn why(&self) -> &'static str {
        match self {
            Self::Unknown(why) => why,
            Self::Denied => "payment_not_found",
            Self::Unreadable(_) | Self::NotConfigured => "answer_not_understood",
        }
    }
}
