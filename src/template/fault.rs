//! What is wrong with a template file, and where.

use std::fmt;

use serde::Serialize;

use crate::data::model::safe_text::SafeText;

/// One thing that is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
    /// `steps[capture].retry.max_attempts`; empty for the file as a whole.
    pub path: SafeText,
    /// What is wrong, and what would do.
    pub what: SafeText,
}

impl fmt::Display for Fault {
    /// `12: steps[capture].retry: unknown key …`, to follow the file's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.line)?;
        if !self.path.is_blank() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}", self.what)
    }
}
