//! The simulated provider's payouts, refunds and captures, over HTTP.
//!
//! It is asked in clear text, on loopback, without credentials: it moves no money.

use std::time::Duration;

use cauri_domain::{LedgerId, RefundId, WithdrawalId};
use futures::future::BoxFuture;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::http::{self, Answer, Trouble};
use super::{
    CaptureInstruction, PayoutGateway, PayoutInstruction, PayoutStatus, RefundInstruction,
    Submitted,
};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a whole exchange may take.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Why a gateway cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Not an `http` address.
    #[error("must be an http:// address")]
    BadAddress,
    /// The HTTP client cannot start.
    #[error("the gateway's HTTP client cannot start")]
    Client(#[source] reqwest::Error),
}

/// The simulated provider.
#[derive(Debug, Clone)]
pub struct SimulatedGateway {
    client: Client,
    payouts: Url,
    refunds: Url,
    captures: Url,
    total_timeout: Duration,
}

impl SimulatedGateway {
    /// A gateway to the provider at `base_url`, such as `http://127.0.0.1:4000`.
    ///
    /// # Errors
    /// When the address is not one, or the HTTP client cannot start.
    pub fn try_new(base_url: &str) -> Result<Self, GatewayError> {
        let base = Url::parse(base_url).map_err(|_| GatewayError::BadAddress)?;
        if base.scheme() != "http" {
            return Err(GatewayError::BadAddress);
        }
        let at = |what: &str| {
            let mut url = base.clone();
            url.path_segments_mut()
                .map_err(|()| GatewayError::BadAddress)?
                .pop_if_empty()
                .extend(["v1", what]);
            Ok(url)
        };
        let (payouts, refunds, captures) = (at("payouts")?, at("refunds")?, at("captures")?);
        // A payout goes where it was meant to go: over no proxy, after no redirect.
        let client = http::client(&base)
            .connect_timeout(CONNECT_TIMEOUT)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(GatewayError::Client)?;
        Ok(Self { client, payouts, refunds, captures, total_timeout: TOTAL_TIMEOUT })
    }

    /// The same gateway with another limit on a whole exchange.
    #[must_use]
    pub const fn with_total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = timeout;
        self
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answer, &'static str> {
        http::answer(request.timeout(self.total_timeout), LONGEST_ANSWER).await
    }

    async fn send(&self, instruction: &PayoutInstruction) -> Submitted {
        let request = self
            .client
            .post(self.payouts.clone())
            .header("idempotency-key", instruction.withdrawal.to_string())
            .json(&Request {
                reference: instruction.withdrawal,
                amount: &instruction.amount,
                currency: &instruction.currency,
                destination: &instruction.destination,
                account: account(&instruction.ledger),
            });
        self.submit_to(request).await
    }

    async fn give_back(&self, instruction: &RefundInstruction) -> Submitted {
        let request = self
            .client
            .post(self.refunds.clone())
            .header("idempotency-key", instruction.refund.to_string())
            .json(&RefundRequest {
                reference: instruction.refund,
                payment: &instruction.payment,
                amount: &instruction.amount,
                currency: &instruction.currency,
                account: account(&instruction.ledger),
            });
        self.submit_to(request).await
    }

    async fn take(&self, instruction: &CaptureInstruction) -> Submitted {
        let request = self
            .client
            .post(self.captures.clone())
            .header("idempotency-key", instruction.payin.to_string())
            .json(&CaptureRequest {
                payment: &instruction.payment,
                amount: &instruction.amount,
                currency: &instruction.currency,
            });
        self.submit_to(request).await
    }

    async fn submit_to(&self, request: RequestBuilder) -> Submitted {
        let answer = match self.ask(request).await {
            Ok(answer) => answer,
            Err(why) => return Trouble::of(why).of_submission(),
        };
        let body = &answer.body;
        match answer.status {
            StatusCode::OK | StatusCode::ACCEPTED => match parse::<Accepted>(body) {
                Some(Accepted { id }) if is_object(&id) => Submitted::Accepted { object: id },
                Some(_) | None => Submitted::Unknown { why: "answer_not_understood".to_owned() },
            },
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                match parse::<Refusal>(body).map(|refusal| refusal.code) {
                    // Something else was sent under this key, and may have been paid.
                    Some(code) if code == "idempotency_key_reused" => {
                        Submitted::Unknown { why: code }
                    }
                    Some(code) if is_code(&code) => Submitted::Refused { code },
                    Some(_) | None => {
                        Submitted::Unknown { why: "answer_not_understood".to_owned() }
                    }
                }
            }
            _ => answer.trouble().into(),
        }
    }

    async fn look_up(&self, mut url: Url, key: String) -> PayoutStatus {
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(&key);
        }
        let answer = match self.ask(self.client.get(url)).await {
            Ok(answer) => answer,
            Err(why) => return Trouble::of(why).into(),
        };
        let body = &answer.body;
        let not_understood = || PayoutStatus::Unknown { why: "answer_not_understood".to_owned() };
        match answer.status {
            StatusCode::OK => parse::<Found>(body)
                .filter(|found| is_object(&found.id))
                .map_or_else(not_understood, Found::into_status),
            // Only the provider's own word counts: a wrong address also answers 404.
            StatusCode::NOT_FOUND => match parse::<Refusal>(body) {
                Some(refusal) if refusal.code == "not_found" => PayoutStatus::NotFound,
                Some(_) | None => not_understood(),
            },
            _ => answer.trouble().into(),
        }
    }
}

impl PayoutGateway for SimulatedGateway {
    fn provider(&self) -> &str {
        "sim"
    }

    fn submit<'a>(&'a self, instruction: &'a PayoutInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(self.send(instruction))
    }

    fn status(&self, withdrawal: WithdrawalId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(self.look_up(self.payouts.clone(), withdrawal.to_string()))
    }

    fn refund<'a>(&'a self, instruction: &'a RefundInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(self.give_back(instruction))
    }

    fn refund_status(&self, refund: RefundId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(self.look_up(self.refunds.clone(), refund.to_string()))
    }

    fn capture<'a>(&'a self, instruction: &'a CaptureInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(self.take(instruction))
    }

    fn capture_status<'a>(
        &'a self,
        instruction: &'a CaptureInstruction,
    ) -> BoxFuture<'a, PayoutStatus> {
        Box::pin(self.look_up(self.captures.clone(), instruction.payin.to_string()))
    }
}

/// The default ledger uses the default account.
fn account(ledger: &LedgerId) -> Option<&str> {
    (*ledger != LedgerId::main()).then(|| ledger.as_str())
}

#[derive(Serialize)]
struct Request<'a> {
    reference: WithdrawalId,
    amount: &'a str,
    currency: &'a str,
    destination: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
}

#[derive(Serialize)]
struct RefundRequest<'a> {
    reference: RefundId,
    payment: &'a str,
    amount: &'a str,
    currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
}

#[derive(Serialize)]
struct CaptureRequest<'a> {
    payment: &'a str,
    amount: &'a str,
    currency: &'a str,
}

#[derive(Deserialize)]
struct Accepted {
    id: String,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
}

#[derive(Deserialize)]
struct Found {
    id: String,
    status: Word,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Pending,
    Paid,
    Failed,
}

impl Found {
    fn into_status(self) -> PayoutStatus {
        match self.status {
            Word::Pending => PayoutStatus::Pending,
            Word::Paid => PayoutStatus::Paid { object: self.id },
            Word::Failed => {
                let code = self.reason.filter(|code| is_code(code));
                PayoutStatus::Failed {
                    object: self.id,
                    code: code.unwrap_or_else(|| "failed".to_owned()),
                }
            }
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

fn is_object(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
}

fn is_code(code: &str) -> bool {
    (1..=64).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b))
}
