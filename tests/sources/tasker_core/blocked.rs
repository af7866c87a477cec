//! Tasks that are blocked by failures, or in error, and that nobody has opened an investigation for: they are
//! shown, and a retry of their step sets them free.

use dlqtop::app::action::Verb;
use dlqtop::app::writes::verb_plan::from_cli::{RequestedChange, exactly};
use dlqtop::app::writes::verb_plan::{Subject, plan};
use dlqtop::data::messages::command::{Change, ItemResult, StepVerb, TaskVerb};
use dlqtop::data::model::{Health, StalenessKey, StalenessRow};
use dlqtop::data::reads::queries;
use serde_json::{Value, json};

use super::deployment::{Deployment, carry_out, moved_by_tasker, on_step, on_task, task_is};

/// The last transition of the task in the fixture.
const LAST: i32 = 7;

async fn listed(on: &Deployment) -> Vec<StalenessRow> {
    let mut db = on.db.pool.acquire().await.unwrap();
    let rows = queries::staleness(&mut db, &on.site.source, &StalenessKey::START, 100).await;
    rows.unwrap()
}

/// The numbers that must agree: rows, the header's, the list's length, the namespaces'.
async fn stuck(on: &Deployment) -> (usize, i64, i64, i64) {
    let mut db = on.db.pool.acquire().await.unwrap();
    let counts = queries::counts(&mut db, &on.site.source).await.unwrap();
    let total = queries::staleness_total(&mut db, &on.site.source)
        .await
        .unwrap()
        .rows;
    let stats = queries::stats(&mut db, &on.site.source).await.unwrap();
    let in_namespaces = stats.namespaces.iter().map(|row| row.stale).sum();
    (listed(on).await.len(), counts.stale, total, in_namespaces)
}

#[tokio::test]
async fn a_stuck_task_without_an_investigation_is_shown_with_the_error_of_its_step() {
    for state in ["blocked_by_failures", "error"] {
        let (on, stuck_task) = Deployment::stuck().await;
        task_is(&on, state).await;
        assert_eq!(stuck(&on).await, (0, 0, 0, 0), "it is in the queue");
        on.run("delete from tasker.tasks_dlq").await;
        assert_eq!(stuck(&on).await, (1, 1, 1, 1), "{state}");
        let row = listed(&on).await.remove(0);
        assert_eq!(row.task_uuid.0, stuck_task.task);
        assert_eq!(row.current_state, state);
        assert_eq!(
            (row.health_status, row.sweep_takes, row.age_suspect),
            (Health::Stale, false, false)
        );
        assert_eq!(row.blocking_step.as_ref().unwrap(), "capture");
        let error = row.blocking_error.as_ref().unwrap();
        assert!(error.as_str().starts_with("HTTP 503"), "{error}");
        assert_eq!(row.condition.as_ref().unwrap(), "no investigation");
        // There is no limit that it is over: it is overdue since it got there.
        assert!(row.staleness_threshold_minutes.abs() < 1e-9);
        assert!((row.minutes_to_breach + row.time_in_state_minutes).abs() < 0.1);
    }
}

#[tokio::test]
async fn once_an_investigation_was_closed_it_is_dealt_with_until_it_fails_anew() {
    let (on, _) = Deployment::stuck().await;
    task_is(&on, "blocked_by_failures").await;
    on.run(
        "update tasker.tasks_dlq set resolution_status = 'permanently_failed',
             resolution_timestamp = now() at time zone 'UTC', resolved_by = 'ben'",
    )
    .await;
    assert_eq!(stuck(&on).await, (0, 0, 0, 0));
    on.run(
        "update tasker.tasks_dlq set resolution_timestamp = now() at time zone 'UTC' - interval '2 hours'",
    )
    .await;
    assert_eq!(stuck(&on).await, (1, 1, 1, 1));
}

#[tokio::test]
async fn a_stuck_task_of_the_future_is_shown_as_suspect() {
    let (on, _) = Deployment::stuck().await;
    on.run(
        "delete from tasker.tasks_dlq;
         update tasker.task_transitions set created_at = now() + interval '3 hours' where most_recent",
    )
    .await;
    let row = listed(&on).await.remove(0);
    assert_eq!(
        (row.health_status, row.age_suspect),
        (Health::Unknown, true)
    );
    let mut db = on.db.pool.acquire().await.unwrap();
    let counts = queries::counts(&mut db, &on.site.source).await.unwrap();
    assert_eq!((counts.stale, counts.suspect), (0, 1));
}

#[tokio::test]
async fn a_retry_gives_a_blocked_task_up_and_resets_it_so_that_it_is_picked_up() {
    let (on, stuck) = Deployment::stuck().await;
    task_is(&on, "blocked_by_failures").await;
    let write = on_step(StepVerb::ResetForRetry, stuck, "error");
    for _ in 0..2 {
        let done = carry_out(&on.site, "ana@lap", &write).await;
        assert_eq!(done, now("pending"));
    }
    assert_eq!(on.task_states_after(LAST).await, ["error", "pending"]);
    let last: Value = on
        .one(
            "select jsonb_build_array(
                 count(*) filter (where most_recent), max(from_state) filter (where most_recent),
                 string_agg(transition_metadata ->> 'event', ' ' order by sort_key),
                 max(transition_metadata ->> 'reset_by'), max(transition_metadata ->> 'reason'))
             from tasker.task_transitions where sort_key > 7 or most_recent",
        )
        .await;
    assert_eq!(
        last,
        json!([1, "error", "GiveUp Reset", "ana@lap", "gateway is back"])
    );
}

#[tokio::test]
async fn a_resolved_step_frees_its_task_once_no_other_step_has_failed() {
    for verb in [
        StepVerb::ResolveManually,
        StepVerb::CompleteManually(json!({"paid": 1})),
    ] {
        let (on, stuck) = Deployment::stuck().await;
        task_is(&on, "blocked_by_failures").await;
        let other = on
            .one(
                "select workflow_step_uuid from tasker.workflow_steps
                 join tasker.named_steps using (named_step_uuid) where name = 'receipt'",
            )
            .await;
        moved_by_tasker(&on.db.pool, other, "error").await;
        carry_out(&on.site, "ana", &on_step(verb.clone(), stuck, "error")).await;
        assert!(on.task_states_after(LAST).await.is_empty(), "{verb:?}");
        let mut other_step = stuck;
        other_step.step = other;
        carry_out(&on.site, "ana", &on_step(verb, other_step, "error")).await;
        assert_eq!(on.task_states_after(LAST).await, ["error", "pending"]);
    }
}

#[tokio::test]
async fn a_blocked_task_whose_steps_need_nothing_is_requeued_by_way_of_error() {
    let (on, stuck) = Deployment::stuck().await;
    task_is(&on, "blocked_by_failures").await;
    let requeue = on_task(TaskVerb::Requeue, stuck, "blocked_by_failures");
    let refused = carry_out(&on.site, "ana", &requeue).await;
    assert!(matches!(refused, ItemResult::Failed { .. }), "{refused:?}");
    assert!(on.task_states_after(LAST).await.is_empty());
    // Somebody has retried the step in another way.
    moved_by_tasker(&on.db.pool, stuck.step, "pending").await;
    assert_eq!(carry_out(&on.site, "ana", &requeue).await, now("pending"));
    assert_eq!(on.task_states_after(LAST).await, ["error", "pending"]);
    let present: i64 = on
        .one("select count(*) from tasker.task_transitions where most_recent and to_state = 'pending'")
        .await;
    assert_eq!(present, 1);
}

#[tokio::test]
async fn what_a_retry_means_for_the_task_is_said_before_it_is_confirmed() {
    let (on, stuck) = Deployment::stuck().await;
    let remark = |verb: StepVerb, state: &str| {
        let change = on_step(verb, stuck, "error").change;
        on.site.source.remark(&change, state).map(str::to_owned)
    };
    for (verb, state, says) in [
        (
            StepVerb::ResetForRetry,
            "blocked_by_failures",
            "given up and reset to pending",
        ),
        (
            StepVerb::ResolveManually,
            "blocked_by_failures",
            "given up and reset to pending",
        ),
        (
            StepVerb::ResetForRetry,
            "error",
            "requeue the task afterwards",
        ),
    ] {
        let said = remark(verb, state).unwrap();
        assert!(said.contains(says), "{said}");
    }
    assert_eq!(remark(StepVerb::ResetForRetry, "waiting_for_retry"), None);
}

#[tokio::test]
async fn the_row_of_a_stuck_task_offers_a_retry_with_a_remark_and_then_to_requeue_it() {
    let (on, stuck) = Deployment::stuck().await;
    task_is(&on, "blocked_by_failures").await;
    on.run("delete from tasker.tasks_dlq").await;
    let source = &on.site.source;
    let row = Subject::of_stale(&listed(&on).await.remove(0));
    let retry = plan(Verb::Retry, std::slice::from_ref(&row), source);
    assert!(
        matches!(&retry.change, Change::Steps(StepVerb::ResetForRetry, steps) if steps.len() == 1)
    );
    assert_eq!(retry.remarks.len(), 1);
    assert!(
        retry.remarks[0].contains("given up and reset"),
        "{:?}",
        retry.remarks
    );
    let requeue = RequestedChange::Tasks(TaskVerb::Requeue);
    assert_eq!(exactly(&requeue, &[row], source).change.count(), 0);

    moved_by_tasker(&on.db.pool, stuck.step, "pending").await;
    let row = Subject::of_stale(&listed(&on).await.remove(0));
    assert_eq!(
        exactly(&requeue, std::slice::from_ref(&row), source)
            .change
            .count(),
        1
    );
    let again = plan(Verb::Retry, &[row], source);
    assert!(matches!(&again.change, Change::Tasks(TaskVerb::Requeue, tasks) if tasks.len() == 1));
}

fn now(state: &str) -> ItemResult {
    ItemResult::Done { now: state.into() }
}
