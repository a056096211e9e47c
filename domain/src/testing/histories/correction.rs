//! Corrections in random histories.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;

use super::{any_money, any_number, any_wallet, propose};
use crate::correction::{Adjust, ImportOpening, Reverse};
use crate::journal::{JournalEntry, Posting, Side};
use crate::testing::{correction, escrow, minute, wallet, xof};
use crate::{Account, Command, Money, Revision};

fn moved(from: Account, to: Account, money: Money) -> Vec<Posting> {
    vec![
        Posting { account: from, side: Side::Debit, money },
        Posting { account: to, side: Side::Credit, money },
    ]
}

/// An entry by hand, from one account to another.
#[must_use]
pub fn adjust(number: u128, from: Account, to: Account, money: Money) -> Command {
    let reason = "mistake".parse().expect("a word");
    let (correction, postings) = (correction(number), moved(from, to, money));
    Adjust { correction, postings, reason, effective: None }.into()
}

/// A wallet's balance, brought from elsewhere.
#[must_use]
pub fn import(number: u128, into: u128, money: Money) -> Command {
    let account = Account::Wallet(wallet(into));
    let postings = vec![Posting { account, side: Side::Credit, money }];
    ImportOpening { correction: correction(number), postings, effective: None, reference: None }
        .into()
}

/// A wallet's balance, brought from elsewhere under a reference: once.
#[must_use]
#[expect(clippy::wildcard_enum_match_arm, reason = "the helper makes one kind of command")]
pub fn import_once(number: u128, into: u128, money: Money) -> Command {
    let reference = Some(format!("old-books/{number}").parse().expect("a reference"));
    match import(number, into, money) {
        Command::ImportOpening(it) => ImportOpening { reference, ..it }.into(),
        other => other,
    }
}

/// An opening balance of a wallet at this revision is taken back.
#[must_use]
pub fn reverse_import(number: u128, of: u64, into: u128, money: Money) -> Command {
    Reverse {
        correction: correction(number),
        of: Revision(of),
        kind: "opening.imported.v1".to_owned(),
        entry: JournalEntry::transfer(Account::Opening, Account::Wallet(wallet(into)), money),
        reason: "mistake".parse().expect("a word"),
        into_debt: true,
        effective: None,
    }
    .into()
}

/// A transfer at this revision is taken back.
#[must_use]
pub fn reverse(number: u128, of: u64, from: u128, to: u128, money: Money, debt: bool) -> Command {
    let (from, to) = (Account::Wallet(wallet(from)), Account::Wallet(wallet(to)));
    Reverse {
        correction: correction(number),
        of: Revision(of),
        kind: "transfer.completed.v1".to_owned(),
        entry: JournalEntry::transfer(from, to, money),
        reason: "mistake".parse().expect("a word"),
        into_debt: debt,
        effective: None,
    }
    .into()
}

/// The command, about an earlier day.
#[must_use]
#[expect(clippy::wildcard_enum_match_arm, reason = "no other command is about another day")]
pub fn effective(command: Command, day: NaiveDate) -> Command {
    let effective = Some(day);
    match command {
        Command::Adjust(it) => Adjust { effective, ..it }.into(),
        Command::ImportOpening(it) => ImportOpening { effective, ..it }.into(),
        Command::Reverse(it) => Reverse { effective, ..it }.into(),
        other => other,
    }
}

fn any_account() -> impl Strategy<Value = Account> {
    prop_oneof![
        6 => any_wallet().prop_map(|number| Account::Wallet(wallet(number))),
        3 => Just(Account::Adjustments),
        1 => any_wallet().prop_map(|number| Account::Receivable(wallet(number))),
        1 => any_number().prop_map(|number| Account::Escrow(escrow(number))),
    ]
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let adjustment = || {
        (any_number(), any_account(), any_account(), any_money())
            .prop_map(|(number, from, to, amount)| adjust(number, from, to, amount))
    };
    let reversal =
        (any_number(), 0..40_u64, any_wallet(), any_wallet(), any_money(), prop::bool::ANY)
            .prop_map(|(number, of, from, to, money, debt)| {
                reverse(number, of, from, to, money, debt)
            });
    let unbalanced = any_number().prop_map(|number| {
        let account = Account::Adjustments;
        let postings = vec![Posting { account, side: Side::Debit, money: xof(5) }];
        let reason = "mistake".parse().expect("a word");
        Adjust { correction: correction(number), postings, reason, effective: None }.into()
    });
    let strange = any_number().prop_map(|number| {
        Reverse {
            correction: correction(number),
            of: Revision(3),
            kind: "escrow.released.v1".to_owned(),
            entry: JournalEntry::transfer(Account::Bank, Account::Commission, xof(1)),
            reason: "mistake".parse().expect("a word"),
            into_debt: false,
            effective: None,
        }
        .into()
    });
    prop_oneof![
        1 => adjustment(),
        4 => (any_number(), adjustment()).prop_map(|(number, it)| propose(number, it)),
        3 => reversal,
        1 => strange,
        1 => (any_number(), unbalanced).prop_map(|(number, it)| propose(number, it)),
        2 => (any_number(), any_wallet(), any_money())
            .prop_map(|(number, into, money)| import(number, into, money)),
        1 => (any_number(), any_wallet(), any_money())
            .prop_map(|(number, into, money)| import_once(number, into, money)),
        1 => (any_number(), 0..40_u64, any_wallet(), any_money())
            .prop_map(|(number, of, into, money)| reverse_import(number, of, into, money)),
        2 => (any_number(), any_wallet(), any_money(), -90..40_i64).prop_map(
            |(number, into, money, days)| {
                let day = (minute(0) + TimeDelta::days(days)).date_naive();
                effective(import(number, into, money), day)
            }
        ),
    ]
    .boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    let (ama, cost) = (Account::Wallet(wallet(1)), Account::Adjustments);
    vec![adjust(1, cost, ama, xof(5)), import(2, 1, xof(5)), reverse(3, 1, 1, 2, xof(5), false)]
}
