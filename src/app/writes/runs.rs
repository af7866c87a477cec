//! All writes in progress as a set: a confirmed dialog begins one (`ask.rs` opened it); which one is shown,
//! what stops them, how many have no result yet.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Writes;
use super::confirm::Confirm;
use super::drafts::Draft;
use super::follow_up::entries_of;
use super::in_flight::Run;
use super::pace::rate;
use super::targets_on_screen::OnScreen;
use crate::app::format::{count_usize, duration};
use crate::app::message::{Message, Reply};
use crate::data::messages::command::{Command, Pace, Progress, Write};

/// What came of a dialog that was to be sent.
#[derive(Debug)]
pub enum Submitted {
    /// It was sent.
    Sent(Reply),
    /// It stays open: it says why.
    Stays(Box<Confirm>),
}

impl Writes {
    /// Sends what a dialog asks about: the only place a write leaves from.
    pub fn send(&mut self, mut confirm: Box<Confirm>, seen: &OnScreen<'_>) -> Submitted {
        let session = seen.session;
        if session.is_wall {
            return Submitted::Sent(Reply::default());
        }
        // Whoever opened the dialog: what production asks for is asked for.
        confirm.production.clone_from(&session.production);
        if session.access.read_only().is_some() {
            let why = "The unlock has ended: nothing was sent. Esc keeps the reason.";
            confirm.complaint = Some(why.to_owned());
            return Submitted::Stays(confirm);
        }
        confirm.now = seen.polled.database_now(session.now);
        if !confirm.ready() {
            return Submitted::Stays(confirm);
        }
        if confirm.plan.change.count() > 1 && !gives_up(&confirm) && self.is_running_many() {
            let why = "Another bulk run is in progress: wait for it to end, or stop it.";
            confirm.complaint = Some(why.to_owned());
            return Submitted::Stays(confirm);
        }
        Submitted::Sent(match confirm.left.take() {
            Some(left) => self.resume_run(*left, confirm.plan, session.now),
            None => self.begin_run(*confirm, seen),
        })
    }

    fn begin_run(&mut self, confirm: Confirm, seen: &OnScreen<'_>) -> Reply {
        let pace = confirm.pace();
        let Confirm {
            plan,
            reason,
            extra,
            ..
        } = confirm;
        let reason = reason.text().trim();
        let write = Write {
            batch: Uuid::now_v7(), // a name; nothing is decided by it
            change: plan.change.clone(),
            reason: seen.session.access.reason(reason),
            pace,
        };
        let message = Message::info(format!("{}…", plan.title()));
        let mut run = Run::new(write.clone(), plan, reason, seen.session.now);
        run.entries = entries_of(&run.plan, seen);
        run.extra = extra;
        self.in_flight.push(run);
        Reply::new(message, Command::Write(Box::new(write)))
    }

    /// Keeps what was typed in a dialog that is closed.
    pub fn save_draft(&mut self, confirm: &Confirm) {
        if let Some(draft) = Draft::of_dialog(confirm) {
            self.draft = Some(draft);
        }
    }

    /// A write could not be handed on: what was typed is kept.
    pub fn on_write_rejected(&mut self, batch: Uuid) -> Message {
        if let Some(run) = self.take_run(batch) {
            self.draft = Some(Draft::of_run(run));
        }
        Message::bad("not sent: earlier changes are still in progress; try again in a moment")
    }

    /// The writes that are under way, oldest first: that is the one that is carried out.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.in_flight
    }

    /// The write to show as it goes: the one that is carried out, if it takes a while.
    #[must_use]
    pub fn under_way(&self) -> Option<&Run> {
        let begun = self.in_flight.iter().find(|run| run.progress.is_some());
        begun.or_else(|| {
            self.in_flight
                .iter()
                .find(|run| run.write.pace != Pace::default())
        })
    }

    /// Takes the progress of a run.
    pub fn on_progress(&mut self, progress: Progress, now: DateTime<Utc>) -> Option<Message> {
        let run = self.run_mut(progress.batch)?;
        let took = run.on_progress(progress, now)?;
        let left = run.count().saturating_sub(run.tried());
        let pace = run.write.pace.per_second.map(rate).unwrap_or_default();
        Some(Message::good(format!(
            "canary passed after {}; retrying {} more at {pace}",
            duration(took),
            count_usize(left)
        )))
    }

    /// Stops the run in progress.
    pub fn stop(&mut self) -> Reply {
        let Some(run) = self.in_flight.iter_mut().find(|run| !run.stopping) else {
            return Message::info("nothing is in progress").into();
        };
        run.stopping = true;
        let text = format!("stopping: {}", run.plan.title());
        Reply::new(Message::info(text), Command::Stop(run.write.batch))
    }

    /// The request to stop could not be handed on: it may be made again.
    pub fn on_stop_rejected(&mut self, batch: Uuid) -> Message {
        if let Some(run) = self.run_mut(batch) {
            run.stopping = false;
        }
        Message::info("still busy; try again")
    }

    /// Whether a bulk run is in progress: there is one at a time.
    #[must_use]
    pub fn is_running_many(&self) -> bool {
        self.in_flight.iter().any(|run| run.count() > 1)
    }

    /// How many subjects have been asked to change, and are not answered yet.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        let left = |run: &Run| run.count().saturating_sub(run.tried()).max(1);
        self.in_flight.iter().map(left).sum::<usize>() + usize::from(self.deciding.is_some())
    }

    /// Takes out a write that has ended, or never began.
    pub fn take_run(&mut self, batch: Uuid) -> Option<Run> {
        let is_it = |run: &Run| run.write.batch == batch;
        let at = self.in_flight.iter().position(is_it)?;
        Some(self.in_flight.remove(at))
    }

    fn run_mut(&mut self, batch: Uuid) -> Option<&mut Run> {
        (self.in_flight.iter_mut()).find(|run| run.write.batch == batch)
    }
}

fn gives_up(confirm: &Confirm) -> bool {
    confirm.left.as_ref().is_some_and(|left| left.give_up)
}
