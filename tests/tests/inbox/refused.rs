//! What is not proved, or cannot be read, leaves nothing but a counter.

use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::market;

use super::kit::Kit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altered_bytes_leave_a_count_and_nothing_else() {
    let kit = Kit::open(&[]).await;
    let ama = market::wallet(&kit.server, "ama").await;
    let payin = kit.payin(ama, "stripe", 500).await;
    let head = kit.server.head().await;
    let body = market::paid(payin, 500).replace("\"event\"", "\"ev\\u0026ent\"");
    assert!(body.contains("\\u0026"));
    let secret = kit.server.variable("CAURI_STRIPE_WEBHOOK_SECRET").to_owned();
    let key = STRIPE_SCHEME.key(&secret.into()).unwrap();
    let now = chrono::Utc::now().timestamp();
    let sign = |at: i64, body: &str| {
        let signed = STRIPE_SCHEME.sign(std::slice::from_ref(&key), "", at, body.as_bytes());
        signed.into_iter().next().unwrap()
    };
    let post = async |(name, value): (&'static str, String), body: String| {
        let request = kit.server.http().post(kit.server.url("/webhooks/stripe"));
        let answer = request.header(name, value).body(body).send().await.unwrap();
        answer.status().as_u16()
    };
    let good = || sign(now, &body);
    let cut = body[..body.len() - 1].to_owned();
    assert_eq!(post(good(), cut).await, 401, "truncated");
    assert_eq!(post(good(), body.replace("500", "501")).await, 401, "altered");
    assert_eq!(post(good(), body.replace("\\u0026", "&")).await, 401, "encoded anew");
    assert_eq!(post(good(), format!(" {body}")).await, 401, "longer");
    assert_eq!(post(sign(now - 3_600, &body), body.clone()).await, 401, "replayed");
    assert_eq!(post(good(), "x".repeat(5 * 1024 * 1024)).await, 413, "oversized");
    let unread = body.replace("\"amount_received\":500", "\"amount_received\":5.5");
    assert_ne!(unread, body);
    assert_eq!(post(sign(now, &unread), unread.clone()).await, 400, "no whole amount");
    let stranger = kit.server.http().post(kit.server.url("/webhooks/who-knows"));
    assert_eq!(stranger.body("{}").send().await.unwrap().status().as_u16(), 404);

    assert_eq!(kit.server.head().await, head, "nothing is booked");
    assert!(kit.deliveries(None).await.is_empty(), "nothing is kept");
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM inbox.body")
        .fetch_one(&kit.database.pool)
        .await
        .unwrap();
    assert_eq!(rows, 0);
    let count = async |provider: &str, code: &str| {
        let line = format!("cauri_webhooks_total{{provider=\"{provider}\",outcome=\"{code}\"}}");
        kit.metric(&line).await
    };
    assert_eq!(count("stripe", "bad_signature").await, "4");
    assert_eq!(count("stripe", "stale_timestamp").await, "1");
    assert_eq!(count("stripe", "too_long").await, "1");
    assert_eq!(count("stripe", "unreadable_body").await, "1");
    assert_eq!(count("unknown", "unknown_provider").await, "1");
    assert_eq!(count("who-knows", "unknown_provider").await, "0", "no stranger names a series");

    // As it was signed, it is taken.
    assert_eq!(post(good(), body.clone()).await, 200);
    assert_eq!(kit.francs(ama).await, "500");
}
