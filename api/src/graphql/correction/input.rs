//! Inputs of corrections.

use async_graphql::InputObject;
use chrono::NaiveDate;
use uuid::Uuid;

use cauri_domain::{CorrectionId, Posting, Refusal, Side, correction};

use crate::graphql::command::{inputs, money, text};
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};
use crate::graphql::words::PostingSide;

/// One posting of an entry by hand.
#[derive(Debug, Clone, InputObject)]
pub struct PostingInput {
    /// The account: `wallet:{id}:available`, `expense:adjustments`, `suspense:{provider}`.
    account: String,
    /// Debit or credit.
    side: PostingSide,
    /// How much, in major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

fn postings(inputs: &[PostingInput]) -> Result<Vec<Posting>, Refusal> {
    let posting = |it: &PostingInput| {
        let unknown = |_| Refusal::NotFound { field: "account" };
        Ok(Posting {
            account: it.account.parse().map_err(unknown)?,
            side: match it.side {
                PostingSide::Debit => Side::Debit,
                PostingSide::Credit => Side::Credit,
            },
            money: money(&it.amount, &it.currency)?,
        })
    };
    inputs.iter().map(posting).collect()
}

inputs! {
    /// Posts an entry by hand. It always needs a second person: propose it.
    AdjustInput {
        /// Its id, chosen by the caller.
        correction: Uuid,
        /// The postings, which balance in every currency: 2 to 1,000.
        postings: Vec<PostingInput>,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
        /// The day it is about, up to today; the day it is recorded when not given.
        effective_date: Option<NaiveDate>,
    } and AdjustStep => |it| Ok(correction::Adjust {
        correction: CorrectionId(it.correction),
        postings: postings(&it.postings)?,
        reason: text("reason", &it.reason)?,
        effective: it.effective_date,
    }.into());

    /// Brings balances from elsewhere.
    ImportOpeningInput {
        /// Its id, chosen by the caller.
        correction: Uuid,
        /// The postings, at most 1,000; what they lack to balance goes to equity:opening.
        postings: Vec<PostingInput>,
        /// The day it is about, up to today; the day it is recorded when not given.
        effective_date: Option<NaiveDate>,
        /// What it is called where it comes from. With one, the balance of each account in each
        /// currency is brought once, and not into a month that is closed.
        reference: Option<String>,
    } and ImportOpeningStep => |it| Ok(correction::ImportOpening {
        correction: CorrectionId(it.correction),
        postings: postings(&it.postings)?,
        effective: it.effective_date,
        reference: it.reference.as_ref().map(|it| text("reference", it)).transpose()?,
    }.into());
}

/// Takes an entry back by a new one, as a proposal holds it.
#[derive(Debug, Clone, InputObject)]
pub struct ReverseStep {
    /// Its id, chosen by the caller.
    pub correction: Uuid,
    /// The revision of the entry.
    pub revision: RevisionNumber,
    /// Why, as a word of `a-z 0-9 . _ -`.
    pub reason: String,
    /// Whether a wallet that has spent the money owes it then; else the reversal is refused.
    #[graphql(default)]
    pub into_debt: bool,
    /// The day it is about, up to today; the day it is recorded when not given.
    pub effective_date: Option<NaiveDate>,
}

/// Takes an entry back by a new one.
#[derive(Debug, Clone, InputObject)]
pub struct ReverseEntryInput {
    /// The key of the command: sent again with the same content it is applied once, for ever; with
    /// other content it is refused.
    pub command_id: Uuid,
    /// What is taken back, and why.
    pub reversal: ReverseStep,
    /// What the command says of itself for reports.
    pub labels: Option<crate::graphql::command::LabelsInput>,
    /// The story it is part of; its own when not given.
    pub correlation_id: Option<Uuid>,
}
