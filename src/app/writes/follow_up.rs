//! After the steps, the entries: those whose steps were fixed can be closed with the same reason.

use std::collections::HashSet;

use super::Writes;
use super::ask::other_owners;
use super::confirm::Confirm;
use super::drafts::Draft;
use super::in_flight::Run;
use super::targets_on_screen::OnScreen;
use super::verb_plan::{Plan, Subject, plan};
use crate::app::action::Verb;
use crate::app::capabilities::why_no_verb;
use crate::app::format::count_usize;
use crate::app::lists::Lists;
use crate::app::polled::Polled;
use crate::data::messages::command::{Change, Outcome, TaskVerb};
use crate::data::model::{QueueRow, TaskId};

/// The dialog to close the open entries of tasks whose steps were just fixed, or that
/// were retried, with the same reason. None if the change was broken off: what was done before that
/// may have failed again.
#[must_use]
pub fn offer_to_close(
    run: &Run,
    done: &[TaskId],
    outcome: &Outcome,
    seen: &OnScreen<'_>,
) -> Option<Confirm> {
    let OnScreen {
        session,
        polled,
        lists,
        ..
    } = *seen;
    if !is_repair(&run.plan)
        || why_no_verb(&session.source, Verb::Close).is_some()
        || outcome.tally().untried > 0
        || session.access.read_only().is_some()
    {
        return None;
    }
    let done: HashSet<TaskId> = done.iter().copied().collect();
    let mut subjects: Vec<Subject> = lists
        .known_entries(polled)
        .chain(no_longer_listed(&run.entries, lists, polled))
        .filter(|row| done.contains(&row.task_uuid))
        .map(Subject::of_entry)
        .collect();
    if let Some(detail) = seen.detail_subject()
        && done.contains(&detail.task)
        && detail.entry.is_some()
    {
        subjects.retain(|subject| subject.task != detail.task);
        subjects.push(detail);
    }
    let mut plan = plan(Verb::Close, &subjects, &session.source);
    plan.remarks = other_owners(&plan, &subjects, session, polled);
    let count = plan.change.count();
    if count == 0 {
        return None;
    }
    if count < done.len() && run.entries.is_empty() && polled.queue_has_more() {
        let all = count_usize(done.len());
        let rest = format!("Of {all} tasks, these are in the list; the others stay open.");
        plan.remarks.push(rest);
    }
    let confirm = Confirm::offer(plan, &run.reason);
    Some(confirm.require_profile_name(session.production.as_ref()))
}

impl Writes {
    /// The offer came while another dialog was open: the reason is kept for when the entries are
    /// closed by hand.
    pub fn keep_reason_to_close(&mut self, run: &Run) {
        self.draft = Some(Draft {
            verb: Verb::Close,
            tasks: run.plan.tasks.clone(),
            reason: run.reason.clone(),
            extra: None,
        });
    }
}

/// The entries that may be closed when `plan` is done.
pub(super) fn entries_of(plan: &Plan, seen: &OnScreen<'_>) -> Vec<QueueRow> {
    if !is_repair(plan) {
        return Vec::new();
    }
    let tasks: HashSet<TaskId> = plan.tasks.iter().copied().collect();
    let theirs = |row: &&QueueRow| tasks.contains(&row.task_uuid);
    let known = seen.lists.known_entries(seen.polled);
    known.filter(theirs).cloned().collect()
}

/// Those of `rows` that the list reads no more. If it has all there are, there are none.
fn no_longer_listed<'a>(
    rows: &'a [QueueRow],
    lists: &Lists,
    polled: &Polled,
) -> impl Iterator<Item = &'a QueueRow> {
    let known: HashSet<_> = (lists.known_entries(polled))
        .map(|row| row.dlq_entry_uuid)
        .collect();
    let goes_on = polled.queue_has_more();
    rows.iter()
        .filter(move |row| goes_on && !known.contains(&row.dlq_entry_uuid))
}

/// Whether it deals with what is wrong with the tasks.
fn is_repair(plan: &Plan) -> bool {
    matches!(
        plan.change,
        Change::Steps(..) | Change::Tasks(TaskVerb::Requeue, _)
    )
}
