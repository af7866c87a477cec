//! Whatever key the page *Why stuck* names is taken by the dialog: over all states of tasks and steps, and
//! in every system.

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Verb};
use dlqtop::app::detail::diagnosis::diagnose_in;
use dlqtop::app::session::Session;
use dlqtop::data::model::{Detail, Snapshot, StepRow};
use dlqtop::data::source::{Source, SourceCatalog};
use support::rows::{detail, entry, heard, noon, place, snapshot, step, task_id};

const TASK_STATES: [&str; 17] = [
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
    "claimed",
    "running",
    "failed",
    "dead_letter",
    "completed",
];

const STEP_STATES: [&str; 10] = [
    "pending",
    "enqueued",
    "in_progress",
    "enqueued_for_orchestration",
    "enqueued_as_error_for_orchestration",
    "waiting_for_retry",
    "error",
    "complete",
    "cancelled",
    "resolved_manually",
];

fn verb_of(key: char) -> Verb {
    match key {
        'R' => Verb::Retry,
        'B' => Verb::Resolve,
        'X' => Verb::Cancel,
        'D' => Verb::SendToDlq,
        'U' => Verb::Close,
        'O' | 'C' => Verb::Claim,
        other => panic!("{other} is no key of an advice"),
    }
}

/// The task of the detail, opened in this system.
fn opened(source: &Arc<Source>, shown: &Detail) -> App {
    let mut app = App::new(Session {
        source: Arc::clone(source),
        ..place()
    });
    app.update(Action::Tick(noon()));
    app.open_task(task_id(12));
    app.update(heard(Snapshot {
        detail: Some((task_id(12), Ok(Arc::new(Some(shown.clone()))))),
        ..snapshot()
    }));
    app
}

/// What is named and refused, and how many keys are named.
#[derive(Default)]
struct Findings {
    named: usize,
    refused: Vec<String>,
}

/// Presses every key that is named.
fn check(source: &Arc<Source>, shown: &Detail, found: &mut Findings) {
    let verdict = diagnose_in(source, shown, noon());
    for key in verdict.advice.iter().filter_map(|advice| advice.key) {
        found.named += 1;
        let mut app = opened(source, shown);
        app.update(Action::Ask(verb_of(key)));
        if app.screen.popup.is_some() {
            continue;
        }
        let steps: Vec<&str> = (shown.steps.iter())
            .map(|step| step.current_state.as_str())
            .collect();
        let why = app.screen.notification.map(|it| it.text);
        let task = &shown.task;
        found.refused.push(format!(
            "{}: {key} for a task in {} with steps {steps:?} ({:?}): {why:?}",
            source.name, task.current_state, task.can_requeue
        ));
    }
}

/// A step in this state, and one that waits for it.
fn steps(state: &str, due_in: Option<i64>, attempts: i32) -> Vec<StepRow> {
    let mut first = step(12, "charge_card", state, &[]);
    first.attempts = attempts;
    first.next_retry_at = due_in.map(|seconds| noon() + TimeDelta::seconds(seconds));
    first.ready_for_execution = state == "pending";
    vec![first, step(13, "send_receipt", "pending", &["charge_card"])]
}

/// In how many seconds a step in this state is due, and how many attempts it had: a step that is not tried
/// again is the same whatever they are.
fn tries_of(state: &str) -> &'static [(Option<i64>, i32)] {
    match state {
        "pending" | "waiting_for_retry" | "error" => &[(None, 1), (Some(20), 1), (Some(-20), 3)],
        _ => &[(None, 1)],
    }
}

#[test]
fn what_is_advised_is_not_refused() {
    let mut found = Findings::default();
    for kind in SourceCatalog::embedded().kinds {
        let source = Arc::new(kind.plain());
        for state in TASK_STATES {
            for is_open in [true, false] {
                for minutes in [0.5, 93.0] {
                    for can_requeue in [None, Some(false), Some(true)] {
                        let mut shown = detail();
                        shown.task.current_state = state.into();
                        shown.task.time_in_state_minutes = minutes;
                        shown.task.staleness_threshold_minutes = Some(60.0);
                        shown.task.can_requeue = can_requeue;
                        shown.entries =
                            vec![entry(12, if is_open { "pending" } else { "cancelled" })];
                        if !source.has("steps") {
                            shown.steps.clear();
                            check(&source, &shown, &mut found);
                            continue;
                        }
                        for step_state in STEP_STATES {
                            for &(due_in, attempts) in tries_of(step_state) {
                                shown.steps = steps(step_state, due_in, attempts);
                                check(&source, &shown, &mut found);
                            }
                        }
                        shown.steps.clear();
                        check(&source, &shown, &mut found);
                    }
                }
            }
        }
    }
    found.refused.dedup();
    assert!(found.refused.is_empty(), "{:#?}", found.refused);
    assert!(found.named > 500, "{} keys were named", found.named);
}

#[test]
fn a_task_that_its_worker_is_at_is_not_to_be_retried() {
    let kinds = SourceCatalog::embedded().kinds.into_iter();
    let mut kinds = kinds.filter(|kind| kind.name == "task-orchestrator");
    let source = Arc::new(kinds.next().unwrap().plain());
    let mut shown = detail();
    shown.steps.clear();
    shown.entries.clear();
    shown.task.current_state = "running".into();
    let retries = |shown: &Detail| {
        let verdict = diagnose_in(&source, shown, noon());
        verdict.advice.iter().any(|advice| advice.key == Some('R'))
    };
    shown.task.can_requeue = Some(false);
    assert!(!retries(&shown));
    // And who presses the key is told before a dialog asks for a reason.
    let mut app = opened(&source, &shown);
    app.update(Action::Ask(Verb::Retry));
    assert!(app.screen.popup.is_none());
    let why = app.screen.notification.unwrap().text;
    assert!(why.contains("the task is running"), "{why}");
    shown.task.can_requeue = Some(true);
    assert!(retries(&shown));
}
