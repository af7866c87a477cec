//! Who works, what waits where, and what a source itself calls wrong.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;

use crate::data::model::safe_text::SafeText;

/// A worker, or a namespace's workers where single ones are not known.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct WorkerRow {
    /// Its name.
    pub worker: SafeText,
    /// Where it runs.
    pub host: Option<SafeText>,
    /// What it serves: a namespace, a type, a queue.
    pub namespace_name: Option<SafeText>,
    /// `alive`, `late` or `dead`.
    pub health: SafeText,
    /// What else is to be said of it: `leader`, `second leader`.
    pub condition: Option<SafeText>,
    /// Seconds since its last sign of life.
    pub seen_seconds: Option<f64>,
    /// How much it has in hand.
    pub busy: Option<i64>,
    /// How much it can have in hand.
    pub size: Option<i64>,
    /// Whether it leads the others.
    pub is_leader: bool,
    /// Seconds until its lease ends; negative once it has.
    pub lease_seconds: Option<f64>,
    /// Its program's version.
    pub version: Option<SafeText>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// How much it has finished in the last hour.
    pub finished_last_hour: Option<i64>,
    /// How much has failed there in the last hour.
    pub failed_last_hour: Option<i64>,
}

/// A queue of the broker's.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct QueueDepthRow {
    /// Its name.
    pub name: SafeText,
    /// How many messages wait in it.
    pub depth: i64,
    /// Seconds the oldest of them has waited.
    pub oldest_seconds: Option<f64>,
    /// How many are not to be taken yet.
    pub delayed: Option<i64>,
    /// What is sent there.
    pub routes: Vec<SafeText>,
    /// How many dead letters came from it and are open.
    pub failed: i64,
}

/// Something a source watches by itself.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct AlertRow {
    /// Its key.
    pub alert: SafeText,
    /// Whether it is over its limit now.
    pub over: bool,
    /// The number that is held against the limit.
    pub value: Option<f64>,
    /// What to say, in a few words.
    pub text: SafeText,
    /// `warning` if it can wait until tomorrow.
    #[sqlx(default)]
    pub severity: Option<SafeText>,
}

/// Who works and what waits.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Fleet {
    /// Workers, the worst first.
    pub workers: Vec<WorkerRow>,
    /// Queues, the deepest first.
    pub queues: Vec<QueueDepthRow>,
    /// What the source watches.
    pub alerts: Vec<AlertRow>,
}

impl Fleet {
    /// How many workers and queues a poll reads.
    pub const MAX_ROWS: usize = 200;
}

/// What runs of one type.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct TypeRow {
    /// What it belongs to.
    pub namespace_name: SafeText,
    /// The type.
    pub task_name: SafeText,
    /// How many wait.
    pub pending: i64,
    /// How many run.
    pub running: i64,
    /// How many of those were tried before.
    pub retried: i64,
    /// How many were given up in the last hour.
    pub failed_last_hour: i64,
    /// Half of them waited no longer, in seconds.
    pub wait_p50_seconds: Option<f64>,
    /// Nineteen of twenty waited no longer, in seconds.
    pub wait_p95_seconds: Option<f64>,
    /// Half of them ran no longer, in seconds.
    pub run_p50_seconds: Option<f64>,
    /// Nineteen of twenty ran no longer, in seconds.
    pub run_p95_seconds: Option<f64>,
}

impl TypeRow {
    /// The type with what it belongs to, where that says more.
    #[must_use]
    pub fn name(&self) -> String {
        let (namespace, name) = (
            self.namespace_name.first_line(),
            self.task_name.first_line(),
        );
        if namespace.is_empty() || namespace == name {
            name.to_owned()
        } else {
            format!("{namespace}/{name}")
        }
    }
}

/// What is known of why a task is stuck, from elsewhere than its own rows.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct HintRow {
    /// What, and what to do first.
    pub text: SafeText,
    /// `bad`, `warning` or `info`.
    pub severity: Option<SafeText>,
}

/// What part of the rows a session sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Scope {
    /// Whose: `tenant 7b1d2c9e-…`.
    pub seeing: SafeText,
    /// There may be others that are kept from it.
    pub may_hide: bool,
}
