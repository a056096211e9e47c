//! Words about flags and risk holds.

use crate::graphql::words::words;

words!(
    /// How grave a suspicion is.
    FlagSeverity {
        /// Worth a look.
        Low "low",
        /// Unusual.
        Medium "medium",
        /// To be looked at first.
        High "high",
    }
);
words!(
    /// Where a flag stands.
    FlagStatus {
        /// Somebody has to look into it.
        Open "open",
        /// Somebody has.
        Cleared "cleared",
    }
);
words!(
    /// Where a risk hold stands.
    RiskHoldStatus {
        /// Money is kept back.
        Placed "placed",
        /// It is the wallet's again.
        Released "released",
    }
);
