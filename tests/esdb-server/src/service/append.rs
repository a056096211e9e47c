//! The append of one request.

use tonic::{Status, Streaming};

use super::{before, malformed, refused, stream_name, uuid};
use crate::database::{Expected, Proposed, Refused};
use crate::faults::Fault;
use crate::protocol::client;
use crate::protocol::client::streams::append_req::options::ExpectedStreamRevision;
use crate::protocol::client::streams::append_req::{self, Content};
use crate::protocol::client::streams::append_resp::{
    self, success, wrong_expected_version as wrong,
};
use crate::protocol::client::streams::{AppendReq, AppendResp};
use crate::server::Node;

pub(super) async fn append(
    node: &Node,
    mut request: Streaming<AppendReq>,
) -> Result<AppendResp, Status> {
    let Some(Content::Options(options)) = request.message().await?.and_then(|it| it.content) else {
        return Err(malformed("the options of an append"));
    };
    let mut events = Vec::new();
    while let Some(message) = request.message().await? {
        let Some(Content::ProposedMessage(message)) = message.content else {
            return Err(malformed("an event"));
        };
        events.push(proposed(message)?);
    }
    // On a task of its own: it is done also if nobody waits for it any more.
    let node = node.clone();
    let done = tokio::spawn(async move { append_now(&node, options, events).await });
    done.await.unwrap_or_else(|error| Err(super::internal(error)))
}

fn proposed(message: append_req::ProposedMessage) -> Result<Proposed, Status> {
    Ok(Proposed {
        id: uuid(message.id)?,
        metadata: message.metadata,
        custom_metadata: message.custom_metadata,
        data: message.data,
    })
}

async fn append_now(
    node: &Node,
    options: append_req::Options,
    events: Vec<Proposed>,
) -> Result<AppendResp, Status> {
    let stream = stream_name(options.stream_identifier)?;
    let expected = match options.expected_stream_revision {
        Some(ExpectedStreamRevision::Revision(revision)) => Expected::Revision(revision),
        Some(ExpectedStreamRevision::NoStream(_)) => Expected::NoStream,
        Some(ExpectedStreamRevision::Any(_)) => Expected::Any,
        Some(ExpectedStreamRevision::StreamExists(_)) => Expected::StreamExists,
        None => return Err(malformed("the expected revision")),
    };
    let fault = node.faults.of_append();
    before(node, fault).await?;
    let written = node.database.append(&stream, expected, events, node.max_append_size);
    match fault {
        Some(Fault::CutAfter) => {
            node.cutter.cut();
            return Err(Status::unavailable("the line is cut"));
        }
        Some(Fault::AbortedAfter) => return Err(Status::aborted("Operation timed out")),
        Some(Fault::Nonsense) => return Ok(AppendResp { result: None }),
        Some(Fault::CutBefore | Fault::AbortedBefore | Fault::Unavailable | Fault::Late(_))
        | None => {}
    }
    let result = match written {
        Ok(written) => append_resp::Result::Success(append_resp::Success {
            current_revision_option: Some(success::CurrentRevisionOption::CurrentRevision(
                written.revision,
            )),
            position_option: Some(success::PositionOption::Position(append_resp::Position {
                commit_position: written.position,
                prepare_position: written.position,
            })),
        }),
        Err(Refused::WrongRevision { current }) => {
            append_resp::Result::WrongExpectedVersion(wrong_revision(expected, current))
        }
        Err(other) => return Err(refused(other, &stream)),
    };
    Ok(AppendResp { result: Some(result) })
}

/// In the old fields and in the new.
fn wrong_revision(expected: Expected, current: Option<u64>) -> append_resp::WrongExpectedVersion {
    use wrong::{
        CurrentRevisionOption as Current, CurrentRevisionOption2060 as OldCurrent,
        ExpectedRevisionOption as Wanted, ExpectedRevisionOption2060 as OldWanted,
    };
    let empty = client::Empty {};
    append_resp::WrongExpectedVersion {
        current_revision_option: Some(
            current.map_or(Current::CurrentNoStream(empty), Current::CurrentRevision),
        ),
        current_revision_option_20_6_0: Some(
            current.map_or(OldCurrent::NoStream2060(empty), OldCurrent::CurrentRevision2060),
        ),
        expected_revision_option: Some(match expected {
            Expected::Any => Wanted::ExpectedAny(empty),
            Expected::StreamExists => Wanted::ExpectedStreamExists(empty),
            Expected::NoStream => Wanted::ExpectedNoStream(empty),
            Expected::Revision(revision) => Wanted::ExpectedRevision(revision),
        }),
        expected_revision_option_20_6_0: match expected {
            Expected::Any => Some(OldWanted::Any2060(empty)),
            Expected::StreamExists => Some(OldWanted::StreamExists2060(empty)),
            Expected::NoStream => None,
            Expected::Revision(revision) => Some(OldWanted::ExpectedRevision2060(revision)),
        },
    }
}
