//! The key of a group of failures: template, step and the error's fingerprint. Plain data.
//!
//! `lists/error_to_group.rs` computes it for a row, `data/fingerprint.rs` decides which errors are the same.

use std::fmt;

use crate::data::model::safe_text::SafeText;

/// Between the parts of a group's name.
pub const BETWEEN: &str = " · ";
/// How a group is called that has no step.
pub const NO_STEP: &str = "no step";
/// How a group is called that has no error.
pub const NO_ERROR: &str = "no error";

/// What the entries of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKey {
    /// The template: `payments/charge_order`.
    pub template: String,
    /// The step that needs an operator; empty if none is named.
    pub step: String,
    /// The fingerprint of its error; empty if there is none.
    pub error: String,
}

impl GroupKey {
    /// The filter that lets this group through and nothing else: `group:"…"`.
    #[must_use]
    pub fn term(&self) -> String {
        format!("group:\"{}\"", self.to_string().replace('"', ""))
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |part: &str, nothing: &str| {
            if part.is_empty() {
                nothing.to_owned()
            } else {
                part.to_owned()
            }
        };
        let step = or(&self.step, NO_STEP);
        let error = or(&self.error, NO_ERROR);
        let name = format!("{}{BETWEEN}{step}{BETWEEN}{error}", self.template);
        SafeText::new(&name).fmt(f)
    }
}
