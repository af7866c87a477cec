//! What `R` does to each of the chosen rows: its failed step is retried, or its whole task requeued.

use super::left_out::{LeftOut, divide};
use super::seen_row::Subject;
use crate::data::messages::command::{Change, StepVerb, TaskVerb};
use crate::data::source::Source;

/// Retries the steps that failed. Where none did, or there are no steps, requeues the tasks.
pub(super) fn retry(subjects: &[Subject], source: &Source) -> (Change, Vec<LeftOut>) {
    let (steps, mut rest) = divide(subjects, |one| {
        one.as_step(&StepVerb::ResetForRetry, source)
    });
    if steps.is_empty() && source.has(TaskVerb::Requeue.file()) {
        let (tasks, others) = divide(subjects, |one| one.as_requeued(source));
        return (Change::Tasks(TaskVerb::Requeue, tasks), others);
    }
    if steps.is_empty() {
        return (Change::Steps(StepVerb::ResetForRetry, steps), rest);
    }
    for LeftOut { at, why } in &mut rest {
        match &subjects[*at].resumes {
            Ok(()) => {
                "needs no retry: select it alone and press R to requeue it".clone_into(why);
            }
            Err(hindrance) => why.clone_from(hindrance),
        }
    }
    (Change::Steps(StepVerb::ResetForRetry, steps), rest)
}
