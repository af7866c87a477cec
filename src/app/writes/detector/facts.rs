//! What a dialog about the detector is about, as the database says it.

use std::collections::BTreeMap;

use crate::data::messages::command::Answer;
use crate::data::model::detector::{DetectorState, PreviewRow, UndoneTask};

/// What the database says about a decision.
#[derive(Debug, Clone)]
pub enum Facts {
    /// It has not answered yet.
    Waiting,
    /// It could not say.
    Failed(String),
    /// Since when the detector is armed, and what is due.
    Armed(Box<DetectorState>),
    /// What the next sweep would take, longest stuck first.
    Preview(Vec<PreviewRow>),
    /// What an undo would do.
    Undo(UndoPlan),
}

/// What undoing a sweep would do: how many of its tasks end how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UndoPlan {
    /// Go back to work.
    pub put_back: usize,
    /// Had only an entry opened, which is closed.
    pub entry_closed: usize,
    /// Stay as they are, because their steps let them do nothing.
    pub blocked: usize,
    /// Stay as they are, because somebody has acted on them since: who, and how many.
    pub touched: BTreeMap<String, usize>,
    /// Are archived, or are not what the sweep left any more.
    pub gone: usize,
    /// Were held by another session.
    pub busy: usize,
}

impl UndoPlan {
    /// Counts what an undo did, or would do.
    #[must_use]
    pub fn of(tasks: &[UndoneTask]) -> Self {
        let mut plan = Self::default();
        for task in tasks {
            match task.outcome.as_str() {
                "put_back" => plan.put_back += 1,
                "entry_closed" => plan.entry_closed += 1,
                "blocked" => plan.blocked += 1,
                "touched" => {
                    let by = task.by_whom.as_ref();
                    let by = by.map_or("somebody", |by| by.first_line()).to_owned();
                    *plan.touched.entry(by).or_default() += 1;
                }
                "busy" => plan.busy += 1,
                _ => plan.gone += 1,
            }
        }
        plan
    }

    /// How many tasks are changed.
    #[must_use]
    pub const fn changes(&self) -> usize {
        self.put_back + self.entry_closed
    }

    /// How many have been touched since.
    #[must_use]
    pub fn touched_since(&self) -> usize {
        self.touched.values().sum()
    }
}

impl Facts {
    /// What a question was answered with, in place of what was known before.
    #[must_use]
    pub fn of_answer(answer: Answer) -> Option<Self> {
        Some(match answer {
            Answer::SweepPreview(Ok(rows)) => Self::Preview(rows),
            Answer::UndoPreview(_, Ok(tasks)) => Self::Undo(UndoPlan::of(&tasks)),
            Answer::SweepPreview(Err(error)) | Answer::UndoPreview(_, Err(error)) => {
                Self::Failed(error.one_line())
            }
            _ => return None,
        })
    }

    /// The number of tasks that would be changed, once it is known.
    #[must_use]
    pub fn number(&self) -> Option<usize> {
        match self {
            Self::Preview(rows) => {
                let due: i64 = rows.iter().map(|row| row.tasks).sum();
                usize::try_from(due).ok()
            }
            Self::Undo(plan) => Some(plan.changes()),
            Self::Waiting | Self::Failed(_) | Self::Armed(_) => None,
        }
    }
}
