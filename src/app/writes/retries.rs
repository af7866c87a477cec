//! Retries that were sent and whose outcome is not known yet. They are asked about after every poll until all
//! have passed or failed again, or for half an hour; then the entries of those that passed can be closed.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::in_flight::Run;
use super::outcome_summary::verdicts;
use crate::app::format::{count_usize, duration};
use crate::app::message::Message;
use crate::data::bulk::retry_outcome::{self, Retried, Verdict, VerdictTally};
use crate::data::messages::command::{Command, ItemResult, Outcome, Question};
use crate::data::model::TaskId;

/// A retry without an outcome is watched for so long.
const LIMIT: TimeDelta = TimeDelta::minutes(30);
/// A question without an answer is asked again after so long.
const ANSWER_TIMEOUT: TimeDelta = TimeDelta::seconds(70);
/// Subjects a question asks about at most.
const ASKED_AT_ONCE: usize = 2_000;
/// Batches that are remembered.
const KEPT: usize = 100;

/// A step or task that was retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentRetry {
    /// The step or task.
    pub id: Uuid,
    /// The task it belongs to.
    pub task: TaskId,
}

/// The retries of one batch.
#[derive(Debug)]
pub struct SentRetries {
    /// The write that sent them.
    pub run: Run,
    /// Why nobody can tell how they turn out, if that is so.
    pub why_unknown: Option<String>,
    sent: Vec<SentRetry>,
    answers: BTreeMap<Uuid, Retried>,
    since: DateTime<Utc>,
    /// Since when an answer is awaited.
    asked: Option<DateTime<Utc>>,
    /// A poll has come since the last answer.
    due: bool,
    /// Where the next question begins, of those that are not settled.
    next: usize,
    /// It was watched for as long as it may be.
    given_up: bool,
    /// What was last told of it.
    told: Option<VerdictTally>,
    /// The tasks whose entries were offered to be closed.
    offered: HashSet<TaskId>,
    wants_offer: bool,
}

impl SentRetries {
    /// How many turned out how.
    #[must_use]
    pub fn tally(&self) -> VerdictTally {
        VerdictTally::of(self.sent.iter().map(|one| self.answers.get(&one.id)))
    }

    /// What is known of each.
    #[must_use]
    pub const fn answers(&self) -> &BTreeMap<Uuid, Retried> {
        &self.answers
    }

    /// What is known of this one.
    #[must_use]
    pub fn answer_about(&self, id: Uuid) -> Option<&Retried> {
        self.answers.get(&id)
    }

    /// Whether it is known how each turned out.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.why_unknown.is_none() && self.tally().running == 0
    }

    /// Whether it is still asked about.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.why_unknown.is_none() && !self.given_up && !self.open().is_empty()
    }

    /// The tasks of those with this verdict; of none, of those on their way.
    #[must_use]
    pub fn tasks_with(&self, verdict: Option<Verdict>) -> Vec<TaskId> {
        let has = |one: &&SentRetry| self.answers.get(&one.id).and_then(|it| it.verdict) == verdict;
        self.sent.iter().filter(has).map(|one| one.task).collect()
    }

    /// The tasks of those that passed and whose entries were not offered to be closed yet.
    #[must_use]
    pub fn to_close(&self) -> Vec<TaskId> {
        let mut passed = self.tasks_with(Some(Verdict::Passed));
        passed.retain(|task| !self.offered.contains(task));
        passed
    }

    /// `54 passed, 41 failed again, 25 running`; of what nobody can tell, why not.
    #[must_use]
    pub fn in_words(&self) -> String {
        match &self.why_unknown {
            Some(why) => format!("not known whether they pass: {why}"),
            None if self.given_up && !self.is_known() => {
                let limit = duration(LIMIT.as_seconds_f64());
                format!("{} after {limit}", verdicts(&self.tally()))
            }
            None => verdicts(&self.tally()),
        }
    }

    /// Those of which something may still be heard.
    fn open(&self) -> Vec<Uuid> {
        let settled = |one: &SentRetry| self.answers.get(&one.id).is_some_and(|it| it.settled);
        let open = self.sent.iter().filter(|one| !settled(one));
        open.map(|one| one.id).collect()
    }

    fn is_waiting(&self, now: DateTime<Utc>) -> bool {
        self.asked.is_some_and(|since| now - since < ANSWER_TIMEOUT)
    }

    /// The next question, about as many as one may ask.
    fn request(&mut self, now: DateTime<Utc>) -> Option<Command> {
        if !self.due || !self.is_watched() || self.is_waiting(now) {
            return None;
        }
        let open = self.open();
        let from = if self.next < open.len() { self.next } else { 0 };
        let to = open.len().min(from + ASKED_AT_ONCE);
        self.due = to < open.len();
        self.next = if self.due { to } else { 0 };
        self.asked = Some(now);
        let ids = open[from..to].to_vec();
        let asked = retry_outcome::request(self.run.write.batch, &self.run.write.change, ids);
        Some(Command::Query(Question::Retried(asked)))
    }

    /// Something new was heard of it, or it is watched no longer: what to tell, if anything.
    fn news(&mut self) -> Option<Message> {
        let tally = self.tally();
        let first = self.told.is_none();
        let is_end = !self.is_watched();
        let is_told = if first {
            is_end || self.is_known()
        } else {
            is_end && self.told != Some(tally)
        };
        if !is_told {
            return None;
        }
        self.told = Some(tally);
        self.wants_offer = !self.to_close().is_empty();
        let many = if self.sent.len() > 1 {
            " (o shows each)"
        } else {
            ""
        };
        let text = format!("{}{many}: {}", self.run.plan.title(), self.in_words());
        Some(if tally.passed == tally.all() {
            Message::good(text)
        } else {
            Message::bad(text)
        })
    }
}

/// What a run has retried.
fn sent(run: &Run, outcome: &Outcome) -> Vec<SentRetry> {
    let places = run.places();
    let done = outcome.items.iter();
    done.filter(|item| matches!(item.result, ItemResult::Done { .. }))
        .filter_map(|item| {
            let task = *run.plan.tasks.get(*places.get(&item.id)?)?;
            Some(SentRetry { id: item.id, task })
        })
        .collect()
}

/// What this session has retried, oldest first.
#[derive(Debug, Default)]
pub struct Retries(Vec<SentRetries>);

impl Retries {
    /// From now on the outcome of what this write has retried is asked for, if it has.
    pub fn watch(&mut self, run: Run, outcome: &Outcome, now: DateTime<Utc>) {
        let change = &run.write.change;
        let sent = sent(&run, outcome);
        if !retry_outcome::has_outcome(change) || sent.is_empty() {
            return;
        }
        let why_unknown = retry_outcome::why_no_outcome(&run.plan.source, change);
        // Entries are kept for the latest alone: there may be thousands.
        for older in &mut self.0 {
            if !older.is_watched() && !older.wants_offer {
                older.run.entries.clear();
            }
        }
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push(SentRetries {
            run,
            why_unknown,
            sent,
            answers: BTreeMap::new(),
            since: now,
            asked: None,
            due: true,
            next: 0,
            given_up: false,
            told: None,
            offered: HashSet::new(),
            wants_offer: false,
        });
    }

    /// A poll has come: what is not known is asked for again.
    pub fn on_poll(&mut self) {
        for retries in &mut self.0 {
            retries.due = true;
        }
    }

    /// The next question about retries, if one is due. One at a time.
    pub fn request(&mut self, now: DateTime<Utc>) -> Option<Command> {
        if self.0.iter().any(|retries| retries.is_waiting(now)) {
            return None;
        }
        (self.0.iter_mut()).find_map(|retries| retries.request(now))
    }

    /// The question could not be handed on: it is asked again after the next poll.
    pub fn on_rejected(&mut self, batch: Uuid) {
        if let Some(retries) = self.find_mut(batch) {
            retries.asked = None;
        }
    }

    /// An answer about the retries of a batch; `None` if they could not be read.
    pub fn on_answer(&mut self, batch: Uuid, found: Option<Vec<Retried>>) -> Option<Message> {
        let retries = self.find_mut(batch)?;
        retries.asked = None;
        for one in found? {
            retries.answers.insert(one.id, one);
        }
        retries.news()
    }

    /// Gives up watching what has taken too long.
    pub fn expire(&mut self, now: DateTime<Utc>) -> Option<Message> {
        let late =
            |retries: &&mut SentRetries| retries.is_watched() && now - retries.since >= LIMIT;
        let retries = self.0.iter_mut().find(late)?;
        retries.given_up = true;
        retries.asked = None;
        retries.news()
    }

    /// The retries of this batch.
    #[must_use]
    pub fn of(&self, batch: Uuid) -> Option<&SentRetries> {
        let all = self.0.iter();
        all.rev().find(|one| one.run.write.batch == batch)
    }

    /// The latest retries, of which it may be known how they turned out or not.
    #[must_use]
    pub fn latest(&self) -> Option<&SentRetries> {
        self.0.last()
    }

    /// The batch whose entries should be offered to be closed now.
    #[must_use]
    pub fn to_offer(&self) -> Option<Uuid> {
        let wants = self.0.iter().find(|retries| retries.wants_offer)?;
        Some(wants.run.write.batch)
    }

    /// The entries of what passed were offered to be closed, or there were none.
    pub fn on_offered(&mut self, batch: Uuid) {
        if let Some(retries) = self.find_mut(batch) {
            let passed = retries.tasks_with(Some(Verdict::Passed));
            retries.offered.extend(passed);
            retries.wants_offer = false;
        }
    }

    /// `Retry 120 steps: 54 passed, 41 failed again, 25 running`, while some are on their way; after that,
    /// until their entries were offered to be closed.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let shown = |one: &&SentRetries| one.wants_offer || (one.is_watched() && !one.is_known());
        let one = self.0.iter().rev().find(shown)?;
        Some(format!("{}: {}", one.run.plan.title(), one.in_words()))
    }

    /// What is not known yet, or known to be bad, of retries of these tasks: to be read before their entries
    /// are closed.
    #[must_use]
    pub fn remarks(&self, tasks: &[TaskId]) -> Vec<String> {
        let mut latest: HashMap<TaskId, Option<Verdict>> = HashMap::new();
        for retries in self.0.iter().filter(|one| one.why_unknown.is_none()) {
            for one in &retries.sent {
                latest.insert(
                    one.task,
                    retries.answers.get(&one.id).and_then(|it| it.verdict),
                );
            }
        }
        let with = |verdict: Option<Verdict>| {
            let is = |task: &&TaskId| latest.get(*task).is_some_and(|known| *known == verdict);
            tasks.iter().filter(is).count()
        };
        let mut remarks = Vec::new();
        match with(None) {
            0 => {}
            1 if tasks.len() == 1 => {
                remarks.push("retried, and not known yet whether it passes".to_owned());
            }
            n => remarks.push(format!(
                "{} of them retried, and not known yet whether they pass",
                count_usize(n)
            )),
        }
        match with(Some(Verdict::FailedAgain)) {
            0 => {}
            1 if tasks.len() == 1 => remarks.push("failed again after its retry".to_owned()),
            n => remarks.push(format!(
                "{} of them failed again after their retry",
                count_usize(n)
            )),
        }
        remarks
    }

    fn find_mut(&mut self, batch: Uuid) -> Option<&mut SentRetries> {
        let all = self.0.iter_mut();
        all.rev().find(|one| one.run.write.batch == batch)
    }
}
