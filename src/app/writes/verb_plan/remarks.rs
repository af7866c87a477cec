//! What the system says of an act on something whose task is in some state, before it is confirmed.

use super::seen_row::Subject;
use crate::app::format::count_usize;
use crate::data::messages::command::Change;
use crate::data::source::Source;

/// The remarks of the source about a change of these, each once, with how many it is about if not about all.
pub(super) fn remarks<'a>(
    change: &Change,
    subjects: impl Iterator<Item = &'a Subject>,
    source: &Source,
) -> Vec<String> {
    let mut said: Vec<(&str, usize)> = Vec::new();
    for subject in subjects {
        let Some(remark) = source.remark(change, subject.task_state.as_str()) else {
            continue;
        };
        match said.iter_mut().find(|(known, _)| *known == remark) {
            Some((_, count)) => *count += 1,
            None => said.push((remark, 1)),
        }
    }
    let all = change.count();
    said.into_iter()
        .map(|(remark, count)| match count {
            count if count == all => remark.to_owned(),
            count => format!("{} of {}: {remark}", count_usize(count), count_usize(all)),
        })
        .collect()
}
