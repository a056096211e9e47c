//! How deposits, payouts and refunds stand at pawaPay.

use futures::future::BoxFuture;
use uuid::Uuid;

use super::{Pawapay, failure};
use crate::providers::port::{NOT_READABLE, Reader, Thing};
use crate::providers::{Unconfirmed, http};
use crate::webhooks::amount::{IsoCurrency, WireAmount};
use crate::webhooks::json::{Json, Node};
use crate::webhooks::{Fact, WebhookError};

impl Reader for Pawapay {
    /// All of them by our own ids, which are theirs too.
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            let (kind, name, id) = match thing {
                Thing::Payin { object: Some(id), .. } => ("deposits", "depositId", id.clone()),
                Thing::Payin { reference: Some(reference), object: None } => {
                    ("deposits", "depositId", reference.hyphenated().to_string())
                }
                Thing::Payout { object, .. } => ("payouts", "payoutId", object.clone()),
                Thing::Refund { object, .. } => ("refunds", "refundId", object.clone()),
                Thing::Payin { reference: None, object: None } | Thing::Dispute { .. } => {
                    return Err(Unconfirmed::Unknown(NOT_READABLE));
                }
            };
            let json = self.found(kind, &id).await?;
            let data = json.root();
            let named = data.find(name).map(|node| node.id_text()).transpose()?;
            if named.is_some_and(|named| named != id) {
                return Err(Unconfirmed::Unknown("the answer is about another payment"));
            }
            let fact = match thing {
                Thing::Payin { .. } => deposit(&id, &data)?,
                Thing::Payout { reference, .. } => payout(*reference, &id, &data)?,
                Thing::Refund { reference, .. } => refund(*reference, &id, &data)?,
                Thing::Dispute { .. } => None,
            };
            Ok(fact.into_iter().collect())
        })
    }
}

impl Pawapay {
    /// What pawaPay has under an id.
    pub(super) async fn found(&self, kind: &str, id: &str) -> Result<Json, Unconfirmed> {
        let json = http::read(self.get(&["v2", kind, id])).await?;
        match json.root().field("status")?.token()? {
            "FOUND" => Ok(json.root().field("data")?.detached()),
            "NOT_FOUND" => Err(Unconfirmed::Denied),
            _ => Err(Unconfirmed::Unknown("answer_not_understood")),
        }
    }
}

fn amount(data: &Node<'_>) -> Result<WireAmount, WebhookError> {
    let currency = IsoCurrency::read(&data.field("currency")?)?;
    WireAmount::from_decimal(&data.field("amount")?, currency)
}

fn deposit(id: &str, data: &Node<'_>) -> Result<Option<Fact>, WebhookError> {
    let (reference, object) = (Uuid::try_parse(id).ok(), id.to_owned());
    Ok(match data.field("status")?.token()? {
        "COMPLETED" => Some(Fact::PayinSucceeded { reference, object, amount: amount(data)? }),
        "FAILED" => Some(Fact::PayinDeclined { reference, object, reason: failure(data) }),
        // ACCEPTED, PROCESSING, IN_RECONCILIATION.
        _ => reference.map(|reference| Fact::PayinSubmitted { reference, object }),
    })
}

fn payout(reference: Uuid, id: &str, data: &Node<'_>) -> Result<Option<Fact>, WebhookError> {
    let object = id.to_owned();
    Ok(match data.field("status")?.token()? {
        "COMPLETED" => Some(Fact::PayoutPaid { reference, object, amount: amount(data)? }),
        "FAILED" => Some(Fact::PayoutFailed { reference, object, reason: failure(data) }),
        _ => None,
    })
}

fn refund(reference: Uuid, id: &str, data: &Node<'_>) -> Result<Option<Fact>, WebhookError> {
    let object = id.to_owned();
    Ok(match data.field("status")?.token()? {
        "COMPLETED" => Some(Fact::RefundPaid { reference, object }),
        "FAILED" => Some(Fact::RefundFailed { reference, object, reason: failure(data) }),
        _ => None,
    })
}
