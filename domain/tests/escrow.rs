//! Escrow: money kept for a condition. It ends with the seller or with the buyer, whole.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::escrow::Delivered;
use cauri_domain::testing::*;
use cauri_domain::*;

/// A platform that takes 5 %.
fn market() -> Given {
    let settings = Settings { commission: 500.try_into().unwrap(), ..Settings::default() };
    given([opened_with(settings), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(10_000)))
}

fn escrowed(amount: Money) -> Given {
    market().and([open_escrow(1, 1, 2, amount)])
}

#[test]
fn every_command_in_every_state() {
    let three_days = 3 * 24 * 60;
    let states = [
        ("none", market()),
        ("funded", escrowed(xof(100))),
        ("delivered", escrowed(xof(100)).and([deliver(1)])),
        ("delivered, due", escrowed(xof(100)).and([deliver(1)]).after_minutes(three_days)),
        ("released", escrowed(xof(100)).and([release(1)])),
        ("refunded", escrowed(xof(100)).and([refund(1)])),
    ];
    insta::assert_snapshot!(table::table("escrow", &states), @"
                        | none           | funded             | delivered          | delivered, due     | released    | refunded
    OpenEscrow          | opened, funded | already            | already            | already            | already     | already
    FundEscrow          | NOT_FOUND      | already            | already            | already            | already     | already
    CancelEscrow        | NOT_FOUND      | WRONG_STATE        | WRONG_STATE        | WRONG_STATE        | WRONG_STATE | WRONG_STATE
    ExpireEscrowFunding | NOT_FOUND      | already            | already            | already            | already     | already
    MarkDelivered       | NOT_FOUND      | delivered          | already            | already            | WRONG_STATE | WRONG_STATE
    RequestRevision     | NOT_FOUND      | WRONG_STATE        | revision_requested | WRONG_STATE        | WRONG_STATE | WRONG_STATE
    ReleaseEscrow       | NOT_FOUND      | released           | released           | released           | already     | WRONG_STATE
    AutoReleaseEscrow   | NOT_FOUND      | WRONG_STATE        | TOO_EARLY          | released           | already     | WRONG_STATE
    RefundEscrow        | NOT_FOUND      | refunded           | refunded           | refunded           | WRONG_STATE | already
    AutoRefundEscrow    | NOT_FOUND      | WRONG_STATE        | WRONG_STATE        | WRONG_STATE        | WRONG_STATE | already
    OpenDispute         | NOT_FOUND      | disputed           | disputed           | WRONG_STATE        | WRONG_STATE | WRONG_STATE
    WithdrawDispute     | NOT_FOUND      | WRONG_STATE        | WRONG_STATE        | WRONG_STATE        | WRONG_STATE | WRONG_STATE
    OfferSettlement     | NOT_FOUND      | settlement_offered | settlement_offered | settlement_offered | WRONG_STATE | WRONG_STATE
    AcceptSettlement    | NOT_FOUND      | NOT_FOUND          | NOT_FOUND          | NOT_FOUND          | WRONG_STATE | WRONG_STATE
    DeclineSettlement   | NOT_FOUND      | already            | already            | already            | already     | already
    ArbitrateEscrow     | NOT_FOUND      | NOT_YOURS          | NOT_YOURS          | NOT_YOURS          | NOT_YOURS   | NOT_YOURS
    ClawBackEscrow      | NOT_FOUND      | WRONG_STATE        | WRONG_STATE        | WRONG_STATE        | clawed_back | WRONG_STATE
    ");
}

#[test]
fn opening_puts_the_buyer_s_money_aside() {
    let (journal, after) = market().when(open_escrow(1, 1, 2, xof(3_333))).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.opened.v1
    escrow.funded.v1
      debit wallet:00000000-0000-0000-0000-000000001001:available 3333 XOF
          credit escrow:00000000-0000-0000-0000-000000003001 3333 XOF
    ");
    assert_eq!((after.available(1, "XOF"), after.available(2, "XOF")), (6_667, 0));
}

#[test]
fn a_release_is_shared_between_seller_and_platform() {
    let (journal, after) = escrowed(xof(3_333)).when(release(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.released.v1
      debit escrow:00000000-0000-0000-0000-000000003001 3333 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 3166 XOF
          credit revenue:commission 167 XOF
    ");
    assert_eq!(after.available(2, "XOF"), 3_166);
    after.when(release(1)).then_already();
}

#[test]
fn a_commission_that_rounds_to_nothing_is_not_posted() {
    let (journal, _) = escrowed(xof(10)).when(release(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.released.v1
      debit escrow:00000000-0000-0000-0000-000000003001 10 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 10 XOF
    ");
}

#[test]
fn a_platform_that_takes_everything_leaves_the_seller_nothing() {
    let all = Settings { commission: 10_000.try_into().unwrap(), ..Settings::default() };
    let given = market().and([configure(all), open_escrow(1, 1, 2, xof(100))]);
    let (journal, _) = given.when(release(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.released.v1
      debit escrow:00000000-0000-0000-0000-000000003001 100 XOF
          credit revenue:commission 100 XOF
    ");
}

#[test]
fn a_refund_gives_everything_back() {
    let (journal, after) = escrowed(xof(3_333)).when(refund(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.refunded.v1
      debit escrow:00000000-0000-0000-0000-000000003001 3333 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 3333 XOF
    ");
    assert_eq!(after.available(1, "XOF"), 10_000);
    after.when(refund(1)).then_already().when(release(1)).then_refused_as("WRONG_STATE");
}

#[test]
fn terms_are_those_of_the_day_it_was_opened() {
    let dearer = Settings { commission: 3_000.try_into().unwrap(), ..Settings::default() };
    let after = escrowed(xof(1_000)).and([configure(dearer), release(1)]);
    assert_eq!(after.available(2, "XOF"), 950);
}

#[test]
fn a_delivery_starts_the_inspection_period() {
    let delivered = escrowed(xof(100));
    let due = delivered.now() + chrono::TimeDelta::hours(72);
    let before = delivered
        .when(deliver(1))
        .then([Delivered {
            escrow: escrow(1),
            milestone: None,
            auto_release_at: due,
            evidence: None,
        }
        .into()])
        .after_minutes(72 * 60 - 2)
        .when(auto_release(1))
        .then_refused(Refusal::TooEarly { due })
        .after_minutes(1);
    let (events, _) = before.when(auto_release(1)).then_events();
    let [Event::EscrowReleased(event)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event.by, escrow::ReleasedBy::Timer);
}

#[test]
fn what_was_not_delivered_is_not_released_by_time() {
    escrowed(xof(100))
        .after_minutes(1_000_000)
        .when(auto_release(1))
        .then_refused(Refusal::WrongState { state: "funded" });
}

#[test]
fn the_buyer_may_agree_on_another_inspection_period() {
    let open = escrow::Open {
        escrow: escrow(1),
        buyer: wallet(1),
        seller: wallet(2),
        amount: xof(100),
        inspection_s: Some(3_600.try_into().unwrap()),
        more: None,
    };
    market()
        .and([open.into(), deliver(1)])
        .after_minutes(60)
        .when(auto_release(1))
        .then_types(&["escrow.released.v1"]);
}

#[test]
fn the_buyer_releases_and_the_seller_refunds() {
    let (ama, kofi) = (|| actor("ama", Role::Buyer), || actor("kofi", Role::Seller));
    let not_yours = || Refusal::NotYours { field: "escrow" };
    let given = escrowed(xof(100))
        .when_asked_by(kofi(), release(1))
        .then_refused(not_yours())
        .when_asked_by(ama(), refund(1))
        .then_refused(not_yours())
        .when_asked_by(ama(), deliver(1))
        .then_refused(not_yours());
    given.clone().when_asked_by(ama(), release(1)).then_types(&["escrow.released.v1"]);
    given.clone().when_asked_by(kofi(), refund(1)).then_types(&["escrow.refunded.v1"]);
    given.when_asked_by(kofi(), deliver(1)).then_types(&["escrow.delivered.v1"]);
}

#[test]
fn nobody_opens_an_escrow_with_another_s_money() {
    escrowed(xof(100))
        .when_asked_by(actor("kofi", Role::Seller), open_escrow(2, 1, 2, xof(1)))
        .then_refused(Refusal::NotYours { field: "buyer" })
        // Nor learns the terms of one that is not theirs by guessing them.
        .when_asked_by(actor("kofi", Role::Seller), open_escrow(1, 1, 2, xof(1)))
        .then_refused(Refusal::NotYours { field: "escrow" });
}

#[test]
fn an_id_is_taken_once() {
    let taken = |field| Refusal::ExistsWithOtherTerms { field };
    let other_period = escrow::Open {
        escrow: escrow(1),
        buyer: wallet(1),
        seller: wallet(2),
        amount: xof(100),
        inspection_s: Some(1.try_into().unwrap()),
        more: None,
    };
    escrowed(xof(100))
        .and([open_wallet(3, "esi")])
        .when(open_escrow(1, 3, 2, xof(100)))
        .then_refused(taken("buyer"))
        .when(open_escrow(1, 1, 3, xof(100)))
        .then_refused(taken("seller"))
        .when(open_escrow(1, 1, 2, usd_cents(100)))
        .then_refused(taken("currency"))
        .when(open_escrow(1, 1, 2, xof(99)))
        .then_refused(taken("amount"))
        .when(other_period)
        .then_refused(taken("inspectionSeconds"))
        .when(open_escrow(1, 1, 2, xof(100)))
        .then_already();
}

#[test]
fn money_that_is_not_there_is_not_put_aside() {
    market()
        .when(open_escrow(1, 1, 2, xof(10_001)))
        .then_refused(Refusal::InsufficientFunds { available: 10_000, needed: xof(10_001) })
        .when(open_escrow(1, 1, 1, xof(1)))
        .then_refused(Refusal::SameWallet { field: "seller" })
        .when(open_escrow(1, 1, 8, xof(1)))
        .then_refused(Refusal::NotFound { field: "seller" });
}

#[test]
fn a_frozen_party_still_gets_what_is_theirs() {
    let frozen = escrowed(xof(100)).and([freeze(1), freeze(2)]);
    frozen.clone().when(release(1)).then_types(&["escrow.released.v1"]);
    frozen.when(refund(1)).then_types(&["escrow.refunded.v1"]);
}
