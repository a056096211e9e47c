//! `docs/commission.md` says what the code comes to: its numbers are worked out here.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::path::Path;

use cauri_domain::commission::split::split_by_weights;
use cauri_domain::commission::{Agreed, Ask, Rule, agree};
use cauri_domain::explain::{check, explain_breakdown};
use cauri_domain::testing::*;
use cauri_domain::*;

fn agreed(rule: Rule, currency: Currency) -> Agreed {
    let wallets = [open_wallet(0, "owner-0"), open_wallet(1, "owner-1")];
    let given = given([opened()]).and(wallets).and([set_rule(rule)]);
    agree(&given.state, given.now(), &Ask::default(), wallet(0), currency).unwrap()
}

/// The lines that explain `> share 1111 of 3333 XOF after 1111`.
fn worked_out(rule: &Rule, asked: &str) -> String {
    let words: Vec<_> = asked.split(' ').collect();
    let (back, words) = match words[..] {
        ["share", ref rest @ ..] => (false, rest),
        ["give", "back", ref rest @ ..] => (true, rest),
        _ => panic!("{asked}"),
    };
    let (now, total, code, before) = match words {
        [now, "of", total, code] => (now, total, code, None),
        [now, "of", total, code, "after", before] => (now, total, code, Some(before)),
        _ => panic!("{asked}"),
    };
    let currency: Currency = code.parse().unwrap();
    let money = |amount: &str| Money::parse(amount, currency).unwrap();
    let (total, before, now) = (money(total), before.map(|it| money(it)), money(now));
    let agreed = agreed(rule.clone(), currency);
    let lines = explain_breakdown(&if back {
        agreed.returns(total, before, now)
    } else {
        agreed.shares(total, before, now)
    });
    assert_eq!(check(&lines), Ok(()));
    let line = |(place, line): (usize, &explain::Line)| {
        let work = line.amount.map(|amount| format!(": {} = {amount}", line.work));
        format!("#{} {}{}\n", place + 1, line.words, work.unwrap_or_default())
    };
    lines.iter().enumerate().map(line).collect()
}

/// The page with every example worked out.
fn page(text: &str) -> String {
    let (mut page, mut rule, mut inside) = (String::new(), None::<Rule>, "");
    for line in text.lines() {
        let fence = line.strip_prefix("```");
        if let Some(kind) = fence {
            inside = if inside.is_empty() { kind } else { "" };
        } else if inside == "json" {
            rule = Some(serde_json::from_str(line).unwrap());
        } else if inside == "text" && !line.starts_with('>') {
            continue;
        }
        page += line;
        page.push('\n');
        if let (None, Some(asked)) = (fence, line.strip_prefix("> ").filter(|_| inside == "text")) {
            page += &worked_out(rule.as_ref().unwrap(), asked);
        }
    }
    page
}

#[test]
fn every_number_of_the_page_is_what_the_code_comes_to() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/commission.md");
    let text = fs::read_to_string(&path).unwrap();
    let page = page(&text);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
        return;
    }
    let differs = text.lines().zip(page.lines()).find(|(old, new)| old != new);
    assert!(text == page, "docs/commission.md is not current: run with UPDATE_DOCS=1; {differs:?}");
    assert!(text.matches("\n> ").count() >= 8, "examples are missing");
}

#[test]
fn the_page_divides_as_the_code_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/commission.md");
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains(" XOF |"));
    let mut count = 0;
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let numbers = |cell: &str| -> Vec<u64> {
            cell.split(", ").map(|number| number.parse().unwrap()).collect()
        };
        let amount = xof(cells[0].strip_suffix(" XOF").unwrap().parse().unwrap());
        let shares = split_by_weights(amount, &numbers(cells[1])).unwrap();
        let shares: Vec<_> = shares.into_iter().map(|it| it.map_or(0, Money::minor)).collect();
        assert_eq!(shares, numbers(cells[2]), "{row}");
        count += 1;
    }
    assert_eq!(count, 3);
}
