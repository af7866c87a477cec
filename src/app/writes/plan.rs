//! From rows to a [`Plan`]: which rows a verb applies to, as what, and why not to the others.

mod eligibility;
pub mod from_cli;
pub mod planned;

pub use self::planned::{Excluded, Origin, Plan};
use chrono::{DateTime, Utc};
use serde_json::Value;

use std::collections::HashSet;
use std::sync::Arc;

use crate::app::action::Verb;
use crate::app::format::title;
use crate::data::messages::command::{
    Change, EntryTarget, EntryVerb, Limits, Resolution, StepVerb, TaskTarget, TaskVerb, Until,
};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, QueueRow, StalenessRow, StepId, TaskId};
use crate::data::source::Source;

const IN_A_CYCLE: &str = "its steps wait for each other: none can ever start";

/// A row of any screen, as writes see it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Where it is marked.
    pub origin: Origin,
    /// Its task.
    pub task: TaskId,
    /// `payments/charge_order`.
    pub name: String,
    /// The task's state.
    pub task_state: SafeText,
    /// The step that needs an operator.
    pub step: Option<SeenStep>,
    /// The open entry and its version.
    pub entry: Option<(EntryId, i32)>,
    /// Who has claimed it, as far as the row can tell.
    pub owner: Option<Owner>,
    /// Whether it is put aside.
    pub snoozed: bool,
    /// A closed entry and its version: one that was named, or the last of an open task.
    pub closed: Option<(EntryId, i32)>,
    /// Whether the task can go on from where its steps are, or why not.
    pub resumes: Result<(), String>,
}

/// Who has claimed an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Owner {
    /// Who.
    pub name: SafeText,
    /// When the claim ends, if that is known.
    pub until: Option<DateTime<Utc>>,
    /// Whether that is who asks.
    pub is_me: bool,
}

impl Owner {
    /// The owner of a row.
    #[must_use]
    pub fn of(name: Option<&SafeText>, until: Option<DateTime<Utc>>) -> Option<Self> {
        Some(Self {
            name: name?.clone(),
            until,
            is_me: false,
        })
    }
}

/// A step as it was seen.
#[derive(Debug, Clone)]
pub struct SeenStep {
    /// Its id.
    pub id: StepId,
    /// Its name.
    pub name: SafeText,
    /// Its state.
    pub state: SafeText,
    /// The first line of its error.
    pub error: Option<SafeText>,
    /// Its limits, as far as they are known.
    pub limits: Limits,
    /// What it has returned, if that is known.
    pub results: Option<Value>,
}

/// Why a step, or a task without one, is not retried.
pub(super) fn why_not_retryable(step: Option<&SeenStep>) -> String {
    match step {
        Some(step) => format!("{} is {}", step.name, step.state),
        None => "no step of it can be named; open it and choose one".to_owned(),
    }
}

/// Whether a task that a sweep took can go on, as far as its row can tell.
fn requeues(task_state: &SafeText, step: Option<&SeenStep>) -> Result<(), String> {
    let waits =
        |state: &str| matches!(state, "pending" | "in_progress") || state.starts_with("enqueued");
    let needs_nothing = step.is_none_or(|step| waits(step.state.as_str()));
    if task_state == "error" && needs_nothing {
        Ok(())
    } else {
        Err(why_not_retryable(step))
    }
}

impl Subject {
    /// A row of the staleness list.
    #[must_use]
    pub fn of_stale(row: &StalenessRow) -> Self {
        let step = row.blocking_step_uuid.map(|id| SeenStep {
            id,
            name: row.blocking_step.clone().unwrap_or_default(),
            state: row.blocking_step_state.clone().unwrap_or_default(),
            error: row.blocking_error.clone(),
            limits: Limits::default(),
            results: None,
        });
        Self {
            origin: Origin::Task(row.task_uuid),
            task: row.task_uuid,
            name: title(row.namespace_name.as_str(), row.task_name.as_str()),
            task_state: row.current_state.clone(),
            resumes: requeues(&row.current_state, step.as_ref()),
            step,
            entry: row.pending_entry.zip(row.pending_entry_version),
            owner: None,
            snoozed: false,
            closed: None,
        }
    }

    /// A row of the queue.
    #[must_use]
    pub fn of_entry(row: &QueueRow) -> Self {
        let step = row.workflow_step_uuid.map(|id| SeenStep {
            id,
            name: row.step_name.clone().unwrap_or_default(),
            state: row.step_state.clone().unwrap_or_default(),
            error: row.current_error.clone(),
            limits: Limits {
                max_attempts: row.max_attempts,
                timeout_seconds: None,
            },
            results: None,
        });
        let resumes = if row.dlq_reason == "dependency_cycle_detected" {
            Err(IN_A_CYCLE.to_owned())
        } else {
            requeues(&row.current_state, step.as_ref())
        };
        Self {
            origin: Origin::Entry(row.dlq_entry_uuid),
            task: row.task_uuid,
            name: title(row.namespace_name.as_str(), row.task_name.as_str()),
            task_state: row.current_state.clone(),
            step,
            entry: Some((row.dlq_entry_uuid, row.version)),
            owner: Owner::of(row.owner.as_ref(), row.owned_until),
            snoozed: row.snoozed_until.is_some(),
            closed: None,
            resumes,
        }
    }

    fn label(&self) -> SafeText {
        SafeText::new(&format!("{} ({})", self.name, self.task.short()))
    }

    fn step_label(&self, step: &SafeText) -> SafeText {
        SafeText::new(&format!("{} · {step} ({})", self.name, self.task.short()))
    }

    fn as_task(&self) -> TaskTarget {
        TaskTarget {
            task: self.task,
            seen_state: self.task_state.clone(),
            label: self.label(),
        }
    }

    fn as_entry(&self) -> Result<EntryTarget, String> {
        match (self.entry, self.closed) {
            (Some(entry), _) => Ok(self.target(entry)),
            (None, Some(_)) => Err("its investigation is closed".to_owned()),
            (None, None) => Err("it has no open investigation".to_owned()),
        }
    }

    fn as_closed(&self) -> Result<EntryTarget, String> {
        match (self.closed, self.entry) {
            (Some(entry), _) => Ok(self.target(entry)),
            (None, Some(_)) => Err("its investigation is open".to_owned()),
            (None, None) => Err("open the task first, or name the closed entry".to_owned()),
        }
    }

    fn target(&self, (entry, seen_version): (EntryId, i32)) -> EntryTarget {
        EntryTarget {
            entry,
            seen_version,
            label: self.label(),
        }
    }

    /// An entry that nobody else has claimed, or that somebody else has.
    fn as_claimed(&self, by_others: bool) -> Result<EntryTarget, String> {
        let others = self.owner.as_ref().filter(|owner| !owner.is_me);
        match others {
            Some(owner) if !by_others => Err(format!(
                "owned by {}: choose it alone to take it over",
                owner.name
            )),
            _ => self.as_entry(),
        }
    }

    fn as_mine(&self) -> Result<EntryTarget, String> {
        match &self.owner {
            Some(owner) if !owner.is_me => Err(format!("owned by {}", owner.name)),
            // As far as the row can tell: the staleness list does not know owners.
            None if matches!(self.origin, Origin::Entry(_) | Origin::Detail) => {
                Err("nobody owns it".to_owned())
            }
            _ => self.as_entry(),
        }
    }

    fn as_snoozed(&self) -> Result<EntryTarget, String> {
        match self.origin {
            Origin::Entry(_) | Origin::Detail if !self.snoozed => {
                Err("it is not snoozed".to_owned())
            }
            _ => self.as_entry(),
        }
    }
}

/// What `verb` would change in this source, and what it would leave out.
#[must_use]
pub fn plan(verb: Verb, subjects: &[Subject], source: &Arc<Source>) -> Plan {
    let steps = |step_verb: StepVerb| {
        let (targets, rest) = divide(subjects, |subject| subject.as_step(&step_verb, source));
        (Change::Steps(step_verb, targets), rest)
    };
    let entries = |verb: EntryVerb, target: &dyn Fn(&Subject) -> Result<EntryTarget, String>| {
        let (targets, rest) = divide(subjects, |one| {
            one.is_open_to(verb, source)?;
            target(one).map_err(|why| one.in_source_words(why, source))
        });
        (Change::Entries(verb, targets), rest)
    };
    let others = |one: &Subject| one.owner.as_ref().is_some_and(|owner| !owner.is_me);
    let (change, rest) = match verb {
        Verb::Retry => retry(subjects, source),
        Verb::Resolve => steps(StepVerb::ResolveManually),
        Verb::Cancel if cancels_steps(subjects, source) => steps(StepVerb::Cancel),
        Verb::Cancel => return cancel_tasks(subjects, source),
        Verb::Complete => steps(StepVerb::CompleteManually(Value::Null)),
        Verb::Limits => steps(StepVerb::SetLimits(Limits::default())),
        Verb::Close => {
            let first = source.resolutions().first().copied();
            let close = EntryVerb::Close(first.unwrap_or(Resolution::ManuallyResolved));
            entries(close, &Subject::as_entry)
        }
        Verb::Note => entries(EntryVerb::Note, &Subject::as_entry),
        Verb::Claim => {
            let take_over = subjects.iter().all(others);
            let minutes = 30;
            let own = EntryVerb::Claim { minutes, take_over };
            entries(own, &|one| one.as_claimed(take_over))
        }
        Verb::Release => entries(EntryVerb::Release, &Subject::as_mine),
        Verb::Snooze => {
            let snooze = EntryVerb::Snooze(Until::Minutes(15));
            entries(snooze, &Subject::as_entry)
        }
        Verb::Unsnooze => entries(EntryVerb::Unsnooze, &Subject::as_snoozed),
        Verb::Reopen => entries(EntryVerb::Reopen, &Subject::as_closed),
        Verb::SendToDlq => {
            let (targets, rest) = divide(subjects, |one| one.not_yet_in_dlq(source));
            (Change::Tasks(TaskVerb::SendToDlq, targets), rest)
        }
    };
    keep((verb, source), change, rest, subjects)
}

/// Instead of the steps that `verb` would change, their tasks; `None` if it has no such choice.
#[must_use]
pub fn alternative_plan(verb: Verb, subjects: &[Subject], source: &Arc<Source>) -> Option<Plan> {
    let has_choice = verb == Verb::Cancel
        && cancels_steps(subjects, source)
        && source.has(TaskVerb::Cancel.file());
    has_choice.then(|| cancel_tasks(subjects, source))
}

fn cancels_steps(subjects: &[Subject], source: &Source) -> bool {
    let has_step = subjects.iter().any(|subject| subject.step.is_some());
    has_step && source.has(StepVerb::Cancel.file())
}

fn cancel_tasks(subjects: &[Subject], source: &Arc<Source>) -> Plan {
    let (targets, rest) = divide(subjects, |one| one.cancellable(source));
    let change = Change::Tasks(TaskVerb::Cancel, targets);
    keep((Verb::Cancel, source), change, rest, subjects)
}

/// The plan for `change`, with the subjects at the places of `rest` left out.
fn keep(
    (verb, source): (Verb, &Arc<Source>),
    change: Change,
    rest: Vec<(usize, String)>,
    subjects: &[Subject],
) -> Plan {
    let out: HashSet<usize> = rest.iter().map(|(at, _)| *at).collect();
    let left_out = |at: usize| out.contains(&at);
    let kept = || {
        subjects
            .iter()
            .enumerate()
            .filter(|(at, _)| !left_out(*at))
            .map(|(_, one)| one)
    };
    Plan {
        verb,
        change,
        origins: kept().map(|one| one.origin).collect(),
        tasks: kept().map(|one| one.task).collect(),
        excluded: rest
            .into_iter()
            .map(|(at, why)| Excluded {
                label: subjects[at].label(),
                why,
            })
            .collect(),
        told: Vec::new(),
        source: Arc::clone(source),
    }
}

/// Steps that failed run again. Where none did, or there are none, tasks are put back to work.
fn retry(subjects: &[Subject], source: &Source) -> (Change, Vec<(usize, String)>) {
    let (steps, mut rest) = divide(subjects, |one| {
        one.as_step(&StepVerb::ResetForRetry, source)
    });
    if steps.is_empty() && source.has(TaskVerb::Requeue.file()) {
        let (tasks, others) = divide(subjects, |one| one.as_requeued(source));
        return (Change::Tasks(TaskVerb::Requeue, tasks), others);
    }
    if steps.is_empty() {
        return (Change::Steps(StepVerb::ResetForRetry, steps), rest);
    }
    for (at, why) in &mut rest {
        match &subjects[*at].resumes {
            Ok(()) => {
                "needs no retry: choose it alone and R puts it back to work".clone_into(why);
            }
            Err(hindrance) => why.clone_from(hindrance),
        }
    }
    (Change::Steps(StepVerb::ResetForRetry, steps), rest)
}

/// The targets, and the places of the subjects that are none with the reason.
fn divide<T>(
    subjects: &[Subject],
    target: impl Fn(&Subject) -> Result<T, String>,
) -> (Vec<T>, Vec<(usize, String)>) {
    let mut targets = Vec::with_capacity(subjects.len());
    let mut rest = Vec::new();
    for (at, subject) in subjects.iter().enumerate() {
        match target(subject) {
            Ok(target) => targets.push(target),
            Err(why) => rest.push((at, why)),
        }
    }
    (targets, rest)
}
