//! `dlqtop demo --source NAME`: the small fleet of another system, found and opened as any database is.

use std::collections::BTreeMap;
use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Serialize;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::args::{DemoArgs, FLEET_CONNECTIONS, SHUTDOWN_GRACE, say};
use crate::app::format::count;
use crate::cli::dashboard;
use crate::cli::metrics::Metrics;
use crate::cli::output::json;
use crate::cli::target::open_command::open_command;
use crate::cli::target::{self, Target};
use crate::config::global::Global;
use crate::data::ad_hoc;
use crate::data::error::DataError;
use crate::data::reads::queries;
use crate::data::source::recognise::Wanted;
use crate::data::source::{NATIVE, Site, Source};
use crate::demo::foreign::{self, Fleet, Ticks};
use crate::failure::Failure;

/// How long a statement of the summary may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How many workers and queues are counted at most.
const MOST: usize = 1_000;

/// The fleet that was asked for, if it is not the native one.
pub(super) fn asked_for(global: &Global, args: DemoArgs) -> Result<Option<Fleet>, Failure> {
    let Some(name) = global
        .flags
        .source
        .as_deref()
        .filter(|name| !name.is_empty())
    else {
        return Ok(None);
    };
    if name == NATIVE {
        return Ok(None);
    }
    let Some(fleet) = Fleet::of(name) else {
        let known = [vec![NATIVE.to_owned()], Fleet::names()]
            .concat()
            .join(", ");
        return Err(Failure::usage(format!(
            "there is no demo of {name:?}: there are {known}"
        )));
    };
    if args.backlog > 0 {
        return Err(Failure::usage(format!(
            "--backlog is for the demo of {NATIVE}: that of {name} has what its files say"
        )));
    }
    Ok(Some(fleet))
}

/// What a demo without a screen has to say at its end.
#[derive(Debug, Serialize)]
struct Summary {
    /// The source of whose system it was.
    source: String,
    /// How long it ran.
    lasted_secs: f64,
    /// Seconds in which the fleet lived, and those in which it could not.
    ticks: u64,
    failed_ticks: u64,
    /// Stale now, and on the way there.
    stale: i64,
    warning: i64,
    /// Open entries now, by reason.
    pending: i64,
    dead_letters: BTreeMap<String, i64>,
    /// Of the last hour.
    arrived_last_hour: i64,
    resolved_last_hour: Option<i64>,
    /// Workers that are known, and messages that wait.
    workers: usize,
    waiting: i64,
}

/// What was seen, if there was no screen, and the exit code.
type Ended = Result<(ExitCode, Option<Summary>), Failure>;

/// A fleet, the database it works in, and what is counted there.
pub(super) struct Stage {
    pub(super) fleet: Fleet,
    pub(super) options: PgConnectOptions,
    pub(super) metrics: Metrics,
}

/// Fills the database, lets the fleet live, and looks at it as the role that may act.
pub(super) async fn show(
    global: &Global,
    args: DemoArgs,
    stage: Stage,
    stop: &CancellationToken,
) -> Result<ExitCode, Failure> {
    let Stage {
        fleet,
        options,
        metrics,
    } = stage;
    say("filling it with work …");
    let pool = PgPoolOptions::new()
        .max_connections(FLEET_CONNECTIONS)
        .connect_lazy_with(options.clone());
    fleet.prepare(&pool).await?;
    let mut wanted = target::wanted(global);
    wanted.given.profile.extend(fleet.profile.clone());
    let options = options.username(foreign::OPERATOR);
    let run_fleet = tokio::spawn(run_fleet(fleet, pool.clone(), stop.clone()));
    let ended = match args.headless {
        None => on_screen(global, options, &wanted, metrics, stop).await,
        Some(seconds) => headless(options, &wanted, seconds, stop).await,
    };
    stop.cancel();
    // The demo's end does not depend on it: the server goes in any case.
    let ticks = timeout(SHUTDOWN_GRACE, async {
        let ticks = run_fleet.await;
        pool.close().await;
        ticks
    });
    let ticks = ticks.await.ok().and_then(Result::ok).unwrap_or_default();
    let (code, summary) = ended?;
    if let Some(summary) = summary {
        let summary = Summary {
            ticks: ticks.done,
            failed_ticks: ticks.failed,
            ..summary
        };
        print(&summary, args.json)?;
    }
    Ok(code)
}

async fn run_fleet(fleet: Fleet, pool: PgPool, stop: CancellationToken) -> Ticks {
    fleet.run(pool, stop).await
}

async fn on_screen(
    global: &Global,
    options: PgConnectOptions,
    wanted: &Wanted,
    metrics: Metrics,
    stop: &CancellationToken,
) -> Ended {
    let target = Target::open(options, wanted, "demo".to_owned(), None).await?;
    let mut target = target.with_meters(metrics);
    target.greeting = Some(format!(
        "from another terminal (:address): {}",
        open_command(global, &target)
    ));
    let code = dashboard::open(global, target, stop.clone()).await?;
    Ok((code, None))
}

async fn headless(
    options: PgConnectOptions,
    wanted: &Wanted,
    seconds: u64,
    stop: &CancellationToken,
) -> Ended {
    let target = Target::open(options, wanted, "demo".to_owned(), None).await?;
    say(&format!("running without a screen for {seconds} s …"));
    let started = Instant::now();
    let interrupted = tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(seconds)) => false,
        _ = tokio::signal::ctrl_c() => true,
        () = stop.cancelled() => true,
    };
    let summary = summary(&target.site, started.elapsed()).await?;
    let code = if interrupted {
        ExitCode::from(130)
    } else {
        ExitCode::SUCCESS
    };
    Ok((code, Some(summary)))
}

/// How things stand, read as the dashboard reads it.
async fn summary(site: &Site, lasted: Duration) -> Result<Summary, DataError> {
    let source: &Source = &site.source;
    let read = ad_hoc::once(site, "sum up the demo", LIMIT, async |db| {
        let counts = queries::counts(db, source).await?;
        let stats = queries::stats(db, source).await?;
        Ok((counts, stats, queries::fleet(db, source, MOST).await?))
    });
    let (counts, stats, fleet) = read.await?;
    let open = stats.reasons.into_iter().filter(|row| row.pending > 0);
    Ok(Summary {
        source: source.name.clone(),
        lasted_secs: lasted.as_secs_f64(),
        ticks: 0,
        failed_ticks: 0,
        stale: counts.stale,
        warning: counts.warning,
        pending: counts.pending,
        dead_letters: open
            .map(|row| (row.dlq_reason.to_string(), row.pending))
            .collect(),
        arrived_last_hour: counts.arrived_last_hour,
        resolved_last_hour: counts.resolved_last_hour,
        workers: fleet.workers.len(),
        waiting: fleet.queues.iter().map(|queue| queue.depth).sum(),
    })
}

fn print(summary: &Summary, as_json: bool) -> Result<(), Failure> {
    let mut out = stdout().lock();
    if as_json {
        json::write(&mut out, summary)?;
        return Ok(());
    }
    writeln!(
        out,
        "{} ran for {:.0} s",
        summary.source, summary.lasted_secs
    )?;
    let workers = i64::try_from(summary.workers).unwrap_or(i64::MAX);
    let figures = [
        ("stale now", summary.stale),
        ("close to it", summary.warning),
        ("arrived in the last hour", summary.arrived_last_hour),
        ("workers", workers),
        ("messages that wait", summary.waiting),
    ];
    for (name, figure) in figures {
        writeln!(out, "{name}: {}", count(figure))?;
    }
    if let Some(resolved) = summary.resolved_last_hour {
        writeln!(out, "resolved in the last hour: {}", count(resolved))?;
    }
    writeln!(out, "open entries: {}", count(summary.pending))?;
    for (reason, figure) in &summary.dead_letters {
        writeln!(out, "  {reason}: {}", count(*figure))?;
    }
    Ok(())
}
