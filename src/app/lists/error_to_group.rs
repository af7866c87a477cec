//! How an error becomes a group: the key of a row, and which rows have it. What two errors have in common is
//! computed by `data/fingerprint`.

use super::filter::fields::{FilterFields, NAME, NAMESPACE, STEP};
use crate::app::format::title;
use crate::app::group_key::GroupKey;
use crate::data::model::ErrorKey;

impl GroupKey {
    /// The group of a row.
    #[must_use]
    pub fn of(fields: &FilterFields<'_>) -> Self {
        let error = fields.fingerprint;
        let reason = if error.is_empty() { fields.reason } else { "" };
        Self {
            template: template(fields),
            step: fields.text[STEP].to_owned(),
            error: error.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// The group of what was counted in the whole queue.
    #[must_use]
    pub fn of_counted(key: &ErrorKey) -> Self {
        Self {
            template: title(key.namespace_name.as_str(), key.task_name.as_str()),
            step: key.step_name.as_str().to_owned(),
            error: key.fingerprint.clone(),
            reason: key.dlq_reason.as_str().to_owned(),
        }
    }

    /// Whether a row is of this group.
    #[must_use]
    pub fn holds(&self, fields: &FilterFields<'_>) -> bool {
        fields.text[STEP] == self.step
            && template(fields) == self.template
            && Self::of(fields) == *self
    }
}

fn template(fields: &FilterFields<'_>) -> String {
    title(fields.text[NAMESPACE], fields.text[NAME])
}
