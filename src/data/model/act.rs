//! The answer to an act on one subject.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::data::model::safe_text::SafeText;

/// The answer of every guarded function.
#[derive(Debug, FromRow)]
pub(in crate::data) struct ActRow {
    pub(in crate::data) outcome: SafeText,
    pub(in crate::data) now_state: Option<SafeText>,
    pub(in crate::data) changed_by: Option<SafeText>,
    pub(in crate::data) changed_at: Option<DateTime<Utc>>,
    /// Of an investigation that was closed.
    #[sqlx(default)]
    pub(in crate::data) dlq_reason: Option<SafeText>,
    #[sqlx(default)]
    pub(in crate::data) hours_in_dlq: Option<f64>,
}

impl ActRow {
    /// An answer that no statement of a source gave.
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
