//! An executor that no single operation can hurt.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Data, Executor, Name, PathSegment, Request, Response, Value, Variables};
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _, stream};
use uuid::Uuid;

use super::order::Order;
use super::{Failure, limits};

/// Runs operations within the limits and a time, and turns a panic into an error of that one
/// operation.
#[derive(Clone)]
pub struct Guarded<E> {
    inner: E,
    timeout: Duration,
}

impl<E: Executor> Guarded<E> {
    /// Guards `inner`; every query and mutation has `timeout`.
    pub fn new(inner: E, timeout: Duration) -> Self {
        Self { inner, timeout }
    }

    /// Judges an operation and says of which kind it is; `None` where its name picks none, which
    /// the executor then says better.
    ///
    /// # Errors
    /// It is no GraphQL, or too big.
    pub fn judge(request: &mut Request) -> Result<Option<OperationType>, Failure> {
        limits::check_text(&request.query)?;
        if let Err(error) = request.parsed_query() {
            return Err(Failure::Parse(Box::new(error)));
        }
        let name = request.operation_name.clone();
        let variables = std::mem::take(&mut request.variables);
        let judged = request.parsed_query().map_or(Ok(None), |document| {
            limits::check_document(document)?;
            let Some(operation) = picked(document, name.as_deref()) else { return Ok(None) };
            check_variables(operation, &variables)?;
            Ok(Some(operation.ty))
        });
        request.variables = variables;
        judged
    }

    /// Runs a judged query or mutation.
    ///
    /// # Errors
    /// It ran too long, or the server has a defect.
    pub async fn run(&self, mut request: Request) -> Result<Response, Failure> {
        let order = order(&mut request);
        let running = AssertUnwindSafe(self.inner.execute(request)).catch_unwind();
        match tokio::time::timeout(self.timeout, running).await {
            Ok(Ok(response)) => Ok(whole(response, &order)),
            Ok(Err(panic)) => Err(fault(&panic)),
            Err(_) => Err(Failure::TimedOut(self.timeout)),
        }
    }
}

/// The order in which the answer's fields were asked for.
fn order(request: &mut Request) -> Order {
    let name = request.operation_name.clone();
    let picked = request.parsed_query().ok().and_then(|document| {
        picked(document, name.as_deref()).map(|operation| Order::of(document, operation))
    });
    // What picks no operation has no answer either.
    picked.unwrap_or_default()
}

/// With every field that was asked for, in the order in which they were.
fn whole(response: Response, order: &Order) -> Response {
    let mut response = with_failed_fields(response);
    order.apply(&mut response);
    response
}

fn picked<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let picked = match name {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own.as_str() == name)),
        None => operations.next().filter(|_| operations.next().is_none()),
    };
    picked.map(|(_, operation)| &operation.node)
}

/// Refuses a required variable that is not given. The library finds it only at the field that uses
/// it, when the fields of a mutation before that one have been run.
fn check_variables(operation: &OperationDefinition, given: &Variables) -> Result<(), Failure> {
    for definition in operation.variable_definitions.iter().map(|definition| &definition.node) {
        let optional = definition.var_type.node.nullable || definition.default_value.is_some();
        if !optional && !given.contains_key(&definition.name.node) {
            return Err(Failure::MissingVariable { name: definition.name.node.to_string() });
        }
    }
    Ok(())
}

/// Puts `null` where a field failed. The library leaves such fields out of its objects, but a
/// client looks for every field it asked for.
fn with_failed_fields(mut response: Response) -> Response {
    for error in &response.errors {
        let Some((PathSegment::Field(failed), parents)) = error.path.split_last() else { continue };
        let parent =
            parents.iter().try_fold(&mut response.data, |value, segment| match (value, segment) {
                (Value::Object(object), PathSegment::Field(name)) => object.get_mut(name.as_str()),
                (Value::List(list), PathSegment::Index(place)) => list.get_mut(*place),
                _ => None,
            });
        if let Some(Value::Object(object)) = parent {
            object.entry(Name::new(failed)).or_insert(Value::Null);
        }
    }
    response
}

/// Records a panic; its text may hold anything, so the client gets only an id to ask about.
fn fault(panic: &Box<dyn Any + Send>) -> Failure {
    let incident = Uuid::new_v4();
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("not a text");
    tracing::error!(%incident, panic = text, "a resolver panicked");
    Failure::Fault { incident }
}

impl<E: Executor> Executor for Guarded<E> {
    async fn execute(&self, mut request: Request) -> Response {
        match Self::judge(&mut request) {
            Ok(_) => self.run(request).await.unwrap_or_else(Failure::into_graphql),
            Err(failure) => failure.into_graphql(),
        }
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let kind = match Self::judge(&mut request) {
            Ok(kind) => kind,
            Err(failure) => return stream::iter([failure.into_graphql()]).boxed(),
        };
        let order = order(&mut request);
        // A panicked stream is never polled again.
        let mut responses = AssertUnwindSafe(self.inner.execute_stream(request, session_data))
            .catch_unwind()
            .map(move |item| match item {
                Ok(response) => whole(response, &order),
                Err(panic) => fault(&panic).into_graphql(),
            })
            .boxed();
        if kind == Some(OperationType::Subscription) {
            return responses;
        }
        // A query or mutation has one response, and the same time as over HTTP.
        let timeout = self.timeout;
        stream::once(async move {
            match tokio::time::timeout(timeout, responses.next()).await {
                Ok(response) => response,
                Err(_) => Some(Failure::TimedOut(timeout).into_graphql()),
            }
        })
        .filter_map(std::future::ready)
        .boxed()
    }
}
