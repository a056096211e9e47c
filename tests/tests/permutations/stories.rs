//! What there is before a provider speaks, and all that it may then tell of it.

use std::sync::LazyLock;

use cauri_domain::chargeback::Chargeback;
use cauri_domain::payin::Target;
use cauri_domain::receipt::Receipt;
use cauri_domain::testing::{
    Given, approve, cancel_payin, expire, given, open_wallet, opened, pay, payin, refund_id,
    refund_payin, request, submit_refund, wallet, withdrawal, xof,
};
use cauri_domain::withdrawal as payout;
use cauri_domain::{ChargebackId, Command, LedgerState};

use crate::telling::{About, News, object};

/// A ledger before a provider speaks.
pub struct Start {
    pub given: Given,
    pub about: About,
    /// Whether two payments may be for one pay-in.
    pub is_paid_twice: bool,
    provider: &'static str,
}

/// What a provider may tell, in the order in which it happened.
pub struct Story {
    pub name: &'static str,
    start: fn(&'static str) -> Given,
    pub told: Vec<News>,
}

/// All of them. No two of one story contradict each other: a provider may tell late, twice and out
/// of order, but of one history.
pub static STORIES: LazyLock<Vec<Story>> = LazyLock::new(|| {
    let mut stories = payments();
    stories.extend(cases());
    stories.extend(refunds());
    stories.extend(payouts());
    stories
});

fn story(
    name: &'static str,
    start: fn(&'static str) -> Given,
    told: impl IntoIterator<Item = News>,
) -> Story {
    Story { name, start, told: told.into_iter().collect() }
}

/// Taken of a payment, with what the case costs.
fn taken(francs: u64) -> [News; 2] {
    [News::Opened(francs), News::Withdrawn(francs, 500)]
}

/// Taken, given back to us, and won.
fn won(francs: u64) -> impl Iterator<Item = News> {
    taken(francs).into_iter().chain([News::Reinstated(francs), News::Won])
}

/// Taken, and lost.
fn lost(francs: u64) -> impl Iterator<Item = News> {
    taken(francs).into_iter().chain([News::Lost])
}

fn payments() -> Vec<Story> {
    use News::{Authorised, Declined, Fee, GivenBack, Paid, PaidAgain, PaidInEuros, Submitted};
    vec![
        story(
            "paid, a fee, given back in two parts",
            expected,
            [
                Submitted,
                Authorised,
                Declined,
                Paid(10_000),
                Fee(300),
                GivenBack(4_000),
                GivenBack(10_000),
            ],
        ),
        story("paid in two parts", expected, [Declined, Paid(4_000), Paid(10_000), Fee(300)]),
        story("paid too little", expected, [Declined, Paid(6_000), Fee(300), GivenBack(6_000)]),
        story("paid too much", expected, [Paid(12_000), Fee(300), GivenBack(2_000)]),
        story("paid in another currency", expected, [Submitted, Declined, PaidInEuros(1_525)]),
        story(
            "paid twice",
            expected,
            [Paid(10_000), PaidAgain(10_000), Fee(300), GivenBack(10_000), Declined],
        ),
        story(
            "paid after it expired",
            expired,
            [Declined, Paid(10_000), Fee(300), GivenBack(4_000)],
        ),
        story(
            "paid after it was canceled",
            canceled,
            [Submitted, Declined, Paid(10_000), Fee(300)],
        ),
    ]
}

fn cases() -> Vec<Story> {
    use News::{Declined, Fee, GivenBack, Inquiry, Paid};
    vec![
        story(
            "disputed and won",
            expected,
            [Paid(10_000), Fee(300), Inquiry].into_iter().chain(won(10_000)),
        ),
        story(
            "disputed and lost",
            expected,
            [Paid(10_000), Inquiry].into_iter().chain(lost(10_000)),
        ),
        story(
            "part given back, the rest disputed and lost",
            expected,
            [Paid(10_000), Fee(300), GivenBack(4_000)].into_iter().chain(lost(6_000)),
        ),
        story(
            "disputed when the money is spent",
            spent,
            [GivenBack(4_000)].into_iter().chain(won(6_000)),
        ),
        story(
            "paid for somebody else, disputed and lost",
            for_another,
            [Declined, Paid(10_000), GivenBack(1_000)].into_iter().chain(lost(9_000)),
        ),
    ]
}

fn refunds() -> Vec<Story> {
    use News::{Fee, GivenBack, RefundFailed, RefundPaid};
    vec![
        story("our refund was made", refunding, [RefundPaid, GivenBack(4_000), Fee(300)]),
        story(
            "our refund was made, and more by hand",
            refunding,
            [RefundPaid, GivenBack(4_000), GivenBack(5_000)],
        ),
        story(
            "our refund was made, the rest disputed and lost",
            refunding,
            [RefundPaid, GivenBack(4_000)].into_iter().chain(lost(6_000)).chain([Fee(300)]),
        ),
        story(
            "our refund was made of what is spent, the rest disputed and won",
            refunding_debt,
            [RefundPaid].into_iter().chain(won(6_000)).chain([Fee(300)]),
        ),
        story("our refund failed", refunding, [RefundFailed, Fee(300)]),
        story("our refund was made and came back", refunding, [RefundPaid, RefundFailed]),
    ]
}

fn payouts() -> Vec<Story> {
    use News::{PayoutFailed, PayoutPaid};
    vec![
        story("paid out", paying_out, [PayoutPaid(5_000)]),
        story("not paid out", paying_out, [PayoutFailed]),
        story("paid out, and it came back", paying_out, [PayoutPaid(5_000), PayoutFailed]),
        story("another amount paid out", paying_out, [PayoutPaid(4_000)]),
        story(
            "paid out, and the payment is disputed and won",
            paying_out,
            [PayoutPaid(5_000)].into_iter().chain(won(10_000)),
        ),
        story(
            "paid out, it came back, and the payment is disputed and lost",
            paying_out,
            [PayoutPaid(5_000), PayoutFailed].into_iter().chain(lost(10_000)),
        ),
    ]
}

impl Story {
    /// The ledger before this provider speaks.
    pub fn open(&self, provider: &'static str) -> Start {
        let paid = self.told.iter().filter_map(|news| match news {
            News::Paid(francs) => Some(*francs),
            _ => None,
        });
        let disputed = self.told.iter().filter_map(|news| match news {
            News::Opened(francs) => Some(*francs),
            _ => None,
        });
        let about = About {
            payin: payin(1).0,
            withdrawal: withdrawal(1).0,
            refund: refund_id(1).0,
            paid: paid.max().unwrap_or(10_000),
            disputed: disputed.max().unwrap_or(10_000),
        };
        let is_paid_twice = self.told.iter().any(|news| matches!(news, News::PaidAgain(_)));
        Start { given: (self.start)(provider), about, is_paid_twice, provider }
    }
}

/// Ama expects 10,000 francs through this provider.
fn expected(provider: &'static str) -> Given {
    expected_for(provider, None)
}

/// They are for Kofi's wallet.
fn for_another(provider: &'static str) -> Given {
    expected_for(provider, Some(Target::Wallet(wallet(2))))
}

fn expected_for(provider: &'static str, target: Option<Target>) -> Given {
    let expects: Command = cauri_domain::payin::Initiate {
        payin: payin(1),
        wallet: wallet(1),
        amount: xof(10_000),
        provider: provider.parse().unwrap(),
        target,
        capture_later: false,
    }
    .into();
    given([opened(), open_wallet(1, "ama"), open_wallet(2, "kofi"), expects])
}

fn expired(provider: &'static str) -> Given {
    expected(provider).after_minutes(60 * 24).and([expire(1)])
}

fn canceled(provider: &'static str) -> Given {
    expected(provider).and([cancel_payin(1)])
}

/// It came.
fn paid(provider: &'static str) -> Given {
    let (object, amount) = (object(provider, payin(1).0).parse().unwrap(), xof(10_000));
    let provider_name = provider.parse().unwrap();
    let receipt = Receipt { provider: provider_name, object, amount, evidence: None };
    expected(provider)
        .and([cauri_domain::payin::RecordReceipt { payin: Some(payin(1)), receipt }.into()])
}

/// Ama sent it all to Kofi.
fn spent(provider: &'static str) -> Given {
    paid(provider).and([pay(1, 2, xof(10_000))])
}

/// 4,000 of it are on their way back.
fn refunding(provider: &'static str) -> Given {
    paid(provider).and([refund_payin(1, 1, xof(4_000)), submit_refund(1)])
}

/// So are 4,000 that Ama sent on: she owes them.
fn refunding_debt(provider: &'static str) -> Given {
    spent(provider).and([refund_payin(1, 1, xof(4_000)), submit_refund(1)])
}

/// 5,000 of it are on their way out.
fn paying_out(provider: &'static str) -> Given {
    let provider_name = provider.parse().unwrap();
    let submit = payout::Submit { withdrawal: withdrawal(1), provider: provider_name };
    paid(provider).and([request(1, 1, xof(5_000)), approve(1), submit.into()])
}

impl Start {
    /// The case that the provider told of, if it did.
    pub fn chargeback(&self, state: &LedgerState) -> Option<Chargeback> {
        let provider = self.provider.parse().expect("a provider's name");
        ["dp_1", "E2E1"].iter().find_map(|case| {
            let case = case.parse().expect("an id");
            state.chargeback(ChargebackId::of_case(provider, &case)).cloned()
        })
    }
}
