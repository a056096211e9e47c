//! Escrows in milestones, and how they are disputed and settled.

use cauri_domain::commission::Ask;
use cauri_domain::escrow::{
    Canceled, ClawedBack, DisputeWithdrawn, Disputed, Funded, Milestone, Opened, Party, Refunded,
    RefundedBy, Released, ReleasedBy, RevisionRequested, Settled, SettledBy, SettlementDeclined,
    SettlementOffered, Terms,
};
use cauri_domain::receipt::Evidence;
use cauri_domain::testing::{escrow, given, minute, opened, payin, percent, set_rule, wallet, xof};
use cauri_domain::*;

use super::{entry, parsed};

const THIRD: Option<u16> = Some(3);

fn kept() -> Account {
    Account::Milestone(escrow(1), 3)
}

fn available(number: u128) -> Account {
    Account::Wallet(wallet(number))
}

/// 5 % of what the seller gets, by version 1 of a rule.
fn agreed() -> commission::Agreed {
    let given = given([opened(), set_rule(percent("freelance", 500))]);
    let ask = Ask { rule: Some(parsed("freelance")), ..Ask::default() };
    commission::agree(&given.state, given.now(), &ask, wallet(2), parsed("XOF")).unwrap()
}

pub fn canceled() -> Event {
    Canceled { escrow: escrow(1), milestones: vec![1, 2], overdue: true }.into()
}

pub fn revision_requested() -> Event {
    let (escrow, reason) = (escrow(1), parsed("colours"));
    RevisionRequested { escrow, milestone: THIRD, reason, deliver_by: Some(minute(9_000)) }.into()
}

/// In the order of [`Event::WIRE_NAMES`], from the first dispute.
pub fn disputes() -> Vec<Event> {
    let (escrow, milestone) = (escrow(1), THIRD);
    let (party, reason) = (Party::Buyer, parsed("not-as-agreed"));
    let shared = agreed().shares(xof(3_333), None, xof(2_000));
    let returned = agreed().returns(xof(3_333), None, xof(1_000));
    let postings = |list: &[(Account, Side, u64)]| {
        let posting = |&(account, side, minor): &_| Posting { account, side, money: xof(minor) };
        JournalEntry::try_new(list.iter().map(posting).collect()).unwrap()
    };
    vec![
        Disputed { escrow, milestone, party, reason, evidence: Some(Evidence([7; 32])) }.into(),
        DisputeWithdrawn {
            escrow,
            milestone,
            auto_release_at: Some(minute(72 * 60)),
            deliver_by: None,
        }
        .into(),
        SettlementOffered { escrow, milestone, party, seller: Some(xof(2_000)) }.into(),
        SettlementDeclined { escrow, milestone }.into(),
        Settled {
            escrow,
            milestone,
            by: SettledBy::Arbiter,
            seller: Some(xof(2_000)),
            buyer: Some(xof(1_300)),
            fee: Some(xof(33)),
            shared: Some(Box::new(shared)),
            entry: postings(&[
                (kept(), Side::Debit, 3_333),
                (available(2), Side::Credit, 1_900),
                (Account::Commission, Side::Credit, 100),
                (available(1), Side::Credit, 1_300),
                (Account::Fees, Side::Credit, 33),
            ]),
        }
        .into(),
        ClawedBack {
            escrow,
            milestone,
            amount: xof(1_000),
            reason: parsed("fraud"),
            returned: Box::new(returned),
            entry: postings(&[
                (available(2), Side::Debit, 950),
                (Account::Commission, Side::Debit, 50),
                (available(1), Side::Credit, 1_000),
            ]),
        }
        .into(),
    ]
}

/// The events that escrows without milestones had before, with all that they can say.
pub fn grown() -> Vec<Event> {
    let (escrow, milestone) = (escrow(1), THIRD);
    let third = Milestone { amount: xof(3_333), deliver_by: Some(minute(9_000)) };
    let terms = Terms {
        buyer: wallet(1),
        seller: wallet(2),
        amount: xof(3_333),
        inspection_s: 259_200.try_into().unwrap(),
        commission: 0.try_into().unwrap(),
        agreed: Some(Box::new(agreed())),
        milestones: vec![third],
        deliver_by: Some(minute(9_000)),
        fund_by: Some(minute(600)),
        arbiter: Some(parsed("judge")),
    };
    vec![
        Opened { escrow, terms }.into(),
        Funded {
            escrow,
            milestone,
            payin: Some(payin(1)),
            deliver_by: Some(minute(9_000)),
            entry: entry(available(1), kept(), xof(3_333)),
        }
        .into(),
        escrow::Delivered {
            escrow,
            milestone,
            auto_release_at: minute(72 * 60),
            evidence: Some(Evidence([7; 32])),
        }
        .into(),
        Released {
            escrow,
            milestone,
            by: ReleasedBy::Request,
            commission: None,
            shared: Some(Box::new(agreed().shares(xof(3_333), None, xof(1)))),
            left: Some(xof(3_332)),
            mixed: true,
            entry: entry(kept(), available(2), xof(1)),
        }
        .into(),
        Refunded {
            escrow,
            milestone,
            amount: Some(xof(1)),
            by: Some(RefundedBy::Payment),
            left: Some(xof(3_331)),
            mixed: true,
            entry: entry(kept(), available(1), xof(1)),
        }
        .into(),
    ]
}
