//! An act on one subject, as the writing task carries it out, and the two ends of that task.

use std::sync::Arc;

use dlqtop::data::messages::command::{
    Change, Command, ItemResult, Pace, Report, StepTarget, StepVerb, Write,
};
use dlqtop::data::model::{RowsWanted, StepId, TaskId};
use dlqtop::data::worker::{WorkerChannels, Writer};
use support::database::Database;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The reason, where it does not matter which.
pub const WHY: &str = "gateway is back";

/// A step as an operator saw it.
pub fn target(task: Uuid, step: Uuid, seen: &str) -> StepTarget {
    StepTarget {
        step: StepId(step),
        task: TaskId(task),
        seen_state: seen.into(),
        seen_error: None,
        label: "pay/charge · first".into(),
    }
}

/// A change of one subject that nothing else is done with.
pub fn because(reason: &str, change: Change) -> Write {
    Write {
        batch: Uuid::now_v7(),
        change,
        reason: reason.to_owned(),
        pace: Pace::default(),
    }
}

/// An act on one step that was seen like this.
pub fn one_step(verb: StepVerb, task: Uuid, step: Uuid, seen: &str) -> Write {
    because(WHY, Change::Steps(verb, vec![target(task, step, seen)]))
}

/// Carries it out; what became of its one subject.
pub async fn act(db: &Database, actor: &str, reason: &str, change: Change) -> ItemResult {
    carry_out(db, actor, &because(reason, change)).await
}

/// Carries out a write of one subject; what became of it.
pub async fn carry_out(db: &Database, actor: &str, write: &Write) -> ItemResult {
    let mut writer = Writer::new(&db.options, actor.to_owned());
    let mut outcome = writer.carry_out(write).await;
    assert_eq!(outcome.items.len(), 1);
    outcome.items.remove(0).result
}

/// The channels of a writing task: its end, and the screen's.
pub fn wires(
    stop: &CancellationToken,
) -> (
    WorkerChannels,
    mpsc::Sender<Command>,
    mpsc::Receiver<Report>,
) {
    let (commands, asked) = mpsc::channel(16);
    let (done, reports) = mpsc::channel(16);
    let wires = WorkerChannels {
        asked,
        done,
        follow: watch::channel(None).0,
        reach: watch::channel(RowsWanted::default()).0,
        questions: mpsc::channel(1).0,
        outcomes: mpsc::channel(1).0,
        wake: Arc::new(Notify::new()),
        stop: stop.clone(),
    };
    (wires, commands, reports)
}
