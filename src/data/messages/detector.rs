//! What an operator decides about the detector of the native schema, and what came of it.

use crate::data::model::detector::UndoneTask;
use crate::data::model::safe_text::SafeText;

/// A decision about the detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetectorAct {
    /// Let sweeps act on this database, the first one on at most so many tasks.
    Arm(i32),
    /// Make every sweep dry.
    Disarm,
    /// Let the next sweep take up to so many tasks, though the breaker holds it.
    ConfirmSweep(i32),
    /// Put back to work what this sweep took, and disarm the detector.
    UndoSweep(i64),
}

/// A decision with its reason. The actor is the worker's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorOrder {
    /// What is decided.
    pub act: DetectorAct,
    /// Why; never blank.
    pub reason: String,
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorOutcome {
    /// What was decided.
    pub act: DetectorAct,
    /// Why the database did not do it, or not all of it.
    pub refused: Option<SafeText>,
    /// It has changed something: false if it was so before.
    pub changed: bool,
    /// What an undo did with each task.
    pub undone: Vec<UndoneTask>,
}

impl DetectorOutcome {
    /// That nothing was done, and why.
    #[must_use]
    pub fn refused(act: DetectorAct, why: impl Into<SafeText>) -> Self {
        Self {
            act,
            refused: Some(why.into()),
            changed: false,
            undone: Vec::new(),
        }
    }

    /// That it is so now, and whether it was not so before.
    #[must_use]
    pub const fn done(act: DetectorAct, changed: bool) -> Self {
        Self {
            act,
            refused: None,
            changed,
            undone: Vec::new(),
        }
    }
}
