//! What each process manager makes of each event: given events, then effects.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::testing::{
    actor, authorised, deliver, escrow, funded, given, open_escrow, opened, payin, receipt,
    release, wallet, withdrawal, xof,
};
use cauri_domain::*;
use cauri_sagas::escrow::EscrowProcess;
use cauri_sagas::payin::PayinProcess;
use cauri_sagas::withdrawal::WithdrawalProcess;
use cauri_sagas::{Destination, Effect, EscrowPart, ProcessManager, TimerId};
use chrono::{DateTime, Utc};

/// A process's effects, event by event.
fn effects<P: ProcessManager>(events: &[Event]) -> Vec<Effect> {
    events.iter().flat_map(P::react).collect()
}

#[track_caller]
fn then_effects<P: ProcessManager>(events: &[Event], expected: &[Effect]) {
    assert_eq!(effects::<P>(events), expected);
}

fn ledger() -> testing::Given {
    let mut commands = vec![opened()];
    commands.extend(funded(1, "ann", xof(10_000)));
    commands.extend(funded(2, "bob", xof(10_000)));
    given(commands)
}

fn wake(timer: TimerId, at: DateTime<Utc>) -> Effect {
    Effect::Wake { timer, at }
}

const fn cancel(timer: TimerId) -> Effect {
    Effect::Cancel { timer }
}

#[test]
fn a_pay_in_wakes_at_its_expiry_until_its_money_came_or_it_expired() {
    let timer = TimerId::PayinExpiry(payin(1));
    let closing = TimerId::PayinClosing(payin(1));
    let (amount, provider) = (xof(500), "sim".parse().unwrap());
    let (created, ledger) = ledger()
        .when(payin::Initiate {
            payin: payin(1),
            wallet: wallet(1),
            amount,
            provider,
            target: None,
            capture_later: false,
        })
        .then_events();
    let [Event::PayinCreated(it)] = &created[..] else { panic!("{created:?}") };
    then_effects::<PayinProcess>(&created, &[wake(timer, it.expires_at)]);

    // Declined: the payer may come back, so its time goes on.
    let (declined, ledger) = ledger
        .when(payin::RecordDecline {
            payin: payin(1),
            provider,
            object: "pi_d".parse().unwrap(),
            reason: "declined".parse().unwrap(),
        })
        .then_events();
    let forget = Effect::Forget { outgoing: payin(1).into() };
    then_effects::<PayinProcess>(&declined, std::slice::from_ref(&forget));

    // Kept for us: its time is longer, and the provider is asked for the money.
    let (kept, _) = ledger.clone().when(authorised(1, amount)).then_events();
    let [Event::PayinAuthorised(it), Event::PayinCaptureRequested(_)] = &kept[..] else {
        panic!("{kept:?}")
    };
    let (outgoing, destination) =
        (payin(1).into(), Destination::Payment(provider, it.receipt.object.clone()));
    let asks = [
        wake(timer, it.expires_at),
        Effect::Expect { outgoing, amount, destination },
        Effect::Pay { outgoing, provider },
    ];
    then_effects::<PayinProcess>(&kept, &asks);

    let paid = payin::RecordReceipt { payin: Some(payin(1)), receipt: receipt("sim", "p", amount) };
    let (succeeded, _) = ledger.clone().when(paid.clone()).then_events();
    let ended = [cancel(timer), cancel(closing), forget];
    then_effects::<PayinProcess>(&succeeded, &ended);

    // What was declined may still be open at its provider: it is closed there once.
    let expire = payin::Expire { payin: payin(1) };
    let (expired, ledger) = ledger.after_minutes(60).when(expire).then_events();
    let given_up = [&ended[..], &[Effect::Soon { timer: closing }]].concat();
    then_effects::<PayinProcess>(&expired, &given_up);
    let outcome = payin::Closing::Closed;
    let record = payin::RecordClosing { payin: payin(1), outcome };
    let (closed, ledger) = ledger.when(record).then_events();
    then_effects::<PayinProcess>(&closed, &[cancel(closing)]);
    let (late, ledger) = ledger.when(paid).then_events();
    let timer = TimerId::LateMoney(payin(1));
    then_effects::<PayinProcess>(&late, &[Effect::Soon { timer }]);
    let settle = suspense::SettleLate { payin: payin(1) };
    let (settled, _) = ledger.when(settle).then_events();
    let effects = [&ended[..], &[cancel(timer)]].concat();
    then_effects::<PayinProcess>(&settled, &effects);
}

#[test]
fn an_escrow_wakes_at_the_end_of_its_inspection_until_it_ended() {
    let part = EscrowPart(escrow(1), None);
    let (timer, refund_due) = (TimerId::EscrowRelease(part), TimerId::EscrowRefund(part));
    let (opened, ledger) = ledger().when(open_escrow(1, 1, 2, xof(500))).then_events();
    then_effects::<EscrowProcess>(&opened, &[cancel(timer)]);

    // Released or refunded before delivery: there is no timer, and taking none away is harmless.
    let both = [cancel(timer), cancel(refund_due)];
    let (delivered, ledger) = ledger.when(deliver(1)).then_events();
    let [Event::EscrowDelivered(it)] = &delivered[..] else { panic!("{delivered:?}") };
    then_effects::<EscrowProcess>(
        &delivered,
        &[cancel(refund_due), wake(timer, it.auto_release_at)],
    );

    let (released, _) = ledger.clone().when(release(1)).then_events();
    then_effects::<EscrowProcess>(&released, &both);
    let (refunded, _) = ledger.when(testing::refund(1)).then_events();
    then_effects::<EscrowProcess>(&refunded, &both);
}

#[test]
fn a_withdrawal_is_judged_submitted_and_paid() {
    let timer = TimerId::WithdrawalApproval(withdrawal(1));
    let (withdrawal, amount) = (withdrawal(1), xof(500));
    let destination: Reference = "momo-1".parse().unwrap();
    let provider: Provider = "sim".parse().unwrap();
    let finance = || actor("money", Role::Finance);
    let request = withdrawal::Request {
        withdrawal,
        wallet: wallet(1),
        amount,
        destination: Some(destination.clone()),
        method: None,
    };
    let (requested, ledger) = ledger().when(request).then_events();
    let [Event::WithdrawalRequested(it)] = &requested[..] else { panic!("{requested:?}") };
    then_effects::<WithdrawalProcess>(
        &requested,
        &[
            Effect::Expect {
                outgoing: withdrawal.into(),
                amount,
                destination: Destination::Reference(destination),
            },
            wake(timer, it.auto_approve_at),
        ],
    );

    let reject = withdrawal::Reject { withdrawal, reason: "fraud".parse().unwrap() };
    let (rejected, _) = ledger.clone().when_asked_by(finance(), reject).then_events();
    then_effects::<WithdrawalProcess>(
        &rejected,
        &[cancel(timer), Effect::Forget { outgoing: withdrawal.into() }],
    );

    let approve = withdrawal::Approve { withdrawal };
    let (approved, ledger) = ledger.when_asked_by(finance(), approve).then_events();
    then_effects::<WithdrawalProcess>(
        &approved,
        &[cancel(timer), Effect::Submit { outgoing: withdrawal.into() }],
    );

    let (submitted, ledger) =
        ledger.when(withdrawal::Submit { withdrawal, provider }).then_events();
    then_effects::<WithdrawalProcess>(
        &submitted,
        &[Effect::Pay { outgoing: withdrawal.into(), provider }],
    );

    let failure = withdrawal::RecordFailure {
        withdrawal,
        provider,
        object: None,
        reason: "closed".parse().unwrap(),
    };
    let (failed, _) = ledger.clone().when(failure.clone()).then_events();
    then_effects::<WithdrawalProcess>(&failed, &[Effect::Forget { outgoing: withdrawal.into() }]);

    let paid = withdrawal::RecordPayout { withdrawal, receipt: receipt("sim", "po", amount) };
    let (paid, ledger) = ledger.when(paid).then_events();
    then_effects::<WithdrawalProcess>(&paid, &[Effect::Forget { outgoing: withdrawal.into() }]);
    let back = withdrawal::RecordFailure { object: Some("po".parse().unwrap()), ..failure };
    let (returned, _) = ledger.when(back).then_events();
    then_effects::<WithdrawalProcess>(&returned, &[Effect::Forget { outgoing: withdrawal.into() }]);
}

#[test]
fn a_timer_asks_for_what_its_kind_is_for() {
    let names = [
        TimerId::PayinExpiry(payin(1)).command(),
        TimerId::EscrowRelease(EscrowPart(escrow(1), None)).command(),
        TimerId::WithdrawalApproval(withdrawal(1)).command(),
    ];
    let names = names.each_ref().map(Command::name);
    assert_eq!(names, ["ExpirePayin", "AutoReleaseEscrow", "AutoApproveWithdrawal"]);
}
