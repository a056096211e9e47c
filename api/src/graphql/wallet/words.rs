//! Words about wallets.

use crate::graphql::words::words;

words!(
    /// What a wallet may do.
    WalletStatus {
        /// Debits and credits.
        Active "active",
        /// Credits only, or nothing new: see its freeze level.
        Frozen "frozen",
        /// Nothing.
        Closed "closed",
    }
);

words!(
    /// How much a frozen wallet is forbidden.
    FreezeLevel {
        /// Debits are refused; credits come in.
        NoDebits "no_debits",
        /// Credits are refused too. Money that a provider has for it waits in suspense.
        Neither "neither",
    }
);
