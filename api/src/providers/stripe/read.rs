//! How things stand at Stripe, in the words of facts.

use futures::future::BoxFuture;

use super::Stripe;
use crate::providers::port::{Reader, Thing};
use crate::providers::{Unconfirmed, http};
use crate::webhooks::{Fact, stripe_objects as objects};

impl Reader for Stripe {
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            let (kind, id) = match thing {
                Thing::Payin { object: Some(id), .. } => ("payment_intents", id),
                Thing::Payin { reference: Some(reference), object: None } => {
                    return self.search(*reference).await;
                }
                Thing::Payin { reference: None, object: None } => {
                    return Err(Unconfirmed::Unknown("nothing names the payment"));
                }
                Thing::Payout { object, .. } => ("transfers", object),
                Thing::Refund { object, .. } => ("refunds", object),
                Thing::Dispute { case } => ("disputes", case),
            };
            let request = match thing {
                // What was given back stands with the charge.
                Thing::Payin { .. } => {
                    self.find(&["v1", kind, id], &[("expand[]", "latest_charge")])
                }
                Thing::Payout { .. } | Thing::Refund { .. } | Thing::Dispute { .. } => {
                    self.get(&["v1", kind, id])
                }
            };
            let json = http::read(request).await?;
            let object = json.root();
            Ok(match thing {
                Thing::Payin { .. } => objects::intent(&object)?,
                Thing::Payout { .. } => objects::transfer(&object)?,
                Thing::Refund { .. } => objects::refund(&object)?,
                Thing::Dispute { .. } => objects::dispute(&object)?,
            })
        })
    }
}

impl Stripe {
    /// The payments that carry our id. What was begun within the last minute may not be found.
    async fn search(&self, reference: uuid::Uuid) -> Result<Vec<Fact>, Unconfirmed> {
        let query = format!("metadata['cauri_payin']:'{}'", reference.hyphenated());
        let by = [("query", query.as_str()), ("expand[]", "data.latest_charge")];
        let request = self.find(&["v1", "payment_intents", "search"], &by);
        let json = http::read(request).await?;
        let found = json.root().field("data")?.items()?;
        if found.is_empty() {
            return Err(Unconfirmed::Denied);
        }
        let mut facts = Vec::new();
        for intent in found {
            facts.extend(objects::intent(&intent)?);
        }
        Ok(facts)
    }
}
