//! What `dlqtop doctor` says about a database.

use serde_json::Value as Json;
use support::database::Database;
use support::dlqtop::{Run, asked};

/// A sweep that found nothing.
pub const SWEPT: &str = "select dlqtop.record_sweep('d1', 5, 0, 0, 0, 0, false)";

/// The answer of one check, from `--json`.
pub fn answer<'a>(whole: &'a Json, check: &str) -> &'a Json {
    let answers = whole["checks"].as_array().unwrap();
    answers.iter().find(|it| it["check"] == check).unwrap()
}

/// What `doctor --json` says, with its exit code.
pub fn examined(db: &Database, more: &[&str]) -> (Option<i32>, Json) {
    let mut arguments = vec!["doctor", "--json"];
    arguments.extend(more);
    let run = asked(&db.url(), &arguments);
    assert_eq!(run.stderr, "", "{run:?}");
    (run.code, serde_json::from_str(&run.stdout).unwrap())
}

/// Expects the check to end so, with all of these pieces in what it says.
pub fn expect(whole: &Json, check: &str, level: &str, pieces: &[&str]) {
    let answer = answer(whole, check);
    assert_eq!(answer["level"], level, "{answer:#}");
    let said = answer.to_string();
    for piece in pieces {
        assert!(said.contains(piece), "no {piece:?}: {answer:#}");
    }
}

/// A run as somebody who has only what this role gives.
pub fn as_role(db: &Database, role: &str, arguments: &[&str]) -> Run {
    let url = format!("{}&options[role]={role}", db.url());
    asked(&url, arguments)
}

/// Tasks under way, a dead letter, and a detector that has just swept.
pub async fn fleet(db: &Database) {
    db.template("{}").await;
    db.dead_letter("HTTP 503").await;
    for state in ["waiting_for_retry", "steps_in_process"] {
        db.in_state_since(state, 10.0).await;
    }
    db.run(SWEPT).await;
}
