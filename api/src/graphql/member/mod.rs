//! Members of wallets: who acts for them beside their owners.

mod input;
mod mutation;
mod types;
mod words;

pub use input::{GrantWalletMemberStep, RevokeWalletMemberStep};
pub use mutation::MemberMutations;
pub use types::WalletMember;
