//! Pay-ins beyond the simplest, suspense, refunds, chargebacks, and what else can become of a
//! withdrawal.

use cauri_domain::payments::{LatePolicy, Rules, WithdrawalFee};
use cauri_domain::receipt::Evidence;
use cauri_domain::refund::Of;
use cauri_domain::suspense::AssignedBy;
use cauri_domain::testing::{chargeback_id, minute, payin, refund_id, wallet, withdrawal, xof};
use cauri_domain::*;

use super::{entry, parsed, proved};

fn sim() -> Provider {
    parsed("sim")
}

fn rules() -> Rules {
    let fee = WithdrawalFee {
        currency: parsed("XOF"),
        fixed: Some(xof(100)),
        rate: 50.try_into().unwrap(),
    };
    Rules { late: LatePolicy::Refund, withdrawal_fees: vec![fee], ..Rules::default() }
}

/// In the order of [`Event::WIRE_NAMES`], up to the escrows.
pub fn events() -> Vec<Event> {
    let (payin, amount, object) = (payin(1), xof(25_000), parsed::<ObjectId>("pi_1"));
    let clearing = Account::Clearing(sim());
    let ama = wallet(1);
    let mut events: Vec<Event> = vec![
        payin::Submitted { payin, object: object.clone() }.into(),
        payin::Authorised {
            payin,
            receipt: proved("pi_1", amount),
            expires_at: minute(7 * 24 * 60),
        }
        .into(),
        payin::CaptureRequested { payin, provider: sim(), object: object.clone(), amount }.into(),
        payin::Canceled { payin, object: None }.into(),
        payin::ClosedAtProvider { payin, object: object.clone(), outcome: payin::Closing::Closed }
            .into(),
        payin::Contradicted {
            payin: Some(payin),
            receipt: proved("pi_1", testing::usd_cents(25_000)),
            before: amount,
        }
        .into(),
        payin::FeeRecorded {
            receipt: proved("pi_1", xof(450)),
            withdrawal: None,
            entry: entry(Account::ProviderFees, clearing, xof(450)),
        }
        .into(),
        payments::Configured { rules: rules() }.into(),
        suspense::Assigned {
            provider: sim(),
            object,
            wallet: ama,
            payin: Some(payin),
            meant: None,
            amount,
            by: AssignedBy::Policy,
            entry: entry(Account::Suspense(sim()), Account::Wallet(ama), amount),
        }
        .into(),
    ];
    events.extend(refunds());
    events.extend(chargebacks());
    events
}

fn refunds() -> Vec<Event> {
    let (refund, amount, clearing) = (refund_id(1), xof(10_000), Account::Clearing(sim()));
    let (ama, going) = (wallet(1), Account::Refund(refund));
    vec![
        refund::Requested {
            refund,
            of: Of::Payin(payin(1)),
            provider: sim(),
            object: parsed("pi_1"),
            payin: None,
            wallet: Some(ama),
            amount,
            reason: parsed("goodwill"),
            entry: entry(Account::Wallet(ama), going, amount),
        }
        .into(),
        refund::Submitted { refund, provider: sim() }.into(),
        refund::WentToWallet {
            refund,
            wallet: ama,
            entry: entry(going, Account::Wallet(ama), amount),
        }
        .into(),
        refund::Succeeded { refund, object: parsed("re_1"), entry: entry(going, clearing, amount) }
            .into(),
        refund::Failed {
            refund,
            provider: sim(),
            payment: parsed("pi_1"),
            object: Some(parsed("re_1")),
            reason: parsed("account_closed"),
            entry: entry(clearing, Account::Wallet(ama), amount),
        }
        .into(),
        refund::Told {
            refund,
            receipt: proved("pi_1", amount),
            amount,
            entry: entry(going, clearing, amount),
        }
        .into(),
        refund::Borne {
            refund,
            provider: sim(),
            object: parsed("pi_1"),
            wallet: Some(ama),
            amount,
            entry: entry(Account::Wallet(ama), going, amount),
        }
        .into(),
    ]
}

fn chargebacks() -> Vec<Event> {
    let (chargeback, provider) = (chargeback_id(1), sim());
    let object = || parsed::<ObjectId>("pi_1");
    let (ama, amount) = (wallet(1), xof(10_000));
    let (clearing, taken) = (Account::Clearing(provider), Account::Chargeback(chargeback));
    let (available, reserve) = (Account::Wallet(ama), Account::Reserve(ama));
    vec![
        chargeback::Inquired { chargeback, provider, object: object() }.into(),
        chargeback::Opened {
            chargeback,
            provider,
            object: object(),
            amount,
            reason: parsed("fraudulent"),
            due_by: Some(minute(7 * 24 * 60)),
            beyond: Some(xof(1_000)),
        }
        .into(),
        chargeback::Reserved {
            chargeback,
            wallet: ama,
            amount,
            entry: entry(available, reserve, amount),
        }
        .into(),
        chargeback::Withdrawn {
            chargeback,
            provider,
            object: object(),
            amount,
            fee: None,
            entry: entry(taken, clearing, amount),
        }
        .into(),
        chargeback::Borne {
            chargeback,
            provider,
            object: object(),
            wallet: Some(ama),
            amount,
            write_off_at: Some(minute(180 * 24 * 60)),
            entry: entry(Account::Receivable(ama), taken, amount),
        }
        .into(),
        chargeback::Reinstated {
            chargeback,
            provider,
            object: object(),
            amount,
            entry: entry(clearing, taken, amount),
        }
        .into(),
        chargeback::GivenBack {
            chargeback,
            provider,
            object: object(),
            wallet: Some(ama),
            amount,
            entry: entry(taken, available, amount),
        }
        .into(),
        chargeback::EvidenceSubmitted { chargeback, evidence: Evidence([0xab; 32]) }.into(),
        chargeback::Won { chargeback, provider, object: object() }.into(),
        chargeback::Lost {
            chargeback,
            provider,
            object: object(),
            by: chargeback::LostBy::Deadline,
        }
        .into(),
        chargeback::Reviewed { chargeback, owed: Some(amount) }.into(),
        chargeback::Released {
            chargeback,
            wallet: ama,
            amount,
            entry: entry(reserve, available, amount),
        }
        .into(),
    ]
}

/// The last ones of [`Event::WIRE_NAMES`].
pub fn withdrawals() -> Vec<Event> {
    let (withdrawal, amount, ama) = (withdrawal(1), xof(25_000), Account::Wallet(wallet(1)));
    let (leaving, clearing) = (Account::Withdrawal(withdrawal), Account::Clearing(sim()));
    vec![
        withdrawal::Canceled { withdrawal, entry: entry(leaving, ama, amount) }.into(),
        withdrawal::Alerted { withdrawal, threshold: Some(xof(20_000)) }.into(),
        withdrawal::Unknown { withdrawal, provider: sim(), reason: parsed("timed_out") }.into(),
        withdrawal::PaidAfterAll {
            withdrawal,
            receipt: proved("po_1", amount),
            entry: entry(ama, clearing, amount),
        }
        .into(),
    ]
}

/// A pay-in and a withdrawal that say all that they can say.
pub fn grown() -> [Event; 2] {
    let (ama, withdrawal, amount) = (wallet(1), withdrawal(1), xof(25_000));
    let created = payin::Created {
        payin: payin(1),
        wallet: ama,
        amount,
        provider: sim(),
        expires_at: minute(30),
        target: Some(payin::Target::Wallet(wallet(2))),
        capture_later: true,
    };
    let requested = withdrawal::Requested {
        withdrawal,
        wallet: ama,
        amount,
        destination: parsed("momo-1"),
        method: Some(PaymentMethodId(uuid::Uuid::from_u128(0x7001))),
        auto_approve_at: minute(48 * 60),
        fee: Some(xof(100)),
        entry: entry(Account::Wallet(ama), Account::Withdrawal(withdrawal), xof(25_100)),
    };
    [created.into(), requested.into()]
}
