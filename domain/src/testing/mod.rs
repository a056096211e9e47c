//! Given/when/then, short builders, and random histories, for the tests of every crate.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::ids::{InvoiceId, SubscriptionId};
use crate::permission::permits;
use crate::receipt::Receipt;
use crate::{
    Actor, Asked, CaptureId, Command, CommandId, CorrectionId, Currency, Decided, EndpointId,
    EscrowId, Event, FlagId, HoldId, LedgerState, Money, PayinId, PaymentMethodId, ProposalId,
    Refusal, RiskHoldId, Role, Settings, WalletId, WithdrawalId, decide,
};

mod commands;
mod histories;
mod payments;
mod sales;
pub use commands::*;
pub use histories::*;
pub use payments::*;
pub use sales::*;

/// An amount of francs.
#[must_use]
pub fn xof(francs: u64) -> Money {
    money(francs, "XOF")
}

/// An amount of US cents.
#[must_use]
pub fn usd_cents(cents: u64) -> Money {
    money(cents, "USD")
}

/// An amount in minor units.
#[must_use]
pub fn money(minor: u64, currency: &str) -> Money {
    let currency: Currency = currency.parse().expect("an ISO 4217 code");
    Money::from_minor(minor, currency).expect("more than nothing")
}

/// The wallet of this number.
#[must_use]
pub const fn wallet(number: u128) -> WalletId {
    WalletId(Uuid::from_u128(0x1000 + number))
}

/// The pay-in of this number.
#[must_use]
pub const fn payin(number: u128) -> PayinId {
    PayinId(Uuid::from_u128(0x2000 + number))
}

/// The escrow of this number.
#[must_use]
pub const fn escrow(number: u128) -> EscrowId {
    EscrowId(Uuid::from_u128(0x3000 + number))
}

/// The subscription of this number.
#[must_use]
pub const fn subscription_id(number: u128) -> SubscriptionId {
    SubscriptionId(Uuid::from_u128(0xd000 + number))
}

/// The invoice, or credit note, of this number.
#[must_use]
pub const fn invoice_id(number: u128) -> InvoiceId {
    InvoiceId(Uuid::from_u128(0xe000 + number))
}

/// The withdrawal of this number.
#[must_use]
pub const fn withdrawal(number: u128) -> WithdrawalId {
    WithdrawalId(Uuid::from_u128(0x4000 + number))
}

/// The correction of this number.
#[must_use]
pub const fn correction(number: u128) -> CorrectionId {
    CorrectionId(Uuid::from_u128(0x7000 + number))
}

/// The hold of this number.
#[must_use]
pub const fn hold(number: u128) -> HoldId {
    HoldId(Uuid::from_u128(0x8000 + number))
}

/// The capture of this number.
#[must_use]
pub const fn capture(number: u128) -> CaptureId {
    CaptureId(Uuid::from_u128(0x8800 + number))
}

/// The proposal of this number.
#[must_use]
pub const fn proposal(number: u128) -> ProposalId {
    ProposalId(Uuid::from_u128(0x6000 + number))
}

/// The payment method of this number.
#[must_use]
pub const fn payment_method(number: u128) -> PaymentMethodId {
    PaymentMethodId(Uuid::from_u128(0xc000 + number))
}

/// The endpoint of this number.
#[must_use]
pub const fn endpoint_id(number: u128) -> EndpointId {
    EndpointId(Uuid::from_u128(0xcb00 + number))
}

/// The flag of this number.
#[must_use]
pub const fn flag(number: u128) -> FlagId {
    FlagId(Uuid::from_u128(0xc800 + number))
}

/// The risk hold of this number.
#[must_use]
pub const fn risk_hold(number: u128) -> RiskHoldId {
    RiskHoldId(Uuid::from_u128(0xcc00 + number))
}

/// Somebody in a role.
#[must_use]
pub fn actor(subject: &str, role: Role) -> Actor {
    Actor { subject: subject.parse().expect("an opaque id"), role }
}

/// The marketplace's back end.
#[must_use]
pub fn service() -> Actor {
    actor("back-end", Role::Service)
}

/// So many minutes after the beginning.
#[must_use]
pub fn minute(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("an instant") + TimeDelta::minutes(minutes)
}

/// What a provider says of money.
#[must_use]
pub fn receipt(provider: &str, object: &str, amount: Money) -> Receipt {
    let provider = provider.parse().expect("a provider's name");
    Receipt { provider, object: object.parse().expect("an id"), amount, evidence: None }
}

/// A ledger after these commands, asked one minute after the other by somebody who may.
///
/// # Panics
/// When one of them is refused: it is what is given.
#[must_use]
#[track_caller]
pub fn given(commands: impl IntoIterator<Item = Command>) -> Given {
    Given { state: LedgerState::default(), minutes: 0 }.and(commands)
}

/// The back end, or the finance staff for what only a person may do.
fn somebody_who_may(command: &Command) -> Actor {
    let person = actor("fin-1", Role::Finance);
    if permits(Role::Service, command) { service() } else { person }
}

/// A ledger that is open with its default settings, before anything else.
#[must_use]
pub fn opened() -> Command {
    opened_with(Settings::default())
}

/// A wallet with money in it, brought in through the provider `sim`.
#[must_use]
pub fn funded(number: u128, owner: &str, amount: Money) -> Vec<Command> {
    let id = 0x900 + number;
    vec![
        open_wallet(number, owner),
        initiate(id, number, amount),
        receive(id, &format!("pi_{number}"), amount),
    ]
}

/// What is so before something is asked.
#[derive(Debug, Clone)]
pub struct Given {
    /// The ledger's state.
    pub state: LedgerState,
    minutes: i64,
}

/// Something asked, and what came of it.
#[derive(Debug)]
pub struct When {
    given: Given,
    result: Result<Decided, Refusal>,
}

impl Given {
    fn asked(&self, actor: Actor, command: Command) -> Asked {
        let id = CommandId(Uuid::from_u128(0x5000 + self.minutes.unsigned_abs() as u128));
        Asked { id, at: minute(self.minutes), actor, command }
    }

    /// And then these commands.
    ///
    /// # Panics
    /// When one of them is refused: it is what is given.
    #[must_use]
    #[track_caller]
    pub fn and(mut self, commands: impl IntoIterator<Item = Command>) -> Self {
        for command in commands {
            let name = command.name();
            let asked = self.asked(somebody_who_may(&command), command);
            match decide(&mut self.state, &asked) {
                Ok(Decided::Happened(events)) => {
                    events.iter().for_each(|event| self.state.evolve(event, asked.at));
                }
                Ok(Decided::Already) => {}
                Err(refusal) => panic!("{name} was given, and refused: {refusal:?}"),
            }
            self.minutes += 1;
        }
        self
    }

    /// When the next command is asked.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        minute(self.minutes)
    }

    /// What a wallet can spend, in minor units.
    #[must_use]
    pub fn available(&self, number: u128, currency: &str) -> i128 {
        let currency: Currency = currency.parse().expect("an ISO 4217 code");
        self.state.books().available(wallet(number), currency)
    }

    /// Lets time pass.
    #[must_use]
    pub fn after_minutes(mut self, minutes: i64) -> Self {
        self.minutes += minutes;
        self
    }

    /// The back end asks.
    #[must_use]
    pub fn when(self, command: impl Into<Command>) -> When {
        self.when_asked_by(service(), command)
    }

    /// Somebody asks who may ask this kind of command.
    #[must_use]
    pub fn when_asked(self, command: impl Into<Command>) -> When {
        let command = command.into();
        self.when_asked_by(somebody_who_may(&command), command)
    }

    /// Somebody asks.
    #[must_use]
    pub fn when_asked_by(mut self, actor: Actor, command: impl Into<Command>) -> When {
        let asked = self.asked(actor, command.into());
        let result = decide(&mut self.state, &asked);
        When { given: self, result }
    }
}

impl When {
    /// These happened, and nothing else. What follows is asked after them.
    ///
    /// # Panics
    /// When something else came of it.
    #[track_caller]
    pub fn then(mut self, events: impl IntoIterator<Item = Event>) -> Given {
        let expected: Vec<Event> = events.into_iter().collect();
        assert_eq!(self.result, Ok(Decided::Happened(expected.clone())));
        let at = self.given.now();
        expected.iter().for_each(|event| self.given.state.evolve(event, at));
        self.given.minutes += 1;
        self.given
    }

    /// Something happened: its events, to look at.
    ///
    /// # Panics
    /// When nothing happened.
    #[track_caller]
    pub fn then_events(mut self) -> (Vec<Event>, Given) {
        let Ok(Decided::Happened(events)) = self.result else {
            panic!("nothing happened: {:?}", self.result)
        };
        let at = self.given.now();
        events.iter().for_each(|event| self.given.state.evolve(event, at));
        self.given.minutes += 1;
        (events, self.given)
    }

    /// Events of these types happened.
    ///
    /// # Panics
    /// When others did, or none.
    #[track_caller]
    pub fn then_types(self, names: &[&str]) -> Given {
        let (events, given) = self.then_events();
        assert_eq!(events.iter().map(Event::wire_name).collect::<Vec<_>>(), names);
        given
    }

    /// Something happened: its events and their entries as an accountant would write them.
    ///
    /// # Panics
    /// When nothing happened.
    #[track_caller]
    pub fn then_journal(self) -> (String, Given) {
        let (events, given) = self.then_events();
        (journal(&events), given)
    }

    /// What came of it in one word: what happened (`released`), `already`, or a refusal's code.
    #[must_use]
    pub fn in_a_word(&self) -> String {
        match &self.result {
            Ok(Decided::Happened(events)) => {
                let words = events.iter().map(|event| {
                    let name = event.wire_name().trim_end_matches(".v1");
                    name.split_once('.').map_or(name, |(_, happened)| happened)
                });
                words.collect::<Vec<_>>().join(", ")
            }
            Ok(Decided::Already) => "already".to_owned(),
            Err(refusal) => refusal.code().to_owned(),
        }
    }

    /// It was so already.
    ///
    /// # Panics
    /// When something else came of it.
    #[track_caller]
    pub fn then_already(self) -> Given {
        assert_eq!(self.result, Ok(Decided::Already));
        self.given
    }

    /// It was refused, and nothing changed.
    ///
    /// # Panics
    /// When something else came of it.
    #[track_caller]
    pub fn then_refused(self, refusal: Refusal) -> Given {
        assert_eq!(self.result, Err(refusal));
        self.given
    }

    /// It was refused: why, to look at.
    ///
    /// # Panics
    /// When something else came of it.
    #[must_use]
    #[track_caller]
    pub fn then_refusal(self) -> Refusal {
        match self.result {
            Err(refusal) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// It was refused with this code.
    ///
    /// # Panics
    /// When something else came of it.
    #[track_caller]
    pub fn then_refused_as(self, code: &str) -> Given {
        match &self.result {
            Err(refusal) => assert_eq!(refusal.code(), code),
            other => panic!("not refused: {other:?}"),
        }
        self.given
    }
}

/// Events and their entries as text: the type, then one posting a line.
#[must_use]
pub fn journal(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        writeln!(text, "{}", event.wire_name()).expect("memory takes it");
        for line in event.entry().map(ToString::to_string).unwrap_or_default().lines() {
            writeln!(text, "  {line}").expect("memory takes it");
        }
    }
    text
}
