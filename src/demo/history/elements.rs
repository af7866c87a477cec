//! What a story is made of: transitions, steps as they were, and investigations.

use serde_json::Value;

use crate::demo::catalog::StepPlan;

/// A transition, of the task or of the step with that index.
#[derive(Debug, Clone)]
pub(in crate::demo) struct Event {
    pub(in crate::demo) step: Option<usize>,
    pub(in crate::demo) from: Option<&'static str>,
    pub(in crate::demo) to: &'static str,
    pub(in crate::demo) at: f64,
    pub(in crate::demo) processor: String,
    pub(in crate::demo) reason: Option<String>,
    pub(in crate::demo) metadata: Value,
    pub(in crate::demo) phase: usize,
}

/// A step's columns at some moment.
#[derive(Debug, Clone)]
pub(in crate::demo) struct StepNow {
    pub(in crate::demo) plan: StepPlan,
    pub(in crate::demo) state: &'static str,
    pub(in crate::demo) attempts: i32,
    /// Longer than the plan's where the other side said "retry after".
    pub(in crate::demo) backoff_base_ms: i64,
    pub(in crate::demo) results: Option<Value>,
    pub(in crate::demo) last_error: Option<String>,
    pub(in crate::demo) attempted: Option<f64>,
    pub(in crate::demo) failed: Option<f64>,
    pub(in crate::demo) next_retry: Option<f64>,
    /// How many steps must be done before it, one after the other.
    pub(in crate::demo) level: usize,
}

/// How a step goes wrong.
#[derive(Debug, Clone)]
pub(in crate::demo) struct Failure {
    pub(in crate::demo) step: usize,
    pub(in crate::demo) error: String,
    /// What a retry does not cure fails at once.
    pub(in crate::demo) permanent: bool,
}

/// An entry of the story.
#[derive(Debug, Clone)]
pub(in crate::demo) struct StoryEntry {
    pub(in crate::demo) reason: &'static str,
    pub(in crate::demo) original_state: &'static str,
    pub(in crate::demo) opened: f64,
    pub(in crate::demo) opened_by: String,
    pub(in crate::demo) category: Option<String>,
    pub(in crate::demo) closing: Option<Closing>,
}

/// How an investigation ended.
#[derive(Debug, Clone)]
pub(in crate::demo) struct Closing {
    pub(in crate::demo) at: f64,
    pub(in crate::demo) status: &'static str,
    pub(in crate::demo) by: &'static str,
    pub(in crate::demo) notes: String,
    /// What was done to the step or the task before: action, name, state before, state after.
    pub(in crate::demo) act: Option<(&'static str, String, &'static str, &'static str)>,
}

impl StepNow {
    pub(in crate::demo) fn planned(plan: StepPlan, level: usize) -> Self {
        Self {
            backoff_base_ms: i64::from(plan.retry.backoff_base_ms),
            plan,
            state: "",
            attempts: 0,
            results: None,
            last_error: None,
            attempted: None,
            failed: None,
            next_retry: None,
            level,
        }
    }
}

/// Milliseconds as seconds.
pub(in crate::demo) fn seconds(millis: i64) -> f64 {
    std::time::Duration::from_millis(millis.unsigned_abs()).as_secs_f64()
}

/// Seconds as milliseconds.
pub(in crate::demo) fn whole_millis(seconds: f64) -> i64 {
    let millis = std::time::Duration::from_secs_f64(seconds.max(0.001)).as_millis();
    i64::try_from(millis).unwrap_or(i64::MAX)
}
