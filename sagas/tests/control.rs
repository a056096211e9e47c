//! Steps that cannot go on by themselves: on record, and what operators do about them.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::process_control::{GiveUp, Retry, Skip, Step};
use cauri_domain::testing::{freeze, proposal, unfreeze, wallet, withdrawal};
use cauri_domain::*;
use cauri_sagas::agenda::Item;
use cauri_sagas::{EscrowPart, SagaHandle, TimerId};
use chrono::TimeDelta;

use kit::provider::Call;
use kit::{World, eventually};

fn submission() -> Step {
    Item::Submission(withdrawal(1).into()).step()
}

fn payout() -> Step {
    Item::Payout(withdrawal(1).into()).step()
}

/// A withdrawal is approved, and its wallet frozen before it is submitted.
async fn stuck() -> (World, SagaHandle) {
    let world = World::new().await;
    world.request_withdrawal(1, 4_000, "momo-pays").await;
    world.approve(1).await;
    world.ask(freeze(1)).await;
    let handle = world.start();
    world.happens("process.stuck.v1", 1).await;
    (world, handle)
}

async fn caught_up(world: &World, handle: &SagaHandle) -> cauri_sagas::SagaStatus {
    world.caught_up(handle).await
}

#[tokio::test]
async fn a_refused_step_is_on_record_with_its_reason() {
    let (world, handle) = stuck().await;
    let recorded = world.event("process.stuck.v1").await;
    let Event::ProcessStuck(event) = &recorded.event else { panic!("{recorded:?}") };
    assert_eq!((&event.at, event.code.as_str(), event.tries), (&submission(), "WALLET_FROZEN", 1));
    assert_eq!(recorded.cause.actor.subject.as_str(), "process:withdrawal");
    // Of the same story as the withdrawal's approval.
    let approved = world.event("withdrawal.approved.v1").await;
    assert_eq!(recorded.cause.correlation, approved.cause.correlation);
    assert_eq!(recorded.cause.causation, Some(approved.revision));
    assert_eq!(caught_up(&world, &handle).await.refused, 1);
    handle.close().await;

    // Another start is refused as well, and has nothing new to say.
    let handle = world.start();
    caught_up(&world, &handle).await;
    eventually("it is refused again", || (handle.status().refused == 1).then_some(())).await;
    assert_eq!(world.count("process.stuck.v1"), 1);
    handle.close().await;
}

#[tokio::test]
async fn what_becomes_possible_by_itself_is_freed() {
    let (world, handle) = stuck().await;
    world.ask(unfreeze(1)).await;
    world.happens("withdrawal.submitted.v1", 1).await;
    world.happens("process.freed.v1", 1).await;
    world.until("it is paid", || (world.count("withdrawal.paid.v1") > 0).then_some(())).await;
    assert_eq!((world.count("process.stuck.v1"), world.count("process.freed.v1")), (1, 1));
    handle.close().await;
}

#[tokio::test]
async fn a_retry_is_tried_at_once_and_may_be_stuck_again() {
    let (world, handle) = stuck().await;
    world.ask(Retry { at: submission() }).await;
    world.happens("process.stuck.v1", 2).await;
    assert_eq!(world.count("withdrawal.submitted.v1"), 0);
    handle.close().await;
}

#[tokio::test]
async fn a_step_that_is_skipped_is_not_tried_any_more_also_after_a_restart() {
    let (world, handle) = stuck().await;
    world.ask(Skip { at: submission(), reason: "by-hand".parse().unwrap() }).await;
    world.ask(unfreeze(1)).await;
    assert_eq!(caught_up(&world, &handle).await.refused, 0);
    handle.close().await;
    let handle = world.start();
    world.advance(TimeDelta::days(10));
    caught_up(&world, &handle).await;
    assert_eq!(world.count("withdrawal.submitted.v1"), 0);
    assert!(world.provider.calls().is_empty());
    handle.close().await;
}

#[tokio::test]
async fn what_is_given_up_leaves_nothing_in_transit_and_nothing_to_do() {
    let (world, handle) = stuck().await;
    let command = GiveUp {
        at: submission(),
        into: Account::Wallet(wallet(1)),
        reason: "lost".parse().unwrap(),
    };
    let proposed = four_eyes::Propose {
        proposal: proposal(1),
        command: Box::new(command.into()),
        reason: "lost".parse().unwrap(),
        span_s: None,
    };
    world.ask(proposed).await;
    world.ask_as_finance(four_eyes::Approve { proposal: proposal(1) }).await;
    world.happens("process.given_up.v1", 1).await;
    let status = caught_up(&world, &handle).await;
    assert_eq!((status.refused, status.timers, status.open_payouts), (0, 0, 0));
    let balances = world.balances().await;
    assert_eq!(balances[&Account::Wallet(wallet(1)).to_string()], 100_000);
    assert!(!balances.contains_key(&Account::Withdrawal(withdrawal(1)).to_string()));
    handle.close().await;
}

#[tokio::test]
async fn an_outcome_that_stays_unknown_is_on_record_and_asked_for_all_the_same() {
    let world = World::new().await;
    world.provider.set_unreachable(true);
    world.request_withdrawal(1, 4_000, "momo-pays").await;
    world.approve(1).await;
    let handle = world.start();
    let is_stuck = || (world.count("process.stuck.v1") > 0).then_some(());
    world.until("it is on record", is_stuck).await;
    let recorded = world.event("process.stuck.v1").await;
    let Event::ProcessStuck(event) = &recorded.event else { panic!("{recorded:?}") };
    assert_eq!((&event.at, event.code.as_str()), (&payout(), "OUTCOME_UNKNOWN"));
    assert!(event.tries >= 8);

    world.provider.set_unreachable(false);
    world.until("it is paid", || (world.count("withdrawal.paid.v1") > 0).then_some(())).await;
    world.happens("process.freed.v1", 1).await;
    let sent = world.provider.instructions();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let calls = world.provider.calls();
    assert!(calls.contains(&Call::Status(withdrawal(1))), "{calls:?}");
    handle.close().await;
}

#[test]
fn every_step_has_a_name_that_leads_back_to_it() {
    let items = [
        Item::Timer(TimerId::PayinExpiry(testing::payin(1))),
        Item::Timer(TimerId::EscrowRelease(EscrowPart(testing::escrow(1), None))),
        Item::Timer(TimerId::WithdrawalApproval(withdrawal(1))),
        Item::Timer(TimerId::ProposalExpiry(proposal(1))),
        Item::Submission(withdrawal(1).into()),
        Item::Payout(withdrawal(1).into()),
        Item::Submission(testing::refund_id(1).into()),
        Item::Payout(testing::refund_id(1).into()),
        Item::Timer(TimerId::LateMoney(testing::payin(1))),
        Item::Timer(TimerId::ChargebackDeadline(testing::chargeback_id(1))),
        Item::Timer(TimerId::WriteOff(testing::chargeback_id(1))),
        Item::Timer(TimerId::OrderExpiry(testing::sale(1))),
        Item::Timer(TimerId::OrderSettlement(testing::sale(1))),
        Item::Timer(TimerId::EntitlementExpiry(testing::entitlement(1))),
    ];
    for item in items {
        assert_eq!(Item::at(&item.step()), Some(item));
    }
    assert_eq!(items[0].step().step.as_str(), "payin-expiry");
    let nothing = Step { step: "dance".parse().unwrap(), ..submission() };
    assert_eq!(Item::at(&nothing), None);
}
