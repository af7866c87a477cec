//! `dlqtop undo`: puts back to work what a sweep took.

use std::collections::BTreeMap;
use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::app::format::{count_usize, plural};
use crate::cli::act::access::check_writable;
use crate::cli::act::args::checked_reason;
use crate::cli::act::ask::{can_ask, yes_to};
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::cli::target::{self, Target};
use crate::config;
use crate::config::global::Global;
use crate::data::native::detector_control::{Decision, Undo, UndoneTask, undo_preview};
use crate::failure::Failure;

/// What to undo, and how.
#[derive(Debug, Clone, Args)]
pub struct UndoArgs {
    /// The sweep, by its id in `dlqtop stats`.
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(i64).range(1..))]
    pub sweep: i64,
    /// Why; required unless --dry-run. It goes into the operator log and into the entries.
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    pub reason: Option<String>,
    /// Show what would be done and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask for confirmation. Needed without a terminal.
    #[arg(long, short = 'y', conflicts_with = "dry_run")]
    pub yes: bool,
    /// Print JSON: what happened to each task.
    #[arg(long)]
    pub json: bool,
}

/// Shows what an undo would do, asks, and does it. 1 if another session held some of the tasks.
///
/// # Errors
///
/// [`Failure`] if there is no such sweep, or nobody agreed.
pub async fn run(global: &Global, args: UndoArgs) -> Result<ExitCode, Failure> {
    let actor = config::actor(global)?;
    let options = config::connect_options(global)?;
    let target = Target::open(options, &target::native(global), String::new(), None).await?;
    let planned = undo_preview(&target.site.options, args.sweep).await?;
    if args.dry_run {
        report(&args, &planned, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    check_writable(global, &target)?;
    let reason = checked_reason(global, args.reason.as_deref().unwrap_or_default())?;
    if !args.yes {
        if !can_ask() {
            return Err(Failure::usage(
                "without a terminal add --yes, or look first with --dry-run",
            ));
        }
        let mut err = stderr().lock();
        put(&mut err, &by_outcome(&planned))?;
        drop(err);
        let tasks = plural(planned.len(), "task");
        let question = format!(
            "Undo sweep {} ({tasks}) and disarm the detector? [y/N] ",
            args.sweep
        );
        if !yes_to(&question)? {
            return Err(Failure::refused("nothing was changed"));
        }
    }
    let decision = Decision {
        actor: &actor,
        reason: &reason,
        incident: None,
    };
    let mut undo = Undo::new(&target.site.options, args.sweep, Some(decision));
    let ended = undo.all().await;
    report(&args, &undo.done, Some(&undo))?;
    ended?;
    let busy = undo.done.iter().any(|task| task.outcome.as_str() == "busy");
    Ok(ExitCode::from(u8::from(busy)))
}

fn report(args: &UndoArgs, tasks: &[UndoneTask], undo: Option<&Undo<'_>>) -> Result<(), Failure> {
    if args.json {
        print_json(&json!({
            "sweep": args.sweep,
            "dry_run": undo.is_none(),
            "batch": undo.map(Undo::batch),
            "tasks": tasks,
        }))?;
        return Ok(());
    }
    let mut out = stdout().lock();
    if !tasks.is_empty() {
        put(&mut out, &by_outcome(tasks))?;
    }
    let line = match (tasks.is_empty(), undo) {
        (true, _) => format!("sweep {} took nothing that could be undone", args.sweep),
        (false, None) => "a dry run: nothing was changed".to_owned(),
        (false, Some(undo)) => format!(
            "undone, and the detector is disarmed; batch {} in `dlqtop log`",
            undo.batch()
        ),
    };
    writeln!(out, "{line}")?;
    Ok(())
}

/// How many tasks there are of each outcome, and who has touched those that were touched.
fn by_outcome(tasks: &[UndoneTask]) -> comfy_table::Table {
    let mut alike: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for task in tasks {
        let by = task.by_whom.as_ref().map_or("", |by| by.first_line());
        *alike.entry((task.outcome.as_str(), by)).or_default() += 1;
    }
    let mut shown = table(&["OUTCOME", "BY", ">TASKS"]);
    for ((outcome, by), tasks) in alike {
        shown.add_row([outcome, by, &count_usize(tasks)]);
    }
    shown
}
