//! Why a command ended badly: one line for a person, one number for a script.

use std::process::ExitCode;

use crate::data::error::DataError;
use crate::data::model::safe_text::SafeText;

/// A failure that is reported as one line on standard error, and where there is more to say at once,
/// with the details below it.
#[derive(Debug)]
pub struct Failure {
    line: String,
    details: Vec<String>,
    code: u8,
}

impl Failure {
    /// Whoever read our output has had enough, as `head` does: nothing to complain about.
    fn broken_pipe() -> Self {
        Self {
            line: String::new(),
            details: Vec::new(),
            code: 0,
        }
    }

    /// The request was at fault: exit code 2.
    pub fn usage(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            details: Vec::new(),
            code: 2,
        }
    }

    /// The request was at fault in several ways, each on a line of its own: exit code 2.
    pub fn usage_in_detail(line: impl Into<String>, details: Vec<String>) -> Self {
        Self {
            details,
            ..Self::usage(line)
        }
    }

    /// Whoever was asked said no: exit code 1.
    pub fn refused(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            details: Vec::new(),
            code: 1,
        }
    }

    /// The database, or the machine, could not be asked: exit code 3.
    pub fn unavailable(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            details: Vec::new(),
            code: 3,
        }
    }

    /// The same, with details on lines of their own: exit code 3.
    pub fn unavailable_in_detail(line: impl Into<String>, details: Vec<String>) -> Self {
        Self {
            details,
            ..Self::unavailable(line)
        }
    }

    /// Whether the request was at fault, and not the database.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        self.code == 2
    }

    /// What to print: one line, safe for a terminal. Nothing if there is nothing to say.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        (!self.line.is_empty()).then(|| SafeText::new(&self.line).to_string())
    }

    /// What to print below it, safe for a terminal.
    pub fn details(&self) -> impl Iterator<Item = String> {
        self.details
            .iter()
            .map(|detail| SafeText::new(detail).to_string())
    }

    /// 1 for a no, 2 for usage, 3 for a database that could not be asked, 0 for a reader that left.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        self.code.into()
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        match error {
            DataError::NotFound { .. }
            | DataError::Unsupported { .. }
            | DataError::NoSuchRole { .. }
            | DataError::NoSuchSource { .. } => Self::usage(error.one_line()),
            _ => Self::unavailable(error.one_line()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::broken_pipe(),
            _ => Self::unavailable(error.to_string()),
        }
    }
}
