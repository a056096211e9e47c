//! What can be watched of a ledger's process managers.

use chrono::{DateTime, Utc};
use metrics::Gauge;

use cauri_domain::LedgerId;

use crate::circuit::CircuitState;
use crate::handle::SagaStatus;

pub(crate) struct Gauges {
    ledger: String,
    timers: Gauge,
    open_payouts: Gauge,
    oldest_payout_seconds: Gauge,
    refused: Gauge,
    waiting_for_provider: Gauge,
    without_provider: Gauge,
    lag: Gauge,
}

impl Gauges {
    pub(crate) fn new(ledger: &LedgerId) -> Self {
        let gauge = |name: &'static str| metrics::gauge!(name, "ledger" => ledger.to_string());
        Self {
            ledger: ledger.to_string(),
            timers: gauge("cauri_timers"),
            open_payouts: gauge("cauri_open_payouts"),
            oldest_payout_seconds: gauge("cauri_oldest_payout_seconds"),
            refused: gauge("cauri_process_refused"),
            waiting_for_provider: gauge("cauri_withdrawals_waiting_for_provider"),
            without_provider: gauge("cauri_payments_without_provider"),
            lag: gauge("cauri_process_lag_events"),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges")]
    pub(crate) fn set(&self, status: &SagaStatus, now: DateTime<Utc>) {
        let oldest = status.oldest_payout.map_or(0, |since| (now - since).num_seconds().max(0));
        self.timers.set(status.timers as f64);
        self.open_payouts.set(status.open_payouts as f64);
        self.oldest_payout_seconds.set(oldest as f64);
        self.refused.set(status.refused as f64);
        self.lag.set(status.lag as f64);
        self.waiting_for_provider.set(status.waiting_for_provider as f64);
        self.without_provider.set(status.without_provider as f64);
        for provider in &status.providers {
            let name = provider.provider.to_string();
            let gauge = |what: &'static str| metrics::gauge!(what, "ledger" => self.ledger.clone(), "provider" => name.clone());
            gauge("cauri_provider_circuit").set(match provider.circuit {
                CircuitState::Closed => 0.0,
                CircuitState::HalfOpen => 1.0,
                CircuitState::Open => 2.0,
            });
            gauge("cauri_provider_payments").set(provider.payments as f64);
        }
    }
}
