//! One version of a template.

use serde_json::{Map, Value};

use crate::data::model::safe_text::SafeText;

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
