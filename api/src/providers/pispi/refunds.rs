//! Payments given back over PI-SPI: a return of funds (`PUT /paiements/{end2endId}/retours`).
//!
//! It is of a whole payment, and its key is the payment: asked for again, there is no second one.
//! Only one that was rejected would be sent again, so the payment is always read first.

use std::sync::Arc;

use cauri_domain::{Provider, RefundId};
use cauri_sagas::gateway::{PayoutGateway, PayoutStatus, RefundInstruction, Submitted};
use futures::future::BoxFuture;
use reqwest::StatusCode;

use super::Pispi;
use super::read::francs;
use crate::providers::{Unconfirmed, http};
use crate::webhooks::fact::reason;
use crate::webhooks::json::Node;

/// PI-SPI as the one who gives back.
#[derive(Debug, Clone)]
pub(crate) struct PispiRefunds {
    name: Provider,
    pispi: Arc<Pispi>,
}

impl PispiRefunds {
    pub(crate) const fn new(name: Provider, pispi: Arc<Pispi>) -> Self {
        Self { name, pispi }
    }

    async fn give_back(&self, asked: &RefundInstruction) -> Result<Submitted, Unconfirmed> {
        let refused = |code: &str| Submitted::Refused { code: code.to_owned() };
        let payment = asked.payment.as_str();
        let request = self.pispi.get(&["paiements", payment, "statuts"]).await?;
        let json = http::read(request).await?;
        let known = json.root();
        if known.field("statut")?.token()? != "IRREVOCABLE" {
            return Ok(unknown("payment_not_settled"));
        }
        // Nothing of it was sent: a part is never given back.
        let amount = francs(&known)?;
        if asked.currency != amount.currency() || asked.amount != amount.minor().to_string() {
            return Ok(refused("only_whole_payments"));
        }
        if let Some(stands) = returned(&known, payment) {
            return Ok(stands);
        }
        let request = self.pispi.put(&["paiements", payment, "retours"]).await?;
        let (status, answer) = http::ask_json(request).await.map_err(Unconfirmed::Unknown)?;
        Ok(match status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED => {
                returned(&answer.root(), payment)
                    .unwrap_or_else(|| unknown("answer_not_understood"))
            }
            // Whether what is forbidden stays so, or was sent before, is not documented.
            other => unknown(http::of_status(other)),
        })
    }
}

/// How a payment's return stands; none where there is none.
fn returned(payment: &Node<'_>, object: &str) -> Option<Submitted> {
    let object = object.to_owned();
    Some(match payment.find("retourStatut")?.as_text() {
        Some("INITIE" | "ENVOYE") => Submitted::Accepted { object },
        Some("IRREVOCABLE") => Submitted::Made { object },
        Some("REJETE") => {
            Submitted::Refused { code: reason(payment.find("retourStatutRaison"), "rejected") }
        }
        // A null is none.
        None => return None,
        Some(_) => unknown("answer_not_understood"),
    })
}

fn unknown(why: &str) -> Submitted {
    Submitted::Unknown { why: why.to_owned() }
}

impl PayoutGateway for PispiRefunds {
    fn provider(&self) -> &str {
        self.name.as_str()
    }

    fn refund<'a>(&'a self, instruction: &'a RefundInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async move {
            self.give_back(instruction).await.unwrap_or_else(|error| unknown(error.why()))
        })
    }

    /// PI-SPI knows returns by their payment alone. Asked for again, it answers what became of the
    /// first, however long ago.
    fn refund_status(&self, _: RefundId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(async { PayoutStatus::NotSearchable })
    }
}
