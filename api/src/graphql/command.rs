//! Commands: how an input becomes the domain's types, is asked, and is answered.
//!
//! A concept declares its inputs ([`inputs!`]), what its commands change ([`changes!`]) and how they
//! end ([`results!`]); each mutation is then one line ([`changed!`]). Text becomes the domain's types
//! in an input's `command` and nowhere else.

use std::collections::BTreeMap;

use async_graphql::{InputObject, Result as Answered};
use uuid::Uuid;

use cauri_domain::settings::Seconds;
use cauri_domain::text::{TextError, is_bare_number};
use cauri_domain::{
    Code, Command, CommandId, CorrelationId, Dimensions, Labels, Money, Reference, Refusal,
    Revision,
};
use cauri_ledger::engine::{AskError, Engine, Request};

use super::context::actor;
use super::fault;
use super::refused::Refused;
use super::scalars::{CurrencyText, DecimalText, RevisionNumber};
use crate::auth::Caller;
use crate::trail::scope;

/// What a command says of itself for reports: they cannot fill it in later.
#[derive(Debug, Clone, Default, InputObject)]
pub struct LabelsInput {
    /// What the money is for, as a word of `a-z 0-9 . _ -`: `transport`.
    category: Option<String>,
    /// The object in the marketplace's own system: at most 64 of `A-Z a-z 0-9 . _ : / -`.
    reference: Option<String>,
    /// At most 8 names with values: store, service, channel. Each name once.
    #[graphql(default)]
    dimensions: Vec<DimensionInput>,
}

/// A name and its value.
#[derive(Debug, Clone, InputObject)]
pub struct DimensionInput {
    /// A word of `a-z 0-9 . _ -`.
    name: String,
    /// At most 64 of `A-Z a-z 0-9 . _ : / -`.
    value: String,
}

/// What every command has beside its content.
pub(super) struct Meta {
    pub(super) id: Uuid,
    pub(super) correlation: Option<Uuid>,
    pub(super) labels: Option<LabelsInput>,
}

/// A mutation's input.
pub(super) trait Input {
    /// Its command, or which field makes no sense.
    fn command(&self) -> Result<Command, Refusal>;
    /// What it has beside.
    fn meta(self) -> Meta;
}

pub(super) fn text<T: std::str::FromStr<Err = cauri_domain::TextError>>(
    field: &'static str,
    text: &str,
) -> Result<T, Refusal> {
    text.parse().map_err(|why| Refusal::InvalidText { field, why })
}

/// A payout's destination, or a payment's token: nothing that could be a number of a phone or an
/// account, which the log would keep for ever. Whatever takes those in asks here and not the domain,
/// where events from before must stay readable.
pub(super) fn opaque(field: &'static str, given: &str) -> Result<Reference, Refusal> {
    let read = text(field, given)?;
    if is_bare_number(given) {
        return Err(Refusal::InvalidText { field, why: TextError::BareNumber });
    }
    Ok(read)
}

pub(super) fn money(amount: &DecimalText, currency: &CurrencyText) -> Result<Money, Refusal> {
    let currency =
        currency.0.parse().map_err(|error: cauri_domain::currency::UnknownCurrency| {
            Refusal::UnknownCurrency { given: error.code }
        })?;
    Ok(Money::parse(&amount.0, currency)?)
}

/// Any whole number is taken in, so that one out of range is refused and not a fault.
pub(super) fn seconds(field: &'static str, value: i32) -> Result<Seconds, Refusal> {
    let span = u32::try_from(value).ok().and_then(|value| Seconds::try_from(value).ok());
    span.ok_or(Refusal::InvalidSetting { field, allowed: "1 to 86400000 seconds" })
}

impl LabelsInput {
    pub(super) fn parse(self) -> Result<Labels, Refusal> {
        let mut pairs = BTreeMap::new();
        for pair in &self.dimensions {
            let name: Code = text("labels.dimensions.name", &pair.name)?;
            let value: Reference = text("labels.dimensions.value", &pair.value)?;
            if pairs.insert(name, value).is_some() {
                // Which of the two was meant, nobody here can know.
                let field = "labels.dimensions.name";
                return Err(Refusal::InvalidSetting { field, allowed: "given once each" });
            }
        }
        let dimensions = Dimensions::try_from(pairs);
        Ok(Labels {
            category: self.category.map(|word| text("labels.category", &word)).transpose()?,
            reference: self.reference.map(|word| text("labels.reference", &word)).transpose()?,
            dimensions: dimensions
                .map_err(|why| Refusal::InvalidText { field: "labels.dimensions", why })?,
        })
    }
}

/// An amount in a currency.
#[derive(Debug, Clone, InputObject)]
pub struct MoneyInput {
    /// In major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

impl MoneyInput {
    pub(super) fn parse(&self) -> Result<Money, Refusal> {
        money(&self.amount, &self.currency)
    }
}

/// A command that was not refused.
pub(super) struct Done {
    pub(super) revision: RevisionNumber,
    pub(super) replayed: bool,
}

/// How a command ended.
pub(super) enum Outcome {
    Done(Done),
    Refused(Refused),
}

/// Parses and asks.
pub(super) async fn ask(engine: &Engine, caller: &Caller, input: impl Input) -> Answered<Outcome> {
    let command = input.command();
    ask_as(engine, caller, input.meta(), command).await
}

/// Asks a command that was made of more than its input.
pub(super) async fn ask_as(
    engine: &Engine,
    caller: &Caller,
    meta: Meta,
    command: Result<Command, Refusal>,
) -> Answered<Outcome> {
    let labels = meta.labels.unwrap_or_default().parse();
    let (command, labels) = match (command, labels) {
        (Ok(command), Ok(labels)) => (command, labels),
        (Err(refusal), _) | (_, Err(refusal)) => {
            return Ok(Outcome::Refused(Refused::new(&refusal, meta.id, None)));
        }
    };
    scope::asked(caller.role, &command).map_err(|error| fault::unrecorded(&error))?;
    let request = Request {
        correlation: meta.correlation.map(CorrelationId),
        labels,
        ..Request::new(CommandId(meta.id), actor(caller), command)
    };
    match engine.ask(request).await {
        Ok(answer) => {
            let revision = answer.revision().unwrap_or(Revision::FIRST);
            scope::done(meta.id, revision);
            Ok(Outcome::Done(Done { revision: revision.into(), replayed: answer.replayed() }))
        }
        Err(AskError::Refused { refusal, at }) => {
            Ok(Outcome::Refused(Refused::new(&refusal, meta.id, Some(at))))
        }
        Err(error) => Err(fault::unasked(&error)),
    }
}

/// A command of a batch: an input without what a command has beside its content.
pub(super) trait Step {
    /// Its command, or which field makes no sense.
    fn command(&self) -> Result<Command, Refusal>;
}

/// Inputs of commands. `XInput { … } and XStep` makes the input of a batch's command too.
macro_rules! inputs {
    ($( $(#[$doc:meta])* $name:ident $body:tt $(and $step:ident)? => |$it:ident| $command:expr; )*) => { $(
        $crate::graphql::command::input! { [$(#[$doc])*] $name $body |$it| $command }
        $( $crate::graphql::command::step! { $step $body |$it| $command } )?
    )* };
}

macro_rules! input {
    ([$($doc:tt)*] $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty,)* } |$it:ident| $command:expr) => {
        $($doc)*
        #[derive(Debug, Clone, async_graphql::InputObject)]
        pub struct $name {
            /// The key of the command: sent again with the same content it is applied once, for
            /// ever; with other content it is refused.
            pub command_id: uuid::Uuid,
            $( $(#[$fdoc])* pub $field: $type, )*
            /// What the command says of itself for reports.
            pub labels: Option<$crate::graphql::command::LabelsInput>,
            /// The story it is part of; its own when not given.
            pub correlation_id: Option<uuid::Uuid>,
        }

        impl $crate::graphql::command::Input for $name {
            fn command(&self) -> Result<cauri_domain::Command, cauri_domain::Refusal> {
                let $it = self;
                $command
            }

            fn meta(self) -> $crate::graphql::command::Meta {
                $crate::graphql::command::Meta {
                    id: self.command_id,
                    correlation: self.correlation_id,
                    labels: self.labels,
                }
            }
        }
    };
}

macro_rules! step {
    ($name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty,)* } |$it:ident| $command:expr) => {
        /// One command of a batch, as its own mutation takes it.
        #[derive(Debug, Clone, async_graphql::InputObject)]
        pub struct $name {
            $( $(#[$fdoc])* pub $field: $type, )*
        }

        impl $crate::graphql::command::Step for $name {
            fn command(&self) -> Result<cauri_domain::Command, cauri_domain::Refusal> {
                let $it = self;
                $command
            }
        }
    };
}

macro_rules! changes {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Debug, async_graphql::SimpleObject)]
        #[graphql(complex)]
        pub struct $name {
            /// The revision at which it is so: ask queries for at least this one.
            revision: $crate::graphql::scalars::RevisionNumber,
            /// Whether it was so before, so that nothing new happened.
            replayed: bool,
            #[graphql(skip)]
            id: uuid::Uuid,
        }

        impl $name {
            /// What is as asked, from its revision on.
            pub(in crate::graphql) const fn new(done: $crate::graphql::command::Done, id: uuid::Uuid) -> Self {
                Self { revision: done.revision, replayed: done.replayed, id }
            }
        }
    )* };
}

macro_rules! results {
    ($( $(#[$doc:meta])* $name:ident = $done:ident; )*) => { $(
        $(#[$doc])*
        #[derive(async_graphql::Union)]
        pub enum $name {
            /// It is so.
            Done($done),
            /// Why not.
            Refused($crate::graphql::refused::Refused),
        }

        impl $name {
            fn of(
                outcome: $crate::graphql::command::Outcome,
                done: impl FnOnce($crate::graphql::command::Done) -> $done,
            ) -> Self {
                match outcome {
                    $crate::graphql::command::Outcome::Done(it) => Self::Done(done(it)),
                    $crate::graphql::command::Outcome::Refused(refused) => Self::Refused(refused),
                }
            }
        }
    )* };
}

macro_rules! changed {
    ($ctx:expr, $input:expr, $id:ident, $result:ident, $done:ident) => {{
        let id = $input.$id;
        let engine = $crate::graphql::context::engine($ctx)?;
        let caller = $crate::graphql::context::caller($ctx)?;
        let outcome = $crate::graphql::command::ask(&engine, caller, $input).await?;
        Ok($result::of(outcome, |done| $done::new(done, id)))
    }};
}

pub(super) use {changed, changes, input, inputs, results, step};
