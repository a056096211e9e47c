//! Deleting streams, softly and for good.

use tonic::Status;

use super::{malformed, refused, stream_name};
use crate::database::Refused;
use crate::protocol::client::streams::{
    DeleteReq, DeleteResp, TombstoneReq, TombstoneResp, delete_req, tombstone_req,
};
use crate::server::Node;

pub(super) fn delete(node: &Node, request: DeleteReq) -> Result<DeleteResp, Status> {
    use delete_req::options::ExpectedStreamRevision as Expected;
    let options = request.options.ok_or_else(|| malformed("the options"))?;
    let stream = stream_name(options.stream_identifier)?;
    let exact = match options.expected_stream_revision {
        Some(Expected::Revision(revision)) => Some(revision),
        Some(Expected::NoStream(_) | Expected::Any(_) | Expected::StreamExists(_)) | None => None,
    };
    fits(node, &stream, exact)?;
    node.database.delete(&stream);
    Ok(DeleteResp { position_option: None })
}

pub(super) fn tombstone(node: &Node, request: TombstoneReq) -> Result<TombstoneResp, Status> {
    use tombstone_req::options::ExpectedStreamRevision as Expected;
    let options = request.options.ok_or_else(|| malformed("the options"))?;
    let stream = stream_name(options.stream_identifier)?;
    let exact = match options.expected_stream_revision {
        Some(Expected::Revision(revision)) => Some(revision),
        Some(Expected::NoStream(_) | Expected::Any(_) | Expected::StreamExists(_)) | None => None,
    };
    fits(node, &stream, exact)?;
    node.database.tombstone(&stream);
    Ok(TombstoneResp { position_option: None })
}

fn fits(node: &Node, stream: &str, exact: Option<u64>) -> Result<(), Status> {
    let current = node.database.end(stream);
    if exact.is_some() && exact != current {
        return Err(refused(Refused::WrongRevision { current }, stream));
    }
    Ok(())
}
