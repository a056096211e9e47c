//! The metrics registry and its text form.

use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// Upper bounds of latency histograms in seconds: from a read out of memory to the request limit.
const LATENCY_SECONDS: [f64; 15] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0,
];

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be set up")]
pub struct MetricsError(#[source] metrics_exporter_prometheus::BuildError);

/// The process's metrics. Any crate adds to them through the `metrics` macros.
///
/// Labels are words from short lists (a route, a status class), never ids: each value is a time
/// series for ever, and an id would also be personal data.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Installs the process's recorder. Every histogram whose name ends in `_seconds` has the same
    /// buckets.
    ///
    /// # Errors
    /// A recorder has been installed before.
    pub fn install() -> Result<Self, MetricsError> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_SECONDS)
            .map_err(MetricsError)?
            .install_recorder()
            .map_err(MetricsError)?;
        super::http::describe();
        Ok(Self { handle })
    }

    /// Everything, in the Prometheus text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// The content type of [`Metrics::render`].
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Folds new measurements into histograms every few seconds. Without it, a server that nobody
    /// scrapes would keep every single one.
    pub fn keep_up(&self) -> JoinHandle<()> {
        let handle = self.handle.clone();
        tokio::spawn(async move {
            let mut ticks = interval(Duration::from_secs(5));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                handle.run_upkeep();
            }
        })
    }
}
