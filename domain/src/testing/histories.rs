//! Random histories: every command, every role, few ids so that commands collide.

use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    actor, approve, auto_approve, auto_release, close, configure, deliver, expire, freeze, funded,
    initiate, minute, money, open_wallet, opened, opened_with, paid_out, pay, payout_failed,
    receipt, receive, refund, reject, release, request, service, submit, unfreeze, wallet, xof,
};
use crate::receipt::Receipt;
use crate::{
    Actor, Asked, Command, CommandId, Decided, LedgerState, Money, Refusal, Role, Settings, decide,
};
use crate::{escrow, payin, withdrawal};

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

/// Four that have money, two that may be opened, one that never is.
fn any_wallet() -> impl Strategy<Value = u128> {
    prop_oneof![8 => 0..4_u128, 2 => 4..6_u128, 1 => Just(99_u128)]
}

/// An amount in one of three currencies, with no, two and three decimals.
pub fn any_money() -> impl Strategy<Value = Money> {
    let currency = prop_oneof![6 => Just("XOF"), 3 => Just("USD"), 1 => Just("KWD")];
    let minor = prop_oneof![8 => 1..2_000_u64, 1 => 100_000..200_000_u64];
    (minor, currency).prop_map(|(minor, currency)| money(minor, currency))
}

/// Anybody: the back end most often, since only it may ask most things.
pub fn any_actor() -> impl Strategy<Value = Actor> {
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

/// Any command about few things, most of them between wallets that may exist.
pub fn any_command() -> impl Strategy<Value = Command> {
    let id = || 0..6_u128;
    let owner = prop_oneof![Just("owner-0"), Just("owner-1"), Just("owner-2")];
    let provider = || prop_oneof![8 => Just("sim"), 1 => Just("stripe")];
    prop_oneof![
        1 => any_settings().prop_map(opened_with),
        1 => any_settings().prop_map(configure),
        4 => (any_wallet(), owner).prop_map(|(number, owner)| open_wallet(number, owner)),
        1 => any_wallet().prop_map(freeze),
        3 => any_wallet().prop_map(unfreeze),
        1 => any_wallet().prop_map(close),
        8 => (any_wallet(), any_wallet(), any_money())
            .prop_map(|(from, to, amount)| pay(from, to, amount)),
        4 => (id(), any_wallet(), any_money())
            .prop_map(|(number, into, amount)| initiate(number, into, amount)),
        6 => (prop::option::weighted(0.9, id()), any_receipt()).prop_map(|(number, receipt)| {
            payin::RecordReceipt { payin: number.map(super::payin), receipt }.into()
        }),
        1 => (id(), provider()).prop_map(|(number, provider)| {
            payin::RecordDecline {
                payin: super::payin(number),
                provider: provider.parse().expect("a name"),
                object: "pi_x".parse().expect("an id"),
                reason: "declined".parse().expect("a word"),
            }
            .into()
        }),
        1 => id().prop_map(expire),
        5 => (id(), any_wallet(), any_wallet(), any_money(), prop::option::weighted(0.3, 1..9_u32))
            .prop_map(|(number, buyer, seller, amount, hours)| {
                escrow::Open {
                    escrow: super::escrow(number),
                    buyer: wallet(buyer),
                    seller: wallet(seller),
                    amount,
                    inspection_s: hours.map(|hours| {
                        (hours * 3_600).try_into().expect("at most 1,000 days")
                    }),
                }
                .into()
            }),
        2 => id().prop_map(deliver),
        1 => id().prop_map(release),
        1 => id().prop_map(auto_release),
        1 => id().prop_map(refund),
        5 => (id(), any_wallet(), any_money())
            .prop_map(|(number, from, amount)| request(number, from, amount)),
        2 => id().prop_map(approve),
        2 => id().prop_map(auto_approve),
        1 => id().prop_map(reject),
        3 => (id(), provider()).prop_map(|(number, provider)| {
            let provider = provider.parse().expect("a name");
            withdrawal::Submit { withdrawal: super::withdrawal(number), provider }.into()
        }),
        2 => (id(), any_receipt()).prop_map(|(number, receipt)| {
            withdrawal::RecordPayout { withdrawal: super::withdrawal(number), receipt }.into()
        }),
        2 => id().prop_map(payout_failed),
    ]
}

/// What could be asked next of the things there are, by somebody who may.
fn fitting(state: &LedgerState) -> Vec<(Actor, Command)> {
    let judge = || actor("money", Role::Finance);
    let mut options = Vec::new();
    for number in 0..6_u128 {
        if let Some(it) = state.payin(super::payin(number)) {
            let object = format!("pi_f{number}{}", it.status.as_str());
            options.push((service(), receive(number, &object, it.amount)));
        }
        match state.escrow(super::escrow(number)).map(|it| it.status) {
            Some(escrow::Status::Funded) => options.push((service(), deliver(number))),
            Some(escrow::Status::Delivered { .. }) => options.push((service(), release(number))),
            Some(escrow::Status::Opened | escrow::Status::Released | escrow::Status::Refunded)
            | None => {}
        }
        let Some(it) = state.withdrawal(super::withdrawal(number)) else { continue };
        match it.status {
            withdrawal::Status::Requested => options.push((judge(), approve(number))),
            withdrawal::Status::Approved => options.push((service(), submit(number))),
            withdrawal::Status::Submitted { .. } => {
                options.push((service(), paid_out(number, it.amount)));
            }
            withdrawal::Status::Rejected
            | withdrawal::Status::Paid { .. }
            | withdrawal::Status::Failed
            | withdrawal::Status::Returned => {}
        }
    }
    for from in 0..4_u128 {
        for currency in ["XOF", "USD"] {
            let available = state.books().available(wallet(from), money(1, currency).currency());
            let third = u64::try_from(available).unwrap_or_default().div_ceil(3);
            if third > 0 {
                options.push((service(), pay(from, (from + 1) % 4, money(third, currency))));
            }
        }
    }
    options
}

/// The step, with another command in place of its own if one fits.
fn bent(step: &Step, state: &LedgerState, choice: usize) -> Step {
    let mut options = fitting(state);
    if options.is_empty() {
        return step.clone();
    }
    let (actor, command) = options.swap_remove(choice % options.len());
    Step { minutes: step.minutes, actor, command }
}

/// A random history's plan: steps, and for each whether it is bent to what there is.
#[derive(Debug, Clone)]
pub struct Plan(Vec<(Step, Option<usize>)>);

impl Plan {
    /// Each step, as it is against the state that the steps before led to.
    pub fn steps(&self) -> impl Iterator<Item = impl Fn(&LedgerState) -> Step + '_> {
        self.0.iter().map(|(step, choice)| {
            move |state: &LedgerState| match choice {
                Some(choice) => bent(step, state, *choice),
                None => step.clone(),
            }
        })
    }
}

/// Random histories over few ids, so that commands collide: all lifecycles, several currencies,
/// every role. They begin with an open ledger and four wallets with money.
pub fn any_plan(length: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Plan> {
    let minutes = prop_oneof![10 => 0..30_i64, 1 => 1_000..6_000_i64];
    let step = (minutes, any_actor(), any_command(), prop::option::weighted(0.45, any::<usize>()))
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
