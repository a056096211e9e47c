//! The session of many appends, with which the Python client appends.

use std::collections::HashMap;

use tonic::{Code, Status, Streaming};

use super::{Answers, malformed, refused, stream_name, uuid, uuid_text};
use crate::database::{Expected, Proposed, Refused};
use crate::protocol::client;
use crate::protocol::client::streams::batch_append_req::Options;
use crate::protocol::client::streams::batch_append_req::options::ExpectedStreamPosition;
use crate::protocol::client::streams::batch_append_resp::{self, success};
use crate::protocol::client::streams::{BatchAppendReq, BatchAppendResp};
use crate::protocol::google::rpc;
use crate::server::Node;

/// Answers each append that is complete. As on the real server, one that is refused ends nothing.
pub(super) fn batch_append(
    node: Node,
    requests: Streaming<BatchAppendReq>,
) -> Answers<BatchAppendResp> {
    let open: HashMap<uuid::Uuid, (Options, Vec<Proposed>)> = HashMap::new();
    Box::pin(futures::stream::try_unfold((node, requests, open), |mut session| async move {
        loop {
            let (node, requests, open) = &mut session;
            let Some(request) = requests.message().await? else { return Ok(None) };
            let id = uuid(request.correlation_id)?;
            let options = request.options;
            let (_, events) = match open.entry(id) {
                std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => {
                    let options = options.ok_or_else(|| malformed("the options of an append"))?;
                    entry.insert((options, Vec::new()))
                }
            };
            for message in request.proposed_messages {
                events.push(Proposed {
                    id: uuid(message.id)?,
                    metadata: message.metadata,
                    custom_metadata: message.custom_metadata,
                    data: message.data,
                });
            }
            if request.is_final
                && let Some((options, events)) = open.remove(&id)
            {
                let answer = append(node, id, options, events)?;
                return Ok(Some((answer, session)));
            }
        }
    }))
}

fn append(
    node: &Node,
    id: uuid::Uuid,
    options: Options,
    events: Vec<Proposed>,
) -> Result<BatchAppendResp, Status> {
    use batch_append_resp::ExpectedStreamPosition as Told;
    let stream = stream_name(options.stream_identifier.clone())?;
    let (expected, told) = match options.expected_stream_position {
        Some(ExpectedStreamPosition::StreamPosition(it)) => {
            (Expected::Revision(it), Told::StreamPosition(it))
        }
        Some(ExpectedStreamPosition::NoStream(())) => (Expected::NoStream, Told::NoStream(())),
        Some(ExpectedStreamPosition::Any(())) => (Expected::Any, Told::Any(())),
        Some(ExpectedStreamPosition::StreamExists(())) => {
            (Expected::StreamExists, Told::StreamExists(()))
        }
        None => return Err(malformed("the expected revision")),
    };
    let result = match node.database.append(&stream, expected, events, node.max_append_size) {
        Ok(written) => batch_append_resp::Result::Success(batch_append_resp::Success {
            current_revision_option: Some(success::CurrentRevisionOption::CurrentRevision(
                written.revision,
            )),
            position_option: Some(success::PositionOption::Position(client::AllStreamPosition {
                commit_position: written.position,
                prepare_position: written.position,
            })),
        }),
        Err(refusal) => batch_append_resp::Result::Error(status(refusal, expected, &stream)),
    };
    Ok(BatchAppendResp {
        correlation_id: Some(uuid_text(id)),
        stream_identifier: options.stream_identifier,
        expected_stream_position: Some(told),
        result: Some(result),
    })
}

fn status(refusal: Refused, expected: Expected, stream: &str) -> rpc::Status {
    let said = refused(refusal, stream);
    let details = match refusal {
        Refused::WrongRevision { current } => {
            packed("WrongExpectedVersion", &wrong(expected, current))
        }
        Refused::TooLarge { most } => {
            let max_append_size = u32::try_from(most).unwrap_or(u32::MAX);
            packed(
                "MaximumAppendSizeExceeded",
                &client::MaximumAppendSizeExceeded { max_append_size },
            )
        }
        Refused::Deleted => {
            let stream_name = stream.as_bytes().to_vec().into();
            let stream_identifier = Some(client::StreamIdentifier { stream_name });
            packed("StreamDeleted", &client::StreamDeleted { stream_identifier })
        }
    };
    let code = if said.code() == Code::InvalidArgument {
        rpc::Code::InvalidArgument
    } else {
        rpc::Code::FailedPrecondition
    };
    rpc::Status { code: code.into(), message: said.message().to_owned(), details: Some(details) }
}

fn wrong(expected: Expected, current: Option<u64>) -> client::WrongExpectedVersion {
    use client::wrong_expected_version::{
        CurrentStreamRevisionOption as Current, ExpectedStreamPositionOption as Wanted,
    };
    client::WrongExpectedVersion {
        current_stream_revision_option: Some(
            current.map_or(Current::CurrentNoStream(()), Current::CurrentStreamRevision),
        ),
        expected_stream_position_option: Some(match expected {
            Expected::Any => Wanted::ExpectedAny(()),
            Expected::StreamExists => Wanted::ExpectedStreamExists(()),
            Expected::NoStream => Wanted::ExpectedNoStream(()),
            Expected::Revision(revision) => Wanted::ExpectedStreamPosition(revision),
        }),
    }
}

fn packed(name: &str, message: &impl prost::Message) -> prost_types::Any {
    prost_types::Any {
        type_url: format!("type.googleapis.com/event_store.client.{name}"),
        value: message.encode_to_vec(),
    }
}
