//! Why an entry is what it is.

use async_graphql::{Context, Object, Result, SimpleObject};

use cauri_domain::explain::{Line, explain};
use cauri_domain::{Revision, WalletId};
use cauri_ledger::Recorded;
use cauri_ledger::engine::Engine;

use crate::auth::Caller;
use crate::graphql::context::{actor, caller, engine};
use crate::graphql::fault;
use crate::graphql::following::recorded;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// An event's entry in words and numbers. Every number is an input, or is worked out from lines
/// before it by the formula that its line shows: whoever reads them can work them out again.
#[derive(Debug, SimpleObject)]
pub struct Explanation {
    /// The event's revision.
    revision: RevisionNumber,
    /// The event's type: `escrow.released.v1`.
    #[graphql(name = "type")]
    kind: String,
    /// The lines, in order.
    lines: Vec<ExplanationLine>,
}

/// One line of an explanation.
#[derive(Debug, SimpleObject)]
pub struct ExplanationLine {
    /// Its number, from 1: formulas refer to it as `#1`.
    number: u32,
    /// What it says.
    words: String,
    /// How its amount comes about: `half_even(#2 * 500 / 10000)`, where `half_even` rounds to the
    /// nearest minor unit, a half to the even neighbour; `given` for an input. Plain numbers are
    /// rates or minor units. None where it has no amount.
    formula: Option<String>,
    /// In major units.
    amount: Option<DecimalText>,
    /// In minor units, which formulas work with.
    minor: Option<String>,
    /// The currency.
    currency: Option<CurrencyText>,
}

impl ExplanationLine {
    fn of((place, line): (usize, &Line)) -> Self {
        let amount = |amount: cauri_domain::explain::Amount| {
            let decimal = cauri_domain::money::decimal(amount.minor.into(), amount.currency);
            DecimalText(decimal.map(|it| it.to_string()).unwrap_or_default())
        };
        Self {
            number: u32::try_from(place + 1).unwrap_or(u32::MAX),
            words: line.words.clone(),
            formula: line.amount.map(|_| line.work.to_string()),
            amount: line.amount.map(amount),
            minor: line.amount.map(|amount| amount.minor.to_string()),
            currency: line.amount.map(|amount| CurrencyText(amount.currency.to_string())),
        }
    }
}

#[derive(Debug, Default)]
pub struct ExplanationQueries;

#[Object]
impl ExplanationQueries {
    /// Why the entry at a revision is what it is, from the log itself; null when there is no such
    /// revision yet. A buyer or seller may ask of entries of their own wallets.
    async fn explain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The event's revision.")] revision: RevisionNumber,
    ) -> Result<Option<Explanation>> {
        let (caller, engine) = (caller(ctx)?, engine(ctx)?);
        let Some(recorded) = recorded(&engine, Revision(revision.0)).await? else {
            return Ok(None);
        };
        if caller.role.is_party() && !is_of(&engine, caller, &recorded).await? {
            return Err(fault::forbidden("revision"));
        }
        let lines = explain(&recorded.event);
        Ok(Some(Explanation {
            revision,
            kind: recorded.event.wire_name().to_owned(),
            lines: lines.iter().enumerate().map(ExplanationLine::of).collect(),
        }))
    }
}

/// Whether an entry moved money of a wallet that is the caller's.
async fn is_of(engine: &Engine, caller: &Caller, recorded: &Recorded) -> Result<bool> {
    let postings = recorded.event.entry().map_or(&[][..], |entry| entry.postings());
    let wallets: Vec<WalletId> =
        postings.iter().filter_map(|posting| posting.account.party()).collect();
    let actor = actor(caller);
    let theirs = engine.read(move |state| wallets.iter().any(|id| state.may_see(&actor, *id)));
    Ok(theirs.await.map_err(|error| fault::unasked(&error))?.value)
}
