//! One task in all its detail.

use dlqtop::data::model::{Detail, EntryRow, NoteRow, StepRow, TaskRow, TransitionRow};
use serde_json::json;
use uuid::Uuid;

use super::{entry_id, minutes_ago, step_id, task_id, text};

pub fn step(n: u128, name: &str, state: &str, parents: &[&str]) -> StepRow {
    let done = matches!(state, "complete" | "resolved_manually");
    StepRow {
        workflow_step_uuid: step_id(n),
        step_name: text(name),
        step_number: i32::try_from(n % 100).unwrap(),
        current_state: text(state),
        time_in_state_minutes: 93.0,
        dependencies_satisfied: parents.is_empty() || done || state == "error",
        retry_eligible: false,
        ready_for_execution: false,
        attempts: if state == "pending" { 0 } else { 3 },
        max_attempts: 3,
        timeout_seconds: Some(30),
        total_parents: i64::try_from(parents.len()).unwrap(),
        satisfied_parents: 0,
        next_retry_at: None,
        last_failure_at: None,
        last_error: None,
        parents: parents.iter().map(|name| text(name)).collect(),
        blocked_by: if state == "pending" {
            vec![text("charge_card")]
        } else {
            Vec::new()
        },
        results: None,
    }
}

pub fn entry(n: u128, status: &str) -> EntryRow {
    let closed = status != "pending";
    EntryRow {
        dlq_entry_uuid: entry_id(n),
        dlq_reason: text("max_retries_exceeded"),
        original_state: text("blocked_by_failures"),
        dlq_timestamp: minutes_ago(93),
        resolution_status: text(status),
        resolution_timestamp: closed.then(|| minutes_ago(60 * 24 * 9)),
        resolution_notes: closed
            .then(|| text("gateway had rotated its certificate; retried after the deploy")),
        resolved_by: closed.then(|| text("bo@desk")),
        owner: None,
        owned_until: None,
        snoozed_until: None,
        version: 1,
    }
}

fn task() -> TaskRow {
    TaskRow {
        task_uuid: task_id(12),
        namespace_name: text("payments"),
        task_name: text("charge_order"),
        task_version: text("1.2.0"),
        current_state: text("blocked_by_failures"),
        time_in_state_minutes: 93.0,
        staleness_threshold_minutes: None,
        task_age_minutes: 101.0,
        priority: 5,
        correlation_id: Uuid::from_u128(0xC0),
        initiator: Some(text("checkout")),
        minutes_since_namespace_finished: Some(22.0),
        can_requeue: None,
        same_error_elsewhere: 37,
        same_error_at_least: false,
    }
}

fn transitions() -> Vec<TransitionRow> {
    let transition = |minutes, step: Option<&str>, from: &str, to: &str| TransitionRow {
        created_at: minutes_ago(minutes),
        step_name: step.map(text),
        from_state: Some(text(from)),
        to_state: text(to),
        processor: Some(text("worker-3")),
        reason: None,
    };
    vec![
        transition(93, None, "evaluating_results", "blocked_by_failures"),
        transition(93, Some("charge_card"), "in_progress", "error"),
        transition(98, Some("charge_card"), "enqueued", "in_progress"),
        transition(101, None, "pending", "initializing"),
    ]
}

/// A step as a snapshot has it.
fn then(name: &str, state: &str, attempts: i32, parents: &[&str]) -> serde_json::Value {
    let error = (state == "waiting_for_retry").then_some("gateway timed out after 30 s");
    json!({
        "name": name,
        "state": state,
        "attempts": attempts,
        "max_attempts": 3,
        "last_error": error,
        "parents": parents,
    })
}

/// The task of entry 12: `charge_card` has failed three times and four steps wait for it.
pub fn detail() -> Detail {
    let mut failing = step(12, "charge_card", "error", &["reserve_stock"]);
    failing.last_error = Some(text(
        "card_declined: insufficient funds\n  at Gateway.charge (gateway.rs:214)\n  at Steps.run (steps.rs:88)",
    ));
    failing.last_failure_at = Some(minutes_ago(93));
    Detail {
        task: task(),
        hints: Vec::new(),
        steps: vec![
            step(121, "validate_order", "complete", &[]),
            step(122, "reserve_stock", "complete", &["validate_order"]),
            failing,
            step(123, "send_receipt", "pending", &["charge_card"]),
            step(124, "create_label", "pending", &["charge_card"]),
            step(125, "book_carrier", "pending", &["create_label"]),
            step(
                126,
                "notify_customer",
                "pending",
                &["send_receipt", "book_carrier"],
            ),
        ],
        transitions: transitions(),
        entries: vec![entry(12, "pending"), entry(92, "manually_resolved")],
        notes: vec![NoteRow {
            dlq_entry_uuid: entry_id(12),
            author: text("bo@desk"),
            at: minutes_ago(40),
            body: text("Asked the gateway's on-call; they see declines for one issuer only."),
        }],
        unredacted_snapshot: None,
        task_snapshot: Some(json!({
            "task_uuid": task_id(12),
            "namespace": "payments",
            "task_name": "charge_order",
            "current_state": "waiting_for_retry",
            "snapshot_timestamp": "2026-01-01T10:27:00Z",
            "lifecycle": {"max_waiting_for_retry_minutes": 60, "staleness_action": "dlq"},
            "steps": [
                then("validate_order", "complete", 1, &[]),
                then("reserve_stock", "in_progress", 1, &["validate_order"]),
                then("charge_card", "waiting_for_retry", 2, &["reserve_stock"]),
                then("send_receipt", "pending", 0, &["charge_card"]),
                then("create_label", "pending", 0, &["charge_card"]),
                then("book_carrier", "pending", 0, &["create_label"]),
                then("notify_customer", "pending", 0, &["send_receipt", "book_carrier"]),
            ],
        })),
    }
}
