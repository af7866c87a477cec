//! The answer to an act on one subject.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::data::model::any_instant::AnyInstant;
use crate::data::model::safe_text::SafeText;

/// The row that every act returns.
#[derive(Debug, FromRow)]
pub(in crate::data) struct ActRow {
    pub(in crate::data) outcome: SafeText,
    pub(in crate::data) now_state: Option<SafeText>,
    pub(in crate::data) changed_by: Option<SafeText>,
    #[sqlx(try_from = "AnyInstant")]
    pub(in crate::data) changed_at: Option<DateTime<Utc>>,
    /// Of an entry that was closed.
    #[sqlx(default)]
    pub(in crate::data) dlq_reason: Option<SafeText>,
    #[sqlx(default)]
    pub(in crate::data) hours_in_dlq: Option<f64>,
}

impl ActRow {
    /// An answer that does not come from a statement of the source.
    pub(in crate::data) fn new(outcome: &str, now_state: SafeText) -> Self {
        Self {
            outcome: outcome.into(),
            now_state: Some(now_state),
            changed_by: None,
            changed_at: None,
            dlq_reason: None,
            hours_in_dlq: None,
        }
    }
}

/// Something that an API has left undone.
#[derive(Debug, FromRow)]
pub(in crate::data) struct LeftUndone {
    /// What, after "left": `the attempts at 3 of 3`.
    pub(in crate::data) what: SafeText,
}
