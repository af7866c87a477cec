//! What the rules say, told once more and independently of the SQL: which moves there are, and what
//! a task becomes of its steps.

/// What every task state may lead to. `error` only by an operator's act.
const TASK_MOVES: &[(&str, &[&str])] = &[
    ("pending", &["initializing"]),
    ("initializing", &["enqueuing_steps"]),
    ("enqueuing_steps", &["steps_in_process"]),
    // `error` is the sweep's
    ("steps_in_process", &["evaluating_results", "error"]),
    (
        "evaluating_results",
        &[
            "enqueuing_steps",
            "waiting_for_dependencies",
            "waiting_for_retry",
            "blocked_by_failures",
            "complete",
            "error",
        ],
    ),
    ("waiting_for_dependencies", &["evaluating_results", "error"]),
    ("waiting_for_retry", &["enqueuing_steps", "error"]),
    (
        "blocked_by_failures",
        &["error", "resolved_manually", "enqueuing_steps"],
    ),
];
const TASK_BY_OPERATOR: &[(&str, &[&str])] = &[(
    "error",
    &[
        "waiting_for_dependencies",
        "enqueuing_steps",
        "pending",
        "cancelled",
    ],
)];
const STEP_MOVES: &[(&str, &[&str])] = &[
    ("pending", &["enqueued"]),
    ("enqueued", &["in_progress"]),
    (
        "in_progress",
        &[
            "enqueued_for_orchestration",
            "enqueued_as_error_for_orchestration",
            "complete",
            "error",
            "waiting_for_retry",
        ],
    ),
    ("enqueued_for_orchestration", &["complete"]),
    (
        "enqueued_as_error_for_orchestration",
        &["error", "waiting_for_retry"],
    ),
    ("waiting_for_retry", &["pending"]),
    ("error", &["pending"]),
];
pub const TASK_STATES: [&str; 12] = [
    "pending",
    "initializing",
    "enqueuing_steps",
    "steps_in_process",
    "evaluating_results",
    "waiting_for_dependencies",
    "waiting_for_retry",
    "blocked_by_failures",
    "complete",
    "error",
    "cancelled",
    "resolved_manually",
];
pub const STEP_STATES: [&str; 10] = [
    "pending",
    "enqueued",
    "in_progress",
    "enqueued_for_orchestration",
    "enqueued_as_error_for_orchestration",
    "waiting_for_retry",
    "complete",
    "error",
    "cancelled",
    "resolved_manually",
];

fn leads(moves: &[(&str, &[&str])], from: &str, to: &str) -> bool {
    moves
        .iter()
        .any(|(state, next)| *state == from && next.contains(&to))
}

fn has_ended(task: &str) -> bool {
    ["complete", "cancelled", "resolved_manually"].contains(&task)
}

fn is_satisfied(step: &str) -> bool {
    ["complete", "resolved_manually"].contains(&step)
}

/// Whether a task may go there.
pub fn task_may(from: Option<&str>, to: &str, by_operator: bool) -> bool {
    let Some(from) = from else {
        return to == "pending";
    };
    leads(TASK_MOVES, from, to)
        || (to == "cancelled" && !has_ended(from) && from != "error")
        || (by_operator && leads(TASK_BY_OPERATOR, from, to))
}

/// Whether a step may go there.
pub fn step_may(from: Option<&str>, to: &str, by_operator: bool) -> bool {
    let Some(from) = from else {
        return to == "pending";
    };
    leads(STEP_MOVES, from, to)
        || (to == "cancelled" && !is_satisfied(from) && from != "cancelled")
        || (by_operator && to == "complete" && from != "complete")
        || (by_operator && to == "resolved_manually" && !is_satisfied(from) && from != "cancelled")
}

/// A step, as far as the task depends on it.
#[derive(Debug, Clone)]
pub struct Step {
    pub state: &'static str,
    pub retryable: bool,
    pub attempts: i32,
    pub max_attempts: i32,
    /// Whether its time to run again is still to come.
    pub not_yet: bool,
    /// Its parents, by their place before it.
    pub parents: Vec<usize>,
}

impl Step {
    fn is_eligible(&self) -> bool {
        self.attempts == 0 || (self.retryable && self.attempts < self.max_attempts)
    }

    fn is_ready(&self, all: &[Self]) -> bool {
        ["pending", "waiting_for_retry"].contains(&self.state)
            && self.parents.iter().all(|at| is_satisfied(all[*at].state))
            && self.is_eligible()
            && !self.not_yet
    }

    fn is_with_workers(&self) -> bool {
        self.state.starts_with("enqueued") || self.state == "in_progress"
    }

    fn retries(&self) -> bool {
        self.state == "waiting_for_retry" && self.is_eligible()
    }

    fn has_failed(&self) -> bool {
        ["error", "cancelled", "waiting_for_retry"].contains(&self.state)
    }
}

/// What the steps ask for.
fn asked_for(steps: &[Step]) -> &'static str {
    let any = |holds: &dyn Fn(&Step) -> bool| steps.iter().any(holds);
    if steps.iter().all(|step| is_satisfied(step.state)) {
        "complete"
    } else if any(&|step| step.is_ready(steps)) {
        "enqueuing_steps"
    } else if any(&Step::is_with_workers) {
        "steps_in_process"
    } else if any(&Step::retries) {
        "waiting_for_retry"
    } else if any(&Step::has_failed) {
        "blocked_by_failures"
    } else {
        "waiting_for_dependencies"
    }
}

/// What a task becomes when its steps have changed.
pub fn becomes(present: &'static str, steps: &[Step], by_operator: bool) -> &'static str {
    let target = asked_for(steps);
    let works = ["enqueuing_steps", "steps_in_process"].contains(&target);
    match present {
        ended if has_ended(ended) => ended,
        "error" if !by_operator || target == "blocked_by_failures" => "error",
        // On its way to its queue already.
        "pending" | "initializing" | "enqueuing_steps" if works => present,
        // It hands out what is ready before it is with the workers again.
        "waiting_for_retry" | "blocked_by_failures" if works => "enqueuing_steps",
        _ => target,
    }
}
