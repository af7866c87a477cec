//! One act of one batch is done to one subject once.

use dlqtop::data::messages::command::{ItemResult, Pace};
use sqlx::AssertSqlSafe;
use support::database::Database;
use uuid::Uuid;

use super::Scene;

#[tokio::test]
async fn a_step_that_failed_again_is_not_reset_again_by_the_same_batch() {
    let scene = Scene::of(1, "HTTP 503").await;
    let step = scene.targets[0].step.0;
    let write = scene.retry(Pace::default());
    let done = ItemResult::Done {
        now: "pending".into(),
    };
    assert_eq!(scene.writer().carry_out(&write).await.items[0].result, done);
    scene
        .db
        .run("select dlqtop.advance_tasks('orchestrator')")
        .await;
    let claimed = scene.db.claimed().await;
    scene
        .db
        .run(&format!(
            "select dlqtop.fail_step('{claimed}', 'w1', 'HTTP 503', false)"
        ))
        .await;
    assert_eq!(
        (claimed, scene.db.step_state(step).await),
        (step, "error".into())
    );

    // As it was seen; but it is not the failure that was seen.
    assert_eq!(scene.writer().carry_out(&write).await.items[0].result, done);
    assert_eq!(scene.db.step_state(step).await, "error");
    assert_eq!(
        (scene.resets().await, scene.done_lines(write.batch).await),
        (1, 1)
    );

    let another = scene.retry(Pace::default());
    scene.writer().carry_out(&another).await;
    assert_eq!(scene.db.step_state(step).await, "pending");
    assert_eq!(scene.resets().await, 2);
}

/// Each act that takes a batch, in an order in which each applies. `{b}` is the batch.
#[rustfmt::skip]
const ACTS: [(&str, &str); 14] = [
    ("set_limits", "dlqtop.set_step_limits('{step}', 'error', 'ana', 'why', 5, 60, '{b}')"),
    ("add_note", "dlqtop.add_investigation_note('{entry}', 'ana', 'look', '{b}')"),
    ("own_entry", "dlqtop.own_entry('{entry}', 1, 'ana', 'why', 60, '{b}')"),
    ("release_entry", "dlqtop.release_entry('{entry}', 1, 'ana', 'why', '{b}')"),
    ("snooze_entry", "dlqtop.snooze_entry('{entry}', 1, 'ana', 'why', 60, null, '{b}')"),
    ("unsnooze_entry", "dlqtop.unsnooze_entry('{entry}', 1, 'ana', 'why', '{b}')"),
    ("reset_for_retry", "reset_for_retry('{step}', 'error', 'ana', 'why', '{b}')"),
    ("resolve_manually", "resolve_manually('{step}', 'pending', 'ana', 'why', '{b}')"),
    ("complete_manually", "complete_manually('{step}', 'resolved_manually', 'ana', 'why', '{}', '{b}')"),
    ("cancel", "dlqtop.cancel_step('{second}', '{second_state}', 'ana', 'why', '{b}')"),
    ("close_entry", "dlqtop.update_investigation('{entry}', 1, 'manually_resolved', 'ana', 'why', '{}', '{b}')"),
    ("reopen_entry", "dlqtop.reopen_investigation('{entry}', 2, 'ana', 'why', '{b}')"),
    ("cancel_task", "dlqtop.cancel_task('{task}', '{state}', 'ana', 'why', '{b}')"),
    ("send_to_dlq", "dlqtop.send_to_dlq('{other}', 'steps_in_process', 'ana', 'why', '{b}')"),
];

/// Everything that an act may write, so that any difference shows.
const WRITTEN: &str = "
    select md5(concat(
        (select string_agg(t::text, ',' order by t::text) from tasker_workflow_step_transitions t),
        (select string_agg(t::text, ',' order by t::text) from tasker_task_transitions t),
        (select string_agg(t::text, ',' order by t::text) from tasker_workflow_steps t),
        (select string_agg(t::text, ',' order by t::text) from tasker_tasks t),
        (select string_agg(t::text, ',' order by t::text) from tasker_tasks_dlq t),
        (select string_agg(t::text, ',' order by t::text) from dlqtop.notes t),
        (select string_agg(t::text, ',' order by t::text) from dlqtop.claims t),
        (select string_agg(t::text, ',' order by t::text) from dlqtop.snoozes t),
        (select string_agg(t::text, ',' order by t::text) from dlqtop.operator_log t)))";

async fn outcome(db: &Database, call: &str) -> (String, String) {
    sqlx::query_as(AssertSqlSafe(format!(
        "select outcome, now_state from {call}"
    )))
    .fetch_one(&db.pool)
    .await
    .unwrap_or_else(|error| panic!("{call}: {error}"))
}

#[tokio::test]
async fn every_act_that_is_asked_for_twice_answers_the_same_and_writes_nothing() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let second = db.step(dead.task, "second").await;
    let other = db.started().await;
    let batch = Uuid::now_v7();
    for (action, call) in ACTS {
        let call = call
            .replace("{b}", &batch.to_string())
            .replace("{step}", &dead.step.to_string())
            .replace("{second_state}", &db.step_state(second).await)
            .replace("{second}", &second.to_string())
            .replace("{entry}", &dead.entry.to_string())
            .replace("{task}", &dead.task.to_string())
            .replace("{state}", &db.state(dead.task).await)
            .replace("{other}", &other.to_string());
        let first = outcome(&db, &call).await;
        assert_eq!(first.0, "done", "{action}");
        let written: String = db.one(WRITTEN).await;
        assert_eq!(outcome(&db, &call).await, first, "{action}");
        assert_eq!(
            db.one::<String>(WRITTEN).await,
            written,
            "{action} wrote again"
        );
    }
    let logged: i64 = db.one("select count(*) from dlqtop.operator_log").await;
    assert_eq!(usize::try_from(logged).unwrap(), ACTS.len());
}

#[tokio::test]
async fn a_task_is_resumed_once_by_one_batch() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.finished_too_late().await;
    let call = format!(
        "dlqtop.resume_task('{task}', 'error', 'ana', 'why', '{}')",
        Uuid::now_v7()
    );
    let first = outcome(&db, &call).await;
    let written: String = db.one(WRITTEN).await;
    assert_eq!(outcome(&db, &call).await, first);
    assert_eq!(db.one::<String>(WRITTEN).await, written);
}

#[tokio::test]
async fn the_same_batch_sent_twice_at_once_is_done_once() {
    let scene = Scene::of(15, "HTTP 503").await;
    let write = scene.retry(Pace::default());
    let (mut one, mut other) = (scene.writer(), scene.writer());
    let (one, other) = tokio::join!(one.carry_out(&write), other.carry_out(&write));
    assert_eq!((one.tally().done, other.tally().done), (15, 15));
    assert_eq!(
        (scene.resets().await, scene.done_lines(write.batch).await),
        (15, 15)
    );
}

#[tokio::test]
async fn the_log_refuses_a_second_line_of_what_is_done_once() {
    let scene = Scene::of(1, "HTTP 503").await;
    let write = scene.retry(Pace::default());
    scene.writer().carry_out(&write).await;
    let again = "insert into dlqtop.operator_log
            (actor, action, subject, subject_uuid, reason, batch, outcome)
        select actor, action, subject, subject_uuid, reason, batch, outcome from dlqtop.operator_log";
    let refused = sqlx::query(again)
        .execute(&scene.db.pool)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("act_is_done_once"),
        "{refused}"
    );
}
