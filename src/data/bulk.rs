//! A bulk run: one confirmed change of several subjects, one after the other, each in its own transaction.
//!
//! A run keeps to a [`pace`], can send a canary first, halts when the same error returns, can be stopped,
//! and keeps a [`journal`] from which an interrupted run is resumed. Sending an act twice is safe: the
//! database carries out one act per batch and subject. `supervisor` starts and stops runs for the worker;
//! commands use [`Bulk`] directly.

use std::collections::HashSet;
use std::path::PathBuf;

use tokio::task::spawn_blocking;

use crate::data::bulk::identity::{Identity, RunOrigin, run_origin};
use crate::data::bulk::journal::{Header, Journal, JournalContent, JournalError};
use crate::data::bulk::look::{LOOK_LIMIT, LOOKING};
use crate::data::bulk::pace::Pacer;
use crate::data::bulk::run::Run;
pub use crate::data::bulk::stop_signals::StopSignals;
use crate::data::error::DataError;
use crate::data::messages::command::{ItemResult, Outcome, Unfinished, Write};
pub use crate::data::messages::outcome::ProgressFn;
use crate::data::model::safe_text::SafeText;
use crate::data::worker::writer::{Writer, refuse, subjects};

mod canary;
mod halt;
mod identity;
pub mod journal;
mod look;
pub mod pace;
pub mod receipt;
pub mod receipt_file;
pub mod retry_outcome;
mod run;
mod stop_signals;
pub(super) mod supervisor;

/// Where a run starts: from the beginning, or from its journal.
struct RunState<'a> {
    write: &'a Write,
    /// The subject that may have been sent before the run was interrupted.
    maybe_sent: Option<usize>,
    journal: Option<Journal>,
    results: Vec<Option<ItemResult>>,
    canary_passed: bool,
}

/// Carries out runs, one at a time.
pub struct Bulk {
    writer: Writer,
}

impl Bulk {
    /// Runs that this writer carries out; it knows where journals are kept.
    #[must_use]
    pub const fn new(writer: Writer) -> Self {
        Self { writer }
    }

    /// Carries out a bulk change. Without a journal nothing is sent, unless there is only one subject.
    pub async fn carry_out(
        &mut self,
        write: &Write,
        signals: &StopSignals,
        on_progress: ProgressFn<'_>,
    ) -> Outcome {
        if let Some(invalid_reason) = pace::invalid_reason(&write.pace) {
            return refuse(write, invalid_reason);
        }
        let origin = match self.run_origin().await {
            Ok(origin) => origin,
            Err(error) => return refuse(write, &error.one_line()),
        };
        let journal = match self.begin_journal(write, &origin).await {
            Ok(journal) => Some(journal),
            Err(why) if write.change.count() < 2 => {
                tracing::warn!(%why, "an act is carried out without a journal");
                None
            }
            Err(why) => return refuse(write, &why),
        };
        let known = vec![None; write.change.count()];
        let state = RunState {
            write,
            maybe_sent: None,
            journal,
            results: known,
            canary_passed: false,
        };
        self.run(state, signals, on_progress).await
    }

    /// Resumes an interrupted run: sends each subject that has no result, under the same batch.
    pub async fn resume(
        &mut self,
        run: &Unfinished,
        signals: &StopSignals,
        on_progress: ProgressFn<'_>,
    ) -> Outcome {
        let reopened = match self.run_origin().await {
            Ok(origin) => self.reopen_journal(run, &origin).await,
            Err(error) => Err(error.one_line()),
        };
        match reopened {
            Ok((journal, content)) => {
                let state = RunState {
                    write: &content.header.write,
                    maybe_sent: content.results.iter().position(Option::is_none),
                    journal: Some(journal),
                    results: content.results,
                    canary_passed: content.canary_well,
                };
                self.run(state, signals, on_progress).await
            }
            Err(why) => refuse(&run.write, &format!("the run cannot be taken up: {why}")),
        }
    }

    /// The interrupted runs of this database, oldest first; none without a journal folder.
    ///
    /// # Errors
    ///
    /// [`DataError`], if the database cannot be identified.
    pub async fn unfinished(&mut self) -> Result<Vec<Unfinished>, DataError> {
        let here = Identity::from(&self.run_origin().await?);
        let Some(folder) = self.writer.journal.folder.clone() else {
            return Ok(Vec::new());
        };
        let found = spawn_blocking(move || journal::unfinished(&folder, &here)).await;
        Ok(found.unwrap_or_default())
    }

    /// The journals of this machine that cannot be read: what they were to do is not known.
    pub async fn unreadable_journals(&self) -> Vec<PathBuf> {
        let Some(folder) = self.writer.journal.folder.clone() else {
            return Vec::new();
        };
        let found = spawn_blocking(move || journal::unreadable(&folder)).await;
        found.unwrap_or_default()
    }

    /// Abandons an interrupted run: the remaining subjects are never sent.
    ///
    /// # Errors
    ///
    /// A message of one line.
    pub async fn give_up(&mut self, run: &Unfinished) -> Result<(), String> {
        let origin = self.run_origin().await.map_err(|error| error.one_line())?;
        let (run, here) = (run.clone(), Identity::from(&origin));
        in_background(move || journal::give_up(&run, &here)).await
    }

    /// Closes the connection.
    pub async fn close(&mut self) {
        self.writer.connection.close().await;
    }

    async fn run_origin(&mut self) -> Result<RunOrigin, DataError> {
        let connection = &mut self.writer.connection;
        let reused = connection.is_open();
        match connection.run(LOOKING, LOOK_LIMIT, run_origin).await {
            Err(error) if reused && error.is_dead_link() => {
                connection.run(LOOKING, LOOK_LIMIT, run_origin).await
            }
            answer => answer,
        }
    }

    async fn begin_journal(&self, write: &Write, origin: &RunOrigin) -> Result<Journal, String> {
        let Some(folder) = self.writer.journal.folder.clone() else {
            return Err(
                "a bulk run keeps a journal, and there is no folder for it: set HOME or XDG_STATE_HOME"
                    .to_owned(),
            );
        };
        let header = Header {
            write: write.clone(),
            actor: self.writer.actor.as_str().into(),
            profile: self.writer.journal.profile.clone(),
            identity: origin.into(),
            started_at: origin.at,
        };
        let begun = in_background(move || Journal::begin(&folder, &header)).await;
        begun.map_err(|why| format!("nothing was sent: {why}"))
    }

    async fn reopen_journal(
        &self,
        run: &Unfinished,
        origin: &RunOrigin,
    ) -> Result<(Journal, JournalContent), String> {
        let (path, here) = (run.path.clone(), Identity::from(origin));
        let actor: SafeText = self.writer.actor.as_str().into();
        let at = origin.at;
        in_background(move || {
            let (mut journal, content) = Journal::reopen(&path, &here)?;
            journal
                .resumed(actor, at)
                .map_err(|source| JournalError::Io {
                    doing: "written",
                    source,
                })?;
            Ok((journal, content))
        })
        .await
    }

    async fn run(
        &mut self,
        state: RunState<'_>,
        signals: &StopSignals,
        on_progress: ProgressFn<'_>,
    ) -> Outcome {
        let mut run = Run {
            writer: &mut self.writer,
            write: state.write,
            subjects: subjects(&state.write.change),
            results: state.results,
            journal: state.journal,
            signals,
            on_progress,
            pacer: Pacer::new(&state.write.pace),
            pending: 0,
            last_flush: tokio::time::Instant::now(),
            last_look: tokio::time::Instant::now(),
            passed: HashSet::new(),
            maybe_sent: state.maybe_sent,
        };
        let end = run.carry_out(state.canary_passed).await;
        run.outcome(end).await
    }
}

/// Runs file operations on a thread where they may block.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JournalError> + Send + 'static,
) -> Result<T, String> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("the program is ending".to_owned()),
    }
}
