//! The agenda over random histories: it is a function of the log, and says what the state says.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use cauri_domain::testing::{any_plan, escrow, payin, play, withdrawal};
use cauri_domain::*;
use cauri_ledger::{Cause, Hash, Recorded, Unit};
use cauri_sagas::agenda::Item;
use cauri_sagas::{Agenda, EscrowPart, TimerId};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

/// What a plan's accepted commands led to, as a ledger would have recorded it.
fn recorded(plan: &testing::Plan) -> (LedgerState, Vec<Recorded>) {
    let (state, played) = play(plan);
    let mut log = Vec::new();
    for (asked, decided) in played {
        let Ok(Decided::Happened(events)) = decided else { continue };
        let unit =
            Unit { first: Revision(log.len() as u64), count: u32::try_from(events.len()).unwrap() };
        for event in events {
            let revision = Revision(log.len() as u64);
            let cause = Cause {
                command: asked.id,
                digest: Hash::ZERO,
                correlation: CorrelationId(Uuid::from_u128(asked.id.0.as_u128())),
                causation: None,
                actor: asked.actor.clone(),
                key: None,
                labels: Labels::default(),
            };
            let (ledger, recorded_at) = (LedgerId::main(), asked.at);
            let hash = cauri_ledger::chain::link(Hash::ZERO, &revision.0.to_le_bytes());
            log.push(Recorded { ledger, revision, unit, recorded_at, cause, event, hash });
        }
    }
    (state, log)
}

fn folded(log: &[Recorded]) -> Agenda {
    let mut agenda = Agenda::default();
    for recorded in log {
        agenda.apply(recorded);
    }
    agenda
}

fn of_escrow(id: EscrowId, it: &escrow::Escrow, timers: &mut BTreeMap<TimerId, DateTime<Utc>>) {
    for (place, part) in it.parts.iter().enumerate() {
        let part_of = EscrowPart(id, it.numbered.then(|| u16::try_from(place + 1).unwrap()));
        match part.status {
            escrow::Status::Delivered { auto_release_at } => {
                timers.insert(TimerId::EscrowRelease(part_of), auto_release_at);
            }
            escrow::Status::Funded { deliver_by: Some(at) } => {
                timers.insert(TimerId::EscrowRefund(part_of), at);
            }
            _ => {}
        }
    }
    let given_up = it.parts.iter().any(|part| part.status == escrow::Status::Canceled);
    if let Some(at) = it.fund_by.filter(|_| !given_up) {
        timers.insert(TimerId::EscrowFunding(id), at);
    }
}

/// What is to be done, as the ledger's own state has it: about things that the log has begun.
///
/// Late money is left out: whether it is settled by itself is for its own event to say.
fn by_the_state(
    state: &LedgerState,
    log: &[Recorded],
) -> (BTreeMap<TimerId, DateTime<Utc>>, Vec<Item>) {
    let (mut timers, mut items) = (BTreeMap::new(), BTreeSet::new());
    for number in (0..30).chain(0x900..0x904) {
        if let Some(it) = state.payin(payin(number))
            && it.status.is_open()
        {
            timers.insert(TimerId::PayinExpiry(payin(number)), it.expires_at);
            if it.status == cauri_domain::payin::Status::Capturing {
                items.insert(Item::Payout(payin(number).into()));
            }
        }
        if let Some(it) = state.escrow(escrow(number)) {
            of_escrow(escrow(number), it, &mut timers);
        }
        if let Some(it) = state.hold(testing::hold(number))
            && it.status == hold::Status::Placed
        {
            timers.insert(TimerId::HoldExpiry(testing::hold(number)), it.expires_at);
        }
        if let Some(it) = state.sale(testing::sale(number)) {
            let (id, pay_by) = (testing::sale(number), it.pay_by);
            match it.status {
                sale::Status::Placed => drop(timers.insert(TimerId::OrderExpiry(id), pay_by)),
                sale::Status::Delivered { settle_at } => {
                    timers.insert(TimerId::OrderSettlement(id), settle_at);
                }
                _ => {}
            }
        }
        let id = testing::chargeback_id(number);
        if let Some(it) = state.chargeback(id) {
            let waits = it.outcome.is_none() && it.evidence.is_none();
            if let Some(due) = it.due_by.filter(|_| waits) {
                timers.insert(TimerId::ChargebackDeadline(id), due);
            }
            if let Some(at) = it.write_off_at {
                timers.insert(TimerId::WriteOff(id), at);
            }
        }
        let id = withdrawal(number);
        match state.withdrawal(id).map(|it| (it.status, it.auto_approve_at, it.is_alerted)) {
            Some((withdrawal::Status::Requested, at, false)) => {
                timers.insert(TimerId::WithdrawalApproval(id), at);
            }
            Some((withdrawal::Status::Approved, ..)) => {
                items.insert(Item::Submission(id.into()));
            }
            Some((
                withdrawal::Status::Submitted { .. } | withdrawal::Status::Unknown { .. },
                ..,
            )) => {
                items.insert(Item::Payout(id.into()));
            }
            Some(_) | None => {}
        }
    }
    for recorded in log {
        match &recorded.event {
            Event::EntitlementGranted(event) => {
                let it = state.entitlement(event.entitlement).unwrap();
                if let (entitlement::Status::Granted, Some(at)) = (it.status, it.ends_at) {
                    timers.insert(TimerId::EntitlementExpiry(event.entitlement), at);
                }
            }
            Event::ProposalMade(event) => {
                let it = state.proposal(event.proposal).unwrap();
                if it.status == four_eyes::Status::Open {
                    timers.insert(TimerId::ProposalExpiry(event.proposal), it.expires_at);
                }
            }
            Event::RefundRequested(event) => match state.refund(event.refund).unwrap().status {
                refund::Status::Requested => {
                    items.insert(Item::Submission(event.refund.into()));
                }
                refund::Status::Submitted => {
                    items.insert(Item::Payout(event.refund.into()));
                }
                refund::Status::Succeeded
                | refund::Status::ToWallet
                | refund::Status::Failed
                | refund::Status::GivenUp => {}
            },
            _ => {}
        }
    }
    (timers, items.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn it_says_what_the_state_says(plan in any_plan(0..160)) {
        let (state, log) = recorded(&plan);
        let agenda = folded(&log);
        let (timers, items) = by_the_state(&state, &log);
        let is_late = |id: &TimerId| matches!(id, TimerId::LateMoney(_));
        let is_closing = |id: &TimerId| matches!(id, TimerId::PayinClosing(_));
        // What falls due of a subscription, its own stories show.
        let is_checked = |id: &TimerId| {
            !is_late(id) && !is_closing(id) && id.process() != "subscription"
        };
        let set = agenda.timers().filter(|(id, _)| is_checked(id)).map(|(id, due)| (id, due.at));
        prop_assert_eq!(set.collect::<BTreeMap<_, _>>(), timers);
        for (id, _) in agenda.timers().filter(|(id, _)| is_late(id)) {
            let TimerId::LateMoney(payin) = id else { unreachable!() };
            prop_assert!(!state.payin(payin).unwrap().late.is_empty());
        }
        // At once: what nobody waits for, and may be open at its provider.
        let closing: BTreeSet<_> =
            agenda.timers().map(|(id, _)| id).filter(|id| is_closing(id)).collect();
        let is_given_up = |id: &PayinId| {
            state.payin(*id).is_some_and(|it| !it.status.is_open() && it.open_object.is_some())
        };
        let given_up = (0..30).chain(0x900..0x904).map(payin).filter(is_given_up);
        prop_assert_eq!(closing, given_up.map(TimerId::PayinClosing).collect::<BTreeSet<_>>());
        let others = agenda.items().filter(|item| !matches!(item, Item::Timer(_)));
        prop_assert_eq!(others.collect::<BTreeSet<_>>(), items.into_iter().collect::<BTreeSet<_>>());
        let dues: Vec<_> = agenda.timers().map(|(id, due)| (due.at, id)).collect();
        prop_assert!(dues.is_sorted(), "the earliest first: {:?}", dues);
        prop_assert!(agenda.items().all(|item| agenda.when(item).is_some()));
        let open = agenda.items().filter(|item| matches!(item, Item::Payout(_))).count();
        prop_assert_eq!(agenda.paying().len(), open);
    }

    #[test]
    fn from_a_file_and_the_tail_it_equals_the_one_from_zero(
        plan in any_plan(0..120),
        cut in any::<prop::sample::Index>(),
    ) {
        let (_, log) = recorded(&plan);
        let cut = cut.index(log.len() + 1);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.agenda");
        folded(&log[..cut]).save(&path).unwrap();
        let mut agenda = Agenda::load(&path).unwrap();
        for recorded in &log[cut..] {
            agenda.apply(recorded);
        }
        prop_assert_eq!(agenda, folded(&log));
    }

    #[test]
    fn what_an_event_touches_is_all_that_it_changes(plan in any_plan(0..120)) {
        let (_, log) = recorded(&plan);
        let mut agenda = Agenda::default();
        for recorded in &log {
            let before: BTreeMap<_, _> = agenda.items().map(|item| (item, agenda.when(item))).collect();
            let touched = agenda.apply(recorded);
            let after: BTreeMap<_, _> = agenda.items().map(|item| (item, agenda.when(item))).collect();
            for item in before.keys().chain(after.keys()) {
                let same = before.get(item) == after.get(item);
                prop_assert!(same || touched.contains(item), "{:?} at {}", item, recorded.revision);
            }
        }
    }

    #[test]
    fn events_that_are_folded_again_change_nothing(
        plan in any_plan(0..160),
        cut in any::<prop::sample::Index>(),
        back in any::<prop::sample::Index>(),
    ) {
        let (_, log) = recorded(&plan);
        let cut = cut.index(log.len() + 1);
        let back = back.index(cut + 1);
        let mut agenda = folded(&log[..cut]);
        for recorded in &log[back..] {
            agenda.apply(recorded);
            agenda.apply(recorded);
        }
        prop_assert_eq!(agenda, folded(&log));
    }
}

#[test]
fn only_a_whole_file_of_this_form_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.agenda");
    assert_eq!(Agenda::load(&path), None, "there is none");
    let mut runner = TestRunner::deterministic();
    let plan = any_plan(30..40).new_tree(&mut runner).unwrap().current();
    let agenda = folded(&recorded(&plan).1);
    assert_ne!(agenda, Agenda::default());
    agenda.save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let load = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Agenda::load(&path)
    };
    for at in 0..whole.len() {
        assert_eq!(load(&whole[..at]), None, "cut off at {at}");
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        assert_eq!(load(&damaged), None, "damaged at {at}");
    }
    assert_eq!(load(&[&whole[..], b"x"].concat()), None, "longer");
    assert_eq!(load(&[b"cauri agenda 1\n", &whole[whole.len() / 2..]].concat()), None);
    assert_eq!(load(&whole), Some(agenda));
}
