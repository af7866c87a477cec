//! `dlqtop detect`: sweeps until a signal, with one line a sweep.

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::clock::now;
use crate::cli::metrics::Polling;
use crate::cli::target::Target;
use crate::config::value::Budget;
use crate::data::native::sweep::Sweeper;
use crate::detector::status::{LastSweep, Phase, Status};
use crate::detector::{self, DetectorChannels};
use crate::failure::Failure;

/// The longest that a chunk under way may take to end once a signal has come.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(40);

/// A detector, how often it sweeps, and what polls for metrics may cost meanwhile.
pub(super) struct Sweeps {
    pub(super) sweeper: Sweeper,
    pub(super) interval: Duration,
    pub(super) poll_budget: Budget,
}

/// Sweeps until a signal, with one line a sweep.
pub(super) async fn run_until_stopped(
    sweeps: Sweeps,
    target: Target,
    as_json: bool,
    stop: &CancellationToken,
) -> Result<ExitCode, Failure> {
    let (status, heard) = watch::channel(Status::default());
    let wires = DetectorChannels {
        status,
        clock: now,
        meters: target.metrics.meters.clone(),
        stop: stop.clone(),
    };
    let tasks = TaskTracker::new();
    let polling = Polling {
        options: target.site.options.clone(),
        budget: sweeps.poll_budget,
    };
    (target.metrics).serve_without_screen(polling, heard.clone(), &tasks, stop);
    let detector = tokio::spawn(detector::run(sweeps.sweeper, sweeps.interval, wires));
    let told = print_events(heard, as_json).await;
    // Whoever read our lines may have gone; the chunk under way still comes to its end.
    stop.cancel();
    let ended = timeout(SHUTDOWN_GRACE, detector).await;
    told?;
    match ended {
        Ok(Ok(())) => Ok(ExitCode::SUCCESS),
        Ok(Err(_)) => Err(Failure::unavailable(
            "the detector stopped by a fault of its own: please pass it on",
        )),
        Err(_) => Err(Failure::unavailable(
            "gave up waiting for the database: what the last sweep did stands there",
        )),
    }
}

/// Prints one line a sweep until the detector ends.
async fn print_events(
    mut heard: watch::Receiver<Status>,
    as_json: bool,
) -> Result<(), std::io::Error> {
    let mut told = Status::default();
    while heard.changed().await.is_ok() {
        let status = heard.borrow_and_update().clone();
        // Set anew after each sweep, and once before the first: what it did is known by then.
        if status.next_sweep == told.next_sweep {
            continue;
        }
        if as_json {
            writeln!(stdout().lock(), "{}", event(&status, &told))?;
        } else {
            writeln!(stdout().lock(), "{}", line(&status, &told))?;
        }
        told = status;
    }
    Ok(())
}

/// What the last sweep did, if it is another than the one that was told of before.
fn news<'s>(status: &'s Status, told: &Status) -> Option<&'s LastSweep> {
    status.last.as_ref().filter(|_| status.last != told.last)
}

fn line(status: &Status, told: &Status) -> String {
    let at = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let done = match (&status.phase, news(status, told)) {
        (Phase::Failing(why), _) => why.to_string(),
        (_, Some(last)) => swept(last, status.dry_run),
        (_, None) if told.next_sweep.is_none() => "started".to_owned(),
        (_, None) => "stood aside: another detector is sweeping".to_owned(),
    };
    let next = status.next_sweep.map(at).unwrap_or_default();
    format!("{} {done}; next sweep {next}", at(now()))
}

/// What a sweep did, or why it did nothing.
fn swept(last: &LastSweep, dry_run: bool) -> String {
    let took = last.took.as_secs_f64();
    if let Some(held) = last.held.as_ref().filter(|_| !last.acted()) {
        return format!(
            "held after {took:.2} s: {}; `dlqtop detect --confirm {}` lets one sweep take them",
            held.why, held.due
        );
    }
    format!(
        "swept in {took:.2} s: {} detected, {} moved, {} skipped, {} failed{}",
        last.detected,
        if last.acted() || dry_run {
            last.moved
        } else {
            0
        },
        last.skipped,
        last.failed,
        match (dry_run, last.acted()) {
            (true, _) => " (dry run)",
            (false, false) => " (not armed: `dlqtop detect --arm`)",
            (false, true) => "",
        },
    )
}

fn event(status: &Status, told: &Status) -> Value {
    let (outcome, error) = match (&status.phase, news(status, told)) {
        (Phase::Failing(why), _) => ("could_not_sweep", Some(why)),
        (_, Some(last)) if last.held.is_some() && !last.acted() => ("held", None),
        (_, Some(_)) => ("swept", None),
        (_, None) if told.next_sweep.is_none() => ("started", None),
        (_, None) => ("stood_aside", None),
    };
    let mut event = json!({
        "at": now(),
        "outcome": outcome,
        "dry_run": status.dry_run,
        "next_sweep": status.next_sweep,
    });
    match news(status, told) {
        Some(last) if matches!(outcome, "swept" | "held") => {
            event["dry_run"] = json!(status.dry_run || !last.acted());
            event["armed"] = json!(last.armed);
            event["held"] = json!(last.held);
            event["took_ms"] = json!(last.took.as_millis());
            event["detected"] = json!(last.detected);
            event["moved"] = json!(last.moved);
            event["skipped"] = json!(last.skipped);
            event["failed"] = json!(last.failed);
        }
        _ => {}
    }
    if let Some(error) = error {
        event["error"] = json!(error);
    }
    event
}
