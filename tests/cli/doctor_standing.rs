//! `dlqtop doctor` where it may not look, cannot ask, or has another schema or clock before it.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use dlqtop::data::doctor::{CHECKS, Doctor, Level};
use support::database::Database;
use support::dlqtop::{asked, command, run};

use crate::doctor_findings::{as_role, examined, expect, fleet};

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
        "revoke execute on function dlqtop.cancel_task from dlqtop_operator;
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
        .run("delete from dlqtop.migrations where version = (select max(version) from dlqtop.migrations)")
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
        .run("update dlqtop.migrations set checksum = 'x' where version = 20261122000001")
        .await;
    let (code, json) = examined(&other, &[]);
    assert_eq!(code, Some(0), "{json:#}");
    expect(
        &json,
        "schema",
        "warning",
        &["applied with another text", "20261122000001 tasks"],
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
        let found = doctor.run_check(&CHECKS[0]).await.unwrap();
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
            include_str!("../../src/data/sql/doctor/triggers.sql"),
            "select array_agg(distinct t.tgname::text)
             from pg_trigger t
             join pg_class c on c.oid = t.tgrelid
             where c.relnamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
               and not t.tgisinternal",
        ),
        (
            include_str!("../../src/data/sql/doctor/roles.sql"),
            "select array_agg(distinct p.proname::text)
             from pg_proc p
             cross join lateral aclexplode(p.proacl) a
             where p.pronamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
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
