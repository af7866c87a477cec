//! The filter language of the lists on the command line: `--filter 'reason:max_retries age>2h'`.

use crate::app::lists::filter::Filter;
use crate::app::lists::list::Row;
use crate::app::pane::Pane;
use crate::data::model::safe_text::SafeText;

use crate::failure::Failure;

/// What was typed, as a filter for rows of `pane`; without anything, one that lets all through.
///
/// # Errors
///
/// [`Failure`] with exit code 2, with a caret under the place it is about.
pub fn parse(typed: Option<&str>, pane: Pane) -> Result<Filter, Failure> {
    let typed = typed.unwrap_or_default();
    Filter::parse(typed, pane).map_err(|error| {
        // What cannot be shown as it is must not move the caret.
        let before: String = typed.chars().take(error.at).collect();
        let column = unicode_width::UnicodeWidthStr::width(SafeText::new(&before).as_str());
        let line = format!("the filter cannot be understood: {}", error.message);
        let details = vec![
            SafeText::new(typed).to_string(),
            format!("{}^", " ".repeat(column)),
        ];
        Failure::usage_in_detail(line, details)
    })
}

/// Whether a row is let through.
#[must_use]
pub fn admits<R: Row>(filter: &Filter, row: &R) -> bool {
    filter.admits(&row.filter_fields())
}
