//! `dlqtop template list` and `show`: what comes out can be applied again, and is safe to print.

use std::fs;
use std::path::Path;

use support::database::Database;
use tempfile::TempDir;

use crate::templates::{LIFECYCLE_TEST, file, template};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_can_be_applied_again() {
    let db = Database::new().await;
    let folder = TempDir::new().unwrap();
    let mut files: Vec<String> = fs::read_dir("templates/demo")
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    files.push(LIFECYCLE_TEST.to_owned());
    let paths: Vec<&str> = files.iter().map(String::as_str).collect();
    template(&db, &[&["apply"], &paths[..]].concat()).expect_answer();
    let listed = template(&db, &["list", "--json"]).expect_json();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 8);
    for row in listed {
        let word = |key: &str| row[key].as_str().unwrap().to_owned();
        let name = format!("{}/{}", word("namespace_name"), word("task_name"));
        let shown = template(&db, &["show", &name]);
        let shown = shown.expect_answer();
        assert!(shown.starts_with("name: "), "{shown}");
        let again = file(&folder, "shown.yaml", shown);
        let again = template(&db, &["apply", &again]);
        assert!(again.expect_answer().ends_with("  no change\n"), "{shown}");

        let exact = format!("{name}@{}", word("task_version"));
        let json = template(&db, &["show", &exact, "--json"]).expect_json();
        assert_eq!(json["version"], word("task_version"));
        assert!(json["steps"][0]["name"].is_string(), "{json}");
    }
    for unknown in [
        "testing/none",
        "testing/lifecycle_test@9",
        "none/lifecycle_test",
    ] {
        template(&db, &["show", unknown]).expect_complaint(2, &[unknown, "dlqtop template list"]);
    }
    template(&db, &["show", "lifecycle_test"]).expect_complaint(2, &["NAMESPACE/NAME"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_carries_for_other_programs_is_kept_and_shown() {
    let db = Database::new().await;
    let folder = TempDir::new().unwrap();
    let carrying = "tests/fixtures/templates/print_invoice.yaml";
    template(&db, &["apply", carrying]).expect_answer();
    let shown = template(&db, &["show", "billing/print_invoice"]);
    let shown = shown.expect_answer();
    for line in [
        "  documentation_url: ~",
        "  created_at: \"2026-01-01T00:00:00Z\"",
        "  updated_at: 2026-02-01",
        "  method: run",
        "environments:",
        "    system_dependency: ~",
        "    system_dependency: printer",
        "    batch_config:",
    ] {
        assert!(
            shown.lines().any(|shown| shown == line),
            "no {line:?}: {shown}"
        );
    }
    let again = file(&folder, "shown.yaml", shown);
    for path in [again.as_str(), carrying] {
        let again = template(&db, &["apply", path]);
        assert!(
            again.expect_answer().ends_with("  no change\n"),
            "{again:?}"
        );
    }
    let unknown = shown.replace("    batch_config:", "    batch_konfig:");
    let unknown = file(&folder, "unknown.yaml", &unknown);
    let line = 1 + shown
        .lines()
        .position(|line| line == "    batch_config:")
        .unwrap();
    let refused = template(&db, &["apply", &unknown]);
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (Some(2), ""),
        "{refused:?}"
    );
    let says = format!(
        "  {unknown}:{line}: steps[print].batch_konfig: unknown key; did you mean batch_config?"
    );
    assert_eq!(
        refused.stderr.lines().last(),
        Some(says.as_str()),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_what_is_in_force_and_what_is_not_usable() {
    let db = Database::new().await;
    db.template(
        r#"{"max_steps_in_process_minutes": 4, "max_waiting_for_retry_minutes": "soon",
            "staleness_action": "alert"}"#,
    )
    .await;
    let task = db.started().await;
    db.date_back(task, 9.0).await;
    let table = template(&db, &["list"]);
    let table = table.expect_answer();
    let row = table
        .lines()
        .find(|line| line.starts_with("pay/charge@1.0.0"))
        .unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(
        cells,
        [
            "pay/charge@1.0.0",
            "1h00m*",
            "30m*",
            "4m",
            "00s",
            "1d",
            "0h*",
            "alert",
            "only",
            "1",
            "1",
            "max_waiting_for_retry_minutes"
        ]
    );
    assert!(
        table.ends_with("1 of 1 template version\n* from the settings\n"),
        "{table}"
    );
    let json = template(&db, &["list", "--json"]).expect_json();
    let thresholds = &json[0]["thresholds"];
    assert_eq!(
        thresholds["max_steps_in_process_minutes"]["from"],
        "template"
    );
    assert_eq!(
        thresholds["max_waiting_for_retry_minutes"]["from"],
        "settings"
    );
    assert_eq!(
        (&json[0]["running"], &json[0]["stale"]),
        (&1.into(), &1.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_mended_before_it_can_be_applied_is_said_with_it() {
    let db = Database::new().await;
    db.template(r#"{"max_waiting_for_retry_minutes": "soon"}"#)
        .await;
    let shown = template(&db, &["show", "pay/charge"]);
    let shown = shown.expect_answer();
    let (first, rest) = shown.split_once('\n').unwrap();
    assert_eq!(first, "# Before this can be applied it must be fixed:");
    let fault = rest.lines().next().unwrap();
    assert!(
        fault.contains("lifecycle.max_waiting_for_retry_minutes: the text \"soon\""),
        "{shown}"
    );
    let line: usize = fault
        .trim_start_matches("# ")
        .split(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let named = shown.lines().nth(line - 1).unwrap();
    assert!(
        named.contains("max_waiting_for_retry_minutes: soon"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_in_a_template_never_reaches_the_terminal() {
    let db = Database::new().await;
    let folder = TempDir::new().unwrap();
    db.template("{}").await;
    db.run(
        r#"update tasker_named_tasks set configuration =
           '{"description": "\u001b[2J\u202e\u009b pwned \"q\" \\", "steps": [{"name": "one"}],
             "input_schema": {"\u001b]0;k\u0007": "\u200b"}}'"#,
    )
    .await;
    let kept = "select configuration::text from tasker_named_tasks";
    let before: String = db.one(kept).await;
    let shown = template(&db, &["show", "pay/charge"]);
    let again = file(&folder, "shown.yaml", &shown.stdout);
    let plan = template(&db, &["apply", &again, "--dry-run"]);
    let other = file(
        &folder,
        "other.yaml",
        &shown.stdout.replace("pwned", "owned"),
    );
    let applied = template(&db, &["apply", &other]);
    let json = template(&db, &["show", "pay/charge", "--json"]);
    assert!(plan.stdout.ends_with("  no change\n"), "{plan:?}");
    assert!(applied.stdout.contains("~ description: "), "{applied:?}");
    for run in [shown, plan, applied, json] {
        let out = run.expect_answer();
        let raw = out
            .chars()
            .find(|c| *c != '\n' && dlqtop::data::model::safe_text::is_unsafe(*c));
        assert_eq!(raw, None, "{out:?}");
    }
    let after: String = db.one(kept).await;
    assert_eq!(after, before.replace("pwned", "owned"));
}

#[test]
fn the_files_of_the_repository_are_all_templates() {
    let mut read = 0;
    for folder in ["templates", "templates/demo"] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension() == Some(Path::new("yaml").as_os_str()) {
                let text = fs::read_to_string(&path).unwrap();
                dlqtop::template::read(&text)
                    .unwrap_or_else(|faults| panic!("{path:?}: {faults:?}"));
                read += 1;
            }
        }
    }
    assert_eq!(read, 8);
}
