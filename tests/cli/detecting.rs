//! `dlqtop detect` and `dlqtop undo`: who decides whether sweeps act, and what they say when they may not.

use support::database::Database;
use support::dlqtop::{Run, asked};
use support::seed::Tasks;

/// So many tasks that a sweep would take.
async fn due(armed: bool, count: usize) -> Database {
    let db = if armed {
        Database::new().await
    } else {
        Database::unarmed().await
    };
    db.template_in(Tasks::STALE.of, "{}").await;
    db.seed(Tasks::STALE.count(count)).await;
    db.run("delete from dlqtop.sweep_allowance").await;
    db
}

fn detect(db: &Database, arguments: &[&str]) -> Run {
    let mut all = vec!["detect"];
    all.extend(arguments);
    all.extend(["--as", "ana@lap7"]);
    asked(&db.url(), &all)
}

fn undo(db: &Database, arguments: &[&str]) -> Run {
    let mut all = vec!["undo"];
    all.extend(arguments);
    all.extend(["--as", "ana@lap7"]);
    asked(&db.url(), &all)
}

async fn in_error(db: &Database) -> i64 {
    db.one("select count(*) from tasker_task_transitions where most_recent and to_state = 'error'")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_database_that_nobody_has_armed_a_sweep_only_says_what_it_would_do() {
    let db = due(false, 60).await;
    let run = detect(&db, &["--once"]);
    let out = run.expect_answer();
    assert!(out.contains("60 stale tasks; nothing was changed"), "{out}");
    assert!(
        out.contains("not armed on this database: `dlqtop detect --arm`"),
        "{out}"
    );
    assert!(out.contains("would_transitioned_to_dlq_and_error"), "{out}");
    let json = detect(&db, &["--once", "--json"]).expect_json();
    assert_eq!(
        (&json["armed"], &json["dry_run"]),
        (&false.into(), &true.into())
    );
    assert_eq!(json["detected"], 60);
    assert_eq!(in_error(&db).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn arming_shows_what_the_first_sweep_takes_and_wants_the_count() {
    let db = due(false, 3).await;
    let run = detect(&db, &["--arm", "--reason", "agreed"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stdout.contains("pay/charge@1.0.0"), "{run:?}");
    assert!(run.stdout.contains("staleness_timeout"), "{run:?}");
    assert!(run.stdout.contains("would take 3 tasks"), "{run:?}");
    assert!(
        run.stderr.contains("--arm --count 3 --reason TEXT"),
        "{run:?}"
    );

    let run = detect(&db, &["--arm", "--yes", "--reason", "agreed"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let run = detect(&db, &["--arm", "--count", "3"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let run = detect(&db, &["--arm", "--count", "2", "--reason", "agreed"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.stderr.contains("3 tasks are due now, more than 2"),
        "{run:?}"
    );
    let run = detect(&db, &["--once"]);
    assert!(run.expect_answer().contains("not armed"), "{run:?}");

    let run = detect(&db, &["--arm", "--count", "3", "--reason", "agreed"]);
    assert!(run.expect_answer().contains("armed: sweeps act"), "{run:?}");
    let log: String = db
        .one("select concat_ws('|', actor, action, reason, after) from dlqtop.operator_log")
        .await;
    assert_eq!(
        log,
        "ana@lap7|arm_detector|agreed|armed, the first sweep may take 3"
    );
    let run = detect(&db, &["--once"]);
    assert!(run.expect_answer().contains("this was sweep "), "{run:?}");
    assert_eq!(in_error(&db).await, 3);

    let run = detect(&db, &["--disarm", "--reason", "a freeze"]);
    assert!(run.expect_answer().contains("disarmed"), "{run:?}");
    let json = detect(&db, &["--disarm", "--reason", "again", "--json"]).expect_json();
    assert_eq!(
        (&json["armed"], &json["changed"]),
        (&false.into(), &false.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_the_breaker_holds_says_how_to_let_it_go() {
    let db = due(true, 51).await;
    let run = detect(&db, &["--once"]);
    run.expect_complaint(
        1,
        &[
            "51 tasks are due, more than 50",
            "`dlqtop detect --confirm 51`",
        ],
    );
    let run = detect(&db, &["--once", "--json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["held"]["due"], 51);
    assert_eq!(json["held"]["breaker_limit"], 50);
    assert_eq!(json["detected"], 51);
    assert_eq!(json["moved"], 0);

    let run = detect(&db, &["--confirm", "50", "--reason", "a deploy"]);
    run.expect_complaint(1, &["51 tasks are due now, more than 50"]);
    let run = detect(&db, &["--confirm", "51", "--reason", "a deploy"]);
    assert!(
        run.expect_answer().contains("may take up to 51 tasks"),
        "{run:?}"
    );
    let run = detect(&db, &["--once"]);
    assert!(run.expect_answer().contains("this was sweep "), "{run:?}");
    assert_eq!(in_error(&db).await, 51);
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_refused_where_nothing_may_be_changed() {
    let db = due(false, 1).await;
    for decision in [
        &["--arm", "--count", "1", "--reason", "x", "--read-only"][..],
        &["--disarm", "--reason", "x", "--read-only"],
        &["--confirm", "1", "--reason", "x", "--read-only"],
    ] {
        let run = detect(&db, decision);
        run.expect_complaint(2, &["read-only"]);
    }
    let run = detect(&db, &["--confirm", "1", "--reason", "x"]);
    run.expect_complaint(1, &["not armed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_is_undone_after_a_look_and_the_detector_is_disarmed() {
    let db = due(true, 4).await;
    detect(&db, &["--once"]).expect_answer();
    let touched = "select dlqtop.add_investigation_note(dlq_entry_uuid, 'bob', 'mine')
                   from tasker_tasks_dlq order by task_uuid limit 1";
    db.run(touched).await;

    let run = undo(&db, &["--sweep", "1", "--dry-run"]);
    let out = run.expect_answer();
    assert!(out.contains("put_back") && out.contains("bob"), "{out}");
    assert!(out.contains("a dry run: nothing was changed"), "{out}");
    assert_eq!(in_error(&db).await, 4);
    let run = undo(&db, &["--sweep", "1", "--reason", "the clock was wrong"]);
    run.expect_complaint(2, &["--yes"]);
    assert_eq!(undo(&db, &["--sweep", "1", "--yes"]).code, Some(2));
    let run = undo(&db, &["--sweep", "4711", "--dry-run"]);
    run.expect_complaint(3, &["there is no sweep 4711"]);

    let json = undo(
        &db,
        &[
            "--sweep",
            "1",
            "--reason",
            "the clock was wrong",
            "--yes",
            "--json",
        ],
    )
    .expect_json();
    let outcomes: Vec<&str> = json["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == "put_back")
            .count(),
        3
    );
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == "touched")
            .count(),
        1
    );
    assert_eq!(in_error(&db).await, 1);
    let stats = asked(&db.url(), &["stats"]);
    assert!(
        stats.expect_answer().contains("undone by ana@lap7"),
        "{stats:?}"
    );
    let run = detect(&db, &["--once"]);
    assert!(run.expect_answer().contains("not armed"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_and_the_doctor_know_whether_sweeps_act() {
    let db = due(false, 60).await;
    let check = |condition| asked(&db.url(), &["check", "--fail-if", condition]).code;
    assert_eq!(check("armed=0"), Some(1));
    assert_eq!(check("due>=60"), Some(1));
    assert_eq!(
        check("held=1"),
        Some(0),
        "nothing is held where nothing acts"
    );
    let doctor = asked(&db.url(), &["doctor"]).stdout;
    assert!(doctor.contains("the detector is not armed"), "{doctor}");
    let shown = asked(&db.url(), &["config", "show"]).stdout;
    assert!(shown.contains("detector  not armed"), "{shown}");

    let run = detect(&db, &["--arm", "--count", "60", "--reason", "agreed"]);
    run.expect_answer();
    db.run("delete from dlqtop.sweep_allowance").await;
    assert_eq!(check("armed=0"), Some(0));
    assert_eq!(check("held=1"), Some(1));
    let doctor = asked(&db.url(), &["doctor"]).stdout;
    assert!(
        doctor.contains("60 tasks are due, more than 50"),
        "{doctor}"
    );
    let shown = asked(&db.url(), &["config", "show"]).stdout;
    assert!(shown.contains("detector  armed by ana@lap7"), "{shown}");
}
