//! A run: one confirmed change of many subjects, one after the other, each its own act.
//!
//! It keeps to a pace, may send a canary ahead, halts when the error it is to cure comes back, can
//! be stopped, and keeps a [`journal`] by which it can be taken up if it is cut short. Whatever is
//! asked for twice is done once: the database sees to that by batch and subject.

use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::error::DataError;
use super::fingerprint::telling_line;
use super::worker::{Writer, failed, refuse, subjects};
use crate::data::bulk::retry_outcome::Beginning;
use crate::data::messages::command::{Item, ItemResult, Outcome, Phase, Progress, Tally, Write};
use crate::data::model::safe_text::SafeText;
use journal::{Header, Identity, Journal, JournalContent, JournalError, Unfinished};
use pace::Pacer;
use run::Run;

mod canary;
mod halt;
pub mod journal;
pub mod pace;
pub mod receipt;
pub mod receipt_file;
mod reconcile;
pub mod retry_outcome;
mod run;
pub(super) mod supervisor;

/// Looking, between two acts, may take this long.
const LOOK_LIMIT: Duration = Duration::from_secs(5);
const LOOKING: &str = "look at the run";

/// What ends a run before its time.
#[derive(Debug, Clone, Default)]
pub struct StopSignals {
    /// The operator wants no more of it: the rest is never tried.
    pub stop: CancellationToken,
    /// The program ends: a run with a pace is cut short, to be taken up later.
    pub leave: CancellationToken,
    /// Any run is cut short, to be taken up later: whoever waits for it wants to wait no more.
    pub cut: CancellationToken,
}

/// Hears how a run goes.
pub type ProgressFn<'a> = &'a mut (dyn FnMut(Progress) + Send);

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
        brakes: &StopSignals,
        tell: ProgressFn<'_>,
    ) -> Outcome {
        if let Some(flaw) = pace::flaw(&write.pace) {
            return refuse(write, flaw);
        }
        let beginning = match self.beginning().await {
            Ok(beginning) => beginning,
            Err(error) => return refuse(write, &error.one_line()),
        };
        let journal = match self.begin_journal(write, &beginning).await {
            Ok(journal) => Some(journal),
            Err(why) if write.change.count() < 2 => {
                tracing::warn!(%why, "an act is carried out without a journal");
                None
            }
            Err(why) => return refuse(write, &why),
        };
        let known = vec![None; write.change.count()];
        self.go((write, None), (journal, known, false), brakes, tell)
            .await
    }

    /// Takes up a run that was cut short: what has no result is asked for, under the same batch.
    pub async fn resume(
        &mut self,
        run: &Unfinished,
        brakes: &StopSignals,
        tell: ProgressFn<'_>,
    ) -> Outcome {
        let taken_up = match self.beginning().await {
            Ok(beginning) => self.take_up(run, &beginning).await,
            Err(error) => Err(error.one_line()),
        };
        match taken_up {
            Ok((journal, story)) => {
                let write = story.header.write;
                let perhaps = story.results.iter().position(Option::is_none);
                let known = (Some(journal), story.results, story.canary_well);
                self.go((&write, perhaps), known, brakes, tell).await
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
        let here = Identity::from(&self.beginning().await?);
        let Some(folder) = self.writer.keep.folder.clone() else {
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
        let beginning = self.beginning().await.map_err(|error| error.one_line())?;
        let (run, here) = (run.clone(), Identity::from(&beginning));
        in_background(move || journal::give_up(&run, &here)).await
    }

    /// Ends the connection politely.
    pub async fn close(&mut self) {
        self.writer.link.close().await;
    }

    async fn beginning(&mut self) -> Result<Beginning, DataError> {
        let link = &mut self.writer.link;
        let reused = link.is_open();
        match link
            .run(LOOKING, LOOK_LIMIT, retry_outcome::beginning)
            .await
        {
            Err(error) if reused && error.is_dead_link() => {
                link.run(LOOKING, LOOK_LIMIT, retry_outcome::beginning)
                    .await
            }
            answer => answer,
        }
    }

    async fn begin_journal(&self, write: &Write, beginning: &Beginning) -> Result<Journal, String> {
        let Some(folder) = self.writer.keep.folder.clone() else {
            return Err(
                "a change of many keeps a journal, and there is no folder for it: set HOME or XDG_STATE_HOME"
                    .to_owned(),
            );
        };
        let header = Header {
            write: write.clone(),
            actor: self.writer.actor.as_str().into(),
            profile: self.writer.keep.profile.clone(),
            identity: beginning.into(),
            started_at: beginning.at,
        };
        let begun = in_background(move || Journal::begin(&folder, &header)).await;
        begun.map_err(|why| format!("nothing was sent: {why}"))
    }

    async fn take_up(
        &self,
        run: &Unfinished,
        beginning: &Beginning,
    ) -> Result<(Journal, JournalContent), String> {
        let (path, here) = (run.path.clone(), Identity::from(beginning));
        let actor: SafeText = self.writer.actor.as_str().into();
        let at = beginning.at;
        in_background(move || {
            let (mut journal, story) = Journal::take_up(&path, &here)?;
            journal
                .resumed(actor, at)
                .map_err(|source| JournalError::Io {
                    doing: "written",
                    source,
                })?;
            Ok((journal, story))
        })
        .await
    }

    async fn go(
        &mut self,
        (write, perhaps): (&Write, Option<usize>),
        (journal, results, canary_well): (Option<Journal>, Vec<Option<ItemResult>>, bool),
        brakes: &StopSignals,
        tell: ProgressFn<'_>,
    ) -> Outcome {
        let mut run = Run {
            writer: &mut self.writer,
            write,
            subjects: subjects(&write.change),
            results,
            journal,
            brakes,
            tell,
            pacer: Pacer::new(&write.pace),
            pending: 0,
            flushed: tokio::time::Instant::now(),
            looked: tokio::time::Instant::now(),
            perhaps,
        };
        let end = run.carry_out(canary_well).await;
        run.outcome(end).await
    }
}

/// As much of an error as fits into a line.
fn brief(error: &SafeText) -> String {
    const MOST: usize = 160;
    let line = telling_line(error.as_str());
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
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
