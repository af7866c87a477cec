//! The set that a write acts on, as the operator saw it: fixed when the dialog opens.

use std::sync::Arc;

use crate::app::action::Verb;
use crate::app::format::count_usize;
use crate::data::messages::command::{Change, EntryVerb, StepVerb, TaskVerb};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, TaskId};
use crate::data::source::Source;
use crate::data::source::vocabulary::capital;

/// A row of a list, as marks know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A row of the staleness list.
    Task(TaskId),
    /// A row of the queue.
    Entry(EntryId),
    /// The detail screen.
    Detail,
}

/// A row left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// How it is named.
    pub label: SafeText,
    /// Why the verb does not apply to it.
    pub why: String,
}

/// What would be changed: the set as the operator saw it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What was asked.
    pub verb: Verb,
    /// The change, with the states and versions seen.
    pub change: Change,
    /// The row each target came from, in the same order.
    pub origins: Vec<Origin>,
    /// The task of each target, in the same order.
    pub tasks: Vec<TaskId>,
    /// Rows the verb does not apply to.
    pub excluded: Vec<Excluded>,
    /// What else to know before confirming: who else has claimed it.
    pub remarks: Vec<String>,
    /// What it is done in: its words, its resolutions, the way it goes.
    pub source: Arc<Source>,
}

impl Plan {
    /// `Retry 3 steps`, `Close 1 investigation`.
    #[must_use]
    pub fn title(&self) -> String {
        let words = &self.source.manifest.words;
        let (retry, own) = (capital(&words.retry), capital(&words.claim));
        let (resuming, closing) = (words.resuming(), words.closing());
        let (verb, noun) = match &self.change {
            Change::Steps(StepVerb::ResetForRetry, _) => (retry.as_str(), "step"),
            Change::Steps(StepVerb::ResolveManually, _) => ("Resolve (bypass)", "step"),
            Change::Steps(StepVerb::CompleteManually(_), _) => ("Complete", "step"),
            Change::Steps(StepVerb::Cancel, _) => ("Cancel", "step"),
            Change::Steps(StepVerb::SetLimits(_), _) => ("Change the limits of", "step"),
            Change::Tasks(TaskVerb::Requeue, _) => (resuming.as_str(), "task"),
            Change::Tasks(TaskVerb::Cancel, _) => ("Cancel", "task"),
            Change::Tasks(TaskVerb::SendToDlq, _) => ("Send to the DLQ:", "task"),
            Change::Entries(EntryVerb::Close(_), _) => (closing.as_str(), "investigation"),
            Change::Entries(EntryVerb::Note, _) => ("Add a note to", "investigation"),
            Change::Entries(
                EntryVerb::Claim {
                    take_over: true, ..
                },
                _,
            ) => ("Take over", "investigation"),
            Change::Entries(EntryVerb::Claim { .. }, _) => (own.as_str(), "investigation"),
            Change::Entries(EntryVerb::Release, _) => ("Release", "investigation"),
            Change::Entries(EntryVerb::Snooze(_), _) => ("Snooze", "investigation"),
            Change::Entries(EntryVerb::Unsnooze, _) => ("Wake", "investigation"),
            Change::Entries(EntryVerb::Reopen, _) => ("Reopen", "investigation"),
        };
        let count = self.change.count();
        format!("{verb} {} {}", count_usize(count), words.noun(count, noun))
    }

    /// What it means, for those who do not do it every day.
    #[must_use]
    pub fn meaning(&self) -> String {
        self.source.manifest.words.tell(self.native_meaning())
    }

    fn native_meaning(&self) -> &'static str {
        let has = |file: &str| self.source.has(file);
        match &self.change {
            Change::Steps(StepVerb::ResetForRetry, _) => "Runs it again, with all its attempts.",
            Change::Steps(StepVerb::ResolveManually, _) => {
                "Counts the step as done, without a result; its children may run."
            }
            Change::Steps(StepVerb::CompleteManually(_), _) => {
                "Counts the step as done, with this result; its children may run."
            }
            Change::Steps(StepVerb::Cancel, _) => {
                "The step never runs; what waits for it never will, and the task stays blocked."
            }
            Change::Steps(StepVerb::SetLimits(_), _) => {
                "For this step only; the template stays as it is."
            }
            Change::Tasks(TaskVerb::Requeue, _) if !has("steps") => {
                "It is taken from where it is and runs again."
            }
            Change::Tasks(TaskVerb::Requeue, _) => {
                "No step needs anything done to it: the task goes on from where its steps are."
            }
            Change::Tasks(TaskVerb::Cancel, _) => "The whole task is called off.",
            Change::Tasks(TaskVerb::SendToDlq, _) => {
                "Opens an investigation. The task itself is not changed."
            }
            Change::Entries(EntryVerb::Close(_), _) if !has("steps") => {
                "It is dealt with: nothing is run again by this."
            }
            Change::Entries(EntryVerb::Close(_), _) => {
                "Ends the investigation. The task itself is not changed."
            }
            Change::Entries(EntryVerb::Note, _) => {
                "The note stays with the investigation; notes are never changed."
            }
            Change::Entries(EntryVerb::Claim { .. }, _) if !has("release_entry") => {
                "Everybody sees that somebody looks into it."
            }
            Change::Entries(EntryVerb::Claim { .. }, _) => {
                "Everybody sees who looks into it. The claim ends by itself."
            }
            Change::Entries(EntryVerb::Release, _) => "Gives it back before the claim ends.",
            Change::Entries(EntryVerb::Snooze(_), _) => {
                "Takes it from the top of the queue; it comes back by itself."
            }
            Change::Entries(EntryVerb::Unsnooze, _) => "Brings it back to its place in the queue.",
            Change::Entries(EntryVerb::Reopen, _) => {
                "Opens the investigation again. The task itself is not changed."
            }
        }
    }

    /// The placeholder of the reason.
    #[must_use]
    pub fn reason_hint(&self) -> &'static str {
        match self.change {
            _ if self.source.is_logged() => "why? everybody reads it in the log",
            Change::Entries(EntryVerb::Note, _) => "everybody reads it",
            _ => "why?",
        }
    }

    /// What to say where none was written.
    #[must_use]
    pub fn no_reason(&self) -> &'static str {
        match self.change {
            Change::Entries(EntryVerb::Note, _) => "Write the note first.",
            _ if self.source.is_logged() => {
                "Say why first: it goes into the log that everybody reads."
            }
            _ => "Say why first.",
        }
    }

    /// What the reason is asked as.
    #[must_use]
    pub const fn reason_label(&self) -> &'static str {
        match self.change {
            Change::Entries(EntryVerb::Note, _) => "Note",
            _ => "Reason",
        }
    }
}
