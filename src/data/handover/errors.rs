//! Limits of the report, and its errors grouped as the queue groups them.

use std::collections::HashMap;

use crate::data::fingerprint::fingerprint;
use crate::data::model::handover::ErrorGroup;

/// Lines of each part at most; the numbers above them are of all.
pub const LINES: usize = 50;

/// Entries that are looked at for their errors.
pub const ENTRIES: usize = 5_000;

pub(super) const DOING: &str = "read the handover";

/// Those that fail alike, as the queue groups them, the most first. The sample is of the most frequent.
pub(super) fn group_errors(errors: Vec<ErrorGroup>) -> Vec<ErrorGroup> {
    let mut places = HashMap::new();
    let mut groups: Vec<ErrorGroup> = Vec::new();
    for error in errors {
        let alike = error.sample.as_ref().map(|text| fingerprint(text.as_str()));
        let key = (
            error.namespace_name.clone(),
            error.task_name.clone(),
            error.step_name.clone(),
            alike,
        );
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => {
                group.opened += error.opened;
                group.still_open += error.still_open;
            }
            None => groups.push(error),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.opened));
    groups.truncate(LINES);
    groups
}
