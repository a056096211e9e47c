//! Who is told about tokens.

use super::{AuthError, Caller};

/// Hears of tokens that were shown. Asked within a request: it must not wait.
pub trait TokenWatch: std::fmt::Debug + Send + Sync {
    /// A token was taken, for the first time this day as far as is remembered.
    fn taken(&self, caller: &Caller);

    /// A request was refused for its token.
    fn denied(&self, error: &AuthError);
}
