//! Getting a payment's money back from the escrow that it funded.

use super::events::RefundedBy;
use super::paying::{claw_back, refund};
use super::state::{Named, Status};
use crate::event::Event;
use crate::ids::EscrowId;
use crate::journal::{Posting, Side};
use crate::money::Money;
use crate::payin::targets::{Paid, Unwound};
use crate::state::LedgerState;

/// Brings up to `paid.amount` back to the buyer's wallet: out of what is still held, and then from
/// the seller.
///
/// What the buyer brought on top of an amount comes with it, so it can be that the last step would
/// bring more than is asked: it brings as much as whole minor units of the amount allow.
pub(crate) fn unwind(
    state: &LedgerState,
    paid: &Paid,
    id: EscrowId,
    milestone: Option<u16>,
) -> Unwound {
    let mut unwound = Unwound::default();
    let Some(escrow) = state.escrows.get(&id) else { return unwound };
    let meant = |number: &Option<u16>| milestone.is_none() || *number == milestone;
    // What the escrow did not take of a pay-in is in its payer's wallet, and not here.
    let took = |number: &Option<u16>| {
        escrow.part(*number).is_some_and(|part| part.payin == Some(paid.payin))
    };
    let numbers: Vec<_> = escrow.numbers().filter(meant).filter(took).collect();
    let named = |number: Option<u16>| {
        let part = escrow.part(number)?;
        Some(Named { id, milestone: number, escrow, part })
    };
    for number in &numbers {
        let Some(named) = named(*number) else { continue };
        if matches!(
            named.part.status,
            Status::Funded { .. } | Status::Delivered { .. } | Status::Disputed { .. }
        ) {
            let brings = |now| named.shares(0, now).charged();
            let step =
                |now, _: &[Event]| refund(state, &named, now, Some(RefundedBy::Payment)).ok();
            take(&mut unwound, paid, &named, named.held(), brings, step);
        }
    }
    for number in &numbers {
        let Some(named) = named(*number) else { continue };
        let before = named.money(named.part.returned);
        let brings = |now| named.escrow.agreed.returns(named.part.amount, before, now).charged();
        let reason = || "payment-returned".parse().expect("a word in lower case");
        let step =
            |now, earlier: &[Event]| claw_back(state, &named, now, reason(), true, earlier).ok();
        let left = named.part.released - named.part.returned;
        take(&mut unwound, paid, &named, left, brings, step);
    }
    unwound
}

/// Adds a step that brings as much as is still wanted, of at most `most`.
fn take(
    unwound: &mut Unwound,
    paid: &Paid,
    named: &Named<'_>,
    most: u64,
    brings: impl Fn(Money) -> Money,
    step: impl Fn(Money, &[Event]) -> Option<Event>,
) {
    let wanted = paid.amount.minor() - unwound.minor;
    // The largest amount that, with what comes on top of it, is not more than is wanted.
    let (mut low, mut high) = (0, most.min(wanted));
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let fits = named.money(middle).is_some_and(|now| brings(now).minor() <= wanted);
        if fits { low = middle } else { high = middle - 1 }
    }
    let event = named.money(low).and_then(|now| step(now, &unwound.events));
    let Some(event) = event else { return };
    let credited = |posting: &&Posting| {
        posting.side == Side::Credit && posting.account.wallet() == Some(named.escrow.buyer)
    };
    let brought = event.entry().map_or(0, |entry| {
        entry.postings().iter().filter(credited).map(|posting| posting.money.minor()).sum()
    });
    unwound.minor += brought;
    unwound.events.push(event);
}
