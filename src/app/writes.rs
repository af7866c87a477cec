//! From a write key to a command for the database, and what to make of its outcome.
//!
//! `ask` refuses a key or opens its dialog; `targets_on_screen` says what the key applies to, `verb_plan` what
//! it would change; `confirm` is the dialog, `runs` sends what was confirmed; `outcome` takes the answer;
//! `retries` finds out what became of what was retried.
//! `detector` does all of that for decisions about the detector. Reads session, poll, lists and detail;
//! marks are the one thing it changes outside. A new verb begins in `verb_plan`.

mod ask;
pub mod confirm;
pub mod detector;
pub mod drafts;
pub mod follow_up;
pub mod in_flight;
mod interrupted_runs;
pub mod outcome;
pub mod outcome_summary;
pub mod pace;
mod receipt;
pub mod retries;
pub mod runs;
pub mod targets_on_screen;
pub mod verb_plan;

use std::path::PathBuf;

use self::detector::DetectorDraft;
use self::drafts::Draft;
use self::in_flight::Run;
use self::outcome_summary::FinishedWrite;
use self::pace::PaceSettings;
use self::retries::Retries;
use crate::data::messages::command::{Command, DetectorAct, Unfinished};

/// What this session has changed, is changing, and was about to change.
#[derive(Debug, Default)]
pub struct Writes {
    /// How many retries at once go.
    pub pace: PaceSettings,
    /// What became of this session's writes, newest last.
    pub outcomes: Vec<FinishedWrite>,
    /// Runs of this database that were interrupted, oldest first.
    pub interrupted: Vec<Unfinished>,
    /// The folder for receipts, where no file is named.
    pub receipt_folder: Option<PathBuf>,
    /// What was typed and not used.
    pub draft: Option<Draft>,
    /// A command that could not be handed on, and must not be forgotten.
    pub pending_command: Option<Command>,
    /// The reason of a decision about the detector that was not carried out.
    detector_draft: Option<DetectorDraft>,
    /// A decision about the detector that has no answer yet.
    pub deciding: Option<DetectorAct>,
    in_flight: Vec<Run>,
    /// What was retried, and what became of it.
    pub retries: Retries,
}
