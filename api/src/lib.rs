//! The `cauri` binary's parts: HTTP, GraphQL, webhooks, tokens, metrics, command line.
//!
//! | to find | look in |
//! | --- | --- |
//! | the command line | [`cli`] |
//! | the server, started and stopped | [`server`] |
//! | the schema | [`graphql`], served by [`graphql_http`] |
//! | who asks | [`auth`] |
//! | balances brought from elsewhere | [`mod@import`] |
//! | what providers tell us | [`webhooks`], kept in the [`inbox`] |
//! | backups, and their way back | [`backup`] |
//! | checkpoints for auditors | [`audit`] |
//! | books in plain text | [`books`] |
//! | what a ledger was at any place of its log | [`history`] |
//! | who did what, for the record | [`trail`] |
//! | reports as files | [`reports`] |
//! | personal data and secrets | [`vault`] |
//! | a provider that moves no money | [`simulator`] |
//! | telling the marketplace's own systems | [`outgoing`] |
//! | which store events are kept in | [`store`] |
//! | a marketplace's day | [`demo`] |
//! | how fast it is here | [`mod@bench`] |
//! | a database without set-up | [`private_postgres`] |
//! | logs and metrics | [`telemetry`] |

#![recursion_limit = "256"]

pub mod audit;
pub mod auth;
pub mod backup;
pub mod bench;
pub mod books;
pub mod cli;
pub mod demo;
pub mod graphql;
pub mod graphql_http;
pub mod history;
pub mod import;
pub mod inbox;
pub mod outgoing;
mod private_file;
pub mod private_postgres;
pub mod providers;
mod remote;
pub mod reports;
pub mod server;
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod trail;
pub mod vault;
pub mod webhooks;
