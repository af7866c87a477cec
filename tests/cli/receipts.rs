//! What a command has sent is not called done, and can be asked about later.

use serde_json::Value;
use support::database::Database;
use support::dlqtop::{Run, asked};
use support::scene::DeadLetter;
use uuid::Uuid;

/// So many dead letters, retried by one command; the batch, as the command names it.
async fn retried(count: usize) -> (Database, Vec<DeadLetter>, String) {
    let db = Database::new().await;
    db.template("{}").await;
    let mut letters = Vec::new();
    for n in 0..count {
        letters.push(db.dead_letter(&format!("HTTP 503 {n}")).await);
    }
    let filter = ["step", "retry", "--filter", "error:503"];
    let run = asked(
        &db.url(),
        &[
            &filter[..],
            &["--reason", "it is back", "--yes", "--as", "ana"],
        ]
        .concat(),
    );
    let out = run.expect_answer();
    let sent = format!("{count} sent; batch ");
    let (_, rest) = out.split_once(&sent).unwrap_or_else(|| panic!("{out}"));
    let batch = rest.lines().next().unwrap().to_owned();
    let hint = format!("whether they pass: dlqtop receipt {batch} --wait");
    assert!(out.contains(&hint), "{out}");
    (db, letters, batch)
}

/// A worker takes one of them, and ends it so.
async fn work(db: &Database, end: &str) -> Uuid {
    db.run("select dlqtop.advance_tasks('orchestrator')").await;
    let step: Uuid = db
        .one("select workflow_step_uuid from dlqtop.claim_step('w1', 'pay')")
        .await;
    db.run(&format!(
        "select dlqtop.{}",
        end.replace("STEP", &step.to_string())
    ))
    .await;
    step
}

fn receipt(db: &Database, batch: &str, more: &[&str]) -> Run {
    asked(&db.url(), &[&["receipt", batch], more].concat())
}

fn verdicts(receipt: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let subjects = receipt["subjects"].as_array().unwrap().iter();
    let all = subjects.map(|one| (text(&one["id"]), text(&one["retry"]["verdict"])));
    all.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_says_by_the_database_what_has_passed_and_what_has_failed_again() {
    let (db, letters, batch) = retried(3).await;
    let early = receipt(&db, &batch, &["--json"]);
    assert_eq!(early.code, Some(1), "not known yet: {early:?}");
    let early: Value = serde_json::from_str(&early.stdout).unwrap();
    assert_eq!(early["retries"]["running"], 3);
    assert_eq!(early["tally"]["done"], 3);
    assert_eq!(
        (&early["actor"], &early["reason"]),
        (&"ana".into(), &"it is back".into())
    );

    let passed = work(&db, "finish_step('STEP', 'w1', '{}')").await;
    let failed = work(&db, "fail_step('STEP', 'w1', 'HTTP 503 again', false)").await;
    let run = receipt(&db, &batch, &["--json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let later: Value = serde_json::from_str(&run.stdout).unwrap();
    let tally = &later["retries"];
    let counts = ["passed", "failed_again", "running"].map(|word| tally[word].clone());
    assert_eq!(counts, [1, 1, 1]);
    let verdicts = verdicts(&later);
    let of = |step: Uuid| {
        let found = verdicts.iter().find(|(id, _)| *id == step.to_string());
        found.map(|(_, verdict)| verdict.as_str()).unwrap()
    };
    assert_eq!((of(passed), of(failed)), ("passed", "failed_again"));

    let shown = receipt(&db, &batch, &[]);
    for piece in [
        "passed",
        "failed again",
        "HTTP 503 again",
        "1 passed, 1 failed again, 1 running",
        "3 sent",
        &letters[0].step.to_string(),
    ] {
        assert!(shown.stdout.contains(piece), "{piece}: {shown:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_when_all_is_known_and_well_is_only_what_has_passed() {
    let (db, _, batch) = retried(1).await;
    let url = db.url();
    let waits = batch.clone();
    let waiting = tokio::task::spawn_blocking(move || {
        asked(&url, &["receipt", &waits, "--wait=1m", "--json"])
    });
    work(&db, "finish_step('STEP', 'w1', '{}')").await;
    let run = waiting.await.unwrap();
    assert_eq!(run.expect_json()["retries"]["passed"], 1);
    // Nothing is left to wait for.
    receipt(&db, &batch, &["--wait"]).expect_answer();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_no_log_has_is_said_to_be_unknown() {
    let db = Database::new().await;
    let nobody = Uuid::now_v7().to_string();
    receipt(&db, &nobody, &[]).expect_complaint(2, &["no log of this database has the batch"]);
}
