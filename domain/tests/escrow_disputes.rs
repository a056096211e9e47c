//! Disputes about an escrow: who may, what stops, and how they end.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs, reason = "tests")]

mod table;

use cauri_domain::escrow::{
    AcceptSettlement, Arbitrate, DeclineSettlement, More, OfferSettlement, Party, WithdrawDispute,
};
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

fn market() -> Given {
    let settings = Settings { commission: 500.try_into().unwrap(), ..Settings::default() };
    given([opened_with(settings), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(10_000)))
}

fn judged() -> Given {
    let more = More { arbiter: Some("judge".parse().unwrap()), ..More::default() };
    market().and([open_with(1, xof(1_000), more)])
}

fn disputed() -> Given {
    judged().and([deliver(1), dispute(1, None, Party::Buyer)])
}

fn judge() -> Actor {
    actor("judge", Role::Seller)
}

fn split(seller: u64, buyer: u64, fee: u64) -> Arbitrate {
    let xof = |minor| Money::from_minor(minor, "XOF".parse().unwrap());
    Arbitrate {
        escrow: escrow(1),
        milestone: None,
        seller: xof(seller),
        buyer: xof(buyer),
        fee: xof(fee),
    }
}

fn offer(party: Party, seller: Option<u64>) -> OfferSettlement {
    OfferSettlement { escrow: escrow(1), milestone: None, party, seller: seller.map(xof) }
}

fn accept(party: Party, seller: Option<u64>) -> AcceptSettlement {
    AcceptSettlement { escrow: escrow(1), milestone: None, party, seller: seller.map(xof) }
}

fn held(given: &Given) -> i128 {
    given.state.books().balance(Account::Escrow(escrow(1)), "XOF".parse().unwrap())
}

#[test]
fn every_command_in_a_dispute_and_after_it() {
    let states = [
        ("disputed", disputed()),
        ("offered", disputed().and([offer(Party::Seller, Some(100)).into()])),
        (
            "settled",
            disputed()
                .when_asked_by(judge(), split(500, 500, 0))
                .then_types(&["escrow.settled.v1"]),
        ),
    ];
    insta::assert_snapshot!(table::table("escrow", &states), @"
                        | disputed                | offered                 | settled
    OpenEscrow          | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS | EXISTS_WITH_OTHER_TERMS
    FundEscrow          | already                 | already                 | already
    CancelEscrow        | WRONG_STATE             | WRONG_STATE             | WRONG_STATE
    ExpireEscrowFunding | already                 | already                 | already
    MarkDelivered       | WRONG_STATE             | WRONG_STATE             | WRONG_STATE
    RequestRevision     | WRONG_STATE             | WRONG_STATE             | WRONG_STATE
    ReleaseEscrow       | WRONG_STATE             | WRONG_STATE             | WRONG_STATE
    AutoReleaseEscrow   | WRONG_STATE             | WRONG_STATE             | WRONG_STATE
    RefundEscrow        | WRONG_STATE             | WRONG_STATE             | WRONG_STATE
    AutoRefundEscrow    | WRONG_STATE             | WRONG_STATE             | WRONG_STATE
    OpenDispute         | already                 | already                 | WRONG_STATE
    WithdrawDispute     | dispute_withdrawn       | dispute_withdrawn       | WRONG_STATE
    OfferSettlement     | settlement_offered      | already                 | WRONG_STATE
    AcceptSettlement    | NOT_FOUND               | settled                 | WRONG_STATE
    DeclineSettlement   | already                 | settlement_declined     | already
    ArbitrateEscrow     | NOT_YOURS               | NOT_YOURS               | NOT_YOURS
    ClawBackEscrow      | WRONG_STATE             | WRONG_STATE             | clawed_back
    ");
}

#[test]
fn only_a_party_disputes_and_only_for_itself() {
    let (ama, kofi) = (actor("ama", Role::Buyer), actor("kofi", Role::Seller));
    judged()
        .when_asked_by(kofi.clone(), dispute(1, None, Party::Buyer))
        .then_refused_as("NOT_YOURS")
        .when_asked_by(actor("esi", Role::Buyer), dispute(1, None, Party::Buyer))
        .then_refused_as("NOT_YOURS")
        .when_asked_by(ama.clone(), dispute(1, None, Party::Buyer))
        .then_types(&["escrow.disputed.v1"])
        .when_asked_by(kofi, WithdrawDispute { escrow: escrow(1), milestone: None })
        .then_refused_as("NOT_YOURS")
        .when_asked_by(ama, WithdrawDispute { escrow: escrow(1), milestone: None })
        .then_types(&["escrow.dispute_withdrawn.v1"]);
}

#[test]
fn a_dispute_stops_the_clock_and_a_withdrawn_one_lets_it_run_on() {
    let delivered = judged().and([deliver(1)]).after_minutes(60);
    let left = 72 * 60 - 61;
    let given = delivered.and([dispute(1, None, Party::Buyer)]).after_minutes(10_000);
    let given = given.when(auto_release(1)).then_refused_as("WRONG_STATE");
    let withdrawn = WithdrawDispute { escrow: escrow(1), milestone: None };
    let given = given.when(withdrawn).then_types(&["escrow.dispute_withdrawn.v1"]);
    let given = given.after_minutes(left - 2);
    given
        .when(auto_release(1))
        .then_refused_as("TOO_EARLY")
        .after_minutes(1)
        .when(auto_release(1))
        .then_types(&["escrow.released.v1"]);
}

#[test]
fn the_arbiter_splits_what_is_held_to_the_unit() {
    let (journal, given) = disputed().when_asked_by(judge(), split(600, 350, 50)).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.settled.v1
      debit escrow:00000000-0000-0000-0000-000000003001 600 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 570 XOF
          credit revenue:commission 30 XOF
      debit escrow:00000000-0000-0000-0000-000000003001 350 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 350 XOF
      debit escrow:00000000-0000-0000-0000-000000003001 50 XOF
          credit revenue:fees 50 XOF
    ");
    assert_eq!(held(&given), 0);
    disputed()
        .when_asked_by(judge(), split(600, 350, 49))
        .then_refused_as("INVALID_SETTING")
        .when_asked_by(actor("kofi", Role::Seller), split(1_000, 0, 0))
        .then_refused_as("NOT_YOURS")
        .when(split(1_000, 0, 0))
        .then_refused_as("NOT_YOURS");
    judged().when_asked_by(judge(), split(1_000, 0, 0)).then_refused_as("WRONG_STATE");
}

#[test]
fn staff_decide_alone_only_below_the_threshold() {
    let staff = actor("boss", Role::Admin);
    let strict = four_eyes::Configure { thresholds: vec![xof(999)] };
    disputed()
        .and([strict.into()])
        .when_asked_by(staff.clone(), split(0, 1_000, 0))
        .then_refused_as("FOUR_EYES_NEEDED")
        .when_asked_by(staff.clone(), release(1))
        .then_refused_as("WRONG_STATE")
        .when_asked_by(judge(), split(0, 1_000, 0))
        .then_types(&["escrow.settled.v1"]);
    let strict = four_eyes::Configure { thresholds: vec![xof(999)] };
    let given = judged().and([strict.into()]);
    given
        .when_asked_by(staff.clone(), release(1))
        .then_refused_as("FOUR_EYES_NEEDED")
        .when_asked_by(staff, refund(1))
        .then_refused_as("FOUR_EYES_NEEDED")
        .when_asked_by(actor("ama", Role::Buyer), release(1))
        .then_types(&["escrow.released.v1"]);
}

#[test]
fn both_agree_or_nothing_happens() {
    let (ama, kofi) = (actor("ama", Role::Buyer), actor("kofi", Role::Seller));
    let given = judged()
        .when_asked_by(ama.clone(), offer(Party::Buyer, None))
        .then_types(&["escrow.settlement_offered.v1"])
        .when_asked_by(ama.clone(), accept(Party::Buyer, None))
        .then_refused_as("NOT_FOUND")
        .when_asked_by(ama.clone(), accept(Party::Seller, None))
        .then_refused_as("NOT_YOURS")
        .when_asked_by(kofi.clone(), offer(Party::Seller, Some(400)))
        .then_types(&["escrow.settlement_offered.v1"])
        // The offer that was accepted is not the one on the table any more.
        .when_asked_by(ama.clone(), accept(Party::Buyer, Some(300)))
        .then_refused(Refusal::ExistsWithOtherTerms { field: "seller" });
    let decline = || DeclineSettlement { escrow: escrow(1), milestone: None };
    given
        .clone()
        .when_asked_by(ama.clone(), decline())
        .then_types(&["escrow.settlement_declined.v1"])
        .when_asked_by(ama.clone(), decline())
        .then_already()
        .when_asked_by(ama.clone(), accept(Party::Buyer, Some(400)))
        .then_refused_as("NOT_FOUND");
    let (journal, given) = given.when_asked_by(ama, accept(Party::Buyer, Some(400))).then_journal();
    insta::assert_snapshot!(journal, @"
    escrow.settled.v1
      debit escrow:00000000-0000-0000-0000-000000003001 400 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 380 XOF
          credit revenue:commission 20 XOF
      debit escrow:00000000-0000-0000-0000-000000003001 600 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 600 XOF
    ");
    assert_eq!((given.available(1, "XOF"), given.available(2, "XOF")), (9_600, 380));
    // Canceled by agreement: an offer of everything to the buyer, accepted.
    let given = judged().and([offer(Party::Buyer, None).into()]);
    let (_, given) = given.when_asked_by(kofi, accept(Party::Seller, None)).then_events();
    assert_eq!((given.available(1, "XOF"), held(&given)), (10_000, 0));
}

proptest! {
    /// Whatever is asked of escrows: what is held in each part is what the terms say of what left
    /// it, nothing is left in one that has ended, and no more is taken back than was released.
    #[test]
    fn each_part_holds_exactly_what_did_not_leave_it(plan in any_plan(0..200)) {
        let (state, _) = play(&plan);
        for number in 0..6 {
            let Some(it) = state.escrow(escrow(number)) else { continue };
            for (place, part) in it.parts.iter().enumerate() {
                let milestone = u16::try_from(place + 1).unwrap();
                let account = if it.numbered {
                    Account::Milestone(escrow(number), milestone)
                } else {
                    Account::Escrow(escrow(number))
                };
                let currency = part.amount.currency();
                let is = state.books().balance(account, currency);
                let done = part.released + part.refunded;
                prop_assert!(done <= part.amount.minor() && part.returned <= part.released);
                let all = it.agreed.charged(part.amount).minor();
                let left = Money::from_minor(done, currency);
                let left = left.map_or(0, |now| it.agreed.shares(part.amount, None, now).charged().minor());
                let should = match part.status {
                    escrow::Status::AwaitingFunds | escrow::Status::Canceled => 0,
                    _ => all - left,
                };
                prop_assert_eq!(is, i128::from(should));
                prop_assert!(!part.status.has_ended() || is == 0);
            }
        }
    }
}
