//! The store in a Postgres keeps the contract, also behind a line that breaks and on a server that
//! is killed.

use std::sync::Arc;
use std::time::Duration;

use cauri_api::private_postgres::PrivatePostgres;
use cauri_ledger::store::EventStore;
use cauri_ledger::store::postgres::{Options, PostgresAddress, PostgresStore};
use cauri_tests::database::{TestDatabase, database_in, durable_database, own_postgres};
use cauri_tests::event_store_contract;
use cauri_tests::process::signal;
use cauri_tests::store_contract::{Elsewhere, LosesAnswers, Place, Served};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::proxy::{Lose, Proxy};

struct Database(PostgresAddress, String);

impl Database {
    async fn fresh() -> Self {
        Self::of(&durable_database().await)
    }

    fn of(database: &TestDatabase) -> Self {
        Self(database.url.parse().unwrap(), database.url.clone())
    }
}

async fn open(address: &PostgresAddress) -> Arc<dyn EventStore> {
    Arc::new(PostgresStore::open(address.clone(), None, Options::default()).await.unwrap())
}

impl Place for Database {
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>> {
        open(&self.0).boxed()
    }
}

impl Elsewhere for Database {
    fn address(&self) -> String {
        self.1.clone()
    }

    fn at(address: &str) -> Self {
        Self(address.parse().unwrap(), address.to_owned())
    }
}

/// A database behind a line that can be cut.
struct BehindProxy {
    address: PostgresAddress,
    proxy: Proxy,
}

impl BehindProxy {
    async fn fresh() -> Self {
        let options = durable_database().await.options;
        let proxy = Proxy::start(options.get_socket().unwrap(), options.get_port());
        let address = options.socket(proxy.folder()).into();
        Self { address, proxy }
    }
}

impl Place for BehindProxy {
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>> {
        open(&self.address).boxed()
    }
}

impl LosesAnswers for BehindProxy {
    fn lose_next_answer(&self, written: bool) {
        self.proxy.lose_next(if written { Lose::Answer } else { Lose::Request });
    }
}

/// A database on a server of its own.
struct Killable {
    postgres: PrivatePostgres,
    database: TestDatabase,
}

impl Killable {
    async fn fresh() -> Self {
        let postgres = own_postgres();
        let database = database_in(&postgres).await;
        Self { postgres, database }
    }
}

impl Place for Killable {
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>> {
        async { open(&self.database.options.clone().into()).await }.boxed()
    }
}

impl Served for Killable {
    fn kill_and_restart(&self) -> BoxFuture<'_, ()> {
        async {
            let before = self.postgres.pid();
            signal("-KILL", &[before]);
            // Who keeps it starts it again.
            while self.postgres.pid() == before {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let connection = loop {
                match self.database.options.connect().await {
                    Ok(connection) => break connection,
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            };
            connection.close().await.unwrap();
        }
        .boxed()
    }
}

event_store_contract!(postgres, Database::fresh().await);
event_store_contract!(shared: postgres_shared, Database::fresh().await);
event_store_contract!(lost_answers: postgres_answers, BehindProxy::fresh().await);
event_store_contract!(killed_writer: postgres_writer, Database, Database::fresh().await);
event_store_contract!(killed_server: postgres_server, Killable::fresh().await);
