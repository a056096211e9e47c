//! Lines in the making, and the arithmetic of a commission.

use super::line::{Amount, Line, Place, Work};
use super::posting::in_words;
use crate::chart::Account;
use crate::commission::{
    Base, Bound, Bracket, Breakdown, How, Part, Payer, Placed, Priced, RefundPolicy,
};
use crate::currency::Currency;
use crate::journal::Posting;
use crate::money::Money;
use crate::sale::DELIVERY;

/// Lines in the making.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) lines: Vec<Line>,
}

/// The lines that a posting can come from, each with the account that it is for, if it says. A line
/// is taken out when a posting has come from it.
pub(super) struct Worked(Vec<(Option<Account>, Place)>);

const fn minor(money: Option<Money>) -> u64 {
    match money {
        Some(money) => money.minor(),
        None => 0,
    }
}

fn percent(basis_points: u64) -> String {
    match (basis_points / 100, basis_points % 100) {
        (whole, 0) => format!("{whole} %"),
        (whole, rest) if rest % 10 == 0 => format!("{whole}.{} %", rest / 10),
        (whole, rest) => format!("{whole}.{rest:02} %"),
    }
}

impl Sheet {
    pub(super) fn say(&mut self, words: String) {
        self.lines.push(Line { words, work: Work::Words, amount: None });
    }

    fn push(&mut self, words: String, work: Work, minor: u64, currency: Currency) -> Place {
        let amount = Some(Amount { minor, currency });
        self.lines.push(Line { words, work, amount });
        Place(self.lines.len())
    }

    /// A line with a number that comes from outside.
    pub(super) fn given(&mut self, words: &str, minor: u64, currency: Currency) -> Place {
        self.push(words.to_owned(), Work::Given, minor, currency)
    }

    /// A line with a number that nothing says but its own work.
    fn work(&mut self, words: String, work: Work, currency: Currency) -> Place {
        let minor = work.result(&self.lines).unwrap_or_default();
        self.push(words, work, minor, currency)
    }

    /// A line with a number that the event says, and that its work must come to.
    pub(super) fn told(
        &mut self,
        words: String,
        work: Work,
        money: Option<Money>,
        currency: Currency,
    ) -> Place {
        self.push(words, work, minor(money), currency)
    }

    /// The whole arithmetic of a breakdown.
    pub(super) fn breakdown(&mut self, it: &Breakdown) -> Worked {
        let currency = it.total.currency();
        self.say(match it.version {
            0 if it.rule.as_str() == DELIVERY => {
                "the delivery, of which nobody takes a share".to_owned()
            }
            0 => "by the commission in the ledger's settings, borne by the seller".to_owned(),
            version => format!(
                "by version {version} of the commission rule {}, borne by the {}",
                it.rule,
                it.payer.as_str()
            ),
        });
        let total = self.given("the whole amount agreed", it.total.minor(), currency);
        let wholes = self.wholes(it, total);
        let before = self.given("done of it before", minor(it.before), currency);
        let now = self.given("done of it now", it.now.minor(), currency);
        let amounts = self.amounts(it, total, (before, now), &wholes);
        let fees = self.work("all parts together".to_owned(), Work::Sum(amounts.clone()), currency);
        let (seller, buyer) = match it.refund {
            None => ("what the seller gets", "what the buyer's side gives"),
            Some(_) => ("what the seller gives back", "what the buyer's side gets back"),
        };
        let net = match it.payer {
            Payer::Seller => Work::Less(now, vec![fees]),
            Payer::Buyer | Payer::Platform => Work::Sum(vec![now]),
        };
        let net = self.told(seller.to_owned(), net, it.net(), currency);
        let charged = match it.payer {
            Payer::Buyer => Work::Sum(vec![now, fees]),
            Payer::Seller | Payer::Platform => Work::Sum(vec![now]),
        };
        let charged = self.told(buyer.to_owned(), charged, Some(it.charged()), currency);
        let parts = it.parts.iter().map(|part| Some(part.to)).zip(amounts);
        let mut lines: Vec<_> = parts.chain([(None, net), (None, charged)]).collect();
        if it.payer == Payer::Platform {
            let words = "borne by the platform".to_owned();
            let borne = Work::Sum(vec![fees]);
            let borne = self.told(words, borne, it.borne_by_platform(), currency);
            lines.push((Some(Account::Promotions), borne));
        }
        Worked(lines)
    }

    /// A posting: in words, and from which line it comes.
    pub(super) fn posting(&mut self, posting: &Posting, worked: &mut [Worked]) -> Place {
        let says = Amount { minor: posting.money.minor(), currency: posting.money.currency() };
        let lines = &self.lines;
        let found = worked.iter_mut().find_map(|worked| {
            let amount = |place: Place| lines.get(place.0 - 1).and_then(|line| line.amount);
            let fits = |account: Option<Account>| {
                let of_it = |(to, place): &(Option<Account>, Place)| {
                    *to == account && amount(*place) == Some(says)
                };
                worked.0.iter().position(of_it)
            };
            let place = fits(Some(posting.account)).or_else(|| fits(None))?;
            Some(worked.0.remove(place).1)
        });
        let work = found.map_or(Work::Given, |place| Work::Sum(vec![place]));
        self.told(in_words(posting), work, Some(posting.money), says.currency)
    }

    /// That debits and credits come to the same.
    pub(super) fn balance(&mut self, debits: Vec<Place>, credits: Vec<Place>, currency: Currency) {
        let debits = self.work(format!("all debits in {currency}"), Work::Sum(debits), currency);
        let said = self.lines.get(debits.0 - 1).and_then(|line| line.amount);
        let words = format!("all credits in {currency}: the same");
        self.push(words, Work::Sum(credits), said.map_or(0, |said| said.minor), currency);
    }

    /// Each part of the whole amount.
    fn wholes(&mut self, it: &Breakdown, total: Place) -> Vec<Place> {
        let currency = it.total.currency();
        let room = match it.payer {
            Payer::Seller => total,
            Payer::Buyer | Payer::Platform => {
                let most = it.parts.iter().any(|part| part.how.bound() == Some(Bound::Amount));
                if most {
                    let most = self.given("the largest amount there is", u64::MAX, currency);
                    self.work(
                        "room on top of the amount".to_owned(),
                        Work::Less(most, vec![total]),
                        currency,
                    )
                } else {
                    total
                }
            }
        };
        let (mut wholes, mut fee) = (Vec::new(), total);
        for (number, part) in it.parts.iter().enumerate() {
            match &part.how {
                How::Step { charge, base, of, floor, cap, bound } => {
                    let of = match base {
                        Base::Gross => total,
                        Base::Remainder => self.told(
                            "what the steps before left of it".to_owned(),
                            Work::Less(total, wholes.clone()),
                            *of,
                            currency,
                        ),
                    };
                    fee = self.charge(&part.name.to_string(), charge, of, currency);
                    if let Some(floor) = floor {
                        let words = format!("{}: at least {floor}", part.name);
                        fee = self.work(words, Work::AtLeast(fee, floor.minor()), currency);
                    }
                    if let Some(cap) = cap {
                        let words = format!("{}: at most {cap}", part.name);
                        fee = self.work(words, Work::AtMost(fee, cap.minor()), currency);
                    }
                    if *bound == Some(Bound::Amount) {
                        fee = self.within(room, &wholes, fee, &part.name.to_string(), currency);
                    }
                    let tax = it.parts.get(number + 1).and_then(|next| next.how.tax_inside());
                    if let Some((tax, rate)) = tax {
                        let words = format!("{}: {} {tax} inside it", part.name, percent(rate));
                        let work =
                            Work::Share { of: fee, numerator: rate, denominator: 10_000 + rate };
                        let tax = self.work(words, work, currency);
                        let words = format!("{}: without its tax", part.name);
                        let net =
                            self.told(words, Work::Less(fee, vec![tax]), part.whole, currency);
                        wholes.extend([net, tax]);
                    } else {
                        let words = format!("{}: of the whole amount", part.name);
                        wholes.push(self.told(words, Work::Sum(vec![fee]), part.whole, currency));
                    }
                }
                How::Tax { tax, bound, .. } if tax.placed == Placed::OnTop => {
                    let rate = u64::from(tax.rate.get());
                    let words = format!("{} on it: {}", part.name, percent(rate));
                    let work = Work::Share { of: fee, numerator: rate, denominator: 10_000 };
                    let mut on_top = self.work(words, work, currency);
                    if *bound == Some(Bound::Amount) {
                        on_top =
                            self.within(room, &wholes, on_top, &part.name.to_string(), currency);
                    }
                    let words = format!("{}: of the whole amount", part.name);
                    wholes.push(self.told(words, Work::Sum(vec![on_top]), part.whole, currency));
                }
                // Inside its fee: worked out with it.
                How::Tax { .. } => {}
            }
        }
        wholes
    }

    fn within(
        &mut self,
        room: Place,
        taken: &[Place],
        fee: Place,
        name: &str,
        currency: Currency,
    ) -> Place {
        let room = self.work(
            "what is left to take it of".to_owned(),
            Work::Less(room, taken.to_vec()),
            currency,
        );
        self.work(format!("{name}: no more than that"), Work::NoMoreThan(fee, room), currency)
    }

    fn charge(&mut self, name: &str, charge: &Priced, of: Place, currency: Currency) -> Place {
        match charge {
            Priced::Percentage(rate) => {
                let rate = u64::from(rate.get());
                let words = format!("{name}: {} of {of}", percent(rate));
                self.work(words, Work::Share { of, numerator: rate, denominator: 10_000 }, currency)
            }
            Priced::Fixed(amount) => {
                self.given(&format!("{name}: a fixed amount"), amount.minor(), currency)
            }
            Priced::Tiered(tiering, brackets) => {
                let tier =
                    |Bracket(end, rate): &Bracket| (end.map(Money::minor), rate.get().into());
                let tiers = brackets.iter().map(tier).collect();
                let words = format!("{name}: {} tiers of {of}", tiering.as_str());
                self.work(words, Work::Tiers { of, tiering: *tiering, tiers }, currency)
            }
        }
    }

    /// Each part of this time.
    fn amounts(
        &mut self,
        it: &Breakdown,
        total: Place,
        (before, now): (Place, Place),
        wholes: &[Place],
    ) -> Vec<Place> {
        let currency = it.total.currency();
        let at_once = it.before.is_none() && it.now.minor() >= it.total.minor();
        let (was, is) = if at_once {
            (Vec::new(), wholes.to_vec())
        } else {
            let so_far = Work::Sum(vec![before, now]);
            let so_far = self.work("done so far".to_owned(), so_far, currency);
            let is = self.cumulated(it, total, so_far, wholes, "so far");
            let was = match it.before {
                Some(_) => self.cumulated(it, total, before, wholes, "before"),
                None => Vec::new(),
            };
            (was, is)
        };
        let mut kept = false;
        let mut amounts = Vec::with_capacity(it.parts.len());
        for (place, part) in it.parts.iter().enumerate() {
            if let How::Step { charge, .. } = &part.how {
                kept = match it.refund {
                    Some(RefundPolicy::Keep) => true,
                    Some(RefundPolicy::KeepFixed) => matches!(charge, Priced::Fixed(_)),
                    Some(RefundPolicy::Return) | None => false,
                };
            }
            amounts.push(if kept {
                self.told(
                    format!("{}: kept, as the rule says", part.name),
                    Work::Sum(Vec::new()),
                    part.amount,
                    currency,
                )
            } else {
                let words = format!("{}: this time", part.name);
                let work = match was.get(place) {
                    Some(was) => Work::Less(is[place], vec![*was]),
                    None => Work::Sum(vec![is[place]]),
                };
                self.told(words, work, part.amount, currency)
            });
        }
        amounts
    }

    /// Each part of all that is done: the parts together first, then all but the last of them, and
    /// so on, each rounded.
    fn cumulated(
        &mut self,
        it: &Breakdown,
        total: Place,
        done: Place,
        wholes: &[Place],
        when: &str,
    ) -> Vec<Place> {
        let currency = it.total.currency();
        let names = |parts: &[Part]| {
            parts.iter().map(|part| part.name.to_string()).collect::<Vec<_>>().join(" and ")
        };
        let done = self.work(
            format!("{when}, at most the whole amount"),
            Work::NoMoreThan(done, total),
            currency,
        );
        let sums: Vec<Place> = (1..=wholes.len())
            .map(|count| match count {
                1 => wholes[0],
                _ => {
                    let words = format!("{}: of the whole amount", names(&it.parts[..count]));
                    self.work(words, Work::Sum(wholes[..count].to_vec()), currency)
                }
            })
            .collect();
        let (mut of, mut by) = (done, total);
        let mut nested = Vec::with_capacity(sums.len());
        for (place, sum) in sums.iter().enumerate().rev() {
            let words = format!("{}: {when}", names(&it.parts[..=place]));
            of = self.work(words, Work::Portion { of, times: *sum, by }, currency);
            by = *sum;
            nested.push(of);
        }
        nested.reverse();
        let mut parts = nested.clone();
        for place in 1..nested.len() {
            let words = format!("{}: {when}", it.parts[place].name);
            let work = Work::Less(nested[place], vec![nested[place - 1]]);
            parts[place] = self.work(words, work, currency);
        }
        parts
    }
}
