//! The commands in a database that holds a system without steps: what it has works, what it has not is
//! said on one line.

use std::path::PathBuf;

use support::database::Database;
use support::dlqtop::{Run, command, run};
use uuid::Uuid;

use crate::workshop::{FOLDER, jobs, with};

/// The home of a user who has put the source into their configuration.
fn home() -> PathBuf {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("home-{}", Uuid::now_v7()));
    let folder = home.join(".config/dlqtop/sources/workshop");
    std::fs::create_dir_all(&folder).unwrap();
    for file in std::fs::read_dir(FOLDER).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    home
}

fn ask(db: &Database, arguments: &[&str]) -> Run {
    let mut command = command(arguments);
    run(command.env("DATABASE_URL", db.url()).env("HOME", home()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_has_works_in_its_words() {
    let db = with(2).await;
    let job = jobs(&db).await[0].to_string();
    let queue = ask(&db, &["queue"]).expect_answer().to_owned();
    let head = queue.lines().next().unwrap();
    assert!(
        head.contains("JOB") && head.contains("BROKEN JOB"),
        "{queue}"
    );
    assert!(!head.contains("STEP") && !head.contains("OWNER"), "{queue}");
    assert!(queue.ends_with("2 of 2 open broken jobs\n"), "{queue}");
    let groups = ask(&db, &["queue", "--group"]).expect_answer().to_owned();
    assert!(
        groups.ends_with("1 group of 2 open broken jobs\n"),
        "{groups}"
    );
    let shown = ask(&db, &["show", &job]).expect_answer().to_owned();
    assert!(
        shown.contains("the job has been broken for 5m 00s: tool: worn out"),
        "{shown}"
    );
    assert!(!shown.contains("STEP"), "{shown}");
    let stats = ask(&db, &["stats"]).expect_answer().to_owned();
    assert!(
        stats.contains("REASON") && !stats.contains("SWEPT BY"),
        "{stats}"
    );
    let check = ask(&db, &["check", "--fail-if", "pending>1"]);
    assert_eq!(check.code, Some(1), "{check:?}");

    let dry = ["task", "requeue", &job, "--dry-run"];
    let dry = ask(&db, &dry).expect_answer().to_owned();
    assert!(dry.contains("Redo 1 job."), "{dry}");
    let close = [
        "entry",
        "close",
        "--status",
        "permanently_failed",
        &job,
        "--reason",
        "x",
        "--yes",
    ];
    let closed = ask(&db, &close);
    assert_eq!(closed.code, Some(0), "{closed:?}");
    assert!(closed.stdout.contains("scrapped"), "{closed:?}");
    let again = ask(&db, &["task", "requeue", &job, "--reason", "x", "--yes"]);
    assert!(again.stdout.contains("the job is scrapped"), "{again:?}");
}

/// What is asked for, of JOB, and what is said of it.
#[rustfmt::skip]
const MISSING: [(&str, &str); 17] = [
    ("staleness", "Workshop has nothing that can become stale"),
    ("entries", "Workshop keeps no list of broken jobs"),
    ("steps JOB", "Workshop has no steps"),
    ("log", "`dlqtop install`"),
    ("handover", "Workshop keeps too little for a handover"),
    ("step retry JOB --reason x --yes", "Workshop has no steps to retry"),
    ("task cancel JOB --reason x --yes", "cannot cancel a job"),
    ("entry claim JOB --reason x --yes", "keeps no claims"),
    ("check --fail-if stale>0", "has nothing that can become stale"),
    ("check --fail-if detector_age>1h", "has no sweeps"),
    ("entry close --status cancelled JOB --reason x --yes", "Workshop closes nothing as cancelled: there are scrapped"),
    ("task requeue JOB --canary --reason x --yes", "leave --canary out"),
    ("task requeue JOB --halt-after 2 --reason x --yes", "leave --halt-after out"),
    ("detect --once", "does not hold tasker: it holds workshop"),
    ("archive --dry-run", "archive is for Tasker's own schema"),
    ("migrate", "migrate is for Tasker's own schema, and this database holds workshop"),
    ("template list", "does not hold tasker: it holds workshop"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_has_not_is_said_on_one_line() {
    let db = with(1).await;
    let job = jobs(&db).await[0].to_string();
    for (asked, piece) in MISSING {
        let asked = asked.replace("JOB", &job);
        let arguments: Vec<&str> = asked.split(' ').collect();
        let run = ask(&db, &arguments);
        run.expect_complaint(2, &[piece]);
    }
    let config = ask(&db, &["config", "show"]);
    assert_eq!(config.code, Some(0), "{config:?}");
    assert!(config.stdout.contains("it holds workshop"), "{config:?}");
    let tables: i64 = db
        .one("select count(*) from pg_tables where schemaname in ('public', 'dlqtop')")
        .await;
    assert_eq!(tables, 1, "nothing was installed");
}
