//! What the screen may ask of the data layer, and what it hears back.
//!
//! Nothing else causes a write. Every target carries what the operator saw, so that the database
//! refuses to act on anything that has changed since.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::model::{EntryId, StepId, TaskId};
use super::safe_text::SafeText;

/// A request from the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Poll at once.
    PollNow,
    /// Bring this task's detail with every poll, or none.
    Follow(Option<TaskId>),
    /// Change something. Boxed: it is much larger than the others.
    Write(Box<Write>),
    /// Put this text on the clipboard (by OSC 52); carried out by the terminal side.
    Copy(String),
}

/// What to do to a step. The names are those of the database's functions.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
        }
    }
}

/// How an investigation is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The cause was fixed.
    ManuallyResolved,
    /// It never will be.
    PermanentlyFailed,
    /// The work was called off.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTarget {
    /// The step.
    pub step: StepId,
    /// The task it belongs to.
    pub task: TaskId,
    /// The state it must still be in.
    pub seen_state: SafeText,
    /// How to name it on the screen: `payments/charge_order · charge_card`.
    pub label: SafeText,
}

/// A task as the operator saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskTarget {
    /// The task.
    pub task: TaskId,
    /// The state it must still be in.
    pub seen_state: SafeText,
    /// How to name it on the screen.
    pub label: SafeText,
}

/// An entry as the operator saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryTarget {
    /// The entry.
    pub entry: EntryId,
    /// The version it must still have.
    pub seen_version: i32,
    /// How to name it on the screen.
    pub label: SafeText,
}

/// One thing to change, and on what.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Act on steps.
    Steps(StepVerb, Vec<StepTarget>),
    /// Put tasks in `error` back to work whose steps need nothing done to them.
    ResumeTasks(Vec<TaskTarget>),
    /// Cancel whole tasks.
    CancelTasks(Vec<TaskTarget>),
    /// Close investigations; the reason becomes the resolution notes.
    CloseEntries(Resolution, Vec<EntryTarget>),
    /// Add the reason as a note to each entry.
    AddNote(Vec<EntryTarget>),
    /// Open a `manual_dlq` investigation for each task.
    SendToDlq(Vec<TaskTarget>),
}

impl Change {
    /// How many subjects it has.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Steps(_, targets) => targets.len(),
            Self::ResumeTasks(targets) | Self::CancelTasks(targets) | Self::SendToDlq(targets) => {
                targets.len()
            }
            Self::CloseEntries(_, targets) | Self::AddNote(targets) => targets.len(),
        }
    }

    /// The verb for logs and results: `reset_for_retry`, `close: manually_resolved`, `note`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Steps(verb, _) => verb.name(),
            Self::ResumeTasks(_) => "resume_task",
            Self::CancelTasks(_) => "cancel_task",
            Self::CloseEntries(..) => "close_entry",
            Self::AddNote(_) => "add_note",
            Self::SendToDlq(_) => "send_to_dlq",
        }
    }
}

/// A change with its reason. The actor is the worker's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Names this act in the operator log; the same for every row of a bulk.
    pub batch: Uuid,
    /// What to do.
    pub change: Change,
    /// Why; never blank.
    pub reason: String,
}

/// What became of one subject.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemResult {
    /// Done. Says what it is now: `pending`, `manually_resolved`.
    Done {
        /// The new state or status.
        now: SafeText,
    },
    /// Somebody or something changed it first; nothing was written.
    Changed {
        /// Who, where the database knows.
        by: Option<SafeText>,
        /// When.
        at: Option<DateTime<Utc>>,
        /// What it is now.
        now: SafeText,
    },
    /// The database refused; nothing was written.
    Failed {
        /// In the operator's words.
        why: SafeText,
    },
    /// The connection was lost after the request was sent: it may or may not have been done.
    Unknown,
}

/// One line of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The id of the row it was asked for (task, step or entry), so that failures can stay marked.
    pub id: Uuid,
    /// How it was named in the confirm box.
    pub label: SafeText,
    /// What became of it.
    pub result: ItemResult,
}

/// What became of a [`Write`].
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The batch it answers.
    pub batch: Uuid,
    /// [`Change::name`] of what was asked.
    pub action: &'static str,
    /// One for each subject, in the order they were given.
    pub items: Vec<Item>,
}

impl Outcome {
    /// Counts: done, changed meanwhile, failed, unknown.
    #[must_use]
    pub fn tally(&self) -> [usize; 4] {
        let mut tally = [0; 4];
        for item in &self.items {
            let kind = match item.result {
                ItemResult::Done { .. } => 0,
                ItemResult::Changed { .. } => 1,
                ItemResult::Failed { .. } => 2,
                ItemResult::Unknown => 3,
            };
            tally[kind] += 1;
        }
        tally
    }
}

/// What an operator's change did to the dead-letter queue, for those who count.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// An investigation was opened by hand.
    EntryOpened {
        /// `manual_dlq`.
        dlq_reason: SafeText,
        /// The state the task is in.
        original_state: SafeText,
    },
    /// An investigation was closed.
    EntryClosed {
        /// How.
        resolution: Resolution,
        /// Why it was opened.
        dlq_reason: SafeText,
        /// How long it was open.
        hours: f64,
    },
}
