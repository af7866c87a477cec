//! What a write key acts on here.

use super::plan::{Origin, Owner, SeenStep, Subject, why_not_retryable};
use crate::app::App;
use crate::app::action::Pane;
use crate::app::detail::diagnosis;
use crate::app::format::title;
use crate::data::messages::command::Limits;

impl App {
    /// What a write key acts on here: the open task, else the marked rows, else the row under
    /// the cursor.
    pub(in crate::app) fn subjects(&self) -> Vec<Subject> {
        let mut subjects = self.rows_to_act_on();
        for owner in subjects.iter_mut().filter_map(|one| one.owner.as_mut()) {
            owner.is_me = owner.name.as_str() == self.session.actor;
        }
        subjects
    }

    fn rows_to_act_on(&self) -> Vec<Subject> {
        if self.screen.operator_log.is_some() {
            return Vec::new();
        }
        if self.detail.is_some() {
            return self.detail_subject().into_iter().collect();
        }
        match self.lists.focus {
            Pane::Staleness => {
                let rows = self.lists.staleness.chosen(self.polled.stale());
                rows.into_iter().map(Subject::of_stale).collect()
            }
            Pane::Queue => {
                let rows = self.chosen_entries();
                rows.into_iter().map(Subject::of_entry).collect()
            }
            Pane::Stats | Pane::Workers | Pane::Queues => Vec::new(),
        }
    }

    pub(in crate::app) fn detail_subject(&self) -> Option<Subject> {
        let screen = self.detail.as_ref()?;
        let detail = screen.detail()?;
        let task = &detail.task;
        let pending = screen.pending();
        let step = screen.target().map(|step| SeenStep {
            id: step.workflow_step_uuid,
            name: step.step_name.clone(),
            state: step.current_state.clone(),
            error: step.last_error.clone(),
            limits: Limits {
                max_attempts: Some(step.max_attempts),
                timeout_seconds: Some(step.timeout_seconds.unwrap_or(0)),
            },
            results: step.results.clone(),
        });
        Some(Subject {
            origin: Origin::Detail,
            task: task.task_uuid,
            name: title(task.namespace_name.as_str(), task.task_name.as_str()),
            task_state: task.current_state.clone(),
            resumes: diagnosis::requeues(detail, &why_not_retryable(step.as_ref())),
            step,
            entry: pending.map(|entry| (entry.dlq_entry_uuid, entry.version)),
            owner: pending.and_then(|entry| Owner::of(entry.owner.as_ref(), entry.owned_until)),
            snoozed: pending.is_some_and(|entry| entry.snoozed_until.is_some()),
            closed: (pending.is_none().then(|| detail.entries.first()).flatten())
                .map(|last| (last.dlq_entry_uuid, last.version)),
        })
    }
}
