//! The GraphQL schema: parse, ask, map.
//!
//! Text becomes the domain's types here and nowhere else. What the domain refuses is data, a member
//! of each mutation's union; `errors` are for faults, each with `extensions.code`. Without a token
//! nothing is served but the schema and the version; a buyer or seller sees only what is theirs.

mod context;
mod fault;
mod input;
mod mutation;
mod paging;
mod query;
mod refused;
mod scalars;
mod subscription;
mod types;

use async_graphql::Schema;

use cauri_ledger::ledgers::Ledgers;
use cauri_projections::ReadModels;

pub use mutation::Mutation;
pub use query::Query;
pub use refused::{RefusalCode, Refused};
pub use subscription::Subscription;

use crate::graphql_http::limits;

/// The schema.
pub type AppSchema = Schema<Query, Mutation, Subscription>;

/// The schema over these ledgers. Without read models, what they answer is unavailable.
#[must_use]
pub fn build(ledgers: Ledgers, read_models: Option<ReadModels>) -> AppSchema {
    let schema = Schema::build(Query, Mutation, Subscription);
    limits::apply(schema).data(ledgers).data(read_models).finish()
}

/// The schema in the schema definition language.
#[must_use]
pub fn sdl() -> String {
    Schema::build(Query, Mutation, Subscription).finish().sdl()
}
