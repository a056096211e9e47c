//! Words about limits.

use cauri_domain::Role;

use crate::graphql::words::words;

words!(
    /// The role that a token names.
    CallerRole {
        /// A party of the marketplace.
        Buyer "buyer",
        /// A party of the marketplace; to the rules the same.
        Seller "seller",
        /// Judges withdrawals and reads everything.
        Finance "finance",
        /// Reads everything, changes nothing.
        Auditor "auditor",
        /// Runs the marketplace.
        Admin "admin",
        /// As admin, and sets up the ledger.
        Superadmin "superadmin",
        /// A program: the marketplace's own back end.
        Service "service",
    }
);

words!(
    /// Whom a limit of a wallet binds.
    LimitScope {
        /// Whoever asks in a role.
        Role "role",
        /// Everybody: it is the wallet's own, its profile's, its KYC level's or everybody's.
        Wallet "wallet",
        /// The member of the wallet who asks: what its owner lets them spend.
        Member "member",
    }
);

impl CallerRole {
    pub(super) const fn in_schema(role: Role) -> Self {
        match role {
            Role::Buyer => Self::Buyer,
            Role::Seller => Self::Seller,
            Role::Finance => Self::Finance,
            Role::Auditor => Self::Auditor,
            Role::Admin => Self::Admin,
            Role::Superadmin => Self::Superadmin,
            Role::Service => Self::Service,
        }
    }

    pub(super) const fn of_the_domain(self) -> Role {
        match self {
            Self::Buyer => Role::Buyer,
            Self::Seller => Role::Seller,
            Self::Finance => Role::Finance,
            Self::Auditor => Role::Auditor,
            Self::Admin => Role::Admin,
            Self::Superadmin => Role::Superadmin,
            Self::Service => Role::Service,
        }
    }
}
