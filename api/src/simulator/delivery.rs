//! Sends webhooks: at least once, one at a time, the one due first, until each is taken.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::queue::Webhook;
use super::speak::Keys;
use super::state::Provider;
use super::{Shared, now_ms};
use crate::webhooks::SIM;

/// How long the receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The wait after the first failed try; each further one doubles it.
const FIRST_WAIT_MS: u64 = 100;
/// The longest wait between two tries.
const LONGEST_WAIT_MS: u64 = 5_000;

/// Carries webhooks to one address.
pub(super) struct Courier {
    client: reqwest::Client,
    url: Url,
    keys: Keys,
    shared: Arc<Shared>,
}

impl Courier {
    pub(super) fn try_new(url: Url, keys: Keys, shared: Arc<Shared>) -> anyhow::Result<Self> {
        // No proxy and no redirect: a webhook goes where it was meant to go, or nowhere.
        let client = cauri_sagas::gateway::http::client(&url)
            .timeout(PATIENCE)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("preparing to send webhooks")?;
        Ok(Self { client, url, keys, shared })
    }

    /// Never ends, unless the state can no longer be written.
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut failures: HashMap<String, u32> = HashMap::new();
        loop {
            let (next, down_until_ms) = {
                let provider = self.provider()?;
                (provider.queue.first(), provider.down_until_ms)
            };
            let Some((slot, webhook)) = next else {
                self.shared.queued.notified().await;
                continue;
            };
            let wait_ms = slot.0.max(down_until_ms).saturating_sub(now_ms());
            if wait_ms > 0 {
                // A new webhook may be due before this one.
                let sleep = tokio::time::sleep(Duration::from_millis(wait_ms));
                tokio::select! {
                    () = sleep => {}
                    () = self.shared.queued.notified() => {}
                }
                continue;
            }
            match self.post(&webhook).await {
                Ok(()) => {
                    failures.remove(&webhook.id);
                    let shared = Arc::clone(&self.shared);
                    tokio::task::spawn_blocking(move || lock(&shared)?.delivered(webhook))
                        .await
                        .context("recording a delivery")??;
                }
                Err(why) => {
                    let count = failures.entry(webhook.id.clone()).or_default();
                    let wait = FIRST_WAIT_MS.saturating_mul(1 << (*count).min(10));
                    *count += 1;
                    tracing::warn!(webhook = webhook.id, tries = *count, "not delivered: {why}");
                    self.provider()?.queue.postpone(slot, now_ms() + wait.min(LONGEST_WAIT_MS));
                }
            }
        }
    }

    /// One try, signed now: a receiver refuses old times.
    async fn post(&self, webhook: &Webhook) -> Result<(), String> {
        let now_s = i64::try_from(now_ms() / 1000).unwrap_or(i64::MAX);
        let body = webhook.body.as_bytes();
        let url = address(&self.url, webhook.account.as_deref(), webhook.speak.name());
        let mut request = self.client.post(url).header(CONTENT_TYPE, "application/json");
        let keys = self.keys.of(webhook.speak);
        for (name, value) in webhook.speak.scheme().sign(keys, webhook.sent_as(), now_s, body) {
            request = request.header(name, value);
        }
        match request.body(webhook.body.clone()).send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("the receiver answered {}", answer.status())),
            Err(fault) => Err(fault.without_url().to_string()),
        }
    }

    fn provider(&self) -> anyhow::Result<MutexGuard<'_, Provider>> {
        lock(&self.shared)
    }
}

/// Where a merchant's account is told in the form of `provider`: the address ends with the
/// provider's name, and before it stands the account's.
fn address(url: &Url, account: Option<&str>, provider: &str) -> Url {
    let mut url = url.clone();
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).map(str::to_owned);
    if let (Some(last), Ok(mut parts)) = (last, url.path_segments_mut()) {
        parts.pop();
        if let Some(account) = account {
            parts.push(account);
        }
        parts.push(if provider == SIM { &last } else { provider });
    }
    url
}

fn lock(shared: &Shared) -> anyhow::Result<MutexGuard<'_, Provider>> {
    shared.provider.lock().map_err(|_| anyhow!("a handler panicked while it held the state"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_an_address_of_its_own() {
        let url: Url = "http://127.0.0.1:80/webhooks/sim".parse().expect("a URL");
        assert_eq!(address(&url, None, SIM), url);
        assert_eq!(address(&url, None, "stripe").path(), "/webhooks/stripe");
        let other = address(&url, Some("shops"), SIM);
        assert_eq!(other.as_str(), "http://127.0.0.1/webhooks/shops/sim");
    }
}
