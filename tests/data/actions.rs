//! What operators do to steps and tasks, through the writing task.

use dlqtop::data::messages::command::{Change, ItemResult, StepVerb, Tally, TaskTarget, TaskVerb};
use dlqtop::data::model::TaskId;
use dlqtop::data::worker::Writer;
use support::database::Database;
use uuid::Uuid;

use crate::acting::{WHY, because, carry_out, one_step, target};
use crate::states::assert_tidy;

#[tokio::test]
async fn retry_puts_a_dead_task_back_to_work_and_it_completes() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    assert_eq!(db.state(dead.task).await, "error");

    let write = one_step(StepVerb::ResetForRetry, dead.task, dead.step, "error");
    let done = carry_out(&db, "ana@lap7", &write).await;

    assert_eq!(
        done,
        ItemResult::Done {
            now: "pending".into()
        }
    );
    assert_eq!(db.state(dead.task).await, "enqueuing_steps");
    for _ in 0..2 {
        db.run("select dlqtop.advance_tasks('orchestrator')").await;
        let step = db.claimed().await;
        db.run(&format!(
            "select dlqtop.finish_step('{step}', 'w1', '{{}}')"
        ))
        .await;
    }
    assert_eq!(db.state(dead.task).await, "complete");
    assert_tidy(&db).await;

    let logged: String = db
        .one(&format!(
            "select concat_ws('|', actor, action, subject, reason, before, after, outcome, batch, entry)
             from dlqtop.operator_log where subject_uuid = '{}'",
            dead.step
        ))
        .await;
    assert_eq!(
        logged,
        format!(
            "ana@lap7|reset_for_retry|pay/charge · first|gateway is back|error|pending|done|{}|{}",
            write.batch, dead.entry
        )
    );
}

#[tokio::test]
async fn the_second_operator_reads_who_was_first() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let write = one_step(StepVerb::ResetForRetry, dead.task, dead.step, "error");

    carry_out(&db, "ana", &write).await;
    let write = because(WHY, write.change);
    let second = carry_out(&db, "bob", &write).await;

    let ItemResult::Changed { by, at, now } = second else {
        panic!("{second:?}");
    };
    assert_eq!(by.unwrap(), "ana");
    assert!(at.is_some());
    assert_eq!(now, "pending");
    let attempts_to_write: Vec<String> = sqlx::query_scalar(
        "select actor || ' ' || outcome from dlqtop.operator_log order by log_id",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(attempts_to_write, ["ana done", "bob changed meanwhile"]);
}

#[tokio::test]
async fn two_operators_at_once_never_both_succeed() {
    let db = Database::new().await;
    db.template("{}").await;
    let mut letters = Vec::new();
    for _ in 0..25 {
        letters.push(db.dead_letter("HTTP 503").await);
    }
    let targets: Vec<_> = letters
        .iter()
        .map(|dead| target(dead.task, dead.step, "error"))
        .collect();
    let retry = because(WHY, Change::Steps(StepVerb::ResetForRetry, targets.clone()));
    let resolve = because(WHY, Change::Steps(StepVerb::ResolveManually, targets));

    let (mut ana, mut bob) = (
        Writer::new(&db.options, "ana".to_owned()),
        Writer::new(&db.options, "bob".to_owned()),
    );
    let (first, second) = tokio::join!(ana.carry_out(&retry), bob.carry_out(&resolve));

    for (one, other) in first.items.iter().zip(&second.items) {
        let done = [&one.result, &other.result]
            .iter()
            .filter(|result| matches!(result, ItemResult::Done { .. }))
            .count();
        let changed = [&one.result, &other.result]
            .iter()
            .filter(|result| matches!(result, ItemResult::Changed { by: Some(_), .. }))
            .count();
        assert_eq!((done, changed), (1, 1), "{one:?} {other:?}");
    }
    let transitions: i64 = db
        .one("select count(*) from tasker_workflow_step_transitions where metadata ? 'operator'")
        .await;
    assert_eq!(transitions, 25, "an act was applied twice or not at all");
    assert_tidy(&db).await;
}

#[tokio::test]
async fn resolving_the_failed_step_lets_the_next_one_run() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("schema mismatch").await;
    let write = one_step(StepVerb::ResolveManually, dead.task, dead.step, "error");
    carry_out(&db, "ana", &write).await;
    db.run("select dlqtop.advance_tasks('orchestrator')").await;
    let second = db.step(dead.task, "second").await;
    assert_eq!(db.claimed().await, second);
}

#[tokio::test]
async fn completing_by_hand_keeps_the_result() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("schema mismatch").await;
    let result = serde_json::json!({ "charge_id": "ch_1" });
    let write = one_step(
        StepVerb::CompleteManually(result),
        dead.task,
        dead.step,
        "error",
    );
    carry_out(&db, "ana", &write).await;
    let kept: String = db
        .one(&format!(
            "select results ->> 'charge_id' from tasker_workflow_steps
             where workflow_step_uuid = '{}'",
            dead.step
        ))
        .await;
    assert_eq!(kept, "ch_1");
    assert_eq!(db.step_state(dead.step).await, "complete");
}

#[tokio::test]
async fn cancelling_a_task_cancels_what_is_left_of_it() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let write = because(
        WHY,
        Change::Tasks(
            TaskVerb::Cancel,
            vec![TaskTarget {
                task: TaskId(dead.task),
                seen_state: "error".into(),
                label: "pay/charge".into(),
            }],
        ),
    );
    let done = carry_out(&db, "ana", &write).await;
    assert_eq!(
        done,
        ItemResult::Done {
            now: "cancelled".into()
        }
    );
    assert_eq!(db.state(dead.task).await, "cancelled");
    let left: i64 = db
        .one(
            "select count(*) from tasker_workflow_step_transitions
             where most_recent and to_state <> 'cancelled'",
        )
        .await;
    assert_eq!(left, 0);
    assert_tidy(&db).await;
}

#[tokio::test]
async fn an_act_that_does_not_apply_is_refused_in_words() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    let step = db.claimed().await;
    let write = one_step(StepVerb::ResetForRetry, task, step, "in_progress");
    let refused = carry_out(&db, "ana", &write).await;
    let ItemResult::Failed { why } = refused else {
        panic!("{refused:?}");
    };
    assert!(
        why.as_str()
            .contains("reset_for_retry does not apply to a step in in_progress"),
        "{why}"
    );
}

#[tokio::test]
async fn a_blank_reason_or_actor_changes_nothing() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let mut write = one_step(StepVerb::ResetForRetry, dead.task, dead.step, "error");
    let nobody = carry_out(&db, " ", &write).await;
    write.reason = " \t ".to_owned();
    let no_reason = carry_out(&db, "ana", &write).await;
    for (refused, words) in [
        (nobody, "the actor is blank"),
        (no_reason, "the reason is blank"),
    ] {
        let ItemResult::Failed { why } = refused else {
            panic!("{refused:?}");
        };
        assert!(why.as_str().contains(words), "{why}");
    }
    assert_eq!(db.step_state(dead.step).await, "error");
}

#[tokio::test]
async fn one_refusal_does_not_undo_the_others() {
    let db = Database::new().await;
    db.template("{}").await;
    let (one, two) = (db.dead_letter("a").await, db.dead_letter("b").await);
    let write = because(
        WHY,
        Change::Steps(
            StepVerb::ResetForRetry,
            vec![
                target(one.task, one.step, "error"),
                target(Uuid::nil(), Uuid::nil(), "error"),
                target(two.task, two.step, "error"),
            ],
        ),
    );
    let mut writer = Writer::new(&db.options, "ana".to_owned());
    let outcome = writer.carry_out(&write).await;
    let tally = Tally {
        done: 2,
        failed: 1,
        ..Tally::default()
    };
    assert_eq!(outcome.tally(), tally, "{outcome:?}");
}

#[tokio::test]
async fn a_task_whose_worker_finished_too_late_is_put_back_to_work() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.finished_too_late().await;
    assert_eq!(db.state(task).await, "error");

    let resume = because(
        WHY,
        Change::Tasks(
            TaskVerb::Requeue,
            vec![TaskTarget {
                task: TaskId(task),
                seen_state: "error".into(),
                label: "pay/charge".into(),
            }],
        ),
    );
    let done = carry_out(&db, "ana", &resume).await;
    assert_eq!(
        done,
        ItemResult::Done {
            now: "enqueuing_steps".into()
        }
    );
    db.run("select dlqtop.advance_tasks('orchestrator')").await;
    assert_eq!(db.claimed().await, db.step(task, "second").await);
    let second = carry_out(&db, "bob", &because(WHY, resume.change)).await;
    assert!(matches!(second, ItemResult::Changed { .. }), "{second:?}");
    assert_tidy(&db).await;
}

#[tokio::test]
async fn a_task_that_a_failed_step_blocks_is_not_resumed() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let resume = because(
        WHY,
        Change::Tasks(
            TaskVerb::Requeue,
            vec![TaskTarget {
                task: TaskId(dead.task),
                seen_state: "error".into(),
                label: "pay/charge".into(),
            }],
        ),
    );
    let ItemResult::Failed { why } = carry_out(&db, "ana", &resume).await else {
        panic!("resumed");
    };
    assert!(why.as_str().contains("retry or resolve that step"), "{why}");
    assert_eq!(db.state(dead.task).await, "error");
}

#[tokio::test]
async fn the_steps_of_a_task_that_has_ended_are_left_alone() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    db.run(&format!(
        "select dlqtop.cancel_task('{}', 'error', 'ana', 'called off')",
        dead.task
    ))
    .await;
    let result = serde_json::json!({});
    let write = one_step(
        StepVerb::CompleteManually(result),
        dead.task,
        dead.step,
        "cancelled",
    );
    let ItemResult::Failed { why } = carry_out(&db, "bob", &write).await else {
        panic!("done");
    };
    assert!(why.as_str().contains("the task is cancelled"), "{why}");
    assert_eq!(db.step_state(dead.step).await, "cancelled");
}

#[tokio::test]
async fn limits_are_set_for_one_step_and_logged() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    let step = db.step(task, "first").await;
    db.run(&format!(
        "select dlqtop.set_step_limits('{step}', 'enqueued', 'ana', 'slow today', 9, null)"
    ))
    .await;
    let logged: String = db
        .one("select before || ' -> ' || after || ': ' || outcome from dlqtop.operator_log")
        .await;
    assert_eq!(
        logged,
        "1 attempts, no timeout -> 9 attempts, no timeout: done"
    );
    let limits: Vec<i32> =
        sqlx::query_scalar("select max_attempts from tasker_workflow_steps order by step_number")
            .fetch_all(&db.pool)
            .await
            .unwrap();
    assert_eq!(limits, [9, 1]);
}

#[tokio::test]
async fn a_row_that_somebody_holds_is_busy_and_not_waited_for_long() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let mut other = db.pool.begin().await.unwrap();
    sqlx::query("select from tasker_tasks for update")
        .execute(&mut *other)
        .await
        .unwrap();
    let write = one_step(StepVerb::ResetForRetry, dead.task, dead.step, "error");
    let ItemResult::Failed { why } = carry_out(&db, "ana", &write).await else {
        panic!("done");
    };
    assert!(
        why.as_str()
            .contains("busy: another session holds that row"),
        "{why}"
    );
    let logged: String = db
        .one("select actor || ' ' || action || ' ' || outcome from dlqtop.operator_log")
        .await;
    assert!(
        logged.starts_with("ana reset_for_retry failed: "),
        "{logged}"
    );
}
