//! Settlements in random histories.

use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use super::{any_money, any_number};
use crate::settlement::{Moved, Record, Reverse, Sum};
use crate::testing::{actor, minute, money, service, xof};
use crate::{Account, Actor, Command, LedgerState, Money, Role, SettlementId};

/// The settlement of this number.
#[must_use]
pub const fn settlement_id(number: u128) -> SettlementId {
    SettlementId(Uuid::from_u128(0xc800 + number))
}

/// The provider `sim` settled these sums in its payout of this number.
#[must_use]
pub fn settle_of(number: u128, sums: Vec<Sum>, value_date: NaiveDate) -> Command {
    let provider = "sim".parse().expect("a name");
    let object = format!("po_bank_{number}").parse().expect("an id");
    let settlement = settlement_id(number);
    Record { settlement, provider, object, sums, value_date, items: Some(3) }.into()
}

/// The provider `sim` settled so much, less a fee, to our bank on the first day.
#[must_use]
pub fn settle(number: u128, gross: Money, fee: Option<Money>) -> Command {
    let minor = gross.minor().saturating_sub(fee.map_or(0, Money::minor));
    let net = Money::from_minor(minor, gross.currency()).map(Moved::ToBank);
    let sum = Sum { gross: Some(Moved::ToBank(gross)), fee, net };
    settle_of(number, vec![sum], minute(0).date_naive())
}

/// A settlement is taken back.
#[must_use]
pub fn unsettle(number: u128) -> Command {
    let reason = "mistake".parse().expect("a word");
    Reverse { settlement: settlement_id(number), reason, effective: None }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let settled =
        (any_number(), any_money(), prop::option::of(1..5_u64)).prop_map(|(number, gross, fee)| {
            let fee = fee.filter(|fee| *fee <= gross.minor());
            settle(number, gross, fee.map(|fee| money(fee, gross.currency().code())))
        });
    let taken = (any_number(), any_money()).prop_map(|(number, amount)| {
        let moved = Some(Moved::FromBank(amount));
        let sums = vec![Sum { gross: moved, fee: None, net: moved }];
        settle_of(number, sums, minute(0).date_naive())
    });
    let wrong = (any_number(), any_money()).prop_map(|(number, amount)| {
        let sums = vec![Sum { gross: Some(Moved::ToBank(amount)), fee: None, net: None }];
        settle_of(number, sums, minute(0).date_naive())
    });
    prop_oneof![
        3 => settled,
        1 => taken,
        1 => wrong,
        2 => any_number().prop_map(unsettle),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    let clearing = Account::Clearing("sim".parse().expect("a name"));
    let held = state.books().balance(clearing, xof(1).currency());
    for number in 0..6_u128 {
        match state.settlement(settlement_id(number)) {
            Some(known) if known.reversed.is_none() => {
                options.push((actor("money", Role::Finance), unsettle(number)));
            }
            Some(_) => {}
            None => {
                if let Some(minor) = u64::try_from(held).ok().filter(|minor| *minor > 0) {
                    options.push((service(), settle(number, xof(minor), None)));
                }
            }
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![settle(1, xof(1_000), Some(xof(25))), unsettle(1)]
}
