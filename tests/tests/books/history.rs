//! The ledger as it was: from the log alone, the same for ever, and what changed in between.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::hash::Hash;
use std::sync::Arc;

use cauri_api::history::things::{changed, counts};
use cauri_api::history::{Answer, By, Diff, Point, diff, replay, statement};
use cauri_domain::state::SeeTables;
use cauri_domain::table::Table;
use cauri_domain::testing::{any_plan, effective, import, money, play, service, wallet, xof};
use cauri_domain::{Account, CommandId, LedgerId, LedgerState, Revision};
use cauri_ledger::engine::Request;
use cauri_ledger::fold::Fold;
use cauri_ledger::store::EventStore;
use chrono::{NaiveDate, TimeDelta};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde::Serialize;
use uuid::Uuid;

use super::kit::{Played, last};

const fn at(revision: u64) -> Point {
    Point::Revision(Revision(revision))
}

/// A random history, the same in every run.
async fn history(steps: usize) -> Played {
    let plan = any_plan(steps).new_tree(&mut TestRunner::deterministic()).unwrap().current();
    let played = Played::new().await;
    for (asked, _) in play(&plan).1 {
        played.ask(&asked).await;
    }
    played
}

async fn answer(store: &Arc<dyn EventStore>, to: u64, by: Option<By>) -> Answer {
    let ledger = LedgerId::main();
    let replayed = replay(Arc::clone(store), &ledger, Some(at(to)), by, |_, _| {}).await.unwrap();
    Answer::of(&replayed, by).unwrap()
}

async fn between(store: &Arc<dyn EventStore>, from: u64, to: u64) -> Diff {
    diff(Arc::clone(store), &LedgerId::main(), at(from), Some(at(to))).await.unwrap()
}

/// Everything that can be asked about a place, as the bytes that are printed.
async fn everything(store: &Arc<dyn EventStore>, to: u64, day: NaiveDate) -> Vec<String> {
    let mut all = Vec::new();
    for by in [None, Some(By::Effective(day)), Some(By::Posting(day))] {
        let answer = answer(store, to, by).await;
        all.extend([answer.to_string(), serde_json::to_string(&answer).unwrap()]);
        for number in 0..4 {
            let (ledger, place) = (LedgerId::main(), Some(at(to)));
            let of = statement(Arc::clone(store), &ledger, place, by, wallet(number));
            let of = of.await.unwrap();
            all.extend([of.to_string(), serde_json::to_string(&of).unwrap()]);
        }
    }
    let diff = between(store, to / 2, to).await;
    all.extend([diff.to_string(), serde_json::to_string(&diff).unwrap()]);
    all
}

/// Row 7 of `docs/peers-asks.md`.
#[tokio::test]
async fn the_same_question_has_the_same_answer_also_after_backdating() {
    let played = history(300).await;
    let events = played.events();
    let end = last(&events);
    let day = events[events.len() / 2].recorded_at.date_naive();
    let places = [end / 4, end / 2, end];
    let mut before = Vec::new();
    for to in places {
        before.push(everything(&played.store, to, day).await);
    }

    // Money of that day and of the day before comes to light.
    for (number, day) in (0..).zip([day, day.pred_opt().unwrap()]) {
        let command = effective(import(900 + number, 1, xof(70)), day);
        let id = CommandId(Uuid::from_u128(0xbacc_0000 + number));
        played.done(TimeDelta::days(1), Request::new(id, service(), command)).await;
    }
    for (to, before) in places.into_iter().zip(before) {
        assert!(everything(&played.store, to, day).await == before, "at {to}");
    }

    // The new answer about the old day has it.
    let had = |answer: &Answer| {
        let row = answer.trial_balance.iter();
        let mut row = row.filter(|it| it.account == "equity:opening" && it.currency == "XOF");
        row.next().map_or(0, |row| row.debits.parse::<i128>().unwrap())
    };
    let by = Some(By::Effective(day));
    let (old, new) =
        (answer(&played.store, end, by).await, answer(&played.store, end + 2, by).await);
    assert_eq!(had(&new) - had(&old), 140);
}

#[tokio::test]
async fn an_answer_is_what_the_rules_work_on() {
    let played = history(400).await;
    let events = played.events();
    for to in (0..events.len()).step_by(37) {
        let mut fold = Fold::default();
        events[..=to].iter().for_each(|event| fold.apply(event));
        let answer = answer(&played.store, to as u64, None).await;
        assert_eq!(answer.hash, fold.hash.to_string());
        assert_eq!(answer.commands, fold.bound.len() as u64);
        let plain = |amount: &str| amount.replace('.', "").parse::<i128>().unwrap();
        let said: Vec<_> = answer
            .trial_balance
            .iter()
            .map(|row| (row.account.clone(), row.currency.clone(), plain(&row.balance)))
            .collect();
        let kept: Vec<_> = fold
            .state
            .books()
            .balances()
            .into_iter()
            .map(|(account, currency, minor)| (account.to_string(), currency.to_string(), minor))
            .collect();
        assert_eq!(said, kept, "at {to}");
        assert!(answer.totals.iter().all(|total| total.debits == total.credits));
        // An instant is the last event that was recorded by then.
        let instant = events[to].recorded_at;
        let last = events.iter().rev().find(|it| it.recorded_at <= instant).unwrap();
        let ledger = LedgerId::main();
        let by_time = Some(Point::Instant(instant));
        let by_time = replay(Arc::clone(&played.store), &ledger, by_time, None, |_, _| {}).await;
        assert_eq!(by_time.unwrap().last.revision, last.revision);
    }
}

/// All tables of a state that have something in them, and all that there are.
#[derive(Default)]
struct Tables {
    used: BTreeSet<&'static str>,
    all: BTreeSet<&'static str>,
}

impl SeeTables for Tables {
    type Error = Infallible;

    fn table<K, V>(
        &mut self,
        name: &'static str,
        _: &Table<K, V>,
        table: &Table<K, V>,
    ) -> Result<(), Infallible>
    where
        K: Clone + Eq + Hash + Ord + Serialize,
        V: Clone + PartialEq + Serialize,
    {
        self.all.insert(name);
        if !table.is_empty() {
            self.used.insert(name);
        }
        Ok(())
    }
}

/// Whatever a lifecycle keeps can be shown: a thing that cannot would end every answer.
#[test]
fn everything_that_a_ledger_keeps_can_be_shown() {
    let (mut runner, mut tables) = (TestRunner::deterministic(), Tables::default());
    for _ in 0..40 {
        let plan = any_plan(300).new_tree(&mut runner).unwrap().current();
        let (state, _) = play(&plan);
        let Ok(()) = LedgerState::default().beside(&state, &mut tables);
        let things = changed(&LedgerState::default(), &state).unwrap();
        let shown: BTreeMap<_, u64> = things.iter().fold(BTreeMap::new(), |mut counts, thing| {
            *counts.entry(thing.table).or_default() += 1;
            counts
        });
        let counted = counts(&state).unwrap().into_iter();
        assert_eq!(shown, counted.map(|(table, count)| (table, count.total)).collect());
    }
    // So few random histories come to these that they are not waited for.
    let rare = ["default_methods", "member_days"];
    let unused: Vec<_> =
        tables.all.difference(&tables.used).filter(|table| !rare.contains(*table)).collect();
    assert!(unused.is_empty(), "no history has any of {unused:?}");
}

/// Before, and what was debited and credited, is after; what is not named did not change.
#[tokio::test]
async fn a_difference_is_all_that_changed() {
    let played = history(400).await;
    let end = last(&played.events());
    let mut tables = BTreeMap::<&str, u32>::new();
    for (from, to) in [(0, end), (end / 3, end / 2), (end / 2, end), (7, 7)] {
        let diff = between(&played.store, from, to).await;
        let books = async |to| {
            let answer = answer(&played.store, to, None).await;
            let books = answer.trial_balance.into_iter();
            books.map(|row| ((row.account, row.currency), row.balance)).collect::<BTreeMap<_, _>>()
        };
        let (mut moved, after) = (books(from).await, books(to).await);
        for it in &diff.accounts {
            let plain = |amount: &str| amount.replace('.', "").parse::<i128>().unwrap();
            let by = plain(&it.debits) - plain(&it.credits);
            let by = if matches!(it.class, "asset" | "expense") { by } else { -by };
            assert_eq!(plain(&it.after) - plain(&it.before), by, "{it:?}");
            let book = (it.account.clone(), it.currency.clone());
            let before = moved.insert(book, it.after.clone());
            assert_eq!(plain(before.as_deref().unwrap_or("0")), plain(&it.before), "{it:?}");
        }
        assert_eq!(moved, after, "{from} to {to}");
        for change in diff.things.iter().chain(&diff.settings) {
            *tables.entry(change.table).or_default() += 1;
            let [before, after] = [&change.before, &change.after];
            let [before, after] = [before, after].map(|it| it.as_ref().map(|it| it.get()));
            assert_ne!(before, after, "{change:?}");
            assert!(!change.fields().is_empty(), "{change:?}");
        }
        assert_eq!(from == to, diff.accounts.is_empty() && diff.things.is_empty());
    }
    for table in ["wallets", "holds", "escrows", "withdrawals", "sales", "payins"] {
        assert!(tables.contains_key(table), "no {table} in {tables:?}");
    }
}

#[tokio::test]
async fn a_statement_names_who_asked_and_why() {
    let played = history(300).await;
    let (events, ledger) = (played.events(), LedgerId::main());
    let mut lines = 0;
    for number in 0..4 {
        let id = wallet(number);
        let of = statement(Arc::clone(&played.store), &ledger, None, None, id).await.unwrap();
        assert!(of.exists);
        let accounts = [
            Account::Wallet(id),
            Account::Pending(id),
            Account::Reserve(id),
            Account::Receivable(id),
        ];
        let posted =
            events.iter().filter_map(|event| event.event.entry()).flat_map(|it| it.postings());
        assert_eq!(of.lines.len(), posted.filter(|it| accounts.contains(&it.account)).count());
        for line in &of.lines {
            let event = &events[usize::try_from(line.revision).unwrap()];
            assert_eq!(line.cause.subject, event.cause.actor.subject.to_string());
            assert_eq!(line.cause.role, event.cause.actor.role.as_str());
            assert_eq!(line.cause.command_id, event.cause.command.0.to_string());
        }
        let answer = answer(&played.store, last(&events), None).await;
        for has in answer.wallets.iter().filter(|has| has.wallet == of.wallet) {
            let spendable = of.balances.get(&format!("wallet:{id}:available"));
            let spendable = spendable.and_then(|of| of.get(&has.currency));
            let none = money(1, &has.currency).currency();
            let zero = cauri_api::books::names::Amount(0, none).to_string();
            assert_eq!(spendable.unwrap_or(&zero), &has.available);
        }
        lines += of.lines.len();
    }
    assert!(lines > 50, "{lines}");
    let nobody = statement(Arc::clone(&played.store), &ledger, None, None, wallet(77)).await;
    assert!(!nobody.unwrap().exists);
}
