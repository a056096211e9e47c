//! Charging a period: what it comes to, whose money pays it, and the entry.

use chrono::{DateTime, Utc};

use super::{
    Begun, Charged, Invoiced, Metering, Pay, PeriodBegun, Slot, Source, Status, Subscription,
    recognise,
};
use crate::chart::Account;
use crate::commission::{Agreed, Breakdown, Placed, agree};
use crate::decider::Decided;
use crate::event::Event;
use crate::ids::{InvoiceId, SubscriptionId, WalletId};
use crate::invoice::{About, Desk, Line, Party, TaxPart, automatic_id};
use crate::journal::Draft;
use crate::money::Money;
use crate::plan::{Payee, Plan, PlanVersion, Span};
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::usage;
use crate::wallet;

/// What a period comes to.
pub(super) struct Quote {
    pub(super) gross: Money,
    pub(super) net: Option<Money>,
    pub(super) tax: Option<TaxPart>,
    pub(super) agreed: Option<Agreed>,
    pub(super) shared: Option<Breakdown>,
}

/// The plan of a version that somebody has subscribed to.
pub(super) fn plan_of<'a>(
    state: &'a LedgerState,
    version: &PlanVersion,
) -> Result<&'a Plan, Refusal> {
    let plan = state.plan_version(&version.code, version.version);
    plan.ok_or(Refusal::NotFound { field: "plan" })
}

/// What a price comes to, with its tax and commission.
pub(super) fn quote(
    state: &LedgerState,
    at: DateTime<Utc>,
    plan: &Plan,
    price: Money,
) -> Result<Quote, Refusal> {
    if let Payee::Seller { wallet, commission } = &plan.payee {
        wallet::may_receive(state, *wallet, "payee")?;
        let agreed = agree(state, at, commission, *wallet, price.currency())?;
        let shared = agreed.shares(price, None, price);
        let gross = shared.charged();
        return Ok(Quote {
            gross,
            net: None,
            tax: None,
            agreed: Some(agreed),
            shared: Some(shared),
        });
    }
    let Some(tax) = plan.tax else {
        return Ok(Quote { gross: price, net: Some(price), tax: None, agreed: None, shared: None });
    };
    let part = TaxPart::of(tax, price);
    let (minor, more) = (price.minor(), part.map_or(0, |part| part.amount.minor()));
    let (net, gross) = match tax.placed {
        Placed::Inside => (minor - more.min(minor), minor),
        Placed::OnTop => (minor, minor.checked_add(more).ok_or(Refusal::AmountTooLarge {})?),
    };
    let of = |minor| Money::from_minor(minor, price.currency());
    let gross = of(gross).ok_or(Refusal::AmountTooLarge {})?;
    Ok(Quote { gross, net: of(net), tax: part, agreed: None, shared: None })
}

impl Quote {
    /// Posts it: out of `from`, to what it is for.
    pub(super) fn post<'a>(&self, draft: Draft<'a>, from: Account) -> Draft<'a> {
        match &self.shared {
            Some(shared) => shared.share_out(draft, from),
            None => self.credit(draft.debit(from, self.gross)),
        }
    }

    /// Posts all but the debit.
    pub(super) fn credit<'a>(&self, draft: Draft<'a>) -> Draft<'a> {
        if let Some(shared) = &self.shared {
            return shared.credit_all(draft);
        }
        let draft = draft.credit(Account::Deferred, self.net);
        match self.tax {
            Some(tax) => draft.credit(Account::Tax(tax.code), tax.amount),
            None => draft,
        }
    }

    /// What was paid, as events say it.
    pub(super) fn charged(self, source: Source, invoice: Option<InvoiceId>) -> Charged {
        let Self { gross, net, tax, agreed, shared } = self;
        Charged { gross, net, tax, agreed, shared: shared.map(Box::new), source, invoice }
    }

    /// Its line on an invoice.
    pub(super) fn line(&self, plan: &Plan) -> Line {
        let net = match &self.shared {
            Some(_) => Some(self.gross),
            None => self.net,
        };
        Line { what: plan.code.clone(), quantity: None, net, tax: self.tax }
    }
}

/// Who invoices what a plan costs.
pub(super) const fn issuer(plan: &Plan) -> Party {
    match &plan.payee {
        Payee::Platform => Party::Platform,
        Payee::Seller { wallet, .. } => Party::Seller(*wallet),
    }
}

/// Whether usage is counted anew when a period begins, and when it is billed.
pub(super) fn metering(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SubscriptionId,
    slot: &Slot,
) -> Result<(Option<Metering>, Option<DateTime<Utc>>), Refusal> {
    let plan = plan_of(state, &slot.plan)?;
    let open = usage::open(state, id);
    let goes_on = open.is_some_and(|open| open.plan == slot.plan && open.anchor == slot.anchor);
    if goes_on || (plan.meters.is_empty() && open.is_none()) {
        return Ok((None, None));
    }
    let was_open = open.is_some();
    if plan.meters.is_empty() {
        return Ok((None, was_open.then_some(at)));
    }
    let span = match plan.usage_every {
        Some(every) if slot.number > 0 => every.span(slot.anchor, 0),
        Some(_) | None => slot.period,
    };
    let metering = Metering { span, closes_at: state.zone().begins(span.end) };
    Ok((Some(metering), Some(if was_open { at } else { metering.closes_at })))
}

/// A period as it begins.
pub(super) fn begun(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SubscriptionId,
    slot: Slot,
    charge: Option<Charged>,
) -> Result<Begun, Refusal> {
    let (metering, usage_due_at) = metering(state, at, id, &slot)?;
    let zone = state.zone();
    let plan = plan_of(state, &slot.plan)?;
    let Span { start, .. } = slot.period;
    let deferred = charge.as_ref().is_some_and(|charge| charge.net.is_some());
    let next = recognise::next_day(plan.recognition, slot.period, start).filter(|_| deferred);
    Ok(Begun {
        ends_at: zone.begins(slot.period.end),
        recognise_at: next.map(|day| zone.begins(day)),
        slot,
        charge,
        metering,
        usage_due_at,
    })
}

/// What a period is charged for, and how.
pub(super) struct Charging<'a> {
    pub(super) id: SubscriptionId,
    pub(super) wallet: WalletId,
    pub(super) slot: Slot,
    pub(super) source: Source,
    /// Whether it renews by itself.
    pub(super) renewal: bool,
    /// The subscription as it was before, if it was there.
    pub(super) before: Option<&'a Subscription>,
    /// An invoice of it that was issued before.
    pub(super) invoice: Option<InvoiceId>,
}

impl Charging<'_> {
    /// The events of a period that begins: what the one before still earned, the period itself, and
    /// its invoice.
    ///
    /// Money of a pay-in is taken for granted; a wallet's own has to be there.
    pub(super) fn begin(
        self,
        state: &LedgerState,
        at: DateTime<Utc>,
    ) -> Result<Vec<Event>, Refusal> {
        let Self { id, wallet, slot, source, renewal, before, invoice } = self;
        let mut events = Vec::new();
        // The period before is over, or was never paid.
        events.extend(before.and_then(|it| recognise::up_to(state, id, it, u32::MAX)));
        let Some(price) = slot.price else {
            let begun = begun(state, at, id, slot, None)?;
            let entry = None;
            let period =
                PeriodBegun { subscription: id, wallet, begun: Box::new(begun), renewal, entry };
            events.push(Event::SubscriptionPeriodBegun(period));
            return Ok(events);
        };
        let plan = plan_of(state, &slot.plan)?;
        let quote = quote(state, at, plan, price)?;
        let from = match source {
            Source::Wallet => {
                wallet::not_frozen(wallet::named(state, wallet, "wallet")?, "wallet")?;
                wallet::has(state, wallet, quote.gross)?;
                Account::Wallet(wallet)
            }
            Source::Payin(_) => Account::Wallet(wallet),
            Source::Bank => Account::Bank,
        };
        let entry = Some(quote.post(Draft::new(state), from).entry()?);
        let mut desk = Desk::new(state);
        let (number, period, line) = (slot.number, slot.period, quote.line(plan));
        let issued = match invoice {
            Some(issued) => Some(issued),
            None => desk.invoice(
                automatic_id(id, "period", number),
                issuer(plan),
                wallet,
                About::Period { subscription: id, period },
                vec![line],
                None,
            )?,
        };
        let begun = begun(state, at, id, slot, Some(quote.charged(source, issued)))?;
        let period =
            PeriodBegun { subscription: id, wallet, begun: Box::new(begun), renewal, entry };
        events.push(Event::SubscriptionPeriodBegun(period));
        events.extend(desk.issued());
        Ok(events)
    }
}

/// The events of a period that is invoiced, and paid later.
pub(super) fn invoiced(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SubscriptionId,
    wallet: WalletId,
    slot: Slot,
    before: Option<&Subscription>,
) -> Result<Vec<Event>, Refusal> {
    let plan = plan_of(state, &slot.plan)?;
    let Some(price) = slot.price else {
        let source = Source::Bank;
        let free =
            Charging { id, wallet, slot, source, renewal: before.is_some(), before, invoice: None };
        return free.begin(state, at);
    };
    let quote = quote(state, at, plan, price)?;
    let zone = state.zone();
    let due_day = zone.day(at) + chrono::Days::new(plan.terms_days.into());
    let due_at = zone.begins(due_day).max(at);
    let invoice = automatic_id(id, "period", slot.number);
    let about = About::Period { subscription: id, period: slot.period };
    let mut desk = Desk::new(state);
    desk.invoice(invoice, issuer(plan), wallet, about, vec![quote.line(plan)], Some(due_at))?;
    let amount = quote.gross;
    let begun = begun(state, at, id, slot, None)?;
    let mut events = Vec::new();
    events.extend(before.and_then(|it| recognise::up_to(state, id, it, u32::MAX)));
    let invoiced = Invoiced { subscription: id, begun: Box::new(begun), invoice, amount, due_at };
    events.push(Event::SubscriptionInvoiced(invoiced));
    events.extend(desk.issued());
    Ok(events)
}

/// An invoice of a period was paid by bank transfer, or out of the wallet: the period is charged.
pub(crate) fn pay_period_invoice(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SubscriptionId,
    invoice: InvoiceId,
    source: Source,
) -> Result<Decided, Refusal> {
    let it = super::rules::named(state, id)?;
    let due = it.due.as_ref().filter(|due| due.invoice == Some(invoice));
    let Some(due) = due.filter(|_| !it.status.has_ended()) else {
        return Err(Refusal::WrongState { state: it.status.as_str() });
    };
    let charging = Charging {
        id,
        wallet: it.wallet,
        slot: due.slot.clone(),
        source,
        renewal: true,
        before: Some(it),
        invoice: Some(invoice),
    };
    Ok(Decided::Happened(charging.begin(state, at)?))
}

/// How a subscription pays what falls due by itself.
pub(super) const fn pays_by_invoice(it: &Subscription) -> bool {
    match it.asked.pay {
        Pay::Invoice => true,
        Pay::Wallet | Pay::Payin => false,
    }
}

/// Whether something can be charged in this state at all.
pub(super) const fn is_due(status: Status) -> bool {
    match status {
        Status::Awaiting | Status::PastDue | Status::Active => true,
        Status::Trialing | Status::Canceled | Status::Expired => false,
    }
}
