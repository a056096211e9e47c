//! Pay-ins in random histories, what waits in suspense, and what providers take.

use proptest::prelude::*;

use super::{any_money, any_number, any_provider, any_receipt, any_wallet, propose};
use crate::commission::BasisPoints;
use crate::payin::{Initiate, RecordDecline, RecordProviderFee, RecordReceipt, Target};
use crate::payments::{LatePolicy, Rules, WithdrawalFee};
use crate::suspense::Exit;
use crate::testing::{
    assign, authorised, cancel_payin, capture_payin, closed_at_provider, configure_payments,
    decline, escrow, expire, initiate, payin, payin_submitted, provider_fee, receipt, receive,
    service, settle_late, to_wallet, wallet, xof,
};
use crate::{Actor, Command, LedgerState, Money};

fn any_target() -> impl Strategy<Value = Option<Target>> {
    prop_oneof![
        6 => Just(None),
        1 => any_wallet().prop_map(|number| Some(Target::Wallet(wallet(number)))),
        2 => any_number().prop_map(|number| Some(Target::Escrow(escrow(number), None))),
    ]
}

pub(super) fn any_rules() -> impl Strategy<Value = Rules> {
    let late = prop_oneof![
        2 => Just(LatePolicy::Credit),
        2 => Just(LatePolicy::Refund),
        1 => Just(LatePolicy::Hold),
    ];
    let fee = (any_money(), 0..500_u16, prop::bool::ANY).prop_map(|(fixed, rate, has_fixed)| {
        let rate = BasisPoints::try_from(rate).expect("less than 10,000");
        WithdrawalFee { currency: fixed.currency(), fixed: has_fixed.then_some(fixed), rate }
    });
    (late, prop::collection::vec(fee, 0..2)).prop_map(|(late, withdrawal_fees)| Rules {
        late,
        withdrawal_fees,
        write_off_s: 60.try_into().expect("a minute is a span"),
        ..Rules::default()
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the helper makes one kind of command")]
pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![
        6 => (any_number(), any_wallet(), any_money(), any_target(), prop::bool::ANY).prop_map(
            |(number, into, amount, target, capture_later)| match initiate(number, into, amount) {
                Command::InitiatePayin(initiate) => {
                    Initiate { target, capture_later, ..initiate }.into()
                }
                other => other,
            }
        ),
        14 => (prop::option::weighted(0.9, any_number()), any_receipt()).prop_map(
            |(number, receipt)| RecordReceipt { payin: number.map(payin), receipt }.into()
        ),
        2 => (any_number(), any_provider()).prop_map(|(number, provider)| {
            RecordDecline {
                payin: payin(number),
                provider: provider.parse().expect("a name"),
                object: "pi_x".parse().expect("an id"),
                reason: "declined".parse().expect("a word"),
            }
            .into()
        }),
        3 => any_number().prop_map(expire),
        1 => any_number().prop_map(cancel_payin),
        1 => any_number().prop_map(capture_payin),
        1 => any_number().prop_map(closed_at_provider),
        1 => any_number().prop_map(payin_submitted),
        1 => (any_number(), any_money()).prop_map(|(number, amount)| authorised(number, amount)),
        1 => any_receipt().prop_map(|receipt| RecordProviderFee { receipt, withdrawal: None }.into()),
        1 => any_rules().prop_map(configure_payments),
        1 => any_number().prop_map(settle_late),
        1 => (0..12_u32, any_money(), any_wallet())
            .prop_map(|(object, amount, to)| assign(&format!("pi_{object}"), amount, to_wallet(to))),
        1 => (any_number(), 0..12_u32, any_money(), any_wallet()).prop_map(
            |(number, object, amount, to)| {
                propose(number, assign(&format!("pi_{object}"), amount, to_wallet(to)))
            }
        ),
    ]
    .boxed()
}

/// What is in suspense at the provider `sim`.
pub(super) fn in_suspense(state: &LedgerState) -> Vec<(String, Money)> {
    let names = (0..12_u32).map(|object| format!("pi_{object}"));
    let late = (0..6_u32).flat_map(|number| {
        ["expired", "canceled", "succeeded"].map(|status| format!("pi_f{number}{status}"))
    });
    let held = |name: String| {
        let key = receipt("sim", &name, xof(1));
        let payment = state.payment(key.provider, &key.object)?;
        Some((name, payment.money(payment.held)?))
    };
    names.chain(late).filter_map(held).collect()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        let Some(it) = state.payin(payin(number)) else {
            if let Some(it) = state.escrow(escrow(number)) {
                let (wallet, amount) = (it.buyer, it.amount);
                let (provider, target) = ("sim".parse().expect("a name"), escrow(number));
                let target = Some(Target::Escrow(target, None));
                let payin = payin(number);
                let pays =
                    Initiate { payin, wallet, amount, provider, target, capture_later: false };
                options.push((service(), pays.into()));
            }
            continue;
        };
        let object = format!("pi_f{number}{}", it.status.as_str());
        options.push((service(), receive(number, &object, it.amount)));
        options.push((service(), receive(number, &object, it.amount)));
        if it.status.is_open() {
            options.push((service(), authorised(number, it.amount)));
            options.push((service(), capture_payin(number)));
            options.push((service(), cancel_payin(number)));
            options.push((service(), expire(number)));
        } else {
            let held = in_suspense(state).into_iter().any(|(held, _)| held == object);
            options.extend(held.then(|| (service(), settle_late(number))));
            options.push((service(), closed_at_provider(number)));
        }
    }
    for (number, (object, held)) in in_suspense(state).into_iter().enumerate().take(4) {
        let number = number as u128;
        let to = if number.is_multiple_of(2) { to_wallet(1) } else { Exit::Payin(payin(number)) };
        options.push((service(), propose(40 + number, assign(&object, held, to))));
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![
        initiate(1, 1, xof(100)),
        receive(1, "pi_one", xof(100)),
        decline(1),
        payin_submitted(1),
        authorised(1, xof(100)),
        provider_fee("pi_one", xof(3)),
        capture_payin(1),
        cancel_payin(1),
        expire(1),
        closed_at_provider(1),
        configure_payments(Rules { late: LatePolicy::Hold, ..Rules::default() }),
        assign("pi_one", xof(100), to_wallet(1)),
        settle_late(1),
    ]
}
