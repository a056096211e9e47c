//! What an account at a provider can be asked: how its things stand, and to begin and close
//! payments.
//!
//! Whoever implements [`Reader`] and [`Starter`] is a [`PayinGateway`] through [`Payins`]: what a
//! payment looks like is read in one place, for a delivery that is confirmed and for a pay-in that is
//! about to expire.

use std::fmt;
use std::sync::Arc;

use cauri_domain::PayinId;
use cauri_sagas::gateway::{Begun, ClosedThere, PayinFound, PayinGateway, PayinKey, PayinOrder};
use futures::future::BoxFuture;
use uuid::Uuid;

use super::Unconfirmed;
use crate::webhooks::Fact;

/// Something that a provider has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A payment: by its own id, by ours, or by both.
    Payin {
        /// Our pay-in.
        reference: Option<Uuid>,
        /// The provider's own payment, and all that was given back of it.
        object: Option<String>,
    },
    /// Money paid out.
    Payout {
        /// Our withdrawal.
        reference: Uuid,
        /// The provider's own payout.
        object: String,
    },
    /// A refund that we asked for.
    Refund {
        /// Our refund.
        reference: Uuid,
        /// The provider's own refund.
        object: String,
    },
    /// A payment's dispute.
    Dispute {
        /// The provider's own dispute.
        case: String,
    },
}

impl Thing {
    /// Whether a fact is about this: what is read of it takes the fact's place.
    pub(crate) fn is_of(&self, fact: &Fact) -> bool {
        match fact {
            Fact::PayinSubmitted { reference, object }
            | Fact::PayinAuthorised { reference, object, .. } => {
                self.is_payment(Some(*reference), object)
            }
            Fact::PayinSucceeded { reference, object, .. }
            | Fact::PayinDeclined { reference, object, .. } => self.is_payment(*reference, object),
            Fact::RefundedInAll { payment, .. } => self.is_payment(None, payment),
            Fact::FeeTaken { object, withdrawal: None, .. } => self.is_payment(None, object),
            Fact::PayoutPaid { object, .. }
            | Fact::PayoutFailed { object, .. }
            | Fact::FeeTaken { object, withdrawal: Some(_), .. } => {
                matches!(self, Self::Payout { object: ours, .. } if ours == object)
            }
            Fact::RefundPaid { object, .. } | Fact::RefundFailed { object, .. } => {
                matches!(self, Self::Refund { object: ours, .. } if ours == object)
            }
            Fact::Disputed { case, .. } => {
                matches!(self, Self::Dispute { case: ours } if ours == case)
            }
        }
    }

    fn is_payment(&self, named: Option<Uuid>, said: &str) -> bool {
        match self {
            Self::Payin { object: Some(object), .. } => object == said,
            Self::Payin { reference, object: None } => named.is_some() && named == *reference,
            Self::Payout { .. } | Self::Refund { .. } | Self::Dispute { .. } => false,
        }
    }
}

/// An account whose things can be read.
pub(crate) trait Reader: Send + Sync + fmt::Debug {
    /// How a thing stands now, over our own credentials: no fact where nothing is known of its
    /// money yet.
    ///
    /// [`Unconfirmed::Denied`] only where the provider itself says that there is no such thing.
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>>;
}

/// That an adapter reads no such thing: what is told of it cannot be confirmed.
pub(super) const NOT_READABLE: &str = "this provider has no way to read it";

/// An account where payments are begun.
pub(crate) trait Starter: Reader {
    /// See [`PayinGateway::begin`].
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun>;

    /// See [`PayinGateway::close`].
    fn close<'a>(&'a self, _: &'a PayinKey) -> BoxFuture<'a, ClosedThere> {
        Box::pin(async { ClosedThere::NotPossible })
    }
}

/// An account as the one where payments are begun, found and closed.
#[derive(Debug)]
pub(crate) struct Payins<T>(pub(crate) Arc<T>);

impl<T: Starter> PayinGateway for Payins<T> {
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        self.0.begin(order)
    }

    fn find<'a>(&'a self, key: &'a PayinKey) -> BoxFuture<'a, PayinFound> {
        Box::pin(async move {
            let object = key.object.as_ref().map(ToString::to_string);
            let thing = Thing::Payin { reference: Some(key.payin.0), object };
            match self.0.read(&thing).await {
                Ok(facts) => found(key.payin, &facts)
                    .unwrap_or(PayinFound::Open { object: key.object.clone() }),
                Err(Unconfirmed::Denied) => PayinFound::NotFound,
                Err(Unconfirmed::NotConfigured | Unconfirmed::Unknown(NOT_READABLE)) => {
                    PayinFound::NotAsked
                }
                Err(Unconfirmed::Unknown(why)) => unknown(why),
                Err(Unconfirmed::Unreadable(_)) => unknown("answer_not_understood"),
            }
        })
    }

    fn close<'a>(&'a self, key: &'a PayinKey) -> BoxFuture<'a, ClosedThere> {
        self.0.close(key)
    }
}

fn unknown(why: &str) -> PayinFound {
    PayinFound::Unknown { why: why.replace(' ', "_") }
}

/// What facts say of a pay-in: of several payments of it, money before all else.
fn found(payin: PayinId, facts: &[Fact]) -> Option<PayinFound> {
    let is_ours = |reference: Option<Uuid>| reference == Some(payin.0);
    let mut best: Option<PayinFound> = None;
    for fact in facts {
        let next = match fact {
            Fact::PayinSucceeded { reference, object, amount } if is_ours(*reference) => {
                match (object.parse(), amount.money()) {
                    (Ok(object), Some(amount)) => PayinFound::Paid { object, amount },
                    _ => unknown("answer_not_understood"),
                }
            }
            Fact::PayinAuthorised { reference, object, amount } if is_ours(Some(*reference)) => {
                match (object.parse(), amount.money()) {
                    (Ok(object), Some(amount)) => PayinFound::Authorised { object, amount },
                    _ => unknown("answer_not_understood"),
                }
            }
            Fact::PayinSubmitted { reference, object } if is_ours(Some(*reference)) => {
                PayinFound::Open { object: object.parse().ok() }
            }
            Fact::PayinDeclined { reference, .. } if is_ours(*reference) => PayinFound::NotPaid,
            // Money of something else under the same name: nothing to build on.
            Fact::PayinSucceeded { .. } | Fact::PayinAuthorised { .. } => {
                unknown("reference_differs")
            }
            Fact::PayinSubmitted { .. }
            | Fact::PayinDeclined { .. }
            | Fact::PayoutPaid { .. }
            | Fact::PayoutFailed { .. }
            | Fact::RefundPaid { .. }
            | Fact::RefundFailed { .. }
            | Fact::RefundedInAll { .. }
            | Fact::Disputed { .. }
            | Fact::FeeTaken { .. } => continue,
        };
        if best.as_ref().is_none_or(|best| rank(&next) > rank(best)) {
            best = Some(next);
        }
    }
    best
}

const fn rank(found: &PayinFound) -> u8 {
    match found {
        PayinFound::NotAsked | PayinFound::NotFound => 0,
        PayinFound::NotPaid => 1,
        PayinFound::Open { .. } => 2,
        PayinFound::Unknown { .. } => 3,
        PayinFound::Authorised { .. } => 4,
        PayinFound::Paid { .. } => 5,
    }
}
