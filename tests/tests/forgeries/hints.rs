//! Deliveries that nobody signs: whatever they say, the provider is asked, and its answer is what
//! is booked.

use serde_json::json;
use uuid::Uuid;

use super::door::{Door, Headers};

/// A body that says of this pay-in that another amount was paid.
type Says = fn(Uuid) -> String;

const HINTS: [(&str, Says); 2] = [
    ("paygate", |payin| {
        json!({"tx_reference": "9", "identifier": payin, "amount": 900_000, "status": 0})
            .to_string()
    }),
    ("cinetpay-v1", |payin| {
        json!({"notify_token": "made up", "merchant_transaction_id": payin, "amount": 900_000})
            .to_string()
    }),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hint_books_what_its_provider_answers_and_nothing_that_it_says() {
    let door = Door::open().await;
    for (account, says) in HINTS {
        let (wallet, payin) = door.payin(account, "1250", "XOF").await;
        let (head, counted) = (door.server.rest().await, door.counted(account).await);
        let body = says(payin);
        for (what, sent, statuses) in [
            // The provider has no such payment.
            ("made up", body.clone(), [401, 503]),
            ("cut off", body[..body.len() - 1].to_owned(), [400, 400]),
            ("empty", String::new(), [400, 400]),
            ("of nothing of ours", body.replace(&payin.to_string(), "theirs"), [400, 400]),
            ("too large", format!("{body}{}", " ".repeat(300 * 1024)), [413, 413]),
        ] {
            let status = door.post(account, &Headers::new(), sent).await;
            assert!(statuses.contains(&status), "{account}, {what}: {status}");
        }
        assert_eq!(door.counted(account).await, counted + 5, "{account}");
        assert_eq!(door.server.rest().await, head, "{account}: the log is as it was");
        assert_eq!(door.kept(account).await, 0, "{account}: the inbox keeps none of them");

        door.world.has(payin);
        for _ in 0..2 {
            assert_eq!(door.post(account, &Headers::new(), body.clone()).await, 200, "{account}");
        }
        door.server.becomes("payin", payin, "SUCCEEDED").await;
        let head = door.server.rest().await;
        assert_eq!(door.server.available(wallet, "XOF", head).await, "1250", "{account}");
    }
}
