//! Random histories: every command, every role, few ids so that commands collide.

use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::{actor, funded, minute, money, opened, receipt, service, xof};
use crate::receipt::Receipt;
use crate::{Actor, Asked, Command, CommandId, Decided, LedgerState, Money, Refusal, Role, decide};

// One file a lifecycle: any command of it, those that fit a state, and one of each kind.
mod aml;
mod batch;
mod chargeback;
mod clock;
mod commission;
mod correction;
mod endpoint;
mod escrow;
mod four_eyes;
mod hold;
mod limits;
mod member;
mod payin;
mod payment_method;
mod period;
mod personal_data;
mod process_control;
mod relation;
mod settlement;
pub use aml::{clear, keep_back, let_go, raise};
pub use correction::{adjust, effective, import, import_once, reverse, reverse_import};
pub use endpoint::{
    add_endpoint, change_endpoint, disable_endpoint, enable_endpoint, remove_endpoint,
    replay_endpoint, rotate_secret, secret_place,
};
pub use member::{grant, revoke};
pub use payment_method::{add_method, disable_method, make_default};
pub use relation::relation;
pub use settlement::{settle, settle_of, settlement_id, unsettle};
mod refund;
pub use escrow::{dispute, open_milestones, open_with};
pub use four_eyes::propose;
pub use hold::{captured, place, take, take_last, void};
pub use limits::{limits_of, set_limits};
pub use period::close_period;
pub use process_control::{freed, give_up, refund_submission, retry, skip, stuck, submission};
mod sale;
mod settings;
mod subscription;
pub use subscription::{
    calls, cancel_subscription, issue_invoice, monthly, recognise, renew, set_plan, subscribe,
    subscribe_by, used,
};
mod transfer;
mod wallet;
mod withdrawal;

pub use commission::any_rule;

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

fn any_receipt() -> impl Strategy<Value = Receipt> {
    (any_provider(), 0..12_u32, any_money())
        .prop_map(|(provider, object, amount)| receipt(provider, &format!("pi_{object}"), amount))
}

/// Any command about few things, most of them between wallets that may exist.
pub fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => settings::any(),
        1 => clock::any(),
        3 => batch::any(),
        6 => four_eyes::any(),
        7 => correction::any(),
        2 => period::any(),
        2 => settlement::any(),
        4 => process_control::any(),
        1 => endpoint::any(),
        12 => hold::any(),
        2 => limits::any(),
        2 => member::any(),
        1 => relation::any(),
        1 => personal_data::any(),
        1 => payment_method::any(),
        2 => aml::any(),
        1 => commission::any(),
        9 => wallet::any(),
        8 => transfer::any(),
        12 => payin::any(),
        1 => refund::any(),
        5 => chargeback::any(),
        10 => escrow::any(),
        22 => sale::any(),
        20 => withdrawal::any(),
        10 => subscription::any(),
    ]
}

/// What could be asked next of the things there are, by somebody who may.
fn fitting(state: &LedgerState) -> Vec<(Actor, Command)> {
    let mut options = Vec::new();
    transfer::fitting(state, &mut options);
    four_eyes::fitting(state, &mut options);
    hold::fitting(state, &mut options);
    limits::fitting(state, &mut options);
    member::fitting(state, &mut options);
    aml::fitting(state, &mut options);
    process_control::fitting(state, &mut options);
    endpoint::fitting(state, &mut options);
    payin::fitting(state, &mut options);
    refund::fitting(state, &mut options);
    chargeback::fitting(state, &mut options);
    settlement::fitting(state, &mut options);
    escrow::fitting(state, &mut options);
    sale::fitting(state, &mut options);
    withdrawal::fitting(state, &mut options);
    subscription::fitting(state, &mut options);
    options
}

/// One command of each kind, about the things of number one.
#[must_use]
pub fn one_of_each() -> Vec<Command> {
    [
        settings::one_of_each(),
        clock::one_of_each(),
        batch::one_of_each(),
        four_eyes::one_of_each(),
        correction::one_of_each(),
        period::one_of_each(),
        settlement::one_of_each(),
        process_control::one_of_each(),
        endpoint::one_of_each(),
        hold::one_of_each(),
        limits::one_of_each(),
        member::one_of_each(),
        relation::one_of_each(),
        personal_data::one_of_each(),
        payment_method::one_of_each(),
        aml::one_of_each(),
        commission::one_of_each(),
        wallet::one_of_each(),
        transfer::one_of_each(),
        payin::one_of_each(),
        refund::one_of_each(),
        chargeback::one_of_each(),
        escrow::one_of_each(),
        sale::one_of_each(),
        withdrawal::one_of_each(),
        subscription::one_of_each(),
    ]
    .concat()
}

/// Few things of each kind, so that commands collide.
fn any_number() -> impl Strategy<Value = u128> {
    0..6_u128
}

fn any_provider() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("sim"), 1 => Just("stripe")]
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

/// An escrow that a pay-in funds, whose payer may yet dispute it.
fn escrow_paid_from_outside() -> Vec<Command> {
    let fund_by = Some(minute(0) + TimeDelta::days(3_000));
    let more = crate::escrow::More { fund_by, ..crate::escrow::More::default() };
    let target = crate::payin::Target::Escrow(super::escrow(5), None);
    vec![
        open_with(5, xof(100), more),
        super::initiate_for(5, 1, xof(100), target),
        super::receive(5, "pi_5", xof(100)),
    ]
}

/// Random histories over few ids, so that commands collide: all lifecycles, several currencies,
/// every role. They begin with an open ledger and four wallets with money.
pub fn any_plan(length: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Plan> {
    let minutes = prop_oneof![10 => 0..30_i64, 1 => 1_000..6_000_i64];
    let step = (minutes, any_actor(), any_command(), prop::option::weighted(0.5, any::<usize>()))
        .prop_map(|(minutes, actor, command, bent)| (Step { minutes, actor, command }, bent));
    let beginning = (0..4_u128).flat_map(|number| {
        let amount = if number == 3 { money(50_000, "USD") } else { xof(50_000) };
        funded(number, &format!("owner-{}", number % 3), amount)
    });
    let beginning: Vec<_> = std::iter::once(opened())
        .chain(beginning)
        .chain(escrow_paid_from_outside())
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
    play_only(plan, |_| true)
}

/// Plays those steps of a plan whose command is one of `these`, as if the others were not there.
#[must_use]
pub fn play_only(plan: &Plan, these: impl Fn(&Command) -> bool) -> (LedgerState, Vec<Played>) {
    let (mut state, mut now, mut played) = (LedgerState::default(), minute(0), Vec::new());
    for (number, step) in plan.steps().enumerate() {
        let Step { minutes, actor, command } = step(&state);
        now += TimeDelta::minutes(minutes);
        if !these(&command) {
            continue;
        }
        let id = CommandId(Uuid::from_u128(0x5000 + number as u128));
        let asked = Asked { id, at: now, actor, command };
        let result = decide(&mut state, &asked);
        if let Ok(Decided::Happened(events)) = &result {
            events.iter().for_each(|event| state.evolve(event, now));
        }
        played.push((asked, result));
    }
    (state, played)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_kind_of_command_has_one() {
        let commands = one_of_each();
        let names: BTreeSet<_> = commands.iter().map(Command::name).collect();
        assert_eq!(names, Command::NAMES.iter().copied().collect());
        assert_eq!(commands.len(), names.len());
    }
}
