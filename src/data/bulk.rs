//! A run: one confirmed change of many subjects, one after the other, each its own act.
//!
//! It keeps to a pace, may send a canary ahead, halts when the error it is to cure comes back, can
//! be stopped, and keeps a [`journal`] by which it can be taken up if it is cut short. Whatever is
//! asked for twice is done once: the database sees to that by batch and subject.

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
    /// The subject that may have been sent before the run was cut short.
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
    /// Runs by this writer, whose journals are where it was told to keep them.
    #[must_use]
    pub const fn new(writer: Writer) -> Self {
        Self { writer }
    }

    /// Carries out a change of many. If its journal cannot be kept nothing is sent, unless it is of
    /// a single subject.
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

    /// Takes up a run that was cut short: what has no result is asked for, under the same batch.
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

    /// The runs of this database that were cut short, oldest first; none without a folder.
    ///
    /// # Errors
    ///
    /// [`DataError`], if the database cannot be asked which one it is.
    pub async fn unfinished(&mut self) -> Result<Vec<Unfinished>, DataError> {
        let here = Identity::from(&self.run_origin().await?);
        let Some(folder) = self.writer.journal.folder.clone() else {
            return Ok(Vec::new());
        };
        let found = spawn_blocking(move || journal::unfinished(&folder, &here)).await;
        Ok(found.unwrap_or_default())
    }

    /// Gives a run up that was cut short: what was not tried never will be.
    ///
    /// # Errors
    ///
    /// In one line.
    pub async fn give_up(&mut self, run: &Unfinished) -> Result<(), String> {
        let origin = self.run_origin().await.map_err(|error| error.one_line())?;
        let (run, here) = (run.clone(), Identity::from(&origin));
        in_background(move || journal::give_up(&run, &here)).await
    }

    /// Ends the connection politely.
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
                "a change of many keeps a journal, and there is no folder for it: set HOME or XDG_STATE_HOME"
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
            maybe_sent: state.maybe_sent,
        };
        let end = run.carry_out(state.canary_passed).await;
        run.outcome(end).await
    }
}

/// File systems can be slow.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JournalError> + Send + 'static,
) -> Result<T, String> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("the program is ending".to_owned()),
    }
}
