//! What a story is made of: transitions, steps as they were, and investigations.

use serde_json::Value;

use super::catalog::StepPlan;

/// A transition, of the task or of the step with that index.
#[derive(Debug, Clone)]
pub(super) struct Beat {
    pub(super) step: Option<usize>,
    pub(super) from: Option<&'static str>,
    pub(super) to: &'static str,
    pub(super) at: f64,
    pub(super) processor: String,
    pub(super) reason: Option<String>,
    pub(super) metadata: Value,
    pub(super) phase: usize,
}

/// A step's columns at some moment.
#[derive(Debug, Clone)]
pub(super) struct StepNow {
    pub(super) plan: StepPlan,
    pub(super) state: &'static str,
    pub(super) attempts: i32,
    /// Longer than the plan's where the other side said "retry after".
    pub(super) backoff_base_ms: i64,
    pub(super) results: Option<Value>,
    pub(super) last_error: Option<String>,
    pub(super) attempted: Option<f64>,
    pub(super) failed: Option<f64>,
    pub(super) next_retry: Option<f64>,
    /// How many steps must be done before it, one after the other.
    pub(super) level: usize,
}

/// How a step goes wrong.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) step: usize,
    pub(super) error: String,
    /// What a retry does not cure fails at once.
    pub(super) permanent: bool,
}

/// A dead letter of the story.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) reason: &'static str,
    pub(super) original_state: &'static str,
    pub(super) opened: f64,
    pub(super) opened_by: String,
    pub(super) category: Option<String>,
    pub(super) closing: Option<Closing>,
}

/// How an investigation ended.
#[derive(Debug, Clone)]
pub(super) struct Closing {
    pub(super) at: f64,
    pub(super) status: &'static str,
    pub(super) by: &'static str,
    pub(super) notes: String,
    /// What was done to the step or the task before: action, name, state before, state after.
    pub(super) act: Option<(&'static str, String, &'static str, &'static str)>,
}

impl StepNow {
    pub(super) fn planned((plan, level): (StepPlan, usize)) -> Self {
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
pub(super) fn seconds(millis: i64) -> f64 {
    std::time::Duration::from_millis(millis.unsigned_abs()).as_secs_f64()
}

/// Seconds as milliseconds.
pub(super) fn whole_millis(seconds: f64) -> i64 {
    let millis = std::time::Duration::from_secs_f64(seconds.max(0.001)).as_millis();
    i64::try_from(millis).unwrap_or(i64::MAX)
}
