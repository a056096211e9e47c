//! Payments: begun by the merchant, paid, declined or cancelled.
//!
//! A merchant may begin a payment and send the buyer to its address; or the customer simply pays a
//! reference that nobody began. Either way the reference keeps one object.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::queue::Webhook;
use super::request::{Answer, BeginRequest, Outcome, PayRequest, Refused, decimal, minor};
use super::speak::Tongue;
use super::state::{Course, Entry, Provider, Told, Whom, new_id};

/// Why a payment fails that is said to.
const DECLINED: &str = "insufficient_funds";
/// Why a payment fails that the merchant cancelled.
pub(super) const CANCELLED: &str = "cancelled";

/// A payment, by the merchant's reference.
pub(super) struct Payin {
    pub(super) object: String,
    /// What the merchant asks for, where it began the payment.
    begun: Option<Begun>,
    /// What the customer did last.
    pub(super) last: Option<PayRequest>,
    /// What was paid, where that is not what was asked for.
    taken: Option<Taken>,
    /// When that becomes known.
    due_ms: u64,
    is_cancelled: bool,
}

/// What a customer really paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Taken {
    pub(super) amount: String,
    pub(super) currency: String,
}

/// What the merchant asks for, and what opens the buyer's page.
#[derive(Clone)]
pub(super) struct Begun {
    pub(super) token: String,
    pub(super) request: BeginRequest,
}

/// How far a payment is, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PayinAnswer {
    pub(super) id: String,
    /// `created`, `pending`, `authorised`, `succeeded`, `failed` or `cancelled`.
    pub(super) status: &'static str,
    /// What was paid; before that, what the merchant asks for.
    pub(super) amount: String,
    pub(super) currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
    /// Opens the buyer's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<String>,
    /// The buyer's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payment_url: Option<String>,
}

impl Payin {
    fn is_paid(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.outcome == Outcome::Succeed)
    }

    /// What the customer paid, or would have paid.
    pub(super) fn money(&self) -> Option<(&str, &str)> {
        let taken = self.taken.as_ref().map(|taken| (&taken.amount, &taken.currency));
        let asked = || self.last.as_ref().map(|last| (&last.amount, &last.currency));
        taken.or_else(asked).map(|(amount, currency)| (amount.as_str(), currency.as_str()))
    }

    /// How far it is; `None` is never, for a payment is begun or paid.
    fn answer(&self, now_ms: u64) -> Option<PayinAnswer> {
        let (status, reason) = match &self.last {
            _ if self.is_cancelled => ("cancelled", Some(CANCELLED)),
            None => ("created", None),
            Some(_) if now_ms < self.due_ms => ("pending", None),
            Some(last) => match last.outcome {
                Outcome::Succeed => ("succeeded", None),
                Outcome::Fail => ("failed", Some(DECLINED)),
                Outcome::Pend => ("pending", None),
                Outcome::Authorise => ("authorised", None),
            },
        };
        let asked = self.begun.as_ref().map(|begun| &begun.request);
        let asked = asked.map(|asked| (asked.amount.as_str(), asked.currency.as_str()));
        let (amount, currency) = self.money().or(asked)?;
        Some(PayinAnswer {
            id: self.object.clone(),
            status,
            amount: amount.to_owned(),
            currency: currency.to_owned(),
            reason,
            token: self.begun.as_ref().map(|begun| begun.token.clone()),
            payment_url: None,
        })
    }
}

impl Provider {
    /// The merchant begins a payment, once a reference.
    pub(super) fn begin(
        &mut self,
        reference: Uuid,
        request: BeginRequest,
        now_ms: u64,
    ) -> Result<PayinAnswer, Refused> {
        match self.payins.get(&reference) {
            Some(Payin { begun: Some(begun), .. }) if begun.request != request => {
                return Err(Refused::KeyReused);
            }
            Some(Payin { begun: Some(_), .. }) => {}
            Some(payin) if payin.is_paid() => return Err(Refused::AlreadyPaid),
            known => {
                let object =
                    known.map_or_else(|| request.speak.new_payment(), |payin| payin.object.clone());
                let token = new_id("tok");
                self.record(Entry::Begun { reference, object, token, request })?;
            }
        }
        self.payin_status(reference, now_ms).ok_or(Refused::UnknownPayin)
    }

    /// How far a payment is.
    pub(super) fn payin_status(&self, reference: Uuid, now_ms: u64) -> Option<PayinAnswer> {
        self.payins.get(&reference)?.answer(now_ms)
    }

    /// The merchant takes its request back, unless the customer has paid.
    pub(super) fn cancel(
        &mut self,
        reference: Uuid,
        now_ms: u64,
        course: &Course,
    ) -> Result<PayinAnswer, Refused> {
        let payin = self.payins.get(&reference).ok_or(Refused::UnknownPayin)?;
        if payin.is_paid() {
            return Err(Refused::AlreadyPaid);
        }
        if !payin.is_cancelled {
            let answer = payin.answer(now_ms).ok_or(Refused::UnknownPayin)?;
            let whom = payin.whom();
            let told = Told {
                r#type: "payin.failed",
                id: &answer.id,
                reference: Some(reference),
                amount: &answer.amount,
                currency: &answer.currency,
                reason: Some(CANCELLED),
            };
            let webhook = self.tell(&told, &answer.amount, whom, course)?;
            self.record(Entry::Cancelled { reference, webhook })?;
        }
        self.payin_status(reference, now_ms).ok_or(Refused::UnknownPayin)
    }

    /// What the buyer's page is about.
    pub(super) fn begun(&self, token: &str) -> Option<(Uuid, Begun)> {
        let reference = *self.tokens.get(token)?;
        Some((reference, self.payins.get(&reference)?.begun.clone()?))
    }

    /// The customer pays, or fails to.
    pub(super) fn pay(
        &mut self,
        reference: Uuid,
        request: PayRequest,
        course: &Course,
    ) -> Result<Answer, Refused> {
        let status = match request.outcome {
            Outcome::Succeed => "succeeded",
            Outcome::Fail => "failed",
            Outcome::Pend => "pending",
            Outcome::Authorise => "authorised",
        };
        let known = self.payins.get(&reference);
        if let Some(payin) = known {
            if payin.last.as_ref() == Some(&request) {
                return Ok(Answer { id: payin.object.clone(), status, reason: None });
            }
            if payin.is_paid() {
                return Err(Refused::AlreadyPaid);
            }
            let goes_through = request.misbehave.as_ref().is_some_and(|own| own.despite_cancel);
            if payin.is_cancelled && !goes_through {
                return Err(Refused::Cancelled);
            }
        }
        let object = match known {
            Some(payin) => payin.object.clone(),
            None => request.speak.new_payment(),
        };
        let (kind, reason) = match request.outcome {
            Outcome::Succeed => ("payin.succeeded", None),
            Outcome::Fail => ("payin.failed", Some(DECLINED)),
            Outcome::Pend => ("payin.submitted", None),
            Outcome::Authorise => ("payin.authorised", None),
        };
        let taken = self.taken(reference, &request);
        let money = taken.clone().unwrap_or_else(|| Taken {
            amount: request.amount.clone(),
            currency: request.currency.clone(),
        });
        let whom = Whom { account: request.account.clone(), tongue: request.speak };
        let told = Told {
            r#type: kind,
            id: &object,
            reference: Some(reference),
            amount: &money.amount,
            currency: &money.currency,
            reason,
        };
        let webhook = self.tell(&told, &money.amount, whom.clone(), course)?;
        let fee = self.fee(&told, &request, whom, course)?;
        let entry =
            Entry::Payin { reference, object: object.clone(), request, taken, webhook, fee };
        self.record(entry)?;
        Ok(Answer { id: object, status, reason: None })
    }

    /// What the customer really pays, where that is not what was asked for.
    fn taken(&self, reference: Uuid, request: &PayRequest) -> Option<Taken> {
        let PayRequest { amount, currency, .. } = request;
        let (paid, of) = if let Some(own) = &request.misbehave {
            let paid = own.amount.clone().unwrap_or_else(|| amount.clone());
            (paid, own.currency.clone().unwrap_or_else(|| currency.clone()))
        } else {
            let key = reference.to_string();
            let mut paid = amount.clone();
            if self.misbehaviour.pays_another_amount(&key) {
                let units = minor(amount, currency)?;
                let others = if units > 1 { units - 1 } else { units + 1 };
                paid = decimal(others, currency)?;
            }
            let other = if currency == "USD" { "EUR" } else { "USD" };
            let is_other = self.misbehaviour.pays_another_currency(&key);
            let holds = minor(&paid, other).is_some();
            (paid, if is_other && holds { other.to_owned() } else { currency.clone() })
        };
        let taken = Taken { amount: paid, currency: of };
        (taken.amount != *amount || taken.currency != *currency).then_some(taken)
    }

    /// What is told of the provider's fee, with the payment.
    fn fee(
        &self,
        paid: &Told<'_>,
        request: &PayRequest,
        whom: Whom,
        course: &Course,
    ) -> Result<Option<Webhook>, Refused> {
        let fee = request.fee.as_ref().filter(|_| request.outcome == Outcome::Succeed);
        let Some(amount) = fee else { return Ok(None) };
        let told = Told { r#type: "fee.taken", amount, reason: None, ..*paid };
        self.news(&told, paid.amount, whom, course)
    }

    /// A payment was begun: what is on record becomes the state.
    pub(super) fn apply_begun(
        &mut self,
        reference: Uuid,
        object: String,
        token: String,
        request: BeginRequest,
    ) {
        self.tokens.insert(token.clone(), reference);
        let payin = self.payins.entry(reference).or_insert_with(|| Payin::new(object));
        payin.begun = Some(Begun { token, request });
    }

    /// The customer did something.
    pub(super) fn apply_payin(
        &mut self,
        reference: Uuid,
        object: String,
        request: PayRequest,
        taken: Option<Taken>,
        due_ms: u64,
    ) {
        let payin = self.payins.entry(reference).or_insert_with(|| Payin::new(object));
        payin.last = Some(request);
        payin.taken = taken;
        payin.due_ms = due_ms;
    }

    /// The merchant took its request back.
    pub(super) fn apply_cancelled(&mut self, reference: Uuid) {
        if let Some(payin) = self.payins.get_mut(&reference) {
            payin.is_cancelled = true;
        }
    }
}

impl Payin {
    fn new(object: String) -> Self {
        Self { object, begun: None, last: None, taken: None, due_ms: 0, is_cancelled: false }
    }

    /// Whom its news tells.
    fn whom(&self) -> Whom {
        let paid = self.last.as_ref().map(|last| (&last.account, last.speak));
        let begun = || self.begun.as_ref().map(|begun| &begun.request);
        let asked = || begun().map(|request| (&request.account, request.speak));
        let (account, tongue) = paid.or_else(asked).unwrap_or((&None, Tongue::Sim));
        Whom { account: account.clone(), tongue }
    }
}
