//! `dlqtop detect`: the detector without a screen, for one sweep or for ever.

use std::collections::BTreeMap;
use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clock::now;
use super::dashboard::instance;
use super::metrics::{Metrics, Polling};
use super::target::{self, Target};
use crate::app::format::plural;
use crate::cli::args::Output;
use crate::cli::output::json;
use crate::cli::output::table::{put, table};
use crate::config;
use crate::config::global::Global;
use crate::config::value::{Budget, interval};
use crate::config::write_lock::refuses_writes;
use crate::data::native::sweep::{SweepOptions, SweepOutcome, SweepReport, Sweeper, SweptTask};
use crate::detector::status::{LastSweep, Phase, Status};
use crate::detector::{self, DetectorChannels};
use crate::failure::Failure;
use crate::ui::input::signals;

/// A sweep that was asked for by hand or by a timer may take its time.
const ONCE_BUDGET: Duration = Duration::from_mins(10);
/// The longest that a chunk under way may take to end once a signal has come.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(40);

/// How to detect.
#[derive(Debug, Clone, Copy, Args)]
pub struct DetectArgs {
    /// Sweep once, say what was done, and end: 0, or 1 if a task could not be processed.
    #[arg(long)]
    pub once: bool,
    /// Say what would be done and change nothing but the table of sweeps.
    #[arg(long)]
    pub dry_run: bool,
    /// Time between two sweeps: 5m unless given here or in the configuration.
    #[arg(long, value_parser = interval, value_name = "TIME")]
    pub interval: Option<Duration>,
    /// With --once: one line a task as well.
    #[arg(long, requires = "once", conflicts_with = "json")]
    pub verbose: bool,
    /// How it is printed: with --once one object with every task, else one line a sweep.
    #[command(flatten)]
    pub output: Output,
}

/// Detects, once or until a signal ends it.
///
/// # Errors
///
/// [`Failure`] if the database cannot be asked, or if this session may not sweep.
pub async fn run(global: &Global, args: DetectArgs) -> Result<ExitCode, Failure> {
    if let Some(who) = refuses_writes(global) {
        return Err(Failure::usage(format!(
            "{who} and detect contradict each other: `dlqtop staleness` only looks"
        )));
    }
    let settings = &global.settings;
    if let Some(why) = settings.detector_off() {
        return Err(Failure::usage(if why.starts_with("--") {
            format!("{why} and detect contradict each other: leave one out")
        } else {
            format!("the detector is off {why}: see staleness_detection.enabled")
        }));
    }
    let actor = config::actor(global)?;
    let options = config::connect_options(global)?;
    // One sweep is over before anybody could ask about it.
    let metrics = if args.once {
        Metrics::off()
    } else {
        Metrics::listen(global).await?
    };
    let target = Target::open(options, &target::native(global), String::new(), None)
        .await?
        .with_meters(metrics);
    may_sweep(&target)?;
    let sweeping = SweepOptions {
        instance: instance(&actor),
        dry_run: args.dry_run || settings.program.detection.dry_run,
        budget: if args.once {
            ONCE_BUDGET
        } else {
            settings.program.detection.budget
        },
    };
    let sweeper = Sweeper::new(&target.site.options, sweeping);
    let stop = CancellationToken::new();
    let signal = tokio::spawn(signals::without_terminal(stop.clone()));
    let ended = if args.once {
        once(sweeper, args, &stop).await
    } else {
        let sweeps = Sweeps {
            interval: (args.interval).unwrap_or(settings.program.detection.interval),
            poll_budget: settings.program.polling.db_budget,
            sweeper,
        };
        run_until_stopped(sweeps, target, args.output.json, &stop).await
    };
    stop.cancel();
    let code = ended?;
    match signal.await {
        Ok(Some(number)) => Ok(ExitCode::from(128 + number)),
        _ => Ok(code),
    }
}

/// Why this session cannot sweep, if it cannot.
fn may_sweep(target: &Target) -> Result<(), Failure> {
    let session = &target.session;
    let why = if session.in_recovery {
        "this server is a standby: run detect against the primary"
    } else if session.read_only_by_default {
        "this role or database is set to read only: detect has to write"
    } else if !session.may_sweep {
        "this role may not sweep: ask for a grant of dlqtop_detector"
    } else {
        return Ok(());
    };
    Err(Failure::unavailable(why))
}

async fn once(
    mut sweeper: Sweeper,
    args: DetectArgs,
    stop: &CancellationToken,
) -> Result<ExitCode, Failure> {
    let dry_run = sweeper.dry_run();
    let swept = sweeper.sweep(stop).await;
    sweeper.close().await;
    let report = swept?;
    if args.output.json {
        json::write(&mut stdout().lock(), &as_json(&report, dry_run))?;
    } else {
        print(&report, dry_run, args.verbose)?;
    }
    Ok(ExitCode::from(u8::from(
        report.count(SweepOutcome::Failed) > 0,
    )))
}

fn as_json(report: &SweepReport, dry_run: bool) -> Value {
    let task = |task: &SweptTask| {
        json!({
            "task_uuid": task.task_uuid,
            "original_state": task.original_state,
            "dlq_reason": task.dlq_reason,
            "action_taken": task.action_taken,
            "detail": task.detail,
        })
    };
    json!({
        "dry_run": dry_run,
        "stood_aside": report.stood_aside,
        "took_ms": report.took.as_millis(),
        "detected": report.tasks.len(),
        "moved": report.count(SweepOutcome::Moved),
        "skipped": report.count(SweepOutcome::Skipped),
        "failed": report.count(SweepOutcome::Failed),
        "tasks": report.tasks.iter().map(task).collect::<Vec<_>>(),
    })
}

fn print(report: &SweepReport, dry_run: bool, verbose: bool) -> Result<(), Failure> {
    let mut out = stdout().lock();
    if report.stood_aside {
        writeln!(out, "another detector is sweeping: nothing was done here")?;
        return Ok(());
    }
    let found = plural(report.tasks.len(), "stale task");
    let took = report.took.as_secs_f64();
    let dry = if dry_run {
        "; a dry run: nothing was changed"
    } else {
        ""
    };
    writeln!(out, "swept in {took:.2} s: {found}{dry}")?;
    let mut shown = table(&["ACTION", "REASON", ">TASKS", "DETAIL"]);
    for ((action, reason, detail), tasks) in by_action(&report.tasks) {
        shown.add_row([action, reason, &tasks.to_string(), detail]);
    }
    if verbose && !report.tasks.is_empty() {
        put(&mut out, &shown)?;
        writeln!(out)?;
        shown = table(&["TASK", "STATE", "REASON", "ACTION", "DETAIL"]);
        for task in &report.tasks {
            let text =
                |text: &Option<_>| text.as_ref().map_or_else(String::new, ToString::to_string);
            shown.add_row([
                task.task_uuid.to_string(),
                text(&task.original_state),
                text(&task.dlq_reason),
                task.action_taken.to_string(),
                text(&task.detail),
            ]);
        }
    }
    if !report.tasks.is_empty() {
        put(&mut out, &shown)?;
    }
    Ok(())
}

/// How many tasks ended alike: by action, reason and message.
fn by_action(tasks: &[SweptTask]) -> BTreeMap<(&str, &str, &str), usize> {
    let mut alike = BTreeMap::new();
    for task in tasks {
        let reason = task
            .dlq_reason
            .as_ref()
            .map_or("", |text| text.first_line());
        let detail = task.detail.as_ref().map_or("", |text| text.first_line());
        *alike
            .entry((task.action_taken.as_str(), reason, detail))
            .or_default() += 1;
    }
    alike
}

/// A detector, how often it sweeps, and what polls for metrics may cost meanwhile.
struct Sweeps {
    sweeper: Sweeper,
    interval: Duration,
    poll_budget: Budget,
}

async fn run_until_stopped(
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
        (_, Some(last)) => format!(
            "swept in {:.2} s: {} detected, {} moved, {} skipped, {} failed{}",
            last.took.as_secs_f64(),
            last.detected,
            last.moved,
            last.skipped,
            last.failed,
            if status.dry_run { " (dry run)" } else { "" },
        ),
        (_, None) if told.next_sweep.is_none() => "started".to_owned(),
        (_, None) => "stood aside: another detector is sweeping".to_owned(),
    };
    let next = status.next_sweep.map(at).unwrap_or_default();
    format!("{} {done}; next sweep {next}", at(now()))
}

fn event(status: &Status, told: &Status) -> Value {
    let (outcome, error) = match (&status.phase, news(status, told)) {
        (Phase::Failing(why), _) => ("could_not_sweep", Some(why)),
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
        Some(last) if outcome == "swept" => {
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
