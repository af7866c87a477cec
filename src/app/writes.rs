//! From a capital letter to a write, and what to make of its outcome.

pub mod confirm;
pub(in crate::app) mod follow_up;
pub mod in_flight;
pub(in crate::app) mod inputs;
pub mod pace;
pub mod plan;
pub(in crate::app) mod receipt;
pub(in crate::app) mod resume;
pub(in crate::app) mod selection;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use super::App;
use super::action::{Pane, Verb};
use crate::app::capabilities::list_names;
use crate::app::screen::notification::{FinishedWrite, Tone, outcome_summary};
use crate::app::screen::popup::Popup;
use crate::app::writes::confirm::{Confirm, ExtraField, Field};
use crate::app::writes::in_flight::Run;
use crate::app::writes::inputs::{default_reason, toggle_verb};
use crate::app::writes::pace::PaceSettings;
use crate::app::writes::plan::{Origin, alternative_plan, plan};
use crate::data::messages::command::{Command, ItemResult, Outcome, Question, Unfinished, Write};
use crate::data::model::TaskId;

/// Outcomes kept of one session; older ones are in the database's log.
const KEPT: usize = 100;

/// A reason that was typed and not used, kept for the same act on the same tasks.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) verb: Verb,
    pub(super) tasks: Vec<TaskId>,
    pub(super) reason: String,
    pub(super) more: Option<ExtraField>,
}

/// What this session has changed, is changing, and was about to change.
#[derive(Debug, Default)]
pub struct Writes {
    /// How many retries at once go.
    pub pace: PaceSettings,
    /// What became of this session's writes, newest last.
    pub outcomes: Vec<FinishedWrite>,
    /// Runs of this database that were cut short, oldest first.
    pub interrupted: Vec<Unfinished>,
    /// Where receipts go that are not told where.
    pub receipt_folder: Option<PathBuf>,
    pub(super) in_flight: Vec<Run>,
    pub(super) draft: Option<Draft>,
    pub(super) pending_command: Option<Command>,
}

impl App {
    /// Opens the box for `verb`, or says why there is nothing to ask.
    pub(super) fn ask(&mut self, verb: Verb) -> Option<Command> {
        if let Some(why) = self.session.access.read_only() {
            let text = format!("read-only: {}; {}", why.sentence(), why.way_out());
            self.tell(Tone::Bad, text);
            return None;
        }
        if let Some(why) = self
            .blocked_by_select_all()
            .filter(|_| self.detail.is_none())
        {
            self.tell(Tone::Bad, why);
            return None;
        }
        let subjects = self.subjects();
        let source = Arc::clone(&self.session.source);
        let words = &source.manifest.words;
        if subjects.is_empty() {
            self.say(
                if self.detail.is_some() && self.screen.operator_log.is_none() {
                    words.tell("the task is still being read: again in a moment")
                } else {
                    format!("nothing is selected here: go to {}", list_names(&source))
                },
            );
            return None;
        }
        let verb = toggle_verb(verb, &subjects, &source);
        if verb == Verb::Complete && subjects.len() > 1 {
            let text = "a result is given to one step at a time: choose one";
            self.tell(Tone::Bad, text.to_owned());
            return None;
        }
        let mut plan = plan(verb, &subjects, &source);
        if plan.change.count() == 0 {
            let why = match plan.excluded.as_slice() {
                [only] => format!("{}: {}", only.label, only.why),
                [first, rest @ ..] => {
                    format!("{}: {} (and {} more)", first.label, first.why, rest.len())
                }
                [] => String::new(),
            };
            self.tell(Tone::Bad, format!("nothing to do: {why}"));
            return None;
        }
        plan.told = self.owners(&plan, &subjects);
        // Only for the very same targets: one task's reason has no place in another's log.
        let draft = self
            .writes
            .draft
            .take()
            .filter(|draft| draft.verb == verb && draft.tasks == plan.tasks);
        let (reason, typed) = draft.map_or_else(
            || (default_reason(verb).to_owned(), None),
            |draft| (draft.reason, draft.more),
        );
        self.lists.filtering = false;
        let grouped = self.lists.focus == Pane::Queue && self.detail.is_none() && self.is_grouped();
        let confirm = Confirm::new(plan, &reason)
            .or(alternative_plan(verb, &subjects, &source))
            .asking(self.more(verb, &subjects, typed), self.database_now())
            .paced(self.writes.pace)
            .for_group(grouped)
            .require_profile_name(self.session.production.as_ref());
        self.screen.popup = Some(Popup::Confirm(Box::new(confirm)));
        if self.lists.focus == Pane::Queue && self.detail.is_none() {
            self.hint_more_rows();
        }
        // The editor is what was asked for; the box is what comes after.
        self.edit_command()
    }

    /// Enter in the box: presses the button that has the focus, or moves on.
    pub(super) fn press(&mut self, mut confirm: Box<Confirm>) -> Option<Command> {
        match confirm.spot {
            Field::Cancel => {
                self.save_draft(&confirm);
                self.say("nothing was changed");
                None
            }
            Field::DoIt => self.send(confirm),
            Field::Result => {
                self.screen.popup = Some(Popup::Confirm(confirm));
                self.edit_command()
            }
            _ => {
                confirm.now = self.database_now();
                confirm.onward();
                self.screen.popup = Some(Popup::Confirm(confirm));
                None
            }
        }
    }

    /// `y` in the box: does it, if a button has the focus or the count that was asked for.
    pub(super) fn yes(&mut self) -> Option<Command> {
        match self.screen.popup.take() {
            Some(Popup::Confirm(confirm))
                if matches!(confirm.spot, Field::Count | Field::Cancel | Field::DoIt) =>
            {
                self.send(confirm)
            }
            other => {
                self.screen.popup = other;
                None
            }
        }
    }

    /// The only place a write leaves from.
    fn send(&mut self, mut confirm: Box<Confirm>) -> Option<Command> {
        if self.session.is_wall {
            return None;
        }
        // Whoever opened the box: what production asks for is asked for.
        confirm.production.clone_from(&self.session.production);
        if self.session.access.read_only().is_some() {
            let why = "The unlock has ended: nothing was sent. Esc keeps the reason.";
            confirm.complaint = Some(why.to_owned());
            self.screen.popup = Some(Popup::Confirm(confirm));
            return None;
        }
        confirm.now = self.database_now();
        if !confirm.ready() {
            self.screen.popup = Some(Popup::Confirm(confirm));
            return None;
        }
        if confirm.plan.change.count() > 1 && !gives_up(&confirm) && self.is_running_many() {
            let why = "Another change of many is under way: wait for its end, or stop it.";
            confirm.complaint = Some(why.to_owned());
            self.screen.popup = Some(Popup::Confirm(confirm));
            return None;
        }
        if let Some(left) = confirm.left.take() {
            return Some(self.resume_run(*left, confirm.plan));
        }
        let pace = confirm.pace();
        let Confirm {
            plan, reason, more, ..
        } = *confirm;
        let reason = reason.text().trim();
        let write = Write {
            batch: Uuid::now_v7(), // a name; nothing is decided by it
            change: plan.change.clone(),
            reason: self.session.access.reason(reason),
            pace,
        };
        self.say(format!("{}…", plan.title()));
        let entries = self.entries_of(&plan);
        let mut run = Run::new(
            write.clone(),
            plan,
            (reason.to_owned(), more),
            self.session.now,
        );
        run.entries = entries;
        self.writes.in_flight.push(run);
        Some(Command::Write(Box::new(write)))
    }

    /// A reason that took thought must not be lost to a slip.
    pub(super) fn save_draft(&mut self, confirm: &Confirm) {
        if confirm.left.is_none() && (!confirm.reason.is_blank() || confirm.more.is_some()) {
            self.writes.draft = Some(Draft {
                verb: confirm.plan.verb,
                tasks: confirm.plan.tasks.clone(),
                reason: confirm.reason.text().to_owned(),
                more: confirm.more.clone(),
            });
        }
    }

    /// A command was not taken.
    pub(super) fn refused(&mut self, command: Command) {
        match command {
            Command::Write(write) => {
                if let Some(at) = self
                    .writes
                    .in_flight
                    .iter()
                    .position(|sent| sent.write.batch == write.batch)
                {
                    let sent = self.writes.in_flight.remove(at);
                    self.writes.draft = Some(Draft {
                        verb: sent.plan.verb,
                        tasks: sent.plan.tasks,
                        reason: sent.reason,
                        more: sent.more,
                    });
                }
                let text = "not sent: earlier changes are still under way; try again in a moment";
                self.tell(Tone::Bad, text.to_owned());
            }
            Command::Follow(_) => {
                self.writes.pending_command = Some(Command::Follow(self.following()))
            }
            Command::RowsWanted(_) => self.lists.paging.was_refused(),
            Command::Query(Question::Fixes(_)) => self.lists.fix_history.was_refused(),
            Command::Query(Question::Collect(_)) => {
                self.lists.select_all.was_refused();
                self.say("still busy; try again");
            }
            Command::Stop(batch) => self.goes_on(batch),
            Command::Resume(run) => self.on_resume_rejected(*run),
            Command::Unlock { .. } => self.on_unlock_rejected(),
            Command::Switch(_) => self.on_switch_rejected(),
            // It must not be forgotten.
            Command::Lock => self.writes.pending_command = Some(Command::Lock),
            Command::PollNow
            | Command::Copy(_)
            | Command::Edit(_)
            | Command::GiveUp(_)
            | Command::Save(_) => {
                self.say("still busy; try again");
            }
        }
    }

    /// A write ended: says what became of it, keeps what failed marked, and offers to close the
    /// investigations of what worked.
    pub(super) fn finish(&mut self, outcome: Outcome) {
        let sent = self
            .writes
            .in_flight
            .iter()
            .position(|sent| sent.write.batch == outcome.batch);
        let sent = sent.map(|at| self.writes.in_flight.remove(at));
        let done = outcome.tally().done;
        let tone = if done == outcome.items.len() {
            Tone::Good
        } else {
            Tone::Bad
        };
        let title = sent
            .as_ref()
            .map_or_else(|| outcome.action.to_owned(), |s| s.plan.title());
        self.tell(tone, outcome_summary(&title, &outcome, self.database_now()));
        if let Some(sent) = &sent {
            let worked = self.unmark_done(sent, &outcome);
            self.save_draft_of_failures(sent, &outcome);
            self.offer_to_close(sent, &worked, &outcome);
            self.drop_finished(&outcome.items, |at| match sent.plan.origins.get(at) {
                Some(Origin::Entry(entry)) => Some(*entry),
                _ => None,
            });
        }
        self.writes.outcomes.push(FinishedWrite {
            at: self.session.now,
            title,
            write: sent.map(|sent| sent.write),
            outcome,
        });
        if self.writes.outcomes.len() > KEPT {
            self.writes.outcomes.remove(0);
        }
    }

    /// Unmarks what was done, marks what was not, and returns the tasks it was done to.
    fn unmark_done(&mut self, sent: &Run, outcome: &Outcome) -> Vec<TaskId> {
        let ids = sent.plan.change.ids().into_iter();
        let places: HashMap<Uuid, usize> = ids.zip(0..).collect();
        let mut worked = Vec::new();
        for item in &outcome.items {
            let Some(at) = places.get(&item.id).copied() else {
                continue;
            };
            let done = matches!(item.result, ItemResult::Done { .. });
            if done {
                worked.push(sent.plan.tasks[at]);
            }
            match sent.plan.origins[at] {
                Origin::Task(task) if done => drop(self.lists.staleness.marks.remove(&task)),
                Origin::Entry(entry) if done => drop(self.lists.queue.marks.remove(&entry)),
                // One alone was under the cursor, and is.
                _ if outcome.items.len() == 1 => {}
                Origin::Task(task) => drop(self.lists.staleness.marks.insert(task)),
                Origin::Entry(entry) => drop(self.lists.queue.marks.insert(entry)),
                Origin::Detail => {}
            }
        }
        worked
    }
}

fn gives_up(confirm: &Confirm) -> bool {
    confirm.left.as_ref().is_some_and(|left| left.give_up)
}
