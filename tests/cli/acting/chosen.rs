//! What is chosen to be changed, and what may be.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;
use support::database::Database;
use support::dlqtop::{asked, command, dlqtop};
use support::home::write_private;
use uuid::Uuid;

use super::{WHY, acted, letters, log_lines};

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_takes_all_that_match_and_no_more() {
    let (db, letters) = letters(4).await;
    let run = acted(
        &db,
        &["step", "retry", "--filter", "error:declined !error:2"],
    );
    let out = run.expect_answer();
    assert!(out.contains("3 sent"), "{out}");
    assert_eq!(db.step_state(letters[2].step).await, "error");

    let run = acted(&db, &["step", "retry", "--filter", "age>"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stderr.contains("the filter cannot be understood"),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("age>\n") && run.stderr.contains('^'),
        "{run:?}"
    );
    acted(&db, &["step", "retry", "--filter", " "]).expect_complaint(2, &["the whole queue"]);

    let nothing = acted(&db, &["step", "retry", "--filter", "error:no_such"]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert_eq!(nothing.stdout, "nothing matches\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_unless_it_is_clear_what_is_meant() {
    let (db, letters) = letters(1).await;
    let id = letters[0].entry.to_string();
    let url = db.url();
    let before = log_lines(&db).await;
    asked(&url, &["step", "retry", &id, "--reason", WHY])
        .expect_complaint(2, &["no terminal", "--dry-run", "--yes"]);
    asked(
        &url,
        &["step", "retry", &id, "--reason", " \u{200b} ", "--yes"],
    )
    .expect_complaint(2, &["the reason is blank"]);
    let none = asked(&url, &["step", "retry", &id, "--yes"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.stderr.contains("--reason"), "{none:?}");
    let nobody = Uuid::now_v7().to_string();
    let run = acted(&db, &["step", "retry", &id, &nobody]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stderr.contains(&nobody) && !run.stderr.contains(&id),
        "{run:?}"
    );
    acted(&db, &["step", "retry", "twelve"]).expect_complaint(2, &["neither a command nor an id"]);
    acted(&db, &["step", "complete", &id, "--result", "{paid"])
        .expect_complaint(2, &["the result is no JSON"]);
    acted(&db, &["step", "retry", &id, "--read-only"]).expect_complaint(2, &["read-only"]);
    let run = asked(&url, &["step", "retry", &id, "--dry-run", "--read-only"]);
    run.expect_answer();
    assert_eq!(log_lines(&db).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_with_two_steps_that_failed_has_to_be_told_which() {
    let db = Database::new().await;
    db.template_named(
        "charge",
        "{}",
        r#"[{"name": "first", "retry": {"max_attempts": 1}},
            {"name": "other", "retry": {"max_attempts": 1}}]"#,
    )
    .await;
    let task = db.started().await;
    for _ in 0..2 {
        let step = db.claimed().await;
        db.run(&format!(
            "select dlqtop.fail_step('{step}', 'w1', 'boom', false)"
        ))
        .await;
    }
    let run = acted(&db, &["step", "retry", &task.to_string()]);
    assert_eq!(run.code, Some(2), "{run:?}");
    for name in ["first", "other"] {
        let step = db.step(task, name).await.to_string();
        assert!(
            run.stderr.contains(&format!("{step} {name} of pay/charge")),
            "{run:?}"
        );
        assert_eq!(db.step_state(step.parse().unwrap()).await, "error");
    }
    let first = db.step(task, "first").await;
    acted(&db, &["step", "retry", &first.to_string()]).expect_answer();
    assert_ne!(db.step_state(first).await, "error");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_come_from_a_pipe_and_a_receipt_goes_to_a_file() {
    let (db, letters) = letters(2).await;
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("receipt-{}.json", letters[0].entry));
    let path = file.to_str().unwrap().to_owned();
    let mut run = command(&["entry", "note", "--ids-from", "-", "--reason", WHY, "--yes"]);
    run.args(["--receipt", &path])
        .env("DATABASE_URL", db.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = run.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(
        stdin,
        "# tonight\n{0}\n\n {1} \n{0}",
        letters[0].entry, letters[1].entry
    )
    .unwrap();
    drop(stdin);
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{out:?}");
    let receipt: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(receipt["tally"]["done"], 2, "{receipt}");
    assert_eq!(receipt["action"], "add_note", "{receipt}");
    std::fs::remove_file(&file).unwrap();
    let notes: i64 = db.one("select count(*) from dlqtop.notes").await;
    assert_eq!(notes, 2, "named twice, noted once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_does_what_it_may_and_no_more() {
    let (db, letters) = letters(2).await;
    let id = letters[0].entry.to_string();
    let as_role = |role: &str, arguments: &[&str]| {
        asked(&format!("{}&options[role]={role}", db.url()), arguments)
    };
    let viewer = "dlqtop_viewer";
    for looks in [
        &["log"][..],
        &["entries", "--status", "all"],
        &["handover"],
        &["check", "--fail-if", "pending>9"],
        &["step", "retry", &id, "--dry-run"],
        &["step", "retry", "--filter", "error:card", "--dry-run"],
    ] {
        as_role(viewer, looks).expect_answer();
    }
    let act = ["step", "retry", &id, "--reason", WHY, "--yes"];
    as_role(viewer, &act).expect_complaint(3, &["read-only", "dlqtop_operator", "--dry-run"]);
    assert_eq!(db.step_state(letters[0].step).await, "error");
    as_role("dlqtop_operator", &act).expect_answer();
    assert_ne!(db.step_state(letters[0].step).await, "error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_profile_is_opened_by_an_incident_for_one_command() {
    let (db, letters) = letters(1).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let id = letters[0].entry.to_string();
    for (locked, said) in [
        ("read_only", "is read-only"),
        ("production", "is production"),
    ] {
        let profile = format!(
            "[profiles.p]\ndatabase_url = {:?}\n{locked} = true\n",
            db.url()
        );
        write_private(&file, profile);
        let file = file.to_str().unwrap();
        let mut act = vec!["--config", file, "--profile", "p", "entry", "note", &id];
        act.extend(["--reason", WHY, "--yes"]);
        dlqtop(&act).expect_complaint(2, &["profile p", said, "--incident INC-4411"]);
        act.extend(["--incident", "INC-7"]);
        dlqtop(&act).expect_answer();
        act.push("--read-only");
        dlqtop(&act).expect_complaint(2, &["started with --read-only"]);
    }
    let notes: i64 = db
        .one(&format!(
            "select count(*) from dlqtop.notes where body = '[INC-7] {WHY}'"
        ))
        .await;
    assert_eq!(notes, 2);
}
