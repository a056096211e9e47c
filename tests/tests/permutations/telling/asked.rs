//! Providers whose deliveries are hints: what they answer, over HTTP, when they are asked.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use cauri_api::providers::{Accounts, Clients, Confirmers, Kind, ProviderAccount};
use cauri_api::webhooks::{Delivery, Providers, cinetpay, cinetpay_v1, pawapay, paygate};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{About, NOW, News, SECRET, object, paypal};

/// What is delivered.
pub struct Hint {
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What is answered at addresses that begin so.
pub type Answers = Vec<(String, Value)>;

/// The world of these providers, one question at a time.
struct World {
    runtime: Runtime,
    answers: Arc<Mutex<Answers>>,
    providers: Providers,
    confirmers: Confirmers,
}

/// What such a provider delivers, with what it answers then.
pub fn tell(provider: &'static str, about: About, news: News) -> Option<Delivery> {
    static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(World::open()));
    let (hint, answers) = match provider {
        pawapay::NAME => pawapay(about, news)?,
        cinetpay::NAME => cinetpay(about, news)?,
        cinetpay_v1::NAME => cinetpay_v1(about, news)?,
        paygate::NAME => paygate(about, news)?,
        _ => paypal::tell(about, news)?,
    };
    Some(WORLD.lock().unwrap().ask(provider, &hint, answers))
}

impl World {
    fn open() -> Self {
        let runtime = Runtime::new().unwrap();
        let answers = Arc::<Mutex<Answers>>::default();
        let known = Arc::clone(&answers);
        let answer = move |uri: Uri| async move { answer(&known.lock().unwrap(), uri.path()) };
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(any(answer));
        runtime.spawn(async move { axum::serve(listener, router).await });
        let accounts = Accounts::try_from(accounts(&url)).unwrap();
        let providers = Providers::try_new(&accounts).unwrap();
        let confirmers = Clients::try_new(&accounts).unwrap().confirmers();
        Self { runtime, answers, providers, confirmers }
    }

    fn ask(&self, provider: &'static str, hint: &Hint, answers: Answers) -> Delivery {
        let mut headers = HeaderMap::new();
        for (name, value) in &hint.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let body = hint.body.as_bytes();
        let mut delivery = self.providers.receive(provider, &headers, body, NOW).unwrap();
        *self.answers.lock().unwrap() = answers;
        let question = delivery.question.as_ref().unwrap();
        let asked = self.confirmers.facts(delivery.provider, question, body);
        delivery.facts = self.runtime.block_on(asked).unwrap();
        delivery
    }
}

fn answer(known: &Answers, path: &str) -> Response {
    match known.iter().find(|(begin, _)| path.starts_with(begin)) {
        Some((_, answer)) => axum::Json(answer.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, "no such page").into_response(),
    }
}

fn accounts(url: &str) -> Vec<ProviderAccount> {
    let account = |kind: Kind, settings: &[(&str, &str)]| {
        let secrets = if kind.has_webhook_secrets() { vec![SECRET.into()] } else { Vec::new() };
        let account = ProviderAccount::usual(kind, secrets).with("url", url);
        settings.iter().fold(account, |account, (name, value)| account.with(name, value))
    };
    vec![
        account(
            Kind::Paypal,
            &[
                ("webhook_id", "WH"),
                ("merchant_id", "OURS"),
                ("client_id", "c"),
                ("client_secret", "s"),
            ],
        ),
        account(
            Kind::Cinetpay,
            &[
                ("api_key", "k"),
                ("site_id", "1"),
                ("transfer_password", "p"),
                ("transfer_url", url),
            ],
        ),
        account(Kind::CinetpayV1, &[("api_key", "k"), ("api_password", "p")]),
        account(Kind::Pawapay, &[("api_token", "t")]),
        account(Kind::Paygate, &[("auth_token", "t")]),
    ]
}

fn hint(body: &Value) -> Hint {
    Hint { headers: Vec::new(), body: body.to_string() }
}

fn euros(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn pawapay(about: About, news: News) -> Option<(Hint, Answers)> {
    let (field, kind, id) = match news {
        News::PayoutPaid(_) | News::PayoutFailed => ("payoutId", "payouts", about.withdrawal),
        News::RefundPaid | News::RefundFailed => ("refundId", "refunds", about.refund),
        _ => ("depositId", "deposits", about.payin),
    };
    let (status, amount, currency) = match news {
        News::Submitted => ("PROCESSING", "10000".to_owned(), "XOF"),
        News::Declined | News::PayoutFailed | News::RefundFailed => {
            ("FAILED", "10000".to_owned(), "XOF")
        }
        News::Paid(francs) | News::PayoutPaid(francs) => ("COMPLETED", francs.to_string(), "XOF"),
        News::PaidInEuros(cents) => ("COMPLETED", euros(cents), "EUR"),
        News::RefundPaid => ("COMPLETED", "4000".to_owned(), "XOF"),
        _ => return None,
    };
    let mut data = json!({"status": status, "amount": amount, "currency": currency,
        "failureReason": {"failureCode": "PAYER_LIMIT_REACHED"}});
    data[field] = json!(id);
    let answers = vec![(format!("/v2/{kind}/{id}"), json!({"status": "FOUND", "data": data}))];
    Some((hint(&data), answers))
}

fn cinetpay(about: About, news: News) -> Option<(Hint, Answers)> {
    if news == News::PayoutFailed {
        let transfer = json!({"transaction_id": "tr_1", "treatment_status": "REJ",
            "client_transaction_id": about.withdrawal});
        let answers = vec![
            ("/v1/auth/login".to_owned(), json!({"code": 0, "data": {"token": "T"}})),
            ("/v1/transfer/check/money".to_owned(), json!({"code": 0, "data": [transfer]})),
        ];
        let body = format!("client_transaction_id={}", about.withdrawal);
        return Some((Hint { headers: Vec::new(), body }, answers));
    }
    let (status, amount, currency) = match news {
        News::Declined => ("REFUSED", "10000".to_owned(), "XOF"),
        News::Paid(francs) => ("ACCEPTED", francs.to_string(), "XOF"),
        News::PaidInEuros(cents) => ("ACCEPTED", euros(cents), "EUR"),
        _ => return None,
    };
    let transaction = object(cinetpay::NAME, about.payin);
    let form: BTreeMap<_, _> = [("cpm_trans_id".to_owned(), transaction.clone())].into();
    let token = cinetpay::token(&SECRET.into(), &form, &cinetpay::SIGNED);
    let body = format!("cpm_trans_id={transaction}");
    let data = json!({"status": status, "amount": amount, "currency": currency});
    let answers = vec![("/v2/payment/check".to_owned(), json!({"code": "00", "data": data}))];
    Some((Hint { headers: vec![(cinetpay::HEADER, token)], body }, answers))
}

fn cinetpay_v1(about: About, news: News) -> Option<(Hint, Answers)> {
    let (status, amount, currency) = match news {
        News::Declined => ("FAILED", "10000".to_owned(), "XOF"),
        News::Paid(francs) => ("SUCCESS", francs.to_string(), "XOF"),
        News::PaidInEuros(cents) => ("SUCCESS", euros(cents), "EUR"),
        _ => return None,
    };
    let body = json!({"notify_token": "token", "merchant_transaction_id": about.payin});
    let payment = json!({"transaction_id": object(cinetpay_v1::NAME, about.payin),
        "merchant_transaction_id": about.payin, "status": status, "amount": amount,
        "currency": currency});
    let login = json!({"access_token": "T", "expires_in": 3_600});
    let answers = vec![("/v1/oauth/login".to_owned(), login), ("/v1/payment/".to_owned(), payment)];
    Some((hint(&body), answers))
}

fn paygate(about: About, news: News) -> Option<(Hint, Answers)> {
    let (status, francs) = match news {
        News::Declined => (6, 10_000),
        News::Paid(francs) => (0, francs),
        _ => return None,
    };
    let answer = json!({"tx_reference": object(paygate::NAME, about.payin), "status": status,
        "amount": francs, "identifier": about.payin});
    let body = json!({"identifier": about.payin});
    Some((hint(&body), vec![("/api/v2/status".to_owned(), answer)]))
}
