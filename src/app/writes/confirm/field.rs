//! The fields and buttons of the dialog.

/// Where the focus of the dialog is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Whether the step is meant or the whole task.
    What,
    /// How to close the entry.
    Resolution,
    /// All at once, or a canary first.
    Pace,
    /// How often a step may run, being typed.
    Attempts,
    /// How long a run may take, being typed.
    Timeout,
    /// For how long or until when, being typed.
    Span,
    /// What a step is to have returned; written in an editor.
    Result,
    /// The reason being typed.
    Reason,
    /// The count being typed.
    Count,
    /// The profile's name being typed.
    Name,
    /// The button that changes nothing.
    Cancel,
    /// The button that does it.
    DoIt,
}

/// Why a field cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field to correct.
    pub field: Field,
    /// What is wrong with it.
    pub why: String,
}

impl FieldError {
    /// What is wrong with a field.
    pub fn new(field: Field, why: impl Into<String>) -> Self {
        Self {
            field,
            why: why.into(),
        }
    }
}
