//! A value that cannot be shown hides itself and nothing beside it.

use support::database::Database;
use support::dlqtop::asked;

use crate::looking::{failures, poll, tasks};
use crate::workshop;

const CELERY: &str = include_str!("../../src/demo/fleets/celery/schema.sql");
const ORCHESTRATOR: &str = include_str!("../../src/demo/fleets/task-orchestrator/schema.sql");

/// A failed job with these arguments, in a column of JSON that is kept as it was written.
async fn job(args: &str) -> (Database, String) {
    let db = Database::empty().await;
    db.run(CELERY).await;
    db.run("alter table worker_failed_jobs alter task_args type json, alter task_kwargs type json")
        .await;
    let id: uuid::Uuid = db
        .one(&format!(
            "insert into worker_failed_jobs (task_name, queue, error_message, traceback, task_args, task_kwargs)
             values ('app.mail.send', 'mail', 'it broke', E'Traceback:\\n  line 7', {args}, '{{\"to\": \"ana\"}}')
             returning id"
        ))
        .await;
    (db, id.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_cannot_be_shown_take_neither_the_snapshot_nor_the_traceback_with_them() {
    for (args, shown) in [
        (
            "('[1, ' || repeat('[', 500) || repeat(']', 500) || ']')::json",
            serde_json::json!(["1", "nested"]),
        ),
        (
            r#"'["a\ud800z", "b"]'"#,
            serde_json::json!(["a\\ud800z", "b"]),
        ),
        (r#"'["a\u0000z", "b"]'"#, serde_json::json!(["a\0z", "b"])),
        ("'[1e999999, \"b\"]'", serde_json::json!(["1e999999", "b"])),
    ] {
        let (db, id) = job(args).await;
        let told = asked(&db.url(), &["show", &id, "--json"]).expect_json();
        let snapshot = &told["detail"]["task_snapshot"];
        assert_eq!(
            snapshot["traceback"],
            serde_json::json!(["Traceback:", "  line 7"]),
            "{args}: {snapshot:#}"
        );
        assert_eq!(snapshot["task_kwargs"]["to"], "ana", "{args}: {snapshot:#}");
        for (place, want) in shown.as_array().unwrap().iter().enumerate() {
            let value = &snapshot["task_args"][place];
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let want = want.as_str().unwrap();
            let text = text.replace("e+", "e");
            // Deep within, what is too deep is replaced.
            assert!(
                text == want
                    || (want == "nested" && text.contains("nested more than 100 deep: not shown")),
                "{args}: {text:?} is not {want:?}"
            );
        }
        let told = asked(&db.url(), &["show", &id]);
        assert_eq!(told.code, Some(0), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_cannot_be_shown_leaves_the_rest_of_its_task() {
    let db = Database::empty().await;
    db.run(ORCHESTRATOR).await;
    db.run("alter table tasks alter payload drop default, alter payload type json")
        .await;
    for payload in [
        r#"'{"to": "a\ud800z", "cc": "ana"}'"#,
        r#"'{"to": "\u0000", "cc": "ana"}'"#,
        r#"('{"to": ' || repeat('[', 500) || repeat(']', 500) || ', "cc": "ana"}')::json"#,
    ] {
        let id: uuid::Uuid = db
            .one(&format!(
                "insert into tasks (type, status, payload, last_error)
                 values ('mail.send', 'dead_letter', {payload}, 'it broke') returning id"
            ))
            .await;
        let told = asked(&db.url(), &["show", &id.to_string(), "--json"]).expect_json();
        let snapshot = &told["detail"]["task_snapshot"];
        assert_eq!(snapshot["payload"]["cc"], "ana", "{payload}: {snapshot:#}");
        assert_eq!(snapshot["status"], "dead_letter", "{payload}: {snapshot:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instant_that_no_calendar_has_does_not_end_the_list_of_a_source_of_one_s_own() {
    let db = workshop::with(6).await;
    let site = workshop::site(&db, &db.options).await;
    db.run(
        "update workshop_jobs j set changed_at = (array['infinity', '-infinity', '294276-12-31', '4713-01-01 BC',
             '9999-12-31 23:59:59+00', '2026-01-01'])[n]::timestamptz
         from (select id, row_number() over (order by id)::int as n from workshop_jobs) numbered
         where numbered.id = j.id",
    )
    .await;
    let first = poll(&site, None).await;
    assert_eq!(failures(&first), Vec::<String>::new());
    assert_eq!(first.queue.as_ref().unwrap().rows.len(), 6);
    for job in tasks(&first) {
        let detail = poll(&site, Some(job)).await;
        assert_eq!(failures(&detail), Vec::<String>::new());
    }
}
