//! A bulk run that is interrupted is gone on with, and nothing is done twice.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::database::Database;
use support::dlqtop::{asked, command};
use support::eventually::eventually;
use support::scene::DeadLetter;
use tempfile::TempDir;
use uuid::Uuid;

const MANY: usize = 6;

async fn letters() -> (Database, Vec<DeadLetter>) {
    let db = Database::new().await;
    db.template("{}").await;
    let mut letters = Vec::new();
    for n in 0..MANY {
        letters.push(db.dead_letter(&format!("boom {n}")).await);
    }
    (db, letters)
}

async fn notes(db: &Database) -> i64 {
    db.one("select count(*) from dlqtop.notes").await
}

async fn first_note(db: &Database) {
    let limit = Duration::from_mins(1);
    let noted = eventually(limit, async || (notes(db).await > 0).then_some(())).await;
    assert!(noted.is_some(), "no note within {limit:?}");
}

/// One note a second on all of them.
fn slowly(db: &Database) -> Child {
    let filter = ["entry", "note", "--filter", "error:boom", "--rate", "1/s"];
    command(&filter)
        .args(["--reason", "slowly", "--yes", "--as", "ana"])
        .env("DATABASE_URL", db.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ctrl_c_cuts_short_is_gone_on_with() {
    let (db, _) = letters().await;
    let url = db.url();
    let run = slowly(&db);
    first_note(&db).await;
    kill(Pid::from_raw(run.id().cast_signed()), Signal::SIGINT).unwrap();
    let out = run.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(130), "{out:?}");
    let said = String::from_utf8(out.stderr).unwrap();
    let (_, after) = said.split_once("`dlqtop resume ").unwrap();
    let batch = after.split('`').next().unwrap();
    let first = notes(&db).await;
    assert!(first < i64::try_from(MANY).unwrap(), "{first}");

    let listed = asked(&url, &["resume", "--json"]).expect_json();
    assert_eq!(listed[0]["batch"], batch, "{listed}");
    assert_eq!(listed[0]["subjects"], MANY, "{listed}");
    assert_eq!(listed[0]["tally"]["done"], first, "{listed}");
    let table = asked(&url, &["resume"]);
    assert!(table.expect_answer().contains(batch), "{table:?}");
    asked(&url, &["resume", batch]).expect_complaint(2, &["no terminal", "--yes"]);
    asked(&url, &["resume", &Uuid::now_v7().to_string(), "--yes"])
        .expect_complaint(2, &["was interrupted here"]);
    let resumed = asked(&url, &["resume", batch, "--yes", "--json", "--as", "ana"]);
    let json = resumed.expect_json();
    assert_eq!(json["tally"]["done"], MANY, "{json}");
    assert_eq!(notes(&db).await, i64::try_from(MANY).unwrap());
    let none = asked(&url, &["resume"]);
    assert_eq!(none.expect_answer(), "no bulk run was interrupted here\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_never_done() {
    let (db, _) = letters().await;
    let url = db.url();
    let mut run = slowly(&db);
    first_note(&db).await;
    // It has no time to say goodbye.
    run.kill().unwrap();
    run.wait().unwrap();
    let listed = asked(&url, &["resume", "--json"]).expect_json();
    let batch = listed[0]["batch"].as_str().unwrap().to_owned();
    let given_up = asked(&url, &["resume", &batch, "--give-up", "--yes"]);
    assert_eq!(given_up.code, Some(0), "{given_up:?}");
    assert_eq!(
        asked(&url, &["resume", "--json"]).expect_json(),
        serde_json::json!([])
    );
    assert!(notes(&db).await < i64::try_from(MANY).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_does_not_end_well_keeps_the_others_back() {
    let (db, letters) = letters().await;
    // Nobody is at work: the canary is never taken up.
    let run = asked(
        &db.url(),
        &[
            "step",
            "retry",
            "--filter",
            "error:boom",
            "--canary=1s",
            "--rate",
            "50/s",
            "--reason",
            "it is back",
            "--yes",
            "--json",
        ],
    );
    assert_eq!(run.code, Some(1), "{run:?}");
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["tally"]["done"], 1, "{json}");
    assert_eq!(json["tally"]["untried"], MANY - 1, "{json}");
    assert_eq!(json["pace"]["per_second"], 50.0, "{json}");
    let mut failed = 0;
    for letter in &letters {
        failed += usize::from(db.step_state(letter.step).await == "error");
    }
    assert_eq!(failed, MANY - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_ends_well_lets_the_others_go() {
    let (db, letters) = letters().await;
    let worker = {
        let pool = db.pool.clone();
        tokio::spawn(async move {
            loop {
                for statement in [
                    "select dlqtop.advance_tasks('orchestrator')",
                    "select dlqtop.finish_step(workflow_step_uuid, 'w1', '{}') from dlqtop.claim_step('w1', 'pay')",
                ] {
                    sqlx::query(statement).execute(&pool).await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
    };
    let run = command(&[
        "step",
        "retry",
        "--filter",
        "error:boom",
        "--canary=60s",
        "--rate",
        "50/s",
        "--reason",
        "it is back",
        "--yes",
        "--json",
    ])
    .env("DATABASE_URL", db.url())
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let out = tokio::task::spawn_blocking(|| run.wait_with_output().unwrap())
        .await
        .unwrap();
    worker.abort();
    assert!(out.status.success(), "{out:?}");
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["tally"]["done"], letters.len(), "{json}");
}

/// What `dlqtop resume` says with these journals; its exit code is 3.
fn refused(db: &Database, state: &Path, arguments: &[&str]) -> String {
    let out = command(&["resume"])
        .args(arguments)
        .env("DATABASE_URL", db.url())
        .env("XDG_STATE_HOME", state)
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(3), "{out:?}");
    String::from_utf8(out.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_read_is_named() {
    let (db, _) = letters().await;
    let state = TempDir::new().unwrap();
    let mut run = command(&["entry", "note", "--filter", "error:boom", "--rate", "1/s"])
        .args(["--reason", "slowly", "--yes", "--as", "ana"])
        .env("DATABASE_URL", db.url())
        .env("XDG_STATE_HOME", state.path())
        .spawn()
        .unwrap();
    first_note(&db).await;
    run.kill().unwrap();
    run.wait().unwrap();
    let folder = state.path().join("dlqtop/runs");
    let journal = fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
    let batch = journal.path().file_stem().unwrap().to_owned();
    let batch = batch.to_str().unwrap();

    // A crash of the machine can leave zeros where the first line was.
    let mut content = fs::read(journal.path()).unwrap();
    let first = content.iter().position(|c| *c == b'\n').unwrap();
    content[..first].fill(0);
    for damaged in [&content[..], b"", b"\x00\xff no journal\n", b"{}\n"] {
        fs::write(journal.path(), damaged).unwrap();
        for arguments in [&[][..], &["--json"], &[batch, "--yes"]] {
            let said = refused(&db, state.path(), arguments);
            let name = journal.path();
            let name = format!("a journal could not be read: {}", name.display());
            assert!(said.contains(&name), "{arguments:?}: {said}");
        }
    }
    fs::remove_file(journal.path()).unwrap();
    fs::create_dir(folder.join("folder.jsonl")).unwrap();
    fs::write(folder.join("other.jsonl"), "").unwrap();
    let said = refused(&db, state.path(), &[]);
    assert!(
        said.contains("folder.jsonl") && said.contains("other.jsonl"),
        "{said}"
    );

    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "no folder").unwrap();
    let said = refused(&db, state.path(), &[]);
    assert!(said.contains("dlqtop/runs"), "{said}");
}
