//! Words about pay-ins.

use crate::graphql::words::words;

words!(
    /// Where a pay-in stands.
    PayinStatus {
        /// Waiting for its money.
        Created "created",
        /// The provider knows of it.
        Submitted "submitted",
        /// The provider holds the payer's money for it.
        Authorised "authorised",
        /// The provider is asked for the money that is kept for us.
        Capturing "capturing",
        /// Nobody waits for it any more.
        Canceled "canceled",
        /// The payer failed once, and may come back.
        Declined "declined",
        /// The money is in the wallet.
        Succeeded "succeeded",
        /// Too late.
        Expired "expired",
    }
);

words!(
    /// What a pay-in may pay for.
    PayinTargetKind {
        /// Another wallet is topped up.
        Wallet "wallet",
        /// An escrow is funded.
        Escrow "escrow",
        /// An order is paid.
        Order "sale",
        /// A period of a subscription is paid.
        Subscription "subscription",
    }
);
