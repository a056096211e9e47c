//! Words about refunds.

use crate::graphql::words::words;

words!(
    /// Where a refund stands.
    RefundStatus {
        /// To be sent to the provider.
        Requested "requested",
        /// With the provider, outcome open.
        Submitted "submitted",
        /// The provider has given it back.
        Succeeded "succeeded",
        /// A wallet has the money instead.
        ToWallet "to_wallet",
        /// It could not be given back: the money is where it came from.
        Failed "failed",
        /// A person gave it up: its money is where they put it.
        GivenUp "given_up",
        /// The provider gave it back by itself; it is not known yet whose money it was.
        Outside "outside",
        /// The provider gave it back by itself, and it was taken from whose money it was.
        Borne "borne",
    }
);
