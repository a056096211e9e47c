//! The protocol's services.

use std::pin::Pin;

use futures::Stream;
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Response, Status, Streaming};
use uuid::Uuid;

use crate::database::Refused;
use crate::faults::Fault;
use crate::protocol::client;
use crate::protocol::client::gossip::{ClusterInfo, EndPoint, MemberInfo, member_info};
use crate::protocol::client::server_features::{SupportedMethod, SupportedMethods};
use crate::protocol::client::streams;
use crate::server::Node;

mod append;
mod batch;
mod delete;
mod read;

/// All of them.
#[derive(Debug, Clone)]
pub(crate) struct Service(pub Node);

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl streams::streams_server::Streams for Service {
    type ReadStream = Answers<streams::ReadResp>;
    type BatchAppendStream = Answers<streams::BatchAppendResp>;

    async fn read(
        &self,
        request: Request<streams::ReadReq>,
    ) -> Result<Response<Self::ReadStream>, Status> {
        self.leads(&request)?;
        read::read(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn append(
        &self,
        request: Request<Streaming<streams::AppendReq>>,
    ) -> Result<Response<streams::AppendResp>, Status> {
        self.leads(&request)?;
        append::append(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn delete(
        &self,
        request: Request<streams::DeleteReq>,
    ) -> Result<Response<streams::DeleteResp>, Status> {
        self.leads(&request)?;
        delete::delete(&self.0, request.into_inner()).map(Response::new)
    }

    async fn tombstone(
        &self,
        request: Request<streams::TombstoneReq>,
    ) -> Result<Response<streams::TombstoneResp>, Status> {
        self.leads(&request)?;
        delete::tombstone(&self.0, request.into_inner()).map(Response::new)
    }

    async fn batch_append(
        &self,
        request: Request<Streaming<streams::BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        self.leads(&request)?;
        Ok(Response::new(batch::batch_append(self.0.clone(), request.into_inner())))
    }
}

impl Service {
    /// Whether this node may answer a call that asks for the leader.
    fn leads<T>(&self, request: &Request<T>) -> Result<(), Status> {
        let asks = request.metadata().get("requires-leader").is_some_and(|it| it == "true");
        let Some(leader) = self.0.leader().filter(|_| asks) else { return Ok(()) };
        let mut status = exception(Code::NotFound, "not-leader", "Leader info available");
        let told = status.metadata_mut();
        let host = MetadataValue::try_from(leader.ip().to_string());
        told.insert("leader-endpoint-host", host.map_err(internal)?);
        told.insert("leader-endpoint-port", MetadataValue::from(leader.port()));
        Err(status)
    }
}

/// What happens to a call before it is done, if something does.
async fn before(node: &Node, fault: Option<Fault>) -> Result<(), Status> {
    match fault {
        Some(Fault::CutBefore) => {
            node.cutter.cut();
            Err(Status::unavailable("the line is cut"))
        }
        Some(Fault::AbortedBefore) => Err(Status::aborted("Operation timed out")),
        Some(Fault::Unavailable) => Err(Status::unavailable("Server Is Too Busy")),
        Some(Fault::Late(after)) => {
            tokio::time::sleep(after).await;
            Ok(())
        }
        Some(Fault::CutAfter | Fault::AbortedAfter | Fault::Nonsense) | None => Ok(()),
    }
}

fn exception(code: Code, name: &'static str, message: &str) -> Status {
    let mut status = Status::new(code, message);
    status.metadata_mut().insert("exception", MetadataValue::from_static(name));
    status
}

fn internal(error: impl std::fmt::Display) -> Status {
    Status::internal(error.to_string())
}

fn malformed(what: &str) -> Status {
    Status::invalid_argument(format!("{what} is missing or malformed"))
}

fn stream_name(stream: Option<client::StreamIdentifier>) -> Result<String, Status> {
    let name = stream.ok_or_else(|| malformed("the stream"))?.stream_name;
    String::from_utf8(name.to_vec()).map_err(|_| malformed("the stream's name"))
}

fn uuid(id: Option<client::Uuid>) -> Result<Uuid, Status> {
    match id.and_then(|id| id.value) {
        Some(client::uuid::Value::String(text)) => text.parse().map_err(|_| malformed("an id")),
        Some(client::uuid::Value::Structured(halves)) => Ok(Uuid::from_u64_pair(
            halves.most_significant_bits.cast_unsigned(),
            halves.least_significant_bits.cast_unsigned(),
        )),
        None => Err(malformed("an id")),
    }
}

fn uuid_text(id: Uuid) -> client::Uuid {
    client::Uuid { value: Some(client::uuid::Value::String(id.to_string())) }
}

/// What is refused with an error, whoever asks; not a wrong revision.
fn refused(refused: Refused, stream: &str) -> Status {
    match refused {
        Refused::Deleted => {
            let said = format!("Event stream '{stream}' is deleted.");
            exception(Code::FailedPrecondition, "stream-deleted", &said)
        }
        Refused::TooLarge { most } => {
            let said = format!("Maximum Append Size of {most} Exceeded.");
            exception(Code::InvalidArgument, "maximum-append-size-exceeded", &said)
        }
        Refused::WrongRevision { current } => {
            let said = format!("Append failed due to WrongExpectedVersion. Stream: {stream}");
            let mut status = exception(Code::FailedPrecondition, "wrong-expected-version", &said);
            let actual = current.map_or("-1".to_owned(), |it| it.to_string());
            if let Ok(actual) = MetadataValue::try_from(actual) {
                status.metadata_mut().insert("actual-version", actual);
            }
            status
        }
    }
}

#[tonic::async_trait]
impl client::gossip::gossip_server::Gossip for Service {
    async fn read(&self, _: Request<client::Empty>) -> Result<Response<ClusterInfo>, Status> {
        use member_info::VNodeState::{Follower, Leader};
        let me = self.0.address;
        let leader = self.0.leader().unwrap_or(me);
        let mut members = vec![(leader, Leader)];
        if leader != me {
            members.push((me, Follower));
        }
        let member =
            |(address, state): (std::net::SocketAddr, member_info::VNodeState)| MemberInfo {
                instance_id: Some(uuid_text(Uuid::from_u128(address.port().into()))),
                time_stamp: 0,
                state: state.into(),
                is_alive: true,
                http_end_point: Some(EndPoint {
                    address: address.ip().to_string(),
                    port: address.port().into(),
                }),
            };
        Ok(Response::new(ClusterInfo { members: members.into_iter().map(member).collect() }))
    }
}

#[tonic::async_trait]
impl client::server_features::server_features_server::ServerFeatures for Service {
    async fn get_supported_methods(
        &self,
        _: Request<client::Empty>,
    ) -> Result<Response<SupportedMethods>, Status> {
        let method = |name: &str, features: &[&str]| SupportedMethod {
            method_name: name.to_owned(),
            service_name: "event_store.client.streams.streams".to_owned(),
            features: features.iter().map(|it| (*it).to_owned()).collect(),
        };
        let methods = vec![
            method("read", &["position", "events"]),
            method("append", &[]),
            method("delete", &[]),
            method("tombstone", &[]),
            method("batchappend", &["deadline_duration"]),
        ];
        let event_store_server_version = "24.10.0".to_owned();
        Ok(Response::new(SupportedMethods { methods, event_store_server_version }))
    }
}
