//! `dlqtop detect --once`: one sweep, and what it did as a table or as JSON.

use std::collections::BTreeMap;
use std::io::{Write as _, stdout};
use std::process::ExitCode;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::args::DetectArgs;
use crate::app::format::plural;
use crate::cli::output::json;
use crate::cli::output::table::{put, table};
use crate::data::native::sweep::{Held, SweepOutcome, SweepReport, Sweeper, SweptTask};
use crate::failure::Failure;

/// Sweeps once and prints what came of it: 1 if a task could not be processed, or if the breaker holds the
/// sweep.
pub(super) async fn once(
    mut sweeper: Sweeper,
    args: &DetectArgs,
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
    if let Some(held) = &report.held {
        return Err(Failure::refused(held_line(held)));
    }
    Ok(ExitCode::from(u8::from(
        report.count(SweepOutcome::Failed) > 0,
    )))
}

/// What to do about a sweep that the breaker holds.
fn held_line(held: &Held) -> String {
    format!(
        "held: {}; `dlqtop detect --confirm {}` lets one sweep take them",
        held.why, held.due
    )
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
        "dry_run": dry_run || !report.acted(),
        "armed": report.armed,
        "held": report.held,
        "sweep_id": report.sweep_id,
        "stood_aside": report.stood_aside,
        "took_ms": report.took.as_millis(),
        "detected": report.detected(),
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
    if report.held.is_some() && report.tasks.is_empty() {
        return Ok(());
    }
    let dry = match (dry_run, report.armed) {
        (true, _) => "; a dry run: nothing was changed",
        (false, false) => "; nothing was changed",
        (false, true) => "",
    };
    writeln!(out, "swept in {took:.2} s: {found}{dry}")?;
    if !report.armed && !dry_run {
        writeln!(
            out,
            "the detector is not armed on this database: `dlqtop detect --arm` shows what it would take and arms it"
        )?;
    }
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
    if let Some(id) = report.sweep_id {
        writeln!(
            out,
            "this was sweep {id}: `dlqtop undo --sweep {id}` puts back what nobody has touched"
        )?;
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
