//! What comes back and what comes too late, disturbed at every step: refunds of each kind, late
//! money, disputes that nobody answers, debts that stay.
//!
//! After each run the provider has given back each payment once.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::payments::Rules;
use cauri_domain::testing::{
    authorised_as, configure_payments, disputed, initiate, opened_for, payin, receive,
    refund_payin, wallet, withdrawal, withdrawn, xof,
};
use cauri_domain::{payin as payins, withdrawal as withdrawals};

use kit::World;
use kit::disturbed::{Story, disturbed, undisturbed};
use kit::fuse::Fault;

struct Payments;

/// A pay-in of 1,000 into wallet 2 that the provider's payment of this name has paid.
async fn paid(world: &World, number: u128, object: &str) {
    world.ask(initiate(number, 2, xof(1_000))).await;
    world.ask(receive(number, object, xof(1_000))).await;
}

impl Story for Payments {
    const STEPS_LEAST: usize = 10;

    async fn furnish(world: &World) {
        let rules = Rules {
            write_off_s: 86_400.try_into().unwrap(),
            // Days pass while a step is tried again; what is kept for us outlasts them.
            authorisation_s: (365 * 86_400).try_into().unwrap(),
            ..Rules::default()
        };
        world.ask(configure_payments(rules)).await;
        for (number, object) in [(1, "pi_back"), (2, "pi_fails"), (3, "pi_refused")] {
            paid(world, number, object).await;
            world.ask(refund_payin(number, number, xof(400))).await;
        }
        // Late money is credited.
        world.ask(initiate(4, 2, xof(1_000))).await;
        world.ask(payins::Cancel { payin: payin(4) }).await;
        world.ask(receive(4, "pi_late", xof(1_000))).await;
        // Kept for us, and asked for.
        world.ask(initiate(6, 2, xof(700))).await;
        world.ask(authorised_as(6, "pi_kept", xof(700))).await;
        // Disputed, not answered, and more than the wallet has.
        paid(world, 5, "pi_disputed").await;
        let (withdrawal, wallet, amount) = (withdrawal(9), wallet(2), xof(2_500));
        let destination = "momo-pays".parse().unwrap();
        world
            .ask(withdrawals::Request {
                withdrawal,
                wallet,
                amount,
                destination: Some(destination),
                method: None,
            })
            .await;
        world.ask(disputed(1, "pi_disputed", opened_for(xof(1_000)))).await;
        world.ask(disputed(1, "pi_disputed", withdrawn(xof(1_000), xof(15)))).await;
    }

    fn has_ended(world: &World) -> bool {
        let once = [
            "refund.succeeded.v1",
            "suspense.assigned.v1",
            "chargeback.lost.v1",
            "chargeback.reviewed.v1",
            "withdrawal.paid.v1",
        ];
        once.iter().all(|name| world.count(name) == 1)
            && world.count("refund.failed.v1") == 2
            // The world's own, those paid below, and the one that was captured.
            && world.count("payin.succeeded.v1") == 6
    }

    fn check(world: &World, what: &str) {
        let told = world.provider.refunds();
        let mut told: Vec<_> = told.iter().map(|it| &*it.payment).collect();
        told.sort_unstable();
        assert_eq!(told, ["pi_back", "pi_fails"], "{what}");
        let captured = world.provider.captures();
        let captured: Vec<_> = captured.iter().map(|it| (&*it.payment, &*it.amount)).collect();
        assert_eq!(captured, [("pi_kept", "700")], "{what}");
    }
}

disturbed!(Payments);

#[tokio::test]
async fn undisturbed_each_thing_ends_once() {
    let end = undisturbed::<Payments>().await;
    assert_eq!(end.events["refund.submitted.v1"], 3);
}
