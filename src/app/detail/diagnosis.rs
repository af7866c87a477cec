//! Why a task is stuck, in one sentence, and what to do first. Pure: the same details always
//! give the same words.

mod advice;
mod open;
mod state;
mod stepless;
mod verdict;
mod wording;

use chrono::{DateTime, Utc};

use self::state::{has_result, is_called_off, is_failing, is_over, quiet_for};
pub use self::state::{is_done, requeues, root};
pub use self::verdict::{Advice, Diagnosis};
use self::wording::{clip, minutes_in_words, same_error};
use crate::app::format::{duration, duration_of_minutes, error_line, plural};
use crate::data::model::{Detail, StepRow, TaskRow};
use crate::data::source::{Source, Words};

/// Judges `detail` in the words of its source: by its steps where tasks have steps, else by what is
/// known of the task as a whole.
#[must_use]
pub fn diagnose_in<'a>(source: &Source, detail: &'a Detail, now: DateTime<Utc>) -> Diagnosis<'a> {
    if source.has("steps") {
        by_steps(source, detail, now)
    } else {
        stepless::diagnose(source, detail)
    }
}

/// Judges `detail` by its steps as of `now` by the database's clock, in the native words.
#[must_use]
pub fn diagnose(detail: &Detail, now: DateTime<Utc>) -> Diagnosis<'_> {
    by_steps(&Source::native(), detail, now)
}

fn by_steps<'a>(source: &Source, detail: &'a Detail, now: DateTime<Utc>) -> Diagnosis<'a> {
    let words = &source.manifest.words;
    let root = root(detail);
    let waiting = root.map_or_else(Vec::new, |step| waiting_for(detail, step));
    let mut parts = vec![match root {
        _ if is_over(&detail.task) => over(words, detail),
        Some(step) => what_happened(step, &detail.task, now),
        None => without_root(detail),
    }];
    if root.is_some_and(is_called_off) && !is_over(&detail.task) {
        parts.push(format!("{} can never run", plural(waiting.len(), "step")));
    } else if !waiting.is_empty() && !is_over(&detail.task) {
        let verb = if waiting.len() == 1 { "waits" } else { "wait" };
        parts.push(format!("{} {verb} for it", plural(waiting.len(), "step")));
    }
    // Of what fails no longer, others cannot fail the same way.
    if root.is_some_and(is_failing) && !is_over(&detail.task) {
        parts.extend(same_error(&detail.task, words));
    }
    if let Some(quiet) = quiet_for(&detail.task).filter(|_| !is_over(&detail.task)) {
        let namespace = &detail.task.namespace_name;
        let quiet = minutes_in_words(quiet);
        parts.push(format!(
            "no worker of `{namespace}` has finished anything for {quiet}"
        ));
    }
    // A cancelled step can be given no advice: the task can.
    let advised = root.filter(|step| !is_called_off(step));
    let mut advice = advice::advice(words, detail, advised, now);
    let is_open = |key| open::is_open(source, detail, advised, key);
    advice.retain(|one| one.key.is_none_or(is_open));
    Diagnosis {
        sentence: parts.join("; "),
        root: root.map(|step| step.workflow_step_uuid),
        waiting,
        advice,
        earlier: detail
            .entries
            .iter()
            .filter(|entry| entry.resolution_status != "pending")
            .collect(),
    }
}

fn over(words: &Words, detail: &Detail) -> String {
    let state = &detail.task.current_state;
    let open = detail
        .entries
        .iter()
        .any(|entry| entry.resolution_status == "pending");
    let task = words.fill("the {task} is");
    if open {
        let open = words.fill("no longer stuck; its {investigation} is still open");
        format!("{task} {state} and {open}")
    } else {
        format!("{task} {state}: nothing is stuck")
    }
}

fn what_happened(step: &StepRow, task: &TaskRow, now: DateTime<Utc>) -> String {
    let name = &step.step_name;
    let since = duration_of_minutes(step.time_in_state_minutes);
    let error = match &step.last_error {
        Some(error) if !error.is_blank() => format!(": {}", clip(&error_line(error))),
        _ => String::new(),
    };
    match step.current_state.as_str() {
        "error" => format!(
            "{name} failed {} of {}{error}",
            step.attempts, step.max_attempts
        ),
        "waiting_for_retry" => {
            let tries = format!("{name} failed {} of {}", step.attempts, step.max_attempts);
            if step.attempts >= step.max_attempts {
                return format!("{tries} and waits for an attempt that it no longer has{error}");
            }
            match step.next_retry_at.map(|at| seconds(at - now)) {
                Some(left) if left > 0.0 => {
                    format!("{tries} and is due again in {}{error}", duration(left))
                }
                Some(left) => format!(
                    "{tries} and was due again {} ago, yet nothing took it{error}",
                    duration(-left)
                ),
                None => format!("{tries} and has no next attempt set{error}"),
            }
        }
        "in_progress" => format!(
            "{name} has been running for {since}, attempt {} of {}",
            step.attempts, step.max_attempts
        ),
        "cancelled" => format!("{name} was cancelled"),
        "enqueued" => format!("{name} has waited {since} in its queue and no worker has taken it"),
        _ if has_result(step) => {
            format!("{name} has run, and nothing has processed its result for {since}{error}")
        }
        state => {
            // It may have waited for others much longer than it has been ready: the task has
            // changed its state since.
            let ready = step.time_in_state_minutes.min(task.time_in_state_minutes);
            let since = duration_of_minutes(ready);
            format!("{name} has been ready ({state}) for {since} and nothing has started it")
        }
    }
}

fn without_root(detail: &Detail) -> String {
    let state = &detail.task.current_state;
    let since = duration_of_minutes(detail.task.time_in_state_minutes);
    let reason = |wanted: &str| {
        detail
            .entries
            .iter()
            .any(|e| e.dlq_reason == wanted && e.resolution_status == "pending")
    };
    if detail.steps.is_empty() {
        format!("the task has no steps yet, and has been {state} for {since}")
    } else if detail.steps.iter().all(is_done) {
        format!(
            "every step is done, yet the task is still {state} after {since}: it was not re-evaluated"
        )
    } else if reason("dependency_cycle_detected")
        || detail.steps.iter().all(|step| !step.dependencies_satisfied)
    {
        "its steps wait for each other: none can ever start".to_owned()
    } else {
        let open = detail.steps.iter().filter(|step| !is_done(step)).count();
        format!(
            "{} not done and none of them can run; the task has been {state} for {since}",
            plural(open, "step")
        )
    }
}

/// The names of all steps downstream of `step` that are not done.
fn waiting_for<'a>(detail: &'a Detail, step: &StepRow) -> Vec<&'a str> {
    let mut reached = vec![step.step_name.as_str()];
    let mut waiting = Vec::new();
    // Parents come before children, so one pass reaches everything downstream.
    for child in &detail.steps {
        let name = child.step_name.as_str();
        let downstream = child
            .parents
            .iter()
            .any(|parent| reached.contains(&parent.as_str()));
        if downstream && !reached.contains(&name) {
            reached.push(name);
            if !is_done(child) {
                waiting.push(name);
            }
        }
    }
    waiting
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds within centuries fit f64"
)]
fn seconds(span: chrono::TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1_000.0
}
