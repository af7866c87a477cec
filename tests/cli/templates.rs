//! `dlqtop template apply`: files are checked as a whole, and shown before they are written.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use support::database::Database;
use support::dlqtop::{Run, asked, command};
use support::eventually::eventually;
use tempfile::TempDir;
use uuid::Uuid;

pub const LIFECYCLE_TEST: &str = "templates/lifecycle_test.yaml";
const TEMPLATES: &str = "select count(*) from tasker_named_tasks";
/// All that applying a template could write, with the transactions that wrote it.
const WRITTEN: &str = "select concat_ws(' ',
    (select string_agg(xmin::text || configuration, ',') from tasker_named_tasks),
    (select string_agg(xmin::text || name, ',') from tasker_task_namespaces),
    (select count(*) from dlqtop.operator_log))";

pub fn template(db: &Database, arguments: &[&str]) -> Run {
    let mut all = vec!["template"];
    all.extend(arguments);
    asked(&db.url(), &all)
}

/// A file with this text, in a folder that lasts as long as the test.
pub fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The two-step template with other minutes for steps in process.
fn raised(folder: &TempDir, minutes: &str) -> String {
    let text = fs::read_to_string(LIFECYCLE_TEST).unwrap();
    let (was, is) = (
        "max_steps_in_process_minutes: 2",
        format!("max_steps_in_process_minutes: {minutes}"),
    );
    assert!(text.contains(was));
    file(folder, "raised.yaml", &text.replace(was, &is))
}

/// A task of the two-step template whose first step a worker has had for so long.
async fn working(db: &Database, minutes: f64) -> Uuid {
    let task = db
        .one("select dlqtop.create_task('testing', 'lifecycle_test')")
        .await;
    db.run("select dlqtop.advance_tasks('orchestrator')").await;
    db.run("select from dlqtop.claim_step('w1', 'testing')")
        .await;
    db.date_back(task, minutes).await;
    task
}

fn health(db: &Database, task: Uuid) -> Value {
    let listed = asked(&db.url(), &["staleness", "--json"]).expect_json();
    let rows = listed["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["task_uuid"] == task.to_string());
    row.unwrap()["health_status"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn raising_a_threshold_in_an_incident_makes_a_stale_task_healthy() {
    let db = Database::new().await;
    let folder = TempDir::new().unwrap();
    template(&db, &["apply", LIFECYCLE_TEST]).expect_answer();
    let task = working(&db, 5.0).await;
    let late = working(&db, 500.0).await;
    assert_eq!(health(&db, task), "stale");

    let raised = raised(&folder, "60");
    let would = template(&db, &["apply", "--dry-run", &raised]);
    let would = would.expect_answer();
    let effect = "2 tasks running, of them stale 2 → 1: 0 become stale, 1 stop being so";
    for line in [
        "testing/lifecycle_test 1.0.0",
        "  max_steps_in_process_minutes: 2 → 60",
        effect,
        "would be applied (dry run: nothing was written)",
    ] {
        assert!(would.contains(line), "no {line:?}: {would}");
    }
    assert_eq!(health(&db, task), "stale", "a dry run wrote");

    let because = ["--reason", "gateway is slow", "--as", "ana"];
    let did = template(&db, &[&["apply", &raised][..], &because].concat());
    let did = did.expect_answer();
    assert!(
        did.contains(effect) && did.ends_with("  applied\n"),
        "{did}"
    );
    assert_eq!(health(&db, task), "healthy");
    assert_eq!(health(&db, late), "stale");

    let logged: String = db
        .one("select actor || ': ' || reason from dlqtop.operator_log order by log_id desc limit 1")
        .await;
    assert_eq!(logged, "ana: gateway is slow");
    let again = template(&db, &["apply", &raised]);
    assert!(
        again.expect_answer().ends_with("  no change\n"),
        "{again:?}"
    );
    assert_eq!(
        db.one::<i64>("select count(*) from dlqtop.operator_log")
            .await,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing_and_promises_what_is_then_done() {
    let db = Database::new().await;
    let folder = TempDir::new().unwrap();
    let json = |arguments: &[&str]| template(&db, arguments).expect_json()[0].take();
    let would = json(&["apply", LIFECYCLE_TEST, "--dry-run", "--json"]);
    assert_eq!(
        (&would["outcome"], &would["is_new"]),
        (&"would_apply".into(), &true.into())
    );
    assert_eq!(db.one::<i64>(TEMPLATES).await, 0);
    assert_eq!(
        json(&["apply", LIFECYCLE_TEST, "--json"])["outcome"],
        "applied"
    );
    working(&db, 5.0).await;

    let written: String = db.one(WRITTEN).await;
    let raised = raised(&folder, "60");
    let mut would = json(&["apply", &raised, "--dry-run", "--json"]);
    let listed = template(&db, &["list"]);
    assert!(
        listed
            .expect_answer()
            .contains("testing/lifecycle_test@1.0.0")
    );
    assert_eq!(db.one::<String>(WRITTEN).await, written);
    let mut did = json(&["apply", &raised, "--json"]);
    assert_eq!(would["outcome"].take(), "would_apply");
    assert_eq!(did["outcome"].take(), "applied");
    assert_eq!(would, did);
    assert_eq!(did["effect"]["stop_being_stale"], 1);
    let threshold = &did["thresholds"][2];
    assert_eq!(threshold["key"], "max_steps_in_process_minutes");
    assert_eq!(threshold["before"]["minutes"], 2.0);
    assert_eq!(
        threshold["after"],
        serde_json::json!({"minutes": 60.0, "from": "template"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_every_file_is_named_and_then_nothing_is_written() {
    let db = Database::new().await;
    let folder = TempDir::new().unwrap();
    let bad = file(
        &folder,
        "bad.yaml",
        "name: charge\nnamespace_name: pay\nversion: 1.0.0\nlifecycle:\n  max_duraton_minutes: 5\n\
         steps:\n  - name: \"a\\e[2J\"\n  - name: b\n    dependencies: [nowhere]\n",
    );
    let arguments = ["apply", LIFECYCLE_TEST, &bad];
    let run = template(&db, &arguments);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(
        lines[1..],
        [
            format!(
                "  {bad}:5: lifecycle.max_duraton_minutes: unknown key; did you mean max_duration_minutes?"
            ),
            format!(
                "  {bad}:7: steps[a\\x1b[2J].name: a name with the character \\x1b stands here: write a name of 1 to 128 characters"
            ),
            format!("  {bad}:9: steps[b].dependencies: there is no step \"nowhere\""),
        ],
        "{run:?}"
    );
    assert_eq!(lines[0], "dlqtop: 3 faults: nothing was applied");
    assert_eq!(db.one::<i64>(TEMPLATES).await, 0);

    let json = template(&db, &[&arguments[..], &["--json"]].concat());
    assert_eq!(json.code, Some(2));
    let faults: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(faults["faults"][2]["line"], 9);
    assert_eq!(faults["faults"][2]["path"], "steps[b].dependencies");
    assert_eq!(faults["faults"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_template_file_is_refused_in_one_line() {
    let db = Database::new().await;
    let folder = TempDir::new().unwrap();
    let apply = |path: &str| template(&db, &["apply", path]);
    let missing = folder.path().join("none.yaml");
    apply(missing.to_str().unwrap()).expect_complaint(2, &["none.yaml cannot be read"]);
    apply(folder.path().to_str().unwrap()).expect_complaint(2, &["cannot be read"]);
    let huge = file(&folder, "huge.yaml", &"# x\n".repeat(200_000));
    apply(&huge).expect_complaint(2, &["huge.yaml is larger than 512 KiB"]);
    apply("/dev/zero").expect_complaint(2, &["/dev/zero is larger than 512 KiB"]);
    let bytes = folder.path().join("bytes.yaml");
    fs::write(&bytes, b"name: a\nversion: \xff\n").unwrap();
    apply(bytes.to_str().unwrap()).expect_complaint(2, &["bytes.yaml:2: the file is not UTF-8"]);
    let twice = ["apply", LIFECYCLE_TEST, LIFECYCLE_TEST];
    template(&db, &twice).expect_complaint(2, &["are both testing/lifecycle_test 1.0.0"]);
    assert_eq!(db.one::<i64>(TEMPLATES).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_looks_and_never_applies() {
    let db = Database::new().await;
    template(&db, &["apply", LIFECYCLE_TEST, "--read-only"])
        .expect_complaint(2, &["--read-only", "--dry-run"]);
    let looked = template(&db, &["apply", LIFECYCLE_TEST, "--read-only", "--dry-run"]);
    assert!(
        looked.expect_answer().contains("a new version"),
        "{looked:?}"
    );
    assert_eq!(db.one::<i64>(TEMPLATES).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_can_come_from_standard_input() {
    let db = Database::new().await;
    let mut run = command(&["template", "apply", "-"])
        .env("DATABASE_URL", db.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = fs::read(LIFECYCLE_TEST).unwrap();
    run.stdin.take().unwrap().write_all(&text).unwrap();
    let out = run.wait_with_output().unwrap();
    assert!(out.status.success());
    assert_eq!(db.one::<i64>(TEMPLATES).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_overtaken_between_look_and_write_is_told_by_whom() {
    let db = Database::new().await;
    let folder = TempDir::new().unwrap();
    template(&db, &["apply", LIFECYCLE_TEST]).expect_answer();
    // Somebody else is about to change it: they hold the row and have not committed.
    let mut other = db.pool.begin().await.unwrap();
    sqlx::query(
        "select dlqtop.apply_template('testing', 'lifecycle_test', '1.0.0', configuration || '{\"description\": \"x\"}',
                               configuration, 'bob', 'his own') from tasker_named_tasks",
    )
    .execute(&mut *other)
    .await
    .unwrap();
    let run = command(&["template", "apply", &raised(&folder, "60")])
        .env("DATABASE_URL", db.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let waits = eventually(Duration::from_secs(20), async || {
        let waiting: i64 = db
            .one(
                "select count(*) from pg_stat_activity where datname = current_database()
                 and application_name = 'dlqtop' and wait_event_type = 'Lock'",
            )
            .await;
        (waiting > 0).then_some(())
    });
    assert!(waits.await.is_some(), "it did not come to write");
    other.commit().await.unwrap();
    let out = run.wait_with_output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("not applied: changed by bob at 2"), "{said}");
    let description: String = db
        .one("select configuration ->> 'description' from tasker_named_tasks")
        .await;
    assert_eq!(description, "x");
}
