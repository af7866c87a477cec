//! What each role of the schema may do with the commands that are not about the screens: reading the
//! settings, and archiving.

use sqlx::{ConnectOptions as _, Executor as _};

use crate::doctor_findings::as_role;
use crate::templates::LIFECYCLE_TEST;
use support::database::Database;
use support::home::{RETRY, setting};

/// Two cancelled tasks; one of them is past its retention.
async fn with_ended_tasks() -> Database {
    let db = Database::new().await;
    db.template("{}").await;
    let (_, old) = (db.started().await, db.started().await);
    db.run(&format!(
        "select dlqtop.cancel_task(task_uuid, dlqtop.task_state(task_uuid), 'ana', 'x') from tasker_tasks;
         update tasker_tasks set completed_at = now() - interval '99 days'
         where task_uuid = '{old}'"
    ))
    .await;
    db
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_reads_the_settings_and_who_set_them() {
    let db = Database::new().await;
    db.run("select dlqtop.configure('{\"max_waiting_for_retry_minutes\": 20}', 'bob@lap', 'x')")
        .await;
    for role in ["dlqtop_viewer", "dlqtop_operator", "dlqtop_detector"] {
        let json = as_role(&db, role, &["config", "show", "--json"]).expect_json();
        let retry = setting(&json, RETRY);
        assert_eq!(retry["value"], 20.0, "{role}: {retry:#}");
        let who = retry["database_changed"].as_str().unwrap();
        assert!(who.starts_with("bob@lap, "), "{role}: {who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detector_archives_what_is_past_its_retention_and_no_more() {
    let db = with_ended_tasks().await;
    let as_detector = |arguments: &[&str]| as_role(&db, "dlqtop_detector", arguments);
    for (arguments, left) in [
        (&["archive", "--dry-run", "--json"][..], 2_i64),
        (&["archive", "--json"], 1),
    ] {
        let json = as_detector(arguments).expect_json();
        let policies = json["policies"].as_array().unwrap();
        let moved: Vec<i64> = (policies.iter())
            .map(|one| one["tasks"].as_i64().unwrap())
            .collect();
        assert_eq!(moved, [0, 0, 1], "{json:#}");
        assert_eq!(
            db.one::<i64>("select count(*) from tasker_tasks").await,
            left
        );
    }
    let stats = as_detector(&["archive", "--stats"]);
    assert!(stats.expect_answer().contains("tasks"), "{stats:?}");
    // A retention of one's own choice is for the owner alone.
    let options = db.options.clone().options([("role", "dlqtop_detector")]);
    let mut session = options.connect().await.unwrap();
    let refused = session
        .execute("select archive_completed_tasks(0, 10, false)")
        .await;
    assert!(refused.is_err(), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_archive_reads_which_one_may() {
    let db = with_ended_tasks().await;
    for role in ["dlqtop_viewer", "dlqtop_operator"] {
        for arguments in [&["archive"][..], &["archive", "--dry-run"]] {
            as_role(&db, role, arguments).expect_complaint(
                3,
                &["permission denied", "ask for: a grant of dlqtop_detector"],
            );
        }
        let stats = as_role(&db, role, &["archive", "--stats"]);
        assert!(stats.expect_answer().contains("tasks"), "{stats:?}");
    }
    assert_eq!(db.one::<i64>("select count(*) from tasker_tasks").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_a_role_that_has_the_right_or_the_owner() {
    let db = Database::new().await;
    db.template("{}").await;
    let refused = as_role(&db, "dlqtop_detector", &["queue"]);
    refused.expect_complaint(3, &["ask for a grant of dlqtop_viewer or dlqtop_operator"]);
    let apply = ["template", "apply", LIFECYCLE_TEST, "--reason", "x"];
    let refused = as_role(&db, "dlqtop_viewer", &apply);
    assert!(
        refused
            .stderr
            .contains("ask for a grant of dlqtop_operator"),
        "{refused:?}"
    );
    // None of the roles may repair.
    db.run(
        "insert into dlqtop.tallies
         select named_task_uuid, 'manual_dlq', 'pending', 1 from tasker_named_tasks",
    )
    .await;
    let refused = as_role(&db, "dlqtop_operator", &["doctor", "--repair"]);
    assert!(
        refused.stdout.contains("repair as the owner"),
        "{refused:?}"
    );
    assert!(
        !refused.stdout.contains("ask for a grant of"),
        "{refused:?}"
    );
}
