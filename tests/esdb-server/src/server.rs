//! A running server.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cable::{self, Cutter};
use crate::database::Database;
use crate::faults::Faults;
use crate::protocol::client::gossip::gossip_server::GossipServer;
use crate::protocol::client::server_features::server_features_server::ServerFeaturesServer;
use crate::protocol::client::streams::streams_server::StreamsServer;
use crate::service::Service;

/// How a server is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 is any that is free.
    pub listen: SocketAddr,
    /// The most bytes of one append.
    pub max_append_size: usize,
    /// What it keeps its events in: shared with others, they are a cluster.
    pub database: Database,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            max_append_size: 1 << 20,
            database: Database::default(),
        }
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    node: Node,
    task: JoinHandle<()>,
}

/// What the services of a server share.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub database: Database,
    pub faults: Arc<Faults>,
    pub cutter: Cutter,
    pub max_append_size: usize,
    pub address: SocketAddr,
    /// The leader, where it is not this one.
    pub leader: Arc<Mutex<Option<SocketAddr>>>,
}

impl Node {
    pub(crate) fn leader(&self) -> Option<SocketAddr> {
        *self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let node = Node {
            database: options.database,
            faults: Arc::default(),
            cutter: Cutter::default(),
            max_append_size: options.max_append_size,
            address,
            leader: Arc::default(),
        };
        let connections = cable::connections(listener, node.cutter.clone());
        let service = Service(node.clone());
        let serving = tonic::transport::Server::builder()
            .add_service(StreamsServer::new(service.clone()))
            .add_service(GossipServer::new(service.clone()))
            .add_service(ServerFeaturesServer::new(service))
            .serve_with_incoming(connections);
        let task = tokio::spawn(async move {
            if let Err(error) = serving.await {
                eprintln!("the server has stopped: {error}");
            }
        });
        Ok(Self { address, node, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a client takes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("esdb://{}?tls=false", self.address)
    }

    /// What it holds.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.node.database
    }

    /// What goes wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.node.faults
    }

    /// Breaks all connections.
    pub fn cut(&self) {
        self.node.cutter.cut();
    }

    /// Makes another server the leader, or this one again.
    pub fn set_leader(&self, leader: Option<SocketAddr>) {
        *self.node.leader.lock().unwrap_or_else(PoisonError::into_inner) = leader;
    }

    /// Stops it at once, as a machine does that goes down.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        self.node.cutter.cut();
    }
}
