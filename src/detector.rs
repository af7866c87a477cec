//! The background detector: when to sweep, and what the result means. The database does the sweep itself
//! ([`crate::data::native::sweep`]).
//!
//! Any number of detectors may run, on laptops and without a screen: correctness never depends on there
//! being exactly one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::data::model::safe_text::SafeText;
use crate::data::native::sweep::{SweepOutcome, SweepReport, Sweeper};
use crate::telemetry::Meters;

pub mod status;

use status::{LastSweep, Phase, Status};

/// The delay of the first sweep, so that a detector soon shows whether it works.
const FIRST_SWEEP: Duration = Duration::from_secs(10);
/// The delay after a failure; it grows by this much each time, up to the interval.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// The delay after a refused login.
const REFUSED_RETRY: Duration = Duration::from_mins(1);

/// The channels of the detector.
#[derive(Debug)]
pub struct DetectorChannels {
    /// Where its state goes.
    pub status: watch::Sender<Status>,
    /// The wall clock, for the times shown. The timers do not depend on it.
    pub clock: fn() -> DateTime<Utc>,
    /// The metrics of its sweeps.
    pub meters: Meters,
    /// Ends the task, after the current chunk.
    pub stop: CancellationToken,
}

/// Sweeps every `interval` until stopped.
pub async fn run(mut sweeper: Sweeper, interval: Duration, channels: DetectorChannels) {
    let dry_run = sweeper.dry_run();
    let mut pause = interval.min(FIRST_SWEEP);
    let mut failures = 0;
    channels.status.send_modify(|status| {
        status.dry_run = dry_run;
        status.phase = Phase::Waiting;
    });
    channels.meters.detector_starts(dry_run);
    loop {
        let due = Instant::now() + pause;
        let next_sweep = (channels.clock)() + pause;
        channels
            .status
            .send_modify(|status| status.next_sweep = Some(next_sweep));
        tokio::select! {
            biased;
            () = channels.stop.cancelled() => break,
            () = sleep_until(due) => {}
        }
        channels
            .status
            .send_modify(|status| status.phase = Phase::Sweeping);
        match sweeper.sweep(&channels.stop).await {
            Ok(report) => {
                let dry_run = dry_run || !report.acted();
                channels.meters.sweep_ended(&report, dry_run);
                log_report(&report, dry_run);
                failures = 0;
                pause = interval;
                let last = (!report.stood_aside).then(|| last_sweep(&report, (channels.clock)()));
                channels.status.send_modify(|status| {
                    status.phase = Phase::Waiting;
                    status.last = last.or(status.last.take());
                });
            }
            Err(error) => {
                if let Some(report) = sweeper.unfinished() {
                    let dry_run = dry_run || !report.acted();
                    channels.meters.sweep_broke_off(&report, dry_run);
                    log_report(&report, dry_run);
                }
                failures += 1;
                pause = (FIRST_RETRY * failures).min(interval);
                if error.is_refused_login() {
                    // The poller connects too; together they must not lock the account.
                    pause = pause.max(REFUSED_RETRY).min(interval.max(REFUSED_RETRY));
                }
                let words = error.one_line();
                tracing::warn!(error = %words, "sweep failed");
                channels
                    .status
                    .send_modify(|status| status.phase = Phase::Failing(words.into()));
            }
        }
    }
    sweeper.close().await;
}

/// Logs every task. Metrics have no such label: the number of tasks is unlimited.
fn log_report(report: &SweepReport, dry_run: bool) {
    for task in &report.tasks {
        let id = task.task_uuid;
        let (state, reason) = (
            word(task.original_state.as_ref()),
            word(task.dlq_reason.as_ref()),
        );
        let correlation = task.correlation_id.map(tracing::field::display);
        let (action, minutes) = (task.action_taken.as_str(), task.minutes_in_state);
        match action {
            "failed" => {
                let why = word(task.detail.as_ref());
                tracing::warn!(task = %id, correlation, state, reason, minutes, why, "task could not be swept");
            }
            "skipped" => tracing::debug!(task = %id, "task skipped by the sweep"),
            // Where nobody has armed it, the same tasks are found by every sweep.
            _ if dry_run => {
                tracing::debug!(task = %id, correlation, state, reason, action, minutes, "task would be swept");
            }
            _ => {
                tracing::info!(task = %id, correlation, state, reason, action, minutes, "task swept");
            }
        }
    }
    if let Some(held) = &report.held {
        let why = held.why.first_line();
        tracing::warn!(
            due = held.due,
            limit = held.breaker_limit,
            why,
            "sweep held"
        );
    }
    let (took, stood_aside) = (report.took.as_millis(), report.stood_aside);
    tracing::debug!(
        tasks = report.tasks.len(),
        took,
        stood_aside,
        dry_run,
        "sweep ended"
    );
}

fn word(text: Option<&SafeText>) -> &str {
    text.map_or("", SafeText::first_line)
}

fn last_sweep(report: &SweepReport, ended: DateTime<Utc>) -> LastSweep {
    LastSweep {
        ended,
        took: report.took,
        detected: report.detected(),
        moved: report.count(SweepOutcome::Moved).into(),
        skipped: report.count(SweepOutcome::Skipped).into(),
        failed: report.count(SweepOutcome::Failed).into(),
        armed: report.armed,
        held: report.held.clone(),
    }
}
