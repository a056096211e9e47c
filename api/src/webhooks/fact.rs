//! What a delivery says, in words that no provider owns.
//!
//! Invariant: nothing personal and no free text. Ids are opaque, reasons are short codes, amounts
//! are whole ISO 4217 minor units of a known currency.

use cauri_domain::Provider;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::WebhookError;
use super::amount::WireAmount;
use super::cinetpay_v1::NotifyToken;
use super::json::Node;
use super::pawapay;
use super::paypal::{About, Proof};
use crate::providers::Thing;

/// A delivery whose sender is proved and whose body is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The account's name, as in its webhook address.
    pub provider: Provider,
    /// The provider's id of the event. Not every provider has one, and none may be trusted to be
    /// the only guard against booking twice: the fact is.
    pub delivery_id: Option<String>,
    /// What the secret is called that proved it ([`crate::providers::key_id`]); none where it is
    /// not proved by a secret of ours.
    pub key_id: Option<String>,
    /// Whether its sender is proved, by a key of the account or a token of the payment; else it is a
    /// hint, which anybody may have sent.
    pub is_proved: bool,
    /// SHA-256 of the raw body.
    pub body_sha256: [u8; 32],
    /// The provider's word for what happened: an opaque token, for logs.
    pub kind: String,
    /// What it means for money, in the order in which it is told. None: authentic, and without
    /// effect here, unless there is a question.
    pub facts: Vec<Fact>,
    /// What the provider is to be asked before anything is believed.
    pub question: Option<Question>,
    /// What of it cannot be read, beside what can: of a batch, the rest is booked all the same.
    pub unreadable: Option<WebhookError>,
}

/// What a provider is asked, where a delivery is only a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// How a transaction of CinetPay's stands.
    Cinetpay {
        /// Its id, which is ours.
        transaction: String,
    },
    /// How a transfer of CinetPay's stands.
    CinetpayTransfer {
        /// Our withdrawal, which is its `client_transaction_id`.
        withdrawal: Uuid,
    },
    /// How a payment of CinetPay's newer interface stands.
    CinetpayV1 {
        /// Our pay-in, which is its `merchant_transaction_id`.
        payment: Uuid,
        /// The token that the notification names: compared with those that are kept of the payment.
        token: NotifyToken,
    },
    /// How a deposit, a payout or a refund at pawaPay stands.
    Pawapay {
        /// Which of them.
        object: pawapay::Object,
        /// Its id, which is ours.
        id: Uuid,
    },
    /// How a payment at PayGate stands.
    Paygate {
        /// Our pay-in, which is its `identifier`.
        identifier: Uuid,
    },
    /// How what an event of PayPal's is about stands, and first whether PayPal has sent it.
    Paypal {
        /// What PayPal is to prove; none where its certificate has proved it.
        proof: Option<Proof>,
        /// What it is about.
        about: About,
    },
    /// How things stand of which a delivery says more money than is believed without asking.
    Things {
        /// What is read.
        things: Vec<Thing>,
        /// All that the delivery says.
        told: Vec<Fact>,
    },
}

impl Question {
    /// Whether its delivery names a token of its payment's, which may prove its sender.
    pub(crate) const fn names_a_token(&self) -> bool {
        matches!(self, Self::CinetpayV1 { .. })
    }
}

/// What a provider says happened to money.
///
/// A fact may come late, twice, and in any order. `reference` is our own id as the provider hands
/// it back; money without one came in all the same. `object` and `payment` are the provider's ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A payment was taken on; its outcome is open.
    PayinSubmitted {
        /// Our pay-in.
        reference: Uuid,
        /// The payment.
        object: String,
    },
    /// A card's issuer keeps the money for us; it is not ours yet.
    PayinAuthorised {
        /// Our pay-in.
        reference: Uuid,
        /// The payment.
        object: String,
        /// What is kept.
        amount: WireAmount,
    },
    /// Money came in.
    PayinSucceeded {
        /// Our pay-in, if the provider names one.
        reference: Option<Uuid>,
        /// The payment.
        object: String,
        /// What was received.
        amount: WireAmount,
    },
    /// A payment did not work. It may still, later, on the same object.
    PayinDeclined {
        /// Our pay-in, if the provider names one.
        reference: Option<Uuid>,
        /// The payment.
        object: String,
        /// A short code.
        reason: String,
    },
    /// Money was paid out.
    PayoutPaid {
        /// Our withdrawal.
        reference: Uuid,
        /// The payout.
        object: String,
        /// What was paid.
        amount: WireAmount,
    },
    /// A payout did not work, or came back after it was said to be paid.
    PayoutFailed {
        /// Our withdrawal.
        reference: Uuid,
        /// The payout.
        object: String,
        /// A short code.
        reason: String,
    },
    /// A refund that we asked for was made.
    RefundPaid {
        /// Our refund.
        reference: Uuid,
        /// The provider's own refund.
        object: String,
    },
    /// A refund that we asked for did not work, perhaps after it was said to be made.
    RefundFailed {
        /// Our refund.
        reference: Uuid,
        /// The provider's own refund.
        object: String,
        /// A short code.
        reason: String,
    },
    /// All that was ever given back of a payment, whoever asked for it.
    RefundedInAll {
        /// The payment.
        payment: String,
        /// All of it so far.
        amount: WireAmount,
    },
    /// A payer disputes a payment.
    Disputed {
        /// The provider's own dispute.
        case: String,
        /// The payment.
        payment: String,
        /// What is told of it.
        told: Dispute,
    },
    /// What a provider takes for a payment or a payout.
    FeeTaken {
        /// The payment or the payout.
        object: String,
        /// Our withdrawal, if it is for a payout.
        withdrawal: Option<Uuid>,
        /// All that was taken for it so far.
        amount: WireAmount,
    },
}

/// What a provider tells of a dispute: each may be the first word of it, and amounts are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dispute {
    /// A warning, or a question that may become a chargeback.
    Inquiry,
    /// The payer disputes the payment.
    Opened {
        /// How much of it.
        amount: WireAmount,
        /// A short code.
        reason: String,
        /// Until when evidence is taken.
        due_by: Option<DateTime<Utc>>,
    },
    /// The provider has taken the money back.
    FundsWithdrawn {
        /// All that it took.
        amount: WireAmount,
        /// All that it charges for the case, in the same currency.
        fee: Option<WireAmount>,
    },
    /// The provider has given the money back to us.
    FundsReinstated {
        /// All that it gave back.
        amount: WireAmount,
    },
    /// The case is won, or was dropped.
    Won,
    /// The case is lost.
    Lost,
}

/// Our own id, if one of these values is a UUID in its canonical form.
pub(crate) fn reference<'a>(
    candidates: impl IntoIterator<Item = Option<Node<'a>>>,
) -> Option<Uuid> {
    candidates
        .into_iter()
        .flatten()
        .filter_map(|node| node.as_text())
        .filter(|text| text.len() == 36)
        .find_map(|text| Uuid::parse_str(text).ok())
}

/// A reason as a short code, or `otherwise`.
///
/// Providers put sentences, names and telephone numbers into their reasons, and events are for
/// ever: only what is surely a code passes.
pub(crate) fn reason(given: Option<Node<'_>>, otherwise: &'static str) -> String {
    let Some(text) = given.and_then(|node| node.as_text()) else { return otherwise.to_owned() };
    let code = text.to_ascii_lowercase();
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b);
    let longest_number =
        code.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    let is_code = (1..=64).contains(&code.len())
        && code.bytes().all(is_plain)
        && code.bytes().any(|b| b.is_ascii_lowercase())
        && longest_number < 6;
    if is_code { code } else { otherwise.to_owned() }
}
