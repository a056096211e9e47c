//! Random histories of every lifecycle, in several currencies, added up by each tool.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cauri_api::books::names::Name;
use cauri_api::books::walk::{Calendar, signed};
use cauri_domain::testing::{any_plan, play};
use cauri_domain::{Asked, Currency, Revision};
use cauri_ledger::Recorded;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::kit::{Balances, Played, balances_at, book, last};
use super::tools::{Tool, effective};

/// How many histories, and how long each is.
const HISTORIES: usize = 3;
const STEPS: usize = 600;

/// Random histories, the same in every run: in all of them together every tool must agree.
async fn histories() -> Vec<Played> {
    let mut runner = TestRunner::deterministic();
    let mut all = Vec::new();
    for _ in 0..HISTORIES {
        let plan = any_plan(STEPS).new_tree(&mut runner).unwrap().current();
        let played = Played::new().await;
        let (_, asked) = play(&plan);
        let asked: Vec<Asked> = asked.into_iter().map(|(asked, _)| asked).collect();
        for asked in &asked {
            played.ask(asked).await;
        }
        all.push(played);
    }
    all
}

fn currencies(events: &[Recorded]) -> BTreeSet<Currency> {
    let entries = events.iter().filter_map(|event| event.event.entry());
    entries.flat_map(|it| it.postings()).map(|it| it.money.currency()).collect()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn every_tool_comes_to_our_balances_for_the_whole_and_for_a_part() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = BTreeSet::new();
    for played in histories().await {
        let events = played.events();
        let (end, currencies) = (last(&events), currencies(&events));
        seen.extend(currencies.iter().copied());
        for tool in Tool::ALL {
            let Some(program) = tool.find() else { continue };
            for range in [(0, end), (end / 3, 2 * end / 3), (end / 2, end), (end, end)] {
                let (text, _) = book(&played.store, range, tool.format()).await;
                let path = write(folder.path(), "book.txt", &text);
                let (good, said) = tool.check(&program, &path);
                assert!(good, "{tool:?} refuses {range:?}: {said}");
                let theirs = tool.balances(&program, &path, &currencies);
                assert_eq!(theirs, balances_at(&events, Revision(range.1)), "{tool:?} {range:?}");
            }
        }
    }
    let scales: BTreeSet<u8> = seen.iter().map(|currency| currency.exponent()).collect();
    assert_eq!(scales, BTreeSet::from([0, 2, 3]), "no history is in all of them");
}

/// The last smallest unit of one posting, and each tool sees it.
#[tokio::test]
async fn a_book_that_was_altered_by_one_unit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let played = &histories().await[0];
    let events = played.events();
    let range = (last(&events) / 2, last(&events));
    for tool in Tool::ALL {
        let Some(program) = tool.find() else { continue };
        let (text, _) = book(&played.store, range, tool.format()).await;
        for (what, find) in [("a posting", "  -"), ("an assertion", assertion(tool))] {
            let altered = one_more(&text, find);
            let path = write(folder.path(), "altered.txt", &altered);
            let (good, _) = tool.check(&program, &path);
            assert!(!good, "{tool:?} takes {what} that was altered");
        }
    }
}

/// What stands before the amount of an assertion.
const fn assertion(tool: Tool) -> &'static str {
    match tool {
        Tool::Hledger | Tool::Ledger => " = -",
        Tool::Beancount => " balance Liabilities:",
    }
}

/// The text with one more smallest unit in the last line that has `find`.
fn one_more(text: &str, find: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().rposition(|line| line.contains(find)).unwrap();
    let line = lines[at];
    // The last digit of the amount stands before ` XOF` or ` ~ 0 XOF`.
    let amount = line.split(" ~ 0").next().unwrap();
    let digit = amount.rfind(|c: char| c.is_ascii_digit()).unwrap();
    let mut bytes = line.as_bytes().to_vec();
    bytes[digit] = if bytes[digit] == b'9' { b'8' } else { bytes[digit] + 1 };
    let altered = String::from_utf8(bytes).unwrap();
    let mut lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
    lines[at] = altered;
    lines.join("\n") + "\n"
}

/// By the day that entries are about: backdated ones count for it.
#[tokio::test]
async fn hledger_agrees_on_effective_days() {
    let Some(program) = Tool::Hledger.find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut backdated = 0;
    for played in histories().await {
        let events = played.events();
        let (text, _) = book(&played.store, (0, last(&events)), Tool::Hledger.format()).await;
        let path = write(folder.path(), "book.txt", &text);
        let mut calendar = Calendar::default();
        let days: Vec<_> = events.iter().map(|event| calendar.next(event)).collect();
        backdated += days.iter().filter(|it| it.dated.effective < it.recorded).count();
        let day = days[days.len() / 2].recorded.pred_opt().unwrap();
        let mut ours = Balances::new();
        for (event, days) in events.iter().zip(&days) {
            let Some(entry) = event.event.entry().filter(|_| days.dated.effective <= day) else {
                continue;
            };
            for posting in entry.postings() {
                let currency = posting.money.currency().to_string();
                let book = (Name(posting.account).to_string(), currency);
                *ours.entry(book).or_default() += signed(posting);
            }
        }
        ours.retain(|_, sum| *sum != 0);
        assert_eq!(effective(&program, &path, day), ours);
    }
    assert!(backdated > 0, "no entry was about an earlier day");
}
