//! Words about members.

use crate::graphql::words::words;

words!(
    /// What a member may do with a wallet: each includes the ones before it.
    MemberMay {
        /// See it, and by their ids its pay-ins, holds, withdrawals and payment methods.
        View "view",
        /// Do with its money what its owner may.
        Spend "spend",
        /// Look after its members and payment methods.
        Manage "manage",
    }
);
words!(
    /// Where a member stands.
    MemberStatus {
        /// They act for the wallet.
        Active "active",
        /// They did.
        Revoked "revoked",
    }
);
