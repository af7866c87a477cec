//! After the steps, the entries: those whose steps were fixed can be closed with the same reason. What was
//! retried is not fixed before it has passed.

use std::collections::HashSet;

use super::Writes;
use super::ask::other_owners;
use super::confirm::Confirm;
use super::drafts::Draft;
use super::in_flight::Run;
use super::retries::SentRetries;
use super::targets_on_screen::OnScreen;
use super::verb_plan::{Plan, Subject, plan};
use crate::app::action::Verb;
use crate::app::capabilities::why_no_verb;
use crate::app::format::{count_usize, plural};
use crate::app::lists::Lists;
use crate::app::message::Message;
use crate::app::polled::Polled;
use crate::data::bulk::retry_outcome::{Verdict, has_outcome};
use crate::data::messages::command::{Change, EntryVerb, Outcome, Resolution, StepVerb, TaskVerb};
use crate::data::model::{QueueRow, TaskId};

/// The dialog to close the open entries of tasks that this write has just changed, with the same reason. None if the
/// change was broken off, or if it is a retry: whether that helps is not known yet.
#[must_use]
pub fn offer_to_close(
    run: &Run,
    done: &[TaskId],
    outcome: &Outcome,
    seen: &OnScreen<'_>,
) -> Option<Confirm> {
    if has_outcome(&run.plan.change) || outcome.tally().untried > 0 {
        return None;
    }
    let cancels = is_cancel(&run.plan.change);
    let lead = if cancels {
        "Cancelled. Close the {investigation} too? Esc keeps it open."
    } else {
        "Done. Close the {investigation} too? Esc keeps it open."
    };
    let lead = seen.session.words().fill(lead);
    let mut confirm = close_entries(run, done, lead, seen)?;
    let resolutions = run.plan.source.resolutions();
    if cancels
        && resolutions.contains(&Resolution::Cancelled)
        && let Change::Entries(EntryVerb::Close(chosen), _) = &mut confirm.plan.change
    {
        *chosen = Resolution::Cancelled;
    }
    Some(confirm)
}

/// The dialog to close the entries of these tasks, whose retries have passed.
#[must_use]
pub fn offer_passed(
    retries: &SentRetries,
    passed: &[TaskId],
    seen: &OnScreen<'_>,
) -> Option<Confirm> {
    let outcome = retries.in_words();
    let rest = if retries.tally().passed == retries.tally().all() {
        "Close the {investigation} too? Esc keeps it open."
    } else {
        "Close those that passed? Esc keeps them open."
    };
    let rest = seen.session.words().fill(rest);
    close_entries(&retries.run, passed, format!("{outcome}. {rest}"), seen)
}

/// The dialog to close the entries of `done`, which opens by itself and says `lead` first.
fn close_entries(run: &Run, done: &[TaskId], lead: String, seen: &OnScreen<'_>) -> Option<Confirm> {
    let OnScreen {
        session,
        polled,
        lists,
        ..
    } = *seen;
    if !is_repair(&run.plan)
        || why_no_verb(&session.source, Verb::Close).is_some()
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
    let owners = other_owners(&plan, &subjects, session, polled);
    plan.remarks.extend(owners);
    let count = plan.change.count();
    if count == 0 {
        return None;
    }
    if count < done.len() && run.entries.is_empty() && polled.queue_has_more() {
        let all = count_usize(done.len());
        let rest = format!("Of {all} tasks, these are in the list; the others stay open.");
        plan.remarks.push(rest);
    }
    let confirm = Confirm::offer(plan, &run.reason, lead);
    Some(confirm.require_profile_name(session.production.as_ref()))
}

impl Writes {
    /// The dialog to close the entries of the latest retries: of those that passed, and of those that are
    /// still running, which it says. What has failed again stays open.
    ///
    /// # Errors
    ///
    /// Why there is nothing to close.
    pub fn ask_close_retried(&self, seen: &OnScreen<'_>) -> Result<Confirm, Message> {
        if let Some(refusal) = seen.session.access.refusal() {
            return Err(refusal);
        }
        let Some(retries) = self.retries.latest() else {
            return Err(Message::info("nothing has been retried from here yet"));
        };
        let running = retries.tasks_with(None);
        let mut tasks = retries.tasks_with(Some(Verdict::Passed));
        if running.is_empty() {
            let confirm = offer_passed(retries, &tasks, seen);
            return confirm.ok_or_else(|| nothing_to_close(retries, seen));
        }
        tasks.extend(&running);
        let lead = match &retries.why_unknown {
            Some(why) => format!("It is not known whether they pass: {why}."),
            None => format!(
                "{}. Of {} it is not known yet whether they pass: they are closed all the same.",
                retries.in_words(),
                plural(running.len(), "retry")
            ),
        };
        let confirm = close_entries(&retries.run, &tasks, lead, seen);
        confirm.ok_or_else(|| nothing_to_close(retries, seen))
    }

    /// The reason is kept for when the entries are closed by hand: the offer came while another dialog was open,
    /// or comes later, if at all.
    pub fn keep_reason_to_close(&mut self, run: &Run) {
        self.draft = Some(Draft {
            verb: Verb::Close,
            tasks: run.plan.tasks.clone(),
            reason: run.reason.clone(),
            extra: None,
        });
    }
}

fn nothing_to_close(retries: &SentRetries, seen: &OnScreen<'_>) -> Message {
    if let Some(why) = why_no_verb(&seen.session.source, Verb::Close) {
        return Message::info(why);
    }
    let words = seen.session.words();
    let text = words.fill("no open {investigation} of those that passed is in the list");
    Message::info(format!("{}: {text}", retries.in_words()))
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

/// Whether it deals with what is wrong with the tasks. Other limits alone repair nothing.
const fn is_repair(plan: &Plan) -> bool {
    match &plan.change {
        Change::Steps(verb, _) => !matches!(verb, StepVerb::SetLimits(_)),
        Change::Tasks(verb, _) => matches!(verb, TaskVerb::Requeue),
        Change::Entries(..) => false,
    }
}

const fn is_cancel(change: &Change) -> bool {
    matches!(change, Change::Steps(StepVerb::Cancel, _))
}
