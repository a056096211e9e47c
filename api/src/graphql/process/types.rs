//! Processes.

use std::sync::Arc;

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::ProcessRow;

use super::words::ProcessState;
use crate::graphql::context::Moment;
use crate::graphql::fault;
use crate::graphql::journal::{Entries, JournalEvent};
use crate::graphql::scalars::RevisionNumber;

/// The most events of a history that are shown: the newest.
const HISTORY_MOST: usize = 100;

/// An instance of a process manager: a thing, what it waits for, and what became of it.
#[derive(Description)]
pub struct Process {
    pub(super) row: ProcessRow,
    pub(super) moment: Moment,
}

#[Object(use_type_description)]
impl Process {
    /// The process: `withdrawal`.
    async fn process(&self) -> &str {
        &self.row.process
    }

    /// The thing it is about: the withdrawal's id.
    async fn instance(&self) -> Uuid {
        self.row.instance
    }

    /// Where it stands.
    async fn state(&self) -> Result<ProcessState> {
        ProcessState::of(&self.row.state)
    }

    /// What it waits for. `submission`: that a provider is chosen and given it; `provider`, `answer`:
    /// what that one does, or says; `judgement`, `second-person`, `evidence`: a person; `money`,
    /// `funds`, `payment`: that somebody pays; `capture`, `delivery`, `acceptance`, `use`, `renewal`,
    /// `end`: what comes next in the life of the thing.
    async fn waits_for(&self) -> Option<&str> {
        self.row.waits_for.as_deref()
    }

    /// When it goes on if nothing happens before.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.row.due_at
    }

    /// The step that is, or was last, stuck.
    async fn step(&self) -> Option<&str> {
        self.row.step.as_deref()
    }

    /// How often that step was tried.
    async fn tries(&self) -> i32 {
        self.row.tries
    }

    /// Why it was refused last: the refusal's code, or what its provider did.
    async fn last_refusal(&self) -> Option<&str> {
        self.row.last_refusal.as_deref()
    }

    /// The story it is part of.
    async fn correlation_id(&self) -> Uuid {
        self.row.correlation_id
    }

    /// When it began.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }

    /// Its events, the oldest first; of more than 100 the newest.
    #[graphql(complexity = "20 * child_complexity")]
    async fn history(&self) -> Result<Vec<JournalEvent>> {
        let history = &self.row.history;
        let newest = &history[history.len().saturating_sub(HISTORY_MOST)..];
        let rows = self.moment.ask().await.events_at(newest).await;
        let rows = rows.map_err(|error| fault::database(&error))?;
        let entries = Entries::of_page(&self.moment, &rows);
        let event = |row| JournalEvent { row, entries: Arc::clone(&entries) };
        Ok(rows.into_iter().map(event).collect())
    }
}
