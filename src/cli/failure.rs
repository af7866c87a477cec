//! Why a command ended badly: one line for a person, one number for a script.

use std::process::ExitCode;

use crate::data::error::DataError;
use crate::data::safe_text::SafeText;

/// A failure that is reported as one line on standard error.
#[derive(Debug)]
pub struct Failure {
    line: String,
    code: u8,
}

impl Failure {
    /// Whoever read our output has had enough, as `head` does: nothing to complain about.
    fn nobody_listens() -> Self {
        Self {
            line: String::new(),
            code: 0,
        }
    }

    /// The request was at fault: exit code 2.
    pub fn usage(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            code: 2,
        }
    }

    /// The database, or the machine, could not be asked: exit code 3.
    pub fn could_not_ask(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            code: 3,
        }
    }

    /// What to print: one line, safe for a terminal. Nothing if there is nothing to say.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        (!self.line.is_empty()).then(|| SafeText::new(&self.line).to_string())
    }

    /// 2 for usage, 3 for a database that could not be asked, 0 for a reader that left.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        self.code.into()
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        match error {
            DataError::NotFound { .. } => Self::usage(error.one_line()),
            _ => Self::could_not_ask(error.one_line()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::nobody_listens(),
            _ => Self::could_not_ask(error.to_string()),
        }
    }
}
