//! The invented history as rows, before it is written. Instants are ages in seconds against the
//! database's clock: negative is the future.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// Everything that [`super::populate`] writes.
#[derive(Debug, Default)]
pub(in crate::demo) struct Plan {
    pub(in crate::demo) tasks: Vec<TaskRow>,
    pub(in crate::demo) steps: Vec<StepRow>,
    pub(in crate::demo) edges: Vec<EdgeRow>,
    /// In the order of time, cut at each entry, because its snapshot is of that moment.
    pub(in crate::demo) phases: [Phase; 3],
    pub(in crate::demo) notes: Vec<NoteRow>,
    pub(in crate::demo) claims: Vec<ClaimRow>,
    pub(in crate::demo) snoozes: Vec<SnoozeRow>,
    pub(in crate::demo) log: Vec<LogRow>,
    pub(in crate::demo) sweeps: Vec<SweepRow>,
    pub(in crate::demo) workers: Vec<WorkerRow>,
}

/// What happened up to an entry, and the entries that were opened then.
#[derive(Debug, Default)]
pub(in crate::demo) struct Phase {
    pub(in crate::demo) task_moves: Vec<MoveRow>,
    pub(in crate::demo) step_moves: Vec<MoveRow>,
    /// Steps as they were at the end of the phase.
    pub(in crate::demo) steps: Vec<StepRow>,
    pub(in crate::demo) entries: Vec<EntryRow>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct TaskRow {
    pub(in crate::demo) id: Uuid,
    pub(in crate::demo) correlation: Uuid,
    pub(in crate::demo) namespace: String,
    pub(in crate::demo) template: String,
    pub(in crate::demo) context: Value,
    pub(in crate::demo) priority: i32,
    pub(in crate::demo) initiator: String,
    pub(in crate::demo) complete: bool,
    pub(in crate::demo) age: f64,
    pub(in crate::demo) completed_age: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct StepRow {
    pub(in crate::demo) id: Uuid,
    pub(in crate::demo) task: Uuid,
    pub(in crate::demo) name: String,
    pub(in crate::demo) number: i32,
    pub(in crate::demo) retryable: bool,
    pub(in crate::demo) attempts: i32,
    pub(in crate::demo) max_attempts: i32,
    pub(in crate::demo) timeout_seconds: Option<i32>,
    pub(in crate::demo) backoff_base_ms: i64,
    pub(in crate::demo) max_backoff_ms: i64,
    pub(in crate::demo) results: Option<Value>,
    pub(in crate::demo) last_error: Option<String>,
    pub(in crate::demo) age: f64,
    pub(in crate::demo) attempted_age: Option<f64>,
    pub(in crate::demo) failed_age: Option<f64>,
    pub(in crate::demo) retry_age: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct EdgeRow {
    pub(in crate::demo) parent: Uuid,
    pub(in crate::demo) child: Uuid,
}

/// A transition of a task or a step.
#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct MoveRow {
    pub(in crate::demo) id: Uuid,
    pub(in crate::demo) subject: Uuid,
    pub(in crate::demo) from_state: Option<&'static str>,
    pub(in crate::demo) to_state: &'static str,
    /// Whether it is the subject's last one of its phase.
    pub(in crate::demo) most_recent: bool,
    pub(in crate::demo) sort_key: i32,
    pub(in crate::demo) processor: String,
    pub(in crate::demo) reason: Option<String>,
    pub(in crate::demo) metadata: Value,
    pub(in crate::demo) age: f64,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct EntryRow {
    pub(in crate::demo) id: Uuid,
    pub(in crate::demo) task: Uuid,
    pub(in crate::demo) original_state: &'static str,
    pub(in crate::demo) reason: &'static str,
    pub(in crate::demo) age: f64,
    pub(in crate::demo) status: &'static str,
    pub(in crate::demo) resolved_age: Option<f64>,
    pub(in crate::demo) resolved_by: Option<String>,
    pub(in crate::demo) resolution_notes: Option<String>,
    pub(in crate::demo) category: Option<String>,
    pub(in crate::demo) metadata: Value,
    pub(in crate::demo) version: i32,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct NoteRow {
    pub(in crate::demo) entry: Uuid,
    pub(in crate::demo) author: String,
    pub(in crate::demo) body: String,
    pub(in crate::demo) age: f64,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct ClaimRow {
    pub(in crate::demo) entry: Uuid,
    pub(in crate::demo) owner: String,
    pub(in crate::demo) age: f64,
    pub(in crate::demo) expires_age: f64,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct SnoozeRow {
    pub(in crate::demo) entry: Uuid,
    pub(in crate::demo) until_age: f64,
    pub(in crate::demo) snoozed_by: String,
}

/// A line of the operator log.
#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct LogRow {
    pub(in crate::demo) age: f64,
    pub(in crate::demo) actor: String,
    pub(in crate::demo) action: &'static str,
    pub(in crate::demo) subject: String,
    pub(in crate::demo) subject_uuid: Uuid,
    pub(in crate::demo) task: Uuid,
    pub(in crate::demo) entry: Uuid,
    pub(in crate::demo) reason: String,
    pub(in crate::demo) before: &'static str,
    pub(in crate::demo) after: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct SweepRow {
    pub(in crate::demo) instance: String,
    pub(in crate::demo) age: f64,
    pub(in crate::demo) took_ms: i64,
    pub(in crate::demo) detected: i32,
    pub(in crate::demo) moved: i32,
    pub(in crate::demo) skipped: i32,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::demo) struct WorkerRow {
    pub(in crate::demo) worker: String,
    pub(in crate::demo) namespace: String,
    pub(in crate::demo) started_age: f64,
    pub(in crate::demo) heard_age: f64,
}

/// Version 7 ids whose time is the database's and whose rest comes from the seed.
#[derive(Debug)]
pub(in crate::demo) struct Ids {
    /// The database's clock when the plan was made, in Unix milliseconds.
    pub(in crate::demo) now_ms: i64,
}

impl Ids {
    /// An id of something that is `age` seconds old.
    pub(in crate::demo) fn of(&self, age: f64, rng: &mut fastrand::Rng) -> Uuid {
        let millis = std::time::Duration::from_secs_f64(age.max(0.0)).as_millis();
        let now = u64::try_from(self.now_ms).unwrap_or(0);
        let at = now.saturating_sub(u64::try_from(millis).unwrap_or(0));
        let mut tail = [0_u8; 10];
        rng.fill(&mut tail);
        uuid::Builder::from_unix_timestamp_millis(at, &tail).into_uuid()
    }
}
