//! Transfers: money from one wallet to another, in one entry or not at all.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::testing::*;
use cauri_domain::*;

fn ama_has(amount: Money) -> Given {
    given([opened(), open_wallet(2, "kofi")]).and(funded(1, "ama", amount))
}

#[test]
fn money_goes_from_one_wallet_to_the_other() {
    let (journal, after) = ama_has(xof(10_000)).when(pay(1, 2, xof(2_500))).then_journal();
    insta::assert_snapshot!(journal, @"
    transfer.completed.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 2500 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 2500 XOF
    ");
    assert_eq!((after.available(1, "XOF"), after.available(2, "XOF")), (7_500, 2_500));
}

#[test]
fn the_last_franc_may_be_spent_and_no_more() {
    ama_has(xof(100))
        .when(pay(1, 2, xof(101)))
        .then_refused(Refusal::InsufficientFunds { available: 100, needed: xof(101) })
        .when(pay(1, 2, xof(100)))
        .then_types(&["transfer.completed.v1"])
        .when(pay(1, 2, xof(1)))
        .then_refused(Refusal::InsufficientFunds { available: 0, needed: xof(1) });
}

#[test]
fn money_in_one_currency_does_not_pay_for_another() {
    ama_has(xof(10_000))
        .when(pay(1, 2, usd_cents(1)))
        .then_refused(Refusal::InsufficientFunds { available: 0, needed: usd_cents(1) });
}

#[test]
fn currencies_are_kept_apart() {
    let after = ama_has(xof(10_000))
        .and([initiate(7, 1, money(1_500, "KWD")), receive(7, "pi_kwd", money(1_500, "KWD"))])
        .and([pay(1, 2, money(499, "KWD"))]);
    assert_eq!((after.available(1, "KWD"), after.available(2, "KWD")), (1_001, 499));
    assert_eq!((after.available(1, "XOF"), after.available(2, "XOF")), (10_000, 0));
}

#[test]
fn nobody_pays_with_another_s_money() {
    ama_has(xof(100))
        .when_asked_by(actor("kofi", Role::Buyer), pay(1, 2, xof(1)))
        .then_refused(Refusal::NotYours { field: "from" })
        .when_asked_by(actor("root", Role::Superadmin), pay(1, 2, xof(1)))
        .then_refused(Refusal::Forbidden { role: Role::Superadmin })
        .when_asked_by(actor("ama", Role::Buyer), pay(1, 2, xof(1)))
        .then_types(&["transfer.completed.v1"]);
}

#[test]
fn a_wallet_does_not_pay_itself() {
    ama_has(xof(100)).when(pay(1, 1, xof(1))).then_refused(Refusal::SameWallet { field: "to" });
}

#[test]
fn both_wallets_must_exist() {
    ama_has(xof(100))
        .when(pay(8, 1, xof(1)))
        .then_refused(Refusal::NotFound { field: "from" })
        .when(pay(1, 8, xof(1)))
        .then_refused(Refusal::NotFound { field: "to" });
}

#[test]
fn the_limit_itself_passes() {
    let settings = Settings { limits: vec![xof(1_000)], ..Settings::default() };
    ama_has(xof(10_000))
        .and([configure(settings)])
        .when(pay(1, 2, xof(1_001)))
        .then_refused(Refusal::LimitExceeded { limit: xof(1_000), asked: xof(1_001) })
        .when(pay(1, 2, xof(1_000)))
        .then_types(&["transfer.completed.v1"]);
}

#[test]
fn a_refusal_says_its_numbers_as_data() {
    let needed = usd_cents(1_050);
    let refusal = Refusal::InsufficientFunds { available: -5, needed };
    let details = [("available", "-0.05 USD".to_owned()), ("needed", "10.50 USD".to_owned())];
    assert_eq!(refusal.details(), details);
    assert_eq!(Refusal::NotFound { field: "wallet" }.details(), []);
}
