//! `dlqtop archive`: moves finished work that is past its retention out of the live tables.

use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::app::format::{count, plural};
use crate::cli::args::Output;
use crate::cli::output::json;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::cli::query::ask;
use crate::cli::read::lists::archive_table;
use crate::cli::target;
use crate::config::connect_options;
use crate::config::global::Global;
use crate::config::write_lock::refuses_writes;
use crate::data::error::DataError;
use crate::data::model::safe_text::SafeText;
use crate::data::native::archive::{Archiver, Batch, Place, Policy};
use crate::data::reads::queries;
use crate::data::reads::queries::Session;
use crate::failure::Failure;

/// What was asked of the archive.
#[derive(Debug, Clone, Copy, Args)]
pub struct ArchiveArgs {
    /// Count what would be moved and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// How large the archive is and how it grows; moves nothing.
    #[arg(long, conflicts_with_all = ["dry_run", "batch_size"])]
    stats: bool,
    /// Tasks a transaction at most, instead of the setting in force.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=10_000))]
    batch_size: Option<i32>,
    /// How it is printed.
    #[command(flatten)]
    output: Output,
}

/// What was done for one policy.
#[derive(Debug, Serialize)]
struct Line {
    #[serde(flatten)]
    policy: Policy,
    tasks: i64,
    steps: i64,
    transitions: i64,
    step_transitions: i64,
    entries: i64,
    /// The run ended before this policy had nothing more to move.
    more: bool,
}

impl Line {
    const fn new(policy: Policy) -> Self {
        let more = policy.retention_days.is_some();
        Self {
            policy,
            tasks: 0,
            steps: 0,
            transitions: 0,
            step_transitions: 0,
            entries: 0,
            more,
        }
    }

    const fn add(&mut self, batch: &Batch) {
        self.tasks += batch.tasks;
        self.steps += batch.steps;
        self.transitions += batch.transitions;
        self.step_transitions += batch.step_transitions;
        self.entries += batch.entries;
        self.more = batch.more;
    }
}

/// What a run did.
#[derive(Debug, Serialize)]
struct Report {
    dry_run: bool,
    batches: u32,
    took_ms: u64,
    /// Nothing is left that a policy lets go.
    finished: bool,
    /// What ended it early, if not a signal.
    error: Option<String>,
    policies: Vec<Line>,
}

/// Archives until nothing is left, or a signal asks it to stop, which it does between batches.
///
/// # Errors
///
/// [`Failure`] in read-only mode, on a server that cannot be written to, or if a batch fails; what
/// the batches before it moved has been printed then.
pub async fn run(global: &Global, args: ArchiveArgs) -> Result<ExitCode, Failure> {
    if args.stats {
        return stats(global, args.output).await;
    }
    if let Some(who) = refuses_writes(global)
        && !args.dry_run
    {
        return Err(Failure::usage(format!(
            "{who} and archive contradict each other: add --dry-run to look only"
        )));
    }
    let options = connect_options(global)?;
    let mut archiver = Archiver::new(&options, args.batch_size, args.dry_run)
        .trusting(target::trusted_owners(global));
    let (policies, session) = archiver.policies().await?;
    if !args.dry_run {
        writable(&session)?;
    }
    let stop = Stop::default();
    tokio::spawn(listen(stop.clone()));
    let mut report = Report {
        dry_run: args.dry_run,
        batches: 0,
        took_ms: 0,
        finished: false,
        error: None,
        policies: policies.into_iter().map(Line::new).collect(),
    };
    let ended = all(&mut archiver, &mut report, &stop).await;
    report.finished = report.policies.iter().all(|line| !line.more);
    report.error = ended.as_ref().err().map(DataError::one_line);
    archiver.close().await;
    print(&report, args.output)?;
    ended?;
    if !report.finished
        && let Some(signal) = stop.signal.get()
    {
        say(if stop.now.is_cancelled() {
            "stopped; the last batch was moved whole or not at all; run it again to go on"
        } else {
            "stopped between two batches; run it again to go on"
        });
        return Ok(ExitCode::from(128 + signal));
    }
    Ok(ExitCode::SUCCESS)
}

fn writable(session: &Session) -> Result<(), Failure> {
    let why = if session.in_recovery {
        "this server is a standby: archive on the primary, or add --dry-run to look only"
    } else if session.read_only_by_default {
        "this role or database is set to read only: add --dry-run to look only"
    } else {
        return Ok(());
    };
    Err(Failure::unavailable(why))
}

/// Every policy in turn, batch by batch.
async fn all(archiver: &mut Archiver, report: &mut Report, stop: &Stop) -> Result<(), DataError> {
    let started = Instant::now();
    // Draws on a terminal only.
    let progress = ProgressBar::new_spinner();
    progress.enable_steady_tick(Duration::from_millis(200));
    let (dry_run, mut total) = (report.dry_run, 0);
    let mut ended = Ok(());
    'policies: for line in &mut report.policies {
        let mut after = Place::default();
        while line.more {
            if stop.soon.is_cancelled() {
                break 'policies;
            }
            progress.set_message(doing(dry_run, &line.policy.policy, total));
            let batch = tokio::select! {
                biased;
                () = stop.now.cancelled() => break 'policies,
                batch = archiver.batch(&line.policy.policy, &after) => batch,
            };
            match batch {
                Ok(batch) => {
                    after = Place::after(&batch);
                    total += batch.tasks;
                    report.batches += 1;
                    line.add(&batch);
                }
                Err(error) => {
                    ended = Err(error);
                    break 'policies;
                }
            }
        }
    }
    progress.finish_and_clear();
    report.took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    ended
}

fn doing(dry_run: bool, policy: &SafeText, total: i64) -> String {
    let verb = if dry_run { "counting" } else { "archiving" };
    format!("{verb} what is {policy}: {} tasks so far", count(total))
}

/// What signals asked for.
#[derive(Debug, Clone, Default)]
struct Stop {
    /// After this batch.
    soon: CancellationToken,
    /// Whatever the batch.
    now: CancellationToken,
    /// The number of the first signal.
    signal: Arc<OnceLock<u8>>,
}

impl Stop {
    fn on_signal(&self, signal: u8) {
        if self.signal.set(signal).is_ok() {
            self.soon.cancel();
            say("stopping after this batch; once more stops at once");
        } else {
            self.now.cancel();
        }
    }
}

/// Hears the signals for as long as the program runs.
#[cfg(unix)]
async fn listen(stop: Stop) {
    use tokio::signal::unix::{SignalKind, signal};
    let listeners = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    );
    let (Ok(mut interrupt), Ok(mut terminate)) = listeners else {
        return;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => stop.on_signal(2),
            _ = terminate.recv() => stop.on_signal(15),
        }
    }
}

#[cfg(not(unix))]
async fn listen(stop: Stop) {
    while tokio::signal::ctrl_c().await.is_ok() {
        stop.on_signal(2);
    }
}

fn say(line: &str) {
    let _ = writeln!(stderr(), "dlqtop: {line}");
}

fn print(report: &Report, output: Output) -> Result<(), Failure> {
    let mut out = stdout().lock();
    if output.json {
        json::write(&mut out, report)?;
        return Ok(());
    }
    let mut shown = table(&[
        "POLICY",
        "KEPT",
        ">TASKS",
        ">STEPS",
        ">TRANSITIONS",
        ">ENTRIES",
        "",
    ]);
    for line in &report.policies {
        let kept = line.policy.retention_days;
        shown.add_row([
            line.policy.policy.to_string(),
            kept.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days")),
            count(line.tasks),
            count(line.steps),
            count(line.transitions + line.step_transitions),
            count(line.entries),
            if line.more { "more left" } else { "" }.to_owned(),
        ]);
    }
    put(&mut out, &shown)?;
    let verb = if report.dry_run {
        "would move"
    } else {
        "moved"
    };
    let tasks: i64 = report.policies.iter().map(|line| line.tasks).sum();
    writeln!(
        out,
        "{verb} {} in {}",
        plural(usize::try_from(tasks).unwrap_or_default(), "task"),
        plural(
            usize::try_from(report.batches).unwrap_or_default(),
            "transaction"
        ),
    )?;
    Ok(())
}

/// `dlqtop archive --stats`.
async fn stats(global: &Global, output: Output) -> Result<ExitCode, Failure> {
    let growth = ask(global, async |db, source| {
        queries::archive(db, source).await
    })
    .await?;
    if output.json {
        return print_json(&growth);
    }
    let mut out = stdout().lock();
    put(&mut out, &archive_table(&growth))?;
    Ok(ExitCode::SUCCESS)
}
