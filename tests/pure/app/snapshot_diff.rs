//! The snapshot of a task held against what it is now.

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::action::Action;
use dlqtop::app::detail::DetailScreen;
use dlqtop::app::detail::snapshot_diff::{Comparison, DiffValue, SnapshotDiff, compare};
use dlqtop::app::pane::Tab;
use dlqtop::data::model::{Detail, StepRow};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::rows::{detail, entry, minutes_ago, noon, opened, render, step, task_id};

/// The snapshot that the schema would make of these rows.
fn taken(detail: &Detail) -> Value {
    let steps: Vec<Value> = detail
        .steps
        .iter()
        .map(|step| {
            json!({
                "name": step.step_name,
                "state": step.current_state,
                "attempts": step.attempts,
                "max_attempts": step.max_attempts,
                "last_error": step.last_error,
                "parents": step.parents,
            })
        })
        .collect();
    json!({
        "task_uuid": detail.task.task_uuid,
        "namespace": detail.task.namespace_name,
        "task_name": detail.task.task_name,
        "version": detail.task.task_version,
        "current_state": detail.task.current_state,
        "time_in_state_minutes": 3.5,
        "priority": detail.task.priority,
        "steps": steps,
    })
}

fn known(detail: &Detail) -> Comparison {
    match compare(detail) {
        SnapshotDiff::Known(known) => known,
        other => panic!("{other:?}"),
    }
}

/// `what: then > now`, marked with `!` where they differ.
fn told(known: &Comparison) -> Vec<String> {
    let words = |fact: &DiffValue| match fact {
        DiffValue::Unknown => "?".to_owned(),
        DiffValue::Nothing => "-".to_owned(),
        DiffValue::Text(text) => text.to_string(),
        DiffValue::At(at) => at.format("%H:%M").to_string(),
    };
    let row = |row: &dlqtop::app::detail::snapshot_diff::Row| {
        let mark = if row.differs { "!" } else { " " };
        format!(
            "{mark}{}: {} > {}",
            row.what,
            words(&row.then),
            words(&row.now)
        )
    };
    known.rows.iter().map(row).collect()
}

#[test]
fn every_fact_is_there_then_and_now() {
    let mut then = detail();
    then.task.current_state = "waiting_for_retry".into();
    then.steps[2].current_state = "waiting_for_retry".into();
    then.steps[2].attempts = 2;
    then.steps[2].last_error = Some("timed out".into());
    then.steps[1].current_state = "in_progress".into();
    let mut now = detail();
    now.task_snapshot = Some(taken(&then));
    let known = known(&now);
    assert_eq!(
        told(&known),
        [
            "!task: waiting_for_retry > blocked_by_failures",
            " blocked by: charge_card > charge_card",
            "!its state: waiting_for_retry > error",
            "!attempts: 2 of 3 > 3 of 3",
            "!error: timed out > card_declined: insufficient funds",
            " next retry: ? > -",
            "!steps: 1 done, 6 open > 2 done, 5 open",
        ]
    );
    assert_eq!(
        known.also,
        ["reserve_stock was in_progress and is complete"],
        "what is in the table is not told twice"
    );
    assert_eq!(known.taken, Some(minutes_ago(93)));
    assert!(!known.closed && !known.is_unchanged());
}

#[test]
fn another_step_may_hold_it_up_now() {
    let mut then = detail();
    then.steps[2] = step(12, "charge_card", "complete", &["reserve_stock"]);
    then.steps[3] = step(123, "send_receipt", "error", &["charge_card"]);
    let mut now = detail();
    now.steps[2].current_state = "waiting_for_retry".into();
    now.steps[2].next_retry_at = Some(noon() + TimeDelta::minutes(6));
    now.task_snapshot = Some(taken(&then));
    let told = told(&known(&now));
    assert_eq!(told[1], "!blocked by: send_receipt > charge_card");
    assert_eq!(told[2], "!its state: error > waiting_for_retry");
    assert_eq!(told[5], " next retry: ? > 12:06", "it was not written down");
}

#[test]
fn what_was_not_written_down_is_no_difference() {
    let mut now = detail();
    now.task_snapshot = Some(json!({ "current_state": "blocked_by_failures", "steps": "none" }));
    let known = known(&now);
    assert!(known.is_unchanged(), "{known:?}");
    assert_eq!(told(&known)[1], " blocked by: ? > charge_card");
}

#[test]
fn steps_that_came_and_went_are_named() {
    let mut now = detail();
    let mut was = taken(&now);
    was["steps"][6]["name"] = json!("print_label");
    now.task_snapshot = Some(was);
    let also = known(&now).also;
    assert_eq!(also, ["print_label is no longer there", "1 step is new"]);
}

#[test]
fn the_open_entry_is_the_one_it_belongs_to() {
    let mut now = detail();
    now.entries = vec![entry(92, "manually_resolved"), entry(12, "pending")];
    now.entries[1].dlq_timestamp = minutes_ago(400);
    assert_eq!(known(&now).taken, Some(minutes_ago(400)));
    now.entries.pop();
    assert!(known(&now).closed);
}

#[test]
fn a_snapshot_that_says_nothing_is_called_so_on_both_pages() {
    let mut never = detail();
    never.task_snapshot = None;
    never.entries.clear();
    let mut cases = vec![(never, "no snapshot: nobody has sent it to the DLQ")];
    let snapshots = [
        (
            json!({ "too_large_to_show": "3 MB" }),
            "the snapshot is too large to",
        ),
        (
            json!({ "unreadable": "recursion limit" }),
            "recursion limit",
        ),
        (json!(["a", "list"]), "it is not a JSON object"),
        (json!("text"), "it is not a JSON object"),
        (json!({}), "it has neither the task's state nor its steps"),
    ];
    for (snapshot, words) in snapshots {
        let mut detail = detail();
        detail.task_snapshot = Some(snapshot);
        cases.push((detail, words));
    }
    for (detail, words) in cases {
        for tab in [Tab::Why, Tab::Snapshot] {
            let app = opened(detail.clone(), tab);
            let screen = render(&app, 120, 40).backend().to_string();
            assert!(screen.contains(words), "{words} on {tab:?} in {screen}");
        }
    }
}

#[test]
fn where_nothing_has_changed_both_pages_say_so() {
    let mut same = detail();
    same.task_snapshot = Some(taken(&same));
    for tab in [Tab::Why, Tab::Snapshot] {
        let screen = render(&opened(same.clone(), tab), 120, 40);
        let screen = screen.backend().to_string();
        assert!(screen.contains("nothing has changed since"), "{screen}");
        assert!(!screen.contains('≠'), "{screen}");
    }
}

fn steps() -> impl Strategy<Value = Vec<StepRow>> {
    const STATES: [&str; 10] = [
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
    let one = (
        0..STATES.len(),
        0..5_i32,
        any::<bool>(),
        any::<bool>(),
        any::<u8>(),
    );
    proptest::collection::vec(one, 0..8).prop_map(|all| {
        let row = |(n, (state, attempts, ready, fails, parents)): (
            usize,
            (usize, i32, bool, bool, u8),
        )| {
            let parents: Vec<String> = (0..n)
                .filter(|parent| parents & (1 << parent) != 0)
                .map(|parent| format!("step_{parent}"))
                .collect();
            let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
            let mut row = step(n as u128, &format!("step_{n}"), STATES[state], &parents);
            row.attempts = attempts;
            row.ready_for_execution = ready;
            row.last_error = fails.then(|| "it broke\nhere".into());
            row.blocked_by.clear();
            row
        };
        all.into_iter().enumerate().map(row).collect()
    })
}

const KEYS: &str = "steps|name|state|current_state|attempts|max_attempts|last_error|parents|\
                        next_retry_at|priority|snapshot_timestamp|too_large_to_show|.{0,6}";

/// JSON that has the right keys and anything in them.
fn hostile() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2026-01-01T10:27:00Z")),
        Just(json!("+262142-12-31T23:59:59Z")),
        Just(json!("charge_card")),
        Just(json!("waiting_for_retry")),
    ];
    leaf.prop_recursive(4, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((KEYS, inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_same_is_never_a_difference(steps in steps(), turned in 0..8_usize) {
        let mut same = detail();
        same.steps = steps;
        let mut was = taken(&same);
        // The order in which they are listed is no matter.
        if let Some(listed) = was["steps"].as_array_mut().filter(|listed| !listed.is_empty()) {
            let by = turned % listed.len();
            listed.rotate_left(by);
        }
        same.task_snapshot = Some(was);
        let known = known(&same);
        prop_assert!(known.is_unchanged(), "{known:?}");
        let mut screen = DetailScreen::new(task_id(12));
        screen.take(&Ok(Arc::new(Some(same))), noon());
        prop_assert!(screen.marks.is_empty(), "{:?}", screen.marks);
    }

    #[test]
    fn a_state_that_changed_is_always_a_difference(steps in steps(), which in 0..8_usize) {
        let mut now = detail();
        now.steps = steps;
        now.task_snapshot = Some(taken(&now));
        let last = now.steps.len();
        prop_assume!(last > 0);
        now.steps[which % last].current_state = "another".into();
        let known = known(&now);
        prop_assert!(!known.is_unchanged(), "{known:?}");
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn no_snapshot_makes_it_panic(
        whole in hostile(),
        steps in hostile(),
        one in hostile(),
        wide in 60..130_u16,
        wrap in any::<bool>(),
    ) {
        let shapes = [
            whole,
            json!({ "current_state": one, "steps": steps }),
            json!({ "steps": [steps, { "name": one, "state": one }, one] }),
        ];
        for shape in shapes {
            let mut bad = detail();
            bad.task_snapshot = Some(shape);
            let _ = compare(&bad);
            for tab in [Tab::Why, Tab::Snapshot] {
                let mut app = opened(bad.clone(), tab);
                app.session.view.wrap = wrap;
                let screen = render(&app, wide, 24).backend().to_string();
                prop_assert!(screen.contains("Snapshot"));
                for action in [Action::WalkGraph(1), Action::WalkGraph(-1), Action::Choose(1), Action::CopyMenu] {
                    app.update(action);
                    render(&app, wide, 24);
                }
            }
        }
    }
}
