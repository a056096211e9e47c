//! What a process manager is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use cauri_domain::{
    ChargebackId, Command, CorrelationId, EntitlementId, EscrowId, Event, HoldId, Money, ObjectId,
    PayinId, PaymentMethodId, ProposalId, Provider, Reference, RefundId, Revision, SaleId,
    SubscriptionId, WithdrawalId, chargeback, entitlement, escrow, four_eyes, hold, payin, sale,
    subscription, suspense, usage, withdrawal,
};
use cauri_ledger::Recorded;

use crate::payin::PayinProcess;
use crate::refund::RefundProcess;
use crate::withdrawal::WithdrawalProcess;

/// Reacts to events with effects. It does nothing itself, and the same event always has the same
/// effects, so an event that is seen twice does no harm.
pub trait ProcessManager {
    /// Its name, in the subject of its commands: `process:{NAME}`.
    const NAME: &'static str;

    /// What an event leads to.
    fn react(event: &Event) -> Vec<Effect>;
}

/// What an event leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Wake at that time; the timer's command is then asked. Setting it again replaces it.
    Wake {
        /// Which timer.
        timer: TimerId,
        /// When.
        at: DateTime<Utc>,
    },
    /// That timer is no longer needed.
    Cancel {
        /// Which timer.
        timer: TimerId,
    },
    /// That timer's command is to be asked at once.
    Soon {
        /// Which timer.
        timer: TimerId,
    },
    /// A payment may have to be made.
    Expect {
        /// For what.
        outgoing: Outgoing,
        /// How much.
        amount: Money,
        /// Where to.
        destination: Destination,
    },
    /// The payment is to be submitted: its intention recorded.
    Submit {
        /// For what.
        outgoing: Outgoing,
    },
    /// The intention is recorded: the provider is to pay.
    Pay {
        /// For what.
        outgoing: Outgoing,
        /// Who pays.
        provider: Provider,
    },
    /// Nothing is to be paid any more.
    Forget {
        /// For what.
        outgoing: Outgoing,
    },
}

/// What a provider is asked for: mostly money that goes out. Its id is the key under which a provider is asked for it, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Outgoing {
    /// An owner takes it out.
    Withdrawal(WithdrawalId),
    /// It goes back to a payer.
    Refund(RefundId),
    /// It comes in: a provider is asked for the money that is kept for us.
    Capture(PayinId),
}

impl Outgoing {
    /// Its own id.
    #[must_use]
    pub const fn id(self) -> Uuid {
        match self {
            Self::Withdrawal(id) => id.0,
            Self::Refund(id) => id.0,
            Self::Capture(id) => id.0,
        }
    }

    /// The process it belongs to.
    #[must_use]
    pub const fn process(self) -> &'static str {
        match self {
            Self::Withdrawal(_) => <WithdrawalProcess as ProcessManager>::NAME,
            Self::Refund(_) => <RefundProcess as ProcessManager>::NAME,
            Self::Capture(_) => <PayinProcess as ProcessManager>::NAME,
        }
    }
}

impl From<WithdrawalId> for Outgoing {
    fn from(id: WithdrawalId) -> Self {
        Self::Withdrawal(id)
    }
}

impl From<PayinId> for Outgoing {
    fn from(id: PayinId) -> Self {
        Self::Capture(id)
    }
}

impl From<RefundId> for Outgoing {
    fn from(id: RefundId) -> Self {
        Self::Refund(id)
    }
}

/// Where money goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    /// Where an owner wants it, as an opaque reference.
    Reference(Reference),
    /// To a payment method of theirs, and what its provider's vault knows that by.
    Method(PaymentMethodId, Reference),
    /// Where a provider's payment came from, or is.
    Payment(Provider, ObjectId),
}

/// `PayinExpiry` as `payin-expiry`.
fn kebab(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// What a timer is of: a thing, or a numbered part of one.
trait Timed: Copy {
    fn of(thing: Uuid, part: Option<u16>) -> Self;
    fn id(self) -> Uuid;
    fn part(self) -> Option<u16>;
}

macro_rules! timed {
    ($($id:ident)*) => {
        $(impl Timed for $id {
            fn of(thing: Uuid, _: Option<u16>) -> Self {
                Self(thing)
            }
            fn id(self) -> Uuid {
                self.0
            }
            fn part(self) -> Option<u16> {
                None
            }
        })*
    };
}

timed! { PayinId EscrowId WithdrawalId ChargebackId HoldId SaleId EntitlementId ProposalId SubscriptionId }

/// A milestone of an escrow, or the whole of one without any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EscrowPart(pub EscrowId, pub Option<u16>);

impl Timed for EscrowPart {
    fn of(thing: Uuid, part: Option<u16>) -> Self {
        Self(EscrowId(thing), part)
    }
    fn id(self) -> Uuid {
        self.0.0
    }
    fn part(self) -> Option<u16> {
        self.1
    }
}

macro_rules! timers {
    ($($(#[$doc:meta])* $name:ident($id:ident) of $process:path => |$it:ident| $command:expr;)*) => {
        /// A timer: what it is for. There is one of a kind for each thing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum TimerId {
            $($(#[$doc])* $name($id),)*
        }

        impl TimerId {
            /// The command that is asked when it is due.
            #[must_use]
            pub fn command(self) -> Command {
                match self { $(Self::$name($it) => $command.into(),)* }
            }

            /// The process it belongs to.
            #[must_use]
            pub const fn process(self) -> &'static str {
                match self { $(Self::$name(_) => <$process as ProcessManager>::NAME,)* }
            }

            /// Its step's name, as operators see it: `payin-expiry`, and `escrow-release-2` where a
            /// thing has several of a kind.
            #[must_use]
            pub fn step(self) -> String {
                let (name, part) = match self {
                    $(Self::$name(of) => (kebab(stringify!($name)), of.part()),)*
                };
                part.map_or_else(|| name.clone(), |part| format!("{name}-{part}"))
            }

            /// The timer that a step of an instance is, if it is one.
            #[must_use]
            pub fn of(process: &str, step: &str, thing: Uuid) -> Option<Self> {
                // A number at the end is that of a part.
                let numbered = step.rsplit_once('-').and_then(|(_, it)| it.parse().ok());
                $(
                    let timer = Self::$name($id::of(thing, numbered));
                    if timer.process() == process && timer.step() == step {
                        return Some(timer);
                    }
                )*
                None
            }

            /// The thing's own id.
            #[must_use]
            pub fn thing(self) -> Uuid {
                match self { $(Self::$name(of) => of.id(),)* }
            }
        }
    };
}

timers! {
    /// A pay-in's time is over.
    PayinExpiry(PayinId) of crate::payin::PayinProcess => |payin| payin::Expire { payin };
    /// What nobody waits for is to be closed at its provider; without one that can be asked, that
    /// is on record.
    PayinClosing(PayinId) of crate::payin::PayinProcess => |payin| payin::RecordClosing { payin, outcome: payin::Closing::NotPossible };
    /// An inspection period is over.
    EscrowRelease(EscrowPart) of crate::escrow::EscrowProcess => |part| escrow::AutoRelease { escrow: part.0, milestone: part.1 };
    /// Nothing was delivered in time.
    EscrowRefund(EscrowPart) of crate::escrow::EscrowProcess => |part| escrow::AutoRefund { escrow: part.0, milestone: part.1 };
    /// An escrow was not funded in time.
    EscrowFunding(EscrowId) of crate::escrow::EscrowProcess => |escrow| escrow::ExpireFunding { escrow };
    /// Nobody judged a withdrawal.
    WithdrawalApproval(WithdrawalId) of crate::withdrawal::WithdrawalProcess => |withdrawal| withdrawal::AutoApprove { withdrawal };
    /// Money came after its pay-in had ended.
    LateMoney(PayinId) of crate::payin::PayinProcess => |payin| suspense::SettleLate { payin };
    /// Evidence is not taken any more.
    ChargebackDeadline(ChargebackId) of crate::chargeback::ChargebackProcess => |chargeback| chargeback::Expire { chargeback };
    /// What a chargeback left owing is to be looked at.
    WriteOff(ChargebackId) of crate::chargeback::ChargebackProcess => |chargeback| chargeback::ProposeWriteOff { chargeback };
    /// A period of a subscription is over: the next begins.
    SubscriptionRenewal(SubscriptionId) of crate::subscription::SubscriptionProcess => |subscription| subscription::Renew { subscription };
    /// A period that was not paid is tried again.
    SubscriptionRetry(SubscriptionId) of crate::subscription::SubscriptionProcess => |subscription| subscription::Retry { subscription };
    /// Nobody paid a subscription in time.
    SubscriptionExpiry(SubscriptionId) of crate::subscription::SubscriptionProcess => |subscription| subscription::Expire { subscription };
    /// The last period of a subscription is over.
    SubscriptionEnd(SubscriptionId) of crate::subscription::SubscriptionProcess => |subscription| subscription::End { subscription };
    /// Days of a subscription are earned.
    RevenueRecognition(SubscriptionId) of crate::subscription::SubscriptionProcess => |subscription| subscription::Recognise { subscription };
    /// What was used is to be billed.
    UsageClose(SubscriptionId) of crate::subscription::SubscriptionProcess => |subscription| usage::Close { subscription };
    /// A hold's time is over.
    HoldExpiry(HoldId) of crate::hold::HoldProcess => |hold| hold::Expire { hold };
    /// An order was not paid in time.
    OrderExpiry(SaleId) of crate::order::OrderProcess => |sale| sale::Expire { sale };
    /// An order's inspection period is over.
    OrderSettlement(SaleId) of crate::order::OrderProcess => |sale| sale::AutoSettle { sale };
    /// An entitlement's time is over.
    EntitlementExpiry(EntitlementId) of crate::entitlement::EntitlementProcess => |entitlement| entitlement::Expire { entitlement };
    /// Nobody judged a proposal.
    ProposalExpiry(ProposalId) of crate::four_eyes::FourEyesProcess => |proposal| four_eyes::Expire { proposal };
}

/// The event that something comes from: it names what is done, so that doing it twice is once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its revision.
    pub revision: Revision,
    /// The story it is part of.
    pub correlation: CorrelationId,
    /// When it was recorded.
    pub at: DateTime<Utc>,
}

impl Origin {
    /// Of this event.
    #[must_use]
    pub const fn of(recorded: &Recorded) -> Self {
        Self {
            revision: recorded.revision,
            correlation: recorded.cause.correlation,
            at: recorded.recorded_at,
        }
    }
}
