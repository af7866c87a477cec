//! Dividing rows into what a verb applies to and what it leaves out, with the reasons.

use super::seen_row::Subject;

/// A subject that a verb does not apply to, by its place, and why not.
pub(super) struct LeftOut {
    pub at: usize,
    pub why: String,
}

/// The targets, and the positions of the subjects that are left out, each with the reason.
pub(super) fn divide<T>(
    subjects: &[Subject],
    target: impl Fn(&Subject) -> Result<T, String>,
) -> (Vec<T>, Vec<LeftOut>) {
    let mut targets = Vec::with_capacity(subjects.len());
    let mut rest = Vec::new();
    for (at, subject) in subjects.iter().enumerate() {
        match target(subject) {
            Ok(target) => targets.push(target),
            Err(why) => rest.push(LeftOut { at, why }),
        }
    }
    (targets, rest)
}
