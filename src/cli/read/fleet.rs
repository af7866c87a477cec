//! `dlqtop workers`: who works and what waits in which queue, where the source knows.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use clap::Args;
use comfy_table::Table;

use crate::app::format::{count, count_usize, duration, plural, short_duration};
use crate::app::polled::workers::{Leadership, WorkerSummary, needs_leader};
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::cli::query::ask;
use crate::config::global::Global;
use crate::data::model::fleet::Lease;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{Fleet, QueueDepthRow, TypeRow, WorkerRow};
use crate::data::reads::queries;
use crate::failure::Failure;

/// What is asked of workers and queues.
#[derive(Debug, Clone, Copy, Args)]
pub struct WorkersArgs {
    /// Workers and queues at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// How it is printed.
    #[command(flatten)]
    pub output: Output,
}

/// One of the two lists, and whether there is more of it.
struct Part<T> {
    rows: Vec<T>,
    more: bool,
}

/// Prints workers, the worst first, and queues, the deepest first.
///
/// # Errors
///
/// [`Failure`]; with exit code 2 where the source knows of neither.
pub async fn run(global: &Global, args: WorkersArgs) -> Result<ExitCode, Failure> {
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let (has, led, fleet) = ask(global, async |db, source| {
        let has = (source.has("workers"), source.has("queues"));
        if has == (false, false) {
            return Ok((Err(source.why_not("workers")), false, Fleet::default()));
        }
        // One more than is shown tells whether there are more.
        let fleet = queries::fleet(db, source, limit.saturating_add(1)).await?;
        Ok((Ok(has), needs_leader(source, &fleet), fleet))
    })
    .await?;
    let (workers, queues) = has.map_err(|why| {
        Failure::usage(format!(
            "there are neither workers nor queues to show: {why}"
        ))
    })?;
    let workers = workers.then(|| part(fleet.workers, limit));
    let queues = queues.then(|| part(fleet.queues, limit));
    if args.output.json {
        return print_json(&serde_json::json!({
            "workers": workers.as_ref().map(|part| &part.rows),
            "more_workers": workers.as_ref().map(|part| part.more),
            "queues": queues.as_ref().map(|part| &part.rows),
            "more_queues": queues.as_ref().map(|part| part.more),
        }));
    }
    let both = workers.is_some() && queues.is_some();
    if let Some(part) = workers {
        print(&part, &workers_table(&part.rows), "worker")?;
        // Of a part of them, nobody knows whether one leads.
        if !(part.more || part.rows.is_empty()) {
            writeln!(stdout(), "{}", summary(&part.rows, led))?;
        }
    }
    if both {
        writeln!(stdout())?;
    }
    if let Some(part) = queues {
        print(&part, &queues_table(&part.rows), "queue")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn part<T>(mut rows: Vec<T>, limit: usize) -> Part<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    Part { rows, more }
}

/// The table, and under it whether that is all: a cap is never silent.
fn print<T>(part: &Part<T>, shown: &Table, what: &str) -> Result<(), Failure> {
    let mut out = stdout().lock();
    if !part.rows.is_empty() {
        put(&mut out, shown)?;
    }
    let rest = if part.more {
        ", and there are more"
    } else {
        ""
    };
    writeln!(out, "{}{rest}", plural(part.rows.len(), what))?;
    Ok(())
}

/// `2 alive, 1 dead, pool 11/20, leader db1-4711-a`.
fn summary(rows: &[WorkerRow], led: bool) -> String {
    let crew = WorkerSummary::of(rows, led);
    let healths = [
        (crew.alive, "alive"),
        (crew.late, "late"),
        (crew.dead, "dead"),
    ];
    let healths = healths.iter().filter(|(n, _)| *n > 0);
    let mut parts: Vec<String> = healths
        .map(|(n, word)| format!("{} {word}", count_usize(*n)))
        .collect();
    if let Some((busy, size)) = crew.pool {
        parts.push(format!("pool {}/{}", count(busy), count(size)));
    }
    match crew.lead {
        Leadership::Unknown => {}
        Leadership::Nobody => parts.push("no leader".to_owned()),
        Leadership::One(row) => parts.push(format!("leader {}", row.worker.first_line())),
        Leadership::Many(n) => parts.push(format!("{} leaders", count_usize(n))),
    }
    parts.join(", ")
}

fn text(text: Option<&SafeText>) -> String {
    text.map_or_else(String::new, |text| text.first_line().to_owned())
}

fn number(n: Option<i64>) -> String {
    n.map_or_else(String::new, count)
}

fn span(seconds: Option<f64>) -> String {
    seconds.map_or_else(String::new, duration)
}

fn workers_table(rows: &[WorkerRow]) -> Table {
    let mut shown = table(&[
        "HEALTH",
        "WORKER",
        "HOST",
        "SERVES",
        ">BUSY",
        ">OF",
        ">SEEN",
        "LEADER",
        "VERSION",
        ">DONE/H",
        ">FAILED/H",
        "CONDITION",
    ]);
    for row in rows {
        let leader = match row.lease() {
            Lease::None => String::new(),
            Lease::Leads(None) => "yes".to_owned(),
            Lease::Leads(Some(left)) => format!("yes, {} left", duration(left)),
            Lease::RanOut(ago) => format!("ran out {} ago", duration(ago)),
            Lease::Died => "no, dead".to_owned(),
        };
        shown.add_row([
            row.health.first_line().to_owned(),
            row.worker.first_line().to_owned(),
            text(row.host.as_ref()),
            text(row.namespace_name.as_ref()),
            number(row.busy),
            number(row.size),
            span(row.seen_seconds),
            leader,
            text(row.version.as_ref()),
            number(row.finished_last_hour),
            number(row.failed_last_hour),
            text(row.condition.as_ref()),
        ]);
    }
    shown
}

fn queues_table(rows: &[QueueDepthRow]) -> Table {
    let mut shown = table(&[
        "QUEUE", ">DEPTH", ">OLDEST", ">FAILED", ">DELAYED", "ROUTES",
    ]);
    for row in rows {
        let routes: Vec<&str> = row.routes.iter().map(SafeText::first_line).collect();
        shown.add_row([
            row.name.first_line().to_owned(),
            count(row.depth),
            row.oldest(duration),
            count(row.failed),
            number(row.delayed),
            routes.join(", "),
        ]);
    }
    shown
}

/// What `dlqtop stats` prints by type.
pub(in crate::cli) fn types(rows: &[TypeRow]) -> Table {
    let mut shown = table(&[
        "TYPE",
        ">PENDING",
        ">RUNNING",
        ">RETRIED",
        ">FAILED/H",
        ">WAIT P50",
        ">WAIT P95",
        ">RUN P50",
        ">RUN P95",
    ]);
    let span = |seconds: Option<f64>| seconds.map_or_else(String::new, short_duration);
    for row in rows {
        shown.add_row([
            row.name(),
            count(row.pending),
            count(row.running),
            count(row.retried),
            count(row.failed_last_hour),
            span(row.wait_p50_seconds),
            span(row.wait_p95_seconds),
            span(row.run_p50_seconds),
            span(row.run_p95_seconds),
        ]);
    }
    shown
}
