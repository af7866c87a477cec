//! What fails alike: one error, at one step, of one template.

use std::fmt;

use super::{ERROR, FilterFields, NAME, NAMESPACE, STEP};
use crate::app::format::title;
use crate::data::fingerprint::fingerprint;
use crate::data::model::safe_text::SafeText;

/// Between the parts of a group's name.
const BETWEEN: &str = " · ";
/// Where a group has no step, or no error.
const NOTHING: [&str; 2] = ["no step", "no error"];

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
    /// The group of a row.
    #[must_use]
    pub fn of(facts: &FilterFields<'_>) -> Self {
        Self {
            template: template(facts),
            step: facts.text[STEP].to_owned(),
            error: fingerprint(facts.text[ERROR]),
        }
    }

    /// Whether a row is of this group.
    #[must_use]
    pub fn holds(&self, facts: &FilterFields<'_>) -> bool {
        facts.text[STEP] == self.step
            && template(facts) == self.template
            && fingerprint(facts.text[ERROR]) == self.error
    }

    /// Whether a row is of the group called so in a filter: what a filter cannot say, a quote or
    /// a capital, makes no difference.
    pub(super) fn is_called(&self, facts: &FilterFields<'_>) -> bool {
        plain(facts.text[STEP]) == self.step
            && plain(&template(facts)) == self.template
            && plain(&fingerprint(facts.text[ERROR])) == self.error
    }

    /// Reads a name as a filter has it. `None` if it does not have the three parts.
    pub(super) fn called(name: &str) -> Option<Self> {
        let mut parts = name.splitn(3, BETWEEN).map(|part| plain(part.trim()));
        let (template, step, error) = (parts.next()?, parts.next()?, parts.next()?);
        let named =
            |part: String, nothing: &str| if part == nothing { String::new() } else { part };
        Some(Self {
            template,
            step: named(step, NOTHING[0]),
            error: named(error, NOTHING[1]),
        })
    }

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
        let step = or(&self.step, NOTHING[0]);
        let error = or(&self.error, NOTHING[1]);
        let name = format!("{}{BETWEEN}{step}{BETWEEN}{error}", self.template);
        SafeText::new(&name).fmt(f)
    }
}

fn template(facts: &FilterFields<'_>) -> String {
    title(facts.text[NAMESPACE], facts.text[NAME])
}

fn plain(text: &str) -> String {
    text.replace('"', "").to_lowercase()
}
