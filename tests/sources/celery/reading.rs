//! What is read of jobs, queues and workers, however the table is called and filled.

use super::*;

#[tokio::test]
async fn what_is_taken_up_and_not_touched_is_stale_until_somebody_touches_it() {
    let minutes = toml::Value::Integer(60);
    let jobs = Jobs::given(setting("in_progress_minutes", minutes)).await;
    let forgotten = jobs.failed("in_progress", "2 hours").await;
    let almost = jobs.failed("in_progress", "55 minutes").await;
    let fresh = jobs.failed("in_progress", "5 minutes").await;
    let ahead = jobs.failed("in_progress", "-1 day").await;
    jobs.failed("pending", "3 days").await;

    let rows = jobs.taken().await;
    let health: Vec<(Uuid, Health)> = rows
        .iter()
        .map(|row| (row.task_uuid.0, row.health_status))
        .collect();
    assert_eq!(
        health,
        [
            (forgotten, Health::Stale),
            (almost, Health::Warning),
            (fresh, Health::Healthy),
            (ahead, Health::Unknown),
        ]
    );
    assert_eq!(rows[0].condition.as_ref().unwrap().as_str(), "untouched");
    assert!(rows[3].age_suspect);
    let counts = jobs.counts().await;
    assert_eq!(
        (counts.stale, counts.warning, counts.healthy, counts.suspect),
        (1, 1, 1, 1)
    );
    assert_eq!((counts.pending, counts.unowned), (5, 1));

    let note = jobs.act("ana", EntryVerb::Note, (forgotten, 0)).await;
    is_done(&note, "in_progress");
    assert_eq!(jobs.counts().await.stale, 0, "it was touched");
}

#[tokio::test]
async fn queues_have_their_depth_their_routes_and_their_failures() {
    let routes = toml::toml! { "app.tasks.llm.*" = "llm" };
    let jobs = Jobs::given(setting("routes", toml::Value::Table(routes))).await;
    jobs.failed("pending", "1 hour").await;
    jobs.job("failed_at", "now()").await;
    let eager = "insert into worker_failed_jobs (task_name) values ('app.tasks.digest')";
    jobs.db.run(eager).await;
    jobs.db
        .run(
            "insert into kombu_queue (id, name) values (1, 'llm'), (2, 'celery@w1.celery.pidbox');
             insert into kombu_message (visible, timestamp, payload, queue_id)
             select visible, (now() at time zone 'UTC') - interval '20 minutes', '{}', queue
             from (values (true, 1), (true, 1), (false, 1), (true, 2)) m (visible, queue)",
        )
        .await;
    let fleet = jobs.fleet().await;
    let names: Vec<&str> = fleet
        .queues
        .iter()
        .map(|queue| queue.name.as_str())
        .collect();
    assert_eq!(names, ["llm", "(eager)"]);
    let llm = &fleet.queues[0];
    assert_eq!((llm.depth, llm.failed), (2, 2));
    assert_eq!(llm.routes[0].as_str(), "app.tasks.llm.*");
    let oldest = llm.oldest_seconds.unwrap();
    assert!((1_190.0..1_260.0).contains(&oldest), "{oldest}");
    assert_eq!((fleet.queues[1].depth, fleet.queues[1].failed), (0, 1));
    let alert = jobs.alert("waiting").await;
    assert!(
        alert.over && alert.text.as_str().starts_with("llm: "),
        "{alert:?}"
    );
    assert!(!jobs.alert("burst").await.over);
}

#[tokio::test]
async fn a_worker_that_fails_more_than_the_others_is_named() {
    let jobs = Jobs::new().await;
    for n in 0..24 {
        let worker = if n < 22 { "celery@w2" } else { "celery@w1" };
        jobs.job(
            "worker, failed_at",
            &format!("'{worker}', now() - interval '2 minutes'"),
        )
        .await;
    }
    let workers = jobs.fleet().await.workers;
    assert_eq!(workers[0].worker.as_str(), "celery@w2");
    assert_eq!(workers[0].host.as_ref().unwrap().as_str(), "w2");
    assert_eq!(workers[0].condition.as_ref().unwrap().as_str(), "failing");
    assert_eq!(workers[0].failed_last_hour, Some(22));
    assert!(workers[1].condition.is_none());
    assert!(jobs.alert("burst").await.over);
    let theirs = jobs.open().await;
    let job = theirs[0].task_uuid.0;
    let hints = jobs.detail(job).await.hints;
    let said = hints
        .iter()
        .any(|hint| hint.text.as_str().starts_with("celery@w2 failed 22"));
    assert!(said, "{hints:?}");
    let denied = hints
        .iter()
        .any(|hint| hint.text.as_str().contains("not a worker"));
    assert!(!denied, "one of two that contradict each other: {hints:?}");
}

/// The table as it was called before, with other types, and no broker.
const BEFORE: &str = "
    create type failure_status as enum ('pending', 'in_progress', 'resolved', 'abandoned', 'parked');
    create table celery_task_failures (
        id uuid primary key, task_id uuid, task_name text, queue text, worker text, task_args jsonb,
        task_kwargs jsonb, tenant_id uuid, error_type text, exception_class text,
        error_message text, traceback text, retry_count int, last_retry_at timestamptz,
        status failure_status, remediation_notes text, resolved_at timestamptz,
        correlation_id uuid, failed_at timestamptz);
    insert into celery_task_failures (id) values ('00000000-0000-0000-0000-000000000001');
    insert into celery_task_failures (id, status)
    values ('00000000-0000-0000-0000-000000000002', 'parked');
    insert into celery_task_failures (id, status, failed_at, last_retry_at, resolved_at)
    select gen_random_uuid(), s, at, at, at
    from unnest(enum_range(null::failure_status)) s,
         unnest(array['infinity', '-infinity', '4713-01-02 BC', '294276-01-01', '2999-01-01']::timestamptz[]) at";

#[tokio::test]
async fn its_earlier_name_an_enum_nulls_and_instants_beyond_the_calendar_are_all_the_same_to_it() {
    let jobs = Jobs::made_by(BEFORE, Given::default()).await;
    let nulls = Uuid::from_u128(1);
    let open = jobs.open().await;
    assert_eq!(
        open.len(),
        17,
        "with no status it is open, and so is what is parked"
    );
    let row = jobs.row(nulls).await;
    assert_eq!(row.namespace_name.as_str(), "(eager)");
    assert_eq!(row.current_state.as_str(), "pending");
    assert_eq!(row.dlq_reason.as_str(), "unknown");
    assert!(row.current_error.is_none());
    let scope = jobs.session().await.scope.unwrap();
    assert_eq!(scope.seeing.as_str(), "all tenants");
    assert_eq!(jobs.counts().await.pending, 17);
    jobs.stats().await;
    assert_eq!(jobs.fleet().await.queues[0].depth, 0, "there is no broker");
    let parked = jobs.detail(Uuid::from_u128(2)).await;
    assert_eq!(parked.entries[0].resolution_status.as_str(), "pending");
    assert_eq!(parked.task.current_state.as_str(), "parked");
    for row in &open {
        jobs.detail(row.task_uuid.0).await;
    }

    is_done(
        &jobs.act("ana", OWN, (nulls, row.version)).await,
        "in_progress",
    );
    let version = jobs.row(nulls).await.version;
    is_done(
        &jobs.act("ana", RESOLVE, (nulls, version)).await,
        "resolved",
    );
}

#[tokio::test]
async fn who_may_only_select_sees_everything_and_changes_nothing() {
    let jobs = Jobs::new().await;
    let job = jobs.failed("pending", "1 hour").await;
    let seen = jobs.row(job).await.version;
    let jobs = jobs.seen_by_role("select", Given::default()).await;
    assert!(!jobs.session().await.may_act);
    assert_eq!(jobs.open().await.len(), 1);
    jobs.taken().await;
    jobs.counts().await;
    jobs.stats().await;
    jobs.fleet().await;
    jobs.detail(job).await;
    for verb in [OWN, RESOLVE, EntryVerb::Note] {
        let result = jobs.act("ana", verb, (job, seen)).await;
        let refused =
            matches!(&result, ItemResult::Failed { why } if why.as_str().contains("permission"));
        assert!(refused, "{verb:?}: {result:?}");
    }
    assert_eq!(jobs.status(job).await, "pending");
}

#[tokio::test]
async fn what_to_look_at_goes_by_the_line_that_says_what_happened() {
    let jobs = Jobs::new().await;
    let cases = [
        (
            "sqlalchemy.exc.OperationalError",
            "(psycopg2.errors.DeadlockDetected) deadlock detected",
            "deadlock",
        ),
        (
            "sqlalchemy.exc.OperationalError",
            "connection to server failed: Connection refused",
            "see that it is back",
        ),
        (
            "sqlalchemy.exc.OperationalError",
            "FATAL: database \"shop\" does not exist\n[SQL: select timeout]",
            "",
        ),
        (
            "app.Failed",
            "Traceback (most recent call last):\n  File \"/srv/deadlock.py\", line 1, in deadlock\n    \
             deadlock.retry()\nValueError: bad",
            "",
        ),
        (
            "app.Failed",
            "Traceback (most recent call last):\n  File \"/srv/app.py\", line 1, in run\n    \
             run()\nOperationalError: deadlock detected",
            "deadlock",
        ),
    ];
    for (class, message, says) in cases {
        let job = jobs
            .db
            .one(&format!(
                "insert into worker_failed_jobs (task_name, queue, exception_class, error_message)
                 values ('app.tasks.charge', 'pay', '{class}', $e${message}$e$) returning id"
            ))
            .await;
        let hints = jobs.detail(job).await.hints;
        let worst: Vec<_> = (hints.iter())
            .filter(|hint| hint.severity.as_ref().is_some_and(|how| *how == "bad"))
            .map(|hint| hint.text.to_string())
            .collect();
        let told = worst.join("\n");
        assert_eq!(told.is_empty(), says.is_empty(), "{message}: {told}");
        assert!(told.contains(says), "{message}: {told}");
    }
}
