//! Runs that were cut short: said, taken up again after being asked, or given up.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::confirm::{Confirm, InterruptedRun};
use super::plan::{Origin, Plan, RequestedChange};
use crate::app::App;
use crate::app::format::{count_usize, duration, plural};
use crate::app::screen::notification::Tone;
use crate::app::screen::popup::Popup;
use crate::app::writes::in_flight::Run;
use crate::data::messages::command::{Change, Command, Unfinished};
use crate::data::model::{QueueRow, TaskId};

impl App {
    /// What was cut short in this database, and nobody has in hand.
    pub(in crate::app) fn on_interrupted_runs(&mut self, runs: Vec<Unfinished>) {
        self.writes.interrupted = runs;
    }

    /// `1 run was cut short 2h00m ago: Retry 500 steps, 211 tried`; none, if none was.
    #[must_use]
    pub fn cut_short(&self) -> Option<String> {
        let first = self.writes.interrupted.first()?;
        let runs = plural(self.writes.interrupted.len(), "run");
        let were = if self.writes.interrupted.len() == 1 {
            "was"
        } else {
            "were"
        };
        let title = self.plan_of(first).title();
        let (tried, when) = (count_usize(tried(first)), self.since(first));
        Some(format!(
            "{runs} {were} cut short, {when}: {title}, {tried} tried"
        ))
    }

    /// Opens the box that asks whether to go on with the oldest run, or to give it up.
    pub(in crate::app) fn ask_resume(&mut self, give_up: bool) {
        if let Some(why) = self.session.access.read_only() {
            let text = format!("read-only: {}; {}", why.sentence(), why.way_out());
            return self.tell(Tone::Bad, text);
        }
        let Some(run) = self.writes.interrupted.first() else {
            return self.say("no run of this database was cut short");
        };
        let left = InterruptedRun {
            give_up,
            story: self.story(run),
            run: run.clone(),
        };
        let confirm =
            Confirm::of_interrupted(self.plan_of(run), left, self.session.production.as_ref());
        self.screen.popup = Some(Popup::Confirm(Box::new(confirm)));
    }

    /// Goes on with it, or gives it up: that was confirmed.
    pub(in crate::app) fn resume_run(&mut self, left: InterruptedRun, plan: Plan) -> Command {
        let InterruptedRun { give_up, run, .. } = left;
        let run = Box::new(run);
        if give_up {
            self.say("giving it up…");
            return Command::GiveUp(run);
        }
        self.say(format!("going on: {}…", plan.title()));
        self.writes
            .interrupted
            .retain(|other| other.path != run.path);
        let reason = run.write.reason.clone();
        let mut rest = Run::new(run.write.clone(), plan, (reason, None), self.session.now);
        rest.before = tried(&run);
        self.writes.in_flight.push(rest);
        Command::Resume(run)
    }

    /// The wish to go on was not taken.
    pub(in crate::app) fn on_resume_rejected(&mut self, run: Unfinished) {
        self.writes
            .in_flight
            .retain(|sent| sent.write.batch != run.write.batch);
        self.writes.interrupted.insert(0, run);
        self.say("still busy; try again");
    }

    /// `Begun 2h00m ago by ana: 211 done, 5 changed; 284 left. Reason: gateway is up`.
    fn story(&self, run: &Unfinished) -> String {
        let tally = run.done;
        let mut parts = vec![format!("{} done", count_usize(tally.done))];
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
            "Begun {} by {}: {}; {} left. Reason: {}",
            self.since(run),
            run.actor.first_line(),
            parts.join(", "),
            count_usize(left),
            run.write.reason
        )
    }

    fn since(&self, run: &Unfinished) -> String {
        let seconds = (self.database_now() - run.started_at).as_seconds_f64();
        format!("{} ago", duration(seconds.max(0.0)))
    }

    /// The run as a plan. Its rows are those that are listed now, so that what fails is marked.
    fn plan_of(&self, run: &Unfinished) -> Plan {
        let change = run.write.change.clone();
        let rows: HashMap<Uuid, &QueueRow> = (self.polled.entries().iter())
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
            told: Vec::new(),
            source: Arc::clone(&self.session.source),
        }
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
