//! Words about escrows.

use crate::graphql::words::words;

words!(
    /// Where an escrow stands, or a milestone of it.
    EscrowStatus {
        /// Agreed, not yet funded.
        AwaitingFunds "awaiting_funds",
        /// The money is put aside.
        Funded "funded",
        /// The seller says it is done; the inspection period runs.
        Delivered "delivered",
        /// A party does not agree: nothing moves until it is decided.
        Disputed "disputed",
        /// The seller has it.
        Released "released",
        /// The buyer has it back.
        Refunded "refunded",
        /// Some of it went each way.
        Settled "settled",
        /// It was never funded.
        Canceled "canceled",
    }
);

words!(
    /// One of an escrow's two parties.
    EscrowParty {
        /// Who pays.
        Buyer "buyer",
        /// Who delivers.
        Seller "seller",
    }
);
