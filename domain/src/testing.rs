//! Given/when/then, short builders, and random histories, for the tests of every crate.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{
    Actor, Asked, Command, CommandId, Currency, Decided, EscrowId, Event, LedgerState, Money,
    PayinId, Refusal, Role, Settings, WalletId, WithdrawalId, decide,
};
use crate::{escrow, payin, receipt::Receipt, settings, transfer, wallet, withdrawal};

/// An amount of francs.
#[must_use]
pub fn xof(francs: u64) -> Money {
    money(francs, "XOF")
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

/// The withdrawal of this number.
#[must_use]
pub const fn withdrawal(number: u128) -> WithdrawalId {
    WithdrawalId(Uuid::from_u128(0x4000 + number))
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

/// A ledger after these commands, asked by the back end one minute after the other.
///
/// # Panics
/// When one of them is refused: it is what is given.
#[must_use]
#[track_caller]
pub fn given(commands: impl IntoIterator<Item = Command>) -> Given {
    let mut given = Given { state: LedgerState::default(), minutes: 0 };
    for command in commands {
        let name = command.name();
        let asked = given.asked(service(), command);
        match decide(&given.state, &asked) {
            Ok(Decided::Happened(events)) => {
                events.iter().for_each(|event| given.state.evolve(event));
            }
            Ok(Decided::Already) => {}
            Err(refusal) => panic!("{name} was given, and refused: {refusal:?}"),
        }
        given.minutes += 1;
    }
    given
}

/// A ledger that is open with its default settings, before anything else.
#[must_use]
pub fn opened() -> Command {
    settings::Open { settings: Settings::default() }.into()
}

/// A wallet with money in it, brought in through the provider `sim`.
#[must_use]
pub fn funded(number: u128, owner: &str, amount: Money) -> Vec<Command> {
    let provider = "sim".parse().expect("a provider's name");
    let id = payin(0x900 + number);
    vec![
        wallet::Open { wallet: wallet(number), owner: owner.parse().expect("an id") }.into(),
        payin::Initiate { payin: id, wallet: wallet(number), amount, provider }.into(),
        payin::RecordReceipt {
            payin: Some(id),
            receipt: receipt("sim", &format!("pi_{number}"), amount),
        }
        .into(),
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

    /// Somebody asks.
    #[must_use]
    pub fn when_asked_by(self, actor: Actor, command: impl Into<Command>) -> When {
        let result = decide(&self.state, &self.asked(actor, command.into()));
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
        expected.iter().for_each(|event| self.given.state.evolve(event));
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
        events.iter().for_each(|event| self.given.state.evolve(event));
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

/// A step of a random history.
#[derive(Debug, Clone)]
pub struct Step {
    /// How many minutes pass before it.
    pub minutes: i64,
    /// Who asks.
    pub actor: Actor,
    /// What.
    pub command: Command,
}

fn any_wallet() -> impl Strategy<Value = WalletId> {
    prop_oneof![8 => (0..4_u128).prop_map(wallet), 2 => (4..6_u128).prop_map(wallet), 1 => Just(wallet(99))]
}

fn any_money() -> impl Strategy<Value = Money> {
    let currency = prop_oneof![6 => Just("XOF"), 3 => Just("USD"), 1 => Just("KWD")];
    let minor = prop_oneof![8 => 1..2_000_u64, 1 => 100_000..200_000_u64];
    (minor, currency).prop_map(|(minor, currency)| money(minor, currency))
}

fn any_actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        12 => Just(service()),
        2 => Just(actor("owner-0", Role::Buyer)),
        1 => Just(actor("owner-1", Role::Seller)),
        1 => Just(actor("staff", Role::Admin)),
        1 => Just(actor("money", Role::Finance)),
        1 => Just(actor("root", Role::Superadmin)),
        1 => Just(actor("eyes", Role::Auditor)),
    ]
}

fn any_settings() -> impl Strategy<Value = Settings> {
    (0..3_000_u16, 0..3_usize, prop::bool::ANY).prop_map(|(rate, limits, few)| Settings {
        commission: rate.try_into().expect("at most 10,000"),
        // Twice the same currency makes no sense, and is refused.
        limits: vec![xof(150_000); limits],
        currencies: if few {
            vec![xof(1).currency(), money(1, "USD").currency()]
        } else {
            Vec::new()
        },
        ..Settings::default()
    })
}

fn any_receipt() -> impl Strategy<Value = Receipt> {
    let provider = prop_oneof![8 => Just("sim"), 1 => Just("stripe")];
    (provider, 0..12_u32, any_money())
        .prop_map(|(provider, object, amount)| receipt(provider, &format!("pi_{object}"), amount))
}

fn any_command() -> impl Strategy<Value = Command> {
    let id = || 0..6_u128;
    let code = |word: &str| word.parse::<crate::Code>().expect("a word");
    let owner = prop_oneof![Just("owner-0"), Just("owner-1"), Just("owner-2")];
    prop_oneof![
        1 => any_settings().prop_map(|settings| settings::Open { settings }.into()),
        1 => any_settings().prop_map(|settings| settings::Configure { settings }.into()),
        4 => (any_wallet(), owner).prop_map(|(wallet, owner)| {
            wallet::Open { wallet, owner: owner.parse().expect("an id") }.into()
        }),
        1 => any_wallet().prop_map(move |wallet| {
            wallet::Freeze { wallet, reason: code("risk") }.into()
        }),
        3 => any_wallet().prop_map(|wallet| wallet::Unfreeze { wallet }.into()),
        1 => any_wallet().prop_map(|wallet| wallet::Close { wallet }.into()),
        8 => (any_wallet(), any_wallet(), any_money()).prop_map(|(from, to, amount)| {
            transfer::Make { from, to, amount }.into()
        }),
        4 => (id(), any_wallet(), any_money()).prop_map(|(n, wallet, amount)| {
            payin::Initiate { payin: payin(n), wallet, amount, provider: "sim".parse().expect("a name") }
                .into()
        }),
        6 => (prop::option::weighted(0.9, id()), any_receipt()).prop_map(|(n, receipt)| {
            payin::RecordReceipt { payin: n.map(payin), receipt }.into()
        }),
        1 => id().prop_map(move |n| payin::RecordDecline {
            payin: payin(n),
            provider: "sim".parse().expect("a name"),
            object: "pi_x".parse().expect("an id"),
            reason: code("declined"),
        }.into()),
        1 => id().prop_map(|n| payin::Expire { payin: payin(n) }.into()),
        5 => (id(), any_wallet(), any_wallet(), any_money()).prop_map(|(n, buyer, seller, amount)| {
            escrow::Open { escrow: escrow(n), buyer, seller, amount, inspection_s: None }.into()
        }),
        2 => id().prop_map(|n| escrow::Deliver { escrow: escrow(n) }.into()),
        1 => id().prop_map(|n| escrow::Release { escrow: escrow(n) }.into()),
        1 => id().prop_map(|n| escrow::AutoRelease { escrow: escrow(n) }.into()),
        1 => id().prop_map(|n| escrow::Refund { escrow: escrow(n) }.into()),
        5 => (id(), any_wallet(), any_money()).prop_map(|(n, wallet, amount)| {
            withdrawal::Request {
                withdrawal: withdrawal(n),
                wallet,
                amount,
                destination: "momo-1".parse().expect("a reference"),
            }.into()
        }),
        2 => id().prop_map(|n| withdrawal::Approve { withdrawal: withdrawal(n) }.into()),
        2 => id().prop_map(|n| withdrawal::AutoApprove { withdrawal: withdrawal(n) }.into()),
        1 => id().prop_map(move |n| {
            withdrawal::Reject { withdrawal: withdrawal(n), reason: code("fraud") }.into()
        }),
        3 => id().prop_map(|n| withdrawal::Submit {
            withdrawal: withdrawal(n),
            provider: "sim".parse().expect("a name"),
        }.into()),
        2 => (id(), any_receipt()).prop_map(|(n, receipt)| {
            withdrawal::RecordPayout { withdrawal: withdrawal(n), receipt }.into()
        }),
        2 => id().prop_map(move |n| withdrawal::RecordFailure {
            withdrawal: withdrawal(n),
            provider: "sim".parse().expect("a name"),
            object: None,
            reason: code("closed"),
        }.into()),
    ]
}

/// A command that fits what there is: without these, most of what is asked would be refused.
fn fitting(state: &LedgerState, choice: u32, fallback: &Step) -> Step {
    let provider = "sim".parse().expect("a name");
    let pick = |count: usize| usize::try_from(choice).unwrap_or_default() % count.max(1);
    let judge = actor("money", Role::Finance);
    let mut options: Vec<(Actor, Command)> = Vec::new();
    for number in 0..6 {
        if let Some(it) = state.payin(payin(number)) {
            let object = format!("pi_f{number}{}", it.status.as_str());
            let told = receipt("sim", &object, it.amount);
            options.push((
                service(),
                payin::RecordReceipt { payin: Some(payin(number)), receipt: told }.into(),
            ));
        }
        if let Some(it) = state.escrow(escrow(number)) {
            options.push((
                service(),
                match it.status {
                    escrow::Status::Funded => escrow::Deliver { escrow: escrow(number) }.into(),
                    escrow::Status::Delivered { .. } => {
                        escrow::Release { escrow: escrow(number) }.into()
                    }
                    escrow::Status::Opened
                    | escrow::Status::Released
                    | escrow::Status::Refunded => continue,
                },
            ));
        }
        let id = withdrawal(number);
        if let Some(it) = state.withdrawal(id) {
            options.push(match it.status {
                withdrawal::Status::Requested => {
                    (judge.clone(), withdrawal::Approve { withdrawal: id }.into())
                }
                withdrawal::Status::Approved => {
                    (service(), withdrawal::Submit { withdrawal: id, provider }.into())
                }
                withdrawal::Status::Submitted { .. } => {
                    let receipt = receipt("sim", &format!("po_{number}"), it.amount);
                    (service(), withdrawal::RecordPayout { withdrawal: id, receipt }.into())
                }
                withdrawal::Status::Rejected
                | withdrawal::Status::Paid { .. }
                | withdrawal::Status::Failed
                | withdrawal::Status::Returned => continue,
            });
        }
    }
    let rich = |number: u128| {
        let available = state.books().available(wallet(number), xof(1).currency());
        u64::try_from(available).ok().and_then(|minor| Money::from_minor(minor, xof(1).currency()))
    };
    for from in 0..4_u128 {
        let to = (from + 1 + u128::from(choice % 3)) % 4;
        if let Some(all) = rich(from) {
            let part = xof(all.minor().div_ceil(3));
            options.push((
                service(),
                transfer::Make { from: wallet(from), to: wallet(to), amount: part }.into(),
            ));
        }
    }
    match options.get(pick(options.len())) {
        Some((actor, command)) => {
            Step { minutes: fallback.minutes, actor: actor.clone(), command: command.clone() }
        }
        None => fallback.clone(),
    }
}

/// A random history's plan: steps, and for each whether it is bent to what there is.
#[derive(Debug, Clone)]
pub struct Plan(Vec<(Step, Option<u32>)>);

impl Plan {
    /// Each step, as it is against the state that the steps before led to.
    pub fn steps(&self) -> impl Iterator<Item = impl Fn(&LedgerState) -> Step + '_> {
        self.0.iter().map(|(step, bent)| {
            move |state: &LedgerState| match bent {
                Some(choice) => fitting(state, *choice, step),
                None => step.clone(),
            }
        })
    }
}

/// Random histories over few ids, so that commands collide: all lifecycles, several currencies,
/// every role. They begin with an open ledger and four wallets with money.
pub fn any_plan(length: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Plan> {
    let minutes = prop_oneof![10 => 0..30_i64, 1 => 1_000..6_000_i64];
    let step = (minutes, any_actor(), any_command(), prop::option::weighted(0.45, any::<u32>()))
        .prop_map(|(minutes, actor, command, bent)| (Step { minutes, actor, command }, bent));
    let beginning = (0..4_u128).flat_map(|number| {
        let amount = if number == 3 { money(50_000, "USD") } else { xof(50_000) };
        funded(number, &format!("owner-{}", number % 3), amount)
    });
    let beginning: Vec<_> = std::iter::once(opened())
        .chain(beginning)
        .map(|command| (Step { minutes: 0, actor: service(), command }, None))
        .collect();
    let early = prop::option::weighted(0.05, any_command());
    (early, prop::collection::vec(step, length)).prop_map(move |(early, steps)| {
        let early = early.map(|command| (Step { minutes: 0, actor: service(), command }, None));
        Plan(early.into_iter().chain(beginning.clone()).chain(steps).collect())
    })
}

/// A step as it was asked, and what came of it.
pub type Played = (Asked, Result<Decided, Refusal>);

/// Plays a plan: every accepted step's command and events, every refused step's refusal.
#[must_use]
pub fn play(plan: &Plan) -> (LedgerState, Vec<Played>) {
    let (mut state, mut now, mut played) = (LedgerState::default(), minute(0), Vec::new());
    for (number, step) in plan.steps().enumerate() {
        let Step { minutes, actor, command } = step(&state);
        now += TimeDelta::minutes(minutes);
        let id = CommandId(Uuid::from_u128(0x5000 + number as u128));
        let asked = Asked { id, at: now, actor, command };
        let result = decide(&state, &asked);
        if let Ok(Decided::Happened(events)) = &result {
            events.iter().for_each(|event| state.evolve(event));
        }
        played.push((asked, result));
    }
    (state, played)
}
