//! Orders: lines of one or several sellers, paid as one.

mod input;
mod mutation;
mod query;
mod quote;
mod types;
mod words;

pub use input::{CancelOrderStep, PayOrderStep, PlaceOrderStep, SettleOrderStep};
pub use mutation::SaleMutations;
pub use query::SaleQueries;
