//! Words about wallets.

use crate::graphql::words::words;

words!(
    /// What a wallet may do.
    WalletStatus {
        /// Debits and credits.
        Active "active",
        /// Credits only.
        Frozen "frozen",
        /// Nothing.
        Closed "closed",
    }
);
