//! What a run reads from the database between two acts, and how it shortens an error to one line.

use std::time::Duration;

use crate::data::fingerprint::telling_line;
use crate::data::model::safe_text::SafeText;

/// Looking, between two acts, may take this long.
pub(super) const LOOK_LIMIT: Duration = Duration::from_secs(5);

pub(super) const LOOKING: &str = "look at the run";

/// As much of an error as fits into a line.
pub(super) fn brief(error: &SafeText) -> String {
    const MOST: usize = 160;
    let line = telling_line(error.as_str());
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}
