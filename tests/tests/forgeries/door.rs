//! A server with an account of every kind, in a world where its providers can be asked.

use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::json;
use uuid::Uuid;

use super::http_signatures::{KEY_IDS, Signer};
use super::world::World;

pub const BANKS: &str = "a-secret-of-the-bank";
pub const HUB2S: &str = "a-secret-of-hub2";
pub const CINETPAYS: &str = "a-key-of-cinetpay";
pub const GATEWAYS: &str = "a-secret-of-a-gateway";
pub const STANDARDS: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The address that is registered at pawaPay, whatever the request says.
pub const AUTHORITY: &str = "pay.example.com";

/// What the `hmac` account is told of its gateway.
pub const SETTINGS: [(&str, &str); 6] = [
    ("format", "headers"),
    ("header", "x-signature"),
    ("id_header", "x-id"),
    ("timestamp_header", "x-time"),
    ("signed", "{id}.{timestamp}.{body}"),
    ("encoding", "base64"),
];

pub type Headers = Vec<(&'static str, String)>;

pub struct Door {
    pub server: Server,
    pub world: World,
    /// pawaPay's keys: one that signs in DER, one that signs as the RFC asks.
    pub signers: [Signer; 2],
}

impl Door {
    pub async fn open() -> Self {
        Self::open_with(&[], "off,audit=warn").await
    }

    /// With more variables, and with what `filter` lets through in its log.
    pub async fn open_with(more: &[(&str, &str)], filter: &str) -> Self {
        let (world, url) = World::open().await;
        let folder = tempfile::tempdir().unwrap();
        let signers = [Signer::der(), Signer::fixed()];
        let keys: Vec<String> = KEY_IDS
            .iter()
            .zip(&signers)
            .map(|(id, signer)| {
                let file = folder.path().join(id.replace(':', "-"));
                std::fs::write(&file, signer.pem()).unwrap();
                format!("{id}={}", file.display())
            })
            .collect();
        let accounts = folder.path().join("providers.toml");
        std::fs::write(&accounts, file_of_accounts()).unwrap();
        let mut variables: Vec<(String, String)> = [
            ("PISPI_WEBHOOK_SECRET", BANKS),
            ("HUB2_WEBHOOK_SECRET", HUB2S),
            ("CINETPAY_SECRET_KEY", CINETPAYS),
            ("CINETPAY_API_KEY", "key"),
            ("CINETPAY_SITE_ID", "445160"),
            ("CINETPAY_URL", &url),
            ("PAYPAL_URL", &url),
            ("PAYPAL_CLIENT_ID", "client"),
            ("PAYPAL_CLIENT_SECRET", "secret"),
            ("PAYPAL_WEBHOOK_ID", "WH-1"),
            ("PAYPAL_MERCHANT_ID", "OURS"),
            ("PAWAPAY_URL", &url),
            ("PAWAPAY_API_TOKEN", "token"),
            ("PAWAPAY_PUBLIC_URL", &format!("https://{AUTHORITY}/webhooks/pawapay")),
            ("PAWAPAY_PUBLIC_KEYS", &keys.join(",")),
            ("CINETPAY_V1_URL", &url),
            ("CINETPAY_V1_API_KEY", "key"),
            ("CINETPAY_V1_API_PASSWORD", "password"),
            ("PAYGATE_URL", &url),
            ("PAYGATE_AUTH_TOKEN", "token"),
        ]
        .map(|(name, value)| (format!("CAURI_{name}"), value.to_owned()))
        .into();
        variables.push(("STANDARDS".to_owned(), STANDARDS.to_owned()));
        variables.push(("STANDARDS_KEY".to_owned(), super::senders::public_key()));
        variables.push(("GATEWAYS".to_owned(), GATEWAYS.to_owned()));
        let variables = variables.iter().map(|(a, b)| (a.as_str(), b.as_str()));
        let variables: Vec<_> = variables.chain(more.iter().copied()).collect();
        let arguments = ["--demo", "--providers", accounts.to_str().unwrap()];
        let server = Server::start_logged(&arguments, &variables, filter);
        Self { server, world, signers }
    }

    pub async fn post(&self, account: &str, headers: &Headers, body: impl Into<Vec<u8>>) -> u16 {
        self.send(account, headers, body).await.status().as_u16()
    }

    /// Whatever is too large to be read is refused, and its connection ends with it.
    pub async fn refuses_large(&self, account: &str, headers: &Headers, body: String, what: &str) {
        let answer = self.send(account, headers, body).await;
        assert_eq!(answer.status().as_u16(), 413, "{what}");
        assert_eq!(answer.headers()["connection"], "close", "{what}: nobody sends more on it");
    }

    async fn send(
        &self,
        account: &str,
        headers: &Headers,
        body: impl Into<Vec<u8>>,
    ) -> reqwest::Response {
        let url = self.server.url(&format!("/webhooks/{account}"));
        let mut request = self.server.http().post(url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.body(body.into()).send().await.unwrap()
    }

    /// How many deliveries of this account were counted, whatever became of them.
    pub async fn counted(&self, account: &str) -> u64 {
        let text = self.server.http().get(self.server.url("/metrics")).send().await.unwrap();
        let text = text.text().await.unwrap();
        let label = format!("provider=\"{account}\"");
        let counts = text
            .lines()
            .filter(|line| line.starts_with("cauri_webhooks_total{") && line.contains(&label));
        counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// The deliveries of this account that the inbox keeps.
    pub async fn kept(&self, account: &str) -> usize {
        let query = "{ deliveries(first: 100) { nodes { provider } } }";
        let data = self.server.graphql("TOKEN_FINANCE", query, json!({})).await;
        let nodes = data["deliveries"]["nodes"].as_array().unwrap();
        nodes.iter().filter(|node| node["provider"] == account).count()
    }

    /// Somebody's wallet, and the pay-in that this account is to tell of.
    pub async fn payin(&self, account: &str, amount: &str, currency: &str) -> (Uuid, Uuid) {
        let wallet = market::wallet(&self.server, &format!("of-{}", new_id().simple())).await;
        let payin = new_id();
        let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
            "amount": amount, "currency": currency, "provider": account });
        self.server.done("TOKEN_SERVICE", "initiatePayin", input).await;
        (wallet, payin)
    }
}

/// Those kinds of which there may be several, and no variables tell.
fn file_of_accounts() -> String {
    let settings: Vec<String> =
        SETTINGS.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
    let settings = settings.join("\n");
    format!(
        r#"
[[account]]
name = "standard"
kind = "standard-webhooks"
webhook_secrets = ["env:STANDARDS", "env:STANDARDS_KEY"]

[[account]]
name = "gateway"
kind = "hmac"
webhook_secrets = ["env:GATEWAYS"]
[account.settings]
{settings}
"#
    )
}
