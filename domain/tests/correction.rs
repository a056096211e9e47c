//! Corrections: by hand, from elsewhere, and the other way round.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::correction::*;
use cauri_domain::testing::*;
use cauri_domain::*;

fn ada() -> Actor {
    actor("ada", Role::Finance)
}

fn bea() -> Actor {
    actor("bea", Role::Finance)
}

fn of(number: u128) -> Account {
    Account::Wallet(wallet(number))
}

fn market() -> Given {
    given([opened(), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(10_000)))
}

/// Proposed by Ada and approved by Bea.
fn approved(given: Given, command: Command) -> testing::When {
    let (_, given) = given.when_asked_by(ada(), propose(9, command)).then_events();
    given.when_asked_by(bea(), four_eyes::Approve { proposal: proposal(9) })
}

#[test]
fn an_adjustment_needs_four_eyes_whatever_its_amount() {
    let one = || adjust(1, Account::Adjustments, of(1), xof(1));
    for who in [ada(), service(), actor("root", Role::Superadmin)] {
        market().when_asked_by(who, one()).then_refused(Refusal::FourEyesNeeded {});
    }
    let (journal, after) = approved(market(), one()).then_journal();
    insta::assert_snapshot!(journal, @"
    proposal.approved.v1
    adjustment.posted.v1
      debit expense:adjustments 1 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 1 XOF
    ");
    after.when_asked_by(bea(), one()).then_already();
}

#[test]
fn an_adjustment_balances_and_leaves_nobody_below_nothing() {
    let asked = |command: Command| {
        let when = market().when_asked_by(ada(), propose(1, command));
        when.in_a_word()
    };
    let much = adjust(1, of(1), Account::Adjustments, xof(10_001));
    assert_eq!(asked(much), "INSUFFICIENT_FUNDS");
    let strange = adjust(1, Account::Adjustments, of(7), xof(1));
    assert_eq!(asked(strange), "NOT_FOUND");
    let money = xof(5);
    let half = vec![journal::Posting { account: of(1), side: Side::Credit, money }];
    let unbalanced = Adjust {
        correction: correction(1),
        postings: half,
        reason: "x".parse().unwrap(),
        effective: None,
    };
    market()
        .when_asked_by(ada(), propose(1, unbalanced.into()))
        .then_refused(Refusal::Unbalanced { currency: money.currency(), difference: -5 });
}

#[test]
fn what_is_in_transit_is_its_lifecycle_s() {
    for account in [Account::Escrow(escrow(1)), Account::Withdrawal(withdrawal(1))] {
        let command = adjust(1, account, of(1), xof(5));
        market()
            .when_asked_by(ada(), propose(1, command))
            .then_refused(Refusal::NotByHand { account });
    }
}

#[test]
fn opening_balances_come_out_of_equity() {
    let (journal, after) = market().when(import(1, 2, xof(700))).then_journal();
    insta::assert_snapshot!(journal, @"
    opening.imported.v1
      debit equity:opening 700 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 700 XOF
    ");
    let again = after.when(import(1, 2, xof(700))).then_already();
    let other = again.when(import(1, 2, xof(701)));
    other.then_refused(Refusal::ExistsWithOtherTerms { field: "postings" });
}

#[test]
fn a_reversal_names_what_it_takes_back_and_takes_it_back_once() {
    let given = market().and([pay(1, 2, xof(4_000))]);
    let (journal, after) = given.when(reverse(1, 5, 1, 2, xof(4_000), false)).then_journal();
    insta::assert_snapshot!(journal, @"
    entry.reversed.v1
      debit wallet:00000000-0000-0000-0000-000000001002:available 4000 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 4000 XOF
    ");
    assert_eq!((after.available(1, "XOF"), after.available(2, "XOF")), (10_000, 0));
    let again = after.when(reverse(1, 5, 1, 2, xof(4_000), false)).then_already();
    let other = again.when(reverse(2, 5, 1, 2, xof(4_000), false));
    other.then_refused(Refusal::AlreadyReversed { by: correction(1) });
}

#[test]
fn what_was_spent_meanwhile_is_not_there_unless_it_is_to_be_owed() {
    let spent = || market().and([pay(1, 2, xof(4_000)), pay(2, 1, xof(3_000))]);
    spent()
        .when(reverse(1, 5, 1, 2, xof(4_000), false))
        .then_refused(Refusal::InsufficientFunds { available: 1_000, needed: xof(4_000) });
    let (journal, after) = spent().when(reverse(1, 5, 1, 2, xof(4_000), true)).then_journal();
    insta::assert_snapshot!(journal, @"
    entry.reversed.v1
      debit wallet:00000000-0000-0000-0000-000000001002:available 1000 XOF
      debit receivable:00000000-0000-0000-0000-000000001002 3000 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 4000 XOF
    ");
    // The next credit pays it down first.
    let (journal, _) = after.when(pay(1, 2, xof(3_500))).then_journal();
    insta::assert_snapshot!(journal, @"
    transfer.completed.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 3500 XOF
          credit receivable:00000000-0000-0000-0000-000000001002 3000 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 500 XOF
    ");
}

#[test]
fn what_a_lifecycle_stands_on_has_its_own_way_back() {
    let command = Reverse {
        correction: correction(1),
        of: Revision(3),
        kind: "payin.succeeded.v1".to_owned(),
        entry: JournalEntry::transfer(Account::Bank, of(1), xof(1)),
        reason: "mistake".parse().unwrap(),
        into_debt: false,
        effective: None,
    };
    let kind = "payin.succeeded.v1".to_owned();
    market().when(command).then_refused(Refusal::NotReversible { kind });
}

#[test]
fn a_large_reversal_needs_four_eyes() {
    let thresholds = || four_eyes::Configure { thresholds: vec![xof(1_000)] }.into();
    let given = || market().and([thresholds(), pay(1, 2, xof(4_000))]);
    let command = || reverse(1, 6, 1, 2, xof(4_000), false);
    given().when(command()).then_refused(Refusal::FourEyesNeeded {});
    approved(given(), command()).then_types(&["proposal.approved.v1", "entry.reversed.v1"]);
}

/// What a dry run of an import asks.
#[test]
fn a_balance_of_a_wallet_that_is_not_there_is_judged_by_every_other_rule() {
    let judged = |account, side, money, effective: Option<&str>| {
        let given = market();
        let command = ImportOpening {
            correction: correction(1),
            postings: vec![journal::Posting { account, side, money }],
            effective: effective.map(|day| day.parse().unwrap()),
            reference: None,
        };
        may_import(&given.state, given.now(), &command)
    };
    let nobodys = of(7);
    assert_eq!(judged(nobodys, Side::Credit, xof(500), None), Ok(()));
    let owes = Refusal::InsufficientFunds { available: 0, needed: xof(500) };
    assert_eq!(judged(nobodys, Side::Debit, xof(500), None), Err(owes));
    let tomorrow = judged(nobodys, Side::Credit, xof(500), Some("9000-01-01")).unwrap_err();
    assert_eq!(tomorrow.field(), Some("effectiveDate"));
    let account = Account::Escrow(escrow(1));
    let in_transit = judged(account, Side::Credit, xof(500), None);
    assert_eq!(in_transit, Err(Refusal::NotByHand { account }));
}

#[test]
fn balances_are_brought_only_in_currencies_that_the_ledger_takes() {
    let taking = |codes: &[&str]| {
        let currencies = codes.iter().map(|code| code.parse().unwrap()).collect();
        Settings { currencies, ..Settings::default() }
    };
    let euros = money(750, "EUR");
    let currency = euros.currency();
    let market = given([opened_with(taking(&["XOF", "USD"])), open_wallet(2, "kofi")]);
    let market = market.when(import(1, 2, euros)).then_refused(Refusal::WrongCurrency { currency });
    let at_the_bank = ImportOpening {
        correction: correction(1),
        postings: vec![journal::Posting {
            account: Account::Bank,
            side: Side::Debit,
            money: euros,
        }],
        effective: None,
        reference: None,
    };
    let market = market.when(at_the_bank).then_refused(Refusal::WrongCurrency { currency });

    // What was brought is so already, also once the ledger takes its currency no more; and persons
    // move it still.
    let dollars = usd_cents(250);
    let market = market.and([import(1, 2, dollars), configure(taking(&["XOF"]))]);
    let market = market.when(import(1, 2, dollars)).then_already();
    let currency = dollars.currency();
    let market =
        market.when(import(2, 2, dollars)).then_refused(Refusal::WrongCurrency { currency });
    approved(market, adjust(3, of(2), Account::Adjustments, dollars))
        .then_types(&["proposal.approved.v1", "adjustment.posted.v1"]);
}
