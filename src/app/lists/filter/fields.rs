//! What a filter can ask of a row, and what can be wrong with a filter.

use uuid::Uuid;

use crate::data::model::safe_text::SafeText;

/// What a filter can ask of a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct FilterFields<'a> {
    /// What free text is looked for in: namespace, task, step, error.
    pub text: [&'a str; 4],
    /// What its error has in common with others.
    pub fingerprint: &'a str,
    /// The ids of its task and its entry.
    pub ids: [Option<Uuid>; 2],
    /// Why it is in the queue.
    pub reason: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// Its state, and that of its step.
    pub states: [&'a str; 2],
    /// Who has claimed it; empty if nobody.
    pub owner: &'a str,
    /// Its state.
    pub health: &'a str,
    /// What else is said of it: its condition, what is sent there.
    pub more: &'a [SafeText],
    /// Minutes in its state, or in the queue.
    pub age_minutes: f64,
}

/// Why a filter cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// Characters before the place it is about.
    pub at: usize,
    /// What is wrong there and what to write instead.
    pub message: String,
}

/// Places in [`FilterFields::text`].
pub(in crate::app::lists) const NAMESPACE: usize = 0;
pub(in crate::app::lists) const NAME: usize = 1;
pub(in crate::app::lists) const STEP: usize = 2;
pub(in crate::app::lists) const ERROR: usize = 3;
