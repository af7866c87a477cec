//! How a task and its steps are: done, over, called off; and which step is the one to look at.

use crate::data::model::{Detail, StepRow, TaskRow};

/// Workers that finish nothing for this long are worth a word.
const QUIET_MINUTES: f64 = 10.0;

/// The step to look at: the one that fails, else the cancelled one that others wait for in vain,
/// else one that is at work, or could be and is not, else one whose result nobody has taken up.
#[must_use]
pub fn root(detail: &Detail) -> Option<&StepRow> {
    let find = |wanted: fn(&StepRow) -> bool| detail.steps.iter().find(|step| wanted(step));
    let failing = detail.failing_step();
    failing
        .filter(|step| matches!(step.current_state.as_str(), "error" | "waiting_for_retry"))
        .or_else(|| in_the_way(detail))
        .or(failing)
        .or_else(|| find(|step| step.ready_for_execution))
        .or_else(|| find(has_result))
}

/// Its worker is done with it, and the rest of the task does not know yet.
pub(super) fn has_result(step: &StepRow) -> bool {
    matches!(
        step.current_state.as_str(),
        "enqueued_for_orchestration" | "enqueued_as_error_for_orchestration"
    )
}

/// Whether a task that a sweep took continues once it is requeued; if not, why not: `otherwise`,
/// unless there is a better reason.
///
/// # Errors
///
/// Why not.
pub fn requeues(detail: &Detail, otherwise: &str) -> Result<(), String> {
    if detail.task.current_state != "error" {
        return Err(otherwise.to_owned());
    }
    match root(detail) {
        Some(step) => match step.current_state.as_str() {
            state @ ("error" | "waiting_for_retry" | "cancelled") => Err(format!(
                "{} is {state}: that step is the cause",
                step.step_name
            )),
            _ => Ok(()),
        },
        None if !detail.steps.is_empty() && detail.steps.iter().all(is_done) => Ok(()),
        None => Err("none of its steps can run".to_owned()),
    }
}

/// The cancelled step that blocks a pending one for ever.
fn in_the_way(detail: &Detail) -> Option<&StepRow> {
    let blocks = |step: &StepRow| {
        let named = |child: &StepRow| child.blocked_by.contains(&step.step_name);
        let mut pending = detail.steps.iter();
        pending.any(|child| child.current_state == "pending" && named(child))
    };
    let mut called_off = detail.steps.iter().filter(|step| is_called_off(step));
    called_off.find(|step| blocks(step))
}

pub(super) fn is_called_off(step: &StepRow) -> bool {
    step.current_state == "cancelled"
}

/// It failed, whether or not it has an attempt left.
pub(super) fn is_failing(step: &StepRow) -> bool {
    matches!(step.current_state.as_str(), "error" | "waiting_for_retry")
}

pub(super) fn is_over(task: &TaskRow) -> bool {
    matches!(
        task.current_state.as_str(),
        "complete" | "cancelled" | "resolved_manually"
    )
}

/// Whether a step counts as done.
#[must_use]
pub fn is_done(step: &StepRow) -> bool {
    matches!(
        step.current_state.as_str(),
        "complete" | "resolved_manually"
    )
}

/// For how long the workers have finished nothing, if that is worth a word.
pub(super) fn quiet_for(task: &TaskRow) -> Option<f64> {
    task.minutes_since_namespace_finished
        .filter(|minutes| *minutes >= QUIET_MINUTES)
}
