//! What the broker leaves empty, statuses that nobody knows, instants that cannot be, and columns of other types.

use dlqtop::data::model::ReasonStats;
use support::dlqtop::asked;

use super::*;

#[tokio::test]
async fn messages_without_a_time_are_judged_by_their_number() {
    let limit = toml::Value::Integer(5);
    let jobs = Jobs::given(setting("waiting_messages", limit)).await;
    // As kombu has them: the time is filled only when a worker takes the message.
    jobs.db
        .run(
            "insert into kombu_queue (id, name) values (1, 'llm'), (2, 'idle');
             insert into kombu_message (visible, timestamp, payload, queue_id)
             select n > 3, case when n <= 3 then localtimestamp - interval '9 hours' end, '{}', 1
             from generate_series(1, 7) n",
        )
        .await;
    let fleet = jobs.fleet().await;
    let llm = &fleet.queues[0];
    assert_eq!((llm.depth, llm.oldest_seconds), (4, None));
    assert_eq!(llm.oldest(|_| "some".to_owned()), "unknown");
    assert_eq!(fleet.queues[1].oldest(|_| "some".to_owned()), "");
    let alert = jobs.alert("waiting").await;
    assert!(!alert.over, "{alert:?}");
    let text = "llm: 4 messages wait, since when is not known";
    assert_eq!(alert.text.as_str(), text);
    let add = "insert into kombu_message (payload, queue_id) values ('{}', 1)";
    jobs.db.run(add).await;
    assert!(jobs.alert("waiting").await.over);
    // One that has a time says nothing of the others.
    jobs.db
        .run("update kombu_message set timestamp = now() at time zone 'UTC' where id = 4")
        .await;
    assert_eq!(jobs.fleet().await.queues[0].oldest_seconds, None);
    let shown = asked(&jobs.db.url(), &["workers"]);
    assert!(shown.stdout.contains("unknown"), "{shown:?}");

    jobs.db
        .run("insert into kombu_message (payload, queue_id) select '{}', 1 from generate_series(1, 9)")
        .await;
    let job = jobs.failed("pending", "1 hour").await;
    let hints = jobs.detail(job).await.hints;
    let told = |words: &str| hints.iter().any(|hint| hint.text.as_str().contains(words));
    assert!(
        told("14 messages wait in llm, since when is not known"),
        "{hints:?}"
    );
}

#[tokio::test]
async fn a_status_in_another_case_is_known_and_any_other_is_open() {
    let jobs = Jobs::new().await;
    let loud = jobs.failed("PENDING", "3 hours").await;
    jobs.failed("In Progress", "2 hours").await;
    for status in ["RESOLVED", "Abandoned", "resolved"] {
        jobs.failed(status, "1 hour").await;
    }
    let strange = jobs.failed("FAILURE", "4 hours").await;
    jobs.failed(" ", "1 minute").await;
    jobs.job("status, failed_at", "null, now()").await;
    let counts = jobs.counts().await;
    assert_eq!((counts.pending, counts.unowned), (5, 4), "{counts:?}");
    let oldest = counts.oldest_pending_minutes.unwrap();
    assert!((239.0..242.0).contains(&oldest), "{oldest}");
    assert_eq!(jobs.open().await.len(), 5);
    assert_eq!(jobs.row(loud).await.current_state, *"pending");
    assert_eq!(jobs.row(strange).await.current_state, *"FAILURE");
    assert_eq!(jobs.taken().await.len(), 1);
    let total = jobs.ask(queries::queue_total).await;
    assert_eq!(total.rows, 5);
    let stats = jobs.stats().await;
    let sum = |of: fn(&ReasonStats) -> i64| stats.reasons.iter().map(of).sum::<i64>();
    assert_eq!(
        (sum(|row| row.pending), sum(|row| row.total_entries)),
        (5, 8)
    );
    assert_eq!(sum(|row| row.manually_resolved), 2);
    assert_eq!(sum(|row| row.permanent_failures), 1);
    assert_eq!(
        jobs.detail(strange).await.entries[0].resolution_status,
        *"pending"
    );

    // What is written is written in its case.
    let seen = jobs.row(loud).await.version;
    is_done(&jobs.act("ana", OWN, (loud, seen)).await, "in_progress");
    assert_eq!(jobs.status(loud).await, "IN_PROGRESS");
    let seen = jobs.row(loud).await.version;
    is_done(&jobs.act("ana", RESOLVE, (loud, seen)).await, "resolved");
    assert_eq!(jobs.status(loud).await, "RESOLVED");
    // Nobody knows what this program would change there.
    let seen = jobs.row(strange).await.version;
    let result = jobs.act("ana", RESOLVE, (strange, seen)).await;
    assert!(!matches!(result, ItemResult::Done { .. }), "{result:?}");
    assert_eq!(jobs.status(strange).await, "FAILURE");
}

#[tokio::test]
async fn a_time_of_failure_that_cannot_be_is_open_suspect_and_never_the_oldest() {
    let jobs = Jobs::new().await;
    for at in [
        "null",
        "now() + interval '8 hours'",
        "'infinity'",
        "'-infinity'",
        "'1970-01-01'",
    ] {
        jobs.job("failed_at", at).await;
    }
    let counts = jobs.counts().await;
    assert_eq!(
        (counts.pending, counts.suspect, counts.suspect_entries),
        (5, 5, 5)
    );
    assert_eq!(counts.oldest_pending_minutes, None);
    assert_eq!(counts.oldest_unowned_minutes, None);
    let open = jobs.open().await;
    assert_eq!(open.len(), 5);
    let suspect = open.iter().filter(|row| row.age_suspect());
    assert!(suspect.count() >= 4, "{open:?}");
    let ages = jobs.stats().await.ages;
    assert_eq!(ages.last().unwrap().label, *"not known");
    assert_eq!(ages.iter().map(|row| row.pending).sum::<i64>(), 5);

    let url = jobs.db.url();
    for condition in ["oldest>4h", "unowned_oldest>4h"] {
        let run = asked(&url, &["check", "--fail-if", condition]);
        assert_eq!(run.code, Some(1), "{run:?}");
        let says = "is not known; 5 with an age that is impossible or not known";
        assert!(run.stdout.contains(says), "{run:?}");
    }
    let run = asked(&url, &["check", "--fail-if", "pending>50"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = asked(&url, &["stats"]);
    assert!(run.stdout.contains("oldest unknown"), "{run:?}");
    let run = asked(&url, &["queue"]);
    assert!(run.stdout.contains("AGE?"), "{run:?}");
    let run = asked(&url, &["queue", "--json"]);
    assert!(run.stdout.contains("\"age_suspect\": true"), "{run:?}");

    // What is known is not hidden by what is not.
    jobs.failed("pending", "5 hours").await;
    let run = asked(&url, &["check", "--fail-if", "oldest>9h"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("(oldest is 5h00m; 5 with"), "{run:?}");
}

/// The same table as another application could have it.
const OTHER_TYPES: &str = "
    create type job_status as enum ('PENDING', 'IN_PROGRESS', 'RESOLVED', 'ABANDONED', 'RETRYING');
    create table worker_failed_jobs (
        id uuid primary key default gen_random_uuid(),
        task_id uuid default gen_random_uuid(),
        task_name text,
        queue text,
        worker text,
        task_args json,
        task_kwargs json,
        tenant_id text,
        error_type text,
        exception_class text,
        error_message text,
        traceback text,
        retry_count numeric default 0,
        last_retry_at timestamp,
        status job_status default 'PENDING',
        remediation_notes varchar,
        resolved_at timestamp,
        correlation_id uuid,
        failed_at timestamp default (now() at time zone 'UTC')
    )";

#[tokio::test]
async fn types_that_the_server_can_cast_are_cast() {
    let jobs = Jobs::made_by(OTHER_TYPES, Given::default()).await;
    jobs.db
        .run(
            "insert into worker_failed_jobs
                 (task_name, queue, worker, tenant_id, exception_class, error_message, status, retry_count,
                  last_retry_at, failed_at, task_args)
             select 'app.tasks.a', 'llm', 'celery@w1', 'acme', 'KeyError', 'no such key', status,
                    tries, utc, utc - interval '90 minutes', '[1]'
             from (select now() at time zone 'UTC' as utc) clock,
                  (values ('PENDING'::job_status, 3), ('IN_PROGRESS', 99999999999), ('RETRYING', 'NaN'::numeric),
                          ('RESOLVED', 0)) v (status, tries)",
        )
        .await;
    let counts = jobs.counts().await;
    assert_eq!((counts.pending, counts.suspect), (3, 0), "{counts:?}");
    let oldest = counts.oldest_pending_minutes.unwrap();
    assert!((89.0..92.0).contains(&oldest), "{oldest}");
    let open = jobs.open().await;
    assert_eq!(open.len(), 3);
    let tries: Vec<Option<i32>> = open.iter().map(|row| row.attempts).collect();
    assert!(
        tries.contains(&Some(3)) && tries.contains(&None),
        "{tries:?}"
    );
    assert_eq!(jobs.taken().await.len(), 1);
    assert_eq!(
        jobs.fleet().await.workers.len(),
        0,
        "none failed within the hour"
    );
    jobs.stats().await;
    for row in &open {
        let detail = jobs.detail(row.task_uuid.0).await;
        assert!(!detail.transitions.is_empty() && !detail.entries.is_empty());
    }
    let pending = open.iter().find(|row| row.attempts == Some(3)).unwrap();
    let seen = (pending.task_uuid.0, pending.version);
    is_done(&jobs.act("ana", OWN, seen).await, "in_progress");
    let seen = (seen.0, jobs.row(seen.0).await.version);
    is_done(&jobs.act("ana", RESOLVE, seen).await, "resolved");
    let sql = format!(
        "select status::text from worker_failed_jobs where id = '{}'",
        seen.0
    );
    assert_eq!(jobs.db.one::<String>(&sql).await, "RESOLVED");
    assert_eq!(jobs.counts().await.resolved_last_hour, Some(1));
}
