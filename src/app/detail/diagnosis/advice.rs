//! What to do first about a stuck task, and the key that does it.

use chrono::{DateTime, Utc};

use super::state::{is_done, is_failing, is_over, quiet_for, requeues};
use super::verdict::Advice;
use super::wording::{again, class_of};
use crate::app::format::duration_of_minutes;
use crate::data::model::{Detail, StepRow};
use crate::data::source::Words;

/// From this share of its threshold on a task is worth a look; the schema's own default.
const WARNING_SHARE: f64 = 0.8;

pub(super) fn advice(
    words: &Words,
    detail: &Detail,
    root: Option<&StepRow>,
    now: DateTime<Utc>,
) -> Vec<Advice> {
    let say = |key: Option<char>, text: String| Advice { key, text };
    let mut all = Vec::new();
    let has_entry = detail
        .entries
        .iter()
        .any(|entry| entry.resolution_status == "pending");
    if is_over(&detail.task) {
        if has_entry {
            all.push(say(
                Some('U'),
                words.fill("close the {investigation}: say what fixed it"),
            ));
        }
        return all;
    }
    if let Some(text) = just_begun(detail, root).or_else(|| runs_normally(detail, root, now)) {
        all.push(say(None, text));
        return all;
    }
    let needs_no_step = requeues(detail, "").is_ok();
    if needs_no_step {
        let text = words.fill("requeue the {task}: none of its {steps} needs a change");
        all.push(say(Some('R'), text));
    }
    if quiet_for(&detail.task).is_some() {
        let namespace = &detail.task.namespace_name;
        all.push(say(
            None,
            format!(
                "check the workers of {namespace} first: whatever you retry will wait for them too"
            ),
        ));
    }
    if detail.task.same_error_elsewhere > 0 && root.is_some_and(is_failing) {
        let text = "look for a common cause: other {tasks} fail the same way; press g in the queue to group them and fix them together";
        all.push(say(None, words.fill(text)));
    }
    if needs_no_step {
        // Its steps go on once the task does.
    } else if let Some(step) = root {
        all.extend(
            step_advice(step, now)
                .into_iter()
                .map(|(key, text)| say(Some(key), text)),
        );
    } else if detail.steps.iter().any(|step| !is_done(step)) {
        all.push(say(
            Some('X'),
            words.fill("cancel the {task}, or on Steps resolve (B) a {step} to let the others run"),
        ));
    }
    if !has_entry {
        all.push(say(
            Some('D'),
            words.fill("send the {task} to the DLQ, so that others see that you are working on it"),
        ));
    }
    all
}

/// What to say of a task that was started a moment ago: what was true before is no reason to act
/// again.
fn just_begun(detail: &Detail, root: Option<&StepRow>) -> Option<String> {
    let task = &detail.task;
    let at_work = matches!(
        task.current_state.as_str(),
        "initializing" | "enqueuing_steps" | "steps_in_process" | "evaluating_results"
    );
    let waits = root.is_none_or(|step| {
        matches!(
            step.current_state.as_str(),
            "pending" | "enqueued" | "in_progress"
        )
    });
    (at_work && waits && task.time_in_state_minutes < 1.0)
        .then(|| "nothing yet: it has only just started; look again in a minute".to_owned())
}

/// Says so if the task is merely at work: no open entry, nothing failed, time left.
fn runs_normally(detail: &Detail, root: Option<&StepRow>, now: DateTime<Utc>) -> Option<String> {
    let task = &detail.task;
    let threshold = task.staleness_threshold_minutes?;
    let open = detail
        .entries
        .iter()
        .any(|entry| entry.resolution_status == "pending");
    // A step that is due again goes on by itself.
    let failing = root.is_none_or(|step| match step.current_state.as_str() {
        "error" => true,
        "waiting_for_retry" => !is_due_again(step, now),
        _ => false,
    });
    let early = task.time_in_state_minutes < threshold * WARNING_SHARE;
    (!open && !failing && early && quiet_for(task).is_none()).then(|| {
        if let Some(step) = root.filter(|step| is_due_again(step, now)) {
            return format!("nothing yet: {} goes on by itself", step.step_name);
        }
        format!(
            "nothing yet: it is running, {} into the {} it may stay {}",
            duration_of_minutes(task.time_in_state_minutes),
            duration_of_minutes(threshold),
            task.current_state
        )
    })
}

/// Whether a step has an attempt left, and a time for it.
fn is_due_again(step: &StepRow, now: DateTime<Utc>) -> bool {
    step.current_state == "waiting_for_retry"
        && step.attempts < step.max_attempts
        && step.next_retry_at.is_some_and(|at| at > now)
}

fn step_advice(step: &StepRow, now: DateTime<Utc>) -> Vec<(char, String)> {
    let name = &step.step_name;
    let bypass = (
        'B',
        format!("mark {name} as done without a result, if the work was done by hand"),
    );
    match step.current_state.as_str() {
        "error" => {
            let class = class_of(step.last_error.as_ref());
            let how = format!("retry {name}");
            let reset = format!("{how} (resets its attempts)");
            match class {
                Some(class) if class.passes() => vec![('R', again(Some(class), &how)), bypass],
                class => vec![
                    ('R', again(class, &reset)),
                    bypass,
                    ('X', format!("cancel {name}, if it must never run")),
                ],
            }
        }
        "waiting_for_retry" if is_due_again(step, now) => {
            vec![('R', format!("run {name} now instead of waiting"))]
        }
        "waiting_for_retry" => vec![('R', format!("retry {name} now")), bypass],
        "in_progress" | "enqueued" => {
            vec![
                (
                    'X',
                    format!("cancel {name}, if its worker is gone for good"),
                ),
                bypass,
            ]
        }
        _ => vec![bypass],
    }
}
