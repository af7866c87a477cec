//! Whether an act is open to one row: by the states that its source names for it, else by the native rules.
//! What a verb makes of many rows is in `verb_plan.rs` and `retry.rs`.

use super::seen_row::{Subject, needs_nothing, why_not_retryable};
use crate::data::messages::command::{EntryVerb, StepTarget, StepVerb, TaskTarget, TaskVerb};
use crate::data::source::Source;

impl Subject {
    pub(super) fn as_step(&self, verb: &StepVerb, source: &Source) -> Result<StepTarget, String> {
        let file = verb.file();
        source.require(file).map_err(|why| why.one_line())?;
        let is_open = |state: &str| {
            let native = verb.applies_to(state);
            source.open_to(file, state).unwrap_or(native)
        };
        match &self.step {
            Some(step) if is_open(step.state.as_str()) => Ok(StepTarget {
                step: step.id,
                task: self.task,
                seen_state: step.state.clone(),
                seen_error: step.error.clone(),
                label: self.step_label(&step.name),
            }),
            other => Err(why_not_retryable(other.as_ref())),
        }
    }

    /// The task, if it can be requeued. Where tasks have steps, their states decide too.
    pub(super) fn as_requeued(&self, source: &Source) -> Result<TaskTarget, String> {
        let is_open = self.task_is_open(TaskVerb::Requeue, source);
        if source.has("steps") && !self.is_freed_by_requeue(source) {
            self.resumes.clone()?;
        }
        if self.held {
            let words = &source.manifest.words;
            return Err(format!(
                "the {} is {}: it would not be put back to work as it is",
                words.task, self.task_state
            ));
        }
        is_open.map(|()| self.as_task())
    }

    /// Whether the task is stuck in a state, other than that of a sweep, that the source takes it out of, and
    /// no step of it that is seen is in the way.
    fn is_freed_by_requeue(&self, source: &Source) -> bool {
        let state = self.task_state.as_str();
        let is_listed = source.open_to(TaskVerb::Requeue.file(), state) == Some(true);
        state != "error" && is_listed && needs_nothing(self.step.as_ref())
    }

    pub(super) fn not_yet_in_dlq(&self, source: &Source) -> Result<TaskTarget, String> {
        if self.entry.is_some() {
            let words = &source.manifest.words;
            return Err(words.fill("it has an open {investigation} already"));
        }
        self.task_is_open(TaskVerb::SendToDlq, source)?;
        Ok(self.as_task())
    }

    pub(super) fn cancellable(&self, source: &Source) -> Result<TaskTarget, String> {
        let state = self.task_state.as_str();
        let file = TaskVerb::Cancel.file();
        let over = matches!(state, "complete" | "cancelled" | "resolved_manually");
        source.require(file).map_err(|why| why.one_line())?;
        if source.open_to(file, state).unwrap_or(!over) {
            Ok(self.as_task())
        } else {
            Err(self.as_it_is(source))
        }
    }

    fn task_is_open(&self, verb: TaskVerb, source: &Source) -> Result<(), String> {
        let file = verb.file();
        source.require(file).map_err(|why| why.one_line())?;
        match source.open_to(file, self.task_state.as_str()) {
            Some(false) => Err(self.as_it_is(source)),
            _ => Ok(()),
        }
    }

    /// Whether the verb applies to its entry, as far as the state shows: an open entry is pending,
    /// and where a task is its own entry, it has the task's state.
    pub(super) fn is_open_to(&self, verb: EntryVerb, source: &Source) -> Result<(), String> {
        let file = verb.file();
        source.require(file).map_err(|why| why.one_line())?;
        let is_open = match (source.has("steps"), self.entry) {
            (false, _) => source.open_to(file, self.task_state.as_str()),
            (true, Some(_)) => source.open_to(file, "pending"),
            (true, None) => None,
        };
        match is_open {
            Some(false) if source.has("steps") => {
                Err(source.manifest.words.fill("its {investigation} is open"))
            }
            Some(false) => Err(self.as_it_is(source)),
            _ => Ok(()),
        }
    }

    fn as_it_is(&self, source: &Source) -> String {
        format!("the {} is {}", source.manifest.words.task, self.task_state)
    }
}
