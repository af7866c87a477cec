//! Why a task is stuck, in one sentence, and what to do first. Pure: the same details always
//! give the same words.

mod advice;
mod stepless;

use chrono::{DateTime, Utc};

use crate::app::format::{count, duration, duration_of_minutes, plural};
use crate::data::fingerprint::telling_line;
use crate::data::model::{Detail, EntryRow, StepId, StepRow, TaskRow};
use crate::data::source::Source;

/// Workers that finish nothing for this long are worth a word.
const QUIET_MINUTES: f64 = 10.0;

/// What to do, and the key that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The key to press, if one does it.
    pub key: Option<char>,
    /// What and why.
    pub text: String,
}

/// The verdict on one task.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis<'a> {
    /// Why it is stuck.
    pub sentence: String,
    /// The step that holds everything up.
    pub root: Option<StepId>,
    /// The names of the steps that wait for it, directly or not.
    pub waiting: Vec<&'a str>,
    /// What to do, first things first.
    pub advice: Vec<Advice>,
    /// Closed entries of the same task, newest first.
    pub earlier: Vec<&'a EntryRow>,
}

/// Judges `detail` in the words of its source: by its steps where tasks have steps, else by what is
/// known of the task as a whole.
#[must_use]
pub fn diagnose_in<'a>(source: &Source, detail: &'a Detail, now: DateTime<Utc>) -> Diagnosis<'a> {
    if source.has("steps") {
        diagnose(detail, now)
    } else {
        stepless::judge(source, detail)
    }
}

/// Judges `detail` by its steps as of `now` by the database's clock.
#[must_use]
pub fn diagnose(detail: &Detail, now: DateTime<Utc>) -> Diagnosis<'_> {
    let root = root(detail);
    let waiting = root.map_or_else(Vec::new, |step| waiting_for(detail, step));
    let mut parts = vec![match root {
        _ if is_over(&detail.task) => over(detail),
        Some(step) => what_happened(step, &detail.task, now),
        None => without_root(detail),
    }];
    if root.is_some_and(is_called_off) && !is_over(&detail.task) {
        parts.push(format!("{} can never run", plural(waiting.len(), "step")));
    } else if !waiting.is_empty() && !is_over(&detail.task) {
        let verb = if waiting.len() == 1 { "waits" } else { "wait" };
        parts.push(format!("{} {verb} for it", plural(waiting.len(), "step")));
    }
    parts.extend(same_error(&detail.task));
    if let Some(quiet) = quiet_for(&detail.task) {
        let namespace = &detail.task.namespace_name;
        let quiet = spelt(quiet);
        parts.push(format!(
            "no worker of `{namespace}` has finished anything for {quiet}"
        ));
    }
    Diagnosis {
        sentence: parts.join("; "),
        root: root.map(|step| step.workflow_step_uuid),
        waiting,
        // A cancelled step can be given no advice: the task can.
        advice: advice::advice(detail, root.filter(|step| !is_called_off(step)), now),
        earlier: detail
            .entries
            .iter()
            .filter(|entry| entry.resolution_status != "pending")
            .collect(),
    }
}

/// The step to look at: the one that fails, else the cancelled one that others wait for in vain,
/// else one that is at work, or could be and is not, else one whose result nobody has taken up.
pub(in crate::app) fn root(detail: &Detail) -> Option<&StepRow> {
    let find = |wanted: fn(&StepRow) -> bool| detail.steps.iter().find(|step| wanted(step));
    let failing = detail.failing_step();
    failing
        .filter(|step| matches!(step.current_state.as_str(), "error" | "waiting_for_retry"))
        .or_else(|| in_the_way(detail))
        .or(failing)
        .or_else(|| find(|step| step.ready_for_execution))
        .or_else(|| find(has_result))
}

/// Its worker is done with it, and the rest of the task has not heard of it.
fn has_result(step: &StepRow) -> bool {
    matches!(
        step.current_state.as_str(),
        "enqueued_for_orchestration" | "enqueued_as_error_for_orchestration"
    )
}

/// Whether a task that a sweep took goes on by itself once it is put back to work; if not, why
/// not, which is `otherwise` unless there is more to say.
pub(in crate::app) fn requeues(detail: &Detail, otherwise: &str) -> Result<(), String> {
    if detail.task.current_state != "error" {
        return Err(otherwise.to_owned());
    }
    match root(detail) {
        Some(step) => match step.current_state.as_str() {
            state @ ("error" | "waiting_for_retry" | "cancelled") => Err(format!(
                "{} is {state}: that step is the one",
                step.step_name
            )),
            _ => Ok(()),
        },
        None if !detail.steps.is_empty() && detail.steps.iter().all(is_done) => Ok(()),
        None => Err("none of its steps can run".to_owned()),
    }
}

/// The cancelled step that a pending one can never get past.
fn in_the_way(detail: &Detail) -> Option<&StepRow> {
    let blocks = |step: &StepRow| {
        let named = |child: &StepRow| child.blocked_by.contains(&step.step_name);
        let mut pending = detail.steps.iter();
        pending.any(|child| child.current_state == "pending" && named(child))
    };
    let mut called_off = detail.steps.iter().filter(|step| is_called_off(step));
    called_off.find(|step| blocks(step))
}

fn is_called_off(step: &StepRow) -> bool {
    step.current_state == "cancelled"
}

fn is_over(task: &TaskRow) -> bool {
    matches!(
        task.current_state.as_str(),
        "complete" | "cancelled" | "resolved_manually"
    )
}

pub(in crate::app) fn is_done(step: &StepRow) -> bool {
    matches!(
        step.current_state.as_str(),
        "complete" | "resolved_manually"
    )
}

fn over(detail: &Detail) -> String {
    let state = &detail.task.current_state;
    let open = detail
        .entries
        .iter()
        .any(|entry| entry.resolution_status == "pending");
    if open {
        format!("the task is {state}: only its investigation is still open")
    } else {
        format!("the task is {state}: nothing is stuck")
    }
}

/// How many others have it.
fn same_error(task: &TaskRow) -> Option<String> {
    match task.same_error_elsewhere {
        1 => Some("1 other task has the same error".to_owned()),
        2.. => {
            let n = count(task.same_error_elsewhere);
            let least = if task.same_error_at_least {
                "at least "
            } else {
                ""
            };
            Some(format!("{least}{n} other tasks have the same error"))
        }
        _ => None,
    }
}

fn what_happened(step: &StepRow, task: &TaskRow, now: DateTime<Utc>) -> String {
    let name = &step.step_name;
    let since = duration_of_minutes(step.time_in_state_minutes);
    let error = match &step.last_error {
        Some(error) if !error.is_blank() => format!(": {}", clip(telling_line(error.as_str()))),
        _ => String::new(),
    };
    match step.current_state.as_str() {
        "error" => format!(
            "{name} failed {} of {}{error}",
            step.attempts, step.max_attempts
        ),
        "waiting_for_retry" => {
            let tries = format!("{name} failed {} of {}", step.attempts, step.max_attempts);
            match step.next_retry_at.map(|at| seconds(at - now)) {
                Some(left) if left > 0.0 => {
                    format!("{tries} and tries again in {}{error}", duration(left))
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
            format!("{name} has run, and nothing has taken up its result for {since}{error}")
        }
        state => {
            // It may have waited for others much longer than it has been ready: the task has
            // changed its state since.
            let ready = step.time_in_state_minutes.min(task.time_in_state_minutes);
            let since = duration_of_minutes(ready);
            format!("{name} is ready ({state}) since {since} and nothing has started it")
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

/// `22 min`: in a sentence a lone `m` is read as metres or months; what is longer needs no unit.
fn spelt(minutes: f64) -> String {
    if (1.0..60.0).contains(&minutes) {
        format!("{:.0} min", minutes.floor())
    } else {
        duration_of_minutes(minutes)
    }
}

fn quiet_for(task: &TaskRow) -> Option<f64> {
    task.minutes_since_namespace_finished
        .filter(|minutes| *minutes >= QUIET_MINUTES)
}

/// The first 160 characters: the sentence must stay a sentence.
fn clip(text: &str) -> String {
    let mut clipped: String = text.chars().take(160).collect();
    if clipped.len() < text.len() {
        clipped.push('…');
    }
    clipped
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds within centuries fit f64"
)]
fn seconds(span: chrono::TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1_000.0
}
