//! What becomes of a payment afterwards: captures, refunds, disputes.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::request::{
    Answer, CaptureRequest, DisputeRequest, DisputeWord, Ends, GiveBack, Outcome, PayRequest,
    RefundRequest, Refused, decimal, minor,
};
use super::speak::{self, News, Tongue};
use super::state::{Course, Entry, Paid, Provider, Told, new_id, text};

/// Why refunds fail that are said to.
const REFUND_REFUSED: &str = "refund_refused";

/// The body of a dispute's webhook.
#[derive(Serialize)]
pub(super) struct Case<'a> {
    r#type: &'static str,
    pub(super) id: String,
    pub(super) payment: &'a str,
    pub(super) amount: &'a str,
    pub(super) currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fee: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) due_by: Option<DateTime<Utc>>,
}

/// A refund that was taken on.
pub(super) struct Refund {
    object: String,
    request: RefundRequest,
    due_ms: u64,
    fails: bool,
}

impl Refund {
    pub(super) fn new(object: String, request: RefundRequest, due_ms: u64, fails: bool) -> Self {
        Self { object, request, due_ms, fails }
    }

    /// What it takes of its payment, in minor units.
    pub(super) fn taken(&self) -> u64 {
        if self.fails {
            return 0;
        }
        minor(&self.request.amount, &self.request.currency).unwrap_or_default()
    }

    pub(super) fn payment(&self) -> &str {
        &self.request.payment
    }
}

impl Provider {
    /// The money of an authorised payment is asked for: the issuer gives it, or does not.
    ///
    /// The key is the merchant's reference, as the payment's is: captured again, it is the same.
    pub(super) fn capture(
        &mut self,
        key: &str,
        request: &CaptureRequest,
        course: &Course,
    ) -> Result<Answer, Refused> {
        let reference = Uuid::try_parse(key).map_err(|_| Refused::NotAuthorised)?;
        let payin = self.payins.get(&reference).ok_or(Refused::NotAuthorised)?;
        let last = payin.last.as_ref().ok_or(Refused::NotAuthorised)?;
        let (amount, currency) = payin.money().ok_or(Refused::NotAuthorised)?;
        let is_it = payin.object == request.payment
            && currency == request.currency
            && minor(amount, currency) == minor(&request.amount, &request.currency);
        let outcome = match (last.outcome, last.captures) {
            (Outcome::Authorise | Outcome::Succeed, Ends::Succeed) => Outcome::Succeed,
            (Outcome::Authorise, Ends::Fail) => Outcome::Fail,
            (Outcome::Succeed, Ends::Fail) | (Outcome::Fail | Outcome::Pend, _) => {
                return Err(Refused::NotAuthorised);
            }
        };
        if !is_it {
            return Err(Refused::NotAuthorised);
        }
        let captured = PayRequest { outcome, ..last.clone() };
        let answer = self.pay(reference, captured, course)?;
        Ok(Answer { status: "pending", ..answer })
    }

    /// How far a capture is; `None` while nobody asked for one.
    pub(super) fn capture_status(&self, key: &str) -> Option<Answer> {
        let payin = self.payins.get(&Uuid::try_parse(key).ok()?)?;
        let (status, reason) = match payin.last.as_ref()?.outcome {
            Outcome::Succeed => ("paid", None),
            Outcome::Fail => ("failed", Some("insufficient_funds")),
            Outcome::Pend | Outcome::Authorise => return None,
        };
        Some(Answer { id: payin.object.clone(), status, reason })
    }

    /// Accepts a refund, once a key.
    pub(super) fn refund(
        &mut self,
        key: &str,
        request: RefundRequest,
        course: &Course,
    ) -> Result<Answer, Refused> {
        if let Some(refund) = self.refunds.get(key) {
            if refund.request != request {
                return Err(Refused::KeyReused);
            }
            return Ok(Answer { id: refund.object.clone(), status: "pending", reason: None });
        }
        let paid = self.paid(&request.payment)?;
        if paid.request.currency != request.currency {
            return Err(Refused::UnknownPayment);
        }
        let fails = paid.request.refunds == Ends::Fail;
        let (whom, whole) = (paid.whom(), paid.request.amount.clone());
        self.room(&request.payment, minor(&request.amount, &request.currency))?;
        let object = new_id("re");
        let told = Told {
            r#type: if fails { "refund.failed" } else { "refund.succeeded" },
            id: &object,
            reference: Some(request.reference),
            amount: &request.amount,
            currency: &request.currency,
            reason: fails.then_some(REFUND_REFUSED),
        };
        let webhook = self.tell(&told, &whole, whom, course)?;
        let key = key.to_owned();
        self.record(Entry::Refund { key, object: object.clone(), request, fails, webhook })?;
        Ok(Answer { id: object, status: "pending", reason: None })
    }

    /// How far a refund is.
    pub(super) fn refund_status(&self, key: &str, now_ms: u64) -> Option<Answer> {
        let refund = self.refunds.get(key)?;
        let (status, reason) = match refund.fails {
            _ if now_ms < refund.due_ms => ("pending", None),
            false => ("paid", None),
            true => ("failed", Some(REFUND_REFUSED)),
        };
        Some(Answer { id: refund.object.clone(), status, reason })
    }

    /// Somebody gives money back by hand: the total is told.
    pub(super) fn give_back(
        &mut self,
        payment: &str,
        request: &GiveBack,
        course: &Course,
    ) -> Result<Answer, Refused> {
        let paid = self.paid(payment)?;
        let (whom, whole, reference) = (paid.whom(), paid.request.amount.clone(), paid.reference);
        let currency = paid.request.currency.clone();
        let total = self.room(payment, minor(&request.amount, &currency))?;
        let amount = decimal(total, &currency).ok_or(Refused::TooLarge)?;
        let told = Told {
            r#type: "payment.refunded",
            id: payment,
            reference: Some(reference),
            amount: &amount,
            currency: &currency,
            reason: None,
        };
        let webhook = self.tell(&told, &whole, whom, course)?;
        let taken = minor(&request.amount, &currency).unwrap_or_default();
        self.record(Entry::GivenBack { payment: payment.to_owned(), taken, webhook })?;
        Ok(Answer { id: payment.to_owned(), status: "refunded", reason: None })
    }

    /// Something is told of a payment's dispute.
    pub(super) fn dispute(
        &mut self,
        payment: &str,
        request: &DisputeRequest,
        course: &Course,
    ) -> Result<Answer, Refused> {
        let paid = self.paid(payment)?;
        let (kind, status) = match request.told {
            DisputeWord::Inquiry => ("dispute.inquiry", "inquiry"),
            DisputeWord::Opened => ("dispute.opened", "open"),
            DisputeWord::FundsWithdrawn => ("dispute.funds_withdrawn", "open"),
            DisputeWord::FundsReinstated => ("dispute.funds_reinstated", "won"),
            DisputeWord::Won => ("dispute.won", "won"),
            DisputeWord::Lost => ("dispute.lost", "lost"),
        };
        let currency = paid.request.currency.as_str();
        let amounts = [request.amount.as_deref(), request.fee.as_deref()];
        if amounts.into_iter().flatten().any(|amount| minor(amount, currency).is_none()) {
            return Err(Refused::InvalidAmount);
        }
        // One dispute a payment, so that its next word needs no id.
        let id = format!("dp_{payment}");
        let case = Case {
            r#type: kind,
            id: id.clone(),
            payment,
            amount: request.amount.as_deref().unwrap_or(&paid.request.amount),
            currency,
            fee: request.fee.as_deref(),
            reason: request.reason.as_deref(),
            due_by: request.due_by,
        };
        let whom = paid.whom();
        let body = match whom.tongue {
            Tongue::Sim => text(&case)?,
            tongue @ (Tongue::Stripe | Tongue::Fedapay) => {
                let news = News::Dispute { told: &case, word: request.told };
                text(&speak::body(tongue, &news)?.ok_or(Refused::NotSpoken)?)?
            }
        };
        let webhook = self.webhook(kind, body, whom, course)?;
        self.record(Entry::Disputed { webhook })?;
        Ok(Answer { id, status, reason: None })
    }

    fn paid(&self, payment: &str) -> Result<&Paid, Refused> {
        self.paid.get(payment).ok_or(Refused::UnknownPayment)
    }

    /// All that is given back of a payment with `more`, which must be there.
    fn room(&self, payment: &str, more: Option<u64>) -> Result<u64, Refused> {
        let paid = self.paid(payment)?;
        let whole = minor(&paid.request.amount, &paid.request.currency).unwrap_or_default();
        let more = more.ok_or(Refused::InvalidAmount)?;
        let total = paid.given_back.checked_add(more);
        total.filter(|total| *total <= whole).ok_or(Refused::TooLarge)
    }
}
