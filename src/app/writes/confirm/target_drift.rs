//! What happens to a set that was fixed while the operator reads the dialog: it stays as it is, and
//! the dialog says how much of it is not as it was any more.

use std::collections::HashMap;

use crate::app::format::count_usize;
use crate::app::writes::targets_on_screen::OnScreen;
use crate::app::writes::verb_plan::{Origin, Plan, Subject};
use crate::data::messages::command::{Change, EntryVerb};
use crate::data::model::{EntryId, TaskId};

/// How many targets are not as they were when the set was fixed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TargetDrift {
    /// Changed: the database will leave them alone.
    pub changed: usize,
    /// No longer in the list; what became of them is not known here.
    pub gone: usize,
}

impl TargetDrift {
    /// One sentence for each kind of change.
    #[must_use]
    pub fn sentences(self) -> Vec<String> {
        let mut words = Vec::new();
        match self.changed {
            0 => {}
            1 => words.push("1 target changed since; it will be skipped".to_owned()),
            n => words.push(format!(
                "{} targets changed since; they will be skipped",
                count_usize(n)
            )),
        }
        match self.gone {
            0 => {}
            1 => words.push("1 target is no longer in the list".to_owned()),
            n => words.push(format!(
                "{} targets are no longer in the list",
                count_usize(n)
            )),
        }
        words
    }
}

/// The rows as they are now, by what marks know them by.
#[derive(Default)]
struct ListedNow {
    tasks: HashMap<TaskId, Subject>,
    entries: HashMap<EntryId, Subject>,
    detail: Option<Subject>,
}

impl ListedNow {
    fn of(&self, origin: Origin) -> Option<&Subject> {
        match origin {
            Origin::Task(task) => self.tasks.get(&task),
            Origin::Entry(entry) => self.entries.get(&entry),
            Origin::Detail => self.detail.as_ref(),
        }
    }
}

impl TargetDrift {
    /// What has happened to the targets of `plan`, as far as the rows on screen tell.
    #[must_use]
    pub fn of(plan: &Plan, seen: &OnScreen<'_>) -> Self {
        let OnScreen { polled, lists, .. } = *seen;
        let now = ListedNow {
            tasks: (polled.stale().iter())
                .map(|row| (row.task_uuid, Subject::of_stale(row)))
                .collect(),
            entries: (lists.known_entries(polled))
                .map(|row| (row.dlq_entry_uuid, Subject::of_entry(row)))
                .collect(),
            detail: seen.detail_subject(),
        };
        // Rows that were collected are not among those that every poll brings; others may have moved down,
        // below those that are loaded.
        let unlisted = |origin| match origin {
            Origin::Entry(entry) => polled.queue_has_more() || lists.select_all.holds(entry),
            Origin::Task(_) => polled.staleness_has_more(),
            Origin::Detail => true,
        };
        compare(plan, &now, unlisted)
    }
}

fn compare(plan: &Plan, now: &ListedNow, unlisted: impl Fn(Origin) -> bool) -> TargetDrift {
    let mut since = TargetDrift::default();
    for (place, origin) in plan.origins.iter().enumerate() {
        match now.of(*origin) {
            None if unlisted(*origin) => {}
            None => since.gone += 1,
            Some(subject) if differs(&plan.change, place, subject) => since.changed += 1,
            Some(_) => {}
        }
    }
    since
}

/// Whether the database's guard will refuse this target, as far as the row can tell.
fn differs(change: &Change, place: usize, now: &Subject) -> bool {
    match change {
        // Another step of the task may need an operator now: what became of this one is not known.
        Change::Steps(_, targets) => now.step.as_ref().is_some_and(|step| {
            step.id == targets[place].step && step.state != targets[place].seen_state
        }),
        Change::Tasks(_, targets) => now.task_state != targets[place].seen_state,
        Change::Entries(EntryVerb::Reopen, targets) => {
            !(now.closed).is_some_and(|entry| entry.is_target(&targets[place]))
        }
        Change::Entries(_, targets) => {
            !(now.entry).is_some_and(|entry| entry.is_target(&targets[place]))
        }
    }
}
