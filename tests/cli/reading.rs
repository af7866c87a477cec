//! The commands that read: tables for people, JSON for programs, and never a silent cap.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use support::database::Database;
use support::dlqtop::{asked, command};
use support::scene::DeadLetter;
use uuid::Uuid;

/// Three dead letters of `pay/charge`.
async fn three_letters() -> (Database, Vec<DeadLetter>) {
    let db = Database::new().await;
    db.template("{}").await;
    let mut letters = Vec::new();
    for error in [
        "card_declined: one",
        "card_declined: two",
        "card_declined: three",
    ] {
        letters.push(db.dead_letter(error).await);
    }
    (db, letters)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_a_table_and_json_and_says_how_much_of_it_is_shown() {
    let (db, letters) = three_letters().await;
    let url = db.url();
    let table = asked(&url, &["queue"]);
    let table = table.expect_answer();
    assert!(
        table.contains("SCORE") && table.contains("card_declined: two"),
        "{table}"
    );
    assert!(table.ends_with("3 of 3 open investigations\n"), "{table}");
    for letter in &letters {
        assert!(table.contains(&letter.entry.to_string()), "{table}");
    }

    let capped = asked(&url, &["queue", "--limit", "2"]);
    let capped = capped.expect_answer();
    assert!(capped.ends_with("2 of 3 open investigations\n"), "{capped}");
    assert_eq!(capped.matches("card_declined").count(), 2, "{capped}");
    let json = asked(&url, &["queue", "--limit", "2", "--json"]).expect_json();
    assert_eq!(json["rows"].as_array().unwrap().len(), 2, "{json}");
    assert_eq!(json["total"], 3, "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn staleness_and_stats_are_tables_and_json() {
    let (db, _) = three_letters().await;
    let url = db.url();
    db.started().await;
    let table = asked(&url, &["staleness", "--limit", "1"]);
    let table = table.expect_answer();
    assert!(
        table.contains("HEALTH") && table.contains("pay/charge"),
        "{table}"
    );
    let json = asked(&url, &["staleness", "--json"]).expect_json();
    let total = json["total"].as_i64().unwrap();
    assert!(total >= 1, "{json}");
    assert!(table.contains(&format!("1 of {total} task")), "{table}");

    let table = asked(&url, &["stats"]);
    let table = table.expect_answer();
    for heading in ["REASON", "OPEN FOR", "SWEPT BY", "ARCHIVE", "pending 3"] {
        assert!(table.contains(heading), "no {heading}: {table}");
    }
    assert!(!table.contains("ON DEFAULTS"), "{table}");
    let json = asked(&url, &["stats", "--json"]).expect_json();
    assert_eq!(json["counts"]["pending"], 3, "{json}");
    assert!(
        json["stats"]["reasons"]
            .as_array()
            .is_some_and(|r| !r.is_empty()),
        "{json}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_many_pages_brings_each_row_once_and_in_order() {
    let db = Database::new().await;
    db.template("{}").await;
    db.run(
        "with made as (
             insert into tasker_tasks (named_task_uuid)
             select named_task_uuid from tasker_named_tasks, generate_series(1, 2500)
             returning task_uuid
         )
         insert into tasker_task_transitions
             (task_uuid, to_state, most_recent, sort_key, created_at)
         select task_uuid, 'waiting_for_retry', true, 1, now()
         from made;
         insert into tasker_tasks_dlq
             (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot)
         select task_uuid, 'waiting_for_retry', 'manual_dlq', now(), '{}' from tasker_tasks",
    )
    .await;
    for (list, id) in [("staleness", "task_uuid"), ("queue", "dlq_entry_uuid")] {
        for (limit, rows) in [("2100", 2_100), ("100000", 2_500)] {
            let json = asked(&db.url(), &[list, "--limit", limit, "--json"]).expect_json();
            let ids: Vec<&str> = json["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row[id].as_str().unwrap())
                .collect();
            assert_eq!(ids.len(), rows, "{list} --limit {limit}");
            // All are equally urgent: the ids decide.
            assert!(ids.is_sorted_by(|a, b| a < b), "{list} --limit {limit}");
            assert_eq!(json["total"], 2_500, "{list}");
            assert_eq!(json["total_is_estimate"], false, "{list}");
        }
    }
    let table = asked(&db.url(), &["queue", "--limit", "7"]);
    assert!(
        table
            .expect_answer()
            .ends_with("7 of 2,500 open investigations\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_too_long_to_be_counted_says_about() {
    let db = Database::new().await;
    db.template("{}").await;
    db.started().await;
    db.started().await;
    db.run(
        "insert into dlqtop.deadlines
         select (jsonb_populate_record(d, jsonb_build_object('task_uuid', gen_random_uuid()))).*
         from dlqtop.deadlines d, generate_series(1, 6000);
         analyze dlqtop.deadlines",
    )
    .await;
    let table = asked(&db.url(), &["staleness", "--limit", "1"]);
    let table = table.expect_answer();
    assert!(table.contains("1 of ~12,00"), "{table}");
    let json = asked(&db.url(), &["staleness", "--limit", "1", "--json"]).expect_json();
    assert_eq!(json["total_is_estimate"], true, "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_that_cannot_be_read_are_named_with_their_keys() {
    let db = Database::new().await;
    db.template(r#"{"max_waiting_for_retry_minutes": "soon"}"#)
        .await;
    let table = asked(&db.url(), &["stats"]);
    let table = table.expect_answer();
    let row = table.lines().find(|line| line.starts_with("pay/charge"));
    assert!(table.contains("TEMPLATE ON DEFAULTS"), "{table}");
    assert!(
        row.is_some_and(|row| row.ends_with("max_waiting_for_retry_minutes")),
        "{table}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_found_by_any_id_that_belongs_to_it() {
    let (db, letters) = three_letters().await;
    let url = db.url();
    let letter = &letters[1];
    let task = letter.task.to_string();
    let correlation: Uuid = db
        .one(&format!(
            "select correlation_id from tasker_tasks where task_uuid = '{task}'"
        ))
        .await;
    for id in [letter.task, letter.step, letter.entry, correlation] {
        let id = id.to_string();
        let shown = asked(&url, &["show", &id]);
        let shown = shown.expect_answer();
        assert!(
            shown.contains(&task) && shown.contains("card_declined: two"),
            "{shown}"
        );
        let json = asked(&url, &["show", &id, "--json"]).expect_json();
        assert_eq!(json["detail"]["task"]["task_uuid"], task, "{json}");
        assert!(
            json["verdict"].as_str().is_some_and(|v| !v.is_empty()),
            "{json}"
        );

        let steps = asked(&url, &["steps", &id]);
        let steps = steps.expect_answer();
        assert!(
            steps.contains("second") && steps.ends_with("2 of 2 steps\n"),
            "{steps}"
        );
        let json = asked(&url, &["steps", &id, "--json"]).expect_json();
        assert_eq!(json.as_array().unwrap().len(), 2, "{json}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_seen_enough_is_no_error() {
    let db = Database::new().await;
    // More than a pipe holds: the writer must notice.
    let error = "x".repeat(400);
    db.template("{}").await;
    for _ in 0..3 {
        db.dead_letter(&error).await;
    }
    db.run(
        "insert into tasker_tasks_dlq
             (task_uuid, original_state, dlq_reason, task_snapshot, resolution_status,
              resolution_timestamp, resolved_by, resolution_notes)
         select task_uuid, 'error', 'manual_dlq', '{}', 'cancelled', now(), 'ana', repeat('y', 500)
         from tasker_tasks_dlq, generate_series(1, 400)",
    )
    .await;
    let task: Uuid = db
        .one("select task_uuid from tasker_tasks_dlq limit 1")
        .await;
    let task = task.to_string();
    for arguments in [&["show", &task][..], &["show", &task, "--json"]] {
        let mut reading = command(arguments)
            .env("DATABASE_URL", db.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        // As `head -1` does: reads one line, and goes.
        BufReader::new(reading.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(!line.is_empty());
        let out = reading.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&out.stderr), "");
        assert_eq!(out.status.code(), Some(0));
    }
}
