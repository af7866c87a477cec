//! What a write key applies to: the open task, else marked rows, else the group or the row under the cursor
//! (`lists/rows_a_key_applies_to.rs` says which).

use super::verb_plan::{Origin, Owner, SeenEntry, SeenStep, Subject, why_not_retryable};
use crate::app::detail::{DetailScreen, diagnosis};
use crate::app::format::title;
use crate::app::lists::Lists;
use crate::app::message::Message;
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::app::session::Session;
use crate::data::messages::command::Limits;
use crate::data::model::{EntryRow, QueueRow};

/// What the operator has before them, to read: what writes are made from.
#[derive(Debug, Clone, Copy)]
pub struct OnScreen<'a> {
    /// Who, where and when.
    pub session: &'a Session,
    /// The rows.
    pub polled: &'a Polled,
    /// Which of them are chosen.
    pub lists: &'a Lists,
    /// The task that covers them, if one does.
    pub detail: Option<&'a DetailScreen>,
    /// Whether the operator log covers it all.
    pub log_is_open: bool,
}

impl OnScreen<'_> {
    /// What a write key applies to: the open task, else the marked rows, else the group or the row under
    /// the cursor.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let mut subjects = self.chosen_rows();
        for owner in subjects.iter_mut().filter_map(|one| one.owner.as_mut()) {
            owner.is_me = owner.name.as_str() == self.session.actor;
        }
        subjects
    }

    fn chosen_rows(&self) -> Vec<Subject> {
        if self.log_is_open {
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
                let rows = self.lists.chosen_entries(self.polled).into_iter();
                let seen = rows.filter(|row| !self.is_unseen(row));
                seen.map(Subject::of_entry).collect()
            }
            Pane::Stats | Pane::Workers | Pane::Queues => Vec::new(),
        }
    }

    /// Whether a row has joined the group under the cursor too recently to be seen. What is marked was
    /// seen.
    fn is_unseen(&self, row: &QueueRow) -> bool {
        let lists = self.lists;
        let is_group = lists.is_grouped() && lists.queue.marks.is_empty();
        is_group && !(lists.arrivals).is_settled(row.dlq_entry_uuid, self.session.now)
    }

    /// How many rows of the group under the cursor are left out, because they have only just come.
    #[must_use]
    pub fn unseen(&self) -> usize {
        if self.detail.is_some() || self.lists.focus != Pane::Queue {
            return 0;
        }
        let rows = self.lists.chosen_entries(self.polled).into_iter();
        rows.filter(|row| self.is_unseen(row)).count()
    }

    /// Why a key must not apply to what is under the cursor: that is gone, or a poll has put it there
    /// too recently to be seen.
    #[must_use]
    pub fn why_not_under_cursor(&self) -> Option<Message> {
        let (session, lists) = (self.session, self.lists);
        let words = session.words();
        if self.log_is_open {
            return None;
        }
        if let Some(detail) = self.detail {
            let why = if detail.step_is_gone() {
                "the {step} under the cursor is gone: move to another one first"
            } else if detail.slid(session.now) {
                "what the {task} waits for has just changed: look at it, then press the key again"
            } else {
                return None;
            };
            return Some(Message::bad(words.fill(why)));
        }
        if lists.marked() > 0 {
            return None;
        }
        if let Some(lost) = lists.where_lost(lists.focus, self.polled, words) {
            let text = format!("nothing is under the cursor ({lost}): move to a row first");
            return Some(Message::bad(text));
        }
        let text = "the rows have just moved: look under the cursor, then press the key again";
        lists.slid(session.now).then(|| Message::bad(text))
    }

    /// The open task, once it was read.
    #[must_use]
    pub fn detail_subject(&self) -> Option<Subject> {
        self.detail.and_then(of_detail)
    }
}

fn of_detail(screen: &DetailScreen) -> Option<Subject> {
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
    let seen = |entry: &EntryRow| SeenEntry {
        id: entry.dlq_entry_uuid,
        version: entry.version,
    };
    Some(Subject {
        origin: Origin::Detail,
        task: task.task_uuid,
        name: title(task.namespace_name.as_str(), task.task_name.as_str()),
        task_state: task.current_state.clone(),
        resumes: diagnosis::requeues(detail, &why_not_retryable(step.as_ref())),
        step,
        entry: pending.map(seen),
        owner: pending.and_then(|entry| Owner::of(entry.owner.as_ref(), entry.owned_until)),
        snoozed: pending.is_some_and(|entry| entry.snoozed_until.is_some()),
        held: task.can_requeue == Some(false),
        closed: (pending.is_none().then(|| detail.entries.first()).flatten()).map(seen),
    })
}
