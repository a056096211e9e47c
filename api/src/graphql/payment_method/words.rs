//! Words about payment methods.

use crate::graphql::words::words;

words!(
    /// Where a payment method stands.
    PaymentMethodStatus {
        /// It may be used.
        Active "active",
        /// It may not, for ever.
        Disabled "disabled",
    }
);
