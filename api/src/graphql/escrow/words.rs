//! Words about escrows.

use crate::graphql::words::words;

words!(
    /// Where an escrow stands.
    EscrowStatus {
        /// Agreed, not yet funded; seen only for the moment between two events of one unit.
        Opened "opened",
        /// The money is put aside.
        Funded "funded",
        /// The seller says it is done; the inspection period runs.
        Delivered "delivered",
        /// The seller has it.
        Released "released",
        /// The buyer has it back.
        Refunded "refunded",
    }
);
