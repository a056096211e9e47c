//! Who is asking: bearer tokens in, a [`Caller`] out.
//!
//! Tokens are JWTs signed with a private key that this server never holds: only asymmetric
//! algorithms exist here ([`Algorithm`]), so that a public key can never pass for a shared secret.
//! A request without a token is nobody's: it runs with no caller, and the schema's fields refuse
//! by default. A request with a bad token is refused whole, with 401 and the reason.
//!
//! Not here: what a role may do (the schema and the domain decide that), sessions, passwords, and
//! the revocation of single tokens (they are meant to be short-lived; a key is revoked by removing
//! it and starting again).

mod bearer;
mod cache;
mod caller;
mod dev;
mod error;
mod keys;
mod ttl;
mod verifier;
mod watch;

pub use bearer::{bearer, bearer_text};
pub use caller::Caller;
pub use dev::{DevKeyError, DevKeys};
pub use error::AuthError;
pub use keys::{Algorithm, KeyError, KeySet, PublicKey};
pub use ttl::{Ttl, TtlError};
pub use verifier::{TokenRules, Verifier};
pub use watch::TokenWatch;
