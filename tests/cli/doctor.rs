//! `dlqtop doctor`: what is wrong is found, named and told what to do about; what is right is not.

use dlqtop::data::doctor::CHECKS;
use dlqtop::data::model::safe_text::is_unsafe;
use serde_json::Value as Json;
use support::database::Database;
use support::dlqtop::asked;

use crate::doctor_findings::{answer, as_role, examined, expect, fleet};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_all_right_is_called_so() {
    let db = Database::new().await;
    let fresh = asked(&db.url(), &["doctor"]);
    assert!(
        fresh.expect_answer().contains("no detector has ever swept"),
        "{fresh:?}"
    );
    fleet(&db).await;
    let run = asked(&db.url(), &["doctor"]);
    let out = run.expect_answer();
    let lines: Vec<&str> = out.lines().collect();
    // What a check says besides stands below its first line.
    let firsts = lines.iter().filter(|line| !line.starts_with("✓  "));
    for (line, check) in firsts.zip(&CHECKS) {
        let start = format!("✓ {}", check.name);
        assert!(line.starts_with(&start), "no {start:?}: {out}");
    }
    assert_eq!(
        *lines.last().unwrap(),
        format!("nothing is wrong; {} checks in all", CHECKS.len())
    );

    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(0), "{json:#}");
    for check in &CHECKS {
        let answer = answer(&json, check.name);
        assert_eq!(answer["level"], "fine", "{answer:#}");
        assert_eq!(answer["looked_at"], check.looks_at);
        assert!(!answer["findings"].as_array().unwrap().is_empty());
    }
    // Nothing was written by looking, and there is nothing to repair.
    let (code, json) = examined(&db, &["--repair"]);
    assert_eq!(code, Some(0), "{json:#}");
    let log = "select count(*) from dlqtop.operator_log where action = 'repair'";
    assert_eq!(db.one::<i64>(log).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_drifted_is_named_and_repaired() {
    let db = Database::new().await;
    fleet(&db).await;
    db.run(
        "begin; set local session_replication_role = replica;
         update tasker_task_transitions set created_at = created_at - interval '3 hours'
         where most_recent and to_state = 'waiting_for_retry';
         delete from tasker_tasks_dlq;
         commit",
    )
    .await;
    let drifted: String = db
        .one("select subject from dlqtop.drift where kept = 'deadline'")
        .await;

    let run = asked(&db.url(), &["doctor"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    for piece in [
        "✖ drift       1 deadline(s) are not what the transitions say",
        "1 count(s) of dead letters are off",
        &format!("{drifted}: differs"),
        "first: `dlqtop doctor --repair`",
        "1 wrong, begin with drift",
    ] {
        assert!(run.stdout.contains(piece), "no {piece:?}: {}", run.stdout);
    }

    let refused = as_role(&db, "dlqtop_viewer", &["doctor", "--repair"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for piece in ["permission denied", "repair as the owner", "differs"] {
        assert!(refused.stdout.contains(piece), "no {piece:?}: {refused:?}");
    }

    let (code, json) = examined(&db, &["--repair", "--as", "ana"]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(
        &json,
        "drift",
        "repaired",
        &[
            "recalculated: deadlines",
            "recalculated: tallies",
            "it was: 1 deadline(s)",
            "are what their definitions say",
        ],
    );
    let kept: String = db
        .one("select string_agg(concat_ws(' ', actor, subject, outcome), ', ' order by log_id) from dlqtop.operator_log where action = 'repair'")
        .await;
    assert_eq!(kept, "ana deadlines done, ana tallies done");
    assert_eq!(db.one::<i64>("select count(*) from dlqtop.drift").await, 0);
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(&json, "drift", "fine", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_archive_is_counted_anew_where_its_tallies_are_off() {
    let db = Database::new().await;
    db.run(
        "insert into dlqtop.archive_tallies (archive_table, hour, shard, row_count)
         values ('tasks', '2026-02-03 00:00+00', 0, 7)",
    )
    .await;
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(1), "{json:#}");
    expect(
        &json,
        "archive",
        "wrong",
        &["1 count(s)", "tasks 2026-02-03: 7 kept, 0 counted"],
    );
    expect(&json, "drift", "fine", &[]);
    let (code, json) = examined(&db, &["--repair"]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(&json, "archive", "repaired", &["recalculated: archive"]);
    expect(&examined(&db, &[]).1, "archive", "fine", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn guards_that_are_off_are_wrong_before_anything_drifts() {
    let db = Database::new().await;
    fleet(&db).await;
    db.run(
        "alter table tasker_task_transitions disable trigger deadline_begins;
         alter table tasker_tasks_dlq enable replica trigger tallies_count_new;
         drop trigger notes_are_append_only on dlqtop.notes;
         drop trigger tally_truncation on tasker_tasks_archive_default;
         alter table tasker_workflow_steps disable trigger all;
         drop index task_has_one_present_state;
         drop index dlqtop.deadlines_by_breach;
         update pg_index set indisvalid = false
         where indexrelid in ('task_has_one_pending_entry'::regclass, 'entries_by_reason'::regclass)",
    )
    .await;
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(1), "{json:#}");
    expect(
        &json,
        "triggers",
        "wrong",
        &[
            "tasker_task_transitions.deadline_begins",
            "tasker_tasks_dlq.tallies_count_new",
            "notes.notes_are_append_only",
            "tasker_tasks_archive_default.tally_truncation",
            "2 trigger(s) are missing",
            "foreign keys of 1 table(s) are not checked",
            "enable trigger",
        ],
    );
    expect(
        &json,
        "indexes",
        "wrong",
        &[
            "task_has_one_present_state",
            "deadlines_by_breach",
            "task_has_one_pending_entry",
            "entries_by_reason",
            "reindex index concurrently",
        ],
    );
    assert!(
        json["verdict"]
            .as_str()
            .unwrap()
            .starts_with("2 wrong, begin with triggers"),
        "{json:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_and_ages_that_cannot_be_are_warnings_and_hostile_text_is_spelt_out() {
    let db = Database::new().await;
    fleet(&db).await;
    db.template_named(
        "other",
        r#"{"max_waiting_for_retry_minutes": "30m", "staleness_action": "shrug"}"#,
        r#"[{"name": "first"}]"#,
    )
    .await;
    db.run("update tasker_named_tasks set name = E'other\\u001b]0;pwned\\u0007\\u202e' where name = 'other'")
        .await;
    let future = db.started().await;
    db.run(&format!(
        "update tasker_task_transitions set created_at = now() + interval '1 day'
         where task_uuid = '{future}' and most_recent"
    ))
    .await;
    let beyond = db.started().await;
    db.run(&format!(
        "update tasker_task_transitions set created_at = '-infinity'
         where task_uuid = '{beyond}' and most_recent"
    ))
    .await;

    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(
        &json,
        "templates",
        "warning",
        &["max_waiting_for_retry_minutes, staleness_action", "pwned"],
    );
    expect(
        &json,
        "ages",
        "warning",
        &[
            "2 task(s)",
            &future.to_string(),
            &beyond.to_string(),
            "an instant beyond the calendar",
        ],
    );
    expect(&json, "drift", "fine", &[]);
    for arguments in [&["doctor"][..], &["doctor", "--json"]] {
        let run = asked(&db.url(), arguments);
        let out = run.expect_answer();
        let raw = out.chars().find(|c| *c != '\n' && is_unsafe(*c));
        assert_eq!(raw, None, "{out:?}");
        assert!(out.contains("pwned"), "{out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detector_that_does_not_sweep_or_fails_is_a_warning() {
    let db = Database::new().await;
    let sweeps = |ago: i32, failed: i32, dry: bool| {
        format!(
            "insert into dlqtop.sweeps (instance, started, took, detected, moved, skipped, failed, dry_run)
             values ('lap7', now() - {ago} * interval '1 minute', '1 s', 0, 0, 0, {failed}, {dry})"
        )
    };
    let level = |json: &Json| answer(json, "detector")["level"].clone();
    db.run(&sweeps(1, 0, true)).await;
    assert_eq!(level(&examined(&db, &[]).1), "warning");
    db.run(&sweeps(50, 0, false)).await;
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(0));
    expect(&json, "detector", "warning", &["was 50 min ago, by lap7"]);
    // Somebody who sweeps every forty minutes is not late after fifty.
    db.run(&sweeps(90, 0, false)).await;
    assert_eq!(level(&examined(&db, &[]).1), "fine");
    db.run(&sweeps(2, 3, false)).await;
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(0));
    expect(
        &json,
        "detector",
        "warning",
        &["3 failure(s) in 1 sweep(s)"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_nobody_looks_after_are_a_warning() {
    let db = Database::new().await;
    fleet(&db).await;
    db.run(
        "insert into dlqtop.tallies
         select t.named_task_uuid, 'manual_dlq', 'pending', 1 - 2 * (n % 2)
         from tasker_named_tasks t, generate_series(1, 10002) n;
         alter table dlqtop.deadlines set (autovacuum_enabled = off)",
    )
    .await;
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(
        &json,
        "upkeep",
        "warning",
        &["changes to the tallies were never added up", "deadlines"],
    );
    expect(&json, "drift", "fine", &[]);
}
