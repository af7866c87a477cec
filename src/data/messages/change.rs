//! What may be changed, and the rows it is done to as the operator saw them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, StepId, TaskId};

/// What to do to a step. The names are those of the database's functions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verb", content = "result")]
pub enum StepVerb {
    /// `reset_for_retry`: run it again with all its attempts.
    ResetForRetry,
    /// `resolve_manually`: count it as done, without a result.
    ResolveManually,
    /// `complete_manually`: count it as done, with this result.
    CompleteManually(Value),
    /// `cancel`: never run it.
    Cancel,
    /// `set_limits`: how often it may run and how long a run may take, for this step only.
    SetLimits(Limits),
}

/// Limits of one step. What is `None` stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// How often it may run, from 1 to [`Limits::MOST_ATTEMPTS`].
    pub max_attempts: Option<i32>,
    /// Seconds a run may take, up to [`Limits::LONGEST`]; 0 for as long as it likes.
    pub timeout_seconds: Option<i32>,
}

impl Limits {
    /// More attempts are a slip of the finger; the database refuses them.
    pub const MOST_ATTEMPTS: i32 = 1_000;
    /// A year, in seconds.
    pub const LONGEST: i32 = 31_536_000;
}

impl StepVerb {
    /// The function's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ResetForRetry => "reset_for_retry",
            Self::ResolveManually => "resolve_manually",
            Self::CompleteManually(_) => "complete_manually",
            Self::Cancel => "cancel",
            Self::SetLimits(_) => "set_limits",
        }
    }

    /// Whether the action is open to a step in this state (domain rules, mirrored from the
    /// database only to say no before asking).
    #[must_use]
    pub fn applies_to(&self, state: &str) -> bool {
        match self {
            Self::ResetForRetry => matches!(state, "error" | "waiting_for_retry"),
            Self::ResolveManually => {
                !matches!(state, "complete" | "cancelled" | "resolved_manually")
            }
            Self::CompleteManually(_) => state != "complete",
            Self::Cancel => !matches!(state, "complete" | "cancelled" | "resolved_manually"),
            Self::SetLimits(_) => !matches!(state, "complete" | "resolved_manually"),
        }
    }
}

/// How an entry is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The cause was fixed.
    ManuallyResolved,
    /// It never will be.
    PermanentlyFailed,
    /// The work was cancelled.
    Cancelled,
}

impl Resolution {
    /// All of them, in the order the screen offers them.
    pub const ALL: [Self; 3] = [
        Self::ManuallyResolved,
        Self::PermanentlyFailed,
        Self::Cancelled,
    ];

    /// The database's label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ManuallyResolved => "manually_resolved",
            Self::PermanentlyFailed => "permanently_failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A step as the operator saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTarget {
    /// The step.
    pub step: StepId,
    /// The task it belongs to.
    pub task: TaskId,
    /// The state it must still be in.
    pub seen_state: SafeText,
    /// The first line of the error it had, if it had one: what must not come back.
    pub seen_error: Option<SafeText>,
    /// How to name it on the screen: `payments/charge_order · charge_card`.
    pub label: SafeText,
}

impl StepTarget {
    /// The template of its task as screens name it, which its label begins with.
    #[must_use]
    pub fn template(&self) -> &str {
        let label = self.label.as_str();
        label.split_once(" · ").map_or("", |(template, _)| template)
    }
}

/// A task as the operator saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskTarget {
    /// The task.
    pub task: TaskId,
    /// The state it must still be in.
    pub seen_state: SafeText,
    /// How to name it on the screen.
    pub label: SafeText,
}

/// An entry as the operator saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryTarget {
    /// The entry.
    pub entry: EntryId,
    /// The version it must still have.
    pub seen_version: i32,
    /// How to name it on the screen.
    pub label: SafeText,
}

/// What to do to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskVerb {
    /// Requeue a task in `error` none of whose steps needs a change.
    #[serde(rename = "resume")]
    Requeue,
    /// Call the whole task off.
    Cancel,
    /// Open a `manual_dlq` entry.
    SendToDlq,
}

/// What to do to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verb", content = "as")]
pub enum EntryVerb {
    /// Close it; the reason becomes the resolution notes.
    Close(Resolution),
    /// Add the reason as a note.
    Note,
    /// Claim it: others see who is working on it. The claim ends by itself.
    #[serde(rename = "own")]
    Claim {
        /// For how long, from 1 minute to 7 days.
        minutes: i32,
        /// Even if someone else has claimed it.
        take_over: bool,
    },
    /// Give it back before the claim ends.
    Release,
    /// Take it from the top of the queue for a time.
    Snooze(Until),
    /// Bring it back at once.
    Unsnooze,
    /// Open a closed one again.
    Reopen,
}

/// When a snooze ends: up to 30 days ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// So many minutes from when the database takes it.
    Minutes(i32),
    /// At this time.
    At(DateTime<Utc>),
}

/// One thing to change, and on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of", content = "what")]
pub enum Change {
    /// Act on steps.
    Steps(StepVerb, Vec<StepTarget>),
    /// Act on whole tasks.
    Tasks(TaskVerb, Vec<TaskTarget>),
    /// Act on entries.
    Entries(EntryVerb, Vec<EntryTarget>),
}

impl Change {
    /// How many subjects it has.
    #[must_use]
    pub const fn count(&self) -> usize {
        match self {
            Self::Steps(_, targets) => targets.len(),
            Self::Tasks(_, targets) => targets.len(),
            Self::Entries(_, targets) => targets.len(),
        }
    }

    /// Every subject's id, in order.
    #[must_use]
    pub fn ids(&self) -> Vec<Uuid> {
        match self {
            Self::Steps(_, targets) => targets.iter().map(|target| target.step.0).collect(),
            Self::Tasks(_, targets) => targets.iter().map(|target| target.task.0).collect(),
            Self::Entries(_, targets) => targets.iter().map(|target| target.entry.0).collect(),
        }
    }

    /// Every subject's name, in order.
    #[must_use]
    pub fn labels(&self) -> Vec<&SafeText> {
        match self {
            Self::Steps(_, targets) => targets.iter().map(|target| &target.label).collect(),
            Self::Tasks(_, targets) => targets.iter().map(|target| &target.label).collect(),
            Self::Entries(_, targets) => targets.iter().map(|target| &target.label).collect(),
        }
    }

    /// The state each subject was seen in; empty for entries, which are guarded by a version.
    #[must_use]
    pub fn seen(&self) -> Vec<&SafeText> {
        match self {
            Self::Steps(_, targets) => targets.iter().map(|target| &target.seen_state).collect(),
            Self::Tasks(_, targets) => targets.iter().map(|target| &target.seen_state).collect(),
            Self::Entries(..) => Vec::new(),
        }
    }

    /// The verb for logs and results: `reset_for_retry`, `close_entry`, `add_note`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Steps(verb, _) => verb.name(),
            Self::Tasks(TaskVerb::Requeue, _) => "resume_task",
            Self::Tasks(TaskVerb::Cancel, _) => "cancel_task",
            Self::Tasks(TaskVerb::SendToDlq, _) => "send_to_dlq",
            Self::Entries(EntryVerb::Close(_), _) => "close_entry",
            Self::Entries(EntryVerb::Note, _) => "add_note",
            Self::Entries(EntryVerb::Claim { .. }, _) => "own_entry",
            Self::Entries(EntryVerb::Release, _) => "release_entry",
            Self::Entries(EntryVerb::Snooze(_), _) => "snooze_entry",
            Self::Entries(EntryVerb::Unsnooze, _) => "unsnooze_entry",
            Self::Entries(EntryVerb::Reopen, _) => "reopen_entry",
        }
    }
}
