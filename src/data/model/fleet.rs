//! Workers, queues, and the source's own alerts.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;

use crate::data::model::any_instant::AnyInstant;
use crate::data::model::safe_text::SafeText;

/// A worker, or all workers of a namespace if single ones are not known.
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
    /// A remark about it: `leader`, `second leader`.
    pub condition: Option<SafeText>,
    /// Seconds since its last heartbeat.
    pub seen_seconds: Option<f64>,
    /// How many tasks it is working on.
    pub busy: Option<i64>,
    /// How many tasks it can work on at a time.
    pub size: Option<i64>,
    /// Whether it leads the others.
    pub is_leader: bool,
    /// Seconds until its lease ends; negative once it has.
    pub lease_seconds: Option<f64>,
    /// Its program's version.
    pub version: Option<SafeText>,
    /// When it began.
    #[sqlx(try_from = "AnyInstant")]
    pub started_at: Option<DateTime<Utc>>,
    /// How much it has finished in the last hour.
    pub finished_last_hour: Option<i64>,
    /// How much has failed there in the last hour.
    pub failed_last_hour: Option<i64>,
}

/// Whether a worker leads the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lease {
    /// It does not, and did not.
    None,
    /// It leads, for so many seconds more where that is known. A lease of more than a year says nothing of the
    /// time: some systems count nanoseconds as seconds.
    Leads(Option<f64>),
    /// It led until its lease ran out, so many seconds ago.
    RanOut(f64),
    /// It led until it died; its lease may still keep the others from leading.
    Died,
}

impl WorkerRow {
    /// Whether it leads: with a lease that has not run out, and alive.
    #[must_use]
    pub fn lease(&self) -> Lease {
        const YEAR: f64 = 366.0 * 86_400.0;
        match self.lease_seconds {
            _ if !self.is_leader => Lease::None,
            Some(left) if left <= 0.0 => Lease::RanOut(-left),
            _ if self.health == *"dead" => Lease::Died,
            left => Lease::Leads(left.filter(|left| *left < YEAR)),
        }
    }
}

/// A queue of the broker's.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct QueueDepthRow {
    /// Its name.
    pub name: SafeText,
    /// How many messages wait in it.
    pub depth: i64,
    /// Seconds the oldest of them has waited; `None` if none waits, or if nobody knows.
    pub oldest_seconds: Option<f64>,
    /// Seconds since the oldest was first seen, by the samples, where nobody knows more.
    #[sqlx(skip)]
    pub at_least_seconds: Option<f64>,
    /// How many are delayed.
    pub delayed: Option<i64>,
    /// What is routed there.
    pub routes: Vec<SafeText>,
    /// How many entries came from it and are open.
    pub failed: i64,
    /// The number of the oldest message that waits, where the broker numbers them in their order.
    #[sqlx(default)]
    #[serde(skip)]
    pub oldest_message: Option<i64>,
    /// The number of the newest.
    #[sqlx(default)]
    #[serde(skip)]
    pub newest_message: Option<i64>,
    /// Seconds after which a message that waits is late.
    #[sqlx(default)]
    #[serde(skip)]
    pub late_seconds: Option<f64>,
}

/// Which messages waited in a queue when it was looked at, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The queue.
    pub queue: SafeText,
    /// How many waited.
    pub depth: i64,
    /// The number of the newest.
    pub newest_message: i64,
}

impl QueueDepthRow {
    /// How long the oldest message has waited, in words: nothing if none waits, `unknown` if nobody knows,
    /// `≥ 14m` if it was there 14 minutes ago.
    #[must_use]
    pub fn oldest(&self, in_words: impl Fn(f64) -> String) -> String {
        match (self.oldest_seconds, self.at_least_seconds) {
            _ if self.depth == 0 => String::new(),
            (Some(seconds), _) => in_words(seconds),
            (None, Some(seconds)) => format!("≥{}", in_words(seconds)),
            (None, None) => "unknown".to_owned(),
        }
    }

    /// What is to be kept of it: where the broker does not say since when its messages wait.
    #[must_use]
    pub fn sighting(&self) -> Option<Sighting> {
        (self.depth > 0 && self.oldest_seconds.is_none()).then_some(())?;
        Some(Sighting {
            queue: self.name.clone(),
            depth: self.depth,
            newest_message: self.newest_message?,
        })
    }
}

/// An alert of the source itself.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct AlertRow {
    /// Its key.
    pub alert: SafeText,
    /// Whether it is over its limit now.
    pub over: bool,
    /// The number that is compared with the limit.
    pub value: Option<f64>,
    /// What to say, in a few words.
    pub text: SafeText,
    /// `warning` if it can wait until tomorrow.
    #[sqlx(default)]
    pub severity: Option<SafeText>,
}

/// Workers, queues and alerts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Fleet {
    /// Workers, the worst first.
    pub workers: Vec<WorkerRow>,
    /// Queues, the deepest first.
    pub queues: Vec<QueueDepthRow>,
    /// The source's own alerts.
    pub alerts: Vec<AlertRow>,
}

impl Fleet {
    /// How many workers and queues a poll reads.
    pub const MAX_ROWS: usize = 200;
}

/// Tasks of one type.
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
    /// Median wait, in seconds.
    pub wait_p50_seconds: Option<f64>,
    /// 95th percentile of the wait, in seconds.
    pub wait_p95_seconds: Option<f64>,
    /// Median run time, in seconds.
    pub run_p50_seconds: Option<f64>,
    /// 95th percentile of the run time, in seconds.
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

/// A hint why a task is stuck, from outside its own rows.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct HintRow {
    /// The cause, and what to do first.
    pub text: SafeText,
    /// `bad`, `warning` or `info`.
    pub severity: Option<SafeText>,
}

/// Which part of the rows a session sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Scope {
    /// Whose: `tenant 7b1d2c9e-…`.
    pub seeing: SafeText,
    /// There may be others that it does not see.
    pub may_hide: bool,
}
