//! What a check says of one file.

use std::time::Duration;

use serde::Serialize;

use crate::data::finding::{Finding, Level};

/// How long one statement may take, as in a poll.
pub(super) const STATEMENT_LIMIT: Duration = Duration::from_secs(5);

/// What was found of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckResult {
    /// The file: `queue.sql`.
    pub file: String,
    /// What of it.
    #[serde(flatten)]
    pub finding: Finding,
}

impl CheckResult {
    pub(super) fn new(file: &str, level: Level, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            finding: Finding::new(level, what.into()),
        }
    }

    pub(super) fn wrong(file: &str, what: impl Into<String>) -> Self {
        Self::new(file, Level::Wrong, what)
    }

    pub(super) fn warning(file: &str, what: impl Into<String>) -> Self {
        Self::new(file, Level::Warning, what)
    }

    pub(super) fn fix(self, first: &str) -> Self {
        Self {
            finding: self.finding.fix(first),
            ..self
        }
    }
}
