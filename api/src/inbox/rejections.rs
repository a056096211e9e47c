//! What was turned away at the door: counted at once, and told once a minute for each provider and
//! reason, however many there were. Nothing else of it is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cauri_domain::Provider;
use tokio::task::JoinHandle;

/// How often the counts are told.
const EVERY: Duration = Duration::from_secs(60);

/// Counts by provider and reason. Both are words of ours, never what a stranger typed, so there are
/// few of them. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Rejections(Arc<Mutex<Counts>>);

type Counts = BTreeMap<(Option<Provider>, &'static str), u64>;

impl Rejections {
    /// Counts one, of a configured provider or of none.
    pub fn count(&self, provider: Option<Provider>, code: &'static str) {
        metrics::counter!("cauri_webhooks_total", "provider" => word(provider), "outcome" => code)
            .increment(1);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((provider, code)).or_default() += 1;
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
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
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
    }
}
