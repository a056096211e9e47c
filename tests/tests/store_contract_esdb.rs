//! The store on EventStoreDB keeps the contract: on a server of our own that speaks its protocol,
//! with and without faults, and on a real one where `ESDB_URL` says where it is.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::io::Write as _;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use cauri_esdb_server::{Fault, Server};
use cauri_ledger::store::EventStore;
use cauri_ledger::store::eventstoredb::{EventStoreDb, Options};
use cauri_tests::event_store_contract;
use cauri_tests::store_contract::{Elsewhere, LosesAnswers, Place, Served};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use uuid::Uuid;

/// A server and the streams on it that are this clause's own.
struct Streams {
    url: String,
    options: Options,
    /// None of our own: a real one, or another process has it.
    server: Mutex<Option<Server>>,
}

impl Streams {
    fn at(url: String, server: Option<Server>) -> Self {
        // Quick, so that what goes wrong is over soon.
        let options = Options {
            call_timeout: Duration::from_secs(5),
            first_pause: Duration::from_millis(2),
            look_every: Duration::from_millis(50),
            ..Options::default()
        };
        Self { url, options, server: Mutex::new(server) }
    }

    async fn start() -> Self {
        let server = Server::start(cauri_esdb_server::Options::default()).await.unwrap();
        Self::at(server.url(), Some(server))
    }

    /// On a server where every third append and every seventh read goes wrong.
    async fn with_faults() -> Self {
        use Fault::{
            AbortedAfter, AbortedBefore, CutAfter, CutBefore, Late, Nonsense, Unavailable,
        };
        let here = Self::start().await;
        let late = Late(Duration::from_millis(30));
        let all = [CutAfter, AbortedBefore, Nonsense, Unavailable, AbortedAfter, late, CutBefore];
        here.with_server(|server| {
            server.faults().every_append(3, &all);
            server.faults().every_read(7, &all);
        });
        here
    }

    /// Opened by stores that say that they do not know instead of asking again.
    async fn without_patience() -> Self {
        let mut here = Self::start().await;
        here.options.patience = Duration::ZERO;
        here
    }

    /// On the real server that `ESDB_URL` names; without it, on one of our own.
    async fn real_if_there_is_one() -> Self {
        let Ok(url) = std::env::var("ESDB_URL") else {
            static SAID: Once = Once::new();
            // Not by a macro: what those write is kept back when the test passes.
            SAID.call_once(|| {
                let said = b"EventStoreDB server: NOT RUN (ESDB_URL is not set)\n";
                std::io::stderr().write_all(said).unwrap();
            });
            return Self::start().await;
        };
        let prefix = Uuid::new_v4().simple().to_string();
        let options = Options { prefix, ..Options::default() };
        Self { url, options, server: Mutex::default() }
    }

    fn with_server<T>(&self, work: impl FnOnce(&Server) -> T) -> T {
        work(self.server.lock().unwrap().as_ref().unwrap())
    }
}

impl Place for Streams {
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>> {
        async {
            let store = EventStoreDb::open(&self.url, self.options.clone()).await.unwrap();
            Arc::new(store) as Arc<dyn EventStore>
        }
        .boxed()
    }
}

impl LosesAnswers for Streams {
    fn lose_next_answer(&self, written: bool) {
        let fault = if written { Fault::CutAfter } else { Fault::CutBefore };
        self.with_server(|server| server.faults().next_append(fault));
    }
}

impl Elsewhere for Streams {
    fn address(&self) -> String {
        self.url.clone()
    }

    fn at(address: &str) -> Self {
        Self::at(address.to_owned(), None)
    }
}

impl Served for Streams {
    /// Our server keeps its events in the memory of the tests: it goes down, and they stay.
    fn kill_and_restart(&self) -> BoxFuture<'_, ()> {
        async {
            let down = self.server.lock().unwrap().take().unwrap();
            let (listen, database) = (down.address(), down.database().clone());
            down.stop();
            let mut tries = 0;
            let again = loop {
                let database = database.clone();
                let options = cauri_esdb_server::Options { listen, database, ..Default::default() };
                match Server::start(options).await {
                    Ok(again) => break again,
                    // The system has not given the address back yet.
                    Err(_) if tries < 100 => tries += 1,
                    Err(error) => panic!("{error}"),
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            };
            *self.server.lock().unwrap() = Some(again);
        }
        .boxed()
    }
}

event_store_contract!(eventstoredb, Streams::real_if_there_is_one().await);
event_store_contract!(shared: eventstoredb_shared, Streams::real_if_there_is_one().await);
event_store_contract!(eventstoredb_with_faults, Streams::with_faults().await);
event_store_contract!(shared: eventstoredb_shared_with_faults, Streams::with_faults().await);
event_store_contract!(lost_answers: eventstoredb_answers, Streams::without_patience().await);
event_store_contract!(killed_writer: eventstoredb_writer, Streams, Streams::start().await);
event_store_contract!(killed_server: eventstoredb_server, Streams::start().await);
