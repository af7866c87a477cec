//! `dlqtop detect` as a script or a service manager sees it.

use std::process::Output;

use nix::sys::signal::Signal;
use serde_json::Value;
use support::database::Database;
use support::invariants::NOT_IN_ERROR;
use support::seed::Tasks;

use crate::process::{Detecting, dlqtop, sum};

fn detect(db: &Database, more: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = dlqtop(&db.url(), &[&["detect"], more].concat())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_says_what_it_did_and_ends() {
    let db = Database::with(Tasks::STALE.count(3)).await;
    let (code, out, err) = detect(&db, &["--once", "--dry-run", "--json"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&report["detected"], &report["dry_run"]),
        (&3.into(), &true.into())
    );
    let would = &report["tasks"][0]["action_taken"];
    assert_eq!(would, "would_transitioned_to_dlq_and_error");
    assert_eq!(db.count(NOT_IN_ERROR).await, 3);

    let (code, out, _) = detect(&db, &["--once", "--verbose"]);
    assert_eq!(code, Some(0));
    assert!(out.contains(": 3 stale tasks\n"), "{out}");
    let lines = |piece: &str| out.lines().filter(|line| line.contains(piece)).count();
    // The summary, and each task.
    assert_eq!(lines("transitioned_to_dlq_and_error"), 4, "{out}");
    assert_eq!(lines("steps_in_process"), 3, "{out}");
    assert_eq!(db.count(NOT_IN_ERROR).await, 0);

    let (code, out, err) = detect(&db, &["--once"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains(": 0 stale tasks\n"), "{out}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_could_not_be_processed_makes_the_exit_code_one() {
    let db = Database::with(Tasks::STALE.count(3)).await;
    db.run(
        "create function refuse() returns trigger language plpgsql security definer as $$ begin
             if (select priority from public.tasker_tasks where task_uuid = new.task_uuid) = 2 then
                 raise exception E'disk full \\x1b[31m'; end if;
             return new; end $$;
         create trigger refuse before insert on tasker_tasks_dlq
             for each row execute function refuse()",
    )
    .await;
    let (code, out, err) = detect(&db, &["--once"]);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    assert!(
        out.contains("disk full") && !out.contains('\x1b'),
        "{out:?}"
    );
    let (code, out, _) = detect(&db, &["--once", "--json"]);
    assert_eq!(code, Some(1));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&report["failed"], &report["moved"]),
        (&1.into(), &0.into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_sweep_is_told_so_in_one_line() {
    let db = Database::with(Tasks::STALE.count(1)).await;
    let expect = |more: &[&str], code: i32, piece: &str| {
        let (ended, out, err) = detect(&db, more);
        assert_eq!((ended, out.as_str()), (Some(code), ""), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.starts_with("dlqtop: ") && err.contains(piece), "{err}");
    };
    expect(
        &["--read-only"],
        2,
        "--read-only and detect contradict each other",
    );
    expect(
        &["--no-detect", "--once"],
        2,
        "--no-detect and detect contradict each other",
    );
    expect(&["--once", "--as", " "], 2, "actor is blank");
    let name: String = db.one("select current_database()::text").await;
    db.run(&format!(
        "alter database {name} set default_transaction_read_only = on"
    ))
    .await;
    expect(&["--once"], 3, "set to read only");
    let nowhere = dlqtop(
        "postgres://ana@localhost/prod?host=/nowhere",
        &["detect", "--once"],
    )
    .output()
    .unwrap();
    assert_eq!(nowhere.status.code(), Some(3));
}

/// The least that a service's account needs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_detectors_role_is_enough_and_the_viewers_is_not() {
    let db = Database::with(Tasks::STALE.count(3)).await;
    let as_role = |role: &str| {
        let join = if db.url().contains('?') { '&' } else { '?' };
        let url = format!("{}{join}options=-crole%3D{role}", db.url());
        dlqtop(&url, &["detect", "--once"]).output().unwrap()
    };
    let refused = as_role("dlqtop_viewer");
    let why = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3), "{why}");
    assert!(why.contains("ask for a grant of dlqtop_detector"), "{why}");
    assert_eq!(db.count(NOT_IN_ERROR).await, 3);

    let swept = as_role("dlqtop_detector");
    let why = String::from_utf8(swept.stderr).unwrap();
    assert_eq!((swept.status.code(), why.as_str()), (Some(0), ""));
    assert_eq!((db.count(NOT_IN_ERROR).await, db.partial().await), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_comes_back_by_itself_when_its_connection_is_cut() {
    let db = Database::with(Tasks::STALE.count(10)).await;
    let mut detector = Detecting::start(&db);
    while db.count(NOT_IN_ERROR).await > 0 {
        assert!(detector.next().is_some(), "it has ended");
    }
    let cut = "select count(*) from (select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and application_name = 'dlqtop') t";
    assert_eq!(db.count(cut).await, 1);
    db.seed(Tasks::STALE.count(10)).await;
    while db.count(NOT_IN_ERROR).await > 0 {
        assert!(detector.next().is_some(), "it has ended");
    }
    let (said, code) = detector.end(Signal::SIGINT);
    assert_eq!(code, Some(130));
    assert_eq!(
        (sum(&said, "moved"), sum(&said, "failed")),
        (20, 0),
        "{said:?}"
    );
    assert_eq!(db.partial().await, 0);
}

/// It is told to stop while a chunk is under way: the chunk comes to its end, and is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_lets_the_chunk_under_way_come_to_its_end() {
    for (signal, ends_with) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let db = Database::with(Tasks::STALE.count(30)).await;
        db.run("update dlqtop.settings set batch_size = 10").await;
        // A worker holds a lock for as long as it takes us to send the signal.
        let mut other = db.pool.begin().await.unwrap();
        sqlx::query("lock table tasker_tasks_dlq in share mode")
            .execute(&mut *other)
            .await
            .unwrap();
        let detector = Detecting::start(&db);
        assert!(
            crate::waiting::somebody_waits(&db).await,
            "it never came to the lock"
        );
        let told = std::thread::spawn(move || detector.end(signal));
        other.rollback().await.unwrap();
        let (said, code) = told.join().unwrap();
        assert_eq!(code, Some(ends_with));
        let moved = sum(&said, "moved");
        assert_eq!(30 - db.count(NOT_IN_ERROR).await, moved, "{said:?}");
        assert_eq!(db.partial().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_leaves_ends_it() {
    let db = Database::with(Tasks::STALE.count(1)).await;
    let mut child = dlqtop(&db.url(), &["detect", "--interval", "100ms"])
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = support::eventually::eventually(std::time::Duration::from_secs(20), async || {
        child.try_wait().unwrap()
    });
    assert_eq!(ended.await.unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_database_that_nobody_has_armed_it_moves_nothing_however_often_it_sweeps() {
    let db = Database::unarmed().await;
    db.template_in(Tasks::STALE.of, "{}").await;
    db.seed(Tasks::STALE.count(3_000)).await;
    let mut detector = Detecting::start(&db);
    for _ in 0..3 {
        let said = detector.next().unwrap();
        assert_eq!(said["outcome"], "swept", "{said}");
        assert_eq!(
            (&said["armed"], &said["dry_run"]),
            (&false.into(), &true.into())
        );
        assert_eq!(said["detected"], 3_000);
    }
    detector.end(Signal::SIGTERM);
    assert_eq!(db.count(NOT_IN_ERROR).await, 3_000);
    let entries: i64 = db.one("select count(*) from tasker_tasks_dlq").await;
    assert_eq!(entries, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_that_the_breaker_holds_is_told_and_goes_once_it_is_confirmed() {
    let db = Database::with(Tasks::STALE.count(60)).await;
    db.run("delete from dlqtop.sweep_allowance").await;
    let mut detector = Detecting::start(&db);
    let said = detector.next().unwrap();
    assert_eq!(said["outcome"], "held", "{said}");
    assert_eq!(said["held"]["due"], 60);
    assert_eq!(db.count(NOT_IN_ERROR).await, 60);
    db.run("select dlqtop.confirm_sweep(60, 'ana', 'a deploy')")
        .await;
    while detector.next().unwrap()["outcome"] == "held" {}
    let (said, _) = detector.end(Signal::SIGTERM);
    assert_eq!(db.count(NOT_IN_ERROR).await, 0);
    let moved: i64 = said
        .iter()
        .filter(|line| line["outcome"] == "swept")
        .filter_map(|line| line["moved"].as_i64())
        .sum();
    assert_eq!(moved, 60);
}
