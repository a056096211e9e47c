//! What the tests of the whole share: the contract suite for stores, and the real binary as a server.

pub mod acknowledged;
pub mod database;
pub mod finance;
pub mod market;
pub mod process;
pub mod server;
pub mod store_contract;
