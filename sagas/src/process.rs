//! What a process manager is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use cauri_domain::{
    Command, CorrelationId, EscrowId, Event, HoldId, Money, PayinId, ProposalId, Provider,
    Reference, Revision, WithdrawalId, escrow, four_eyes, hold, payin, withdrawal,
};
use cauri_ledger::Recorded;

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
    /// A payment may have to be made.
    Expect {
        /// For which withdrawal.
        withdrawal: WithdrawalId,
        /// How much.
        amount: Money,
        /// Where to.
        destination: Reference,
    },
    /// The payment is to be submitted: its intention recorded.
    Submit {
        /// For which withdrawal.
        withdrawal: WithdrawalId,
    },
    /// The intention is recorded: the provider is to pay.
    Pay {
        /// For which withdrawal.
        withdrawal: WithdrawalId,
        /// Who pays.
        provider: Provider,
    },
    /// Nothing is to be paid any more.
    Forget {
        /// For which withdrawal.
        withdrawal: WithdrawalId,
    },
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

            /// Its step's name, as operators see it: `payin-expiry`.
            #[must_use]
            pub fn step(self) -> String {
                match self { $(Self::$name(_) => kebab(stringify!($name)),)* }
            }

            /// The timer that a step of an instance is, if it is one.
            #[must_use]
            pub fn of(process: &str, step: &str, thing: Uuid) -> Option<Self> {
                $(
                    let timer = Self::$name($id(thing));
                    if timer.process() == process && timer.step() == step {
                        return Some(timer);
                    }
                )*
                None
            }

            /// The thing's own id.
            #[must_use]
            pub const fn thing(self) -> Uuid {
                match self { $(Self::$name(id) => id.0,)* }
            }
        }
    };
}

timers! {
    /// A pay-in's time is over.
    PayinExpiry(PayinId) of crate::payin::PayinProcess => |payin| payin::Expire { payin };
    /// An inspection period is over.
    EscrowRelease(EscrowId) of crate::escrow::EscrowProcess => |escrow| escrow::AutoRelease { escrow };
    /// Nobody judged a withdrawal.
    WithdrawalApproval(WithdrawalId) of crate::withdrawal::WithdrawalProcess => |withdrawal| withdrawal::AutoApprove { withdrawal };
    /// A hold's time is over.
    HoldExpiry(HoldId) of crate::hold::HoldProcess => |hold| hold::Expire { hold };
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
