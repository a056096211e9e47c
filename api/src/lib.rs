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
//! | reports as files | [`reports`] |
//! | personal data and secrets | [`vault`] |
//! | a provider that moves no money | [`simulator`] |
//! | a marketplace's day | [`demo`] |
//! | how fast it is here | [`mod@bench`] |
//! | a database without set-up | [`private_postgres`] |
//! | logs and metrics | [`telemetry`] |

#![recursion_limit = "256"]

pub mod auth;
pub mod bench;
pub mod cli;
pub mod demo;
pub mod graphql;
pub mod graphql_http;
pub mod import;
pub mod inbox;
pub mod private_postgres;
pub mod providers;
pub mod reports;
pub mod server;
pub mod simulator;
pub mod telemetry;
pub mod vault;
pub mod webhooks;
