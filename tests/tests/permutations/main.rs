//! Whatever order a provider's deliveries come in, and however often: the same balances and states.
//!
//! From real bytes through `Providers::receive`, `commands`, `decide` and `evolve`; the commands
//! get ids of their own each time, so that nothing but the facts guards against booking twice.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs, reason = "tests")]

mod ending;
mod stories;
mod telling;

use std::collections::BTreeSet;

use cauri_api::webhooks::Delivery;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use ending::end;
use stories::{STORIES, Story};
use telling::tell;

/// As many facts as are permuted at once.
const MOST: usize = 6;

/// What a provider delivers of a story, in the order in which it happened.
fn deliveries(story: &Story, provider: &'static str) -> Vec<Delivery> {
    let about = story.open(provider).about;
    story.told.iter().filter_map(|news| tell(provider, about, *news)).collect()
}

/// Every order of these many things (Heap's algorithm).
fn orders(count: usize) -> Vec<Vec<usize>> {
    fn go(size: usize, order: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
        if size <= 1 {
            all.push(order.clone());
            return;
        }
        for index in 0..size {
            go(size - 1, order, all);
            order.swap(if size.is_multiple_of(2) { index } else { 0 }, size - 1);
        }
    }
    let mut all = Vec::new();
    go(count, &mut (0..count).collect(), &mut all);
    all
}

/// Every order of a story's first facts ends as the story itself does, also with each told twice.
#[test]
fn every_order_of_every_story_at_every_provider() {
    let mut faults = Vec::new();
    let mut tried = 0;
    for provider in telling::ALL {
        for story in STORIES.iter() {
            let start = story.open(provider);
            let told = deliveries(story, provider);
            let told: Vec<&Delivery> = told.iter().take(MOST).collect();
            let wanted = end(&start, &told);
            for order in orders(told.len()) {
                tried += 1;
                let once: Vec<&Delivery> = order.iter().map(|index| told[*index]).collect();
                let twice: Vec<&Delivery> = once.iter().chain(&once).copied().collect();
                let ended = [end(&start, &once), end(&start, &twice)];
                if let Some(other) = ended.iter().find(|ended| **ended != wanted) {
                    let kinds: Vec<&str> = once.iter().map(|it| it.kind.as_str()).collect();
                    faults.push(format!(
                        "{provider}, {}:\nin order\n{wanted}\nas {kinds:?}\n{other}\n",
                        story.name
                    ));
                    break;
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} stories depend on order:\n{}", faults.len(), faults.join("\n"));
    assert!(tried > 10_000, "{tried} orders are not all");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Any part of a story, in any order, with any of it told again: as that part in its order.
    #[test]
    fn any_part_in_any_order_with_any_of_it_told_again(
        story in 0..STORIES.len(),
        provider in prop::sample::select(&telling::ALL[..]),
        part in subsequence((0..8_usize).collect::<Vec<_>>(), 1..=MOST),
        shuffled in Just((0..2 * MOST).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(any::<Index>(), 0..=MOST),
    ) {
        let story = &STORIES[story];
        let start = story.open(provider);
        let all = deliveries(story, provider);
        if all.is_empty() {
            return Ok(());
        }
        let part: BTreeSet<usize> = part.iter().map(|index| index % all.len()).collect();
        let part: Vec<&Delivery> = part.iter().map(|index| &all[*index]).collect();
        let mut told = part.clone();
        told.extend(again.iter().map(|index| *index.get(&part)));
        let order = shuffled.iter().filter_map(|index| told.get(*index));
        let mixed: Vec<&Delivery> = order.copied().collect();
        prop_assert_eq!(mixed.len(), told.len());
        let kinds: Vec<&str> = mixed.iter().map(|it| it.kind.as_str()).collect();
        prop_assert_eq!(
            end(&start, &mixed),
            end(&start, &part),
            "{}, {} as {:?}", provider, story.name, kinds
        );
    }
}
