//! How an error becomes a group: the key of a row, which rows have it, and the key that a filter names. What two
//! errors have in common is computed by `data/fingerprint.rs`.

use super::filter::fields::{ERROR, FilterFields, NAME, NAMESPACE, STEP};
use crate::app::format::title;
use crate::app::group_key::{BETWEEN, GroupKey, NO_ERROR, NO_STEP};
use crate::data::fingerprint::fingerprint;

impl GroupKey {
    /// The group of a row.
    #[must_use]
    pub fn of(fields: &FilterFields<'_>) -> Self {
        Self {
            template: template(fields),
            step: fields.text[STEP].to_owned(),
            error: fingerprint(fields.text[ERROR]),
        }
    }

    /// Whether a row is of this group.
    #[must_use]
    pub fn holds(&self, fields: &FilterFields<'_>) -> bool {
        fields.text[STEP] == self.step
            && template(fields) == self.template
            && fingerprint(fields.text[ERROR]) == self.error
    }

    /// Whether a row is of the group called so in a filter: what a filter cannot say, a quote or
    /// a capital, makes no difference.
    pub(in crate::app::lists) fn is_called(&self, fields: &FilterFields<'_>) -> bool {
        plain(fields.text[STEP]) == self.step
            && plain(&template(fields)) == self.template
            && plain(&fingerprint(fields.text[ERROR])) == self.error
    }

    /// Reads a name as a filter has it. `None` if it does not have the three parts.
    pub(in crate::app::lists) fn called(name: &str) -> Option<Self> {
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

fn template(fields: &FilterFields<'_>) -> String {
    title(fields.text[NAMESPACE], fields.text[NAME])
}

fn plain(text: &str) -> String {
    text.replace('"', "").to_lowercase()
}
