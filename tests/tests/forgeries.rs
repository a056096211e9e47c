//! Forged, altered, replayed, cut off, written otherwise, too large: refused at every signed
//! provider's door, and nothing of it is left but a count.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs, reason = "tests")]

use std::collections::BTreeMap;
use std::time::Duration;

use cauri_api::webhooks::cinetpay::{SIGNED, token};
use cauri_api::webhooks::{FEDAPAY_SCHEME, STANDARD_WEBHOOKS, STRIPE_SCHEME, Scheme, pispi};
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

const BANKS: &str = "a-secret-of-the-bank";
const CINETPAYS: &str = "a-key-of-cinetpay";

type Headers = Vec<(&'static str, String)>;

/// A provider that signs with an HMAC.
struct Signed {
    name: &'static str,
    scheme: Scheme,
    secret: String,
    /// A body that pays 1,250 francs for this pay-in, with a comment that JSON can write otherwise.
    body: fn(Uuid) -> Value,
}

impl Signed {
    fn sign(&self, body: &str, at: i64) -> Headers {
        self.sign_with(&self.secret, body, at)
    }

    fn sign_with(&self, secret: &str, body: &str, at: i64) -> Headers {
        let key = self.scheme.key(&secret.to_owned().into()).unwrap();
        let id = format!("msg_{}", new_id().simple());
        self.scheme.sign(&[key], &id, at, body.as_bytes())
    }
}

fn all(server: &Server) -> Vec<Signed> {
    let secret = |name: &str| server.variable(name).to_owned();
    vec![
        Signed {
            name: "stripe",
            scheme: STRIPE_SCHEME,
            secret: secret("CAURI_STRIPE_WEBHOOK_SECRET"),
            body: |payin| {
                json!({"id": format!("evt_{payin}"), "type": "payment_intent.succeeded",
                    "data": {"object": {"id": format!("pi_{}", payin.simple()),
                    "amount_received": 1_250, "currency": "xof", "description": "pens & paper",
                    "metadata": {"cauri_payin": payin}}}})
            },
        },
        Signed {
            name: "fedapay",
            scheme: FEDAPAY_SCHEME,
            secret: secret("CAURI_FEDAPAY_WEBHOOK_SECRET"),
            body: |payin| {
                json!({"name": "transaction.approved", "object": "transaction", "entity": {
                    "id": payin.as_u128() % 1_000_000_007, "status": "approved", "amount": 1_250,
                    "currency": {"iso": "XOF", "div": 1}, "description": "pens & paper",
                    "merchant_reference": payin}})
            },
        },
        Signed {
            name: "sim",
            scheme: STANDARD_WEBHOOKS,
            secret: secret("CAURI_SIM_WEBHOOK_SECRET"),
            body: |payin| {
                json!({"type": "payin.succeeded", "id": format!("pi_{}", payin.simple()),
                    "reference": payin, "amount": "1250", "currency": "XOF",
                    "description": "pens & paper"})
            },
        },
        Signed {
            name: "pispi",
            scheme: pispi::SCHEME,
            secret: BANKS.to_owned(),
            body: |payin| {
                json!({"data": [{"evCode": "PAIEMENT_RECU", "txId": payin, "montant": 1_250,
                    "end2endId": format!("E{}", payin.simple()), "motif": "pens & paper"}]})
            },
        },
    ]
}

struct Door {
    server: Server,
}

impl Door {
    fn open() -> Self {
        let variables = [
            ("CAURI_PISPI_WEBHOOK_SECRET", BANKS),
            ("CAURI_CINETPAY_SECRET_KEY", CINETPAYS),
            ("CAURI_CINETPAY_API_KEY", "key"),
            ("CAURI_CINETPAY_SITE_ID", "445160"),
            // Nobody is there: what is believed without asking would be seen.
            ("CAURI_CINETPAY_URL", "http://127.0.0.1:9"),
        ];
        Self { server: Server::start_with(&["--demo"], &variables) }
    }

    async fn post(&self, provider: &str, headers: Headers, body: impl Into<Vec<u8>>) -> u16 {
        let mut request =
            self.server.http().post(self.server.url(&format!("/webhooks/{provider}")));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(body.into()).send().await.unwrap().status().as_u16()
    }

    /// How many deliveries of this provider were counted, whatever became of them.
    async fn counted(&self, provider: &str) -> u64 {
        let text = self.server.http().get(self.server.url("/metrics")).send().await.unwrap();
        let text = text.text().await.unwrap();
        let label = format!("provider=\"{provider}\"");
        let counts = text
            .lines()
            .filter(|line| line.starts_with("cauri_webhooks_total{") && line.contains(&label));
        counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// The deliveries of this provider that the inbox keeps.
    async fn kept(&self, provider: &str) -> usize {
        let query = "{ deliveries(first: 100) { nodes { provider } } }";
        let data = self.server.graphql("TOKEN_FINANCE", query, json!({})).await;
        let nodes = data["deliveries"]["nodes"].as_array().unwrap();
        nodes.iter().filter(|node| node["provider"] == provider).count()
    }

    /// Where the log ends once nothing of our own is on its way any more.
    async fn rest(&self) -> u64 {
        let mut head = self.server.head().await;
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let now = self.server.head().await;
            if now == head {
                return head;
            }
            head = now;
        }
    }

    async fn payin(&self, provider: &str) -> (Uuid, Uuid) {
        let wallet = market::wallet(&self.server, &format!("of-{provider}")).await;
        let payin = new_id();
        let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
            "amount": "1250", "currency": "XOF", "provider": provider });
        self.server.done("TOKEN_SERVICE", "initiatePayin", input).await;
        (wallet, payin)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_provider_did_not_say_leaves_a_trace() {
    let door = Door::open();
    for provider in all(&door.server) {
        every_forgery(&door, &provider).await;
    }
    hints(&door).await;
}

async fn every_forgery(door: &Door, provider: &Signed) {
    let name = provider.name;
    let (wallet, payin) = door.payin(name).await;
    let body = (provider.body)(payin).to_string();
    let now = chrono::Utc::now().timestamp();
    let good = provider.sign(&body, now);
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let header = good.last().unwrap().0;
    let all_but = |name: &str| -> Headers {
        good.iter().filter(|(header, _)| *header != name).cloned().collect()
    };
    let mut twice = good.clone();
    twice.push(good.last().unwrap().clone());
    let mut shortened = good.clone();
    shortened.last_mut().unwrap().1.pop();
    let mut forgeries: Vec<(&str, Headers, Vec<u8>)> = vec![
        ("with another secret", provider.sign_with(other, &body, now), body.clone().into()),
        ("another amount", good.clone(), body.replace("1250", "9250").into()),
        (
            "for another pay-in",
            good.clone(),
            body.replace(&payin.to_string(), &new_id().to_string()).into(),
        ),
        ("cut off", good.clone(), body[..body.len() - 1].into()),
        ("a byte more", good.clone(), format!("{body}\n").into()),
        ("written otherwise", good.clone(), body.replace('&', "\\u0026").into()),
        ("fields in another order", good.clone(), reordered(&body).into()),
        ("empty", good.clone(), Vec::new()),
        ("no signature", all_but(header), body.clone().into()),
        ("two signatures' headers", twice, body.clone().into()),
        ("a shorter signature", shortened, body.clone().into()),
        ("not text", good.clone(), vec![0xff, 0xfe, 0x00]),
    ];
    if provider.scheme.tolerance_s > 0 {
        let old = provider.sign(&body, now - 3_600);
        forgeries.push(("signed an hour ago", old, body.clone().into()));
    }
    let (head, counted) = (door.rest().await, door.counted(name).await);
    let count = forgeries.len() as u64;
    for (what, headers, sent) in forgeries {
        let status = door.post(name, headers, sent).await;
        assert!(matches!(status, 400 | 401), "{name}, {what}: {status}");
    }
    assert_eq!(door.counted(name).await, counted + count, "{name}: all of them are counted");
    let large = format!("{body}{}", " ".repeat(5 * 1024 * 1024));
    assert_eq!(door.post(name, provider.sign(&large, now), large).await, 413, "{name}");
    assert_eq!(door.counted(name).await, counted + count + 1, "{name}: too large, and counted");
    assert_eq!(door.server.head().await, head, "{name}: the log is as it was");
    assert_eq!(door.kept(name).await, 0, "{name}: the inbox keeps none of them");
    assert_eq!(door.server.available(wallet, "XOF", head).await, "0", "{name}");

    // What the provider did say is booked, once, however often it is sent, also with an escape that
    // is part of what was signed.
    assert_eq!(door.post(name, good.clone(), body.clone()).await, 200, "{name}");
    door.server.becomes("payin", payin, "SUCCEEDED").await;
    let head = door.rest().await;
    assert_eq!(door.post(name, good, body.clone()).await, 200, "{name}: replayed");
    let escaped = body.replace('&', "\\u0026");
    let signed = provider.sign(&escaped, now);
    assert_eq!(door.post(name, signed, escaped).await, 200, "{name}: escaped and signed so");
    let after = door.rest().await;
    assert_eq!(after, head, "{name}: nothing more is booked");
    assert_eq!(door.server.available(wallet, "XOF", after).await, "1250", "{name}");
}

/// The same JSON with its fields the other way round.
fn reordered(body: &str) -> String {
    fn turn(value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .rev()
                    .map(|(name, value)| format!("{}:{}", json!(name), turn(value)))
                    .collect();
                format!("{{{}}}", fields.join(","))
            }
            Value::Array(items) => {
                format!("[{}]", items.iter().map(turn).collect::<Vec<_>>().join(","))
            }
            other => other.to_string(),
        }
    }
    turn(&serde_json::from_str(body).unwrap())
}

/// CinetPay's form: with its token it is a hint that nobody confirms here, without it nothing.
async fn hints(door: &Door) {
    let (wallet, payin) = door.payin("cinetpay").await;
    let form = |amount: &str| -> BTreeMap<String, String> {
        [
            ("cpm_site_id", "445160"),
            ("cpm_trans_id", &payin.to_string()),
            ("cpm_trans_date", "2026-11-21 12:00:00"),
            ("cpm_amount", amount),
            ("cpm_currency", "XOF"),
            ("cpm_error_message", "SUCCES"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    };
    let text = |form: &BTreeMap<String, String>| -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
    };
    let good = form("1250");
    let sign = |secret: &str| vec![("x-token", token(&secret.to_owned().into(), &good, &SIGNED))];
    let (head, counted) = (door.rest().await, door.counted("cinetpay").await);
    for (what, headers, body) in [
        ("with another key", sign("another"), text(&good)),
        ("another amount", sign(CINETPAYS), text(&form("9250"))),
        ("no token", Vec::new(), text(&good)),
        ("cut off", sign(CINETPAYS), text(&good)[..20].to_owned()),
    ] {
        let status = door.post("cinetpay", headers, body).await;
        assert!(matches!(status, 400 | 401), "cinetpay, {what}: {status}");
    }
    assert_eq!(door.counted("cinetpay").await, counted + 4);
    door.post("cinetpay", sign(CINETPAYS), text(&good)).await;
    assert_eq!(door.server.head().await, head, "what CinetPay was not asked about is not booked");
    assert_eq!(door.server.available(wallet, "XOF", head).await, "0");
}
