//! The GraphQL schema: parse, ask, map.
//!
//! Text becomes the domain's types here and nowhere else. What the domain refuses is data, a member
//! of each mutation's union; `errors` are for faults, each with `extensions.code`. Without a token
//! nothing is served but the schema and the version; a buyer or seller sees only what is theirs.
//!
//! | to find | look in |
//! | --- | --- |
//! | the roots, put together | [`schema`] |
//! | what every command has and how it is asked | [`command`], [`labels`], [`refused`] |
//! | who asks, and one moment of the read models | [`context`], [`fault`] |
//! | lists | [`connection`] |
//! | a concept's objects, queries and mutations | its file |
//! | what follows the log | [`subscriptions`] |

mod command;
mod connection;
mod context;
mod escrows;
mod fault;
mod journal;
mod labels;
mod ledger;
mod payins;
mod refused;
mod scalars;
mod schema;
mod settings;
mod statement;
mod subscriptions;
mod suspense;
mod transfers;
mod trial_balance;
mod wallets;
mod withdrawals;
mod words;

pub use refused::{RefusalCode, Refused};
pub use schema::{AppSchema, Mutation, Query, build, sdl};
pub use subscriptions::Subscription;
