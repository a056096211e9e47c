//! What the tests of the whole share: the contract suite for stores.

pub mod database;
pub mod market;
pub mod server;
pub mod store_contract;
