//! Wallets: opened for an owner, frozen, unfrozen, closed when there is nothing left to lose.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::testing::*;
use cauri_domain::*;

fn a_wallet() -> Given {
    given([opened(), open_wallet(1, "ama"), open_wallet(2, "kofi")])
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("none", given([opened()])),
        ("empty", a_wallet()),
        ("with money", a_wallet().and(funded(1, "ama", xof(500)))),
        ("busy", a_wallet().and([initiate(1, 1, xof(500))])),
        ("frozen", a_wallet().and([freeze(1)])),
        ("frozen with money", a_wallet().and(funded(1, "ama", xof(500))).and([freeze(1)])),
        ("closed", a_wallet().and([close(1)])),
    ];
    insta::assert_snapshot!(table::table("wallet transfer", &states), @"
                   | none      | empty              | with money       | busy               | frozen        | frozen with money | closed
    OpenWallet     | opened    | already            | already          | already            | already       | already           | already
    FreezeWallet   | NOT_FOUND | frozen             | frozen           | frozen             | already       | already           | WALLET_CLOSED
    UnfreezeWallet | NOT_FOUND | already            | already          | already            | unfrozen      | unfrozen          | WALLET_CLOSED
    CloseWallet    | NOT_FOUND | closed             | WALLET_NOT_EMPTY | WALLET_BUSY        | closed        | WALLET_NOT_EMPTY  | already
    Transfer       | NOT_FOUND | INSUFFICIENT_FUNDS | completed        | INSUFFICIENT_FUNDS | WALLET_FROZEN | WALLET_FROZEN     | WALLET_CLOSED
    ");
}

#[test]
fn a_wallet_is_opened_for_its_owner() {
    let event = wallet::Opened { wallet: wallet(1), owner: "ama".parse().unwrap() };
    given([opened()])
        .when_asked_by(actor("ama", Role::Buyer), open_wallet(1, "ama"))
        .then([event.into()])
        .when_asked_by(actor("ama", Role::Buyer), open_wallet(1, "ama"))
        .then_already();
}

#[test]
fn nobody_opens_a_wallet_in_another_s_name() {
    given([opened()])
        .when_asked_by(actor("kofi", Role::Seller), open_wallet(1, "ama"))
        .then_refused(Refusal::NotYours { field: "owner" });
}

#[test]
fn a_wallet_keeps_its_owner() {
    a_wallet()
        .when(open_wallet(1, "kofi"))
        .then_refused(Refusal::ExistsWithOtherTerms { field: "owner" });
}

#[test]
fn a_frozen_wallet_pays_nothing_and_still_receives() {
    let frozen = a_wallet().and(funded(1, "ama", xof(500))).and(funded(2, "kofi", xof(500)));
    let after = frozen
        .and([freeze(1)])
        .when(pay(1, 2, xof(100)))
        .then_refused(Refusal::WalletFrozen { field: "from" })
        .when(request(1, 1, xof(100)))
        .then_refused(Refusal::WalletFrozen { field: "wallet" })
        .when(open_escrow(1, 1, 2, xof(100)))
        .then_refused(Refusal::WalletFrozen { field: "buyer" })
        .when(pay(2, 1, xof(100)))
        .then_types(&["transfer.completed.v1"])
        .and([unfreeze(1)])
        .when(pay(1, 2, xof(600)))
        .then_types(&["transfer.completed.v1"]);
    assert_eq!((after.available(1, "XOF"), after.available(2, "XOF")), (0, 1_000));
}

#[test]
fn a_wallet_with_money_in_any_currency_is_not_closed() {
    let dollars = usd_cents(1).currency();
    a_wallet()
        .and(funded(1, "ama", usd_cents(5)))
        .when(close(1))
        .then_refused(Refusal::WalletNotEmpty { currency: dollars })
        .and([pay(1, 2, usd_cents(5))])
        .when(close(1))
        .then_types(&["wallet.closed.v1"]);
}

#[test]
fn a_wallet_is_not_closed_while_something_can_end_in_it() {
    let escrowed = a_wallet().and(funded(1, "ama", xof(500))).and([open_escrow(1, 1, 2, xof(500))]);
    for number in [1, 2] {
        escrowed.clone().when(close(number)).then_refused(Refusal::WalletBusy { open: 1 });
    }
    escrowed.and([release(1)]).when(close(1)).then_types(&["wallet.closed.v1"]);
    a_wallet()
        .and(funded(1, "ama", xof(500)))
        .and([request(1, 1, xof(500)), initiate(1, 1, xof(5))])
        .when(close(1))
        .then_refused(Refusal::WalletBusy { open: 2 })
        .and([approve(1), submit(1), paid_out(1, xof(500)), receive(1, "pi_five", xof(5))])
        .and([pay(1, 2, xof(5))])
        .when(close(1))
        .then_types(&["wallet.closed.v1"]);
}

#[test]
fn a_closed_wallet_takes_and_gives_nothing() {
    let closed = a_wallet().and(funded(2, "kofi", xof(500))).and([close(1)]);
    closed
        .when(pay(2, 1, xof(1)))
        .then_refused(Refusal::WalletClosed { field: "to" })
        .when(pay(1, 2, xof(1)))
        .then_refused(Refusal::WalletClosed { field: "from" })
        .when(initiate(1, 1, xof(1)))
        .then_refused(Refusal::WalletClosed { field: "wallet" })
        .when(open_escrow(1, 2, 1, xof(1)))
        .then_refused(Refusal::WalletClosed { field: "seller" });
}
