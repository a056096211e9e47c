//! What can be done to a genuine delivery without its provider's secret.

use cauri_tests::server::new_id;
use serde_json::{Value, json};
use uuid::Uuid;

use super::door::Headers;
use super::senders::{By, Sender};

/// Headers and a body that are to be refused, and what was done.
pub struct Forgery {
    pub what: String,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// Hosts that a certificate of PayPal's is not on.
const ELSEWHERE: [&str; 8] = [
    "https://paypal.com.example.org/v1/notifications/certs/CERT-1",
    "https://notpaypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com@example.org/v1/notifications/certs/CERT-1",
    "https://somebody@api.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
    "http://api.paypal.com/v1/notifications/certs/CERT-1",
    "https://127.0.0.1/v1/notifications/certs/CERT-1",
    "file:///etc/passwd",
];

/// Every forgery of what this sender says of a pay-in.
pub fn of(sender: &Sender<'_>, payin: Uuid, now: i64) -> Vec<Forgery> {
    let body = (sender.body)(payin);
    let good = (sender.sign)(By::TheProvider, &body, now);
    let mut all = Vec::new();
    let mut add = |what: &str, headers: &Headers, body: &[u8]| {
        all.push(Forgery { what: what.to_owned(), headers: headers.clone(), body: body.to_vec() });
    };

    // Another body under the same signature.
    let other_amount = body.replace(sender.money.0, &sender.money.0.replacen('1', "9", 1));
    let other_payin = body.replace(&payin.to_string(), &new_id().to_string());
    add("another amount", &good, other_amount.as_bytes());
    add("for another pay-in", &good, other_payin.as_bytes());
    add("cut off", &good, &body.as_bytes()[..body.len() - 1]);
    add("cut in half", &good, &body.as_bytes()[..body.len() / 2]);
    add("a byte more", &good, format!("{body}\n").as_bytes());
    add("empty", &good, b"");
    add("not text", &good, &[0xff, 0xfe, 0x00]);
    if sender.is_json {
        add("with its escapes written otherwise", &good, body.replace('&', "\\u0026").as_bytes());
        add("fields in another order", &good, reordered(&body).as_bytes());
    }

    // The same body under another signature.
    add("by a stranger", &(sender.sign)(By::AStranger, &body, now), body.as_bytes());
    let of_another = (sender.sign)(By::TheProvider, &other_payin, now);
    add("with the signature of another delivery", &of_another, body.as_bytes());
    add("no headers", &Vec::new(), body.as_bytes());
    for index in 0..good.len() {
        let (name, value) = &good[index];
        if *name == "content-type" {
            continue;
        }
        let mut without = good.clone();
        without.remove(index);
        add(&format!("without {name}"), &without, body.as_bytes());
        let mut twice = good.clone();
        twice.push(good[index].clone());
        add(&format!("with {name} twice"), &twice, body.as_bytes());
        // PayPal's names no more than the way in which it signs and where its certificate is: it is
        // PayPal that is asked.
        if !matches!(*name, "paypal-auth-algo" | "paypal-cert-url") {
            let mut shorter = good.clone();
            shorter[index].1 = value[..value.len() - 1].to_owned();
            add(&format!("with a shorter {name}"), &shorter, body.as_bytes());
        }
    }
    if sender.is_timed {
        add("an hour old", &(sender.sign)(By::TheProvider, &body, now - 3_600), body.as_bytes());
    }
    if sender.account == "paypal" {
        for url in ELSEWHERE {
            let mut headers = good.clone();
            headers
                .iter_mut()
                .filter(|it| it.0 == "paypal-cert-url")
                .for_each(|it| it.1 = url.to_owned());
            add(&format!("with a certificate at {url}"), &headers, body.as_bytes());
        }
    }
    all
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
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
        }
    }
    turn(&serde_json::from_str(body).unwrap())
}
