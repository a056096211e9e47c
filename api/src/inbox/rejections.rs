//! What was turned away at the door: counted at once, and told once a minute for each provider and
//! reason, however many there were. Nothing else of it is kept but when the last one came, and why it
//! was turned away, for as long as the server runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cauri_domain::Provider;
use cauri_ledger::edge::{Clock as _, SystemClock};
use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

/// How often the counts are told.
const EVERY: Duration = Duration::from_secs(60);

/// Counts by provider and reason. Both are words of ours, never what a stranger typed, so there are
/// few of them. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Rejections(Arc<Mutex<Counted>>);

type Counts = BTreeMap<(Option<Provider>, &'static str), u64>;

#[derive(Debug, Default)]
struct Counted {
    untold: Counts,
    of: BTreeMap<Provider, Rejected>,
}

/// What was turned away of an account since the server started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    /// How many.
    pub count: u64,
    /// Why the last one was.
    pub code: &'static str,
    /// When.
    pub at: DateTime<Utc>,
}

impl Rejections {
    /// Counts one, of a configured provider or of none.
    pub fn count(&self, provider: Option<Provider>, code: &'static str) {
        metrics::counter!("cauri_webhooks_total", "provider" => word(provider), "outcome" => code)
            .increment(1);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.untold.entry((provider, code)).or_default() += 1;
        if let Some(provider) = provider {
            let count = counted.of.get(&provider).map_or(0, |before| before.count) + 1;
            counted.of.insert(provider, Rejected { count, code, at: SystemClock.now() });
        }
    }

    /// What was turned away of an account since the server started, if anything was.
    #[must_use]
    pub fn of(&self, provider: Provider) -> Option<Rejected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).of.get(&provider).copied()
    }

    /// Tells the counts every minute, until it is stopped.
    #[must_use]
    pub fn tell_every_minute(&self) -> JoinHandle<()> {
        let counts = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                counts.tell();
            }
        })
    }

    /// Tells what was counted since the last time.
    pub fn tell(&self) {
        for ((provider, code), count) in self.take() {
            let provider = word(provider);
            tracing::warn!(target: "audit", provider, code, count, "deliveries were turned away");
        }
    }

    fn take(&self) -> Counts {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).untold)
    }
}

fn word(provider: Option<Provider>) -> String {
    provider.map_or_else(|| "unknown".to_owned(), |provider| provider.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_count() {
        let rejections = Rejections::default();
        let stripe: Provider = "stripe".parse().unwrap();
        for _ in 0..10_000 {
            rejections.count(Some(stripe), "bad_signature");
        }
        rejections.count(None, "unknown_provider");
        let taken = rejections.take();
        assert_eq!(taken.get(&(Some(stripe), "bad_signature")), Some(&10_000));
        assert_eq!(taken.len(), 2);
        assert!(rejections.take().is_empty(), "it is told once");
        let of = rejections.of(stripe).map(|it| (it.count, it.code));
        assert_eq!(of, Some((10_000, "bad_signature")), "and known for as long as the server runs");
    }
}
