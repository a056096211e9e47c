//! The running server, over HTTP, with a Postgres and a disk: what its users see of it.
//!
//! One program for all of these: each one more is another whole server to link.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod asked_again;
mod at_the_edge;
mod audit;
mod backup;
mod bad_input;
mod controls;
mod crash;
#[path = "demos/main.rs"]
mod demos;
mod destinations;
mod disks;
mod eventstoredb_served;
#[path = "fail_over/main.rs"]
mod fail_over;
mod finance;
#[path = "forgeries/main.rs"]
mod forgeries;
mod graphql_reads;
mod hot_wallet;
#[path = "inbox/main.rs"]
mod inbox;
mod killed_payouts;
mod ledgers;
mod members;
mod money_life;
mod moving_house;
mod opening;
#[path = "outgoing/main.rs"]
mod outgoing;
mod payins_started;
mod postgres_served;
mod private_postgres;
mod provider_accounts;
mod provider_misbehaves;
mod providers_asked;
mod providers_seen;
mod rebuild_compared;
mod refunds_and_chargebacks;
#[path = "reports/main.rs"]
mod reports;
mod sales;
mod startup;
mod stripe_transfers;
#[path = "subscriptions/main.rs"]
mod subscriptions;
mod suspense;
mod tampering;
mod test_clock;
mod trail;
mod vault;
mod verify;
mod who_pays;
