//! What `dlqtop doctor` says of rows that hold what nobody knows, and of a role that sees none.

use support::dlqtop::asked;

use super::doctor::{examined, expect};
use super::{READING, fresh, role};

#[tokio::test(flavor = "multi_thread")]
async fn what_rows_hold_that_nobody_knows_is_named() {
    let tasks = fresh("task-orchestrator").await;
    tasks
        .db
        .run("alter type task_status add value 'archived'")
        .await;
    tasks
        .db
        .run(
            "insert into tasks (type, status) values ('a', 'archived'), ('b', 'archived');
             insert into tasks (type, status, updated_at) values ('c', 'failed', 'infinity');
             insert into workers (id, hostname, pool_size, is_leader, last_heartbeat, leader_until)
             values ('a-1-x', 'a', 4, true, now() - interval '1 hour', '2343-01-01')",
        )
        .await;
    let (code, json) = examined(&tasks.db.url(), &[]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(
        &json,
        "layout",
        "warning",
        &[
            "2 tasks are in a state that is not known, and count as open: archived (2)",
            "1 dead letters have no instant that can be",
            "worker a-1-x is dead and has the lease of the leader until 2343",
            "delete from public.workers where id = 'a-1-x'",
        ],
    );
    let jobs = fresh("celery").await;
    jobs.db
        .run(
            "insert into worker_failed_jobs (task_name, status, failed_at)
             values ('a', 'FAILURE', now()), ('b', 'PENDING', null), ('c', 'Resolved', null)",
        )
        .await;
    let (code, json) = examined(&jobs.db.url(), &[]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(
        &json,
        "layout",
        "warning",
        &[
            "1 failed jobs have a status that is not known, and count as open: FAILURE (1)",
            "1 open failed jobs have no time of failure that can be",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_no_policy_lets_see_anything_is_told_so() {
    let jobs = fresh("celery").await;
    jobs.db
        .run(
            "insert into worker_failed_jobs (task_name) values ('a');
             drop policy tenant_isolation on worker_failed_jobs;
             create policy of_another on worker_failed_jobs to pg_monitor using (true)",
        )
        .await;
    let (_, url) = role(&jobs, READING).await;
    let (code, json) = examined(&url, &[]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(
        &json,
        "rows seen",
        "warning",
        &[
            "no row-level policy lets this role see a row",
            "create policy",
        ],
    );
    let run = asked(&url, &["info"]);
    assert!(run.stdout.contains("no row-level policy lets"), "{run:?}");
}
