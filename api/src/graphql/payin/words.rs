//! Words about pay-ins.

use crate::graphql::words::words;

words!(
    /// Where a pay-in stands.
    PayinStatus {
        /// Waiting for its money.
        Created "created",
        /// The payer failed once, and may come back.
        Declined "declined",
        /// The money is in the wallet.
        Succeeded "succeeded",
        /// Too late.
        Expired "expired",
    }
);
