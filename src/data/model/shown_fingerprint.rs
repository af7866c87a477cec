//! What an error has in common with others, as it is shown and compared: without secrets. The error is given with its
//! secrets, so that what is hidden from whom never changes a group.

use std::borrow::Cow;

use crate::data::fingerprint::rules::{ErrorText, Rules};
use crate::data::model::safe_text::SafeText;
use crate::data::redaction;

/// The fingerprint of an error by these rules.
#[must_use]
pub fn shown_fingerprint(rules: &Rules, error: &ErrorText<'_>) -> String {
    let whole = rules.fingerprint(error);
    match redaction::text(&whole) {
        Cow::Borrowed(_) => whole,
        Cow::Owned(shown) => shown,
    }
}

/// The fingerprint of what a row holds of the error of a task of this template.
#[must_use]
pub fn fingerprint_of(
    error: Option<&SafeText>,
    namespace: &SafeText,
    name: &SafeText,
    rules: &Rules,
) -> String {
    let error = ErrorText {
        namespace: namespace.as_str(),
        name: name.as_str(),
        text: error.map_or("", SafeText::unredacted),
    };
    shown_fingerprint(rules, &error)
}
