//! What the screen may ask of the data layer, and what it hears back.
//!
//! Nothing else causes a write. Every target carries what the operator saw, so that the database
//! refuses to act on anything that has changed since.

use std::time::Duration;

use uuid::Uuid;

pub use super::change::{
    Change, EntryTarget, EntryVerb, Limits, Resolution, StepTarget, StepVerb, TaskTarget, TaskVerb,
    Until,
};
pub use super::interrupted::Unfinished;
pub use super::outcome::{DlqEvent, Item, ItemResult, Outcome, Phase, Progress, ProgressFn, Tally};
pub use super::query::{Answer, CollectRequest, Collected, Question, RowPredicate, Template};
pub use super::receipt_file::ReceiptFile;
pub use super::switch::SwitchTo;
pub use super::write::{Pace, Write};
use crate::data::model::incident::Incident;
use crate::data::model::{RowsWanted, TaskId};

/// A request from the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Poll at once.
    PollNow,
    /// Bring this task's detail with every poll, or none.
    Follow(Option<TaskId>),
    /// Bring so many rows of the lists with every poll.
    RowsWanted(RowsWanted),
    /// Ask something once; the answer is a [`Report::Answer`].
    Query(Question),
    /// Change something. Boxed: it is much larger than the others.
    Write(Box<Write>),
    /// Begin no further subject of this batch.
    Stop(Uuid),
    /// Carry on with a run that was cut short.
    Resume(Box<Unfinished>),
    /// Carry on no more with a run that was cut short.
    GiveUp(Box<Unfinished>),
    /// Write a file for the operator.
    Save(Box<ReceiptFile>),
    /// Let this be written to for so long, under this incident.
    Unlock {
        /// How long.
        lasting: Duration,
        /// The incident; it is logged with everything that is done.
        incident: Incident,
    },
    /// Let nothing be written any more; what was asked for before is carried out.
    Lock,
    /// Look whether another database, or another system in this one, can be used.
    Switch(SwitchTo),
    /// Put this text on the clipboard (by OSC 52); carried out by the terminal side.
    Copy(String),
    /// Let the operator change this text in their own editor; carried out by the terminal side.
    Edit(String),
}

/// What the worker says of a [`Write`], and what was asked once.
#[derive(Debug, Clone)]
pub enum Report {
    /// It goes on. Some of these may be left out.
    Progress(Progress),
    /// It has ended.
    Ended(Outcome),
    /// A question was answered. Boxed: it may be large.
    Answer(Box<Answer>),
    /// Runs of this database that were cut short and that nobody has in hand.
    Unfinished(Vec<Unfinished>),
    /// Something that is no change to the database was done, or why it was not.
    Message(Result<String, String>),
}
