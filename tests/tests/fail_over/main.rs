//! Several servers on one store, and a store whose primary dies: whatever was acknowledged is there,
//! once.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod load;
mod node;
mod reads;
mod replicas;
mod servers;
