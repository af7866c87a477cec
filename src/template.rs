//! A template as a file: read, checked as a whole, compared and written back. No database here.
//!
//! [`read`] is the way in: text becomes a [`Template`], or every [`Fault`] in it.

pub mod check;
pub mod diff;
mod parse;
mod write;

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::data::model::safe_text::SafeText;

pub use write::yaml;

/// More of a file than this is not read.
pub const MOST_BYTES: u64 = 512 * 1024;

/// One version of a template, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Whose it is.
    pub namespace_name: String,
    /// Its name there.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Everything else, as it is stored.
    pub configuration: Map<String, Value>,
}

impl Template {
    /// `payments/charge_order 2.3.0`.
    #[must_use]
    pub fn title(&self) -> SafeText {
        SafeText::from(format!(
            "{}/{} {}",
            self.namespace_name, self.name, self.version
        ))
    }
}

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

/// Reads a template file.
///
/// # Errors
///
/// Every fault of the file, in its order.
pub fn read(text: &str) -> Result<Template, Vec<Fault>> {
    let parsed = parse::parse(text);
    let mut faults = parsed.faults;
    let template = parsed
        .root
        .and_then(|root| check::template(&root, &mut faults));
    faults.sort_by_key(|fault| (fault.line, fault.column));
    match template {
        Some(template) if faults.is_empty() => Ok(template),
        _ => Err(faults),
    }
}
