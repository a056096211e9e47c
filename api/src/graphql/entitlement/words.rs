//! Words about entitlements.

use crate::graphql::words::words;

words!(
    /// Where an entitlement stands.
    EntitlementStatus {
        /// It can be used.
        Granted "granted",
        /// It was used up.
        Used "used",
        /// It was taken away.
        Revoked "revoked",
        /// Its time was over.
        Expired "expired",
    }
);
