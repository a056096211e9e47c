//! Transfers of one franc that are asked until they are answered, whoever answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::node::{Node, Tokens, mutation};

/// A ledger with two wallets, of which the first can pay.
pub struct Market {
    pub tokens: Tokens,
    pub from: Uuid,
    pub to: Uuid,
}

impl Market {
    /// Opens it through `node`.
    pub async fn open(tokens: Tokens, node: &Node) -> Self {
        let settings = json!({ "currencies": ["XOF"], "commissionBasisPoints": 0 });
        let input = json!({ "commandId": Uuid::new_v4(), "settings": settings });
        node.done(&tokens.superadmin, "openLedger", input).await;
        let (from, to) = (Uuid::new_v4(), Uuid::new_v4());
        for (wallet, owner) in [(from, "ama"), (to, "kofi")] {
            let input = json!({ "commandId": Uuid::new_v4(), "wallet": wallet, "owner": owner });
            node.done(&tokens.service, "openWallet", input).await;
        }
        node.fund(&tokens, from, 900_000).await;
        Self { tokens, from, to }
    }

    fn transfer(&self, command: Uuid) -> Value {
        json!({ "commandId": command, "from": self.from, "to": self.to,
            "amount": "1", "currency": "XOF" })
    }
}

/// Writers at work.
pub struct Load {
    stop: Arc<AtomicBool>,
    writers: Vec<tokio::task::JoinHandle<()>>,
    acknowledged: Arc<Mutex<BTreeMap<Uuid, u64>>>,
}

impl Load {
    /// Eight who pay, each asking one of the servers after the other.
    pub fn start(market: &Arc<Market>, addresses: &[String]) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let acknowledged = Arc::<Mutex<BTreeMap<Uuid, u64>>>::default();
        let writer = |nth: usize| {
            let (stop, acknowledged) = (Arc::clone(&stop), Arc::clone(&acknowledged));
            let (market, addresses) = (Arc::clone(market), addresses.to_vec());
            tokio::spawn(async move {
                // A server that is stopped answers nobody; a client asks another one.
                let http = reqwest::Client::builder().timeout(Duration::from_secs(3)).build();
                let http = http.unwrap();
                let mut turn = nth;
                while !stop.load(Ordering::Relaxed) {
                    let command = Uuid::new_v4();
                    let revision = loop {
                        turn += 1;
                        let address = &addresses[turn % addresses.len()];
                        if let Some(revision) = ask(&http, address, &market, command).await {
                            break revision;
                        }
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    };
                    acknowledged.lock().unwrap().insert(command, revision);
                }
            })
        };
        let writers = (0..8).map(writer).collect();
        Self { stop, writers, acknowledged }
    }

    /// How many were acknowledged so far.
    pub fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Waits until so many more were acknowledged.
    pub async fn until_more(&self, more: usize) {
        let wanted = self.count() + more;
        let going_on = async {
            while self.count() < wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(90), going_on).await;
        assert!(in_time.is_ok(), "{} of {wanted} were acknowledged", self.count());
    }

    /// Ends it at once, whatever is still open; what was acknowledged.
    pub fn abandon(self) -> BTreeMap<Uuid, u64> {
        self.writers.iter().for_each(tokio::task::JoinHandle::abort);
        let acknowledged = self.acknowledged.lock().unwrap();
        acknowledged.clone()
    }

    /// Ends it; every command that was begun is acknowledged. With the revision of each.
    pub async fn end(self) -> BTreeMap<Uuid, u64> {
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            tokio::time::timeout(Duration::from_secs(90), writer).await.unwrap().unwrap();
        }
        let acknowledged = self.acknowledged.lock().unwrap();
        acknowledged.clone()
    }
}

/// One try; the revision, when it was done.
async fn ask(http: &reqwest::Client, address: &str, market: &Market, command: Uuid) -> Option<u64> {
    let variables = json!({ "input": market.transfer(command) });
    let request = http.post(format!("{address}/graphql")).bearer_auth(&market.tokens.buyer);
    let body = json!({ "query": mutation("transfer"), "variables": variables });
    let answer: Value = request.json(&body).send().await.ok()?.json().await.ok()?;
    let transfer = &answer["data"]["transfer"];
    assert!(transfer["code"].is_null(), "refused: {answer}");
    transfer["revision"].as_u64()
}

/// What was acknowledged is there, under the revision that was told, once, and nothing else is.
pub async fn check(market: &Market, node: &Node, acknowledged: &BTreeMap<Uuid, u64>) {
    let last = *acknowledged.values().max().unwrap();
    let paid = node.available(&market.tokens, market.to, last).await;
    assert_eq!(paid, acknowledged.len().to_string(), "a franc for each");
    let mut revisions: Vec<_> = acknowledged.values().collect();
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!(revisions.len(), acknowledged.len(), "no two share a revision");
    let http = reqwest::Client::new();
    for (command, revision) in acknowledged {
        let again = ask(&http, &node.address, market, *command).await;
        assert_eq!(again, Some(*revision), "asked again");
    }
    let after = node.available(&market.tokens, market.to, last).await;
    assert_eq!(after, paid, "asking again pays nothing");
}
