//! All writes in progress as a set: which one is shown, what stops them, how many have no result yet.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Writes;
use super::in_flight::Run;
use super::pace::rate;
use crate::app::format::{count_usize, duration};
use crate::app::message::{Message, Reply};
use crate::data::messages::command::{Command, Pace, Progress};

impl Writes {
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
