//! What there is before a provider speaks, and all that it may then tell of it.

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
    pub start: fn(&'static str) -> Given,
    pub told: &'static [News],
}

/// All of them. No two of one story contradict each other: a provider may tell late, twice and out
/// of order, but of one history.
pub const STORIES: &[Story] = &[
    Story {
        name: "paid, a fee, given back in two parts",
        start: expected,
        told: &[
            News::Submitted,
            News::Authorised,
            News::Declined,
            News::Paid(10_000),
            News::Fee(300),
            News::GivenBack(4_000),
            News::GivenBack(10_000),
        ],
    },
    Story {
        name: "paid in two parts",
        start: expected,
        told: &[News::Declined, News::Paid(4_000), News::Paid(10_000), News::Fee(300)],
    },
    Story {
        name: "paid too little",
        start: expected,
        told: &[News::Declined, News::Paid(6_000), News::Fee(300), News::GivenBack(6_000)],
    },
    Story {
        name: "paid too much",
        start: expected,
        told: &[News::Paid(12_000), News::Fee(300), News::GivenBack(2_000)],
    },
    Story {
        name: "paid in another currency",
        start: expected,
        told: &[News::Submitted, News::Declined, News::PaidInEuros(1_525)],
    },
    Story {
        name: "paid twice",
        start: expected,
        told: &[
            News::Paid(10_000),
            News::PaidAgain(10_000),
            News::Fee(300),
            News::GivenBack(10_000),
            News::Declined,
        ],
    },
    Story {
        name: "paid after it expired",
        start: expired,
        told: &[News::Declined, News::Paid(10_000), News::Fee(300), News::GivenBack(4_000)],
    },
    Story {
        name: "paid after it was canceled",
        start: canceled,
        told: &[News::Submitted, News::Declined, News::Paid(10_000), News::Fee(300)],
    },
    Story {
        name: "disputed and won",
        start: expected,
        told: &[
            News::Paid(10_000),
            News::Fee(300),
            News::Inquiry,
            News::Opened(10_000),
            News::Withdrawn(10_000, 500),
            News::Reinstated(10_000),
            News::Won,
        ],
    },
    Story {
        name: "disputed and lost",
        start: expected,
        told: &[
            News::Paid(10_000),
            News::Inquiry,
            News::Opened(10_000),
            News::Withdrawn(10_000, 500),
            News::Lost,
        ],
    },
    Story {
        name: "part given back, the rest disputed and lost",
        start: expected,
        told: &[
            News::Paid(10_000),
            News::Fee(300),
            News::GivenBack(4_000),
            News::Opened(6_000),
            News::Withdrawn(6_000, 500),
            News::Lost,
        ],
    },
    Story {
        name: "disputed when the money is spent",
        start: spent,
        told: &[
            News::GivenBack(4_000),
            News::Opened(6_000),
            News::Withdrawn(6_000, 500),
            News::Reinstated(6_000),
            News::Won,
        ],
    },
    Story {
        name: "our refund was made",
        start: refunding,
        told: &[News::RefundPaid, News::GivenBack(4_000), News::Fee(300)],
    },
    Story {
        name: "our refund was made, and more by hand",
        start: refunding,
        told: &[News::RefundPaid, News::GivenBack(4_000), News::GivenBack(5_000)],
    },
    Story {
        name: "our refund was made, the rest disputed and lost",
        start: refunding,
        told: &[
            News::RefundPaid,
            News::GivenBack(4_000),
            News::Opened(6_000),
            News::Withdrawn(6_000, 500),
            News::Lost,
            News::Fee(300),
        ],
    },
    Story {
        name: "our refund was made of what is spent, the rest disputed and won",
        start: refunding_debt,
        told: &[
            News::RefundPaid,
            News::Opened(6_000),
            News::Withdrawn(6_000, 500),
            News::Reinstated(6_000),
            News::Won,
            News::Fee(300),
        ],
    },
    Story {
        name: "paid for somebody else, disputed and lost",
        start: for_another,
        told: &[
            News::Declined,
            News::Paid(10_000),
            News::GivenBack(1_000),
            News::Opened(9_000),
            News::Withdrawn(9_000, 500),
            News::Lost,
        ],
    },
    Story {
        name: "our refund failed",
        start: refunding,
        told: &[News::RefundFailed, News::Fee(300)],
    },
    Story {
        name: "our refund was made and came back",
        start: refunding,
        told: &[News::RefundPaid, News::RefundFailed],
    },
    Story { name: "paid out", start: paying_out, told: &[News::PayoutPaid(5_000)] },
    Story { name: "not paid out", start: paying_out, told: &[News::PayoutFailed] },
    Story {
        name: "paid out, and it came back",
        start: paying_out,
        told: &[News::PayoutPaid(5_000), News::PayoutFailed],
    },
    Story { name: "another amount paid out", start: paying_out, told: &[News::PayoutPaid(4_000)] },
];

impl Story {
    /// The ledger before this provider speaks.
    pub fn open(&self, provider: &'static str) -> Start {
        let paid = self.told.iter().filter_map(|news| match news {
            News::Paid(francs) => Some(*francs),
            _ => None,
        });
        let about = About {
            payin: payin(1).0,
            withdrawal: withdrawal(1).0,
            refund: refund_id(1).0,
            paid: paid.max().unwrap_or(10_000),
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
    let (object, amount) = (object(provider).parse().unwrap(), xof(10_000));
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
