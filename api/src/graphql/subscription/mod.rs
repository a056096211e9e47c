//! Plans, subscriptions, usage, invoices and credit notes.

mod input;
mod invoice_input;
mod mutation;
mod papers;
mod plan_input;
mod query;
mod types;
mod words;

pub use invoice_input::IssueCreditNoteStep;
pub use mutation::SubscriptionMutations;
pub use query::SubscriptionQueries;
