//! Coupons, and capacities: what limits how often something can be ordered.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use mutation::CouponMutations;
pub use query::CouponQueries;
pub use words::CouponBearer;
