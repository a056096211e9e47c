//! Payouts: submitted once a key, paid or failed, and what was paid may come back.

use super::misbehaviour::Misbehave;
use super::request::{Answer, PayoutRequest, Refused};
use super::state::{Course, Entry, Provider, Told, Whom, new_id};

/// Why a payout came back.
const RETURNED: &str = "account_closed";

/// A payout that was taken on.
pub(super) struct Payout {
    object: String,
    request: PayoutRequest,
    due_ms: u64,
    /// When it fails after it was paid.
    fails_ms: Option<u64>,
    pub(super) is_returned: bool,
}

impl Payout {
    pub(super) fn new(
        object: String,
        request: PayoutRequest,
        due_ms: u64,
        fails_ms: Option<u64>,
    ) -> Self {
        Self { object, request, due_ms, fails_ms, is_returned: false }
    }

    /// How far it is, and why it failed.
    fn status(&self, now_ms: u64) -> (&'static str, Option<&'static str>) {
        let came_back = self.is_returned || self.fails_ms.is_some_and(|fails| fails <= now_ms);
        match failure(&self.request) {
            _ if now_ms < self.due_ms => ("pending", None),
            None if came_back => ("failed", Some(RETURNED)),
            None => ("paid", None),
            reason @ Some(_) => ("failed", reason),
        }
    }
}

impl PayoutRequest {
    /// How it goes wrong, as it says itself or by its destination.
    pub(super) fn own_misbehaviour(&self) -> Option<Misbehave> {
        self.misbehave.clone().or_else(|| Misbehave::of_destination(&self.destination))
    }
}

impl Provider {
    /// Accepts a payout, once a key.
    pub(super) fn payout(
        &mut self,
        key: &str,
        request: PayoutRequest,
        course: &Course,
    ) -> Result<Answer, Refused> {
        if let Some(payout) = self.payouts.get(key) {
            if payout.request != request {
                return Err(Refused::KeyReused);
            }
            return Ok(Answer { id: payout.object.clone(), status: "pending", reason: None });
        }
        if request.destination.starts_with("refuse") {
            return Err(Refused::InvalidDestination);
        }
        let object = new_id("po");
        let reason = failure(&request);
        let whom = Whom { account: request.account.clone(), ..Whom::default() };
        let told = Told {
            r#type: if reason.is_some() { "payout.failed" } else { "payout.paid" },
            id: &object,
            reference: Some(request.reference),
            amount: &request.amount,
            currency: &request.currency,
            reason,
        };
        let webhook = self.tell(&told, &request.amount, whom.clone(), course)?;
        let fails_after_ms = match &course.own {
            Some(own) => own.fails_after_paid_ms,
            None => self.misbehaviour.fails_after_paid_ms(key),
        };
        let fails_after_ms = fails_after_ms.filter(|_| reason.is_none());
        let then = fails_after_ms.map(|after_ms| {
            let told = Told { r#type: "payout.failed", reason: Some(RETURNED), ..told };
            let due_ms = course.due_ms.saturating_add(after_ms);
            let later = Course { due_ms, key: course.key.clone(), own: course.own.clone() };
            self.tell(&told, &request.amount, whom, &later)
        });
        let then = then.transpose()?;
        let key = key.to_owned();
        let entry = Entry::Payout { key, object: object.clone(), request, webhook, then };
        self.record(entry)?;
        Ok(Answer { id: object, status: "pending", reason: None })
    }

    /// How far a payout is.
    pub(super) fn payout_status(&self, key: &str, now_ms: u64) -> Option<Answer> {
        let payout = self.payouts.get(key)?;
        let (status, reason) = payout.status(now_ms);
        Some(Answer { id: payout.object.clone(), status, reason })
    }

    /// A payout that was paid comes back.
    pub(super) fn come_back(
        &mut self,
        key: &str,
        now_ms: u64,
        course: &Course,
    ) -> Result<Answer, Refused> {
        let payout = self.payouts.get(key).ok_or(Refused::NotPaid)?;
        let object = payout.object.clone();
        let answer = Answer { id: object.clone(), status: "failed", reason: Some(RETURNED) };
        if payout.is_returned {
            return Ok(answer);
        }
        if payout.status(now_ms).0 != "paid" || payout.fails_ms.is_some() {
            return Err(Refused::NotPaid);
        }
        let request = &payout.request;
        let told = Told {
            r#type: "payout.failed",
            id: &object,
            reference: Some(request.reference),
            amount: &request.amount,
            currency: &request.currency,
            reason: Some(RETURNED),
        };
        let whom = Whom { account: request.account.clone(), ..Whom::default() };
        let webhook = self.tell(&told, &request.amount, whom, course)?;
        self.record(Entry::Returned { key: key.to_owned(), webhook })?;
        Ok(answer)
    }
}

fn failure(request: &PayoutRequest) -> Option<&'static str> {
    request.destination.starts_with("fail").then_some("destination_closed")
}
