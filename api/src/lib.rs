//! api

pub mod auth;
pub mod graphql_http;
pub mod private_postgres;
pub mod simulator;
pub mod telemetry;
pub mod webhooks;
