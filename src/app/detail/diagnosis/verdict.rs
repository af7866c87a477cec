//! What a diagnosis says.

use crate::data::model::{EntryRow, StepId};

/// What to do, and the key that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The key to press, if one does it.
    pub key: Option<char>,
    /// What and why.
    pub text: String,
}

/// The verdict on one task.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis<'a> {
    /// Why it is stuck.
    pub sentence: String,
    /// The step that holds everything up.
    pub root: Option<StepId>,
    /// The names of the steps that wait for it, directly or not.
    pub waiting: Vec<&'a str>,
    /// What to do, first things first.
    pub advice: Vec<Advice>,
    /// Closed entries of the same task, newest first.
    pub earlier: Vec<&'a EntryRow>,
}
