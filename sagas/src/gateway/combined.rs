//! One account whose payouts and whose payments are asked for by different parts.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::{RefundId, WithdrawalId};
use futures::future::BoxFuture;

use super::{
    CaptureInstruction, PayoutGateway, PayoutInstruction, PayoutStatus, RefundInstruction,
    Submitted,
};

/// Pays out by one part, captures and gives back by another.
#[derive(Clone)]
pub struct Combined {
    /// Pays out.
    pub payouts: Arc<dyn PayoutGateway>,
    /// Captures and gives back.
    pub payments: Arc<dyn PayoutGateway>,
}

impl std::fmt::Debug for Combined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Combined").field(&self.provider()).finish()
    }
}

impl PayoutGateway for Combined {
    fn provider(&self) -> &str {
        self.payouts.provider()
    }

    fn keeps_keys(&self) -> Option<Duration> {
        // The more forgetful of the two.
        let kept = [self.payouts.keeps_keys(), self.payments.keeps_keys()];
        kept.into_iter().flatten().min()
    }

    fn takes(&self, destination: &str) -> bool {
        self.payouts.takes(destination)
    }

    fn submit<'a>(&'a self, instruction: &'a PayoutInstruction) -> BoxFuture<'a, Submitted> {
        self.payouts.submit(instruction)
    }

    fn status(&self, withdrawal: WithdrawalId) -> BoxFuture<'_, PayoutStatus> {
        self.payouts.status(withdrawal)
    }

    fn gives_back(&self) -> bool {
        self.payments.gives_back()
    }

    fn refund<'a>(&'a self, instruction: &'a RefundInstruction) -> BoxFuture<'a, Submitted> {
        self.payments.refund(instruction)
    }

    fn refund_status(&self, refund: RefundId) -> BoxFuture<'_, PayoutStatus> {
        self.payments.refund_status(refund)
    }

    fn capture<'a>(&'a self, instruction: &'a CaptureInstruction) -> BoxFuture<'a, Submitted> {
        self.payments.capture(instruction)
    }

    fn capture_status<'a>(
        &'a self,
        instruction: &'a CaptureInstruction,
    ) -> BoxFuture<'a, PayoutStatus> {
        self.payments.capture_status(instruction)
    }
}
