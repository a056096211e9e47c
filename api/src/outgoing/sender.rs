//! One try: a signed request, and what became of it.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use url::Url;

use cauri_domain::endpoint::EndpointUrl;
use cauri_sagas::gateway::http::{NOT_OURS, may_ask, plain_client};

use super::guard::{Forbidden, Guard};
use super::message::Message;
use super::schedule::{Advice, PATIENCE};
use crate::webhooks::signature::{Key, STANDARD_WEBHOOKS};

/// How many requests are under way at once, to all endpoints of all ledgers: each holds a connection
/// for as long as its receiver takes, at most [`PATIENCE`].
const AT_ONCE: usize = 512;
/// How much of an answer is read, in bytes, so that the connection can be used again; nothing of it
/// is kept.
const ANSWER_MOST: usize = 16 * 1024;

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// When it began.
    pub at: DateTime<Utc>,
    /// What the receiver answered, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What was wrong, as a word: `timed_out`, `not_reached`, `redirected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub ms: u32,
    /// What it says about the next try.
    #[serde(skip)]
    pub advice: Advice,
}

impl Tried {
    /// Whether the receiver has the event.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the receiver wants nothing any more: 410.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }
}

/// Sends.
#[derive(Debug, Clone)]
pub struct Sender {
    guard: Guard,
    /// Over TLS; none where this machine trusts nobody.
    secure: Option<Client>,
    plain: Client,
    room: Arc<Semaphore>,
}

impl Sender {
    /// Sends to where the guard lets it.
    ///
    /// # Errors
    /// When not even a client for plain HTTP can be made.
    pub fn try_new(guard: Guard) -> Result<Self, reqwest::Error> {
        Self::with_patience(guard, PATIENCE)
    }

    /// As [`Sender::try_new`], waiting for another while.
    ///
    /// # Errors
    /// When not even a client for plain HTTP can be made.
    pub fn with_patience(guard: Guard, patience: Duration) -> Result<Self, reqwest::Error> {
        // It goes where it was meant to go: after no redirect, over no proxy, which would resolve the
        // name for itself.
        let build = |builder: reqwest::ClientBuilder, is_plain| {
            builder
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .dns_resolver(guard.resolver(is_plain))
                .timeout(patience)
                .connect_timeout(patience)
                .pool_idle_timeout(Duration::from_secs(30))
                .pool_max_idle_per_host(2)
                .build()
        };
        let secure = build(Client::builder(), false);
        if let Err(error) = &secure {
            tracing::warn!(%error, "endpoints over https cannot be told: no TLS on this machine");
        }
        let plain = build(plain_client(), true)?;
        Ok(Self { secure: secure.ok(), plain, room: Arc::new(Semaphore::new(AT_ONCE)), guard })
    }

    /// Whether events may be sent there, as its name stands now.
    ///
    /// # Errors
    /// [`Forbidden`].
    pub async fn check(&self, url: &EndpointUrl) -> Result<(), Forbidden> {
        self.guard.check(&parsed(url)?).await
    }

    /// Tries once. `now` is the world's time: what the receiver compares with its own.
    pub async fn send(
        &self,
        url: &EndpointUrl,
        keys: &[Key],
        message: &Message,
        now: impl Fn() -> DateTime<Utc>,
    ) -> Tried {
        // Nobody closes it, so there is always a permit in the end.
        let room = self.room.acquire().await.ok();
        let (at, began) = (now(), Instant::now());
        let result = self.post(url, keys, message, at).await;
        let ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        drop(room);
        match result {
            Ok(Answer { status, advice }) => {
                let error = status.is_redirection().then(|| "redirected".to_owned());
                Tried { at, status: Some(status.as_u16()), error, ms, advice }
            }
            Err(error) => {
                let advice = Advice::default();
                Tried { at, status: None, error: Some(error.to_owned()), ms, advice }
            }
        }
    }

    async fn post(
        &self,
        url: &EndpointUrl,
        keys: &[Key],
        message: &Message,
        at: DateTime<Utc>,
    ) -> Result<Answer, &'static str> {
        if !may_ask() {
            return Err(NOT_OURS);
        }
        let url = parsed(url).map_err(word)?;
        self.guard.literal(&url).map_err(word)?;
        let client = if url.scheme() == "http" { Some(&self.plain) } else { self.secure.as_ref() };
        let client = client.ok_or("no_tls")?;
        let mut request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("cauri/", env!("CARGO_PKG_VERSION")));
        let signed = STANDARD_WEBHOOKS.sign(keys, &message.id, at.timestamp(), &message.body);
        for (name, value) in signed {
            request = request.header(name, value);
        }
        let answer = request.body(message.body.clone()).send().await.map_err(|e| fault(&e))?;
        let (status, advice) = (answer.status(), advice(&answer, at));
        // Its status is the answer; what comes after it may break off.
        drain(answer).await;
        Ok(Answer { status, advice })
    }
}

struct Answer {
    status: StatusCode,
    advice: Advice,
}

fn parsed(url: &EndpointUrl) -> Result<Url, Forbidden> {
    Url::parse(url.as_str()).map_err(|_| Forbidden::NotHttp)
}

async fn drain(mut answer: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        read += chunk.len();
        if read > ANSWER_MOST {
            return;
        }
    }
}

/// `Retry-After` in either of its forms: seconds, or a date (RFC 9110, 10.2.3).
fn advice(answer: &Response, now: DateTime<Utc>) -> Advice {
    let slow_down = matches!(answer.status().as_u16(), 429 | 502 | 503 | 504);
    let text = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Advice { slow_down, retry_after_s: text.and_then(|text| retry_after(text.trim(), now)) }
}

fn retry_after(text: &str, now: DateTime<Utc>) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(u32::MAX));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    let seconds = (until.to_utc() - now).num_seconds().max(0);
    Some(u32::try_from(seconds).unwrap_or(u32::MAX))
}

const fn word(forbidden: Forbidden) -> &'static str {
    match forbidden {
        Forbidden::Private => "address_refused",
        Forbidden::Plain => "plain_http_refused",
        Forbidden::Unresolved => "not_resolved",
        Forbidden::NotHttp => "not_http",
    }
}

/// A word for what went wrong. Never the error's own text: it may name what is inside.
fn fault(error: &reqwest::Error) -> &'static str {
    let mut cause = error.source();
    while let Some(it) = cause {
        if let Some(forbidden) = it.downcast_ref::<Forbidden>() {
            return word(*forbidden);
        }
        cause = it.source();
    }
    if error.is_timeout() {
        "timed_out"
    } else if error.is_connect() {
        "not_reached"
    } else {
        "connection_lost"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).expect("an instant");
        assert_eq!(retry_after("120", now), Some(120));
        assert_eq!(retry_after("99999999999999", now), Some(u32::MAX));
        let date = (now + chrono::TimeDelta::seconds(90)).to_rfc2822().replace("+0000", "GMT");
        assert_eq!(retry_after(&date, now), Some(90));
        let past = (now - chrono::TimeDelta::seconds(90)).to_rfc2822();
        assert_eq!(retry_after(&past, now), Some(0));
        for text in ["", "-1", "soon", "1.5"] {
            assert_eq!(retry_after(text, now), None, "{text}");
        }
    }
}
