//! Cancelling a task ends its live steps with it: a worker would run an enqueued one all the same.

use std::collections::BTreeMap;
use std::time::Duration;

use dlqtop::data::messages::command::{ItemResult, TaskVerb};
use serde_json::{Value, json};
use support::eventually::eventually;
use uuid::Uuid;

use super::deployment::{Deployment, Stuck, carry_out, moved_by_tasker, on_task, task_is};
use super::server::{Reply, Server};

/// A task at work: its first step is done, its second in progress, its third enqueued.
async fn at_work() -> (Deployment, Stuck) {
    let (on, stuck) = Deployment::stuck().await;
    task_is(&on, "steps_in_process").await;
    moved_by_tasker(&on.db.pool, stuck.step, "pending").await;
    moved_by_tasker(&on.db.pool, stuck.step, "enqueued").await;
    moved_by_tasker(&on.db.pool, stuck.step, "in_progress").await;
    on.run("update tasker.workflow_steps set in_process = true where not processed")
        .await;
    moved_by_tasker(&on.db.pool, step(&on, "receipt").await, "enqueued").await;
    (on, stuck)
}

async fn step(on: &Deployment, name: &str) -> Uuid {
    on.one(&format!(
        "select workflow_step_uuid from tasker.workflow_steps
         join tasker.named_steps using (named_step_uuid) where name = '{name}'"
    ))
    .await
}

/// Whether somebody comes to wait for a lock.
async fn somebody_waits(on: &Deployment) -> bool {
    let waits = eventually(Duration::from_secs(20), async || {
        let waiting = "select exists (select from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock')";
        on.one::<bool>(waiting).await.then_some(())
    });
    waits.await.is_some()
}

/// Each step: its state, how many transitions are the present one, its flags, who cancelled it.
async fn steps(on: &Deployment) -> BTreeMap<String, Value> {
    let rows: Vec<(String, Value)> = sqlx::query_as(
        "select n.name::text, jsonb_build_array(
             max(st.to_state) filter (where st.most_recent), count(*) filter (where st.most_recent),
             s.in_process, s.processed, s.processed_at is not null,
             max(st.metadata ->> 'cancelled_by'), max(st.from_state) filter (where st.to_state = 'cancelled'))
         from tasker.workflow_steps s
         join tasker.named_steps n using (named_step_uuid)
         left join tasker.workflow_step_transitions st using (workflow_step_uuid)
         group by n.name, s.workflow_step_uuid",
    )
    .fetch_all(&on.db.pool)
    .await
    .unwrap();
    rows.into_iter().collect()
}

#[tokio::test]
async fn live_steps_are_cancelled_with_their_task_and_done_ones_stay() {
    let (on, stuck) = at_work().await;
    let cancel = on_task(TaskVerb::Cancel, stuck, "steps_in_process");
    for _ in 0..2 {
        let now = "cancelled".into();
        assert_eq!(
            carry_out(&on.site, "ana", &cancel).await,
            ItemResult::Done { now }
        );
    }
    let steps = steps(&on).await;
    assert_eq!(
        steps["capture"],
        json!(["cancelled", 1, false, true, true, "ana", "in_progress"])
    );
    assert_eq!(
        steps["receipt"],
        json!(["cancelled", 1, false, true, true, "ana", "enqueued"])
    );
    assert_eq!(
        steps["reserve"],
        json!(["complete", 1, false, true, false, null, null])
    );
    assert_eq!(on.task_states_after(7).await, ["cancelled"]);
}

#[tokio::test]
async fn a_step_that_has_no_transition_yet_is_cancelled_too() {
    let (on, stuck) = at_work().await;
    let bare = step(&on, "receipt").await;
    on.run(&format!(
        "delete from tasker.workflow_step_transitions where workflow_step_uuid = '{bare}'"
    ))
    .await;
    carry_out(
        &on.site,
        "ana",
        &on_task(TaskVerb::Cancel, stuck, "steps_in_process"),
    )
    .await;
    assert_eq!(
        steps(&on).await["receipt"],
        json!(["cancelled", 1, false, true, true, "ana", "pending"])
    );
}

#[tokio::test]
async fn a_task_that_has_changed_keeps_its_steps() {
    let (on, stuck) = at_work().await;
    let before = steps(&on).await;
    let result = carry_out(
        &on.site,
        "ana",
        &on_task(TaskVerb::Cancel, stuck, "evaluating_results"),
    )
    .await;
    assert!(matches!(result, ItemResult::Changed { .. }), "{result:?}");
    task_is(&on, "complete").await;
    let result = carry_out(
        &on.site,
        "ana",
        &on_task(TaskVerb::Cancel, stuck, "complete"),
    )
    .await;
    assert!(matches!(result, ItemResult::Failed { .. }), "{result:?}");
    assert_eq!(steps(&on).await, before);
}

#[tokio::test]
async fn a_step_that_a_worker_moves_in_the_same_moment_is_cancelled_all_the_same() {
    let (on, stuck) = at_work().await;
    let receipt = step(&on, "receipt").await;
    // The worker has begun to start the step, and has not committed.
    let mut worker = on.db.pool.begin().await.unwrap();
    sqlx::query(
        "update tasker.workflow_step_transitions set most_recent = false
         where workflow_step_uuid = $1 and most_recent",
    )
    .bind(receipt)
    .execute(&mut *worker)
    .await
    .unwrap();
    sqlx::query(
        "insert into tasker.workflow_step_transitions
             (workflow_step_uuid, from_state, to_state, metadata, sort_key, most_recent, created_at, updated_at)
         values ($1, 'enqueued', 'in_progress', '{}', 9, true, now() at time zone 'UTC', now() at time zone 'UTC')",
    )
    .bind(receipt)
    .execute(&mut *worker)
    .await
    .unwrap();
    let site = on.site.clone();
    let cancel = on_task(TaskVerb::Cancel, stuck, "steps_in_process");
    let cancelling = tokio::spawn(async move { carry_out(&site, "ana", &cancel).await });
    assert!(somebody_waits(&on).await);
    worker.commit().await.unwrap();
    let now = "cancelled".into();
    assert_eq!(cancelling.await.unwrap(), ItemResult::Done { now });
    assert_eq!(
        steps(&on).await["receipt"],
        json!(["cancelled", 1, false, true, true, "ana", "in_progress"])
    );
}

#[tokio::test]
async fn with_an_api_it_is_asked_to_delete_the_task() {
    let (on, stuck) = at_work().await;
    let server = Server::before(&on, stuck, Reply::Does).await;
    let site = on.acting_by(server.api()).await;
    let cancel = on_task(TaskVerb::Cancel, stuck, "steps_in_process");
    let now = "cancelled".into();
    assert_eq!(
        carry_out(&site, "ana", &cancel).await,
        ItemResult::Done { now }
    );
    let heard = server.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(
        (heard[0].line.as_str(), &heard[0].body),
        (
            format!("DELETE /v1/tasks/{} HTTP/1.1", stuck.task).as_str(),
            &Value::Null
        )
    );
    assert_eq!(
        site.source.route_note(&cancel.change).unwrap(),
        format!("by Tasker's API at {}", server.address)
    );
    let cancelled = steps(&on).await;
    assert_eq!(cancelled["receipt"][0], "cancelled");
}

#[tokio::test]
async fn a_lost_answer_to_a_deletion_is_done_if_the_database_shows_it() {
    let (on, stuck) = at_work().await;
    let server = Server::before(&on, stuck, Reply::DoesAndCuts).await;
    let site = on.acting_by(server.api()).await;
    let cancel = on_task(TaskVerb::Cancel, stuck, "steps_in_process");
    let now = "cancelled".into();
    assert_eq!(
        carry_out(&site, "ana", &cancel).await,
        ItemResult::Done { now }
    );
    assert_eq!(server.heard().len(), 1);
}
