//! What became of steps and tasks that were retried, as it is read.

use sqlx::FromRow;
use uuid::Uuid;

use crate::data::model::safe_text::SafeText;

/// The outcome of a canary, as it is read.
#[derive(Debug, FromRow)]
pub(in crate::data) struct CanaryRow {
    pub(in crate::data) state: SafeText,
    pub(in crate::data) verdict: Option<SafeText>,
    pub(in crate::data) error: Option<SafeText>,
}

/// A retried step that has failed again or is still running.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Retried {
    /// The step.
    pub step: Uuid,
    /// Whether it has failed again.
    pub failed_again: bool,
    /// Its newest error.
    pub error: Option<SafeText>,
}
