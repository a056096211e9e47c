//! Words about the rules of money from and to outside.

use crate::graphql::words::words;

words!(
    /// What becomes of money that came after its pay-in had ended.
    LatePolicy {
        /// It is credited, as if it had come in time.
        Credit "credit",
        /// It goes back to the payer.
        Refund "refund",
        /// It waits in suspense for a person.
        Hold "hold",
    }
);
