//! Each verifier by itself: what it takes, and everything that it must not take: forged, altered,
//! truncated, re-encoded, replayed too late, sent twice, signed for somebody else.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod configured;
mod hints;
mod hub2;
mod independent;
mod kit;
mod pawapay;
mod paypal;
mod published;
mod standard;
