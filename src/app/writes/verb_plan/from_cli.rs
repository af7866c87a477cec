//! What a command line asks for: exactly this verb on what it names, and nothing instead.

use std::sync::Arc;

use super::planned::{Origin, Plan};
use super::seen_row::{IN_A_CYCLE, SeenEntry, SeenStep, Subject, requeues};
use super::{divide, keep};
use crate::app::action::Verb;
use crate::app::format::title;
use crate::data::messages::command::{Change, EntryVerb, Limits, StepVerb, TaskVerb};
use crate::data::model::lookup::{Kind, LookedUp, NamedStep};
use crate::data::source::Source;

/// A verb with all it needs but the subjects.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestedChange {
    /// To do to steps.
    Steps(StepVerb),
    /// To do to tasks.
    Tasks(TaskVerb),
    /// A change of entries.
    Entries(EntryVerb),
}

impl RequestedChange {
    /// What a change does, without its subjects.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        match change {
            Change::Steps(verb, _) => Self::Steps(verb.clone()),
            Change::Tasks(verb, _) => Self::Tasks(*verb),
            Change::Entries(verb, _) => Self::Entries(*verb),
        }
    }

    /// As the screen calls it.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Steps(StepVerb::ResetForRetry) | Self::Tasks(TaskVerb::Requeue) => Verb::Retry,
            Self::Steps(StepVerb::ResolveManually) => Verb::Resolve,
            Self::Steps(StepVerb::CompleteManually(_)) => Verb::Complete,
            Self::Steps(StepVerb::SetLimits(_)) => Verb::Limits,
            Self::Steps(StepVerb::Cancel) | Self::Tasks(TaskVerb::Cancel) => Verb::Cancel,
            Self::Tasks(TaskVerb::SendToDlq) => Verb::SendToDlq,
            Self::Entries(EntryVerb::Note) => Verb::Note,
            Self::Entries(EntryVerb::Claim { .. }) => Verb::Claim,
            Self::Entries(EntryVerb::Release) => Verb::Release,
            Self::Entries(EntryVerb::Snooze(_)) => Verb::Snooze,
            Self::Entries(EntryVerb::Unsnooze) => Verb::Unsnooze,
            Self::Entries(EntryVerb::Reopen) => Verb::Reopen,
            Self::Entries(EntryVerb::Close(_)) => Verb::Close,
        }
    }

    /// The change that it would be, without subjects.
    #[must_use]
    pub fn of_nothing(&self) -> Change {
        match self {
            Self::Steps(verb) => Change::Steps(verb.clone(), Vec::new()),
            Self::Tasks(verb) => Change::Tasks(*verb, Vec::new()),
            Self::Entries(verb) => Change::Entries(*verb, Vec::new()),
        }
    }

    /// Whether it is done to a step.
    #[must_use]
    pub const fn is_for_steps(&self) -> bool {
        matches!(self, Self::Steps(_))
    }
}

/// What `wish` would change of these in this source, and what it would leave out.
#[must_use]
pub fn exactly(wish: &RequestedChange, subjects: &[Subject], source: &Arc<Source>) -> Plan {
    let (change, rest) = match wish {
        RequestedChange::Steps(verb) => {
            let (targets, rest) = divide(subjects, |one| one.as_step(verb, source));
            (Change::Steps(verb.clone(), targets), rest)
        }
        RequestedChange::Tasks(verb) => {
            let (targets, rest) = divide(subjects, |one| match verb {
                TaskVerb::Requeue => one.as_requeued(source),
                TaskVerb::Cancel => one.cancellable(source),
                TaskVerb::SendToDlq => one.not_yet_in_dlq(source),
            });
            (Change::Tasks(*verb, targets), rest)
        }
        RequestedChange::Entries(verb) => {
            let (targets, rest) = divide(subjects, |one| {
                one.is_open_to(*verb, source)?;
                let words = &source.manifest.words;
                match verb {
                    EntryVerb::Reopen => one.as_closed(words),
                    _ => one.as_entry(words),
                }
            });
            (Change::Entries(*verb, targets), rest)
        }
    };
    keep(wish.verb(), change, rest, subjects, source)
}

/// The step that an id means: its own, or the one of its task that needs an operator.
///
/// # Errors
///
/// All the steps that it could mean, where several need one alike.
pub fn step_meant(named: &LookedUp) -> Result<Option<&NamedStep>, Vec<&NamedStep>> {
    if named.kind == Kind::Step {
        let own = |step: &&NamedStep| step.workflow_step_uuid.0 == named.id;
        return Ok(named.steps.iter().find(own));
    }
    // As the lists order what a task waits for.
    for state in [
        "error",
        "waiting_for_retry",
        "in_progress",
        "enqueued",
        "pending",
    ] {
        let mut alike: Vec<&NamedStep> = named
            .steps
            .iter()
            .filter(|step| step.current_state == state)
            .collect();
        // A step that waits for its turn behind others needs nobody.
        if state == "pending" {
            alike.truncate(1);
        }
        match alike.len() {
            0 => {}
            1 => return Ok(alike.pop()),
            _ => return Err(alike),
        }
    }
    Ok(None)
}

impl Subject {
    /// What an id means, with the step it means.
    #[must_use]
    pub fn of_named(named: &LookedUp, step: Option<&NamedStep>) -> Self {
        let step = step.map(|step| SeenStep {
            id: step.workflow_step_uuid,
            name: step.step_name.clone(),
            state: step.current_state.clone(),
            error: step.last_error.clone(),
            limits: Limits::default(),
            results: None,
        });
        let is_open = (named.resolution_status.as_ref()).is_some_and(|status| status == "pending");
        let cycle =
            (named.dlq_reason.as_ref()).is_some_and(|why| why == "dependency_cycle_detected");
        Self {
            origin: match named.dlq_entry_uuid.filter(|_| named.kind == Kind::Entry) {
                Some(entry) => Origin::Entry(entry),
                None => Origin::Task(named.task_uuid),
            },
            task: named.task_uuid,
            name: title(named.namespace_name.as_str(), named.task_name.as_str()),
            task_state: named.current_state.clone(),
            resumes: if cycle && is_open {
                Err(IN_A_CYCLE.to_owned())
            } else {
                requeues(&named.current_state, step.as_ref())
            },
            step,
            entry: SeenEntry::of(named.dlq_entry_uuid, named.version).filter(|_| is_open),
            owner: None,
            snoozed: false,
            closed: SeenEntry::of(named.dlq_entry_uuid, named.version).filter(|_| !is_open),
            held: false,
        }
    }
}
