//! Reads and subscriptions.

use std::collections::VecDeque;

use futures::stream::{self, StreamExt as _};
use tonic::Status;

use super::{Answers, before, malformed, refused, stream_name, uuid_text};
use crate::database::{Found, Recorded, Refused};
use crate::faults::Fault;
use crate::protocol::client;
use crate::protocol::client::streams::read_req::options::all_options::AllOption;
use crate::protocol::client::streams::read_req::options::stream_options::RevisionOption;
use crate::protocol::client::streams::read_req::options::{
    CountOption, FilterOption, ReadDirection, StreamOption, UuidOption, uuid_option,
};
use crate::protocol::client::streams::read_resp::{self, Content, read_event};
use crate::protocol::client::streams::{ReadReq, ReadResp};
use crate::server::Node;

/// How many events a subscription fetches at once.
const PAGE: usize = 512;

/// Where a read begins.
#[derive(Debug, Clone, Copy)]
enum From {
    Start,
    End,
    At(u64),
}

/// What is read.
#[derive(Debug, Clone)]
enum Of {
    All,
    Stream(String),
}

pub(super) async fn read(node: &Node, request: ReadReq) -> Result<Answers<ReadResp>, Status> {
    let options = request.options.ok_or_else(|| malformed("the options"))?;
    let backwards = options.read_direction() == ReadDirection::Backwards;
    if let Some(FilterOption::Filter(_)) = options.filter_option {
        return Err(Status::unimplemented("filters"));
    }
    let is_structured = structured(options.uuid_option.as_ref());
    let (of, from) = match options.stream_option {
        Some(StreamOption::Stream(it)) => {
            let from = match it.revision_option {
                Some(RevisionOption::Revision(revision)) => From::At(revision),
                Some(RevisionOption::End(_)) => From::End,
                Some(RevisionOption::Start(_)) | None => From::Start,
            };
            (Of::Stream(stream_name(it.stream_identifier)?), from)
        }
        Some(StreamOption::All(it)) => {
            let from = match it.all_option {
                Some(AllOption::Position(position)) => From::At(position.commit_position),
                Some(AllOption::End(_)) => From::End,
                Some(AllOption::Start(_)) | None => From::Start,
            };
            (Of::All, from)
        }
        None => return Err(malformed("the stream")),
    };
    let count = match options.count_option {
        Some(CountOption::Subscription(_)) => return Ok(subscribe(node, of, from, is_structured)),
        Some(CountOption::Count(count)) => usize::try_from(count).unwrap_or(usize::MAX),
        None => return Err(malformed("the count")),
    };
    let fault = node.faults.of_read();
    before(node, fault).await?;
    let at = match from {
        From::At(at) => Some(at),
        From::Start | From::End => None,
    };
    // Forwards from the end and backwards from the start there is nothing.
    let nothing = matches!((from, backwards), (From::End, false) | (From::Start, true));
    let count = if nothing { 0 } else { count };
    let found = match &of {
        Of::All => Found::Events(node.database.read_all(at, backwards, count)),
        Of::Stream(stream) => node.database.read(stream, at, backwards, count),
    };
    let answers: Vec<_> = match (found, of) {
        (Found::Events(events), _) => {
            events.iter().map(|it| Ok(event(it, is_structured))).collect()
        }
        (Found::Missing | Found::Deleted, Of::All) => Vec::new(),
        (Found::Deleted, Of::Stream(name)) => return Err(refused(Refused::Deleted, &name)),
        (Found::Missing, Of::Stream(name)) => vec![Ok(missing(&name))],
    };
    Ok(spoilt(node, fault, answers))
}

/// The answers of a read as its fault leaves them.
fn spoilt(
    node: &Node,
    fault: Option<Fault>,
    mut answers: Vec<Result<ReadResp, Status>>,
) -> Answers<ReadResp> {
    let half = answers.len() / 2;
    match fault {
        Some(Fault::CutAfter) => {
            let cutter = node.cutter.clone();
            answers.truncate(half);
            let cut = stream::once(async move {
                // What went before is on its way first.
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                cutter.cut();
                Err(Status::unavailable("the line is cut"))
            });
            stream::iter(answers).chain(cut).boxed()
        }
        Some(Fault::AbortedAfter) => {
            answers.truncate(half);
            answers.push(Err(Status::aborted("Operation timed out")));
            stream::iter(answers).boxed()
        }
        Some(Fault::Nonsense) => {
            answers.truncate(half);
            answers.push(Ok(ReadResp { content: None }));
            stream::iter(answers).boxed()
        }
        Some(Fault::CutBefore | Fault::AbortedBefore | Fault::Unavailable | Fault::Late(_))
        | None => stream::iter(answers).boxed(),
    }
}

/// Confirms, gives what is there after `from`, says that it has caught up, and gives what comes.
fn subscribe(node: &Node, of: Of, from: From, is_structured: bool) -> Answers<ReadResp> {
    let database = node.database.clone();
    let next = match (from, &of) {
        (From::Start, _) => 0,
        (From::At(at), _) => at + 1,
        (From::End, Of::Stream(name)) => database.end(name).map_or(0, |end| end + 1),
        (From::End, Of::All) => {
            database.read_all(None, true, 1).first().map_or(0, |last| last.position + 1)
        }
    };
    let confirmed = Content::Confirmation(read_resp::SubscriptionConfirmation {
        subscription_id: uuid::Uuid::new_v4().to_string(),
    });
    let ready = VecDeque::from([answer(confirmed)]);
    let ends = node.faults.subscription_ends();
    let start = (database, of, next, ready, false, ends);
    stream::unfold(start, move |(database, of, mut next, mut ready, mut live, ends)| async move {
        let mut grown = database.grown();
        loop {
            if let Some(answer) = ready.pop_front() {
                return Some((Ok(answer), (database, of, next, ready, live, ends)));
            }
            let events = match &of {
                Of::All => database.read_all(Some(next), false, PAGE),
                Of::Stream(name) => match database.read(name, Some(next), false, PAGE) {
                    Found::Events(events) => events,
                    Found::Missing => Vec::new(),
                    Found::Deleted => {
                        let deleted = refused(Refused::Deleted, name);
                        return Some((Err(deleted), (database, of, next, ready, live, true)));
                    }
                },
            };
            if let Some(last) = events.last() {
                next = match of {
                    Of::All => last.position + 1,
                    Of::Stream(_) => last.revision + 1,
                };
                ready.extend(events.iter().map(|it| event(it, is_structured)));
            } else if !live {
                live = true;
                ready.push_back(answer(Content::CaughtUp(read_resp::CaughtUp {})));
            } else if ends {
                return None;
            } else {
                grown.changed().await.ok()?;
            }
        }
    })
    .boxed()
}

fn structured(option: Option<&UuidOption>) -> bool {
    let content = option.and_then(|option| option.content.as_ref());
    matches!(content, Some(uuid_option::Content::Structured(_)))
}

const fn answer(content: Content) -> ReadResp {
    ReadResp { content: Some(content) }
}

fn missing(stream: &str) -> ReadResp {
    let stream_name = stream.as_bytes().to_vec().into();
    let stream_identifier = Some(client::StreamIdentifier { stream_name });
    answer(Content::StreamNotFound(read_resp::StreamNotFound { stream_identifier }))
}

fn event(it: &Recorded, is_structured: bool) -> ReadResp {
    let id = if is_structured {
        let (most, least) = it.event.id.as_u64_pair();
        client::Uuid {
            value: Some(client::uuid::Value::Structured(client::uuid::Structured {
                most_significant_bits: most.cast_signed(),
                least_significant_bits: least.cast_signed(),
            })),
        }
    } else {
        uuid_text(it.event.id)
    };
    let stream_name = it.stream.as_bytes().to_vec().into();
    answer(Content::Event(read_resp::ReadEvent {
        event: Some(read_event::RecordedEvent {
            id: Some(id),
            stream_identifier: Some(client::StreamIdentifier { stream_name }),
            stream_revision: it.revision,
            prepare_position: it.position,
            commit_position: it.position,
            metadata: it.event.metadata.clone(),
            custom_metadata: it.event.custom_metadata.clone(),
            data: it.event.data.clone(),
        }),
        link: None,
        position: Some(read_event::Position::CommitPosition(it.position)),
    }))
}
