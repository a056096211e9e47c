//! Payment methods: ways to pay, as references into a provider's vault.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use mutation::PaymentMethodMutations;
pub use query::PaymentMethodQueries;
pub use types::PaymentMethod;
