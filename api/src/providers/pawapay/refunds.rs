//! Deposits given back at pawaPay.

use std::sync::Arc;

use cauri_domain::{Provider, RefundId};
use cauri_sagas::gateway::{PayoutGateway, PayoutStatus, RefundInstruction, Submitted};
use futures::future::BoxFuture;
use serde_json::json;

use super::{Pawapay, failure};
use crate::providers::{Unconfirmed, http, wire};

/// pawaPay as the one who gives back.
#[derive(Debug, Clone)]
pub(crate) struct PawapayRefunds {
    name: Provider,
    pawapay: Arc<Pawapay>,
}

impl PawapayRefunds {
    pub(crate) const fn new(name: Provider, pawapay: Arc<Pawapay>) -> Self {
        Self { name, pawapay }
    }

    async fn found(&self, refund: RefundId) -> Result<PayoutStatus, Unconfirmed> {
        let id = refund.to_string();
        let json = self.pawapay.found("refunds", &id).await?;
        let data = json.root();
        Ok(match data.field("status")?.token()? {
            "COMPLETED" => PayoutStatus::Paid { object: id },
            "FAILED" => PayoutStatus::Failed { object: id, code: failure(&data) },
            _ => PayoutStatus::Pending,
        })
    }
}

impl PayoutGateway for PawapayRefunds {
    fn provider(&self) -> &str {
        self.name.as_str()
    }

    fn refund<'a>(&'a self, instruction: &'a RefundInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async move {
            let unknown = |why: &str| Submitted::Unknown { why: why.to_owned() };
            let amount = wire::money(&instruction.amount, &instruction.currency);
            let Some(amount) = amount else { return unknown("amount_not_supported") };
            let id = instruction.refund.to_string();
            let body = json!({
                "refundId": id,
                "depositId": instruction.payment,
                "amount": wire::shortest(amount),
                "currency": instruction.currency,
            });
            let request = self.pawapay.post(&["v2", "refunds"]).json(&body);
            let (status, answer) = match http::ask_json(request).await {
                Ok(answer) => answer,
                Err(why) => return unknown(why),
            };
            let answer = answer.root();
            match answer.find("status").and_then(|status| status.as_text()) {
                Some("ACCEPTED" | "DUPLICATE_IGNORED") => Submitted::Accepted { object: id },
                Some("REJECTED") => Submitted::Refused { code: failure(&answer) },
                _ if !status.is_success() => unknown(http::of_status(status)),
                Some(_) | None => unknown("answer_not_understood"),
            }
        })
    }

    fn refund_status(&self, refund: RefundId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(async move {
            let unknown = |why: &str| PayoutStatus::Unknown { why: why.to_owned() };
            self.found(refund).await.unwrap_or_else(|error| match error {
                Unconfirmed::Denied => PayoutStatus::NotFound,
                Unconfirmed::Unknown(why) => unknown(why),
                Unconfirmed::Unreadable(_) | Unconfirmed::NotConfigured => {
                    unknown("answer_not_understood")
                }
            })
        })
    }
}
