//! Escrows in random histories.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{any_money, any_number, any_wallet};
use crate::actor::Role;
use crate::escrow::{
    AcceptSettlement, Arbitrate, AutoRefund, Cancel, ClawBack, DeclineSettlement, Deliver,
    ExpireFunding, Fund, Milestone, More, OfferSettlement, Open, OpenDispute, Part, Party, Portion,
    Refund, Release, RequestRevision, Status, WithdrawDispute,
};
use crate::testing::{
    actor, auto_release, deliver, escrow, minute, open_escrow, refund, release, service, wallet,
    xof,
};
use crate::{Actor, Command, EscrowId, LedgerState, Money};

fn word(text: &str) -> crate::Code {
    text.parse().expect("a word")
}

/// An escrow of milestones, to be funded later where a date says until when.
#[must_use]
pub fn open_milestones(number: u128, amounts: &[u64], more: More) -> Command {
    let milestones =
        amounts.iter().map(|it| Milestone { amount: xof(*it), deliver_by: None }).collect();
    open_with(number, xof(amounts.iter().sum()), More { milestones, ..more })
}

/// An escrow of wallet 1 for wallet 2, on more terms.
#[must_use]
pub fn open_with(number: u128, amount: Money, more: More) -> Command {
    Open {
        escrow: escrow(number),
        buyer: wallet(1),
        seller: wallet(2),
        amount,
        inspection_s: None,
        more: Some(Box::new(more)),
    }
    .into()
}

/// A party disputes.
#[must_use]
pub fn dispute(number: u128, milestone: Option<u16>, party: Party) -> Command {
    let (escrow, reason) = (escrow(number), word("not-as-agreed"));
    OpenDispute { escrow, milestone, party, reason, evidence: None }.into()
}

fn any_more() -> impl Strategy<Value = More> {
    let date = || prop::option::weighted(0.4, 1..9_000_i64);
    (date(), date(), prop::option::weighted(0.3, Just("judge"))).prop_map(
        |(deliver, fund, arbiter)| More {
            deliver_by: deliver.map(|hours| minute(0) + TimeDelta::hours(hours)),
            fund_by: fund.map(|hours| minute(0) + TimeDelta::hours(hours)),
            arbiter: arbiter.map(|name| name.parse().expect("a subject")),
            ..More::default()
        },
    )
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let hours = prop::option::weighted(0.3, 1..9_u32);
    let milestone = || prop::option::weighted(0.5, 0..4_u16);
    prop_oneof![
        5 => (any_number(), any_wallet(), any_wallet(), any_money(), hours).prop_map(
            |(number, buyer, seller, amount, hours)| {
                let inspection_s =
                    hours.map(|hours| (hours * 3_600).try_into().expect("at most 1,000 days"));
                let (buyer, seller) = (wallet(buyer), wallet(seller));
                let escrow = escrow(number);
                Open { escrow, buyer, seller, amount, inspection_s, more: None }.into()
            }
        ),
        2 => (any_number(), any_more(), any_money())
            .prop_map(|(number, more, amount)| open_with(number, amount, more)),
        2 => (any_number(), any_more(), prop::collection::vec(1..300_u64, 1..4))
            .prop_map(|(number, more, amounts)| open_milestones(number, &amounts, more)),
        2 => any_number().prop_map(deliver),
        1 => any_number().prop_map(release),
        1 => any_number().prop_map(auto_release),
        1 => any_number().prop_map(refund),
        1 => any_number().prop_map(|number| Cancel { escrow: escrow(number) }.into()),
        1 => any_number().prop_map(|number| ExpireFunding { escrow: escrow(number) }.into()),
        1 => (any_number(), milestone())
            .prop_map(|(number, milestone)| Fund { escrow: escrow(number), milestone }.into()),
        1 => (any_number(), milestone())
            .prop_map(|(number, milestone)| AutoRefund { escrow: escrow(number), milestone }.into()),
        1 => (any_number(), milestone(), any_money()).prop_map(|(number, milestone, amount)| {
            Release(Portion { escrow: escrow(number), milestone, amount: Some(amount) }).into()
        }),
    ]
    .boxed()
}

/// Half of what is left of a part.
fn half(part: &Part) -> Option<Money> {
    let left = part.amount.minor() - part.released - part.refunded;
    Money::from_minor(left / 2, part.amount.currency())
}

fn of_part(
    escrow: EscrowId,
    milestone: Option<u16>,
    part: &Part,
    options: &mut Vec<(Actor, Command)>,
) {
    let mut ask = |command: Command| options.push((service(), command));
    if part.offer.is_some() {
        (0..3).for_each(|_| ask(DeclineSettlement { escrow, milestone }.into()));
    }
    let portion = Portion { escrow, milestone, amount: half(part) };
    match part.status {
        Status::AwaitingFunds => {
            ask(Fund { escrow, milestone }.into());
            ask(ExpireFunding { escrow }.into());
        }
        Status::Funded { .. } => {
            ask(Deliver { escrow, milestone, evidence: None }.into());
            ask(AutoRefund { escrow, milestone }.into());
            ask(Refund(portion).into());
        }
        Status::Delivered { .. } => {
            let reason = word("not-as-agreed");
            ask(Release(Portion { amount: None, ..portion }).into());
            ask(Release(portion).into());
            ask(RequestRevision { escrow, milestone, reason: reason.clone() }.into());
            let party = Party::Buyer;
            ask(OfferSettlement { escrow, milestone, party, seller: half(part) }.into());
            ask(OpenDispute { escrow, milestone, party, reason, evidence: None }.into());
        }
        Status::Disputed { .. } => {
            let seller = half(part);
            ask(WithdrawDispute { escrow, milestone }.into());
            let party = Party::Seller;
            ask(OfferSettlement { escrow, milestone, party, seller }.into());
            if let Some(offer) = part.offer {
                let (party, seller) = (offer.party.other(), offer.seller);
                ask(AcceptSettlement { escrow, milestone, party, seller }.into());
            }
            let rest = part.amount.minor() - part.released - part.refunded;
            let rest = rest - seller.map_or(0, Money::minor);
            let buyer = Money::from_minor(rest, part.amount.currency());
            let command = Arbitrate { escrow, milestone, seller, buyer, fee: None };
            options.push((actor("staff", Role::Admin), command.into()));
        }
        Status::Released | Status::Settled => {
            let left = (part.released - part.returned).div_ceil(2);
            if let Some(amount) = Money::from_minor(left, part.amount.currency()) {
                let reason = word("fraud");
                let command = ClawBack { escrow, milestone, amount, reason };
                options.push((actor("staff", Role::Admin), command.into()));
            }
        }
        Status::Refunded | Status::Canceled => {}
    }
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        let id = escrow(number);
        let Some(it) = state.escrow(id) else { continue };
        if it.numbered {
            for (number, part) in (1..).zip(&it.parts) {
                of_part(id, Some(number), part, options);
            }
        } else {
            it.parts.iter().for_each(|part| of_part(id, None, part, options));
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    let (escrow, milestone, seller) = (escrow(1), None, Some(xof(100)));
    vec![
        open_escrow(1, 1, 2, xof(100)),
        Fund { escrow, milestone }.into(),
        Cancel { escrow }.into(),
        ExpireFunding { escrow }.into(),
        deliver(1),
        RequestRevision { escrow, milestone, reason: word("late") }.into(),
        release(1),
        auto_release(1),
        refund(1),
        AutoRefund { escrow, milestone }.into(),
        dispute(1, None, Party::Buyer),
        WithdrawDispute { escrow, milestone }.into(),
        OfferSettlement { escrow, milestone, party: Party::Seller, seller }.into(),
        AcceptSettlement { escrow, milestone, party: Party::Buyer, seller }.into(),
        DeclineSettlement { escrow, milestone }.into(),
        Arbitrate { escrow, milestone, seller, buyer: None, fee: None }.into(),
        ClawBack { escrow, milestone, amount: xof(100), reason: word("fraud") }.into(),
    ]
}
