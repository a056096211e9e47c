//! Words about proposals.

use crate::graphql::words::words;

words!(
    /// Where a proposal stands.
    ProposalStatus {
        /// Waiting for another person.
        Open "open",
        /// Its command has happened.
        Approved "approved",
        /// Another person said no.
        Rejected "rejected",
        /// Its proposer took it back.
        Withdrawn "withdrawn",
        /// Nobody judged it in time.
        Expired "expired",
    }
);
