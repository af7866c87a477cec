//! Which rows are of a group, and the group that a filter names.

use super::fields::{ERROR, FilterFields, NAME, NAMESPACE, STEP};
use crate::app::error_group::{BETWEEN, GroupKey, NO_ERROR, NO_STEP};
use crate::app::format::title;
use crate::data::fingerprint::fingerprint;

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
            step: named(step, NO_STEP),
            error: named(error, NO_ERROR),
        })
    }
}

fn template(facts: &FilterFields<'_>) -> String {
    title(facts.text[NAMESPACE], facts.text[NAME])
}

fn plain(text: &str) -> String {
    text.replace('"', "").to_lowercase()
}
