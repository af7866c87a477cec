//! What may be put back to work, by whom, and who is refused.

use super::*;
use dlqtop::data::model::QueueKey;
use dlqtop::data::model::StalenessKey;
use support::eventually::eventually;

#[tokio::test]
async fn a_dead_letter_begins_again_with_all_its_attempts() {
    let queue = Queue::new().await;
    for status in ["dead_letter", "failed"] {
        let task = queue
            .task(
                "status, attempts, next_retry_at, worker_id, claimed_at, started_at, completed_at,
                 updated_at, last_error",
                &format!(
                    "'{status}', 3, utc(), 'w1', utc(), utc(), utc(), utc() - interval '1 hour',
                     E'\\n  dial tcp: refused\\nmore'"
                ),
            )
            .await;
        let letter = queue.letters().await.remove(0);
        let error = letter.current_error.unwrap();
        assert_eq!(error.as_str(), "dial tcp: refused\nmore");
        assert_eq!((letter.attempts, letter.max_attempts), (Some(3), Some(3)));
        let done = queue.put_back(task, status).await;
        assert!(
            matches!(&done, ItemResult::Done { now } if now == "pending"),
            "{done:?}"
        );
        let clean: bool = queue
            .db
            .one(&format!(
                "select status = 'pending' and attempts = 0 and num_nulls(next_retry_at, worker_id,
                    claimed_at, started_at, completed_at) = 5
                    and updated_at between utc() - interval '10 s' and utc() + interval '10 s'
                 from tasks where id = '{task}'"
            ))
            .await;
        assert!(clean, "{status}");
        assert_eq!(queue.letters().await, Vec::new());
        // It is no longer as it was seen.
        let again = queue.put_back(task, status).await;
        assert!(
            matches!(&again, ItemResult::Changed { now, .. } if now == "pending"),
            "{again:?}"
        );
    }
}

#[tokio::test]
async fn a_task_is_let_go_only_if_its_worker_is_gone_at_that_moment() {
    let queue = Queue::new().await;
    queue.worker("w1", "3 minutes").await;
    let orphan = queue.held("running", "'w1'", "5 minutes").await;
    assert_eq!(
        queue.row(orphan).await.condition.unwrap().as_str(),
        "orphaned"
    );
    // It comes back between the look and the act.
    queue
        .db
        .run("update workers set last_heartbeat = utc()")
        .await;
    refused(
        &queue.put_back(orphan, "running").await,
        "worker w1 is alive",
    );
    assert_eq!(queue.status(orphan).await, "running");
    queue
        .db
        .run("update workers set last_heartbeat = utc() - interval '1 hour'")
        .await;
    let young = queue.held("claimed", "'w1'", "10 s").await;
    refused(&queue.put_back(young, "claimed").await, "it was taken only");
    let let_go = queue.put_back(orphan, "running").await;
    assert!(matches!(let_go, ItemResult::Done { .. }), "{let_go:?}");
    // Its attempts are not given back: it may be what kills its workers.
    let attempts: i32 = queue
        .db
        .one(&format!("select attempts from tasks where id = '{orphan}'"))
        .await;
    assert_eq!(attempts, 1);
    for (status, says) in [("pending", "is pending"), ("completed", "is completed")] {
        let task = queue.task("status", &format!("'{status}'")).await;
        refused(&queue.put_back(task, status).await, says);
    }
    refused(&queue.put_back(Uuid::nil(), "failed").await, "no such task");
}

/// What *Why stuck* goes by before it advises to put a task back to work.
#[tokio::test]
async fn whether_it_would_be_put_back_is_known_before_it_is_tried() {
    let queue = Queue::new().await;
    queue.worker("alive", "2 s").await;
    queue.worker("dead", "5 minutes").await;
    let mut cases = Vec::new();
    for status in ["claimed", "running"] {
        cases.push((
            queue.held(status, "'alive'", "2 minutes").await,
            status,
            Some(false),
        ));
        cases.push((
            queue.held(status, "'dead'", "10 minutes").await,
            status,
            Some(true),
        ));
        cases.push((queue.held(status, "null", "5 s").await, status, Some(false)));
    }
    for status in ["failed", "dead_letter"] {
        cases.push((
            queue.task("status", &format!("'{status}'")).await,
            status,
            None,
        ));
    }
    for (task, status, known) in cases {
        let shown = queue.detail(task).await.task;
        assert_eq!(shown.can_requeue, known, "{status}: {shown:?}");
        let result = queue.put_back(task, status).await;
        let is_done = matches!(result, ItemResult::Done { .. });
        assert_eq!(is_done, known.unwrap_or(true), "{status}: {result:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_in_use_elsewhere_is_said() {
    let queue = Queue::new().await;
    queue
        .db
        .run(
            "alter table tasks drop constraint tasks_type_idempotency_key_key;
             create unique index on tasks (type, idempotency_key)
                 where status in ('pending', 'claimed', 'running')",
        )
        .await;
    let task = queue
        .task("status, idempotency_key", "'dead_letter', 'order-7'")
        .await;
    for status in ["pending", "running", "completed"] {
        let twin = queue
            .task("status, idempotency_key", &format!("'{status}', 'order-7'"))
            .await;
        let result = queue.put_back(task, "dead_letter").await;
        refused(
            &result,
            &format!("its idempotency key is in use: task {twin} is {status}"),
        );
        assert!(queue.hints(task).await.contains("a retry will be refused"));
        assert_eq!(queue.detail(task).await.task.can_requeue, Some(false));
        queue
            .db
            .run(&format!("delete from tasks where id = '{twin}'"))
            .await;
    }
    let done = queue.put_back(task, "dead_letter").await;
    assert!(matches!(done, ItemResult::Done { .. }), "{done:?}");
}

/// Each of the states it is open to, raced by two operators: one of them does it.
#[tokio::test]
async fn of_two_operators_one_does_it() {
    let queue = Queue::new().await;
    queue.worker("w1", "3 minutes").await;
    let source = &queue.site.source;
    let from = &source.manifest.actions["resume_task"].from;
    assert_eq!(from.len(), 4);
    for status in from {
        for _ in 0..5 {
            let task = queue.held(status, "'w1'", "5 minutes").await;
            let (one, other) = tokio::join!(
                put_back(&queue.site, "ana", task, status),
                put_back(&queue.site, "ben", task, status),
            );
            let done = |result: &ItemResult| matches!(result, ItemResult::Done { .. });
            let late = |result: &ItemResult| matches!(result, ItemResult::Changed { now, .. } if now == "pending");
            assert!(
                done(&one) && late(&other) || late(&one) && done(&other),
                "{status}: {one:?}, {other:?}"
            );
            assert_eq!(queue.status(task).await, "pending");
        }
    }
}

#[tokio::test]
async fn an_act_waits_for_a_worker_that_has_the_row_and_then_leaves_it_alone() {
    let queue = Queue::new().await;
    let task = queue.task("status", "'failed'").await;
    let mut worker = queue.db.pool.acquire().await.unwrap();
    let change =
        format!("update tasks set status = 'claimed', worker_id = 'w9' where id = '{task}'");
    worker.execute("begin").await.unwrap();
    worker.execute(sqlx::AssertSqlSafe(change)).await.unwrap();
    let act = queue.put_back(task, "failed");
    let waits = async {
        let blocked = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        let is_blocked = eventually(Duration::from_secs(30), async || {
            (queue.db.one::<i64>(blocked).await > 0).then_some(())
        });
        is_blocked.await.unwrap();
        worker.execute("commit").await.unwrap();
    };
    let (result, ()) = tokio::join!(act, waits);
    let ItemResult::Changed { by, now, .. } = &result else {
        panic!("{result:?}");
    };
    assert_eq!(
        (now.as_str(), by.as_ref().unwrap().as_str()),
        ("claimed", "w9")
    );
    assert_eq!(queue.status(task).await, "claimed");
}

#[tokio::test]
async fn a_role_that_may_only_select_sees_everything_and_changes_nothing() {
    let queue = Queue::new().await;
    let task = queue.task("status", "'dead_letter'").await;
    let role = format!("viewer_{}", Uuid::now_v7().simple());
    queue
        .db
        .run(&format!(
            "create role {role}; grant select on tasks, workers to {role}"
        ))
        .await;
    let site = Site {
        options: queue.db.options.clone().options([("role", role.as_str())]),
        source: Arc::clone(&queue.site.source),
    };
    let looked = queue.try_to_ask(&site, async |db, source| {
        let first = QueueKey::START;
        queries::staleness(db, source, &StalenessKey::START, 10).await?;
        queries::counts(db, source).await?;
        queries::stats(db, source).await?;
        queries::fleet(db, source, Fleet::MAX_ROWS).await?;
        let detail = queries::detail(db, source, TaskId(task)).await?;
        let session = queries::session(db, source).await?;
        let letters = queries::queue(db, source, &first, 10).await?;
        Ok((letters.len(), detail.is_some(), session.may_act))
    });
    assert_eq!(looked.await.unwrap(), (1, true, false));
    let result = put_back(&site, "eve", task, "dead_letter").await;
    refused(&result, "permission denied");
    assert_eq!(queue.status(task).await, "dead_letter");
    // With the right to update it may, and nothing else is needed.
    queue
        .db
        .run(&format!("grant update on tasks to {role}"))
        .await;
    let may = queue
        .try_to_ask(&site, async |db, source| {
            Ok(queries::session(db, source).await?.may_act)
        })
        .await;
    assert!(may.unwrap());
    let done = put_back(&site, "eve", task, "dead_letter").await;
    assert!(matches!(done, ItemResult::Done { .. }), "{done:?}");
}
