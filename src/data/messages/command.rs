//! What the screen may request from the data layer, and what is reported back.
//!
//! Nothing else causes a write. Every target carries what the operator saw, so that the database can
//! refuse to change anything that has changed since.

use std::time::Duration;

use uuid::Uuid;

pub use super::change::{
    Change, EntryTarget, EntryVerb, Limits, Resolution, StepTarget, StepVerb, TaskTarget, TaskVerb,
    Until,
};
pub use super::detector::{DetectorAct, DetectorOrder, DetectorOutcome};
pub use super::interrupted::Unfinished;
pub use super::outcome::{DlqEvent, Item, ItemResult, Outcome, Phase, Progress, ProgressFn, Tally};
pub use super::query::{
    Answer, CollectRequest, Collected, Question, RetriedRequest, RowPredicate, Template,
};
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
    /// Read this task's detail with every poll, or none.
    Follow(Option<TaskId>),
    /// Read this many rows of the lists with every poll.
    RowsWanted(RowsWanted),
    /// Run a one-off query; the answer is a [`Report::Answer`].
    Query(Question),
    /// Change something. Boxed: it is much larger than the others.
    Write(Box<Write>),
    /// Decide something about the detector; the result is a [`Report::Decided`].
    Decide(Box<DetectorOrder>),
    /// Stop this batch after the current subject.
    Stop(Uuid),
    /// Resume an interrupted run.
    Resume(Box<Unfinished>),
    /// Abandon an interrupted run.
    GiveUp(Box<Unfinished>),
    /// Write a file for the operator.
    Save(Box<ReceiptFile>),
    /// Allow writes for this long, under this incident.
    Unlock {
        /// How long.
        lasting: Duration,
        /// The incident; it is logged with every act.
        incident: Incident,
    },
    /// Allow no more writes; acts that were requested before are carried out.
    Lock,
    /// Check whether another database, or another system in this one, can be used.
    Switch(SwitchTo),
    /// Put this text on the clipboard (by OSC 52); carried out by the terminal side.
    Copy(String),
    /// Let the operator change this text in their own editor; carried out by the terminal side.
    Edit(String),
}

/// What the worker reports about a [`Write`], and the answers to one-off queries.
#[derive(Debug, Clone)]
pub enum Report {
    /// It is in progress. Some of these reports may be left out.
    Progress(Progress),
    /// It has ended.
    Ended(Outcome),
    /// A decision about the detector was carried out, or was not.
    Decided(DetectorOutcome),
    /// A query was answered. Boxed: it may be large.
    Answer(Box<Answer>),
    /// Interrupted runs of this database that no process is carrying out.
    Unfinished(Vec<Unfinished>),
    /// The result of something other than a change of the database.
    Message(Result<String, String>),
}
