//! Confirming before booking: what a delivery says, or hints at, is read at the provider.
//!
//! What the provider answers is what is booked, whatever was told. Amount, currency and our reference
//! are compared with what was told, and with the pay-in by the rules of the ledger: money that is not
//! as expected goes into suspense.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cauri_domain::{Provider, WithdrawalId};
use cauri_sagas::gateway::{PayoutGateway, PayoutStatus};
use uuid::Uuid;

use super::Unconfirmed;
use super::paypal::Paypal;
use super::port::{Reader, Thing};
use crate::webhooks::pawapay::Object;
use crate::webhooks::{Fact, Question};

/// The accounts at providers that can be asked.
#[derive(Debug, Clone, Default)]
pub struct Confirmers(BTreeMap<Provider, Asked>);

/// One of them, with our credentials.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Reads its things.
    pub(super) reader: Arc<dyn Reader>,
    /// PayPal proves its deliveries itself.
    pub(super) paypal: Option<Arc<Paypal>>,
    /// CinetPay has an API of its own for transfers.
    pub(super) transfers: Option<Transfers>,
}

impl Asked {
    pub(super) const fn by(reader: Arc<dyn Reader>) -> Self {
        Self { reader, paypal: None, transfers: None }
    }
}

/// Who is asked how a withdrawal's transfer stands.
#[derive(Clone)]
pub(super) struct Transfers(pub(super) Arc<dyn PayoutGateway>);

impl fmt::Debug for Transfers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transfers").field(&self.0.provider()).finish()
    }
}

impl Transfers {
    /// That it was not paid, or came back, is told at once. That it was paid is not: the answer
    /// names no currency, and the withdrawal's own process asks as well.
    async fn facts(&self, reference: Uuid) -> Result<Vec<Fact>, Unconfirmed> {
        match self.0.status(WithdrawalId(reference)).await {
            PayoutStatus::Failed { object, code: reason } => {
                Ok(vec![Fact::PayoutFailed { reference, object, reason }])
            }
            PayoutStatus::Paid { .. } | PayoutStatus::Pending => Ok(Vec::new()),
            PayoutStatus::NotFound => Err(Unconfirmed::Denied),
            PayoutStatus::NotSearchable
            | PayoutStatus::Unasked { .. }
            | PayoutStatus::Unknown { .. }
            | PayoutStatus::Busy { .. } => {
                Err(Unconfirmed::Unknown("it does not say how the transfer stands"))
            }
        }
    }
}

impl Confirmers {
    pub(super) const fn new(asked: BTreeMap<Provider, Asked>) -> Self {
        Self(asked)
    }

    /// What an account's provider answers, in the words of facts: all that is to be believed of a
    /// delivery.
    ///
    /// # Errors
    /// When it denies, cannot be asked, or answers something that cannot be read.
    pub async fn facts(
        &self,
        account: Provider,
        question: &Question,
        body: &[u8],
    ) -> Result<Vec<Fact>, Unconfirmed> {
        let asked = self.0.get(&account).ok_or(Unconfirmed::NotConfigured)?;
        match question {
            Question::Cinetpay { transaction } => {
                let object = Some(transaction.clone());
                asked.reader.read(&Thing::Payin { reference: None, object }).await
            }
            Question::CinetpayV1 { payment: ours, .. } | Question::Paygate { identifier: ours } => {
                asked.reader.read(&Thing::Payin { reference: Some(*ours), object: None }).await
            }
            Question::Pawapay { object, id } => {
                let (reference, object) = (*id, (*object, id.hyphenated().to_string()));
                let thing = match object {
                    (Object::Deposit, id) => {
                        Thing::Payin { reference: Some(reference), object: Some(id) }
                    }
                    (Object::Payout, object) => Thing::Payout { reference, object },
                    (Object::Refund, object) => Thing::Refund { reference, object },
                };
                asked.reader.read(&thing).await
            }
            Question::CinetpayTransfer { withdrawal } => {
                let transfers = asked.transfers.as_ref().ok_or(Unconfirmed::NotConfigured)?;
                transfers.facts(*withdrawal).await
            }
            Question::Paypal { proof, about } => {
                let paypal = asked.paypal.as_ref().ok_or(Unconfirmed::NotConfigured)?;
                if let Some(proof) = proof {
                    paypal.prove(proof, body).await?;
                }
                paypal.facts(about).await
            }
            Question::Things { things, told } => {
                confirmed(account, asked.reader.as_ref(), things, told).await
            }
        }
    }
}

/// Reads each thing: what is read takes the place of what was told of it.
///
/// That the provider does not know of it says that somebody else has its secret, or that it does not
/// know of it yet. It is kept, asked about again, and in the end a dead letter for a person: nothing
/// that is genuinely signed is dropped.
async fn confirmed(
    account: Provider,
    reader: &dyn Reader,
    things: &[Thing],
    told: &[Fact],
) -> Result<Vec<Fact>, Unconfirmed> {
    let is_asked = |fact: &&Fact| things.iter().any(|thing| thing.is_of(fact));
    let mut facts: Vec<Fact> = told.iter().filter(|fact| !is_asked(fact)).cloned().collect();
    for thing in things {
        let read = reader.read(thing).await;
        let outcome = match &read {
            Ok(read) => outcome(thing, told, read),
            Err(Unconfirmed::Denied) => "denied",
            Err(_) => "unknown",
        };
        metrics::counter!(
            "cauri_confirmations_total", "provider" => account.to_string(), "outcome" => outcome
        )
        .increment(1);
        if matches!(outcome, "differs" | "denied") {
            tracing::error!(provider = %account, outcome, ?thing, "a signed delivery is not what its provider says");
        }
        let read = read.map_err(Unconfirmed::of_proved)?;
        if outcome == "not_yet" {
            return Err(Unconfirmed::Unknown("it says nothing of the money yet"));
        }
        facts.extend(read);
    }
    Ok(facts)
}

/// What reading a thing says of what was told of it.
fn outcome(thing: &Thing, told: &[Fact], read: &[Fact]) -> &'static str {
    let ends = |fact: &&Fact| thing.is_of(fact) && !matches!(fact, Fact::PayinSubmitted { .. });
    if !read.iter().any(|fact| ends(&fact)) {
        return "not_yet";
    }
    // Why a payout failed may be told in other words.
    let failed = |fact: &Fact| matches!(fact, Fact::PayoutFailed { .. });
    let is_said = |fact: &Fact| {
        read.contains(fact)
            || matches!(fact, Fact::FeeTaken { .. })
            || (failed(fact) && read.iter().any(failed))
    };
    let are_same = told.iter().filter(|fact| ends(fact)).all(is_said);
    if are_same { "same" } else { "differs" }
}
