//! Watches every operation of the schema: what mutations did, and what was refused anywhere.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, NextSubscribe,
    ResolveInfo,
};
use async_graphql::{PathSegment, Response, ServerError, ServerResult, Value};
use futures::StreamExt as _;
use futures::stream::BoxStream;

use cauri_domain::permission::Oversight;
use cauri_ledger::trail::{Kind, TrailError, What, Word};

use super::Recorder;
use super::objects::objects;
use super::scope::{self, Act, Ended};
use crate::auth::Caller;

/// The extension of a schema that puts on record what is done through it.
#[derive(Debug)]
pub struct Watch(pub Recorder);

impl ExtensionFactory for Watch {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Watching {
            recorder: self.0.clone(),
            aliases: Mutex::default(),
            is_told: Arc::default(),
        })
    }
}

/// One operation.
struct Watching {
    recorder: Recorder,
    /// Fields by the names that the caller gave them, which are the caller's and not for the trail.
    aliases: Mutex<HashMap<String, String>>,
    /// Whether the errors of the response under way are told already.
    is_told: Arc<AtomicBool>,
}

#[async_trait]
impl Extension for Watching {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let is_mutation = info.parent_type == "Mutation";
        if let Some(alias) = info.alias
            && (is_mutation || matches!(info.parent_type, "Query" | "Subscription"))
        {
            let mut aliases = self.aliases.lock().unwrap_or_else(PoisonError::into_inner);
            aliases.insert(alias.to_owned(), info.name.to_owned());
        }
        let caller = ctx.data_opt::<Caller>().filter(|_| is_mutation);
        let (Some(caller), Ok(door)) = (caller, info.name.parse::<Word>()) else {
            return next.run(ctx, info).await;
        };
        let place = (info.field.name.pos, info.alias.unwrap_or(info.name).to_owned());
        let (result, acts) = scope::gathered(&self.recorder, next.run(ctx, info)).await;
        for act in acts {
            if let Err(error) = self.keep(caller, &door, act).await {
                // Without its path it would pass for an operation that was never run.
                let (pos, key) = place;
                let error = crate::graphql::unrecorded(&error).into_server_error(pos);
                return Err(ServerError { path: vec![PathSegment::Field(key)], ..error });
            }
        }
        result
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let response = next.run(ctx, operation_name).await;
        self.forbidden(ctx, &response);
        self.is_told.store(true, Ordering::Relaxed);
        response
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let (recorder, caller) = (self.recorder.clone(), ctx.data_opt::<Caller>().cloned());
        let is_told = Arc::clone(&self.is_told);
        let told = next.run(ctx, stream).inspect(move |response| {
            // Only a subscription that was refused itself does not come by `execute`.
            if !is_told.swap(false, Ordering::Relaxed) {
                for error in &response.errors {
                    forbidden(&recorder, caller.as_ref(), &Word::known("subscription"), error);
                }
            }
        });
        told.boxed()
    }
}

impl Watching {
    /// Puts on record what a mutation did. What must be on record and is not is not answered.
    async fn keep(&self, caller: &Caller, door: &Word, act: Act) -> Result<(), TrailError> {
        let mut what = What::new(door.clone());
        if let Some(command) = act.command.as_ref().filter(|_| is_kept(&act)) {
            what.command = command.name().parse().ok();
            what.objects = objects(command);
        }
        match act.ended {
            Some(Ended::Done { command_id, revision }) => {
                let kind = match act.oversight {
                    None => return Ok(()),
                    Some(Oversight::Approved) => Kind::Approved,
                    Some(Oversight::Administered) => Kind::Administered,
                };
                what.command_id = Some(command_id);
                what.revision = Some(revision);
                self.recorder.act(caller, kind, what).await
            }
            Some(Ended::Refused { command_id, code, field, at }) => {
                what.command_id = Some(command_id);
                what.code = Some(Word::known(code));
                what.field = field.and_then(|field| field.parse().ok());
                what.revision = at;
                self.recorder.refused(caller, what);
                Ok(())
            }
            // It was not judged: a fault, and nothing happened.
            None => Ok(()),
        }
    }

    fn forbidden(&self, ctx: &ExtensionContext<'_>, response: &Response) {
        for error in &response.errors {
            let caller = ctx.data_opt::<Caller>();
            let door = error.path.first().and_then(|segment| self.door(segment));
            forbidden(&self.recorder, caller, &door.unwrap_or(Word::known("graphql")), error);
        }
    }

    fn door(&self, segment: &PathSegment) -> Option<Word> {
        let PathSegment::Field(name) = segment else { return None };
        let aliases = self.aliases.lock().unwrap_or_else(PoisonError::into_inner);
        aliases.get(name).unwrap_or(name).parse().ok()
    }
}

/// Whether anything of the act is put on record.
fn is_kept(act: &Act) -> bool {
    act.oversight.is_some() || matches!(act.ended, Some(Ended::Refused { .. }))
}

/// Puts on record that a look or an act was not theirs.
fn forbidden(recorder: &Recorder, caller: Option<&Caller>, door: &Word, error: &ServerError) {
    let Some(extensions) = &error.extensions else { return };
    let text = |key: &str| match extensions.get(key) {
        Some(Value::String(text)) => text.parse::<Word>().ok(),
        Some(_) | None => None,
    };
    let Some(code) = text("code") else { return };
    match (code.as_str(), caller) {
        ("FORBIDDEN", Some(caller)) => {
            let what = What { code: Some(code), field: text("field"), ..What::new(door.clone()) };
            recorder.refused(caller, what);
        }
        ("UNAUTHENTICATED", None) => recorder.denied(door.clone(), code),
        _ => {}
    }
}
