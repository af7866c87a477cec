//! Starts and stops runs, one at a time. Acts on single subjects go on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Bulk;
use super::journal;
use super::stop_signals::StopSignals;
use crate::data::messages::command::{Outcome, Progress, Report, Unfinished, Write};
use crate::data::worker::writer::{Writer, refuse};

/// How often the lists are read again during a run.
const WAKES: Duration = Duration::from_secs(1);

/// The current run, if there is one, and what a new one needs.
pub(in crate::data) struct Runs {
    writer: Writer,
    done: mpsc::Sender<Report>,
    wake: Arc<Notify>,
    present: Option<CurrentRun>,
}

struct CurrentRun {
    batch: Uuid,
    signals: StopSignals,
    /// It has its result and is about to report it: another run may begin.
    finished: CancellationToken,
    task: JoinHandle<()>,
}

/// What is to be carried out.
enum RunRequest {
    New(Write),
    Resume(Unfinished),
}

impl RunRequest {
    const fn write(&self) -> &Write {
        match self {
            Self::New(write) => write,
            Self::Resume(run) => &run.write,
        }
    }
}

impl Runs {
    pub(in crate::data) const fn new(
        writer: Writer,
        done: mpsc::Sender<Report>,
        wake: Arc<Notify>,
    ) -> Self {
        Self {
            writer,
            done,
            wake,
            present: None,
        }
    }

    /// Starts a run, or returns why not.
    pub(in crate::data) fn begin(&mut self, write: Write) -> Option<Outcome> {
        self.start(RunRequest::New(write))
    }

    /// Resumes a run, or returns why not.
    pub(in crate::data) fn resume(&mut self, run: Unfinished) -> Option<Outcome> {
        self.start(RunRequest::Resume(run))
    }

    fn start(&mut self, request: RunRequest) -> Option<Outcome> {
        let busy = |run: &CurrentRun| !(run.finished.is_cancelled() || run.task.is_finished());
        if self.present.as_ref().is_some_and(busy) {
            let why = "another bulk run is in progress: wait for it, or stop it";
            return Some(refuse(request.write(), why));
        }
        let (batch, signals) = (request.write().batch, StopSignals::default());
        let finished = CancellationToken::new();
        let work = carry_out(
            Bulk::new(self.writer.with_new_connection()),
            request,
            signals.clone(),
            finished.clone(),
            RunChannels {
                done: self.done.clone(),
                wake: Arc::clone(&self.wake),
            },
        );
        self.present = Some(CurrentRun {
            batch,
            signals,
            finished,
            task: tokio::spawn(work),
        });
        None
    }

    /// Reports interrupted runs, if there are any.
    pub(in crate::data) fn report_unfinished(&self) {
        let (mut bulk, done) = (
            Bulk::new(self.writer.with_new_connection()),
            self.done.clone(),
        );
        tokio::spawn(async move {
            send_unfinished(&mut bulk, &done, false).await;
            for path in bulk.unreadable_journals().await {
                let told = journal::unreadable_words(&path);
                let _ = done.send(Report::Message(Err(told))).await;
            }
            bulk.close().await;
        });
    }

    /// Abandons a run, and reports which interrupted runs are left.
    pub(in crate::data) fn give_up(&self, run: Unfinished) {
        let (mut bulk, done) = (
            Bulk::new(self.writer.with_new_connection()),
            self.done.clone(),
        );
        tokio::spawn(async move {
            let told = match bulk.give_up(&run).await {
                Ok(()) => Ok("given up: what was not tried is left alone".to_owned()),
                Err(why) => Err(format!("the run was not given up: {why}")),
            };
            let _ = done.send(Report::Message(told)).await;
            send_unfinished(&mut bulk, &done, true).await;
            bulk.close().await;
        });
    }

    /// Stops this batch after the current subject.
    pub(in crate::data) fn stop(&self, batch: Uuid) {
        if let Some(present) = self.present.as_ref().filter(|run| run.batch == batch) {
            present.signals.stop.cancel();
        }
    }

    /// The program ends: interrupts a run that has a pace, and waits for it.
    pub(in crate::data) async fn leave(self) {
        if let Some(present) = self.present {
            present.signals.leave.cancel();
            // It has reported everything.
            let _ = present.task.await;
        }
    }
}

/// Where a run reports, and how it asks for a poll.
struct RunChannels {
    done: mpsc::Sender<Report>,
    wake: Arc<Notify>,
}

async fn carry_out(
    mut bulk: Bulk,
    request: RunRequest,
    signals: StopSignals,
    finished: CancellationToken,
    channels: RunChannels,
) {
    let RunChannels { done, wake } = channels;
    let (mut tally, mut woken) = (None, Instant::now());
    let mut on_progress = |progress: Progress| {
        if tally != Some(progress.tally) && woken.elapsed() >= WAKES {
            wake.notify_one();
            woken = Instant::now();
            tally = Some(progress.tally);
        }
        // A slow screen needs only the newest.
        let _ = done.try_send(Report::Progress(progress));
    };
    let outcome = match &request {
        RunRequest::New(write) => bulk.carry_out(write, &signals, &mut on_progress).await,
        RunRequest::Resume(run) => bulk.resume(run, &signals, &mut on_progress).await,
    };
    wake.notify_one();
    finished.cancel();
    // The screen may have closed: what was done is in the log and in the journal.
    let tally = outcome.tally();
    let _ = done.send(Report::Ended(outcome)).await;
    if tally.untried + tally.unknown > 0 {
        send_unfinished(&mut bulk, &done, true).await;
    }
    bulk.close().await;
}

/// Reports interrupted runs; that there are none, only if `news` is set.
async fn send_unfinished(bulk: &mut Bulk, done: &mpsc::Sender<Report>, news: bool) {
    match bulk.unfinished().await {
        Ok(runs) if runs.is_empty() && !news => {}
        Ok(runs) => {
            let _ = done.send(Report::Unfinished(runs)).await;
        }
        Err(error) => {
            tracing::warn!(error = %error.one_line(), "whether runs were interrupted is not known");
        }
    }
}
