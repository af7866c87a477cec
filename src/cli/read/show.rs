//! The read commands about one task: `show` and `steps`.

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use comfy_table::Table;

use crate::app::detail::diagnosis;
use crate::app::format::{duration_of_minutes, error_line, title};
use crate::cli::args::{Output, parse_id};
use crate::cli::output::json::print_json;
use crate::cli::output::table::print_table;
use crate::cli::output::table::{put, table};
use crate::cli::query::ask_for;
use crate::config::global::Global;
use crate::data::error::DataError;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{Detail, StepRow, Total};
use crate::data::reads::queries;
use crate::data::source::Source;
use crate::failure::Failure;

/// The detail of the task that an id belongs to, with the database's clock.
async fn detail(
    global: &Global,
    id: &str,
    file: &'static str,
) -> Result<((Detail, DateTime<Utc>), Arc<Source>), Failure> {
    let wanted = parse_id(id)?;
    ask_for(global, file, async |db, source| {
        let not_found = || DataError::NotFound {
            id: wanted.to_string().into(),
        };
        let task = queries::find_task(db, source, wanted)
            .await?
            .ok_or_else(not_found)?;
        let now = queries::clock(db).await?;
        let detail = queries::detail(db, source, task)
            .await?
            .ok_or_else(not_found)?;
        Ok((detail, now))
    })
    .await
}

/// `dlqtop show`.
///
/// # Errors
///
/// [`Failure`].
pub async fn show(global: &Global, id: &str, output: Output) -> Result<ExitCode, Failure> {
    let ((detail, now), source) = detail(global, id, "task").await?;
    let verdict = diagnosis::diagnose_in(&source, &detail, now);
    let words = &source.manifest.words;
    if output.json {
        return print_json(&serde_json::json!({ "verdict": verdict.sentence, "detail": detail }));
    }
    let mut out = stdout().lock();
    let task = &detail.task;
    writeln!(
        out,
        "{} {}  {}  for {}  age {}",
        title(task.namespace_name.as_str(), task.task_name.as_str()),
        task.task_uuid,
        task.current_state,
        duration_of_minutes(task.time_in_state_minutes),
        duration_of_minutes(task.task_age_minutes),
    )?;
    writeln!(out, "{}", verdict.sentence)?;
    for hint in &detail.hints {
        let severity = hint.severity.as_ref().map_or("info", SafeText::first_line);
        writeln!(out, "  {severity}: {}", hint.text)?;
    }
    for advice in &verdict.advice {
        writeln!(out, "  - {}", advice.text)?;
    }
    if source.has("steps") {
        writeln!(out)?;
        put(&mut out, &steps_table(&detail.steps))?;
    }
    for entry in &detail.entries {
        writeln!(
            out,
            "\n{} {} {} {} {}{}",
            words.entry,
            entry.dlq_entry_uuid,
            entry.dlq_timestamp.format("%F %T UTC"),
            entry.dlq_reason,
            entry.resolution_status,
            match (&entry.resolved_by, &entry.resolution_notes) {
                (Some(by), Some(notes)) => format!(" by {by}: {notes}"),
                _ => String::new(),
            }
        )?;
    }
    for note in &detail.notes {
        writeln!(
            out,
            "note {} {}: {}",
            note.at.format("%F %T UTC"),
            note.author,
            note.body
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `dlqtop steps`.
///
/// # Errors
///
/// [`Failure`].
pub async fn steps(global: &Global, id: &str, output: Output) -> Result<ExitCode, Failure> {
    let ((detail, _), _) = detail(global, id, "steps").await?;
    if output.json {
        return print_json(&detail.steps);
    }
    let steps = i64::try_from(detail.steps.len()).unwrap_or(i64::MAX);
    print_table(
        &steps_table(&detail.steps),
        detail.steps.len(),
        Total::exact(steps),
        "step",
    )
}

fn steps_table(steps: &[StepRow]) -> Table {
    let mut shown = table(&[
        "STEP",
        "STATE",
        ">FOR",
        ">TRIES",
        "READY",
        "WAITS FOR",
        "BLOCKED BY",
        "ERROR",
        "ID",
    ]);
    for step in steps {
        shown.add_row([
            step.step_name.to_string(),
            step.current_state.to_string(),
            duration_of_minutes(step.time_in_state_minutes),
            format!("{}/{}", step.attempts, step.max_attempts),
            if step.ready_for_execution {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
            names(&step.parents),
            names(&step.blocked_by),
            step.last_error
                .as_ref()
                .map_or_else(String::new, error_line),
            step.workflow_step_uuid.to_string(),
        ]);
    }
    shown
}

fn names(names: &[SafeText]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(" ")
}
