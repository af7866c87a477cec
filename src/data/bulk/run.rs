//! One run, from the first subject to the last.

use std::collections::HashSet;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

use super::journal::Journal;
use super::pace::Pacer;
use super::stop_signals::StopSignals;
use crate::data::messages::command::{
    Item, ItemResult, Outcome, Phase, Progress, ProgressFn, Tally, Write,
};
use crate::data::model::safe_text::SafeText;
use crate::data::worker::writer::{Attempt, Writer, failed};

/// Subjects after which the journal is flushed to disk and progress is reported.
const CHUNK: usize = 20;
/// Or this much time.
const LONGEST_SILENCE: Duration = Duration::from_millis(250);
/// A longer wait than this is used to flush the journal.
const PAUSE: Duration = Duration::from_millis(50);

/// A run in progress.
pub(super) struct Run<'a> {
    pub(super) writer: &'a mut Writer,
    pub(super) write: &'a Write,
    pub(super) subjects: Vec<(Uuid, SafeText)>,
    pub(super) results: Vec<Option<ItemResult>>,
    pub(super) journal: Option<Journal>,
    pub(super) signals: &'a StopSignals,
    pub(super) on_progress: ProgressFn<'a>,
    pub(super) pacer: Pacer,
    /// Results that were not reported yet.
    pub(super) pending: usize,
    pub(super) last_flush: Instant,
    /// When it was last checked for returned errors.
    pub(super) last_look: Instant,
    /// The steps that were seen to have passed.
    pub(super) passed: HashSet<Uuid>,
    /// The subject that may have been sent before the run was interrupted.
    pub(super) maybe_sent: Option<usize>,
}

/// Why a run stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It has ended: halted, or stopped by the operator.
    Ended(SafeText),
    /// It is interrupted and can be resumed.
    Cut(SafeText),
}

impl Run<'_> {
    /// Acts on each subject that has no result yet; returns why it stopped early.
    pub(super) async fn carry_out(&mut self, canary_well: bool) -> Option<End> {
        self.report(Phase::Running);
        if self.write.pace.canary.is_some()
            && !canary_well
            && let Err(end) = self.send_canary().await
        {
            return Some(end);
        }
        let mut of_chunk = 0;
        while let Some(place) = self.next() {
            if of_chunk == CHUNK {
                of_chunk = 0;
                if let Some(end) = self.wait_for_returned_errors().await {
                    return Some(end);
                }
            }
            of_chunk += 1;
            if let Err(end) = self.process(place).await {
                return Some(end);
            }
            if let Some(end) = self.check_halt().await {
                return Some(end);
            }
        }
        None
    }

    /// The first subject that has no result.
    pub(super) fn next(&self) -> Option<usize> {
        self.results.iter().position(Option::is_none)
    }

    /// Acts on one subject, when it is due.
    pub(super) async fn process(&mut self, place: usize) -> Result<(), End> {
        if self.pacer.wait() > PAUSE {
            self.flush(Phase::Running).await;
        }
        let due = self.pacer.take();
        self.wait_until(due).await?;
        let result = self.act(place).await?;
        self.record(place, result).await;
        Ok(())
    }

    async fn act(&mut self, place: usize) -> Result<ItemResult, End> {
        let before = self
            .maybe_sent
            .take_if(|maybe_sent| *maybe_sent == place)
            .is_some();
        if before && self.writer.may_repeat(self.write) {
            return Ok(ItemResult::Unknown);
        }
        self.writer.was_sent = before;
        match self.writer.attempt(self.write, place).await {
            Attempt::Said(result) if before => {
                return Ok(self.writer.interpret_repeated(self.write, result));
            }
            Attempt::Said(result) => return Ok(result),
            Attempt::Refused(error) => {
                return Ok(self.writer.refused(self.write, place, &error).await);
            }
            Attempt::Unsent(error) if !error.is_connection() => return Ok(failed(&error)),
            Attempt::Unsent(error) => {
                tracing::warn!(error = %error.one_line(), "a run waits for the database");
            }
            Attempt::Lost(error) => {
                tracing::warn!(error = %error.one_line(), "the answer to an act was lost");
            }
        }
        self.flush(Phase::Settling).await;
        let tally = Tally::of(self.results.iter().flatten());
        let (batch, on_progress) = (self.write.batch, &mut *self.on_progress);
        let mut waiting = || {
            on_progress(Progress {
                batch,
                tally,
                phase: Phase::Settling,
            });
        };
        let settled = tokio::select! {
            settled = self.writer.reconcile(self.write, place, &mut waiting) => settled,
            end = stopped(self.signals, true) => {
                // The connection is in an unknown state.
                self.writer.connection.abandon();
                self.unknown(place);
                return Err(end);
            }
        };
        settled.ok_or_else(|| {
            self.unknown(place);
            End::Cut("the database is away; the run can be resumed".into())
        })
    }

    /// Its result is unknown. The journal does not have it, so a resumed run asks again.
    fn unknown(&mut self, place: usize) {
        if self.writer.was_sent {
            self.results[place] = Some(ItemResult::Unknown);
        }
    }

    /// Keeps a result.
    async fn record(&mut self, place: usize, result: ItemResult) {
        let id = self.subjects[place].0;
        self.append_journal(|journal| journal.result(place, id, &result));
        self.results[place] = Some(result);
        self.pending += 1;
        if self.pending >= CHUNK || self.last_flush.elapsed() >= LONGEST_SILENCE {
            self.flush(Phase::Running).await;
        }
    }

    /// Writes to the journal. That it cannot be written any more costs time when the run is taken
    /// up, and nothing else.
    pub(super) fn append_journal(
        &mut self,
        write: impl FnOnce(&mut Journal) -> std::io::Result<()>,
    ) {
        if let Some(Err(error)) = self.journal.as_mut().map(write) {
            tracing::warn!(%error, "a line of a journal was not written");
        }
    }

    /// Flushes the journal to disk and reports progress.
    pub(super) async fn flush(&mut self, phase: Phase) {
        if self.pending > 0 {
            self.pending = 0;
            if let Some(Ok(file)) = self.journal.as_ref().map(Journal::syncing) {
                let synced = spawn_blocking(move || file.sync_data()).await;
                if let Ok(Err(error)) = synced {
                    tracing::warn!(%error, "a journal was not brought to the disk");
                }
            }
        }
        self.last_flush = Instant::now();
        self.report(phase);
    }

    /// Reports progress.
    pub(super) fn report(&mut self, phase: Phase) {
        let progress = Progress {
            batch: self.write.batch,
            tally: Tally::of(self.results.iter().flatten()),
            phase,
        };
        (self.on_progress)(progress);
    }

    /// Waits, unless the run is to end.
    pub(super) async fn wait_until(&mut self, due: Instant) -> Result<(), End> {
        let (signals, paced) = (self.signals, self.is_paced());
        tokio::select! {
            biased;
            end = stopped(signals, paced) => Err(end),
            () = sleep_until(due) => Ok(()),
        }
    }

    /// Waits for this long, unless the run is to end.
    pub(super) async fn pause(&mut self, time: Duration) -> Result<(), End> {
        let signals = self.signals;
        tokio::select! {
            biased;
            end = stopped(signals, true) => Err(end),
            () = sleep(time) => Ok(()),
        }
    }

    /// Whether it has a pace, so that leaving the program does not wait for it.
    fn is_paced(&self) -> bool {
        self.write.pace.per_second.is_some() || self.write.pace.canary.is_some()
    }

    /// Closes the journal if nothing is left to do, and returns the results.
    pub(super) async fn outcome(mut self, end: Option<End>) -> Outcome {
        // Where a second request reveals nothing, an unknown outcome is final.
        let asks_again = (self.writer.site.source).acts_once(&self.write.change);
        let is_final = match &end {
            None | Some(End::Ended(_)) => {
                !(asks_again && self.results.contains(&Some(ItemResult::Unknown)))
            }
            Some(End::Cut(_)) => false,
        };
        let why = end.map(|(End::Ended(why) | End::Cut(why))| why);
        let untried = ItemResult::Untried {
            why: why.clone().unwrap_or_default(),
        };
        let results = std::mem::take(&mut self.results);
        let results: Vec<ItemResult> = results
            .into_iter()
            .map(|known| known.unwrap_or_else(|| untried.clone()))
            .collect();
        let tally = Tally::of(&results);
        if is_final {
            self.append_journal(|journal| journal.ended(why, tally));
        } else {
            self.pending = 1;
            self.flush(Phase::Running).await;
        }
        let items = self
            .subjects
            .into_iter()
            .zip(results)
            .map(|((id, label), result)| Item { id, label, result })
            .collect();
        Outcome {
            batch: self.write.batch,
            action: self.write.change.name(),
            items,
        }
    }
}

/// Waits for a stop signal; for the end of the program only if `minds_leaving`.
async fn stopped(signals: &StopSignals, minds_leaving: bool) -> End {
    tokio::select! {
        biased;
        () = signals.stop.cancelled() => End::Ended("stopped".into()),
        () = signals.cut.cancelled() => End::Cut("stopped; the run can be resumed".into()),
        () = signals.leave.cancelled(), if minds_leaving => {
            End::Cut("interrupted; the run can be resumed".into())
        }
    }
}
