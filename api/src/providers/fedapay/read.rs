//! How transactions and payouts stand at FedaPay.

use futures::future::BoxFuture;
use serde_json::Value;

use super::Fedapay;
use crate::providers::port::{NOT_READABLE, Reader, Thing};
use crate::providers::{Unconfirmed, http};
use crate::webhooks::Fact;
use crate::webhooks::fedapay::{payout, transaction};
use crate::webhooks::json::Json;

impl Reader for Fedapay {
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            match thing {
                Thing::Payin { object: Some(id), .. } => {
                    let entity = self.entity(&["v1", "transactions", id], "v1/transaction").await?;
                    Ok(transaction(&entity.root())?.1)
                }
                Thing::Payin { reference: Some(reference), object: None } => {
                    let reference = reference.hyphenated().to_string();
                    let path = ["v1", "transactions", "merchant", &reference];
                    let entity = self.entity(&path, "v1/transaction").await?;
                    Ok(transaction(&entity.root())?.1)
                }
                Thing::Payin { reference: None, object: None } => {
                    Err(Unconfirmed::Unknown("nothing names the payment"))
                }
                Thing::Payout { object, .. } => {
                    let entity = self.entity(&["v1", "payouts", object], "v1/payout").await?;
                    Ok(payout(&entity.root())?.1)
                }
                // FedaPay's refunds stand in their transaction, and it knows no disputes.
                Thing::Refund { .. } | Thing::Dispute { .. } => {
                    Err(Unconfirmed::Unknown(NOT_READABLE))
                }
            }
        })
    }
}

impl Fedapay {
    /// An entity, with its currency in full: where only the currency's number stands in it, that is
    /// read too, since the scale of amounts is the currency's.
    pub(super) async fn entity(&self, path: &[&str], name: &str) -> Result<Json, Unconfirmed> {
        let json = http::read(self.get(path)).await?;
        let entity = json.root().field(name)?;
        if entity.find("currency").is_some() {
            return Ok(entity.detached());
        }
        let number = entity.field("currency_id")?.id_text()?;
        let currency = http::read(self.get(&["v1", "currencies", &number])).await;
        let currency = currency.map_err(|error| match error {
            // The payment is there, whatever its currency is.
            Unconfirmed::Denied => Unconfirmed::Unknown("its currency is not known"),
            known @ (Unconfirmed::Unknown(_)
            | Unconfirmed::Unreadable(_)
            | Unconfirmed::NotConfigured) => known,
        })?;
        let currency = currency.root().field("v1/currency")?.detached();
        Ok(entity.detached().with("currency", currency))
    }
}

/// What FedaPay says is wrong with a request: words, none of which is a code. The names of the
/// fields at fault are all that is told.
pub(super) fn fault(answer: &Value) -> Option<&str> {
    answer.get("errors")?.as_object()?.keys().next().map(String::as_str)
}
