//! The acts as commands: what they do, what they refuse, and with which exit code.

mod chosen;

use serde_json::Value;
use support::database::Database;
use support::dlqtop::{Run, asked};
use support::scene::DeadLetter;
use uuid::Uuid;

const WHY: &str = "card processor is back";

/// A database with so many dead letters of `pay/charge`.
async fn letters(count: usize) -> (Database, Vec<DeadLetter>) {
    let db = Database::new().await;
    db.template("{}").await;
    let mut letters = Vec::new();
    for n in 0..count {
        letters.push(db.dead_letter(&format!("card_declined: {n}")).await);
    }
    (db, letters)
}

/// Runs an act with a reason and without a question.
fn acted(db: &Database, arguments: &[&str]) -> Run {
    let mut all = arguments.to_vec();
    all.extend(["--reason", WHY, "--yes", "--as", "ana@lap7"]);
    asked(&db.url(), &all)
}

async fn entry_status(db: &Database, entry: Uuid) -> String {
    db.one(&format!(
        "select resolution_status::text from tasker_tasks_dlq where dlq_entry_uuid = '{entry}'"
    ))
    .await
}

async fn log_lines(db: &Database) -> i64 {
    db.one("select count(*) from dlqtop.operator_log").await
}

async fn transitions(db: &Database) -> i64 {
    db.one("select count(*) from tasker_workflow_step_transitions")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_retried_by_its_id_or_that_of_its_task_or_entry() {
    let (db, letters) = letters(3).await;
    let [a, b, c] = [
        letters[0].step.to_string(),
        letters[1].task.to_string(),
        letters[2].entry.to_string(),
    ];
    let run = acted(&db, &["step", "retry", &a, &b, &c]);
    let out = run.expect_answer();
    assert!(out.contains("Retry 3 steps."), "{out}");
    assert!(out.contains("3 sent; batch "), "{out}");
    for letter in &letters {
        let state = db.step_state(letter.step).await;
        assert!(["pending", "enqueued"].contains(&state.as_str()), "{state}");
    }
    let by: i64 = db
        .one(&format!(
            "select count(*) from dlqtop.operator_log where actor = 'ana@lap7' and reason = '{WHY}'
             and action = 'reset_for_retry' and outcome = 'done'"
        ))
        .await;
    assert_eq!(by, 3);
    let batches: i64 = db
        .one("select count(distinct batch) from dlqtop.operator_log")
        .await;
    assert_eq!(batches, 1, "one act, one batch");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_act_does_what_it_says() {
    let (db, letters) = letters(5).await;
    let id = |at: usize| letters[at].entry.to_string();
    let step = |at: usize| letters[at].step;
    acted(&db, &["step", "resolve", &id(0)]).expect_answer();
    assert_eq!(db.step_state(step(0)).await, "resolved_manually");
    acted(
        &db,
        &["step", "complete", &id(1), "--result", r#"{"paid": 1}"#],
    )
    .expect_answer();
    assert_eq!(db.step_state(step(1)).await, "complete");
    let result: String = db
        .one(&format!(
            "select results ->> 'paid' from tasker_workflow_steps where workflow_step_uuid = '{}'",
            step(1)
        ))
        .await;
    assert_eq!(result, "1");
    acted(&db, &["step", "cancel", &id(2)]).expect_answer();
    assert_eq!(db.step_state(step(2)).await, "cancelled");
    acted(&db, &["task", "cancel", &id(3)]).expect_answer();
    assert_eq!(db.state(letters[3].task).await, "cancelled");

    let note = acted(&db, &["entry", "note", &id(4)]);
    note.expect_answer();
    let notes: i64 = db.one("select count(*) from dlqtop.notes").await;
    assert_eq!(notes, 1);
    for (at, status) in ["manually_resolved", "permanently_failed", "cancelled"]
        .into_iter()
        .enumerate()
    {
        acted(&db, &["entry", "close", &id(at), "--status", status]).expect_answer();
        assert_eq!(entry_status(&db, letters[at].entry).await, status);
    }
    // Its investigation is closed now: another can be opened by hand.
    let task = letters[0].task.to_string();
    acted(&db, &["task", "dlq", &task]).expect_answer();
    let open: i64 = db
        .one("select count(*) from tasker_tasks_dlq where dlq_reason = 'manual_dlq'")
        .await;
    assert_eq!(open, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn investigations_are_owned_snoozed_and_reopened() {
    let (db, letters) = letters(1).await;
    let id = letters[0].entry.to_string();
    acted(&db, &["entry", "claim", &id, "--for", "2h"]).expect_answer();
    let minutes: f64 = db
        .one("select extract(epoch from expires_at - now())::float8 / 60 from dlqtop.claims")
        .await;
    assert!((119.0..=120.0).contains(&minutes), "{minutes}");
    let bo = asked(
        &db.url(),
        &[
            "entry", "claim", &id, "--reason", WHY, "--yes", "--as", "bo",
        ],
    );
    assert_eq!(bo.code, Some(1), "{bo:?}");
    assert!(bo.stdout.contains("owned by ana@lap7"), "{bo:?}");
    acted(&db, &["entry", "release", &id]).expect_answer();
    acted(&db, &["entry", "snooze", &id, "--for", "15m"]).expect_answer();
    let until: i64 = db.one("select count(*) from v_dlq_snoozes").await;
    assert_eq!(until, 1);
    acted(&db, &["entry", "unsnooze", &id]).expect_answer();
    acted(
        &db,
        &["entry", "snooze", &id, "--until", "2001-01-01T00:00:00Z"],
    );
    acted(&db, &["entry", "close", &id, "--status", "cancelled"]).expect_answer();
    let again = acted(&db, &["entry", "close", &id, "--status", "cancelled"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(
        again.stdout.contains("its investigation is closed"),
        "{again:?}"
    );
    acted(&db, &["entry", "reopen", &id]).expect_answer();
    assert_eq!(entry_status(&db, letters[0].entry).await, "pending");
    let step = letters[0].step;
    acted(&db, &["step", "limits", &id, "--max-attempts", "7"]).expect_answer();
    let attempts: i32 = db
        .one(&format!(
            "select max_attempts from tasker_workflow_steps where workflow_step_uuid = '{step}'"
        ))
        .await;
    assert_eq!(attempts, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_in_error_is_put_back_to_work() {
    let db = Database::new().await;
    db.template(r#"{"max_steps_in_process_minutes": 5}"#).await;
    let task = db.in_state_since("waiting_for_dependencies", 600.0).await;
    db.run("select dlqtop.detect_and_transition_stale_tasks(false)")
        .await;
    assert_eq!(db.state(task).await, "error");
    acted(&db, &["task", "requeue", &task.to_string()]).expect_answer();
    assert_ne!(db.state(task).await, "error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_everything_and_writes_nothing() {
    let (db, letters) = letters(3).await;
    acted(&db, &["step", "retry", &letters[0].entry.to_string()]).expect_answer();
    let before = log_lines(&db).await;
    let steps_before = transitions(&db).await;
    let ids: Vec<String> = letters.iter().map(|one| one.entry.to_string()).collect();
    let mut arguments = vec!["step", "retry", "--dry-run"];
    arguments.extend(ids.iter().map(String::as_str));
    let run = asked(&db.url(), &arguments);
    let out = run.expect_answer();
    assert!(out.contains("Retry 2 steps, 1 left out."), "{out}");
    assert!(out.contains("left out: pay/charge"), "{out}");
    assert!(out.contains("card_declined: 2"), "{out}");
    assert!(out.ends_with("a dry run: nothing was changed\n"), "{out}");
    arguments.push("--json");
    let json = asked(&db.url(), &arguments).expect_json();
    assert_eq!(json["targets"].as_array().unwrap().len(), 2, "{json}");
    assert_eq!(json["targets"][0]["seen"], "error", "{json}");
    assert_eq!(json["left_out"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!(log_lines(&db).await, before);
    assert_eq!(db.step_state(letters[1].step).await, "error");
    assert_eq!(transitions(&db).await, steps_before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_all_done_is_exit_code_one_and_says_why() {
    let (db, letters) = letters(2).await;
    let ids = [letters[0].entry.to_string(), letters[1].entry.to_string()];
    acted(&db, &["step", "resolve", &ids[0]]).expect_answer();
    let run = acted(&db, &["step", "retry", &ids[0], &ids[1], "--json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["tally"]["done"], 1, "{json}");
    assert_eq!(json["subjects"][0]["result"]["outcome"], "done", "{json}");
    assert_eq!(
        json["subjects"][0]["id"],
        letters[1].step.to_string(),
        "{json}"
    );
    assert_eq!(json["left_out"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!(json["actor"], "ana@lap7");
    assert_eq!(json["reason"], WHY);
    // The task of the second can no longer be changed, and only the database knows.
    db.run(&format!(
        "select dlqtop.cancel_task('{0}', dlqtop.task_state('{0}'), 'bo', 'called off')",
        letters[1].task
    ))
    .await;
    let run = acted(
        &db,
        &[
            "step",
            "complete",
            &letters[1].step.to_string(),
            "--result",
            "null",
        ],
    );
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("1 failed"), "{run:?}");
    assert!(run.stdout.contains("the task is cancelled"), "{run:?}");
}
