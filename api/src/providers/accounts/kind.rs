//! Which adapter an account speaks through, and what each of them is told.

use std::fmt;
use std::str::FromStr;

use cauri_domain::Provider;

/// An adapter: how a provider's deliveries are proved and read, and how it is asked.
///
/// Several accounts may be of one kind, each with its own webhook address, clearing account and
/// secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Stripe.
    Stripe,
    /// FedaPay.
    Fedapay,
    /// PayPal.
    Paypal,
    /// CinetPay, its checkout of version 2 and its transfers.
    Cinetpay,
    /// CinetPay's newer interface, in JSON.
    CinetpayV1,
    /// PI-SPI, the instant payments of the BCEAO.
    Pispi,
    /// pawaPay.
    Pawapay,
    /// Hub2.
    Hub2,
    /// PayGate Global.
    Paygate,
    /// Whoever signs by Standard Webhooks and speaks the neutral words.
    StandardWebhooks,
    /// Whoever signs by an HMAC of some make and speaks the neutral words.
    Hmac,
    /// The simulated provider.
    Sim,
}

/// A setting of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub is_required: bool,
    /// Whether it is a secret: never in the file itself, never printed.
    pub is_secret: bool,
}

const fn optional(name: &'static str) -> Rule {
    Rule { name, is_required: false, is_secret: false }
}

const fn required(name: &'static str) -> Rule {
    Rule { name, is_required: true, is_secret: false }
}

/// From which amount on the provider is asked before its signed word is booked. CinetPay, PayGate
/// and PayPal are asked always.
const CONFIRM: Rule = optional("confirm_above");

/// What the marketplace's own words for mobile-money networks are at the provider.
const NETWORKS: Rule = optional("networks");

const fn secret(name: &'static str) -> Rule {
    Rule { name, is_required: false, is_secret: true }
}

const fn required_secret(name: &'static str) -> Rule {
    Rule { name, is_required: true, is_secret: true }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Stripe,
        Self::Fedapay,
        Self::Paypal,
        Self::Cinetpay,
        Self::CinetpayV1,
        Self::Pispi,
        Self::Pawapay,
        Self::Hub2,
        Self::Paygate,
        Self::StandardWebhooks,
        Self::Hmac,
        Self::Sim,
    ];

    /// Its name, as in `kind = "..."`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Fedapay => "fedapay",
            Self::Paypal => "paypal",
            Self::Cinetpay => "cinetpay",
            Self::CinetpayV1 => "cinetpay-v1",
            Self::Pispi => "pispi",
            Self::Pawapay => "pawapay",
            Self::Hub2 => "hub2",
            Self::Paygate => "paygate",
            Self::StandardWebhooks => "standard-webhooks",
            Self::Hmac => "hmac",
            Self::Sim => "sim",
        }
    }

    /// The name of an account that is given none.
    #[must_use]
    pub fn usual_name(self) -> Provider {
        // Names of accounts are short.
        let name = if self == Self::StandardWebhooks { "standard" } else { self.name() };
        name.parse().expect("these names are short")
    }

    /// Whether its deliveries are proved with secrets of ours, so that it is nothing without one.
    #[must_use]
    pub const fn has_webhook_secrets(self) -> bool {
        match self {
            Self::Stripe
            | Self::Fedapay
            | Self::Cinetpay
            | Self::Pispi
            | Self::Hub2
            | Self::StandardWebhooks
            | Self::Hmac
            | Self::Sim => true,
            // Proved by what the provider publishes, or by asking it.
            Self::Paypal | Self::CinetpayV1 | Self::Pawapay | Self::Paygate => false,
        }
    }

    /// Whether one account of it may be told of by environment variables alone.
    pub(super) const fn has_shorthand(self) -> bool {
        !matches!(self, Self::StandardWebhooks | Self::Hmac)
    }

    /// The variable that lists its webhook secrets.
    pub(super) fn secrets_variable(self) -> String {
        // What CinetPay calls it.
        let is_called = if self == Self::Cinetpay { "secret_key" } else { "webhook_secret" };
        self.variable(is_called)
    }

    /// The variable of a setting: `CAURI_STRIPE_API_KEY` for `api_key`.
    pub(super) fn variable(self, setting: &str) -> String {
        format!("CAURI_{}_{setting}", self.name()).replace('-', "_").to_uppercase()
    }

    /// What it may be told. `url` is where its API is, if not at its usual place.
    #[must_use]
    pub fn settings(self) -> &'static [Rule] {
        match self {
            Self::Stripe => const { &[secret("api_key"), CONFIRM, optional("url")] },
            Self::Fedapay => const { &[secret("api_key"), CONFIRM, NETWORKS, optional("url")] },
            Self::Paypal => {
                const {
                    &[
                        required("webhook_id"),
                        required("merchant_id"),
                        required("client_id"),
                        required_secret("client_secret"),
                        optional("verify"),
                        optional("certificate_roots"),
                        optional("url"),
                    ]
                }
            }
            Self::Cinetpay => {
                const {
                    &[
                        required("site_id"),
                        required_secret("api_key"),
                        secret("transfer_password"),
                        optional("transfer_url"),
                        optional("notify_url"),
                        NETWORKS,
                        optional("url"),
                    ]
                }
            }
            Self::CinetpayV1 => {
                const { &[secret("api_key"), secret("api_password"), optional("url")] }
            }
            Self::Pispi => {
                const {
                    &[
                        secret("api_key"),
                        optional("client_id"),
                        secret("client_secret"),
                        secret("client_identity"),
                        optional("token_url"),
                        optional("alias"),
                        CONFIRM,
                        optional("url"),
                    ]
                }
            }
            Self::Pawapay => {
                const {
                    &[
                        secret("api_token"),
                        optional("public_url"),
                        optional("public_keys"),
                        NETWORKS,
                        optional("url"),
                    ]
                }
            }
            Self::Hub2 => {
                const {
                    &[
                        secret("api_key"),
                        optional("merchant_id"),
                        optional("environment"),
                        CONFIRM,
                        NETWORKS,
                        optional("url"),
                    ]
                }
            }
            Self::Paygate => const { &[secret("auth_token"), NETWORKS, optional("url")] },
            Self::StandardWebhooks => &[],
            Self::Hmac => {
                const {
                    &[
                        required("format"),
                        required("header"),
                        optional("separator"),
                        optional("timestamp_key"),
                        optional("signature_keys"),
                        optional("timestamp_header"),
                        optional("id_header"),
                        optional("signature_version"),
                        optional("algorithm"),
                        optional("encoding"),
                        optional("signed"),
                        optional("tolerance_s"),
                        optional("refuses_future"),
                        optional("key"),
                        optional("key_prefix"),
                    ]
                }
            }
            Self::Sim => const { &[CONFIRM, optional("url")] },
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No adapter has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is none of: {}", Kind::ALL.map(Kind::name).join(", "))]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownKind)
    }
}
