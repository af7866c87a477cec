//! A name alone makes no system: what is nearly one is told as such, with the column that is missing.

use support::database::Database;
use support::dlqtop::asked;

use super::CELERY;

/// What another application keeps under the name that Celery's failed jobs have.
const OTHERS: &str = "create table worker_failed_jobs (
    id bigserial primary key, job_type text, payload jsonb, error text, status text, created_at timestamptz)";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_has_only_the_name_of_a_system_s_leaves_the_native_schema_alone() {
    let db = Database::new().await;
    db.run(OTHERS).await;
    let url = db.url();
    let told = asked(&url, &["queue"]);
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""), "{told:?}");
    let lacks = "there is no worker_failed_jobs.correlation_id; there is no worker_failed_jobs.error_message; \
                 there is no worker_failed_jobs.error_type; and ";
    let told = asked(&url, &["info"]);
    let line = format!("\nnearly    celery: {lacks}");
    assert!(told.expect_answer().contains(&line), "{told:?}");
    let json = asked(&url, &["info", "--json"]).expect_json();
    let near = &json["database"]["source"]["near"][0];
    assert_eq!(near["name"], "celery", "{json:#}");
    let all = near["lacks"].as_array().unwrap();
    assert!(
        all.contains(&"there is no worker_failed_jobs.failed_at".into()),
        "{json:#}"
    );
    let told = asked(&url, &["doctor"]);
    let says = format!("not read: nearly Celery (celery): {lacks}");
    assert!(told.stdout.contains(&says), "{told:?}");
    let told = asked(&url, &["queue", "--source", "celery"]);
    told.expect_complaint(
        2,
        &[
            "this database does not hold celery (there is no ",
            "it holds tasker",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_column_that_is_missing_or_of_another_type_is_named() {
    for (spoil, says) in [
        (
            "alter table worker_failed_jobs drop column task_name",
            "there is no worker_failed_jobs.task_name",
        ),
        (
            "alter table worker_failed_jobs rename failed_at to failed_on",
            "there is no worker_failed_jobs.failed_at",
        ),
        (
            "alter table worker_failed_jobs alter failed_at type text",
            "worker_failed_jobs.failed_at is text, not timestamp or timestamptz",
        ),
    ] {
        let db = Database::empty().await;
        db.run(CELERY).await;
        assert_eq!(asked(&db.url(), &["queue"]).code, Some(0));
        db.run(spoil).await;
        let nearly = format!(
            "nothing in this database is known (of celery, task-orchestrator, tasker, tasker-core); it is nearly celery: {says}"
        );
        asked(&db.url(), &["queue"]).expect_complaint(3, &[&nearly]);
        for command in ["info", "doctor"] {
            let told = asked(&db.url(), &[command]);
            assert!(told.stdout.contains(&nearly), "{told:?}");
        }
        let told = asked(&db.url(), &["source", "list"]);
        assert!(
            told.stdout.contains(&format!("nearly celery: {says}")),
            "{told:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_the_right_name_does_not_stand_in_the_way_of_the_right_table() {
    let db = Database::empty().await;
    let renamed = CELERY.replace("worker_failed_jobs", "celery_task_failures");
    db.run(&format!(
        "{renamed}; insert into celery_task_failures (task_name) values ('app.mail.send')"
    ))
    .await;
    db.run(OTHERS).await;
    let told = asked(&db.url(), &["queue", "--json"]);
    assert_eq!(
        told.expect_json()["rows"][0]["task_name"],
        "app.mail.send",
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_system_can_do_without_is_left_out_if_it_is_another_s() {
    let db = Database::empty().await;
    db.run(CELERY).await;
    db.run("alter table kombu_message drop column visible; insert into worker_failed_jobs (queue) values ('mail')")
        .await;
    for command in ["queue", "workers"] {
        let told = asked(&db.url(), &[command]);
        assert_eq!(told.code, Some(0), "{told:?}");
    }
    let told = asked(&db.url(), &["doctor"]);
    let says = "kombu_message is left out: there is no kombu_message.visible";
    assert!(told.stdout.contains(says), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_common_names_are_no_system() {
    let db = Database::empty().await;
    db.run("create table tasks (id serial, title text, done boolean); create table users (id int)")
        .await;
    let told = asked(&db.url(), &["queue"]);
    told.expect_complaint(3, &["nothing in this database is known"]);
    assert!(!told.stderr.contains("nearly"), "{told:?}");
}
