//! Operators at work on one server: each looks, does what a dashboard can do to what was seen, and
//! looks whether it is so. Every verb there is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Limits, Pace, Resolution, StepTarget, StepVerb,
    TaskTarget, TaskVerb, Until, Write,
};
use dlqtop::data::model::{Detail, Snapshot, TaskId};
use dlqtop::data::worker::Writer;
use sqlx::postgres::PgConnectOptions;
use support::database::Database;
use uuid::Uuid;

use crate::polls::Polls;

/// How many work at once.
pub const OPERATORS: usize = 4;
/// How many tasks each of them sees to.
const TASKS: usize = 10;
/// What is done to each.
const ACTS: usize = 20;
/// As many polls as acts.
pub const EACH: usize = OPERATORS * TASKS * ACTS;

const OWN: EntryVerb = EntryVerb::Claim {
    minutes: 30,
    take_over: false,
};

#[derive(Debug, Clone)]
enum Act {
    Entry(EntryVerb),
    Task(TaskVerb),
    Step(&'static str, StepVerb),
}

/// What was asked for, and what of it failed.
#[derive(Debug, Default)]
pub struct Asked {
    pub polls: usize,
    pub acts: usize,
    pub failed: Vec<String>,
}

/// A task in the dead-letter queue, and how it came there.
struct Letter {
    task: Uuid,
    /// Its worker finished too late: nothing needs to be done to its steps.
    late: bool,
}

/// All of them at work at once on `db`, by the way of `options`.
pub async fn operate(db: &Database, options: &PgConnectOptions) -> Asked {
    db.template("{}").await;
    db.dead_letter("left alone").await;
    let mut operators = Vec::new();
    for _ in 0..OPERATORS {
        let mut letters = Vec::new();
        for n in 0..TASKS {
            letters.push(letter(db, n % 4 == 3).await);
        }
        operators.push(letters);
    }
    db.in_state_since("steps_in_process", 100.0).await;
    let begun: DateTime<Utc> = db.one("select now()").await;
    let working: Vec<_> = operators
        .into_iter()
        .enumerate()
        .map(|(n, letters)| tokio::spawn(operator(options.clone(), n, letters, begun)))
        .collect();
    let mut all = Asked::default();
    for operator in working {
        let asked = operator.await.unwrap();
        all.polls += asked.polls;
        all.acts += asked.acts;
        all.failed.extend(asked.failed);
    }
    all
}

async fn letter(db: &Database, late: bool) -> Letter {
    let task = if late {
        db.finished_too_late().await
    } else {
        db.dead_letter("HTTP 503").await.task
    };
    Letter { task, late }
}

async fn operator(
    options: PgConnectOptions,
    number: usize,
    letters: Vec<Letter>,
    begun: DateTime<Utc>,
) -> Asked {
    let mut polls = Polls::start(&options).await;
    let mut writer = Writer::new(&options, format!("operator {number}"));
    let mut asked = Asked::default();
    let mut last = None;
    for (n, letter) in letters.iter().enumerate() {
        for act in acts(n, letter.late, begun) {
            asked.polls += 1;
            let seen = polls.one(TaskId(letter.task)).await;
            let write = seen.and_then(|seen| {
                checked(&seen, last)?;
                write(&act, letter.task, &seen)
            });
            asked.acts += 1;
            let done = match write {
                Ok(write) => carried_out(&mut writer, &write).await,
                Err(why) => Err(why),
            };
            last = done.as_ref().ok().copied();
            let failed = done.err();
            let failed = failed.map(|why| format!("task {n} of {number}, {act:?}: {why}"));
            asked.failed.extend(failed);
        }
    }
    asked
}

/// Twenty things, each of which may be done after the one before it.
fn acts(n: usize, late: bool, begun: DateTime<Utc>) -> Vec<Act> {
    let close = |n: usize| Act::Entry(EntryVerb::Close(Resolution::ALL[n % 3]));
    let snooze = |until| Act::Entry(EntryVerb::Snooze(until));
    let mut acts = vec![
        Act::Entry(EntryVerb::Note),
        Act::Entry(OWN),
        Act::Entry(EntryVerb::Release),
        snooze(Until::Minutes(30)),
        Act::Entry(EntryVerb::Unsnooze),
        snooze(Until::At(begun + Duration::from_hours(1))),
        Act::Entry(EntryVerb::Unsnooze),
        close(n),
        Act::Entry(EntryVerb::Reopen),
        close(n + 1),
        Act::Task(TaskVerb::SendToDlq),
        Act::Entry(EntryVerb::Note),
    ];
    acts.extend(fixed(n, late));
    acts.extend([
        Act::Entry(EntryVerb::Note),
        Act::Entry(OWN),
        close(n + 2),
        Act::Entry(EntryVerb::Reopen),
    ]);
    assert_eq!(acts.len(), ACTS);
    acts
}

/// One of the ways to get a task out of its misery.
fn fixed(n: usize, late: bool) -> [Act; 4] {
    use Act::{Step, Task};
    let limits = Limits {
        max_attempts: Some(5),
        timeout_seconds: Some(60),
    };
    let result = serde_json::json!({"by": "hand", "large": 12_345_678_901_234_567_890_u64});
    let by_hand = StepVerb::CompleteManually(result);
    let limit = |step| Step(step, StepVerb::SetLimits(limits));
    match (late, n % 4) {
        (true, _) => [
            Task(TaskVerb::Requeue),
            limit("second"),
            Step("second", StepVerb::ResolveManually),
            Act::Entry(EntryVerb::Note),
        ],
        (false, 0) => [
            Step("first", StepVerb::ResetForRetry),
            limit("first"),
            Step("first", StepVerb::ResolveManually),
            Step("second", by_hand),
        ],
        (false, 1) => [
            limit("first"),
            Step("first", by_hand),
            limit("second"),
            Task(TaskVerb::Cancel),
        ],
        (false, _) => [
            limit("first"),
            Step("first", StepVerb::ResolveManually),
            Step("second", StepVerb::Cancel),
            Act::Entry(EntryVerb::Note),
        ],
    }
}

/// Every pane has what must be in it, and the log what was done just before.
fn checked(seen: &Snapshot, last: Option<Uuid>) -> Result<(), String> {
    let empty = [
        ("counts", seen.counts.as_ref().is_ok_and(|c| c.stale == 0)),
        (
            "staleness",
            seen.staleness.as_ref().is_ok_and(|l| l.rows.is_empty()),
        ),
        (
            "queue",
            seen.queue.as_ref().is_ok_and(|l| l.rows.is_empty()),
        ),
        (
            "stats",
            seen.stats.as_ref().is_ok_and(|s| s.reasons.is_empty()),
        ),
    ];
    if let Some((pane, _)) = empty.into_iter().find(|(_, empty)| *empty) {
        return Err(format!("nothing in {pane}"));
    }
    if last.is_none() {
        return Ok(());
    }
    let log = seen.log.as_ref().map_err(|error| error.one_line())?;
    let logged = log
        .iter()
        .any(|row| row.batch == last && row.outcome == "done");
    if logged {
        Ok(())
    } else {
        Err("the log lacks what was done before".to_owned())
    }
}

/// The act on what the poll saw.
fn write(act: &Act, task: Uuid, seen: &Snapshot) -> Result<Write, String> {
    let there = seen.detail.as_ref().filter(|(of, _)| *of == TaskId(task));
    let detail = there.and_then(|(_, detail)| detail.as_ref().ok());
    let detail = detail.and_then(|detail| detail.as_ref().as_ref());
    let change = detail.and_then(|detail| change(act, detail));
    Ok(Write {
        batch: Uuid::now_v7(),
        change: change.ok_or("the detail lacks what is to be acted on")?,
        reason: "the gateway is back".to_owned(),
        pace: Pace::default(),
    })
}

fn change(act: &Act, detail: &Detail) -> Option<Change> {
    let (task, label) = (detail.task.task_uuid, detail.task.task_name.clone());
    Some(match act {
        Act::Entry(verb) => {
            let entry = detail.entries.first()?;
            let target = EntryTarget {
                entry: entry.dlq_entry_uuid,
                seen_version: entry.version,
                label,
            };
            Change::Entries(*verb, vec![target])
        }
        Act::Task(verb) => {
            let target = TaskTarget {
                task,
                seen_state: detail.task.current_state.clone(),
                label,
            };
            Change::Tasks(*verb, vec![target])
        }
        Act::Step(name, verb) => {
            let step = detail.steps.iter().find(|step| step.step_name == *name)?;
            let target = StepTarget {
                step: step.workflow_step_uuid,
                task,
                seen_state: step.current_state.clone(),
                seen_error: None,
                label,
            };
            Change::Steps(verb.clone(), vec![target])
        }
    })
}

/// The act's batch, if it was done.
async fn carried_out(writer: &mut Writer, write: &Write) -> Result<Uuid, String> {
    let result = writer.carry_out(write).await.items.remove(0).result;
    match result {
        ItemResult::Done { .. } => Ok(write.batch),
        other => Err(format!("{other:?}")),
    }
}
