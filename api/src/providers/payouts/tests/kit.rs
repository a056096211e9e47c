//! A provider that answers as it is told and remembers what it was asked, and a gateway of each kind.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::{PayoutGateway, PayoutInstruction, PayoutStatus, Submitted};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::providers::payouts::gateway;
use crate::providers::payouts::wire::tests::paid;
use crate::providers::{Accounts, Clients, Kind, ProviderAccount};

pub(super) const WITHDRAWAL: WithdrawalId = WithdrawalId(Uuid::from_u128(7));
pub(super) const KEY: &str = "00000000-0000-0000-0000-000000000007";

/// Requests as they came: method, path with query, body.
pub(super) type Seen = Arc<Mutex<Vec<(String, String, String)>>>;

/// An answer to requests whose method and path begin like this.
pub(super) type Rule = (&'static str, u16, String);

pub(super) struct Fake {
    pub(super) url: String,
    pub(super) seen: Seen,
}

impl Fake {
    pub(super) async fn start(rules: Vec<Rule>) -> Self {
        let seen = Seen::default();
        let log = Arc::clone(&seen);
        let rules = Arc::new(rules);
        let answer = move |method: Method, uri: Uri, body: Bytes| {
            let path = uri.path_and_query().map_or("", |it| it.as_str()).to_owned();
            let body = String::from_utf8_lossy(&body).into_owned();
            let asked = format!("{method} {path}");
            log.lock().unwrap().push((method.to_string(), path, body));
            let rule = rules.iter().find(|(begin, ..)| asked.starts_with(begin)).cloned();
            async move {
                match rule {
                    Some((_, 0, _)) => std::future::pending::<Response>().await,
                    Some((_, status, body)) => {
                        let status = StatusCode::from_u16(status).unwrap();
                        (status, [("retry-after", "90")], body).into_response()
                    }
                    None => (StatusCode::NOT_FOUND, "no such page").into_response(),
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serve = axum::serve(listener, Router::new().fallback(any(answer)));
        tokio::spawn(serve.into_future());
        Self { url, seen }
    }

    pub(super) fn sent(&self, begin: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let like =
            seen.iter().filter(|(method, path, _)| format!("{method} {path}").starts_with(begin));
        like.map(|(_, path, body)| format!("{path} {body}")).collect()
    }
}

pub(super) fn rule(begin: &'static str, status: u16, body: impl Into<String>) -> Rule {
    (begin, status, body.into())
}

pub(super) fn account(kind: Kind, url: &str) -> ProviderAccount {
    let secrets = if kind.has_webhook_secrets() { vec!["wh".into()] } else { Vec::new() };
    let account = ProviderAccount::usual(kind, secrets).with("url", url);
    match kind {
        Kind::Stripe | Kind::Fedapay => account.with("api_key", "sk"),
        Kind::Cinetpay => account
            .with("api_key", "k")
            .with("site_id", "1")
            .with("transfer_password", "p")
            .with("transfer_url", url),
        Kind::Pawapay => account.with("api_token", "t"),
        Kind::Hub2 => account.with("api_key", "k").with("merchant_id", "m"),
        Kind::Paygate => account.with("auth_token", "t"),
        Kind::Pispi => account.with("api_key", "k").with("alias", "payer-1"),
        Kind::Paypal => account
            .with("webhook_id", "WH")
            .with("merchant_id", "M")
            .with("client_id", "c")
            .with("client_secret", "s"),
        Kind::CinetpayV1 | Kind::StandardWebhooks | Kind::Hmac | Kind::Sim => account,
    }
}

pub(super) fn made(kind: Kind, url: &str) -> Arc<dyn PayoutGateway> {
    let account = account(kind, url);
    if kind == Kind::Paypal {
        let accounts = Accounts::try_from(vec![account]).unwrap();
        let clients = Clients::try_new(&accounts).unwrap();
        return Arc::new(clients.paypal_payouts("paypal".parse().unwrap()).unwrap());
    }
    gateway(&account).unwrap().unwrap()
}

pub(super) const ALL: [(Kind, &str, &str, &str); 8] = [
    (Kind::Fedapay, "1000", "XOF", "togocel:+22890112233"),
    (Kind::Stripe, "10.50", "USD", "acct_1"),
    (Kind::Cinetpay, "1000", "XOF", "FLOOZTG:+22890112233"),
    (Kind::Pawapay, "1000", "XOF", "MOOV_TGO:+22890112233"),
    (Kind::Hub2, "1000", "XOF", "moov:+22890112233"),
    (Kind::Paygate, "1000", "XOF", "FLOOZ:+22890112233"),
    (Kind::Pispi, "1000", "XOF", "alias-1"),
    (Kind::Paypal, "10.50", "USD", "ama@example.com"),
];

pub(super) fn instruction(kind: Kind) -> PayoutInstruction {
    let (_, amount, currency, to) = ALL.into_iter().find(|(it, ..)| *it == kind).unwrap();
    paid(amount, currency, to)
}

pub(super) async fn submit(kind: Kind, fake: &Fake) -> Submitted {
    made(kind, &fake.url).submit(&instruction(kind)).await
}

pub(super) async fn status(kind: Kind, fake: &Fake) -> PayoutStatus {
    made(kind, &fake.url).status(WITHDRAWAL).await
}

pub(super) fn accepted(object: &str) -> Submitted {
    Submitted::Accepted { object: object.to_owned() }
}

pub(super) fn made_as(object: &str) -> Submitted {
    Submitted::Made { object: object.to_owned() }
}

pub(super) fn refused(code: &str) -> Submitted {
    Submitted::Refused { code: code.to_owned() }
}

pub(super) fn unknown(why: &str) -> Submitted {
    Submitted::Unknown { why: why.to_owned() }
}

pub(super) fn paid_as(object: &str) -> PayoutStatus {
    PayoutStatus::Paid { object: object.to_owned() }
}

pub(super) fn failed_as(object: &str, code: &str) -> PayoutStatus {
    PayoutStatus::Failed { object: object.to_owned(), code: code.to_owned() }
}
