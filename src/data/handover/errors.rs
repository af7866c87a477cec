//! Limits of the report, and its errors grouped as the queue groups them.

use std::collections::HashMap;

use crate::data::fingerprint::rules::{ErrorText, Rules};
use crate::data::model::handover::ErrorGroup;

/// The most lines of each part; the numbers above them count everything.
pub const LINES: usize = 50;

/// The most entries that are read for their errors.
pub const ENTRIES: usize = 5_000;

pub(super) const DOING: &str = "read the handover";

/// Groups errors as the queue does, the most frequent first, with a sample of the most frequent error.
pub(super) fn group_errors(errors: Vec<ErrorGroup>, rules: &Rules) -> Vec<ErrorGroup> {
    let mut places = HashMap::new();
    let mut groups: Vec<ErrorGroup> = Vec::new();
    for error in errors {
        let alike = error.sample.as_ref().map(|text| {
            rules.fingerprint(&ErrorText {
                namespace: error.namespace_name.as_str(),
                name: error.task_name.as_str(),
                text: text.as_str(),
            })
        });
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
