//! sagas

pub mod gateway;
