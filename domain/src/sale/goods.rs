//! What an order takes and gives besides money: uses of a coupon, places, entitlements.

use chrono::{DateTime, Utc};

use super::known::Portion;
use super::{Line, Sale, Terms};
use crate::entitlement::{self, Granted, Revoked};
use crate::event::Event;
use crate::ids::{EntitlementId, SaleId};
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;
use crate::{capacity, coupon};

/// Refuses more places than are left, and entitlements that exist already.
pub(super) fn are_there(state: &LedgerState, terms: &Terms) -> Result<(), Refusal> {
    for line in &terms.lines {
        if let Some(code) = &line.capacity {
            let same = terms.lines.iter().filter(|other| other.capacity.as_ref() == Some(code));
            let needed = same.map(|line| u64::from(line.quantity)).sum();
            capacity::has(state, code, needed)?;
        }
        if line.entitlements.iter().any(|id| state.entitlements.get(id).is_some()) {
            return Err(Refusal::ExistsWithOtherTerms { field: "entitlements" });
        }
    }
    Ok(())
}

fn kind_of(line: &Line) -> Code {
    line.kind.as_str().parse().expect("a word")
}

/// They are kept for an order.
pub(super) fn reserve(state: &mut LedgerState, id: SaleId, terms: &Terms) {
    if let Some(code) = &terms.coupon {
        coupon::reserve(state, code);
    }
    for line in &terms.lines {
        if let Some(code) = &line.capacity {
            capacity::reserve(state, code, line.quantity);
        }
        for entitlement in &line.entitlements {
            let parties = (terms.buyer, line.seller);
            let bought = (id, line.number);
            entitlement::promise(state, *entitlement, parties, bought, kind_of(line));
        }
    }
}

/// The order is paid: its coupon is used, its places are taken.
pub(super) fn take(state: &mut LedgerState, terms: &Terms) {
    if let Some(code) = &terms.coupon {
        coupon::redeem(state, code);
    }
    for line in &terms.lines {
        if let Some(code) = &line.capacity {
            capacity::sell(state, code, line.quantity);
        }
    }
}

/// The order has come to nothing: all that is left of it is free again.
pub(super) fn release(state: &mut LedgerState, sale: &Sale, paid: bool) {
    if let Some(code) = &sale.terms.coupon {
        coupon::release(state, code, paid);
    }
    give_back(state, sale, &sale.left(), paid);
}

/// Places are free again, and what was only promised is nobody's.
pub(super) fn give_back(state: &mut LedgerState, sale: &Sale, portion: &Portion, paid: bool) {
    for (place, line) in sale.terms.lines.iter().enumerate() {
        let quantity = portion.lines[place].quantity;
        if let Some(code) = &line.capacity {
            capacity::release(state, code, quantity, paid);
        }
        if !sale.settled {
            let count = quantity as usize;
            promised(state, line)
                .into_iter()
                .rev()
                .take(count)
                .for_each(|id| entitlement::unpromise(state, id));
        }
    }
}

fn promised(state: &LedgerState, line: &Line) -> Vec<EntitlementId> {
    let is_promised = |id: &&EntitlementId| {
        let known = state.entitlements.get(id);
        known.is_some_and(|it| it.status == entitlement::Status::Promised)
    };
    line.entitlements.iter().filter(is_promised).copied().collect()
}

/// The order is settled: what it promised is the buyer's.
pub(super) fn granted(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SaleId,
    sale: &Sale,
) -> Vec<Event> {
    let of_line = |line: &Line| {
        let grant = |entitlement| {
            Event::EntitlementGranted(Granted {
                entitlement,
                wallet: sale.terms.buyer,
                kind: kind_of(line),
                seller: Some(line.seller),
                bought: Some((id, line.number)),
                ends_at: line.span_s.map(|span| at + span.delta()),
            })
        };
        promised(state, line).into_iter().map(grant).collect::<Vec<_>>()
    };
    sale.terms.lines.iter().flat_map(of_line).collect()
}

/// Those of a settled line that can be taken away again: neither used nor somebody else's.
fn revocable(state: &LedgerState, sale: &Sale, line: &Line) -> Vec<EntitlementId> {
    let can = |id: &&EntitlementId| {
        state.entitlements.get(id).is_some_and(|it| {
            it.status == entitlement::Status::Granted && it.wallet == sale.terms.buyer
        })
    };
    line.entitlements.iter().filter(can).copied().collect()
}

/// How many of a line cannot be refunded: used, or somebody else's by now.
pub(super) fn spent(state: &LedgerState, sale: &Sale, line: &Line) -> u32 {
    let is_spent = |id: &&EntitlementId| {
        state.entitlements.get(id).is_some_and(|it| {
            it.status == entitlement::Status::Used || it.wallet != sale.terms.buyer
        })
    };
    let count = line.entitlements.iter().filter(is_spent).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What is refunded of a settled order is not the buyer's any more.
pub(super) fn revoked(
    state: &LedgerState,
    sale: &Sale,
    portion: &Portion,
    reason: &Code,
) -> Vec<Event> {
    if !sale.settled {
        return Vec::new();
    }
    let of_line = |(place, line): (usize, &Line)| {
        let count = portion.lines[place].quantity as usize;
        let revoke = |entitlement| {
            Event::EntitlementRevoked(Revoked { entitlement, reason: reason.clone() })
        };
        let last = revocable(state, sale, line).into_iter().rev().take(count);
        last.map(revoke).collect::<Vec<_>>()
    };
    sale.terms.lines.iter().enumerate().flat_map(of_line).collect()
}
