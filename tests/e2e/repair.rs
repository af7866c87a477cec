//! The whole way of an operator: a dead letter is found, retried, closed, and its task completes.

use std::time::Duration;

use dlqtop::demo;
use sqlx::FromRow;
use support::database::Database;
use support::eventually::eventually;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT, dashboard, with_history};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const REASON: &str = "the acquirer is up again";

/// A dead letter whose cause has passed.
#[derive(Debug, FromRow)]
pub struct Letter {
    pub dlq_entry_uuid: Uuid,
    task_uuid: Uuid,
    pub workflow_step_uuid: Uuid,
    /// What its error has and no other: the request's id.
    request: String,
}

/// Out of attempts while a system was down that is up again: what will fail for good says so in
/// its task's context.
pub async fn passing(db: &Database) -> Letter {
    sqlx::query_as(
        "select dlq_entry_uuid, task_uuid, workflow_step_uuid,
                substring(current_error from 'req_[0-9a-f]+') as request
         from v_dlq_investigation_queue q
         join tasker_tasks t using (task_uuid)
         where q.dlq_reason = 'max_retries_exceeded'
             and q.step_name = 'capture_payment'
             and q.step_state = 'error'
             and q.owner is null
             and q.snoozed_until is null
             and not t.context ? 'simulate'
             and current_error ~ 'req_[0-9a-f]+'
         order by q.dlq_timestamp
         limit 1",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap()
}

#[derive(Debug, PartialEq, FromRow)]
struct Act {
    actor: String,
    action: String,
    reason: Option<String>,
    outcome: String,
    subject_uuid: Option<Uuid>,
    entry: Option<Uuid>,
    task_uuid: Option<Uuid>,
}

async fn acts(db: &Database) -> Vec<Act> {
    sqlx::query_as(
        "select actor, action, reason, outcome, subject_uuid, entry, task_uuid
         from dlqtop.operator_log where actor = 'tester@pty' order by log_id",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap()
}

async fn completes(db: &Database, task: Uuid) {
    let complete = eventually(Duration::from_mins(1), async || {
        let state: String = db.one(&format!("select dlqtop.task_state('{task}')")).await;
        (state == "complete").then_some(())
    });
    assert!(complete.await.is_some(), "the task did not complete");
}

/// Filters the queue down to the letter, which leaves the cursor on it.
pub fn find(screen: &mut PseudoTerminal, letter: &Letter) {
    screen.type_keys("2/");
    screen.wait_for("Enter keep");
    screen.type_keys(&format!("reason:max_retries error:{}", letter.request));
    screen.wait_for("2 Queue · 1 of ");
    screen.type_keys("\r");
    screen.wait_for(ROOT);
}

/// Retries what is under the cursor, and takes up the offer to close its investigation.
fn retry_and_close(screen: &mut PseudoTerminal) {
    screen.type_keys("R");
    screen.wait_for("Retry 1 step");
    screen.type_keys(REASON);
    screen.wait_for(REASON);
    screen.type_keys("\r");
    screen.wait_for("press");
    screen.type_keys("y");
    screen.wait_for("Retry 1 step: 1 sent; not known yet whether it passes");

    // It opens by itself, once the step has completed.
    screen.wait_for("1 passed. Close the investigation too?");
    screen.wait_for("Close 1 investigation");
    screen.type_keys("\r");
    screen.wait_for("press");
    screen.type_keys("y");
    screen.wait_for("Close 1 investigation: 1 done");
    screen.wait_for("2 Queue · 0 of ");
}

/// Whether the log on the screen has an act of ours with its reason.
fn lists(log: &str, act: &str) -> bool {
    let pieces = ["tester@pty", act, REASON, "done"];
    log.lines()
        .any(|line| pieces.iter().all(|piece| line.contains(piece)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_finds_a_dead_letter_retries_it_closes_it_and_the_task_completes() {
    let db = with_history().await;
    let letter = passing(&db).await;
    let stop = CancellationToken::new();
    let fleet = tokio::spawn(demo::run(db.pool.clone(), 3, stop.clone()));

    let more = ["--detect-interval", "2s", "--as", "tester@pty"];
    let mut screen = dashboard(&db, &more, LARGE);
    find(&mut screen, &letter);
    retry_and_close(&mut screen);
    let status = format!(
        "select resolution_status::text from tasker_tasks_dlq where dlq_entry_uuid = '{}'",
        letter.dlq_entry_uuid
    );
    assert_eq!(db.one::<String>(&status).await, "manually_resolved");
    completes(&db, letter.task_uuid).await;

    screen.type_keys("@");
    screen.wait("both acts", |log| {
        lists(log, "close_entry") && lists(log, "reset_for_retry")
    });
    screen.type_keys("@");
    screen.wait_for(ROOT);
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    assert!(screen.is_restored());

    let act = |action: &str, subject: Uuid, entry: Option<Uuid>| Act {
        actor: "tester@pty".to_owned(),
        action: action.to_owned(),
        reason: Some(REASON.to_owned()),
        outcome: "done".to_owned(),
        subject_uuid: Some(subject),
        entry,
        task_uuid: Some(letter.task_uuid),
    };
    let entry = letter.dlq_entry_uuid;
    let wanted = [
        act("reset_for_retry", letter.workflow_step_uuid, Some(entry)),
        act("close_entry", entry, Some(entry)),
    ];
    assert_eq!(acts(&db).await, wanted);
    stop.cancel();
    fleet.await.unwrap();
}
