//! Runs that were interrupted: said, taken up again after being asked, or given up.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Writes;
use super::confirm::{Confirm, InterruptedRun};
use super::in_flight::{Run, done_word};
use super::verb_plan::from_cli::RequestedChange;
use super::verb_plan::planned::{Origin, Plan};
use crate::app::format::{count_usize, duration, plural};
use crate::app::message::{Message, Reply};
use crate::app::polled::Polled;
use crate::app::session::Session;
use crate::data::messages::command::{Change, Command, Unfinished};
use crate::data::model::{QueueRow, TaskId};

impl Writes {
    /// `1 run was interrupted 2h00m ago: Retry 500 steps, 211 tried`; none, if none was.
    #[must_use]
    pub fn interrupted_summary(&self, session: &Session, polled: &Polled) -> Option<String> {
        let first = self.interrupted.first()?;
        let runs = plural(self.interrupted.len(), "run");
        let were = if self.interrupted.len() == 1 {
            "was"
        } else {
            "were"
        };
        let title = plan_of(first, session, polled).title();
        let tried = count_usize(tried(first));
        let when = began(first, polled.database_now(session.now));
        Some(format!(
            "{runs} {were} interrupted {when}: {title}, {tried} tried"
        ))
    }

    /// The dialog that asks whether to go on with the oldest run, or to give it up.
    ///
    /// # Errors
    ///
    /// Why there is nothing to ask.
    pub fn ask_resume(
        &self,
        give_up: bool,
        session: &Session,
        polled: &Polled,
    ) -> Result<Confirm, Message> {
        if let Some(refusal) = session.access.refusal() {
            return Err(refusal);
        }
        let Some(run) = self.interrupted.first() else {
            return Err(Message::info("no interrupted run in this database"));
        };
        let left = InterruptedRun {
            give_up,
            story: run_summary(run, polled.database_now(session.now)),
            run: run.clone(),
        };
        let plan = plan_of(run, session, polled);
        let production = session.production.as_ref();
        Ok(Confirm::of_interrupted(plan, left, production))
    }

    /// Resumes it, or discards it, as confirmed.
    pub(super) fn resume_run(
        &mut self,
        left: InterruptedRun,
        plan: Plan,
        now: DateTime<Utc>,
    ) -> Reply {
        let InterruptedRun { give_up, run, .. } = left;
        let run = Box::new(run);
        if give_up {
            return Reply::new(Message::info("discarding it…"), Command::GiveUp(run));
        }
        let message = Message::info(format!("resuming: {}…", plan.title()));
        self.interrupted.retain(|other| other.path != run.path);
        let mut rest = Run::new(run.write.clone(), plan, &run.write.reason, now);
        rest.before = tried(&run);
        self.in_flight.push(rest);
        Reply::new(message, Command::Resume(run))
    }

    /// The request to go on could not be handed on.
    pub fn on_resume_rejected(&mut self, run: Unfinished) -> Message {
        self.take_run(run.write.batch);
        self.interrupted.insert(0, run);
        Message::info("still busy; try again")
    }
}

/// `Begun 2h00m ago by ana: 211 done, 5 changed; 284 left. Reason: gateway is up`.
fn run_summary(run: &Unfinished, database_now: DateTime<Utc>) -> String {
    let tally = run.done;
    let sent = done_word(&run.write.change);
    let mut parts = vec![format!("{} {sent}", count_usize(tally.done))];
    for (number, word) in [
        (tally.changed, "changed meanwhile"),
        (tally.failed, "failed"),
    ] {
        if number > 0 {
            parts.push(format!("{} {word}", count_usize(number)));
        }
    }
    let left = run.write.change.count().saturating_sub(tried(run));
    format!(
        "Started {} by {}: {}; {} left. Reason: {}",
        began(run, database_now),
        run.actor.first_line(),
        parts.join(", "),
        count_usize(left),
        run.write.reason
    )
}

fn began(run: &Unfinished, database_now: DateTime<Utc>) -> String {
    let seconds = (database_now - run.started_at).as_seconds_f64();
    format!("{} ago", duration(seconds.max(0.0)))
}

/// The run as a plan. Its rows are those that are listed now, so that what fails is marked.
fn plan_of(run: &Unfinished, session: &Session, polled: &Polled) -> Plan {
    let change = run.write.change.clone();
    let rows: HashMap<Uuid, &QueueRow> = (polled.entries().iter())
        .map(|row| (subject(&change, row), row))
        .collect();
    let ids = change.ids();
    let row = |id: &Uuid| rows.get(id);
    let tasks = match &change {
        Change::Steps(_, targets) => targets.iter().map(|one| one.task).collect(),
        Change::Tasks(_, targets) => targets.iter().map(|one| one.task).collect(),
        Change::Entries(..) => (ids.iter())
            .map(|id| row(id).map_or(TaskId(Uuid::nil()), |row| row.task_uuid))
            .collect(),
    };
    let origins = (ids.iter())
        .map(|id| row(id).map_or(Origin::Detail, |row| Origin::Entry(row.dlq_entry_uuid)))
        .collect();
    Plan {
        verb: RequestedChange::of(&change).verb(),
        change,
        origins,
        tasks,
        excluded: Vec::new(),
        remarks: Vec::new(),
        source: Arc::clone(&session.source),
    }
}

/// What a change of this kind would act on in this row.
fn subject(change: &Change, row: &QueueRow) -> Uuid {
    match change {
        Change::Steps(..) => row.workflow_step_uuid.map_or(Uuid::nil(), |step| step.0),
        Change::Tasks(..) => row.task_uuid.0,
        Change::Entries(..) => row.dlq_entry_uuid.0,
    }
}

const fn tried(run: &Unfinished) -> usize {
    let tally = run.done;
    tally.done + tally.changed + tally.failed
}
