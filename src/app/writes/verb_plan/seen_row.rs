//! A row of any screen, as writes see it, and as what it can be changed.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::planned::Origin;
use crate::app::format::title;
use crate::data::messages::command::{EntryTarget, Limits, TaskTarget};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, QueueRow, StalenessRow, StepId, TaskId};
use crate::data::source::Words;

pub(super) const IN_A_CYCLE: &str = "its steps wait for each other: none can ever start";

/// A row of any list, or the task of the detail screen, as writes need it.
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
    /// The open entry.
    pub entry: Option<SeenEntry>,
    /// Who has claimed it, as far as the row can tell.
    pub owner: Option<Owner>,
    /// Whether it is snoozed.
    pub snoozed: bool,
    /// A closed entry: one that was named, or the last of an open task.
    pub closed: Option<SeenEntry>,
    /// Whether the task can be requeued, or why not.
    pub resumes: Result<(), String>,
    /// A worker is at it, or its work would be done twice: it is known that it cannot be requeued.
    pub held: bool,
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

/// An entry as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenEntry {
    /// Its id.
    pub id: EntryId,
    /// Its version.
    pub version: i32,
}

impl SeenEntry {
    /// An entry that a row names, with the version it names.
    #[must_use]
    pub fn of(id: Option<EntryId>, version: Option<i32>) -> Option<Self> {
        let (id, version) = id.zip(version)?;
        Some(Self { id, version })
    }

    /// Whether it is still what is to be changed.
    #[must_use]
    pub fn is_target(&self, target: &EntryTarget) -> bool {
        self.id == target.entry && self.version == target.seen_version
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
#[must_use]
pub fn why_not_retryable(step: Option<&SeenStep>) -> String {
    match step {
        Some(step) => format!("{} is {}", step.name, step.state),
        None => "its step is not known; open it and select one".to_owned(),
    }
}

/// Whether a step needs no operator, as far as its row shows: it waits for its turn, or is at work.
pub(super) fn needs_nothing(step: Option<&SeenStep>) -> bool {
    let waits =
        |state: &str| matches!(state, "pending" | "in_progress") || state.starts_with("enqueued");
    step.is_none_or(|step| waits(step.state.as_str()))
}

/// Whether a task that a sweep took can be requeued, as far as its row shows.
pub(super) fn requeues(task_state: &SafeText, step: Option<&SeenStep>) -> Result<(), String> {
    if task_state == "error" && needs_nothing(step) {
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
            entry: SeenEntry::of(row.pending_entry, row.pending_entry_version),
            owner: None,
            snoozed: false,
            closed: None,
            held: false,
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
            entry: SeenEntry::of(Some(row.dlq_entry_uuid), Some(row.version)),
            owner: Owner::of(row.owner.as_ref(), row.owned_until),
            snoozed: row.snoozed_until.is_some(),
            closed: None,
            resumes,
            held: false,
        }
    }

    pub(super) fn label(&self) -> SafeText {
        SafeText::new(&format!("{} ({})", self.name, self.task.short()))
    }

    pub(super) fn step_label(&self, step: &SafeText) -> SafeText {
        SafeText::new(&format!("{} · {step} ({})", self.name, self.task.short()))
    }

    pub(super) fn as_task(&self) -> TaskTarget {
        TaskTarget {
            task: self.task,
            seen_state: self.task_state.clone(),
            label: self.label(),
        }
    }

    pub(super) fn as_entry(&self, words: &Words) -> Result<EntryTarget, String> {
        match (self.entry, self.closed) {
            (Some(entry), _) => Ok(self.target(entry)),
            (None, Some(_)) => Err(words.fill("its {investigation} is closed")),
            (None, None) => Err(words.fill("it has no open {investigation}")),
        }
    }

    pub(super) fn as_closed(&self, words: &Words) -> Result<EntryTarget, String> {
        match (self.closed, self.entry) {
            (Some(entry), _) => Ok(self.target(entry)),
            (None, Some(_)) => Err(words.fill("its {investigation} is open")),
            (None, None) => Err(words.fill("open the {task} first, or name the closed {entry}")),
        }
    }

    pub(super) fn target(&self, entry: SeenEntry) -> EntryTarget {
        EntryTarget {
            entry: entry.id,
            seen_version: entry.version,
            label: self.label(),
        }
    }

    /// An entry that nobody else has claimed, or that somebody else has.
    pub(super) fn as_claimed(&self, by_others: bool, words: &Words) -> Result<EntryTarget, String> {
        let others = self.owner.as_ref().filter(|owner| !owner.is_me);
        match others {
            Some(owner) if !by_others => Err(format!(
                "owned by {}: select it alone to take it over",
                owner.name
            )),
            _ => self.as_entry(words),
        }
    }

    pub(super) fn as_mine(&self, words: &Words) -> Result<EntryTarget, String> {
        match &self.owner {
            Some(owner) if !owner.is_me => Err(format!("owned by {}", owner.name)),
            // As far as the row can tell: the staleness list does not know owners.
            None if matches!(self.origin, Origin::Entry(_) | Origin::Detail) => {
                Err("nobody owns it".to_owned())
            }
            _ => self.as_entry(words),
        }
    }

    pub(super) fn as_snoozed(&self, words: &Words) -> Result<EntryTarget, String> {
        match self.origin {
            Origin::Entry(_) | Origin::Detail if !self.snoozed => {
                Err("it is not snoozed".to_owned())
            }
            _ => self.as_entry(words),
        }
    }
}
