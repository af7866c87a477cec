//! What to make of the outcome of a write: say it, keep what failed marked and typed, remember it.

use chrono::{DateTime, Utc};

use super::Writes;
use super::drafts::Draft;
use super::in_flight::Run;
use super::outcome_summary::{FinishedWrite, outcome_summary};
use super::verb_plan::Origin;
use crate::app::lists::Lists;
use crate::app::message::Message;
use crate::app::polled::Polled;
use crate::data::bulk::retry_outcome::{has_outcome, why_no_outcome};
use crate::data::messages::command::{ItemResult, Outcome};
use crate::data::model::TaskId;

/// Outcomes kept of one session; older ones are in the database's log.
const KEPT: usize = 100;

impl Writes {
    /// What was typed for what was not done is kept for the next try.
    pub fn save_draft_of_failures(&mut self, run: &Run, outcome: &Outcome) {
        if let Some(draft) = Draft::of_failures(run, outcome) {
            self.draft = Some(draft);
        }
    }

    /// Remembers a write that ended.
    pub fn remember(&mut self, run: Option<&Run>, outcome: Outcome, now: DateTime<Utc>) {
        self.outcomes.push(FinishedWrite {
            at: now,
            title: title(run, &outcome),
            write: run.map(|run| run.write.clone()),
            outcome,
        });
        if self.outcomes.len() > KEPT {
            self.outcomes.remove(0);
        }
    }
}

fn title(run: Option<&Run>, outcome: &Outcome) -> String {
    run.map_or_else(|| outcome.action.to_owned(), |run| run.plan.title())
}

/// The message that a write ended so.
#[must_use]
pub fn message(run: Option<&Run>, outcome: &Outcome, database_now: DateTime<Utc>) -> Message {
    let text = outcome_summary(&title(run, outcome), outcome, database_now);
    if let Some(rest) = run.and_then(|run| not_known(run, outcome)) {
        let text = format!("{text}; {rest}");
        let all = outcome.tally().done == outcome.items.len();
        return if all {
            Message::info(text)
        } else {
            Message::bad(text)
        };
    }
    if outcome.tally().done == outcome.items.len() {
        Message::good(text)
    } else {
        Message::bad(text)
    }
}

/// What is not known of retries that were sent.
fn not_known(run: &Run, outcome: &Outcome) -> Option<String> {
    let change = &run.plan.change;
    let pass = match outcome.tally().done {
        0 => return None,
        1 => "whether it passes",
        _ => "whether they pass",
    };
    has_outcome(change).then(|| match why_no_outcome(&run.plan.source, change) {
        Some(why) => format!("not known {pass}: {why}"),
        None => format!("not known yet {pass}"),
    })
}

/// The tasks of a run that something was done to.
#[must_use]
pub fn tasks_done(run: &Run, outcome: &Outcome) -> Vec<TaskId> {
    let places = run.places();
    let done = outcome.items.iter();
    done.filter(|item| matches!(item.result, ItemResult::Done { .. }))
        .filter_map(|item| Some(run.plan.tasks[*places.get(&item.id)?]))
        .collect()
}

/// Unmarks what was done, and marks what was not.
pub fn update_marks(lists: &mut Lists, run: &Run, outcome: &Outcome) {
    let places = run.places();
    for item in &outcome.items {
        let Some(at) = places.get(&item.id).copied() else {
            continue;
        };
        let done = matches!(item.result, ItemResult::Done { .. });
        match run.plan.origins[at] {
            Origin::Task(task) if done => drop(lists.staleness.marks.remove(&task)),
            Origin::Entry(entry) if done => drop(lists.queue.marks.remove(&entry)),
            // One alone was under the cursor, and is.
            _ if outcome.items.len() == 1 => {}
            Origin::Task(task) => drop(lists.staleness.marks.insert(task)),
            Origin::Entry(entry) => drop(lists.queue.marks.insert(entry)),
            Origin::Detail => {}
        }
    }
}

/// What was collected beyond the list, and is no longer as it was.
pub fn drop_finished(lists: &mut Lists, run: &Run, outcome: &Outcome, polled: &Polled) {
    let entry_at = |at: usize| match run.plan.origins.get(at) {
        Some(Origin::Entry(entry)) => Some(*entry),
        _ => None,
    };
    lists.drop_finished(&outcome.items, entry_at, polled);
}
