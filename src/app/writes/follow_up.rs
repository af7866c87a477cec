//! After the steps, the investigations: what was dealt with can be closed with the same reason.

use std::collections::HashSet;

use super::confirm::Confirm;
use super::plan::{Plan, Subject, plan};
use crate::app::App;
use crate::app::action::Verb;
use crate::app::capabilities::why_no_verb;
use crate::app::format::count_usize;
use crate::app::screen::popup::Popup;
use crate::app::writes::Draft;
use crate::app::writes::in_flight::Run;
use crate::data::messages::command::{Change, Outcome, TaskVerb};
use crate::data::model::{QueueRow, TaskId};

impl App {
    /// Opens the box to close the open entries of tasks whose steps were just dealt with, or that
    /// were put back to work, with the same reason. Never over something the operator is in the middle of,
    /// and not if the change was broken off: what was done before that may have failed again.
    pub(in crate::app) fn offer_to_close(
        &mut self,
        sent: &Run,
        worked: &[TaskId],
        outcome: &Outcome,
    ) {
        if !is_repair(&sent.plan)
            || why_no_verb(&self.session.source, Verb::Close).is_some()
            || outcome.tally().untried > 0
            || self.is_typing()
            || self.session.access.read_only().is_some()
        {
            return;
        }
        let worked: HashSet<TaskId> = worked.iter().copied().collect();
        let mut subjects: Vec<Subject> = self
            .known_entries()
            .chain(self.let_go(&sent.entries))
            .filter(|row| worked.contains(&row.task_uuid))
            .map(Subject::of_entry)
            .collect();
        if let Some(detail) = self.detail_subject()
            && worked.contains(&detail.task)
            && detail.entry.is_some()
        {
            subjects.retain(|subject| subject.task != detail.task);
            subjects.push(detail);
        }
        let mut plan = plan(Verb::Close, &subjects, &self.session.source);
        plan.told = self.owners(&plan, &subjects);
        if plan.change.count() == 0 {
            return;
        }
        if plan.change.count() < worked.len() && sent.entries.is_empty() && self.queue_has_more() {
            let all = count_usize(worked.len());
            let rest = format!("Of {all} tasks, these are in the list; the others stay open.");
            plan.told.push(rest);
        }
        if self.screen.popup.is_none() {
            let confirm = Confirm::offer(plan, &sent.reason);
            let confirm = confirm.require_profile_name(self.session.production.as_ref());
            self.screen.popup = Some(Popup::Confirm(Box::new(confirm)));
        } else {
            self.writes.draft = Some(Draft {
                verb: Verb::Close,
                tasks: sent.plan.tasks.clone(),
                reason: sent.reason.clone(),
                more: None,
            });
        }
    }

    /// The investigations that may be closed when `plan` is done.
    pub(in crate::app) fn entries_of(&self, plan: &Plan) -> Vec<QueueRow> {
        if !is_repair(plan) {
            return Vec::new();
        }
        let tasks: HashSet<TaskId> = plan.tasks.iter().copied().collect();
        let theirs = |row: &&QueueRow| tasks.contains(&row.task_uuid);
        self.known_entries().filter(theirs).cloned().collect()
    }

    /// Those of `rows` that the list reads no more. If it has all there are, there are none.
    fn let_go<'a>(&'a self, rows: &'a [QueueRow]) -> impl Iterator<Item = &'a QueueRow> {
        let known: HashSet<_> = self.known_entries().map(|row| row.dlq_entry_uuid).collect();
        let goes_on = self.queue_has_more();
        rows.iter()
            .filter(move |row| goes_on && !known.contains(&row.dlq_entry_uuid))
    }
}

/// Whether it deals with what is wrong with the tasks.
fn is_repair(plan: &Plan) -> bool {
    matches!(
        plan.change,
        Change::Steps(..) | Change::Tasks(TaskVerb::Requeue, _)
    )
}
