//! The rules of what is told of chargebacks.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::reserve;
use super::{
    Chargeback, EvidenceSubmitted, Expire, Fact, Inquired, Lost, LostBy, Opened, Outcome,
    ProposeWriteOff, Record, Reinstated, Reviewed, SubmitEvidence, Withdrawn, Won,
};
use crate::actor::Actor;
use crate::chart::Account;
use crate::correction::Adjust;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::four_eyes;
use crate::ids::{ChargebackId, CorrectionId, ProposalId};
use crate::journal::{Draft, JournalEntry};
use crate::money::Money;
use crate::payin::{self, PaymentKey};
use crate::refusal::Refusal;
use crate::settings::Seconds;
use crate::state::LedgerState;

pub(crate) fn decide_record(state: &LedgerState, command: &Record) -> Result<Decided, Refusal> {
    let Record { chargeback, provider, object, fact } = command;
    let known = state.chargebacks.get(chargeback);
    if let Some(known) = known {
        let (of, payment) = &known.payment;
        if of != provider || payment != object {
            return Err(Refusal::ExistsWithOtherTerms { field: "object" });
        }
    }
    let case = Case { id: *chargeback, provider: *provider, object, known };
    match fact {
        Fact::Inquiry if known.is_some() => Ok(Decided::Already),
        Fact::Inquiry => happened([Event::ChargebackInquired(Inquired {
            chargeback: *chargeback,
            provider: *provider,
            object: object.clone(),
        })]),
        Fact::Opened { amount, reason, due_by } => {
            case.in_its_currency(*amount)?;
            if known.is_some_and(|known| known.disputed >= Some(amount.minor())) {
                return Ok(Decided::Already);
            }
            let beyond = case.beyond(state, *amount);
            // What was answered, or has ended, waits for no evidence.
            let waits = known.is_none_or(|it| it.evidence.is_none() && it.outcome.is_none());
            happened([Event::ChargebackOpened(Opened {
                chargeback: *chargeback,
                provider: *provider,
                object: object.clone(),
                amount: *amount,
                reason: reason.clone(),
                due_by: due_by.filter(|_| waits),
                beyond,
            })])
        }
        Fact::FundsWithdrawn { amount, fee } => case.withdraw(state, *amount, *fee),
        Fact::FundsReinstated { amount } => case.reinstate(*amount),
        Fact::Won if case.outcome() == Some(Outcome::Won) => Ok(Decided::Already),
        // What was lost by the provider's own word is not won by an older one.
        Fact::Won if case.outcome() == Some(Outcome::Lost) => Ok(Decided::Already),
        Fact::Won => happened([Event::ChargebackWon(Won {
            chargeback: *chargeback,
            provider: *provider,
            object: object.clone(),
        })]),
        Fact::Lost if case.outcome() == Some(Outcome::Lost) => Ok(Decided::Already),
        Fact::Lost => happened([Event::ChargebackLost(Lost {
            chargeback: *chargeback,
            provider: *provider,
            object: object.clone(),
            by: LostBy::Provider,
        })]),
    }
}

struct Case<'a> {
    id: ChargebackId,
    provider: crate::Provider,
    object: &'a crate::ObjectId,
    known: Option<&'a Chargeback>,
}

impl Case<'_> {
    fn outcome(&self) -> Option<Outcome> {
        self.known.and_then(|known| known.outcome)
    }

    fn in_its_currency(&self, amount: Money) -> Result<(), Refusal> {
        let first = self.known.and_then(|known| known.currency);
        if first.is_some_and(|first| first != amount.currency()) {
            return Err(Refusal::ExistsWithOtherTerms { field: "currency" });
        }
        Ok(())
    }

    /// How much more is given back and disputed, with this, than was ever settled.
    fn beyond(&self, state: &LedgerState, amount: Money) -> Option<Money> {
        let payment = payin::payment(state, &(self.provider, self.object.clone()))?;
        let others = payment.given().saturating_sub(self.known.map_or(0, Chargeback::claim));
        let all = others.saturating_add(amount.minor());
        // What nothing was told of yet cannot be exceeded.
        let beyond = if payment.told == 0 { 0 } else { all.saturating_sub(payment.told) };
        Money::from_minor(beyond, amount.currency())
    }

    fn withdraw(
        &self,
        state: &LedgerState,
        amount: Money,
        fee: Option<Money>,
    ) -> Result<Decided, Refusal> {
        self.in_its_currency(amount)?;
        if fee.is_some_and(|fee| fee.currency() != amount.currency()) {
            return Err(Refusal::WrongCurrency { currency: amount.currency() });
        }
        let of = |minor: u64| Money::from_minor(minor, amount.currency());
        let (taken, charged) = self.known.map_or((0, 0), |known| (known.withdrawn, known.fee));
        let more = of(amount.minor().saturating_sub(taken));
        let more_fee = of(fee.map_or(0, Money::minor).saturating_sub(charged));
        if more.is_none() && more_fee.is_none() {
            return Ok(Decided::Already);
        }
        let clearing = Account::Clearing(self.provider);
        let draft = Draft::new(state)
            .debit(Account::Chargeback(self.id), more)
            .debit(Account::Disputes, more_fee)
            .credit(clearing, more)
            .credit(clearing, more_fee);
        happened([Event::ChargebackWithdrawn(Withdrawn {
            chargeback: self.id,
            provider: self.provider,
            object: self.object.clone(),
            amount,
            fee,
            entry: draft.entry()?,
        })])
    }

    fn reinstate(&self, amount: Money) -> Result<Decided, Refusal> {
        self.in_its_currency(amount)?;
        let before = self.known.map_or(0, |known| known.reinstated);
        let more = amount.minor().saturating_sub(before);
        let Some(more) = Money::from_minor(more, amount.currency()) else {
            return Ok(Decided::Already);
        };
        let (from, to) = (Account::Clearing(self.provider), Account::Chargeback(self.id));
        happened([Event::ChargebackReinstated(Reinstated {
            chargeback: self.id,
            provider: self.provider,
            object: self.object.clone(),
            amount,
            entry: JournalEntry::transfer(from, to, more),
        })])
    }
}

fn named(state: &LedgerState, id: ChargebackId) -> Result<&Chargeback, Refusal> {
    state.chargebacks.get(&id).ok_or(Refusal::NotFound { field: "chargeback" })
}

pub(crate) fn decide_evidence(
    state: &LedgerState,
    command: &SubmitEvidence,
) -> Result<Decided, Refusal> {
    let chargeback = named(state, command.chargeback)?;
    if chargeback.evidence == Some(command.evidence) {
        return Ok(Decided::Already);
    }
    // More may be handed in while it is under review.
    if chargeback.outcome.is_some() {
        return Err(Refusal::WrongState { state: chargeback.status() });
    }
    let (chargeback, evidence) = (command.chargeback, command.evidence);
    happened([Event::ChargebackEvidenceSubmitted(EvidenceSubmitted { chargeback, evidence })])
}

pub(crate) fn decide_expire(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Expire,
) -> Result<Decided, Refusal> {
    let chargeback = named(state, command.chargeback)?;
    match (chargeback.outcome, chargeback.due_by) {
        (Some(_), _) => Ok(Decided::Already),
        (None, Some(due)) if at < due => Err(Refusal::TooEarly { due }),
        (None, Some(_)) if chargeback.evidence.is_none() => {
            let (provider, object) = chargeback.payment.clone();
            let by = LostBy::Deadline;
            let chargeback = command.chargeback;
            happened([Event::ChargebackLost(Lost { chargeback, provider, object, by })])
        }
        (None, _) => Err(Refusal::WrongState { state: chargeback.status() }),
    }
}

/// How long such a proposal stays open: 30 days.
const PROPOSAL_SPAN_S: u32 = 30 * 24 * 3_600;

/// Looks at what the wallet still owes of what it had to bear, and proposes to write that off.
pub(crate) fn decide_write_off(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &ProposeWriteOff,
) -> Result<Decided, Refusal> {
    let chargeback = named(state, command.chargeback)?;
    let Some(due) = chargeback.write_off_at else { return Ok(Decided::Already) };
    if at < due {
        return Err(Refusal::TooEarly { due });
    }
    let wallet = payin::payment(state, &chargeback.payment).and_then(|payment| payment.wallet);
    let owing = wallet.zip(chargeback.currency).and_then(|(wallet, currency)| {
        let owed = state.books.balance(Account::Receivable(wallet), currency).max(0);
        let owed = u64::try_from(owed).unwrap_or(u64::MAX).min(chargeback.borne);
        Some((wallet, Money::from_minor(owed, currency)?))
    });
    let id = command.chargeback;
    let owed = owing.map(|(_, owed)| owed);
    let mut events = vec![Event::ChargebackReviewed(Reviewed { chargeback: id, owed })];
    let proposal = ProposalId(Uuid::new_v5(&id.0, due.to_rfc3339().as_bytes()));
    if let Some((wallet, owed)) = owing.filter(|_| state.proposals.get(&proposal).is_none()) {
        let reason: crate::Code = "uncollectible".parse().expect("a word in lower case");
        let (lost, receivable) = (Account::BadDebt, Account::Receivable(wallet));
        let adjust = Adjust {
            correction: CorrectionId(proposal.0),
            postings: JournalEntry::transfer(lost, receivable, owed).into(),
            reason: reason.clone(),
            effective: None,
        };
        let span = Seconds::try_from(PROPOSAL_SPAN_S).expect("30 days are a span");
        events.push(Event::ProposalMade(four_eyes::Made {
            proposal,
            by: actor.subject.clone(),
            command: Box::new(adjust.into()),
            reason,
            expires_at: at + span.delta(),
        }));
    }
    Ok(Decided::Happened(events))
}

pub(crate) fn evolve_reviewed(state: &mut LedgerState, event: &Reviewed) {
    modify(state, event.chargeback, |it| it.write_off_at = None);
}

/// Changes a case, which begins with whatever is told first, and what it claims of its payment.
fn change(
    state: &mut LedgerState,
    id: ChargebackId,
    payment: PaymentKey,
    change: impl FnOnce(&mut Chargeback),
) {
    let before = state.chargebacks.get(&id).cloned();
    let is_new = before.is_none();
    let before = before.unwrap_or_else(|| Chargeback {
        payment: payment.clone(),
        currency: None,
        disputed: None,
        due_by: None,
        evidence: None,
        outcome: None,
        reserve: 0,
        reserve_of: None,
        withdrawn: 0,
        fee: 0,
        reinstated: 0,
        borne: 0,
        lost: 0,
        write_off_at: None,
    });
    let mut after = before.clone();
    change(&mut after);
    let (was, is) = (before.claim(), after.claim());
    let reserves = [before.reserve_of, after.reserve_of];
    state.payments.update(payment.clone(), |payment| {
        payment.currency = payment.currency.or(after.currency);
        payment.disputed = payment.disputed.saturating_sub(was).saturating_add(is);
    });
    if is_new {
        state.disputes.update(payment.clone(), |cases| cases.push(id));
    }
    state.chargebacks.insert(id, after);
    let wallet = payin::payment(state, &payment).and_then(|payment| payment.wallet);
    reserve::note(state, id, reserves.into_iter().flatten().chain(wallet));
}

/// Changes a case that there is.
pub(super) fn modify(
    state: &mut LedgerState,
    id: ChargebackId,
    with: impl FnOnce(&mut Chargeback),
) {
    if let Some(known) = state.chargebacks.get(&id) {
        let payment = known.payment.clone();
        change(state, id, payment, with);
    }
}

pub(crate) fn evolve_inquired(state: &mut LedgerState, event: &Inquired) {
    change(state, event.chargeback, (event.provider, event.object.clone()), |_| {});
}

pub(crate) fn evolve_opened(state: &mut LedgerState, event: &Opened) {
    change(state, event.chargeback, (event.provider, event.object.clone()), |it| {
        it.currency = Some(event.amount.currency());
        it.disputed = Some(event.amount.minor());
        it.due_by = event.due_by.or(it.due_by);
    });
}

pub(crate) fn evolve_withdrawn(state: &mut LedgerState, event: &Withdrawn) {
    change(state, event.chargeback, (event.provider, event.object.clone()), |it| {
        it.currency = Some(event.amount.currency());
        it.withdrawn = it.withdrawn.max(event.amount.minor());
        it.fee = it.fee.max(event.fee.map_or(0, Money::minor));
    });
}

pub(crate) fn evolve_reinstated(state: &mut LedgerState, event: &Reinstated) {
    change(state, event.chargeback, (event.provider, event.object.clone()), |it| {
        it.currency = Some(event.amount.currency());
        it.reinstated = it.reinstated.max(event.amount.minor());
    });
}

pub(crate) fn evolve_evidence(state: &mut LedgerState, event: &EvidenceSubmitted) {
    modify(state, event.chargeback, |it| it.evidence = Some(event.evidence));
}

pub(crate) fn evolve_won(state: &mut LedgerState, event: &Won) {
    change(state, event.chargeback, (event.provider, event.object.clone()), |it| {
        it.outcome = Some(Outcome::Won);
    });
}

pub(crate) fn evolve_lost(state: &mut LedgerState, event: &Lost) {
    change(state, event.chargeback, (event.provider, event.object.clone()), |it| {
        it.outcome = Some(match event.by {
            LostBy::Provider => Outcome::Lost,
            LostBy::Deadline => Outcome::Uncontested,
        });
    });
}
