//! Words about withdrawals.

use crate::graphql::words::words;

words!(
    /// Where a withdrawal stands.
    WithdrawalStatus {
        /// Waiting for a judgement.
        Requested "requested",
        /// It may go.
        Approved "approved",
        /// It may not; the money is back.
        Rejected "rejected",
        /// With a provider, outcome open.
        Submitted "submitted",
        /// Paid out.
        Paid "paid",
        /// Not paid out; the money is back.
        Failed "failed",
        /// Its owner took it back; the money is back.
        Canceled "canceled",
        /// Nobody knows whether it was paid: the provider is asked.
        Unknown "unknown",
        /// Paid out, and came back.
        Returned "returned",
        /// Given up by two persons: its money went where they said.
        GivenUp "given_up",
    }
);
