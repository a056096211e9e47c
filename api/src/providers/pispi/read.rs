//! How requests to pay and payments stand at PI-SPI.

use futures::future::BoxFuture;
use uuid::Uuid;

use super::Pispi;
use crate::providers::port::{NOT_READABLE, Reader, Thing};
use crate::providers::{Unconfirmed, http};
use crate::webhooks::amount::{IsoCurrency, WireAmount};
use crate::webhooks::fact::{reason, reference};
use crate::webhooks::json::Node;
use crate::webhooks::{Fact, WebhookError};

impl Reader for Pispi {
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            match thing {
                Thing::Payin { object: Some(id), .. } => self.payment(id).await,
                Thing::Payin { reference: Some(reference), object: None } => {
                    self.request(*reference).await
                }
                Thing::Payout { reference, object } => {
                    let request = self.get(&["paiements", object, "statuts"]).await?;
                    let json = http::read(request).await?;
                    Ok(sent(*reference, object, &json.root())?.into_iter().collect())
                }
                Thing::Payin { reference: None, object: None }
                | Thing::Refund { .. }
                | Thing::Dispute { .. } => Err(Unconfirmed::Unknown(NOT_READABLE)),
            }
        })
    }
}

impl Pispi {
    /// A payment that was received, by its end-to-end id.
    async fn payment(&self, id: &str) -> Result<Vec<Fact>, Unconfirmed> {
        let request = self.get(&["paiements", id, "statuts"]).await?;
        let json = http::read(request).await?;
        Ok(received(&json.root())?)
    }

    /// A request to pay, by our own id; once it is paid, the payment that paid it.
    async fn request(&self, ours: Uuid) -> Result<Vec<Fact>, Unconfirmed> {
        let id = ours.hyphenated().to_string();
        let json = http::read(self.get(&["demandes-paiements", &id]).await?).await?;
        let request = json.root();
        let object = request.find("end2endId").and_then(|it| it.token().ok());
        Ok(match request.field("statut")?.token()? {
            "IRREVOCABLE" => {
                let listed = self.find(&["paiements"], &[("txId", id.as_str())]).await?;
                let listed = http::read(listed).await?;
                let mut facts = Vec::new();
                for payment in listed.root().field("data")?.items()? {
                    facts.extend(received(&payment)?);
                }
                if facts.is_empty() {
                    return Err(Unconfirmed::Unknown("the payment is not listed yet"));
                }
                facts
            }
            "REJETE" => {
                let reason = reason(request.find("statutRaison"), "rejected");
                let object = object.unwrap_or("none").to_owned();
                vec![Fact::PayinDeclined { reference: Some(ours), object, reason }]
            }
            // INITIE, ENVOYE: the payer has not answered.
            _ => object
                .map(|object| Fact::PayinSubmitted { reference: ours, object: object.to_owned() })
                .into_iter()
                .collect(),
        })
    }
}

fn received(payment: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let reference = reference([payment.find("txId")]);
    let object = payment.field("end2endId")?.token()?.to_owned();
    Ok(match payment.field("statut")?.token()? {
        "IRREVOCABLE" => {
            let amount = francs(payment)?;
            let payment_of = |amount| Fact::RefundedInAll { payment: object.clone(), amount };
            let given_back = is_returned(payment).then(|| payment_of(amount.clone()));
            let received = Fact::PayinSucceeded { reference, object: object.clone(), amount };
            std::iter::once(received).chain(given_back).collect()
        }
        "REJETE" => {
            let reason = reason(payment.find("statutRaison"), "rejected");
            vec![Fact::PayinDeclined { reference, object, reason }]
        }
        _ => Vec::new(),
    })
}

fn sent(reference: Uuid, object: &str, payment: &Node<'_>) -> Result<Option<Fact>, WebhookError> {
    let object = object.to_owned();
    Ok(match payment.field("statut")?.token()? {
        "IRREVOCABLE" if is_returned(payment) => {
            Some(Fact::PayoutFailed { reference, object, reason: "returned".to_owned() })
        }
        "IRREVOCABLE" => Some(Fact::PayoutPaid { reference, object, amount: francs(payment)? }),
        "REJETE" => {
            let reason = reason(payment.find("statutRaison"), "rejected");
            Some(Fact::PayoutFailed { reference, object, reason })
        }
        _ => None,
    })
}

/// Whether its money went back, all of it.
fn is_returned(payment: &Node<'_>) -> bool {
    payment.find("retourStatut").and_then(|it| it.as_text()) == Some("IRREVOCABLE")
}

pub(super) fn francs(payment: &Node<'_>) -> Result<WireAmount, WebhookError> {
    let francs = IsoCurrency { code: "XOF".to_owned(), exponent: 0 };
    WireAmount::from_integer(&payment.field("montant")?, 0, francs)
}
