//! What the simulated provider is asked, how it answers, and its amounts.

use chrono::{DateTime, Utc};
use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::misbehaviour::Misbehave;
use super::speak::Tongue;

/// What a merchant begins: the buyer pays it on a page of the provider's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BeginRequest {
    pub(super) amount: String,
    pub(super) currency: String,
    /// Where the buyer is sent afterwards: an `http` or `https` address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) return_url: Option<String>,
    /// The merchant's account: a ledger's name; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// In whose form its webhooks are.
    #[serde(default, skip_serializing_if = "Tongue::is_own")]
    pub(super) speak: Tongue,
}

/// What the customer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayRequest {
    pub(super) amount: String,
    pub(super) currency: String,
    #[serde(default)]
    pub(super) outcome: Outcome,
    /// Whether the issuer gives the money in the end, when an authorised payment is captured.
    #[serde(default)]
    pub(super) captures: Ends,
    /// What the provider keeps of it; told when the payment succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fee: Option<String>,
    /// How refunds of it end.
    #[serde(default)]
    pub(super) refunds: Ends,
    /// The merchant's account that is paid: a ledger's name; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// In whose form its webhooks are.
    #[serde(default, skip_serializing_if = "Tongue::is_own")]
    pub(super) speak: Tongue,
    /// How it goes wrong; as the whole provider does, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) misbehave: Option<Misbehave>,
}

/// How a payment ends, or how far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    #[default]
    Succeed,
    Fail,
    /// The customer is asked: it may still succeed or fail.
    Pend,
    /// The card's issuer keeps the money: it may still succeed or fail.
    Authorise,
}

/// How what follows on a payment ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ends {
    #[default]
    Succeed,
    Fail,
}

/// What a marketplace asks to be paid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayoutRequest {
    pub(super) reference: Uuid,
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) destination: String,
    /// The merchant's account that pays: a ledger's name; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// How it goes wrong; as the whole provider does, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) misbehave: Option<Misbehave>,
}

/// What a marketplace asks to be given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundRequest {
    pub(super) reference: Uuid,
    /// The provider's own payment.
    pub(super) payment: String,
    pub(super) amount: String,
    pub(super) currency: String,
    /// The merchant's account; the payment's own counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// How it goes wrong; as the whole provider does, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) misbehave: Option<Misbehave>,
}

/// What a marketplace asks for of an authorised payment: all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaptureRequest {
    /// The provider's own payment.
    pub(super) payment: String,
    pub(super) amount: String,
    pub(super) currency: String,
}

/// What somebody gives back by hand, in the provider's own office.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GiveBack {
    pub(super) amount: String,
    /// How it goes wrong; as the whole provider does, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) misbehave: Option<Misbehave>,
}

/// What is to be told of the dispute of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DisputeRequest {
    pub(super) told: DisputeWord,
    /// The whole payment when absent.
    #[serde(default)]
    pub(super) amount: Option<String>,
    #[serde(default)]
    pub(super) fee: Option<String>,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) due_by: Option<DateTime<Utc>>,
    /// How it goes wrong; as the whole provider does, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) misbehave: Option<Misbehave>,
}

/// What can be told of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DisputeWord {
    Inquiry,
    Opened,
    FundsWithdrawn,
    FundsReinstated,
    Won,
    Lost,
}

/// An object and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Answer {
    pub(super) id: String,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
}

/// Why a request is not accepted. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("this reference has been paid with another amount or currency")]
    AlreadyPaid,
    #[error("the merchant has cancelled this payment")]
    Cancelled,
    #[error("no payment was begun or paid under this reference")]
    UnknownPayin,
    #[error("this idempotency key was used with another body")]
    KeyReused,
    #[error("no account can be reached at this destination")]
    InvalidDestination,
    #[error("no such payment has succeeded, or not in this currency")]
    UnknownPayment,
    #[error("an amount is not a positive decimal at its currency's scale")]
    InvalidAmount,
    #[error("more would be given back than was paid")]
    TooLarge,
    #[error("no such payment is authorised, or not for this amount")]
    NotAuthorised,
    #[error("no such payout was paid")]
    NotPaid,
    #[error("this cannot be told in the form that was asked for")]
    NotSpoken,
    #[error("too many webhooks wait for delivery")]
    Overloaded,
    #[error("the state cannot be written")]
    Unavailable(#[source] anyhow::Error),
}

/// A positive decimal in minor units; `None` for anything that the currency cannot hold.
pub(super) fn minor(amount: &str, currency: &str) -> Option<u64> {
    let exponent = usize::from(Currency::from_code(currency)?.exponent()?);
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fraction_is_fine = is_digits(fraction) && fraction.trim_end_matches('0').len() <= exponent;
    if !is_digits(whole) || whole.len() > 15 || !fraction_is_fine {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    format!("{whole}{fraction:0<exponent$}").parse().ok().filter(|minor| *minor > 0)
}

/// Minor units as a decimal at the currency's full scale.
pub(super) fn decimal(minor: u64, currency: &str) -> Option<String> {
    let exponent = u32::from(Currency::from_code(currency)?.exponent()?);
    let unit = 10_u64.checked_pow(exponent)?;
    let width = exponent as usize;
    Some(match exponent {
        0 => minor.to_string(),
        _ => format!("{}.{:0width$}", minor / unit, minor % unit),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_at_their_currencys_scale() {
        assert_eq!(minor("10.5", "USD"), Some(1_050));
        assert_eq!(minor("25000.00", "XOF"), Some(25_000));
        for bad in ["0", "0.00", "-1", "1.", ".5", "1e3", "", "10.005"] {
            assert_eq!(minor(bad, "USD"), None, "{bad}");
        }
        assert_eq!(minor("10.5", "XOF"), None);
        assert_eq!(decimal(1_050, "USD").as_deref(), Some("10.50"));
        assert_eq!(decimal(5, "KWD").as_deref(), Some("0.005"));
        assert_eq!(decimal(25_000, "XOF").as_deref(), Some("25000"));
    }
}
