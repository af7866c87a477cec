//! `dlqtop doctor`: what is wrong is found, named and told what to do about; what is right is not.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use dlqtop::data::doctor::{CHECKS, Doctor, Level};
use dlqtop::data::safe_text::is_unsafe;
use serde_json::Value as Json;

use crate::database::Database;
use crate::dlqtop::{Run, asked, command, run};

const SWEPT: &str = "select record_sweep('d1', 5, 0, 0, 0, 0, false)";

/// The answer of one check, from `--json`.
fn answer<'a>(whole: &'a Json, check: &str) -> &'a Json {
    let answers = whole["checks"].as_array().unwrap();
    answers.iter().find(|it| it["check"] == check).unwrap()
}

/// What `doctor --json` says, with its exit code.
fn examined(db: &Database, more: &[&str]) -> (Option<i32>, Json) {
    let mut arguments = vec!["doctor", "--json"];
    arguments.extend(more);
    let run = asked(&db.url(), &arguments);
    assert_eq!(run.stderr, "", "{run:?}");
    (run.code, serde_json::from_str(&run.stdout).unwrap())
}

/// Expects the check to end so, with all of these pieces in what it says.
fn expect(whole: &Json, check: &str, level: &str, pieces: &[&str]) {
    let answer = answer(whole, check);
    assert_eq!(answer["level"], level, "{answer:#}");
    let said = answer.to_string();
    for piece in pieces {
        assert!(said.contains(piece), "no {piece:?}: {answer:#}");
    }
}

fn as_role(db: &Database, role: &str, arguments: &[&str]) -> Run {
    let url = format!("{}&options[role]={role}", db.url());
    asked(&url, arguments)
}

async fn fleet(db: &Database) {
    db.template("{}").await;
    db.dead_letter("HTTP 503").await;
    for state in ["waiting_for_retry", "steps_in_process"] {
        db.in_state_since(state, 10.0).await;
    }
    db.run(SWEPT).await;
}

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
    for (line, check) in lines.iter().zip(&CHECKS) {
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
            "reckoned anew: deadlines",
            "reckoned anew: tallies",
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
    expect(&json, "archive", "repaired", &["reckoned anew: archive"]);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_can_look_at_all_that_a_viewer_may_read() {
    let db = Database::new().await;
    fleet(&db).await;
    // An operator's act on a task near its lifetime: the log is read for its deadline.
    db.run("update dlqtop.settings set max_task_lifetime_minutes = 5")
        .await;
    let run = as_role(&db, "dlqtop_viewer", &["doctor", "--json"]);
    let json = run.expect_json();
    for check in &CHECKS {
        let level = if check.name == "archive" {
            "not_looked_at"
        } else {
            "fine"
        };
        expect(&json, check.name, level, &[]);
    }
    expect(
        &json,
        "your role",
        "fine",
        &["dlqtop_viewer (logged in as dlqtop) may view; not act, sweep, configure, repair"],
    );
    let run = as_role(&db, "dlqtop_viewer", &["doctor"]);
    assert!(run.expect_answer().contains("not looked at: archive"));

    // Who may read nothing is told so, check by check.
    db.run("do $$ begin create role stranger nologin; exception when duplicate_object or unique_violation then null; end $$")
        .await;
    let run = as_role(&db, "stranger", &["doctor", "--json"]);
    let json = run.expect_json();
    expect(&json, "your role", "warning", &["may do nothing here"]);
    for check in ["schema", "drift", "templates", "detector"] {
        expect(&json, check, "not_looked_at", &["permission denied"]);
    }
    expect(&json, "triggers", "fine", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_are_missing_are_named() {
    let db = Database::new().await;
    db.run(
        "revoke execute on function cancel_task from dlqtop_operator;
         revoke select on v_dlq_counts from dlqtop_detector",
    )
    .await;
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(1), "{json:#}");
    expect(
        &json,
        "roles",
        "wrong",
        &[
            "dlqtop_operator lacks 1 right(s)",
            "cancel_task()",
            "dlqtop_detector lacks 1 right(s)",
            "v_dlq_counts",
            "select dlqtop.grant_roles()",
        ],
    );
    db.run("select dlqtop.grant_roles()").await;
    expect(&examined(&db, &[]).1, "roles", "fine", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_another_age_comes_first() {
    let older = Database::new().await;
    older
        .run("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)")
        .await;
    let empty = Database::empty().await;
    for (db, said) in [
        (&older, "1 migration(s) behind"),
        (&empty, "no Tasker schema"),
    ] {
        let (code, json) = examined(db, &[]);
        assert_eq!(code, Some(1), "{json:#}");
        expect(&json, "schema", "wrong", &[said, "dlqtop migrate"]);
        expect(&json, "drift", "not_looked_at", &["the schema comes first"]);
        expect(&json, "server", "fine", &["UTF8"]);
    }
    let other = Database::new().await;
    other
        .run("update _sqlx_migrations set checksum = 'x' where version = 20261121000001")
        .await;
    let (code, json) = examined(&other, &[]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(
        &json,
        "schema",
        "warning",
        &["applied with another text", "20261121000001 ground"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_cannot_be_made_does_not_stop_the_others() {
    let db = Database::new().await;
    fleet(&db).await;
    db.run("drop view v_drift; drop view v_sweeps cascade")
        .await;
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(1), "{json:#}");
    expect(&json, "drift", "wrong", &["v_drift", "does not exist"]);
    expect(&json, "detector", "wrong", &["v_sweeps"]);
    expect(&json, "upkeep", "fine", &[]);
    assert_eq!(json["checks"].as_array().unwrap().len(), CHECKS.len());
}

fn ten_seconds_ahead() -> DateTime<Utc> {
    (SystemTime::now() + Duration::from_secs(10)).into()
}

fn a_minute_behind() -> DateTime<Utc> {
    (SystemTime::now() - Duration::from_mins(1)).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_told_and_told_to_matter_little() {
    let db = Database::new().await;
    for (clock, said) in [
        (
            ten_seconds_ahead as fn() -> DateTime<Utc>,
            "10 s ahead of the database's",
        ),
        (a_minute_behind, "60 s behind the database's"),
    ] {
        let mut doctor = Doctor::new(&db.options, clock);
        let found = doctor.look(&CHECKS[0]).await.unwrap();
        assert_eq!(found[0].level, Level::Warning, "{found:?}");
        assert!(found[0].what.as_str().contains(said), "{found:?}");
        let first = found[0].first.as_ref().unwrap();
        assert!(first.as_str().starts_with("nothing for ages"), "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contradicts_itself_or_cannot_be_asked_has_its_exit_code() {
    let db = Database::new().await;
    asked(&db.url(), &["doctor", "--repair", "--read-only"])
        .expect_complaint(2, &["--read-only", "--repair", "contradict"]);
    let away = "postgres://ana:canary-3306@127.0.0.1:1/prod";
    for arguments in [&["doctor"][..], &["doctor", "--json"]] {
        let run = asked(away, arguments);
        run.expect_complaint(3, &["could not connect"]);
        assert!(!run.stderr.contains("canary"), "{run:?}");
    }
    // Where the locale knows no more, the marks are ASCII.
    let run = run(command(&["doctor"])
        .env("LANG", "C")
        .env("DATABASE_URL", db.url()));
    let out = run.expect_answer();
    assert!(out.is_ascii(), "{out}");
    assert!(
        out.contains("\n+ server ") && out.contains("\n! detector "),
        "{out}"
    );
}

/// What a statement lists by name, in quotes.
fn listed(sql: &str) -> BTreeSet<&str> {
    sql.split('\'').skip(1).step_by(2).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_knows_every_trigger_and_every_grant() {
    let db = Database::new().await;
    for (file, present) in [
        (
            include_str!("../../src/data/sources/tasker/doctor_triggers.sql"),
            "select array_agg(distinct t.tgname::text)
             from pg_trigger t
             join pg_class c on c.oid = t.tgrelid
             where c.relnamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
               and not t.tgisinternal",
        ),
        (
            include_str!("../../src/data/sources/tasker/doctor_roles.sql"),
            "select array_agg(distinct p.proname::text)
             from pg_proc p
             cross join lateral aclexplode(p.proacl) a
             where p.pronamespace = 'public'::regnamespace
               and a.grantee::regrole::text like 'dlqtop\\_%'",
        ),
    ] {
        let present: Vec<String> = db.one(present).await;
        let known = listed(file);
        assert!(present.len() > 10, "{present:?}");
        for name in &present {
            assert!(known.contains(name.as_str()), "{name} is not looked at");
        }
    }
}
