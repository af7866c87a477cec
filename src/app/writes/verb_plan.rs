//! From rows to a [`Plan`]: which rows a verb applies to, as what, and why not to the others.
//!
//! The screen and the command line plan alike. `retry` says what a retry is to each row, the other verbs are
//! here; whether an act is open to a row at all is in `eligibility`.

mod eligibility;
pub mod from_cli;
mod left_out;
pub mod planned;
mod remarks;
mod retry;
mod seen_row;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use self::left_out::{LeftOut, divide};
pub use self::planned::{Excluded, Origin, Plan};
use self::remarks::remarks;
use self::retry::retry;
pub use self::seen_row::{Owner, SeenEntry, SeenStep, Subject, why_not_retryable};
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
        remarks: remarks(&change, kept(), source),
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
        source: Arc::clone(source),
    }
}
