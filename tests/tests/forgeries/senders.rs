//! Every provider that proves its deliveries, and how it signs.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cauri_api::providers::{Kind, ProviderAccount};
use cauri_api::webhooks::cinetpay::{SIGNED, token};
use cauri_api::webhooks::signature::Encoding;
use cauri_api::webhooks::{
    FEDAPAY_SCHEME, STANDARD_WEBHOOKS, STRIPE_SCHEME, Scheme, configured_scheme, hub2, pispi,
};
use cauri_tests::server::new_id;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use uuid::Uuid;

use super::door::{BANKS, CINETPAYS, Door, GATEWAYS, HUB2S, Headers, SETTINGS, STANDARDS};
use super::http_signatures::Signer;
use super::world;

/// What a stranger signs with.
const STRANGERS: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    TheProvider,
    AStranger,
}

type Sign<'a> = Box<dyn Fn(By, &str, i64) -> Headers + 'a>;

/// A provider that proves what it says, in one of its ways.
pub struct Sender<'a> {
    pub account: &'static str,
    /// Which of its ways, where it has several.
    pub way: &'static str,
    pub sign: Sign<'a>,
    /// A body that says that this pay-in was paid, with an `&` in it.
    pub body: fn(Uuid) -> String,
    /// The amount in the body, and the currency.
    pub money: (&'static str, &'static str),
    /// Whether a signature is good for a while only.
    pub is_timed: bool,
    /// Whether the body is JSON, of which every byte is signed; else the values of a form are.
    pub is_json: bool,
}

/// All of them.
pub fn all(door: &Door) -> Vec<Sender<'_>> {
    let secret =
        |name: &str| door.server.variable(&format!("CAURI_{name}_WEBHOOK_SECRET")).to_owned();
    let [der, fixed] = &door.signers;
    let base64 = Scheme { encoding: Encoding::Base64, ..pispi::SCHEME };
    let gateway = SETTINGS.iter().fold(
        ProviderAccount::usual(Kind::Hmac, vec![GATEWAYS.to_owned().into()]),
        |account, (name, value)| account.with(name, value),
    );
    let timed = |account, way, sign, body| Sender {
        account,
        way,
        sign,
        body,
        money: ("1250", "XOF"),
        is_timed: true,
        is_json: true,
    };
    let untimed =
        |account, way, sign, body| Sender { is_timed: false, ..timed(account, way, sign, body) };
    let form = |way, fields| Sender {
        is_json: false,
        ..untimed("cinetpay", way, with_token(fields), cinetpay_form as fn(Uuid) -> String)
    };
    vec![
        timed("stripe", "v1", hmac(STRIPE_SCHEME, secret("STRIPE")), stripe),
        timed("fedapay", "s", hmac(FEDAPAY_SCHEME, secret("FEDAPAY")), fedapay),
        timed("sim", "v1", hmac(STANDARD_WEBHOOKS, secret("SIM")), neutral),
        timed("standard", "v1", hmac(STANDARD_WEBHOOKS, STANDARDS.to_owned()), neutral),
        timed("standard", "v1a", Box::new(by_key_pair), neutral),
        timed(
            "gateway",
            "",
            hmac(configured_scheme(&gateway).unwrap(), GATEWAYS.to_owned()),
            neutral,
        ),
        timed("pawapay", "DER", Box::new(pawapay(der, Signer::der())), deposit),
        timed("pawapay", "two numbers", Box::new(pawapay(fixed, Signer::fixed())), deposit),
        untimed("pispi", "hexadecimal", hmac(pispi::SCHEME, BANKS.to_owned()), bank),
        untimed("pispi", "base64", hmac(base64, BANKS.to_owned()), bank),
        untimed("hub2", "s1", hmac(hub2::SCHEME, HUB2S.to_owned()), hub2_event),
        untimed("hub2", "s0", Box::new(by_the_older_secret), hub2_event),
        form("16 fields", &SIGNED[..]),
        form("15 fields", &SIGNED[..15]),
        Sender {
            money: ("12.50", "USD"),
            ..untimed("paypal", "asked", Box::new(paypal), capture as fn(Uuid) -> String)
        },
    ]
}

fn hmac<'a>(scheme: Scheme, secret: String) -> Sign<'a> {
    Box::new(move |by, body, at| {
        let secret = if by == By::TheProvider { &secret } else { STRANGERS };
        let key = scheme.key(&secret.to_owned().into()).unwrap();
        let id = format!("msg_{}", new_id().simple());
        scheme.sign(&[key], &id, at, body.as_bytes())
    })
}

/// Hub2 signs with both secrets while one is being replaced; ours may be the older one.
fn by_the_older_secret(by: By, body: &str, at: i64) -> Headers {
    let signature = |by| {
        let signed = hmac(hub2::SCHEME, HUB2S.to_owned())(by, body, at).remove(0).1;
        signed.trim_start_matches("s1=").to_owned()
    };
    vec![("hub2-signature", format!("s1={},s0={}", signature(By::AStranger), signature(by)))]
}

fn key_pair(by: By) -> SigningKey {
    SigningKey::from_bytes(&[if by == By::TheProvider { 7 } else { 8 }; 32])
}

/// The key by which Standard Webhooks' `v1a` is checked.
pub fn public_key() -> String {
    let key = key_pair(By::TheProvider).verifying_key();
    format!("whpk_{}", STANDARD.encode(key.as_bytes()))
}

fn by_key_pair(by: By, body: &str, at: i64) -> Headers {
    let id = format!("msg_{}", new_id().simple());
    let signature = key_pair(by).sign(format!("{id}.{at}.{body}").as_bytes());
    vec![
        ("webhook-id", id),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", format!("v1a,{}", STANDARD.encode(signature.to_bytes()))),
    ]
}

fn pawapay(ours: &Signer, strangers: Signer) -> impl Fn(By, &str, i64) -> Headers {
    move |by, body, at| {
        let signer = if by == By::TheProvider { ours } else { &strangers };
        signer.sign_for_us(body, at)
    }
}

fn with_token<'a>(fields: &'static [&'static str]) -> Sign<'a> {
    Box::new(move |by, body, _| {
        let form: BTreeMap<String, String> =
            url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let secret = if by == By::TheProvider { CINETPAYS } else { STRANGERS };
        vec![("x-token", token(&secret.to_owned().into(), &form, fields))]
    })
}

fn paypal(by: By, body: &str, _: i64) -> Headers {
    let id = format!("t-{}", new_id().simple());
    let time = "2026-11-21T12:00:00Z";
    let secret = if by == By::TheProvider { world::PAYPALS } else { STRANGERS };
    let signature = world::paypal_signature(secret, &id, time, body.as_bytes());
    vec![
        ("paypal-auth-algo", "SHA256withRSA".to_owned()),
        ("paypal-cert-url", "https://api.paypal.com/v1/notifications/certs/CERT-1".to_owned()),
        ("paypal-transmission-id", id),
        ("paypal-transmission-time", time.to_owned()),
        ("paypal-transmission-sig", signature),
    ]
}

fn stripe(payin: Uuid) -> String {
    json!({"id": format!("evt_{payin}"), "type": "payment_intent.succeeded",
        "data": {"object": {"id": format!("pi_{}", payin.simple()),
        "amount_received": 1_250, "currency": "xof", "description": "pens & paper",
        "metadata": {"cauri_payin": payin}}}})
    .to_string()
}

fn fedapay(payin: Uuid) -> String {
    json!({"name": "transaction.approved", "object": "transaction", "entity": {
        "id": payin.as_u128() % 1_000_000_007, "status": "approved", "amount": 1_250,
        "currency": {"iso": "XOF", "div": 1}, "description": "pens & paper",
        "merchant_reference": payin}})
    .to_string()
}

fn neutral(payin: Uuid) -> String {
    json!({"type": "payin.succeeded", "id": format!("pi_{}", payin.simple()), "reference": payin,
        "amount": "1250", "currency": "XOF", "description": "pens & paper"})
    .to_string()
}

fn bank(payin: Uuid) -> String {
    json!({"data": [{"evCode": "PAIEMENT_RECU", "txId": payin, "montant": 1_250,
        "end2endId": format!("E{}", payin.simple()), "motif": "pens & paper"}]})
    .to_string()
}

fn hub2_event(payin: Uuid) -> String {
    json!({"id": format!("ev_{payin}"), "type": "payment_intent.succeeded", "data": {
        "id": format!("pi_{}", payin.simple()), "purchaseReference": payin,
        "status": "successful", "amount": 1_250, "currency": "XOF",
        "description": "pens & paper"}})
    .to_string()
}

fn deposit(payin: Uuid) -> String {
    json!({"depositId": payin, "status": "COMPLETED", "amount": "1250", "currency": "XOF",
        "statementDescription": "pens & paper"})
    .to_string()
}

/// CinetPay's form.
fn cinetpay_form(payin: Uuid) -> String {
    let payin = payin.to_string();
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("cpm_site_id", "445160"),
        ("cpm_trans_id", &*payin),
        ("cpm_trans_date", "2026-11-21 12:00:00"),
        ("cpm_amount", "1250"),
        ("cpm_currency", "XOF"),
        ("cpm_designation", "pens & paper"),
    ] {
        form.append_pair(name, value);
    }
    form.finish()
}

/// PayPal's event of a captured payment, which is named after the pay-in.
fn capture(payin: Uuid) -> String {
    let resource: Value = json!({"id": world::capture_of(payin), "note": "pens & paper",
        "amount": {"currency_code": "USD", "value": "12.50"}});
    json!({"id": format!("WH-{payin}"), "event_type": "PAYMENT.CAPTURE.COMPLETED",
        "resource": resource})
    .to_string()
}
