//! Every provider's way to tell the same news: real bytes, signed as they sign, read as the server
//! reads them.

mod asked;
mod bank;
mod fedapay;
mod hub2;
mod paypal;
mod sim;
mod stripe;

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use cauri_api::providers::{Accounts, Kind, ProviderAccount};
use cauri_api::webhooks::{
    Delivery, FEDAPAY, FEDAPAY_SCHEME, Providers, SIM, STANDARD_WEBHOOKS, STRIPE, STRIPE_SCHEME,
    Scheme, cinetpay, cinetpay_v1, pawapay, paygate, pispi,
};
use cauri_api::webhooks::{hub2 as hub2s, paypal as paypals};
use uuid::Uuid;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: i64 = 1_795_000_000;

/// What a provider can tell. Amounts are francs; those of a payment are in all, so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    Submitted,
    Authorised,
    Declined,
    /// The payment of this object brought so much.
    Paid(u64),
    /// It brought so many euro cents instead.
    PaidInEuros(u64),
    /// Another payment for the same pay-in.
    PaidAgain(u64),
    Fee(u64),
    GivenBack(u64),
    RefundPaid,
    RefundFailed,
    Inquiry,
    Opened(u64),
    /// Taken, with what the case costs.
    Withdrawn(u64, u64),
    Reinstated(u64),
    Won,
    Lost,
    PayoutPaid(u64),
    PayoutFailed,
}

/// Whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    pub payin: Uuid,
    pub withdrawal: Uuid,
    pub refund: Uuid,
    /// What the payment brought in the end, in francs.
    pub paid: u64,
    /// What of it is disputed, in francs.
    pub disputed: u64,
}

/// Providers that are told of here: all but Standard Webhooks and HMAC, which speak the simulated
/// provider's words.
pub const ALL: [&str; 10] = [
    STRIPE,
    FEDAPAY,
    pispi::NAME,
    SIM,
    hub2s::NAME,
    cinetpay::NAME,
    cinetpay_v1::NAME,
    paypals::NAME,
    pawapay::NAME,
    paygate::NAME,
];

/// The provider's own id of the payment that all of this is about.
pub fn object(provider: &str, payin: Uuid) -> String {
    match provider {
        FEDAPAY => "1".to_owned(),
        pispi::NAME => "E2E1".to_owned(),
        // They call it as we do.
        pawapay::NAME | cinetpay::NAME => payin.to_string(),
        _ => "pi_1".to_owned(),
    }
}

type Told = BTreeMap<(&'static str, About, News), Option<Delivery>>;

/// What a provider delivers to tell this, and answers where it has to be asked; `None` where it has
/// no such news.
pub fn tell(provider: &'static str, about: About, news: News) -> Option<Delivery> {
    // The same is told often: some of it is asked for over HTTP.
    static TOLD: LazyLock<Mutex<Told>> = LazyLock::new(Mutex::default);
    let told = || TOLD.lock().unwrap();
    let key = (provider, about, news);
    if let Some(known) = told().get(&key) {
        return known.clone();
    }
    let delivery = receive(provider, about, news);
    if let Some(delivery) = &delivery {
        assert!(!delivery.facts.is_empty(), "{provider} tells nothing by {news:?}");
        assert!(delivery.unreadable.is_none(), "{:?}", delivery.unreadable);
    }
    told().insert(key, delivery.clone());
    delivery
}

fn receive(provider: &'static str, about: About, news: News) -> Option<Delivery> {
    let (scheme, body) = match provider {
        STRIPE => (STRIPE_SCHEME, stripe::tell(about, news)?),
        FEDAPAY => (FEDAPAY_SCHEME, fedapay::tell(about, news)?),
        pispi::NAME => (pispi::SCHEME, bank::tell(about, news)?),
        hub2s::NAME => (hub2s::SCHEME, hub2::tell(about, news)?),
        SIM => (STANDARD_WEBHOOKS, sim::tell(about, news)),
        _ => return asked::tell(provider, about, news),
    };
    Some(signed(provider, scheme, &body.to_string()))
}

fn signed(provider: &str, scheme: Scheme, body: &str) -> Delivery {
    static PROVIDERS: LazyLock<Providers> = LazyLock::new(|| {
        let accounts: Vec<_> = [Kind::Stripe, Kind::Fedapay, Kind::Sim, Kind::Pispi, Kind::Hub2]
            .map(|kind| ProviderAccount::usual(kind, vec![SECRET.to_owned().into()]))
            .into();
        Providers::try_new(&Accounts::try_from(accounts).unwrap()).unwrap()
    });
    let key = scheme.key(&SECRET.to_owned().into()).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in scheme.sign(&[key], "msg_1", NOW, body.as_bytes()) {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
    }
    PROVIDERS.receive(provider, &headers, body.as_bytes(), NOW).unwrap()
}
