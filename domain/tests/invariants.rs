//! What holds whatever is asked, in whatever order.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs, reason = "tests")]

mod oracle;

use std::collections::{BTreeMap, BTreeSet};

use cauri_domain::testing::{Plan, any_plan, chargeback_id, play, play_only};
use cauri_domain::*;
use oracle::{JUDGED, Oracle, Verdict};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap()
}

fn payload(event: &Event) -> serde_json::Value {
    event.serialize_payload(serde_json::value::Serializer).unwrap()
}

fn happened(result: &Result<Decided, Refusal>) -> &[Event] {
    match result {
        Ok(Decided::Happened(events)) => events,
        Ok(Decided::Already) | Err(_) => &[],
    }
}

/// The domain's balances as the oracle writes them.
fn books(state: &LedgerState) -> BTreeMap<(String, String), i128> {
    let credit = |account: Account, balance: i128| match account.class().normal_side() {
        Side::Debit => -balance,
        Side::Credit => balance,
    };
    let balances = state.books().balances();
    balances
        .into_iter()
        .map(|(account, currency, balance)| {
            ((account.to_string(), currency.to_string()), credit(account, balance))
        })
        .collect()
}

/// The lifecycles that the oracle knows whole play by themselves too: others change what they may.
fn is_judged(command: &Command) -> bool {
    let plain = |it: &escrow::Portion| it.milestone.is_none() && it.amount.is_none();
    JUDGED.contains(&command.name())
        && match command {
            Command::FreezeWallet(it) => it.level.is_none(),
            Command::OpenEscrow(it) => it.more.is_none(),
            Command::ReleaseEscrow(it) => plain(&it.0),
            Command::RefundEscrow(it) => plain(&it.0),
            Command::MarkDelivered(it) => it.milestone.is_none(),
            _ => true,
        }
}

/// The domain's statuses as the oracle writes them.
fn statuses(state: &LedgerState, oracle: &Oracle) -> BTreeMap<String, String> {
    let status = |name: &String| {
        let (noun, id) = name.split_once(' ').unwrap();
        match noun {
            "wallet" => state.wallet(id.parse().unwrap()).unwrap().status.as_str(),
            "payin" => state.payin(id.parse().unwrap()).unwrap().status.as_str(),
            "escrow" => state.escrow(id.parse().unwrap()).unwrap().status().as_str(),
            _ => state.withdrawal(id.parse().unwrap()).unwrap().status.as_str(),
        }
    };
    oracle.status.keys().map(|name| (name.clone(), status(name).to_owned())).collect()
}

/// What may still be taken for a case, by what was told of it.
fn may_be_taken(case: &chargeback::Chargeback) -> u64 {
    use chargeback::Outcome::{Lost, Uncontested, Won};
    let is_over = match case.outcome {
        Some(Won) => true,
        Some(Lost | Uncontested) => case.withdrawn > 0,
        None => false,
    };
    let is_open = !is_over && case.reinstated == 0;
    if is_open { case.disputed.unwrap_or(0).saturating_sub(case.withdrawn) } else { 0 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_books_balance_and_the_oracle_agrees(plan in any_plan(0..120)) {
        let (mut state, mut oracle) = (LedgerState::default(), Oracle::default());
        for (asked, result) in play(&plan).1 {
            prop_assert_eq!(&decide(&mut state, &asked), &result, "a decision depends on its state alone");
            for event in happened(&result) {
                state.evolve(event, asked.at);
                oracle.take(event.wire_name(), &payload(event));
                prop_assert!(state.books().trial_balance().values().all(|sum| *sum == 0));
            }
            prop_assert!(oracle.sums().values().all(|sum| *sum == 0));
        }
        prop_assert_eq!(books(&state), oracle.credit.clone());
    }

    #[test]
    fn what_ended_left_nothing_and_stands_where_the_oracle_says(plan in any_plan(0..160)) {
        let (mut state, mut oracle) = (LedgerState::default(), Oracle::default());
        for (asked, result) in play_only(&plan, is_judged).1 {
            for event in happened(&result) {
                state.evolve(event, asked.at);
                oracle.take(event.wire_name(), &payload(event));
            }
            prop_assert_eq!(oracle.overdrawn(), Vec::<&str>::new());
            prop_assert_eq!(oracle.left_in_transit(), Vec::new());
        }
        prop_assert_eq!(statuses(&state, &oracle), oracle.status.clone());
    }

    #[test]
    fn the_oracle_would_have_decided_the_same(plan in any_plan(0..160)) {
        let mut oracle = Oracle::default();
        for (asked, result) in play_only(&plan, is_judged).1 {
            let [actor, at, command] = [json(&asked.actor), json(&asked.at), json(&asked.command)];
            let expected = oracle.verdict(&actor, at.as_str().unwrap(), &command);
            let decided = match &result {
                Ok(Decided::Happened(_)) => Verdict::Yes,
                Ok(Decided::Already) => Verdict::Already,
                Err(_) => Verdict::No,
            };
            prop_assert_eq!(decided, expected, "{:?} came to {:?}", asked, result);
            for event in happened(&result) {
                let (kind, payload) = (event.wire_name(), payload(event));
                let expected = oracle.moves(kind, &payload, &command);
                if let Some(expected) = expected {
                    prop_assert_eq!(Oracle::moved(&payload), expected, "{} of {:?}", kind, asked);
                }
                oracle.take(kind, &payload);
            }
        }
    }

    #[test]
    fn commission_is_what_its_breakdown_says_and_what_is_posted(plan in any_plan(0..120)) {
        for (_, result) in play(&plan).1 {
            for event in happened(&result) {
                let payload = payload(event);
                let moved = Oracle::moved(&payload);
                let mut income = BTreeMap::<String, i128>::new();
                let breakdowns = oracle::commission::breakdowns(&payload);
                let known: Vec<_> = event.breakdowns().into_iter().map(json).collect();
                prop_assert!(breakdowns.iter().copied().eq(&known), "{} hides some", payload);
                prop_assert_eq!(explain::check(&explain::explain(event)), Ok(()));
                for breakdown in breakdowns {
                    let back = breakdown.get("refund").is_some();
                    for (account, minor) in oracle::commission::recomputed(breakdown) {
                        *income.entry(account).or_default() += if back { -minor } else { minor };
                    }
                }
                // The price of the way, and taxes, go to some of the same accounts beside it.
                let has_more = |to: &str| {
                    event.wire_name().starts_with("order.")
                        && (to == "revenue:fees" || to.starts_with("tax:"))
                };
                let shared = income.iter().filter(|(to, _)| !to.starts_with("wallet:"));
                for (account, minor) in shared.filter(|(to, _)| !has_more(to)) {
                    let posted = moved.get(account).copied().unwrap_or_default();
                    prop_assert_eq!(posted, *minor, "{} of {}", account, payload);
                }
            }
        }
    }

    #[test]
    fn replay_gives_the_same_state_to_the_bit(plan in any_plan(0..120)) {
        let (live, played) = play(&plan);
        let mut replayed = LedgerState::default();
        for (asked, result) in &played {
            happened(result).iter().for_each(|event| replayed.evolve(event, asked.at));
        }
        prop_assert_eq!(&replayed, &live);
        let bytes = serde_json::to_vec(&live).unwrap();
        prop_assert_eq!(&serde_json::to_vec(&replayed).unwrap(), &bytes);
        // A state that was put away and taken out again is the same state.
        prop_assert_eq!(&serde_json::from_slice::<LedgerState>(&bytes).unwrap(), &live);
        // Also in the form that snapshots have.
        let packed = postcard::to_stdvec(&live).unwrap();
        prop_assert_eq!(&postcard::to_stdvec(&replayed).unwrap(), &packed);
        prop_assert_eq!(&postcard::from_bytes::<LedgerState>(&packed).unwrap(), &live);
    }

    #[test]
    fn events_are_read_back_as_they_were_written(plan in any_plan(0..60)) {
        for (_, result) in play(&plan).1 {
            for event in happened(&result) {
                let read = Event::deserialize_payload(event.wire_name(), payload(event));
                prop_assert_eq!(read.unwrap().unwrap(), event.clone());
            }
        }
    }

    #[test]
    fn what_is_undone_was_never_there(plan in any_plan(0..60), cut in 0..60_usize) {
        let (_, played) = play(&plan);
        let (before, after) = played.split_at(cut.min(played.len()));
        let mut state = LedgerState::default();
        for (asked, result) in before {
            happened(result).iter().for_each(|event| state.evolve(event, asked.at));
        }
        let (mark, expected) = (state.mark(), state.clone());
        for (asked, result) in after {
            happened(result).iter().for_each(|event| state.evolve(event, asked.at));
        }
        state.undo_to(mark);
        prop_assert_eq!(&state, &expected);
        // And what is final stays, whatever comes after it is undone.
        state.forget(state.mark());
        for (asked, result) in after {
            happened(result).iter().for_each(|event| state.evolve(event, asked.at));
        }
        state.undo_to(mark.since(mark));
        prop_assert_eq!(state, expected);
    }

    #[test]
    fn asking_again_books_nothing_twice(plan in any_plan(0..80)) {
        let mut state = LedgerState::default();
        for (asked, result) in play(&plan).1 {
            let events = happened(&result);
            events.iter().for_each(|event| state.evolve(event, asked.at));
            // These have no id of their own: what makes them once is the engine's key. A renewal, or
            // the end of a usage period, that is late catches up by one period at a time, each due.
            let by_engine = matches!(
                asked.command,
                Command::Transfer(_)
                    | Command::AdvanceClock(_)
                    | Command::ReplayEndpoint(_)
                    | Command::ErasePersonalData(_)
                    | Command::Batch(_)
                    | Command::ClawBackEscrow(_)
                    | Command::ReleaseEscrow(_)
                    | Command::RefundEscrow(_)
                    | Command::RenewSubscription(_)
                    | Command::CloseUsagePeriod(_)
            );
            if !events.is_empty() && !by_engine {
                let again = decide(&mut state, &asked);
                prop_assert!(happened(&again).is_empty(), "{:?} happened again: {again:?}", asked.command);
            }
        }
    }

    #[test]
    fn a_wallet_counts_what_is_open_in_it(plan in any_plan(0..160)) {
        let (state, played) = play_only(&plan, is_judged);
        let mut oracle = Oracle::default();
        for event in played.iter().flat_map(|(_, result)| happened(result)) {
            oracle.take(event.wire_name(), &payload(event));
        }
        for id in oracle.status.keys().filter_map(|thing| thing.strip_prefix("wallet ")) {
            // Nobody buys from themselves, so each thing counts once.
            let counted = state.wallet(id.parse().unwrap()).unwrap().open;
            prop_assert_eq!(counted as usize, oracle.open_in(id));
        }
    }

    #[test]
    fn a_wallet_pays_what_it_owes_then_keeps_back_for_its_cases_then_may_spend(
        plan in any_plan(0..160),
    ) {
        let mut state = LedgerState::default();
        for (asked, result) in play(&plan).1 {
            happened(&result).iter().for_each(|event| state.evolve(event, asked.at));
            let cases = (0..30).filter_map(|it| state.chargeback(chargeback_id(it)));
            let mut kept = BTreeMap::new();
            for case in cases {
                let Some(currency) = case.currency else { continue };
                let there = |account| state.books().balance(account, currency);
                if let Some(wallet) = case.reserve_of {
                    let kept: &mut u64 = kept.entry((wallet, currency)).or_default();
                    *kept += case.reserve;
                    prop_assert!(i128::from(*kept) <= there(Account::Reserve(wallet)));
                    prop_assert!(case.reserve == 0 || there(Account::Receivable(wallet)) <= 0);
                }
                let payment = state.payment(case.payment.0, &case.payment.1).unwrap();
                let Some(wallet) = payment.wallet else { continue };
                let wanted = may_be_taken(case);
                prop_assert!(case.reserve <= wanted, "{:?} keeps back too much", case);
                let is_short = case.reserve < wanted && there(Account::Receivable(wallet)) == 0;
                let has = there(Account::Wallet(wallet));
                prop_assert!(!is_short || has <= 0, "{:?} after {:?}", case, asked);
            }
        }
    }
}

/// Refusals that no decision gives: parsing gives them, or the engine.
const NOT_DECIDED: [&str; 10] = [
    // Its own code is never given: a batch answers with that of the command refused.
    "IN_BATCH",
    "CLOCK_FIXED",
    "RULE_LACKS_CURRENCY",
    "ID_REUSED",
    "AMOUNT_NOT_A_DECIMAL",
    "AMOUNT_NOT_POSITIVE",
    "SCALE_TOO_FINE",
    "AMOUNT_TOO_LARGE",
    "UNKNOWN_CURRENCY",
    "INVALID_TEXT",
];

/// The histories above would prove little if they were refused, or went the same way each time.
#[test]
fn the_histories_reach_every_event_and_every_refusal() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut events, mut refusals) = (BTreeSet::new(), BTreeSet::new());
    let (mut asked, mut accepted) = (0, 0);
    // Some ends are far away: most of what there is was reached long before, and the rest is waited for.
    for number in 0..2_400 {
        let plan: Plan = any_plan(300..301).new_tree(&mut runner).unwrap().current();
        for (_, result) in play(&plan).1 {
            asked += 1;
            accepted += usize::from(result.is_ok());
            events.extend(happened(&result).iter().map(Event::wire_name));
            refusals.extend(result.err().map(|refusal| refusal.code()));
        }
        let is_decided = |code: &&&str| !NOT_DECIDED.contains(*code);
        let is_all = events.len() == Event::WIRE_NAMES.len()
            && Refusal::CODES.iter().filter(is_decided).all(|code| refusals.contains(code));
        if number >= 400 && is_all {
            break;
        }
    }
    let missing: Vec<_> =
        Event::WIRE_NAMES.iter().filter(|name| !events.contains(**name)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
    let decided = Refusal::CODES.iter().filter(|code| !NOT_DECIDED.contains(*code));
    let missing: Vec<_> = decided.filter(|code| !refusals.contains(**code)).collect();
    assert!(missing.is_empty(), "never refused: {missing:?}");
    assert!(accepted * 2 >= asked, "only {accepted} of {asked} commands were accepted");
}
