//! One event of each type, and where their golden files are.

use std::path::PathBuf;

use cauri_domain::escrow::{Delivered, Funded, Refunded, Released, ReleasedBy, Terms};
use cauri_domain::journal::{JournalEntry, Posting};
use cauri_domain::payin::{Created, Declined, Expired, Mismatch, Mismatched, SucceededLate};
use cauri_domain::receipt::{Evidence, Receipt};
use cauri_domain::testing::{
    actor, escrow, minute, payin, proposal, receipt, usd_cents, wallet, withdrawal, xof,
};
use cauri_domain::withdrawal::{
    Approved, ApprovedBy, Failed, Paid, Rejected, Requested, Returned, Submitted,
};
use cauri_domain::*;
use cauri_ledger::{Cause, Hash, Recorded, Unit};

mod commission;
mod controls;
mod endpoints;
mod escrows;
mod payments;
mod sales;
mod subscriptions;

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The golden file of an event type.
pub fn file(name: &str) -> PathBuf {
    folder().join(format!("{name}.json"))
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A receipt whose evidence is kept.
fn proved(object: &str, amount: Money) -> Receipt {
    Receipt { evidence: Some(Evidence([0xab; 32])), ..receipt("sim", object, amount) }
}

fn entry(from: Account, to: Account, amount: Money) -> JournalEntry {
    JournalEntry::transfer(from, to, amount)
}

fn settings() -> Settings {
    Settings {
        currencies: vec![parsed("USD"), parsed("XOF")],
        commission: 500.try_into().unwrap(),
        limits: vec![usd_cents(100_000), xof(500_000)],
        ..Settings::default()
    }
}

/// One event of each type, in the order of [`Event::WIRE_NAMES`].
pub fn events() -> Vec<Event> {
    let (sim, amount) = (parsed::<Provider>("sim"), xof(25_000));
    let (buyer, seller) = (wallet(1), wallet(2));
    let available = Account::Wallet;
    let (clearing, suspense) = (Account::Clearing(sim), Account::Suspense(sim));
    let (kept, leaving) = (Account::Escrow(escrow(1)), Account::Withdrawal(withdrawal(1)));
    let (withdrawal, escrow, payin) = (withdrawal(1), escrow(1), payin(1));
    let mut events: Vec<Event> = vec![
        settings::Opened { settings: Settings::default() }.into(),
        settings::Configured { settings: settings() }.into(),
        commission::rules_set(),
        clock::Advanced { to: "2027-11-20T22:17:05.123456Z".parse().unwrap() }.into(),
        four_eyes::Configured { thresholds: vec![xof(100_000), usd_cents(50_000)] }.into(),
        four_eyes::Made {
            proposal: proposal(1),
            by: parsed("user:finance-1"),
            command: Box::new(cauri_domain::testing::approve(1)),
            reason: parsed("large"),
            expires_at: minute(10_080),
        }
        .into(),
        four_eyes::Approved { proposal: proposal(1), by: parsed("user:finance-2") }.into(),
        four_eyes::Rejected {
            proposal: proposal(1),
            by: parsed("user:finance-2"),
            reason: parsed("not-now"),
        }
        .into(),
        four_eyes::Withdrawn { proposal: proposal(1) }.into(),
        four_eyes::Expired { proposal: proposal(1) }.into(),
        correction::Adjusted {
            correction: testing::correction(1),
            reason: parsed("mistake"),
            entry: JournalEntry::transfer(Account::Adjustments, Account::Wallet(buyer), xof(5)),
            dated: None,
        }
        .into(),
        correction::OpeningImported {
            correction: testing::correction(2),
            reference: None,
            entry: JournalEntry::transfer(Account::Opening, Account::Wallet(buyer), xof(700)),
            dated: None,
        }
        .into(),
        correction::Reversed {
            correction: testing::correction(3),
            of: Revision(7),
            opening: None,
            reason: parsed("mistake"),
            entry: JournalEntry::transfer(Account::Wallet(buyer), Account::Opening, xof(700)),
            dated: None,
        }
        .into(),
        settlement::Recorded {
            settlement: testing::settlement_id(1),
            provider: sim,
            object: parsed("po_bank_1"),
            value_date: minute(0).date_naive(),
            items: Some(12),
            entry: JournalEntry::try_new(vec![
                Posting { account: Account::Bank, side: Side::Debit, money: xof(24_500) },
                Posting { account: Account::ProviderFees, side: Side::Debit, money: xof(500) },
                Posting { account: Account::Clearing(sim), side: Side::Credit, money: amount },
            ])
            .unwrap(),
            dated: Some(Dated {
                effective: minute(0).date_naive(),
                posting: minute(0).date_naive(),
            }),
        }
        .into(),
        settlement::Reversed {
            settlement: testing::settlement_id(1),
            provider: sim,
            object: parsed("po_bank_1"),
            reason: parsed("mistake"),
            entry: JournalEntry::try_new(vec![
                Posting { account: Account::Clearing(sim), side: Side::Debit, money: amount },
                Posting { account: Account::Bank, side: Side::Credit, money: xof(24_500) },
                Posting { account: Account::ProviderFees, side: Side::Credit, money: xof(500) },
            ])
            .unwrap(),
            dated: None,
        }
        .into(),
        period::Closed { period: parsed("2026-10") }.into(),
        process_control::Stuck {
            at: testing::submission(1),
            code: parsed("WALLET_FROZEN"),
            tries: 3,
        }
        .into(),
        process_control::Freed { at: testing::submission(1) }.into(),
        process_control::Retried { at: testing::submission(1) }.into(),
        process_control::Skipped { at: testing::submission(1), reason: parsed("by-hand") }.into(),
        process_control::GivenUp {
            at: testing::submission(1),
            reason: parsed("lost"),
            entry: JournalEntry::transfer(leaving, Account::Adjustments, xof(700)),
        }
        .into(),
        wallet::Opened { wallet: buyer, owner: parsed("user:ama-7") }.into(),
        wallet::Frozen { wallet: buyer, reason: parsed("risk.review"), level: None }.into(),
        wallet::Unfrozen { wallet: buyer }.into(),
        wallet::Closed { wallet: buyer }.into(),
        limits::WereSet {
            scope: limits::Scope::Kyc(2),
            limits: Some(limits::Limits {
                velocity: Some(limits::Velocity { count: 20, window_s: 3_600.try_into().unwrap() }),
                ..testing::limits_of([
                    Some(25_000),
                    Some(50_000),
                    Some(500_000),
                    Some(2_000_000),
                    Some(1_000),
                ])
            }),
        }
        .into(),
        limits::Assigned { wallet: buyer, profile: Some(parsed("shops")) }.into(),
        limits::KycSet { wallet: buyer, level: 2 }.into(),
        limits::ZoneSet { zone: "Africa/Lome".parse().unwrap() }.into(),
        transfer::Completed { entry: entry(available(buyer), available(seller), amount) }.into(),
        Created {
            payin,
            wallet: buyer,
            amount,
            provider: sim,
            expires_at: minute(30),
            target: None,
            capture_later: false,
        }
        .into(),
        payin::Succeeded {
            payin,
            receipt: proved("pi_1", amount),
            entry: entry(clearing, available(buyer), amount),
        }
        .into(),
        Declined { payin, object: parsed("pi_1"), reason: parsed("insufficient_funds") }.into(),
        Expired { payin, object: None }.into(),
        SucceededLate {
            payin,
            receipt: proved("pi_1", amount),
            policy: None,
            entry: entry(clearing, suspense, amount),
        }
        .into(),
        Mismatched {
            payin: Some(payin),
            reason: Mismatch::Amount,
            receipt: receipt("sim", "pi_1", usd_cents(105)),
            entry: entry(clearing, suspense, usd_cents(105)),
        }
        .into(),
        hold::Placed {
            hold: testing::hold(1),
            legs: vec![hold::Leg { wallet: buyer, amount: xof(4_000) }],
            expires_at: minute(60),
            placed_at: minute(0),
            commission: cauri_domain::commission::Ask::default(),
            entry: JournalEntry::transfer(
                Account::Wallet(buyer),
                Account::Hold(testing::hold(1)),
                xof(4_000),
            ),
        }
        .into(),
        hold::Increased {
            hold: testing::hold(1),
            legs: vec![hold::Leg { wallet: buyer, amount: xof(5_000) }],
            entry: JournalEntry::transfer(
                Account::Wallet(buyer),
                Account::Hold(testing::hold(1)),
                xof(1_000),
            ),
        }
        .into(),
        hold::Extended { hold: testing::hold(1), expires_at: minute(120) }.into(),
        hold::Captured {
            hold: testing::hold(1),
            capture: testing::capture(1),
            payees: vec![hold::Payee { wallet: seller, amount: xof(5_000), tip: true }],
            paid: vec![hold::Paid::Tip(hold::Leg { wallet: seller, amount: xof(5_000) })],
            taken: Some(xof(5_000)),
            last: true,
            ended: true,
            drawn: vec![hold::Leg { wallet: buyer, amount: xof(5_000) }],
            entry: JournalEntry::transfer(
                Account::Hold(testing::hold(1)),
                Account::Wallet(seller),
                xof(5_000),
            ),
        }
        .into(),
        hold::Voided {
            hold: testing::hold(1),
            reason: parsed("no-show"),
            drawn: vec![hold::Leg { wallet: buyer, amount: xof(5_000) }],
            entry: JournalEntry::transfer(
                Account::Hold(testing::hold(1)),
                Account::Wallet(buyer),
                xof(5_000),
            ),
        }
        .into(),
        hold::Expired {
            hold: testing::hold(1),
            drawn: vec![hold::Leg { wallet: buyer, amount: xof(5_000) }],
            entry: JournalEntry::transfer(
                Account::Hold(testing::hold(1)),
                Account::Wallet(buyer),
                xof(5_000),
            ),
        }
        .into(),
        escrow::Opened {
            escrow,
            terms: Terms {
                buyer,
                seller,
                amount: xof(3_333),
                inspection_s: 259_200.try_into().unwrap(),
                commission: 500.try_into().unwrap(),
                agreed: None,
                milestones: Vec::new(),
                deliver_by: None,
                fund_by: None,
                arbiter: None,
            },
        }
        .into(),
        Funded {
            escrow,
            milestone: None,
            payin: None,
            deliver_by: None,
            entry: entry(available(buyer), kept, xof(3_333)),
        }
        .into(),
        escrows::canceled(),
        Delivered { escrow, milestone: None, auto_release_at: minute(72 * 60), evidence: None }
            .into(),
        escrows::revision_requested(),
        Released {
            escrow,
            milestone: None,
            by: ReleasedBy::Timer,
            commission: Some(xof(167)),
            shared: None,
            left: None,
            mixed: false,
            entry: released(kept, available(seller)),
        }
        .into(),
        Refunded {
            escrow,
            milestone: None,
            amount: None,
            by: None,
            left: None,
            mixed: false,
            entry: entry(kept, available(buyer), xof(3_333)),
        }
        .into(),
        Requested {
            withdrawal,
            wallet: buyer,
            amount,
            destination: parsed("momo-ama-1"),
            method: None,
            auto_approve_at: minute(48 * 60),
            fee: None,
            entry: entry(available(buyer), leaving, amount),
        }
        .into(),
        Approved { withdrawal, by: ApprovedBy::Person }.into(),
        Rejected {
            withdrawal,
            reason: parsed("fraud"),
            entry: entry(leaving, available(buyer), amount),
        }
        .into(),
        Submitted { withdrawal, provider: sim }.into(),
        Paid {
            withdrawal,
            receipt: proved("po_1", amount),
            entry: entry(leaving, clearing, amount),
        }
        .into(),
        Failed {
            withdrawal,
            object: None,
            reason: parsed("account_closed"),
            entry: entry(leaving, available(buyer), amount),
        }
        .into(),
        Returned {
            withdrawal,
            object: Some(parsed("po_1")),
            reason: parsed("account_closed"),
            entry: entry(clearing, available(buyer), amount),
        }
        .into(),
    ];
    let escrows = events.iter().position(|it| it.wire_name() == "escrow.opened.v1").unwrap();
    events.splice(escrows..escrows, payments::events());
    let limits = events.iter().position(|it| it.wire_name() == "limits.set.v1").unwrap();
    events.splice(limits..limits, controls::events());
    let wallets = events.iter().position(|it| it.wire_name() == "wallet.opened.v1").unwrap();
    events.splice(wallets..wallets, endpoints::events());
    let withdrawals =
        events.iter().position(|it| it.wire_name() == "withdrawal.requested.v1").unwrap();
    events.splice(withdrawals..withdrawals, sales::events());
    events.extend(payments::withdrawals());
    events.extend(subscriptions::events());
    let requested = events.iter().position(|it| it.wire_name() == "withdrawal.requested.v1");
    events.splice(requested.unwrap()..requested.unwrap(), escrows::disputes());
    events
}

/// Types that have grown since their first line: with all that they can say today.
pub fn grown() -> Vec<Event> {
    let mut events = escrows::grown();
    events.extend(payments::grown());
    events
}

fn released(kept: Account, seller: Account) -> JournalEntry {
    let posting = |account, side, money| Posting { account, side, money };
    let entry = vec![
        posting(kept, Side::Debit, xof(3_333)),
        posting(seller, Side::Credit, xof(3_166)),
        posting(Account::Commission, Side::Credit, xof(167)),
    ];
    entry.try_into().unwrap()
}

fn cause() -> Cause {
    let id = uuid::Uuid::from_u128(0x5001);
    Cause {
        command: CommandId(id),
        digest: Hash([0xcd; 32]),
        correlation: CorrelationId(id),
        causation: None,
        actor: actor("back-end", Role::Service),
        key: None,
        labels: Labels::default(),
    }
}

/// An event in the shortest envelope: the seventh revision, alone in its unit.
pub fn plain(event: Event) -> Recorded {
    Recorded {
        ledger: LedgerId::main(),
        revision: Revision(7),
        unit: Unit { first: Revision(7), count: 1 },
        recorded_at: minute(0),
        cause: cause(),
        event,
        hash: Hash::ZERO,
    }
}

/// The same, asked for by a provider's webhook that a key proved.
pub fn keyed(mut recorded: Recorded) -> Recorded {
    recorded.cause.key = Some(parsed("HTTP_EC_P256_KEY:1"));
    recorded
}

/// An event in an envelope that has everything but a key: a later one of a unit, led to by another event.
pub fn full(event: Event) -> Recorded {
    let dimensions = [("channel", "app"), ("store", "lome-1")]
        .map(|(name, value)| (parsed::<Code>(name), parsed::<Reference>(value)));
    let labels = Labels {
        category: Some(parsed("shopping")),
        reference: Some(parsed("order/2026-117")),
        dimensions: std::collections::BTreeMap::from(dimensions).try_into().unwrap(),
    };
    let cause = Cause {
        correlation: CorrelationId(uuid::Uuid::from_u128(0x6001)),
        causation: Some(Revision(9_007_199_254_740_000)),
        actor: actor("user:ama-7", Role::Buyer),
        labels,
        ..cause()
    };
    Recorded {
        ledger: "togo-2".parse().unwrap(),
        revision: Revision(9_007_199_254_740_991),
        unit: Unit { first: Revision(9_007_199_254_740_990), count: 2 },
        recorded_at: minute(1) + chrono::TimeDelta::microseconds(123_456),
        cause,
        ..plain(event)
    }
}
