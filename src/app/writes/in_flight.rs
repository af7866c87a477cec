//! One write in progress: how far it is, how fast it goes, and what stops it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::confirm::extra_fields::ExtraField;
use super::pace::halts;
use super::verb_plan::Plan;
use crate::app::format::duration;
use crate::data::fingerprint::telling_line;
use crate::data::messages::command::{Change, Phase, Progress, StepVerb, Tally, TaskVerb, Write};
use crate::data::model::QueueRow;
use crate::data::model::safe_text::SafeText;

/// A write that was asked for and has not been answered to the end.
#[derive(Debug)]
pub struct Run {
    /// What was asked for.
    pub write: Write,
    /// The rows it was asked for.
    pub plan: Plan,
    /// Why, as it was typed: without the incident that an unlock adds.
    pub reason: String,
    /// The entries of its tasks, as they were then: the list may no longer have them at its end.
    pub(super) entries: Vec<QueueRow>,
    /// What was asked besides.
    pub(super) extra: Option<ExtraField>,
    /// Its latest progress.
    pub progress: Option<Progress>,
    /// The operator wants no more of it.
    pub stopping: bool,
    asked: DateTime<Utc>,
    /// How many had been tried before it was taken up again.
    pub(super) before: usize,
    /// Since when the canary is watched.
    canary: Option<DateTime<Utc>>,
    /// When the canary was over, how long it had taken, and how many had been tried by then.
    released: Option<(DateTime<Utc>, f64, usize)>,
}

impl Run {
    /// A write that is sent now, for this reason.
    #[must_use]
    pub fn new(write: Write, plan: Plan, reason: &str, now: DateTime<Utc>) -> Self {
        Self {
            write,
            plan,
            reason: reason.to_owned(),
            entries: Vec::new(),
            extra: None,
            progress: None,
            stopping: false,
            asked: now,
            before: 0,
            canary: None,
            released: None,
        }
    }

    /// Takes in how it goes. Returns the canary's time if it has just passed.
    pub(super) fn on_progress(&mut self, progress: Progress, now: DateTime<Utc>) -> Option<f64> {
        let mut verdict = None;
        match (&progress.phase, self.canary) {
            (Phase::Canary { .. }, None) => self.canary = Some(now),
            (Phase::Running, Some(since)) if self.released.is_none() => {
                let took = (now - since).as_seconds_f64().max(0.0);
                self.released = Some((now, took, tried(&progress.tally)));
                verdict = Some(took);
            }
            _ => {}
        }
        self.progress = Some(progress);
        verdict
    }

    /// The places of its targets, by id.
    #[must_use]
    pub fn places(&self) -> HashMap<Uuid, usize> {
        self.plan.change.ids().into_iter().zip(0..).collect()
    }

    /// How many subjects it has.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.plan.change.count()
    }

    /// What became of those that were tried.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.progress
            .as_ref()
            .map_or_else(Tally::default, |progress| progress.tally)
    }

    /// How many have been tried.
    #[must_use]
    pub fn tried(&self) -> usize {
        tried(&self.tally())
    }

    /// Subjects a second since the canary, or from the start; `None` while too little has been
    /// seen to tell.
    #[must_use]
    pub fn rate(&self, now: DateTime<Utc>) -> Option<f64> {
        let (from, before) = self
            .released
            .map_or((self.asked, self.before), |(from, _, before)| {
                (from, before)
            });
        let seconds = (now - from).as_seconds_f64();
        let tried = u32::try_from(self.tried().saturating_sub(before)).ok()?;
        (seconds >= 2.0 && tried > 0).then(|| f64::from(tried) / seconds)
    }

    /// Seconds to its end at this rate.
    #[must_use]
    pub fn left(&self, now: DateTime<Utc>) -> Option<f64> {
        let left = u32::try_from(self.count().saturating_sub(self.tried())).ok()?;
        self.rate(now).map(|rate| f64::from(left) / rate)
    }

    /// What it is doing, in words: `canary: payments/charge_order (1a2b3c4d) is in_progress, 12s`.
    #[must_use]
    pub fn phase(&self, now: DateTime<Utc>) -> String {
        if self.stopping {
            return "stopping: the rest stays unchanged".to_owned();
        }
        match self.progress.as_ref().map(|progress| &progress.phase) {
            None => "queued".to_owned(),
            Some(Phase::Running) if self.write.pace.canary.is_some() && self.tried() == 0 => {
                "choosing a canary".to_owned()
            }
            Some(Phase::Canary { label, state }) => {
                let since = self.canary.unwrap_or(now);
                let waited = duration((now - since).as_seconds_f64().max(0.0));
                format!("canary: {label} is {state}, {waited}")
            }
            Some(Phase::Running) => match self.released {
                Some((_, took, _)) => {
                    format!("canary passed after {}", duration(took))
                }
                None => "one at a time".to_owned(),
            },
            Some(Phase::Settling) => "checking the changes whose answers were lost".to_owned(),
        }
    }

    /// What makes it halt: `halts when “card_declined: …” comes back`.
    #[must_use]
    pub fn halts(&self) -> Option<String> {
        let after = self.write.pace.halt_after?;
        let error = match &self.plan.change {
            Change::Steps(_, targets) => shared(targets.iter().map(|one| one.seen_error.as_ref())),
            _ => None,
        };
        Some(match error {
            Some(error) if after <= 1 => format!("halts when {error} comes back"),
            _ => halts(after),
        })
    }
}

/// What an act is called once the database has taken it: a retry is only sent, for it may fail again.
#[must_use]
pub const fn done_word(change: &Change) -> &'static str {
    match change {
        Change::Steps(StepVerb::ResetForRetry, _) | Change::Tasks(TaskVerb::Requeue, _) => "sent",
        _ => "done",
    }
}

/// The name of the error that all of them have: its first words, up to a colon.
fn shared<'a>(errors: impl Iterator<Item = Option<&'a SafeText>>) -> Option<String> {
    const LONGEST: usize = 32;
    let mut names = errors.map(|error| {
        let line = error
            .map(|error| telling_line(error.as_str()))
            .unwrap_or_default();
        let name = line.split(": ").next().unwrap_or_default();
        // Whole words, as many as fit.
        let fits = |end: &usize| name[..*end].chars().count() <= LONGEST;
        let ends = name.match_indices(' ').map(|(at, _)| at);
        match ends.chain([name.len()]).rfind(fits) {
            Some(end) if end < name.len() => format!("{} …", &name[..end]),
            Some(_) => name.to_owned(),
            None => name.chars().take(LONGEST).chain(['…']).collect(),
        }
    });
    let first = names.next().filter(|name| !name.is_empty())?;
    names.all(|other| other == first).then_some(first)
}

const fn tried(tally: &Tally) -> usize {
    tally.done + tally.changed + tally.failed + tally.unknown
}
