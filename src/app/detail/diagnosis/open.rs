//! Whether a key that advice names does something here: by the files of the source and by the states
//! that it names for them, as the dialogs judge it. Advice that would be refused is none.

use super::state::{is_over, requeues};
use crate::data::messages::command::{StepVerb, TaskVerb};
use crate::data::model::{Detail, StepRow};
use crate::data::source::Source;

/// Whether the key applies to the task, or to the step that holds it up.
pub(super) fn is_open(source: &Source, detail: &Detail, root: Option<&StepRow>, key: char) -> bool {
    let step = |verb: StepVerb| root.is_some_and(|step| step_is_open(source, step, &verb));
    let is_pending = (detail.entries.iter()).any(|entry| entry.resolution_status == "pending");
    match key {
        'R' => step(StepVerb::ResetForRetry) || requeue_is_open(source, detail),
        'B' => step(StepVerb::ResolveManually),
        'X' => step(StepVerb::Cancel) || cancel_is_open(source, detail),
        'D' => !is_pending && task_is_open(source, detail, TaskVerb::SendToDlq).unwrap_or(true),
        'U' => is_pending && source.has("close_entry"),
        _ => true,
    }
}

fn step_is_open(source: &Source, step: &StepRow, verb: &StepVerb) -> bool {
    let (file, state) = (verb.file(), step.current_state.as_str());
    source.has(file)
        && source
            .open_to(file, state)
            .unwrap_or_else(|| verb.applies_to(state))
}

/// What the source says of this state; `Some(false)` if it cannot do it at all.
fn task_is_open(source: &Source, detail: &Detail, verb: TaskVerb) -> Option<bool> {
    let file = verb.file();
    if !source.has(file) {
        return Some(false);
    }
    source.open_to(file, detail.task.current_state.as_str())
}

/// Whether the task, as it is, would be put back to work.
pub(super) fn requeue_is_open(source: &Source, detail: &Detail) -> bool {
    let by_state = task_is_open(source, detail, TaskVerb::Requeue);
    let by_steps = !source.has("steps") || requeues(detail, "").is_ok();
    by_state.unwrap_or(true) && by_steps && detail.task.can_requeue != Some(false)
}

fn cancel_is_open(source: &Source, detail: &Detail) -> bool {
    task_is_open(source, detail, TaskVerb::Cancel).unwrap_or_else(|| !is_over(&detail.task))
}
