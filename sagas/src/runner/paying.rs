//! Who pays, when the provider is asked, and what its answer comes to.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use cauri_domain::{PaymentMethodId, Provider, refund, withdrawal};
use cauri_ledger::engine::AskError;

use super::{Done, Runner, chain};
use crate::agenda::{Item, Stage};
use crate::destinations::Resolved;
use crate::outcome::outcome;
use crate::payouts::{Attempt, Begin, Instruction, Tried, attempt};
use crate::process::{Destination, Origin, Outgoing};

impl Runner {
    /// Records the intention to pay: who is to pay is decided here, for good.
    pub(super) fn submit(&mut self, item: Item, outgoing: Outgoing) {
        let ledger = self.engine.ledger();
        let Some(payment) = self.agenda.payment(outgoing) else { return self.commands.done(item) };
        match &payment.destination {
            Destination::Reference(reference) => {
                if self.gateways.depend_on_destination(ledger, payment.amount) {
                    return self.find_destination(item, reference.to_string());
                }
                let providers = self.gateways.route(ledger, payment.amount, None);
                self.submit_to(item, outgoing, &providers);
            }
            Destination::Method(method, _) => self.find_vault(item, *method),
            // What goes back, goes the way it came, whether or not that provider answers now.
            Destination::Payment(provider, _) => {
                let gateway = self.gateways.get(ledger, *provider);
                if gateway.is_some_and(|gateway| gateway.gives_back()) {
                    self.record_intention(item, outgoing, *provider);
                } else {
                    self.lacks_provider(outgoing);
                    self.commands.done(item);
                }
            }
        }
    }

    /// Has the destination told, which decides who may pay. It is in memory only, and only for that.
    fn find_destination(&self, item: Item, reference: String) {
        let destinations = Arc::clone(&self.options.destinations);
        let ledger = self.engine.ledger().clone();
        let told = async move {
            let told = destinations.resolve(&ledger, &reference).await;
            Done::Told { item, reference, told }
        };
        self.doing.push(told.boxed());
    }

    /// To whom the destination leads. One that is gone leads to anybody: it fails there, unasked.
    pub(super) fn told(&mut self, item: Item, reference: &str, told: &Resolved) {
        let Item::Submission(outgoing) = item else { return };
        let plain = match told {
            Resolved::Found(plain) => Some(plain.as_str()),
            Resolved::AsIs => Some(reference),
            Resolved::Gone => None,
            Resolved::Unavailable => return self.again(item, self.clock.now()),
        };
        // It may have been canceled meanwhile.
        let Some(payment) = self.agenda.payment(outgoing) else { return self.commands.done(item) };
        let providers = self.gateways.route(self.engine.ledger(), payment.amount, plain);
        self.submit_to(item, outgoing, &providers);
    }

    fn find_vault(&self, item: Item, method: PaymentMethodId) {
        let engine = self.engine.clone();
        let found = async move {
            let vault =
                engine.read(move |state| state.payment_method(method).map(|it| it.provider)).await;
            Done::Found { item, vault: vault.map(|read| read.value) }
        };
        self.doing.push(found.boxed());
    }

    pub(super) fn found(
        &mut self,
        item: Item,
        vault: Result<Option<Provider>, AskError>,
    ) -> Result<(), String> {
        let Item::Submission(outgoing) = item else { return Ok(()) };
        match vault {
            Ok(vault) => {
                let ledger = self.engine.ledger();
                let providers = vault.map(|it| self.gateways.route_to(ledger, it));
                self.submit_to(item, outgoing, &providers.unwrap_or_default());
                Ok(())
            }
            Err(AskError::Busy | AskError::Refused { .. } | AskError::TooLarge { .. }) => {
                self.again(item, self.clock.now());
                Ok(())
            }
            Err(error @ (AskError::Unavailable(_) | AskError::Closed | AskError::Follows)) => {
                Err(chain(&error))
            }
        }
    }

    /// To the first of these that can be asked; waits where none can.
    fn submit_to(&mut self, item: Item, outgoing: Outgoing, providers: &[Provider]) {
        if providers.is_empty() {
            self.lacks_provider(outgoing);
            return self.commands.done(item);
        }
        match self.payouts.give(item, providers, self.clock.now()) {
            Some(provider) => self.record_intention(item, outgoing, provider),
            // None of its route answers, or has room: it is submitted to none of them meanwhile.
            None => {
                self.commands.done(item);
                if self.agenda.when(item).is_some() {
                    self.payouts.hold(item, providers);
                }
            }
        }
    }

    /// What was held goes on where there is room.
    pub(super) fn wake(&mut self, now: DateTime<Utc>) {
        for item in self.payouts.wake(now) {
            self.commands.open(item, now);
        }
    }

    fn record_intention(&mut self, item: Item, outgoing: Outgoing, provider: Provider) {
        let stage = self.agenda.payment(outgoing).map(|payment| payment.stage);
        let Some(Stage::Submitting(origin)) = stage else { return self.commands.done(item) };
        let command = match outgoing {
            Outgoing::Withdrawal(withdrawal) => withdrawal::Submit { withdrawal, provider }.into(),
            Outgoing::Refund(refund) => refund::Submit { refund }.into(),
            // Its intention is recorded in the very unit that asks for it.
            Outgoing::Capture(_) => return self.commands.done(item),
        };
        self.ask(item, self.request(outgoing.process(), origin, "submit", command));
    }

    /// The provider that a payment was submitted to, where it is there.
    pub(super) fn provider_of(&mut self, outgoing: Outgoing) -> Option<Provider> {
        let Stage::Paying { provider, .. } = self.agenda.payment(outgoing)?.stage else {
            return None;
        };
        if self.gateways.get(self.engine.ledger(), provider).is_some() {
            self.without_provider.remove(&outgoing);
            return Some(provider);
        }
        self.lacks_provider(outgoing);
        None
    }

    fn lacks_provider(&mut self, outgoing: Outgoing) {
        if self.without_provider.insert(outgoing) {
            self.tell_no_provider(outgoing);
        }
    }

    /// The try that a payment comes to; `None` when it is off the agenda.
    pub(super) fn payout(&mut self, item: Item) -> Option<BoxFuture<'static, Done>> {
        let Item::Payout(outgoing) = item else { return None };
        let payment = self.agenda.payment(outgoing)?;
        let Stage::Paying { provider, origin } = payment.stage else { return None };
        let gateway = self.gateways.get(self.engine.ledger(), provider)?;
        let instruction = Instruction::of(self.engine.ledger(), outgoing, payment)?;
        let begin = match self.sent.insert(outgoing) {
            true => Begin::Send,
            false if self.started.elapsed() < self.options.doubt => Begin::AskInDoubt,
            false => Begin::Ask,
        };
        let age = self.clock.now() - origin.at;
        let destinations = Arc::clone(&self.options.destinations);
        let attempt = attempt(gateway, destinations, instruction, begin, age);
        let done = move |attempt| Done::Tried { outgoing, provider, origin, attempt };
        Some(attempt.map(done).boxed())
    }

    pub(super) fn tried(
        &mut self,
        outgoing: Outgoing,
        provider: Provider,
        origin: Origin,
        Attempt { tried, heard }: Attempt,
    ) {
        let (item, now) = (Item::Payout(outgoing), self.clock.now());
        self.payouts.heard(provider, now, heard);
        if matches!(tried, Tried::NeverSent { .. }) {
            self.sent.remove(&outgoing);
        }
        if self.agenda.origin(item).is_some_and(|now| now != origin) {
            // It was begun anew meanwhile: this is an answer to something else.
            return self.payouts.done(item);
        }
        self.payouts.known(item, !matches!(tried, Tried::Unknown { .. }));
        match &tried {
            Tried::NeverSent { .. } => self.tell_never_sent(item, origin),
            Tried::Unknown { why, .. } => self.tell_unknown(item, origin, outgoing, provider, why),
            Tried::Open => self.tell_open(item, origin),
            Tried::Paid { .. } | Tried::Failed { .. } => {}
        }
        let payment = self.agenda.payment(outgoing);
        match payment.and_then(|payment| outcome(tried, outgoing, provider, payment)) {
            Some((step, command)) => {
                self.ask(item, self.request(outgoing.process(), origin, step, command));
            }
            None => self.again(item, now),
        }
    }
}
