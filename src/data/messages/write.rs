//! A change that an operator has confirmed.

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use crate::data::messages::change::Change;
use crate::data::redaction;

/// How a bulk change is carried out. The default: all subjects, as fast as the database answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// The first one alone; the others follow if it succeeds within this time.
    pub canary: Option<Duration>,
    /// Subjects a second, at most.
    pub per_second: Option<f64>,
    /// Halt once this many retried steps fail again with the error they had.
    pub halt_after: Option<u32>,
}

fn without_secrets<S: Serializer>(reason: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&redaction::text(reason))
}

/// A change with its reason. The actor is the worker's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// Names this write in the operators' log; the same for every subject.
    pub batch: Uuid,
    /// What to do.
    pub change: Change,
    /// Why; never blank. A journal keeps it without secrets.
    #[serde(serialize_with = "without_secrets")]
    pub reason: String,
    /// How fast, and what stops it.
    #[serde(default)]
    pub pace: Pace,
}
