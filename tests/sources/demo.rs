//! `dlqtop demo --source NAME`, for every system that there is a fleet of.

use std::process::Command;

use dlqtop::demo::foreign::Fleet;
use serde_json::Value;

fn dlqtop(arguments: &[&str]) -> (Option<i32>, String, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_dlqtop"))
        .args(arguments)
        .env("HOME", "/nonexistent")
        .env("USER", "tester")
        .env("PATH", support::server::path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.status.code(), text(ended.stdout), text(ended.stderr))
}

#[test]
fn every_fleet_lives_and_is_found_by_what_its_database_holds() {
    let names = Fleet::names();
    assert!(names.iter().any(|name| name == "celery"), "{names:?}");
    for name in &names {
        let (code, out, err) = dlqtop(&["demo", "--source", name, "--headless", "4", "--json"]);
        assert_eq!(code, Some(0), "{name}: {err}");
        let summary: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(summary["source"], name.as_str());
        let number = |key: &str| summary[key].as_i64().unwrap();
        assert_eq!(number("failed_ticks"), 0, "{summary}");
        assert!(number("ticks") >= 3, "{summary}");
        assert!(number("pending") > 0 && number("stale") > 0, "{summary}");
        let reasons = summary["dead_letters"].as_object().unwrap();
        assert!(reasons.len() > 1, "{summary}");
    }
}

#[test]
fn without_json_its_summary_is_for_people() {
    let (code, out, err) = dlqtop(&["demo", "--source", "celery", "--headless", "1"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("celery ran for 1 s\n"), "{out}");
    assert!(out.contains("\nopen entries: "), "{out}");
}

#[test]
fn a_demo_that_there_is_none_of_is_refused_with_those_there_are() {
    let (code, _, err) = dlqtop(&["demo", "--source", "nope", "--headless", "1"]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("there is no demo of \"nope\": there are tasker, "),
        "{err}"
    );
    let (code, _, err) = dlqtop(&[
        "demo",
        "--source",
        "celery",
        "--backlog",
        "5",
        "--headless",
        "1",
    ]);
    assert_eq!(code, Some(2));
    assert!(err.contains("--backlog is for the demo of tasker"), "{err}");
}
