//! What was typed in a dialog and not used: a reason that took thought must not be lost to a slip.

use super::confirm::Confirm;
use super::confirm::extra_fields::ExtraField;
use super::in_flight::Run;
use crate::app::action::Verb;
use crate::data::messages::command::{ItemResult, Outcome};
use crate::data::model::TaskId;

/// What was typed and not used, kept for the same act on the same tasks.
#[derive(Debug)]
pub struct Draft {
    /// The act.
    pub verb: Verb,
    /// The tasks.
    pub tasks: Vec<TaskId>,
    /// The reason.
    pub reason: String,
    /// What else was typed.
    pub extra: Option<ExtraField>,
}

impl Draft {
    /// What was typed in a dialog, if anything.
    #[must_use]
    pub fn of_dialog(confirm: &Confirm) -> Option<Self> {
        let is_typed = !confirm.reason.is_blank() || confirm.extra.is_some();
        (confirm.left.is_none() && is_typed).then(|| Self {
            verb: confirm.plan.verb,
            tasks: confirm.plan.tasks.clone(),
            reason: confirm.reason.text().to_owned(),
            extra: confirm.extra.clone(),
        })
    }

    /// What was typed for a run that was not sent.
    #[must_use]
    pub fn of_run(run: Run) -> Self {
        Self {
            verb: run.plan.verb,
            tasks: run.plan.tasks,
            reason: run.reason,
            extra: run.extra,
        }
    }

    /// What was typed for the targets that were not changed, if there are such.
    #[must_use]
    pub fn of_failures(run: &Run, outcome: &Outcome) -> Option<Self> {
        let undone = outcome.items.iter().zip(&run.plan.tasks);
        let undone = undone.filter(|(item, _)| !matches!(item.result, ItemResult::Done { .. }));
        let tasks: Vec<TaskId> = undone.map(|(_, task)| *task).collect();
        (!tasks.is_empty()).then(|| Self {
            verb: run.plan.verb,
            tasks,
            reason: run.reason.clone(),
            extra: run.extra.clone(),
        })
    }
}
