//! From rows to a [`Plan`]: which rows a verb applies to, as what, and why not to the others.
//!
//! The screen and the command line plan alike. Whether a verb is open to a row is in `eligibility`.

mod eligibility;
pub mod from_cli;
pub mod planned;
mod subject;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

pub use self::planned::{Excluded, Origin, Plan};
pub use self::subject::{Owner, SeenEntry, SeenStep, Subject, why_not_retryable};
use crate::app::action::Verb;
use crate::data::messages::command::{
    Change, EntryTarget, EntryVerb, Limits, Resolution, StepVerb, TaskVerb, Until,
};
use crate::data::source::{Source, Words};

/// What `verb` would change in this source, and what it would leave out.
#[must_use]
pub fn plan(verb: Verb, subjects: &[Subject], source: &Arc<Source>) -> Plan {
    let steps = |step_verb: StepVerb| {
        let (targets, rest) = divide(subjects, |subject| subject.as_step(&step_verb, source));
        (Change::Steps(step_verb, targets), rest)
    };
    let entries =
        |verb: EntryVerb, target: &dyn Fn(&Subject, &Words) -> Result<EntryTarget, String>| {
            let (targets, rest) = divide(subjects, |one| {
                one.is_open_to(verb, source)?;
                target(one, &source.manifest.words)
            });
            (Change::Entries(verb, targets), rest)
        };
    let others = |one: &Subject| one.owner.as_ref().is_some_and(|owner| !owner.is_me);
    let (change, rest) = match verb {
        Verb::Retry => retry(subjects, source),
        Verb::Resolve => steps(StepVerb::ResolveManually),
        Verb::Cancel if cancels_steps(subjects, source) => steps(StepVerb::Cancel),
        Verb::Cancel => return cancel_tasks(subjects, source),
        Verb::Complete => steps(StepVerb::CompleteManually(Value::Null)),
        Verb::Limits => steps(StepVerb::SetLimits(Limits::default())),
        Verb::Close => {
            let first = source.resolutions().first().copied();
            let close = EntryVerb::Close(first.unwrap_or(Resolution::ManuallyResolved));
            entries(close, &Subject::as_entry)
        }
        Verb::Note => entries(EntryVerb::Note, &Subject::as_entry),
        Verb::Claim => {
            let take_over = subjects.iter().all(others);
            let minutes = 30;
            let own = EntryVerb::Claim { minutes, take_over };
            entries(own, &|one, words| one.as_claimed(take_over, words))
        }
        Verb::Release => entries(EntryVerb::Release, &Subject::as_mine),
        Verb::Snooze => {
            let snooze = EntryVerb::Snooze(Until::Minutes(15));
            entries(snooze, &Subject::as_entry)
        }
        Verb::Unsnooze => entries(EntryVerb::Unsnooze, &Subject::as_snoozed),
        Verb::Reopen => entries(EntryVerb::Reopen, &Subject::as_closed),
        Verb::SendToDlq => {
            let (targets, rest) = divide(subjects, |one| one.not_yet_in_dlq(source));
            (Change::Tasks(TaskVerb::SendToDlq, targets), rest)
        }
    };
    keep(verb, change, rest, subjects, source)
}

/// Instead of the steps that `verb` would change, their tasks; `None` if it has no such choice.
#[must_use]
pub fn alternative_plan(verb: Verb, subjects: &[Subject], source: &Arc<Source>) -> Option<Plan> {
    let has_choice = verb == Verb::Cancel
        && cancels_steps(subjects, source)
        && source.has(TaskVerb::Cancel.file());
    has_choice.then(|| cancel_tasks(subjects, source))
}

fn cancels_steps(subjects: &[Subject], source: &Source) -> bool {
    // Of a step that is cancelled already, the task is left to be.
    let mut steps = subjects.iter().filter_map(|subject| subject.step.as_ref());
    let has_step = steps.any(|step| step.state != "cancelled");
    has_step && source.has(StepVerb::Cancel.file())
}

fn cancel_tasks(subjects: &[Subject], source: &Arc<Source>) -> Plan {
    let (targets, rest) = divide(subjects, |one| one.cancellable(source));
    let change = Change::Tasks(TaskVerb::Cancel, targets);
    keep(Verb::Cancel, change, rest, subjects, source)
}

/// A subject that a verb does not apply to, by its place, and why not.
struct LeftOut {
    at: usize,
    why: String,
}

/// The plan for `change`, with the subjects at the places of `rest` left out.
fn keep(
    verb: Verb,
    change: Change,
    rest: Vec<LeftOut>,
    subjects: &[Subject],
    source: &Arc<Source>,
) -> Plan {
    let out: HashSet<usize> = rest.iter().map(|one| one.at).collect();
    let left_out = |at: usize| out.contains(&at);
    let kept = || {
        subjects
            .iter()
            .enumerate()
            .filter(|(at, _)| !left_out(*at))
            .map(|(_, one)| one)
    };
    Plan {
        verb,
        change,
        origins: kept().map(|one| one.origin).collect(),
        tasks: kept().map(|one| one.task).collect(),
        excluded: rest
            .into_iter()
            .map(|one| Excluded {
                label: subjects[one.at].label(),
                why: one.why,
            })
            .collect(),
        remarks: Vec::new(),
        source: Arc::clone(source),
    }
}

/// Retries the steps that failed. Where none did, or there are no steps, requeues the tasks.
fn retry(subjects: &[Subject], source: &Source) -> (Change, Vec<LeftOut>) {
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

/// The targets, and the positions of the subjects that are left out, each with the reason.
fn divide<T>(
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
