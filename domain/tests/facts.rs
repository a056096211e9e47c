//! Facts of providers fold without regard to order: however they are mixed and repeated, a case
//! ends in the same balances.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::BTreeMap;

use cauri_domain::chargeback::Fact;
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

type Ends = BTreeMap<String, i128>;

/// Plays facts, whatever is refused: a provider that was refused comes again, which the last round
/// stands for.
fn end(beginning: &[Command], facts: &[Command]) -> (Ends, LedgerState) {
    let mut state = given(beginning.to_vec()).state;
    for (number, command) in facts.iter().chain(facts).enumerate() {
        let id = CommandId(uuid::Uuid::from_u128(0x9000 + number as u128));
        let (at, actor) = (minute(100), service());
        let asked = Asked { id, at, actor, command: command.clone() };
        if let Ok(Decided::Happened(events)) = decide(&mut state, &asked) {
            events.iter().for_each(|event| state.evolve(event, at));
        }
    }
    let balances = state.books().balances().into_iter().filter(|(.., balance)| *balance != 0);
    let ends =
        balances.map(|(account, currency, balance)| (format!("{account} {currency}"), balance));
    (ends.collect(), state)
}

/// A case: what there is before, and the facts.
fn cases() -> Vec<(Vec<Command>, Vec<Command>)> {
    let told = |fact| disputed(1, "pi_one", fact);
    let base = || vec![opened(), open_wallet(1, "ama"), initiate(1, 1, xof(100))];
    let spent = || {
        let mut base = base();
        base.extend([
            receive(1, "pi_one", xof(100)),
            request(1, 1, xof(80)),
            approve(1),
            submit(1),
        ]);
        base
    };
    vec![
        // Paid, a decline told late, a fee in two steps.
        (
            base(),
            vec![
                decline(1),
                payin_submitted(1),
                authorised(1, xof(100)),
                receive(1, "pi_one", xof(100)),
                provider_fee("pi_one", xof(2)),
                provider_fee("pi_one", xof(3)),
            ],
        ),
        // A total that grew beyond what was asked, and one that first was too small.
        (
            base(),
            vec![
                receive(1, "pi_one", xof(60)),
                receive(1, "pi_one", xof(100)),
                receive(1, "pi_one", xof(130)),
            ],
        ),
        // Paid twice: whichever is told first pays, and the other one waits.
        (base(), vec![receive(1, "pi_one", xof(100)), receive(1, "pi_two", xof(100))]),
        // Given back in part from outside.
        (
            base(),
            vec![
                receive(1, "pi_one", xof(100)),
                refund_total("pi_one", xof(30)),
                refund_total("pi_one", xof(50)),
            ],
        ),
        // Disputed and lost, on money that is going out.
        (
            spent(),
            vec![
                told(Fact::Inquiry),
                told(opened_for(xof(100))),
                told(withdrawn(xof(100), xof(15))),
                told(Fact::Lost),
                paid_out(1, xof(80)),
            ],
        ),
        // Disputed and won, told before the payment or after it.
        (
            base(),
            vec![
                receive(1, "pi_one", xof(100)),
                told(opened_for(xof(100))),
                told(withdrawn(xof(100), xof(15))),
                told(Fact::Won),
                told(Fact::FundsReinstated { amount: xof(100) }),
            ],
        ),
        // Given back in part, and the rest of it disputed.
        (
            base(),
            vec![
                receive(1, "pi_one", xof(100)),
                refund_total("pi_one", xof(40)),
                told(opened_for(xof(60))),
                told(withdrawn(xof(60), xof(15))),
                told(Fact::Lost),
            ],
        ),
        // A payout that failed, and one that was paid first.
        (spent(), vec![payout_unknown(1), paid_out(1, xof(80)), payout_failed(1)]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_order_and_any_repetition_ends_the_same(
        which in 0..8_usize,
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        swaps in prop::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        let (beginning, facts) = cases().swap_remove(which);
        let (expected, _) = end(&beginning, &facts);
        let mut shuffled = facts.clone();
        for (place, swap) in (0..facts.len()).zip(&swaps) {
            shuffled.swap(place, swap.index(facts.len()));
        }
        // Some of them twice, anywhere.
        for again in order {
            shuffled.insert(again.index(shuffled.len() + 1), facts[again.index(facts.len())].clone());
        }
        let (reached, _) = end(&beginning, &shuffled);
        prop_assert_eq!(reached, expected, "{:?}", shuffled);
    }

    #[test]
    fn nothing_is_left_in_transit_and_nothing_given_back_twice(plan in any_plan(0..200)) {
        let (state, _) = play(&plan);
        let provider: Provider = "sim".parse().unwrap();
        for number in 0..12_u128 {
            if let Some(refund) = state.refund(refund_id(number)) {
                let under_way = matches!(refund.status, refund::Status::Requested | refund::Status::Submitted);
                let account = Account::Refund(refund_id(number));
                let left = state.books().balance(account, refund.amount.currency());
                prop_assert_eq!(left != 0, under_way, "refund {:?}", refund);
            }
            if let Some(case) = state.chargeback(chargeback_id(number))
                && let Some(currency) = case.currency
            {
                let account = Account::Chargeback(chargeback_id(number));
                let left = state.books().balance(account, currency);
                let expected = i128::from(case.reinstated) + i128::from(case.borne) - i128::from(case.withdrawn);
                prop_assert_eq!(left, expected, "{:?}", case);
                let is_known = state.payment(case.payment.0, &case.payment.1).is_some_and(|it| it.told > 0);
                if is_known && case.reinstated <= case.withdrawn {
                    prop_assert_eq!(left, 0, "{:?}", case);
                }
            }
        }
        for object in (0..12).map(|object| format!("pi_{object}")) {
            let object: ObjectId = object.parse().unwrap();
            if let Some(payment) = state.payment(provider, &object) {
                let ours = payment.refunding + payment.refunded;
                prop_assert!(ours <= payment.settled, "{:?}", payment);
                // What a chargeback gave back goes into suspense where its wallet takes nothing.
                let cases = (0..12).filter_map(|number| state.chargeback(chargeback_id(number)));
                let of_it = cases.filter(|case| case.payment == (provider, object.clone()));
                let given_back: u64 = of_it.map(|case| case.reinstated).sum();
                prop_assert!(payment.held <= payment.told + given_back, "{:?}", payment);
            }
        }
    }
}

/// Every event is moved at the size of the largest: what is rare and large is behind a pointer.
#[test]
fn an_event_and_a_command_are_small() {
    assert!(size_of::<Event>() <= 240, "{} bytes", size_of::<Event>());
    assert!(size_of::<Command>() <= 240, "{} bytes", size_of::<Command>());
}
