//! The token of CinetPay's newer interface: once it is kept of a payment, a notification with another
//! is refused without a question to CinetPay, and one with it is kept until CinetPay can be asked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cauri_tests::database::fresh_database;
use cauri_tests::process::containing;
use cauri_tests::server::new_id;
use serde_json::{Value, json};
use uuid::Uuid;

use super::door::{Door, Headers};

const ACCOUNT: &str = "cinetpay-v1";
const TOKEN: &str = "b6f39c0a-the-token-of-it";
const ANOTHER: &str = "77a0e2d1-a-later-token-of-it";

const KEEP: &str = "mutation($input: KeepNotifyTokenInput!) { keepNotifyToken(input: $input) {
    __typename ... on NotifyTokenKept { replayed } ... on Refused { code field message } } }";

const ERASE: &str = "mutation($input: EraseSubjectInput!) { eraseSubject(input: $input) {
    __typename ... on SubjectErased { isDone } ... on Refused { code } } }";

async fn keep(door: &Door, who: &str, command: Uuid, payin: Uuid, token: &str) -> Value {
    let input = json!({ "commandId": command, "payin": payin, "notifyToken": token });
    let data = door.server.graphql(who, KEEP, json!({ "input": input })).await;
    data["keepNotifyToken"].clone()
}

fn notification(payin: Uuid, token: &str) -> String {
    json!({ "notify_token": token, "merchant_transaction_id": payin }).to_string()
}

/// How often CinetPay was asked of this pay-in.
fn asked(door: &Door, payin: Uuid) -> usize {
    let name = URL_SAFE_NO_PAD.encode(payin.as_bytes());
    door.world.asked(&format!("/v1/payment/{name}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_kept_once_by_who_may_and_of_what_has_one() {
    let door = Door::open().await;
    let (_, payin) = door.payin(ACCOUNT, "1250", "XOF").await;
    let (_, elsewhere) = door.payin("paygate", "1250", "XOF").await;
    let head = door.server.rest().await;
    for (who, payin, token, code, field) in [
        ("TOKEN_BUYER", payin, TOKEN, "FORBIDDEN", Value::Null),
        ("TOKEN_FINANCE", payin, TOKEN, "FORBIDDEN", Value::Null),
        ("TOKEN_AUDITOR", payin, TOKEN, "FORBIDDEN", Value::Null),
        ("TOKEN_SERVICE", new_id(), TOKEN, "NOT_FOUND", json!("payin")),
        ("TOKEN_SERVICE", elsewhere, TOKEN, "INVALID_SETTING", json!("payin")),
        ("TOKEN_SERVICE", payin, "", "INVALID_SETTING", json!("notifyToken")),
        ("TOKEN_SERVICE", payin, "two\nlines", "INVALID_SETTING", json!("notifyToken")),
    ] {
        let refused = keep(&door, who, new_id(), payin, token).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{who}");
        assert!(!refused.to_string().contains(TOKEN), "{refused}");
    }
    let command = new_id();
    for replayed in [false, true] {
        let kept = keep(&door, "TOKEN_SERVICE", command, payin, TOKEN).await;
        assert_eq!(kept["replayed"], replayed, "{kept}");
    }
    let differs = keep(&door, "TOKEN_SERVICE", command, payin, ANOTHER).await;
    assert_eq!(differs["code"], "EXISTS_WITH_OTHER_TERMS", "{differs}");
    assert_eq!(differs["field"], "commandId", "{differs}");
    let by_staff = keep(&door, "TOKEN_ADMIN", new_id(), payin, ANOTHER).await;
    assert_eq!(by_staff["replayed"], false, "{by_staff}");
    for number in 3..=8 {
        let kept = keep(&door, "TOKEN_SERVICE", new_id(), payin, &format!("t{number}")).await;
        assert_eq!(kept["replayed"], false, "{kept}");
    }
    let ninth = keep(&door, "TOKEN_SERVICE", new_id(), payin, "t9").await;
    assert_eq!((&ninth["code"], &ninth["field"]), (&json!("INVALID_SETTING"), &json!("payin")));
    let known = keep(&door, "TOKEN_SERVICE", new_id(), payin, TOKEN).await;
    assert_eq!(known["replayed"], true, "it is kept already: {known}");
    assert_eq!(door.server.rest().await, head, "the log knows nothing of it");

    // What staff did is on record; what the back end does is its daily work.
    let query = "{ auditTrail(kind: ADMINISTERED) { edges { node { subject operation
        objects { name id } } } } }";
    let trail = door.server.graphql("TOKEN_AUDITOR", query, json!({})).await;
    let nodes = trail["auditTrail"]["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]);
    let kept: Vec<_> = nodes.filter(|node| node["operation"] == "keepNotifyToken").collect();
    let objects = json!([{ "name": "payin", "id": payin }]);
    assert_eq!(kept.len(), 1, "{trail}");
    assert_eq!((&kept[0]["subject"], &kept[0]["objects"]), (&json!("admin-1"), &objects));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_token_is_refused_unasked_and_the_right_one_books_what_cinetpay_answers() {
    let mut door = Door::open_with(&[], "debug").await;
    let (wallet, payin) = door.payin(ACCOUNT, "1250", "XOF").await;
    let kept = keep(&door, "TOKEN_SERVICE", new_id(), payin, TOKEN).await;
    assert_eq!(kept["__typename"], "NotifyTokenKept", "{kept}");
    door.world.has(payin);

    let (head, counted) = (door.server.rest().await, door.counted(ACCOUNT).await);
    for forged in [ANOTHER, &TOKEN[1..], &TOKEN.to_uppercase(), &format!("{TOKEN} ")] {
        let status = door.post(ACCOUNT, &Headers::new(), notification(payin, forged)).await;
        assert_eq!(status, 401, "{forged}");
    }
    assert_eq!(asked(&door, payin), 0, "CinetPay is not asked");
    assert_eq!(door.counted(ACCOUNT).await, counted + 4);
    assert_eq!(door.server.rest().await, head, "the log is as it was");
    assert_eq!(door.kept(ACCOUNT).await, 0, "the inbox keeps none of them");

    // A payment that is begun again there has another; each that was kept is right.
    keep(&door, "TOKEN_ADMIN", new_id(), payin, ANOTHER).await;
    for token in [TOKEN, ANOTHER] {
        let status = door.post(ACCOUNT, &Headers::new(), notification(payin, token)).await;
        assert_eq!(status, 200, "{token}");
    }
    assert_eq!(asked(&door, payin), 2);
    door.server.becomes("payin", payin, "SUCCEEDED").await;
    let head = door.server.rest().await;
    assert_eq!(door.server.available(wallet, "XOF", head).await, "1250", "booked once");

    // What is erased is compared with nothing: CinetPay alone decides again.
    let subject = format!("payin:{payin}");
    let input = json!({ "commandId": new_id(), "subject": subject, "reason": "asked_for" });
    let erased = door.server.graphql("TOKEN_ADMIN", ERASE, json!({ "input": input })).await;
    assert_eq!(erased["eraseSubject"]["isDone"], true, "{erased}");
    let status = door.post(ACCOUNT, &Headers::new(), notification(payin, "made up")).await;
    assert_eq!((status, asked(&door, payin)), (200, 3));

    door.server.stop();
    let log = door.server.log();
    let looked = containing(door.server.data(), &payin.to_string());
    assert!(!looked.is_empty() && log.contains("webhook"), "what is looked into has something");
    for token in [TOKEN, ANOTHER] {
        let found = containing(door.server.data(), token);
        assert!(found.is_empty(), "{token} is in {found:?}");
        assert!(!log.contains(token), "{token} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_right_token_it_is_kept_while_cinetpay_does_not_answer() {
    let door = Door::open().await;
    let (wallet, payin) = door.payin(ACCOUNT, "1250", "XOF").await;
    let (_, hinted) = door.payin(ACCOUNT, "1250", "XOF").await;
    keep(&door, "TOKEN_SERVICE", new_id(), payin, TOKEN).await;
    for payin in [payin, hinted] {
        door.world.has(payin);
    }
    door.world.is_silent(true);
    // Of the other none is kept: anybody may have sent this, and it is to be sent again.
    for (payin, status) in [(hinted, 503), (payin, 200)] {
        let body = notification(payin, TOKEN);
        assert_eq!(door.post(ACCOUNT, &Headers::new(), body).await, status);
    }
    assert_eq!(door.kept(ACCOUNT).await, 1);
    door.world.is_silent(false);
    door.server.becomes("payin", payin, "SUCCEEDED").await;
    let head = door.server.rest().await;
    assert_eq!(door.server.available(wallet, "XOF", head).await, "1250");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_right_token_it_waits_until_cinetpay_knows_of_the_payment() {
    let door = Door::open().await;
    let (_, payin) = door.payin(ACCOUNT, "1250", "XOF").await;
    keep(&door, "TOKEN_SERVICE", new_id(), payin, TOKEN).await;
    let body = notification(payin, TOKEN);
    assert_eq!(door.post(ACCOUNT, &Headers::new(), body).await, 200);
    assert_eq!(door.kept(ACCOUNT).await, 1);
    // It is asked again, and what it denied once is no dead letter for that.
    for _ in 0..200 {
        if asked(&door, payin) >= 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    door.world.has(payin);
    door.server.becomes("payin", payin, "SUCCEEDED").await;
}

/// CinetPay's notifications of one payment may be the same bytes each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_are_not_taken_for_done_while_cinetpay_does_not_answer() {
    let door = Door::open().await;
    let (wallet, payin) = door.payin(ACCOUNT, "1250", "XOF").await;
    keep(&door, "TOKEN_SERVICE", new_id(), payin, TOKEN).await;
    door.world.knows(payin);
    let post = async || door.post(ACCOUNT, &Headers::new(), notification(payin, TOKEN)).await;
    assert_eq!(post().await, 200, "it is not paid yet: without effect");
    door.world.has(payin);
    door.world.is_silent(true);
    assert_eq!(post().await, 503, "it is to be sent again");
    door.world.is_silent(false);
    assert_eq!(post().await, 200);
    door.server.becomes("payin", payin, "SUCCEEDED").await;
    let head = door.server.rest().await;
    assert_eq!(door.server.available(wallet, "XOF", head).await, "1250");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_token_can_be_read_none_is_believed_and_cinetpay_is_not_asked() {
    let database = fresh_database().await;
    let door = Door::open_with(&[("DATABASE_URL", &database.url)], "off,audit=warn").await;
    let (_, payin) = door.payin(ACCOUNT, "1250", "XOF").await;
    keep(&door, "TOKEN_SERVICE", new_id(), payin, TOKEN).await;
    door.world.has(payin);
    let damage = "UPDATE vault.item SET ciphertext = set_byte(ciphertext, 30,
        get_byte(ciphertext, 30) # 1) WHERE kind = 'notify_token'";
    sqlx::raw_sql(damage).execute(&database.pool).await.unwrap();
    for token in [TOKEN, ANOTHER] {
        let body = notification(payin, token);
        assert_eq!(door.post(ACCOUNT, &Headers::new(), body).await, 503, "{token}");
    }
    assert_eq!((asked(&door, payin), door.kept(ACCOUNT).await), (0, 0));
    // The damaged one keeps no other out.
    let again = keep(&door, "TOKEN_SERVICE", new_id(), payin, TOKEN).await;
    assert_eq!(again["replayed"], false, "{again}");
    assert_eq!(door.post(ACCOUNT, &Headers::new(), notification(payin, TOKEN)).await, 200);
    door.server.becomes("payin", payin, "SUCCEEDED").await;
}
