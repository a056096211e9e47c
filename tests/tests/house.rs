//! The sources and the pages keep to what they say of themselves.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod peers_asks;
mod provider_pages;
mod tidy;
