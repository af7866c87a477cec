//! The set that a write acts on, as the operator saw it: fixed when the dialog opens.

use std::sync::Arc;

use crate::app::action::Verb;
use crate::app::format::count_usize;
use crate::data::messages::command::{Change, EntryVerb, StepVerb, TaskVerb};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, TaskId};
use crate::data::source::Source;
use crate::data::source::vocabulary::{Noun, capital};

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
            Change::Steps(StepVerb::ResetForRetry, _) => (retry.as_str(), Noun::Step),
            Change::Steps(StepVerb::ResolveManually, _) => ("Resolve (bypass)", Noun::Step),
            Change::Steps(StepVerb::CompleteManually(_), _) => ("Complete", Noun::Step),
            Change::Steps(StepVerb::Cancel, _) => ("Cancel", Noun::Step),
            Change::Steps(StepVerb::SetLimits(_), _) => ("Change the limits of", Noun::Step),
            Change::Tasks(TaskVerb::Requeue, _) => (resuming.as_str(), Noun::Task),
            Change::Tasks(TaskVerb::Cancel, _) => ("Cancel", Noun::Task),
            Change::Tasks(TaskVerb::SendToDlq, _) => ("Send to the DLQ:", Noun::Task),
            Change::Entries(EntryVerb::Close(_), _) => (closing.as_str(), Noun::Investigation),
            Change::Entries(EntryVerb::Note, _) => ("Add a note to", Noun::Investigation),
            Change::Entries(
                EntryVerb::Claim {
                    take_over: true, ..
                },
                _,
            ) => ("Take over", Noun::Investigation),
            Change::Entries(EntryVerb::Claim { .. }, _) => (own.as_str(), Noun::Investigation),
            Change::Entries(EntryVerb::Release, _) => ("Release", Noun::Investigation),
            Change::Entries(EntryVerb::Snooze(_), _) => ("Snooze", Noun::Investigation),
            Change::Entries(EntryVerb::Unsnooze, _) => ("Unsnooze", Noun::Investigation),
            Change::Entries(EntryVerb::Reopen, _) => ("Reopen", Noun::Investigation),
        };
        let count = self.change.count();
        format!("{verb} {} {}", count_usize(count), words.noun(count, noun))
    }

    /// What it means, for those who do not do it every day.
    #[must_use]
    pub fn meaning(&self) -> String {
        self.source.manifest.words.fill(self.native_meaning())
    }

    fn native_meaning(&self) -> &'static str {
        let has = |file: &str| self.source.has(file);
        match &self.change {
            Change::Steps(StepVerb::ResetForRetry, _) => "Runs it again, with all its attempts.",
            Change::Steps(StepVerb::ResolveManually, _) => {
                "Marks the {step} as done, without a result; its children may run."
            }
            Change::Steps(StepVerb::CompleteManually(_), _) => {
                "Marks the {step} as done, with this result; its children may run."
            }
            Change::Steps(StepVerb::Cancel, _) => {
                "The {step} never runs, nor does what waits for it; the {task} stays blocked."
            }
            Change::Steps(StepVerb::SetLimits(_), _) => {
                "For this {step} only; the template does not change."
            }
            Change::Tasks(TaskVerb::Requeue, _) if !has("steps") => {
                "Runs it again, wherever it is now."
            }
            Change::Tasks(TaskVerb::Requeue, _) => {
                "No {step} needs a change: the {task} continues from where its {steps} are."
            }
            Change::Tasks(TaskVerb::Cancel, _) => "Cancels the whole {task}.",
            Change::Tasks(TaskVerb::SendToDlq, _) => {
                "Opens {an investigation}. The {task} itself is not changed."
            }
            Change::Entries(EntryVerb::Close(_), _) if !has("steps") => {
                "Marks it as dealt with; nothing runs again."
            }
            Change::Entries(EntryVerb::Close(_), _) => {
                "Closes the {investigation}. The {task} itself is not changed."
            }
            Change::Entries(EntryVerb::Note, _) => {
                "The note stays with the {investigation}; notes are never changed."
            }
            Change::Entries(EntryVerb::Claim { .. }, _) if !has("release_entry") => {
                "Everyone sees that someone is working on it."
            }
            Change::Entries(EntryVerb::Claim { .. }, _) => {
                "Everyone sees who is working on it. The claim ends by itself."
            }
            Change::Entries(EntryVerb::Release, _) => "Gives up the claim before it ends.",
            Change::Entries(EntryVerb::Snooze(_), _) => {
                "Moves it out of the way; it comes back by itself."
            }
            Change::Entries(EntryVerb::Unsnooze, _) => "Moves it back to its place in the queue.",
            Change::Entries(EntryVerb::Reopen, _) => {
                "Reopens the {investigation}. The {task} itself is not changed."
            }
        }
    }

    /// The placeholder of the reason.
    #[must_use]
    pub fn reason_hint(&self) -> &'static str {
        match self.change {
            _ if self.source.is_logged() => "why? everyone can read it in the log",
            Change::Entries(EntryVerb::Note, _) => "your note (everyone can read it)",
            _ => "why?",
        }
    }

    /// What to say where none was written.
    #[must_use]
    pub fn no_reason(&self) -> &'static str {
        match self.change {
            Change::Entries(EntryVerb::Note, _) => "Write the note first.",
            _ if self.source.is_logged() => "Give a reason first: everyone can read it in the log.",
            _ => "Give a reason first.",
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
