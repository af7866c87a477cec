//! Turns a finished story into rows.

use serde_json::json;
use uuid::Uuid;

use super::rows::{EdgeRow, EntryRow, Ids, LogRow, MoveRow, Phase, Plan, StepRow, TaskRow};
use super::story::Story;
use crate::demo::history::elements::{Event, StepNow, StoryEntry};

/// Acts older than this are not in the operator log any more.
const LOG_REACHES_BACK_SECS: f64 = 12.0 * 3600.0;

/// The ids of what was told.
#[derive(Debug)]
pub(in crate::demo) struct StoryRows {
    pub(in crate::demo) entries: Vec<Uuid>,
}

/// Adds the story of a task that was created `born_age` seconds ago.
pub(in crate::demo) fn write(
    plan: &mut Plan,
    ids: &Ids,
    story: &mut Story<'_>,
    born_age: f64,
) -> StoryRows {
    let context = story.template.context(story.rng, None);
    write_with(plan, ids, story, born_age, context)
}

/// The same with a given context.
pub(in crate::demo) fn write_with(
    plan: &mut Plan,
    ids: &Ids,
    story: &mut Story<'_>,
    born_age: f64,
    context: serde_json::Value,
) -> StoryRows {
    let task = ids.of(born_age, story.rng);
    let steps: Vec<Uuid> = story
        .steps
        .iter()
        .map(|_| ids.of(born_age, story.rng))
        .collect();
    let subject = Subject {
        task,
        steps,
        born_age,
    };
    let done = matches!(story.state, "complete" | "resolved_manually" | "cancelled");
    plan.tasks.push(TaskRow {
        id: task,
        correlation: ids.of(born_age, story.rng),
        namespace: story.template.namespace.clone(),
        template: story.template.name.clone(),
        context,
        priority: story.template.priority(story.rng),
        initiator: story.template.traffic.initiator.clone(),
        complete: done && story.state != "cancelled",
        age: born_age,
        completed_age: done.then_some(born_age - story.since),
    });
    let first = story.past.first().unwrap_or(&story.steps);
    plan.steps.extend(subject.step_rows(first));
    for (phase, steps) in story.past.iter().chain([&story.steps]).enumerate().skip(1) {
        plan.phases[phase].steps.extend(subject.step_rows(steps));
    }
    plan.edges.extend(subject.edges(story));
    subject.moves(&mut plan.phases, ids, &story.events, story.rng);
    let mut entries = Vec::new();
    for (phase, entry) in story.entries.iter().enumerate() {
        let row = subject.entry(ids.of(born_age - entry.opened, story.rng), entry);
        let title = format!("{}/{}", story.template.namespace, story.template.name);
        plan.log.extend(subject.log(entry, &row, &title));
        entries.push(row.id);
        plan.phases[phase].entries.push(row);
    }
    StoryRows { entries }
}

struct Subject {
    task: Uuid,
    steps: Vec<Uuid>,
    born_age: f64,
}

impl Subject {
    fn step_rows(&self, steps: &[StepNow]) -> Vec<StepRow> {
        let age = |at: Option<f64>| at.map(|at| self.born_age - at);
        let row = |(number, (step, id)): (i32, (&StepNow, &Uuid))| StepRow {
            id: *id,
            task: self.task,
            name: step.plan.name.clone(),
            number,
            retryable: step.plan.retry.retryable,
            attempts: step.attempts,
            max_attempts: step.plan.retry.max_attempts,
            timeout_seconds: step.plan.timeout_seconds,
            backoff_base_ms: step.backoff_base_ms,
            max_backoff_ms: step
                .backoff_base_ms
                .max(step.plan.retry.max_backoff_ms.into()),
            results: step.results.clone(),
            last_error: step.last_error.clone(),
            age: self.born_age,
            attempted_age: age(step.attempted),
            failed_age: age(step.failed),
            retry_age: age(step.next_retry),
        };
        (1..).zip(steps.iter().zip(&self.steps)).map(row).collect()
    }

    fn edges(&self, story: &Story<'_>) -> Vec<EdgeRow> {
        let mut edges = Vec::new();
        for (child, step) in story.steps.iter().enumerate() {
            for parent in &step.plan.dependencies {
                edges.push(EdgeRow {
                    parent: self.steps[story.step(parent)],
                    child: self.steps[child],
                });
            }
        }
        edges.extend(story.extra_edge.map(|(parent, child)| EdgeRow {
            parent: self.steps[parent],
            child: self.steps[child],
        }));
        edges
    }

    fn moves(&self, phases: &mut [Phase; 3], ids: &Ids, events: &[Event], rng: &mut fastrand::Rng) {
        let mut keys = vec![0_i32; self.steps.len() + 1];
        for (i, beat) in events.iter().enumerate() {
            let key = &mut keys[beat.step.map_or(0, |step| step + 1)];
            *key += 1;
            let later = |b: &Event| b.step == beat.step && b.phase == beat.phase;
            let age = self.born_age - beat.at;
            let row = MoveRow {
                id: ids.of(age, rng),
                subject: beat.step.map_or(self.task, |step| self.steps[step]),
                from_state: beat.from,
                to_state: beat.to,
                most_recent: !events[i + 1..].iter().any(later),
                sort_key: *key,
                processor: beat.processor.clone(),
                reason: beat.reason.clone(),
                metadata: beat.metadata.clone(),
                age,
            };
            let phase = &mut phases[beat.phase];
            match beat.step {
                Some(_) => phase.step_moves.push(row),
                None => phase.task_moves.push(row),
            }
        }
    }

    fn entry(&self, id: Uuid, entry: &StoryEntry) -> EntryRow {
        let closing = entry.closing.as_ref();
        let metadata = match entry.reason {
            "manual_dlq" => json!({ "opened_by": entry.opened_by }),
            _ => json!({ "detector": entry.opened_by }),
        };
        EntryRow {
            id,
            task: self.task,
            original_state: entry.original_state,
            reason: entry.reason,
            age: self.born_age - entry.opened,
            status: closing.map_or("pending", |c| c.status),
            resolved_age: closing.map(|c| self.born_age - c.at),
            resolved_by: closing.map(|c| c.by.to_owned()),
            resolution_notes: closing.map(|c| c.notes.clone()),
            category: entry.category.clone(),
            metadata,
            version: if closing.is_some() { 2 } else { 1 },
        }
    }

    fn log(&self, entry: &StoryEntry, written: &EntryRow, title: &str) -> Vec<LogRow> {
        let row = |at: f64, subject_uuid, reason: &str| LogRow {
            age: self.born_age - at,
            actor: entry.opened_by.clone(),
            action: "send_to_dlq",
            subject: title.to_owned(),
            subject_uuid,
            task: self.task,
            entry: written.id,
            reason: reason.to_owned(),
            before: entry.original_state,
            after: "pending",
        };
        let mut rows = Vec::new();
        if entry.reason == "manual_dlq" {
            rows.push(row(
                entry.opened,
                self.task,
                "this one needs a second pair of eyes",
            ));
        }
        if let Some(closing) = &entry.closing {
            if let Some((action, step, before, after)) = &closing.act {
                rows.push(LogRow {
                    actor: closing.by.to_owned(),
                    action,
                    subject: format!("{title} · {step}"),
                    before,
                    after,
                    ..row(closing.at - 4.0, self.task, &closing.notes)
                });
            }
            rows.push(LogRow {
                actor: closing.by.to_owned(),
                action: "close_entry",
                after: closing.status,
                before: "pending",
                ..row(closing.at, written.id, &closing.notes)
            });
        }
        rows.retain(|row| row.age < LOG_REACHES_BACK_SECS);
        rows
    }
}
