//! Words about chargebacks.

use crate::graphql::words::words;

words!(
    /// Where a chargeback stands.
    ChargebackStatus {
        /// A warning, or a question that may become one.
        Inquiry "inquiry",
        /// The payer disputes the payment: evidence is awaited.
        Open "open",
        /// Evidence was handed in.
        UnderReview "under_review",
        /// In our favour.
        Won "won",
        /// In the payer's favour.
        Lost "lost",
    }
);
