//! A bulk run that was interrupted.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::data::messages::outcome::Tally;
use crate::data::messages::write::Write;
use crate::data::model::safe_text::SafeText;

/// A run that was interrupted and can be resumed.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// What was confirmed.
    pub write: Write,
    /// Who confirmed it.
    pub actor: SafeText,
    /// What the place was called.
    pub profile: SafeText,
    /// When, by the database's clock.
    pub started_at: DateTime<Utc>,
    /// What is known to have become of its subjects. What was done last may be missing.
    pub done: Tally,
    /// Its journal.
    pub path: PathBuf,
}
