//! The invented history as rows, before it is written. Instants are ages in seconds against the
//! database's clock: negative is the future.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// Everything that [`super::populate`] writes.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) tasks: Vec<TaskRow>,
    pub(super) steps: Vec<StepRow>,
    pub(super) edges: Vec<EdgeRow>,
    /// In the order of time, cut at each dead letter, because its snapshot is of that moment.
    pub(super) phases: [Phase; 3],
    pub(super) notes: Vec<NoteRow>,
    pub(super) claims: Vec<ClaimRow>,
    pub(super) snoozes: Vec<SnoozeRow>,
    pub(super) log: Vec<LogRow>,
    pub(super) sweeps: Vec<SweepRow>,
    pub(super) workers: Vec<WorkerRow>,
}

/// What happened up to a dead letter, and the dead letters that were opened then.
#[derive(Debug, Default)]
pub(super) struct Phase {
    pub(super) task_moves: Vec<MoveRow>,
    pub(super) step_moves: Vec<MoveRow>,
    /// Steps as they were at the end of the phase.
    pub(super) steps: Vec<StepRow>,
    pub(super) entries: Vec<EntryRow>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct TaskRow {
    pub(super) id: Uuid,
    pub(super) correlation: Uuid,
    pub(super) namespace: String,
    pub(super) template: String,
    pub(super) context: Value,
    pub(super) priority: i32,
    pub(super) initiator: String,
    pub(super) complete: bool,
    pub(super) age: f64,
    pub(super) completed_age: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct StepRow {
    pub(super) id: Uuid,
    pub(super) task: Uuid,
    pub(super) name: String,
    pub(super) number: i32,
    pub(super) retryable: bool,
    pub(super) attempts: i32,
    pub(super) max_attempts: i32,
    pub(super) timeout_seconds: Option<i32>,
    pub(super) backoff_base_ms: i64,
    pub(super) max_backoff_ms: i64,
    pub(super) results: Option<Value>,
    pub(super) last_error: Option<String>,
    pub(super) age: f64,
    pub(super) attempted_age: Option<f64>,
    pub(super) failed_age: Option<f64>,
    pub(super) retry_age: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct EdgeRow {
    pub(super) parent: Uuid,
    pub(super) child: Uuid,
}

/// A transition of a task or a step.
#[derive(Debug, Clone, Serialize)]
pub(super) struct MoveRow {
    pub(super) id: Uuid,
    pub(super) subject: Uuid,
    pub(super) from_state: Option<&'static str>,
    pub(super) to_state: &'static str,
    /// Whether it is the subject's last one of its phase.
    pub(super) most_recent: bool,
    pub(super) sort_key: i32,
    pub(super) processor: String,
    pub(super) reason: Option<String>,
    pub(super) metadata: Value,
    pub(super) age: f64,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct EntryRow {
    pub(super) id: Uuid,
    pub(super) task: Uuid,
    pub(super) original_state: &'static str,
    pub(super) reason: &'static str,
    pub(super) age: f64,
    pub(super) status: &'static str,
    pub(super) resolved_age: Option<f64>,
    pub(super) resolved_by: Option<String>,
    pub(super) resolution_notes: Option<String>,
    pub(super) category: Option<String>,
    pub(super) metadata: Value,
    pub(super) version: i32,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct NoteRow {
    pub(super) entry: Uuid,
    pub(super) author: String,
    pub(super) body: String,
    pub(super) age: f64,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ClaimRow {
    pub(super) entry: Uuid,
    pub(super) owner: String,
    pub(super) age: f64,
    pub(super) expires_age: f64,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct SnoozeRow {
    pub(super) entry: Uuid,
    pub(super) until_age: f64,
    pub(super) snoozed_by: String,
}

/// A line of the operator log.
#[derive(Debug, Clone, Serialize)]
pub(super) struct LogRow {
    pub(super) age: f64,
    pub(super) actor: String,
    pub(super) action: &'static str,
    pub(super) subject: String,
    pub(super) subject_uuid: Uuid,
    pub(super) task: Uuid,
    pub(super) entry: Uuid,
    pub(super) reason: String,
    pub(super) before: &'static str,
    pub(super) after: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct SweepRow {
    pub(super) instance: String,
    pub(super) age: f64,
    pub(super) took_ms: i64,
    pub(super) detected: i32,
    pub(super) moved: i32,
    pub(super) skipped: i32,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct WorkerRow {
    pub(super) worker: String,
    pub(super) namespace: String,
    pub(super) started_age: f64,
    pub(super) heard_age: f64,
}

/// Version 7 ids whose time is the database's and whose rest comes from the seed.
#[derive(Debug)]
pub(super) struct Ids {
    /// The database's clock when the plan was made, in Unix milliseconds.
    pub(super) now_ms: i64,
}

impl Ids {
    /// An id of something that is `age` seconds old.
    pub(super) fn of(&self, age: f64, rng: &mut fastrand::Rng) -> Uuid {
        let millis = std::time::Duration::from_secs_f64(age.max(0.0)).as_millis();
        let now = u64::try_from(self.now_ms).unwrap_or(0);
        let at = now.saturating_sub(u64::try_from(millis).unwrap_or(0));
        let mut tail = [0_u8; 10];
        rng.fill(&mut tail);
        uuid::Builder::from_unix_timestamp_millis(at, &tail).into_uuid()
    }
}
