//! The port to whoever knows where a payout goes.
//!
//! The log names a destination by an opaque reference. Before it is sent to a provider the reference
//! is resolved here, as late as can be, so that the plain destination is in nobody's agenda.

use std::fmt;

use cauri_domain::LedgerId;
use futures::future::BoxFuture;

/// What a reference to a destination stands for.
#[derive(Clone, PartialEq, Eq)]
pub enum Resolved {
    /// This, in the provider's form. Personal: it is neither shown nor put into an event.
    Found(String),
    /// Itself: it is the provider's own token, kept nowhere here.
    AsIs,
    /// Nothing any more, for ever: it was erased, or was never kept.
    Gone,
    /// It cannot be told now; it may be later.
    Unavailable,
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found(_) => "Found",
            Self::AsIs => "AsIs",
            Self::Gone => "Gone",
            Self::Unavailable => "Unavailable",
        })
    }
}

/// Knows what references to destinations stand for.
pub trait Destinations: Send + Sync + fmt::Debug {
    /// What a reference of a ledger stands for. The same reference stands for the same thing for as
    /// long as it is not [`Resolved::Gone`]: a payout that is sent again is sent with the same terms.
    fn resolve<'a>(&'a self, ledger: &'a LedgerId, reference: &'a str) -> BoxFuture<'a, Resolved>;
}

/// Where nothing is kept: every reference is the provider's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProvidersOwn;

impl Destinations for ProvidersOwn {
    fn resolve<'a>(&'a self, _: &'a LedgerId, _: &'a str) -> BoxFuture<'a, Resolved> {
        Box::pin(std::future::ready(Resolved::AsIs))
    }
}
