//! PI-SPI, the instant payments of the BCEAO: a batch of facts in one delivery, all in francs.
//!
//! `txId` is ours: the pay-in that a payment request was made for, or the withdrawal. The payment
//! is known by its `end2endId`. What is irrevocable is money; a request to cancel is a question
//! that awaits an answer. The bank's certificate (mutual TLS) is for the proxy in front to check.
//!
//! How the signature is written is not documented: hexadecimal is expected, base64 is taken too.

use super::amount::{IsoCurrency, WireAmount};
use super::fact::{Dispute, Fact, reason, reference};
use super::json::Node;
use super::signature::{Algorithm, Carrier, Encoding, KeyText, Part, Scheme};
use super::{Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "pispi";

/// `X-Signature`: the HMAC of the raw body, in hexadecimal.
pub const SCHEME: Scheme = Scheme {
    carrier: Carrier::Plain { header: "x-signature" },
    signed: &[Part::Body],
    algorithm: Algorithm::HmacSha256,
    encoding: Encoding::Hex,
    key: KeyText::Whole,
    tolerance_s: 0,
    refuses_future: false,
};

/// The same in base64.
pub(super) const BASE64: Scheme = Scheme { encoding: Encoding::Base64, ..SCHEME };

/// The longest batch that is read.
const MOST_ITEMS: usize = 1_000;

/// Reads a verified batch: what can be read of it is booked, whatever the rest is.
pub(super) fn read(body: &Node<'_>) -> Result<Reading, WebhookError> {
    let mut facts = Vec::new();
    let mut kinds = Vec::new();
    let mut unreadable = None;
    let data = body.field("data")?;
    let items = data.items()?;
    if items.len() > MOST_ITEMS {
        return Err(data.refuse("has more than 1,000 items"));
    }
    for item in items {
        let read = item.field("evCode").and_then(|code| code.token().map(str::to_owned));
        match read.and_then(|kind| Ok((fact(&kind, &item)?, kind))) {
            Ok((fact, kind)) => {
                facts.extend(fact);
                kinds.push(kind);
            }
            Err(error) => unreadable = Some(error),
        }
    }
    kinds.dedup();
    let kind = if kinds.len() == 1 { kinds.remove(0) } else { "batch".to_owned() };
    Ok(Reading { delivery_id: None, kind, facts, question: None, unreadable })
}

fn fact(kind: &str, item: &Node<'_>) -> Result<Option<Fact>, WebhookError> {
    let ours = || reference([item.find("txId")]);
    let object = || Ok::<_, WebhookError>(item.field("end2endId")?.token()?.to_owned());
    Ok(match kind {
        "PAIEMENT_RECU" => Some(Fact::PayinSucceeded {
            reference: ours(),
            object: object()?,
            amount: francs(item)?,
        }),
        "RTP_REJETE" => Some(Fact::PayinDeclined {
            reference: ours(),
            // A request that was rejected has had no payment.
            object: item
                .find("end2endId")
                .map_or_else(|| Ok("none".to_owned()), |node| node.token().map(str::to_owned))?,
            reason: reason(item.find("motif"), "rejected"),
        }),
        "PAIEMENT_ENVOYE" => match ours() {
            Some(reference) => {
                Some(Fact::PayoutPaid { reference, object: object()?, amount: francs(item)? })
            }
            None => None,
        },
        // Rejected at once, or given back by who had it.
        "PAIEMENT_REJETE" | "RETOUR_RECU" => match ours() {
            Some(reference) => {
                let otherwise = if kind == "RETOUR_RECU" { "returned" } else { "rejected" };
                let reason = reason(item.find("motif"), otherwise);
                Some(Fact::PayoutFailed { reference, object: object()?, reason })
            }
            None => None,
        },
        "RETOUR_ENVOYE" => Some(Fact::RefundedInAll { payment: object()?, amount: francs(item)? }),
        "ANNULATION_DEMANDE" => {
            let payment = object()?;
            Some(Fact::Disputed { case: payment.clone(), payment, told: Dispute::Inquiry })
        }
        _ => None,
    })
}

fn francs(item: &Node<'_>) -> Result<WireAmount, WebhookError> {
    let francs = IsoCurrency { code: "XOF".to_owned(), exponent: 0 };
    WireAmount::from_integer(&item.field("montant")?, 0, francs)
}
